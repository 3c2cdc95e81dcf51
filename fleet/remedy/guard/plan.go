package guard

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// A Planned is a step as a runbook would be carried out now.
type Planned struct {
	Index    int           `json:"index"` // in the runbook, as Run.Step and Deed.Step have it
	Name     string        `json:"name"`
	Kind     remedy.Kind   `json:"kind"`
	Does     string        `json:"does"`
	Target   remedy.Target `json:"target"`
	If       string        `json:"if,omitempty"`
	Approval bool          `json:"approval"` // a named person must approve it
	Timeout  time.Duration `json:"timeoutNs"`
	Settle   time.Duration `json:"settleNs"`
	Timer    time.Duration `json:"timerNs,omitempty"` // of a task: how long a drawer or lid may stand open
	Undo     string        `json:"undo,omitempty"`    // name of the step that takes it back
	// Refused is what stands against it as things are now; who the target is is asked only when it is carried out.
	Refused []Refusal `json:"refused"`
}

// Plan is what a runbook would do about a fault, step by step, as things are now. Nothing is done. An approval is not missed
// here: that one is needed is said. Steps after a drain are planned as if it was carried out.
func (g Guards) Plan(b remedy.Runbook, c Case) []Planned {
	out := []Planned{}
	c.Run, c.Approval = "plan", nil
	b.Walk(func(i int, s, undo remedy.Step) {
		c.Step, c.Key = s, s.Name
		target, refused := g.Before(c)
		p := Planned{
			Index: i, Name: s.Name, Kind: s.Kind, Does: Does(s), Target: target, If: conditionText(s.If), Approval: s.Interrupts(),
			Timeout: s.Timeout, Settle: s.Settle, Timer: s.Task.Timer, Undo: undo.Name, Refused: slices.DeleteFunc(refused, func(r Refusal) bool { return r.Guard == Approval }),
		}
		out = append(out, p)
		if s.Kind == remedy.Drain {
			c.Drained = s.Act == remedy.DrainNode
		}
	})
	return out
}

// Does says in a few words what a step does.
func Does(s remedy.Step) string {
	switch s.Kind {
	case remedy.Redfish:
		return strings.TrimSpace("management controller: " + s.Act + " " + s.Mode)
	case remedy.Outlet:
		return "PDU outlet " + s.Act
	case remedy.SetPoint:
		return fmt.Sprintf("cooling set-point to %g (bounds %g to %g, at most %g at once)", s.Point.Value, s.Point.Min, s.Point.Max, s.Point.MaxStep)
	case remedy.Webhook:
		return "signed order to " + host(s.URL)
	case remedy.Drain:
		return "scheduler at " + host(s.URL) + ": " + s.Act
	case remedy.Person:
		return "a person: " + TaskText(s.Task)
	case remedy.Look:
		return map[string]string{
			remedy.Gone: "a robot looks again: it should be gone", remedy.There: "a robot looks again: it should be there still",
			remedy.Locator: "a robot looks whether the locator light shines where the record has the device", "": "a robot looks again",
		}[s.Expect]
	}
	return string(s.Kind)
}

// host is the part of an address that may be shown: the rest may hold a credential.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Host
}

// TaskText is a task in one line.
func TaskText(t remedy.Task) string {
	text := t.Text
	if t.Handle != "" {
		text += "; handle: " + t.Handle
	}
	if len(t.Bring) > 0 {
		text += "; bring: " + strings.Join(t.Bring, ", ")
	}
	if t.Timer > 0 {
		text += fmt.Sprintf("; it may stand open for %s, for it heats its neighbours", t.Timer)
	}
	return text
}

func conditionText(c remedy.Condition) string {
	var parts []string
	add := func(is bool, format string, args ...any) {
		if is {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(c.Cause > 0, "cause at least %.0f %% sure", 100*c.Cause)
	add(c.Real > 0, "at least %.0f %% sure that it is real", 100*c.Real)
	add(c.SeenWithin > 0, "seen within %s", c.SeenWithin)
	add(c.Drained, "drained")
	add(c.Severity != "", "%s", c.Severity)
	return strings.Join(parts, ", ")
}
