package draft

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Encode writes layouts as a LIF 1.0 file.
func Encode(project string, layouts []maps.LIFLayout, at time.Time) ([]byte, error) {
	data, err := json.MarshalIndent(maps.LIF{
		MetaInformation: maps.LIFMetaInformation{
			ProjectIdentification: project, Creator: "Nightrounds", LIFVersion: "1.0.0",
			ExportTimestamp: at.UTC().Format("2006-01-02T15:04:05.00Z"),
		},
		Layouts: layouts,
	}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write LIF: %w", err)
	}
	return append(data, '\n'), nil
}

// drafted begins the description of a layout that this package made.
const drafted = "Drafted for a robot"

// Drafted reports whether all of a file was made by this package, so that nobody's own work is lost with it.
func Drafted(l *maps.LIF) bool {
	return len(l.Layouts) > 0 && !slices.ContainsFunc(l.Layouts, func(y maps.LIFLayout) bool {
		return !strings.HasPrefix(y.LayoutDescription, drafted)
	})
}
