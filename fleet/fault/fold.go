package fault

import (
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/vision"
)

// CauseOf names the open fault that explains a finding, so that it becomes a symptom and not a fault of its own:
// a device's summary light is explained by the part of the same device that failed. The list is searched in order.
func CauseOf(f vision.Finding, open []Fault) (id string, ok bool) {
	if f.Device == "" || !summary(f.Kind) {
		return "", false
	}
	i := slices.IndexFunc(open, func(c Fault) bool {
		return c.Device == f.Device && c.State.Open() && !summary(c.Kind) && c.Kind != "light-unknown"
	})
	if i < 0 {
		return "", false
	}
	return open[i].ID, true
}

// WithSymptom is the fault with one more finding that it explains; a known one changes nothing.
func WithSymptom(f Fault, s vision.Finding, at time.Time) (Fault, bool) {
	if slices.Contains(f.Symptoms, s.Meaning) {
		return f, false
	}
	f.Symptoms = append(slices.Clone(f.Symptoms), s.Meaning)
	return note(f, at, "symptom: "+s.Meaning), true
}

// summary says whether a kind only says that something in the device is wrong.
func summary(kind string) bool { return strings.HasPrefix(kind, "health-") }
