// Package quiet is the rules by which the controller keeps quiet: which silence holds the ticket of a fault back, what
// becomes of it when the silence is over, when a fault that comes and goes stays one open fault, and when one that nobody
// tends is told again, louder.
//
// A silence holds tickets and repairs back, never looks and never faults. All of it is pure: no clock, no network, no state.
package quiet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/calendar"
)

// A Silence holds back the tickets of faults at some places, of some kinds, or both, for a time or at recurring times: then it
// is a maintenance window.
type Silence struct {
	ID   string    `json:"id"`
	Why  string    `json:"why"` // for people: "filters of crac-1 are changed"
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at,omitzero"`    // when it was made
	File string    `json:"file,omitempty"` // that it was read from; empty when somebody made it by hand
	Target
	// From and Until bound one that does not recur.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Recurs are the times of one that does.
	Recurs *Recurrence `json:"recurs,omitempty"`
}

// A Target is what a silence is for: the places together, and of these only the kinds, where kinds are named.
type Target struct {
	Site     bool     `json:"site,omitempty"` // the whole site: said, never meant by naming nothing
	Halls    []string `json:"halls,omitempty"`
	Rows     []string `json:"rows,omitempty"`
	Racks    []string `json:"racks,omitempty"`
	Devices  []string `json:"devices,omitempty"`
	Supplies []string `json:"supplies,omitempty"` // cooling units, loops, PDUs, feeds and UPSs: faults that these most probably cause
	Kinds    []string `json:"kinds,omitempty"`    // of findings or of causes
}

// A Recurrence is when a maintenance window opens, on the clock of the site's wall: see calendar.Spec.
type Recurrence struct {
	Start         string   `json:"start"`         // 2026-11-02T06:00, the first one
	Rule          string   `json:"recurrence"`    // RECUR of RFC 5545
	WindowSeconds float64  `json:"windowSeconds"` // how long it is open
	Except        []string `json:"except,omitempty"`
}

// A Place is what a silence is held against: where a fault is, what it is, and what most probably feeds or cools it ill.
type Place struct {
	Hall, Row, Rack, Device string
	Supply                  string
	Kinds                   []string // its own, and that of its most probable cause
}

// Covers says whether a target is meant for a place.
func (t Target) Covers(p Place) bool {
	if len(t.Kinds) > 0 && !slices.ContainsFunc(p.Kinds, func(k string) bool { return slices.Contains(t.Kinds, k) }) {
		return false
	}
	has := func(list []string, id string) bool { return id != "" && slices.Contains(list, id) }
	return t.Site || !t.somewhere() && len(t.Kinds) > 0 ||
		has(t.Halls, p.Hall) || has(t.Rows, p.Row) || has(t.Racks, p.Rack) || has(t.Devices, p.Device) || has(t.Supplies, p.Supply)
}

func (t Target) somewhere() bool {
	return len(t.Halls)+len(t.Rows)+len(t.Racks)+len(t.Devices)+len(t.Supplies) > 0
}

// String is the target in words.
func (t Target) String() string {
	var parts []string
	for _, p := range []struct {
		what string
		ids  []string
	}{{"hall", t.Halls}, {"row", t.Rows}, {"rack", t.Racks}, {"device", t.Devices}, {"supply", t.Supplies}} {
		if len(p.ids) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.ids, ", "))
		}
	}
	where := strings.Join(parts, "; ")
	if !t.somewhere() {
		where = "the whole site"
	}
	if len(t.Kinds) > 0 {
		return "only " + strings.Join(t.Kinds, ", ") + " at " + where
	}
	return where
}

// longest is how long one silence may hold, and window how long a recurring one is open at most.
const (
	longest = 366 * 24 * time.Hour
	window  = 31 * 24 * time.Hour
)

// A Flaw is what is wrong with one field of a silence.
type Flaw struct{ Field, Message string }

func (f Flaw) Error() string { return f.Field + ": " + f.Message }

// Check says all that is wrong with a silence by itself and at its site.
func (s Silence) Check(names Names) []Flaw {
	var flaws []Flaw
	wrong := func(field, format string, args ...any) {
		flaws = append(flaws, Flaw{field, fmt.Sprintf(format, args...)})
	}
	if s.Why == "" {
		wrong("why", "say why, for whoever wonders at 3 a.m.")
	}
	switch {
	case !s.Site && !s.somewhere() && len(s.Kinds) == 0:
		wrong("racks", "it names nothing: name halls, rows, racks, devices, supplies or kinds, or say site: true")
	case s.Site && s.somewhere():
		wrong("site", "the whole site and parts of it: say one of both")
	}
	flaws = append(flaws, names.unknown(s.Target)...)
	if s.Recurs != nil {
		if !s.From.IsZero() || !s.Until.IsZero() {
			wrong("from", "it recurs: its times are start, recurrence and window, without from and until")
		}
		if _, err := s.Recurs.Times(names.zone); err != nil {
			wrong("recurrence", "%s", err)
		}
		return flaws
	}
	switch lasts := s.Until.Sub(s.From); {
	case s.From.IsZero():
		wrong("from", "missing: from when it holds")
	case s.Until.IsZero():
		wrong("until", "missing: a silence that nobody ends would hide faults for ever; say until when, or let it recur")
	case lasts <= 0:
		wrong("until", "%s is not after %s", s.Until.Format(time.RFC3339), s.From.Format(time.RFC3339))
	case lasts > longest:
		wrong("until", "it would hold for %.0f days: a year at most", lasts.Hours()/24)
	}
	return flaws
}

// Joined are flaws as one error; nil when there are none.
func Joined(flaws []Flaw) error {
	var errs []error
	for _, f := range flaws {
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}

// Times is the recurrence on the wall of a zone.
func (r Recurrence) Times(zone *time.Location) (*calendar.Recurrence, error) {
	if !(r.WindowSeconds > 0 && r.WindowSeconds <= window.Seconds()) {
		return nil, fmt.Errorf("a window of %g s: want more than nothing and at most 31 days", r.WindowSeconds)
	}
	return calendar.New(calendar.Spec{
		Rule: r.Rule, Start: r.Start, Window: time.Duration(r.WindowSeconds * float64(time.Second)), Except: r.Except,
	}, zone)
}

// Names are what a silence can name at a site.
type Names struct {
	zone                                         *time.Location
	halls, rows, racks, devices, supplies, kinds map[string]bool
}

// NamesOf are the names of a site, with the kinds of fault that it can have: those given, and those that its devices' lights
// tell.
func NamesOf(site *maps.Site, kinds []string) Names {
	n := Names{site.Zone(), map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, k := range kinds {
		n.kinds[k] = true
	}
	for _, d := range site.DeviceTypes {
		for _, l := range d.LEDs {
			for _, m := range l.Meanings {
				n.kinds[m.Kind] = true
			}
		}
	}
	for _, l := range site.Loops {
		n.supplies[l.ID] = true
	}
	for _, u := range site.UPS {
		n.supplies[u.ID] = true
	}
	for _, h := range site.Halls {
		n.hall(h)
	}
	return n
}

func (n Names) hall(h *maps.Hall) {
	n.halls[h.ID] = true
	for _, c := range h.Cooling {
		n.supplies[c.ID] = true
	}
	for _, f := range h.Feeds {
		n.supplies[f.ID] = true
	}
	for _, p := range h.PDUs {
		n.supplies[p.ID] = true
	}
	for _, row := range h.Rows {
		n.rows[row.ID] = true
		for _, r := range row.Racks {
			n.racks[r.ID] = true
			for _, d := range r.Devices {
				n.devices[d.ID] = true
			}
		}
	}
}

// unknown are the names of a target that nothing at the site has: a slip of the pen would silence nothing.
func (n Names) unknown(t Target) []Flaw {
	var flaws []Flaw
	for _, c := range []struct {
		field string
		ids   []string
		known map[string]bool
	}{
		{"halls", t.Halls, n.halls}, {"rows", t.Rows, n.rows}, {"racks", t.Racks, n.racks}, {"devices", t.Devices, n.devices},
		{"supplies", t.Supplies, n.supplies}, {"kinds", t.Kinds, n.kinds},
	} {
		for _, id := range c.ids {
			if !c.known[id] {
				flaws = append(flaws, Flaw{c.field, fmt.Sprintf("the site has no %q: correct it", clip(id))})
			}
		}
	}
	return flaws
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
