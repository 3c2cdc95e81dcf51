// Package drift compares what the robots found with what the site's record says, and proposes changes of the record: a
// device that stands elsewhere, one that is gone. It proposes; only a person, or a command that says so, sends.
//
// Records are NetBox's (dcim/devices of its REST API). Comments and everything else that people write there are left alone.
package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// offline is NetBox's status of a device that is not to be found (DeviceStatusChoices).
const offline = "offline"

// A Change is one proposed change of one device's record.
type Change struct {
	Device     string    `json:"device"` // as the site names it
	AssetTag   string    `json:"assetTag,omitempty"`
	Rack       string    `json:"rack"`
	NetBoxID   int       `json:"netboxId,omitempty"` // 0 when not known
	NetBoxName string    `json:"netboxName,omitempty"`
	Was        int       `json:"was"`                // unit in the record
	Position   int       `json:"position,omitempty"` // unit where it was found; 0 when it was not
	Status     string    `json:"status,omitempty"`
	Why        string    `json:"why"`
	Fault      string    `json:"fault"`
	At         time.Time `json:"at"` // of the newest look that saw it so
	Confidence float64   `json:"confidence"`
}

// An Unrecorded thing was found where the record has nothing that would explain it; a person must say what it is.
type Unrecorded struct {
	Rack  string    `json:"rack"`
	Face  maps.Face `json:"face"`
	Unit  int       `json:"unit"`
	What  string    `json:"what"`
	Fault string    `json:"fault"`
	At    time.Time `json:"at"`
}

// Options are the limits of what is proposed.
type Options struct {
	MinConfidence float64 // of the newest sighting, 0..1
}

// A Proposal is all that the record and the racks differ in.
type Proposal struct {
	Changes    []Change     `json:"changes"`
	Unrecorded []Unrecorded `json:"unrecorded"`
	Left       []string     `json:"left"` // what was seen but is not proposed, and why
}

// Propose derives changes from the open faults and each rack's newest looks. A single look proposes nothing: its fault is
// still suspected. What the newest look at that place no longer shows is left out.
func Propose(s *maps.Site, faults []fault.Fault, looks map[string][]wire.Observation, o Options) Proposal {
	p := Proposal{Changes: []Change{}, Unrecorded: []Unrecorded{}, Left: []string{}}
	for _, f := range slices.SortedFunc(slices.Values(faults), func(a, b fault.Fault) int { return cmp.Compare(a.ID, b.ID) }) {
		if !f.State.Open() || len(f.Sightings) == 0 || !drifts(f.Kind) {
			continue
		}
		last := f.Sightings[len(f.Sightings)-1]
		leave := func(why string) {
			p.Left = append(p.Left, fmt.Sprintf("%s (%s of rack %s): %s", f.ID, f.Kind, f.Rack, why))
		}
		switch {
		case f.State == fault.Suspected:
			leave("seen once only")
		case last.Finding.Confidence < o.MinConfidence:
			leave(fmt.Sprintf("confidence %.2f is below %.2f", last.Finding.Confidence, o.MinConfidence))
		case gone(last, looks[f.Rack]):
			leave("a newer look does not show it any more")
		case f.Kind == vision.KindDeviceMissing || f.Kind == vision.KindDeviceMoved:
			c, why := change(s, f, last)
			if why != "" {
				leave(why)
				continue
			}
			p.Changes = append(p.Changes, c)
		default:
			p.Unrecorded = append(p.Unrecorded, Unrecorded{Rack: f.Rack, Face: f.Face, Unit: f.Unit, What: last.Finding.Meaning, Fault: f.ID, At: last.At})
		}
	}
	return p
}

// drifts says which kinds tell that the record is wrong, rather than the device.
func drifts(kind string) bool {
	return slices.Contains([]string{vision.KindDeviceMissing, vision.KindDeviceMoved, vision.KindLightUnexpected, vision.KindLightUnknown}, kind)
}

// gone reports whether a newer good look from the same viewpoint is without the finding.
func gone(last fault.Look, looks []wire.Observation) bool {
	for _, o := range looks {
		if o.Viewpoint == last.Viewpoint && o.Failed == "" && o.At.After(last.At) {
			return !slices.ContainsFunc(o.Findings, func(f vision.Finding) bool { return f.Key() == last.Finding.Key() })
		}
	}
	return false
}

// change is what a fault says of one device; why says why nothing can be proposed.
func change(s *maps.Site, f fault.Fault, last fault.Look) (c Change, why string) {
	d, ok := s.Device(f.Device)
	if !ok {
		return c, fmt.Sprintf("device %q is not in the site", f.Device)
	}
	c = Change{
		Device: d.ID, AssetTag: d.AssetTag, Rack: d.Rack, Was: d.Position, Why: last.Finding.Meaning, Fault: f.ID,
		At: last.At, Confidence: last.Finding.Confidence,
	}
	if f.Kind == vision.KindDeviceMissing {
		c.Status = offline
		return c, ""
	}
	c.Position = int(last.Finding.Value)
	r, ok := s.Rack(d.Rack)
	switch {
	case !ok || c.Position < 1 || c.Position+d.Type.UHeight-1 > r.Type.UHeight:
		return c, fmt.Sprintf("U%d is no place for %s", c.Position, d.ID)
	case c.Position == d.Position:
		return c, "the record has it there already"
	}
	for _, other := range r.Devices {
		shares := other.Face == d.Face || other.Type.IsFullDepth || d.Type.IsFullDepth
		if other != d && shares && other.Position > 0 && other.Position < c.Position+d.Type.UHeight && c.Position < other.Position+other.Type.UHeight {
			return c, fmt.Sprintf("the record has %s at U%d, where %s was found: settle that one first", other.ID, other.Position, d.ID)
		}
	}
	return c, ""
}
