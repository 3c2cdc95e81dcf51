package redfish

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// A fanDoc is Supermicro's resource of the mode of the fans. Redfish has no such property; this is the one maker's whose
// resource is on record, as gofish has it from a real board (github.com/stmcginnis/gofish v0.20.0, oem/smc/fanmode.go and its
// test): Mode, with the modes that the board knows beside it.
type fanDoc struct {
	Mode    word
	Allowed list[word] `json:"Mode@Redfish.AllowableValues"`
}

// fansAt is where a manager's document says that the mode of the fans is; empty where it has none.
func fansAt(doc []byte) string {
	var d struct {
		Oem struct {
			Supermicro struct {
				FanMode struct {
					At word `json:"@odata.id"`
				}
			}
		}
	}
	_ = json.Unmarshal(doc, &d)
	if at := string(d.Oem.Supermicro.FanMode.At); strings.HasPrefix(at, "/redfish/") {
		return at
	}
	return ""
}

// fans sets the mode of the fans, once, and reads it back. A mode that the controller does not list is not tried.
func (r *reader) fans(mode string) (out remedy.Outcome, err error) {
	at := ""
	for _, manager := range r.sys.managers {
		doc, err := r.get(manager)
		if err != nil {
			return out, err
		}
		if at = fansAt(doc); at != "" {
			break
		}
	}
	if at == "" {
		return out, fmt.Errorf("it has no fan mode that can be set: %w", remedy.ErrFinal)
	}
	was, err := r.fanDoc(at)
	if err != nil {
		return out, err
	}
	if !slices.Contains(was.Allowed, word(mode)) {
		return out, fmt.Errorf("it knows the fan modes %v, and not %q: %w", was.Allowed, mode, remedy.ErrFinal)
	}
	if string(was.Mode) == mode {
		out.Said = "its fan mode is " + mode + " already"
		return out, nil
	}
	if err := r.patch(at, map[string]any{"Mode": mode}); err != nil {
		return out, err
	}
	is, err := r.fanDoc(at)
	if err != nil {
		return out, fmt.Errorf("its fan mode was set, and cannot be read back: %w", err)
	}
	if string(is.Mode) != mode {
		return out, fmt.Errorf("its fan mode was set to %s and is %s: %w", mode, is.Mode, remedy.ErrFinal)
	}
	out.Was, out.Said = string(was.Mode), fmt.Sprintf("its fan mode went from %s to %s", was.Mode, mode)
	return out, nil
}

func (r *reader) fanDoc(at string) (fanDoc, error) {
	text, err := r.get(at)
	if err != nil {
		return fanDoc{}, fmt.Errorf("its fan mode: %w", err)
	}
	return parseFans(text), nil
}

func parseFans(doc []byte) (d fanDoc) {
	_ = json.Unmarshal(doc, &d)
	return d
}
