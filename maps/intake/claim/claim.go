// Package claim is what a source says of the place: thing by thing, field by field, in the words of site.yaml, and where
// it says so. A claim is not yet believed: package intake weighs it against what others say.
package claim

import "github.com/nightrounds/nightrounds/maps"

// A Kind is a kind of thing.
type Kind string

// The kinds of things that sources tell of.
const (
	Rack       Kind = "rack"
	Device     Kind = "device"
	DeviceType Kind = "device_type"
)

// The fields of a rack. Lengths are m, angles degrees counter-clockwise from x, as in site.yaml.
const (
	Hall     = "hall"
	Row      = "row"
	X        = "x" // of the rack's centre
	Y        = "y"
	Theta    = "theta_deg" // outward normal of the front
	UHeight  = "u_height"
	Width    = "width_m" // outer
	Depth    = "depth_m" // outer
	Base     = "base_m"  // floor to the bottom of the lowest unit
	Start    = "starting_unit"
	Desc     = "desc_units" // units are counted from the top
	Class    = "ashrae_class"
	Interval = "revisit_interval"
	Feeds    = "feeds" // separated by blanks
)

// The fields of a device, beside Hall and UHeight.
const (
	InRack   = "rack"
	Position = "position" // the lowest-numbered unit, as the rack counts them; in halves
	Face     = "face"
	Type     = "device_type" // slug or model
	Maker    = "manufacturer"
	Serial   = "serial"
	AssetTag = "asset_tag"
	Parent   = "parent" // the device in whose bay it sits

	// The same rack and parent by the key that the same source knows them by, where it names one.
	RackKey   = "rack_key"
	ParentKey = "parent_key"
)

// The fields of a device type, beside Maker and UHeight.
const (
	Slug      = "slug"
	Model     = "model"
	FullDepth = "is_full_depth"
	Airflow   = "airflow"
)

// A Thing is what one source says of one rack, device or device type.
type Thing struct {
	Kind   Kind
	Key    string            // what the source knows it by: the same in each of its exports
	Names  []string          // what people call it, the first name first
	Values map[string]string // by field; a field that the source is silent on is absent
	At     maps.Problem      // file and line; Field is its path, as dcim/racks/17; no message
}

// Problem says something about a thing, or about one of its fields.
func (t *Thing) Problem(field, message string) maps.Problem {
	p := t.At
	switch {
	case p.Field == "":
		p.Field = field
	case field != "":
		p.Field += "." + field
	}
	p.Message = message
	return p
}

// Name is what people call the thing.
func (t *Thing) Name() string {
	if len(t.Names) == 0 {
		return t.Key
	}
	return t.Names[0]
}

// Said is all that one source says.
type Said struct {
	Things   []Thing
	Warnings maps.Problems
	Faults   maps.Problems
}

// Fail notes a fault.
func (s *Said) Fail(p maps.Problem) { s.Faults = append(s.Faults, p) }

// Warn notes what is doubtful.
func (s *Said) Warn(p maps.Problem) { s.Warnings = append(s.Warnings, p) }
