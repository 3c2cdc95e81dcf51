package maps

// What can be seen at a rack besides devices. Places are in the face frame: m from the face's lower left corner on the
// floor, x to the right of somebody who stands before it, y up.

// A Door closes a face of a rack.
type Door struct {
	Face  Face
	Kind  string  // perforated, glass, solid
	Hinge string  // left or right, as seen by somebody who stands before the face
	GapM  float64 // from the plane of the devices' fronts out to the leaf, m
	// NormallyOpen is set where the door is kept open; otherwise an open door is a finding.
	NormallyOpen bool
}

// The kinds of doors. Through a perforated door devices and their lights show in part, through a solid one not at all.
const (
	PerforatedDoor = "perforated"
	GlassDoor      = "glass"
	SolidDoor      = "solid"
)

// An Instrument is a dial gauge or a 7-segment display that a robot reads.
type Instrument struct {
	ID       string // unique in the site
	Face     Face
	Kind     string // gauge or display
	Quantity string // in words, as "coolant pressure"
	Unit     string // UCUM or as printed: bar, kPa, A, kW, °C
	X, Y     float64
	// Of a gauge: the diameter of its dial; the values at the ends of the scale and the pointer's angles there, in
	// degrees clockwise from straight up (a 270° dial runs from -135 to 135).
	DiameterM      float64
	Min, Max       float64
	MinDeg, MaxDeg float64
	// Of a display: the box around its digits, their number, and how many stand after the point.
	WidthM, HeightM  float64
	Digits, Decimals int
	// Beyond Low or above High the reading is a finding; nil sets no limit.
	Low, High *float64
}

// The kinds of instruments.
const (
	Gauge   = "gauge"
	Display = "display"
)

// A Material is a part of a device's face that emits other than the rest: bare metal, glass, a polished grip.
type Material struct {
	Face               Face // of the device
	XMM, YMM, WMM, HMM float64
	Emissivity         float64 // below 0.4 the part says nothing of temperatures and is masked
}

// DoorAt returns the door of a face; nil when there is none.
func (r *Rack) DoorAt(face Face) *Door {
	for i := range r.Doors {
		if r.Doors[i].Face == face {
			return &r.Doors[i]
		}
	}
	return nil
}
