package vision

import (
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Sighting is what a look says of something that is neither a declared light nor a temperature. One that is in order
// is said too, so that what was not looked at can be told from what is well.
type Sighting struct {
	Thing      string  `json:"thing"` // door, panel, liquid, light, device
	State      string  `json:"state"`
	Unit       int     `json:"unit,omitempty"`   // lowest unit of the place; of a moved device, where it stands now
	Device     string  `json:"device,omitempty"` // of a device or of a light on it
	X          float64 `json:"x"`                // middle of the thing in the face frame, m
	Y          float64 `json:"y"`
	Colour     string  `json:"colour,omitempty"` // of a light
	Value      float64 `json:"value,omitempty"`  // of a door the angle in degrees, of liquid the area in m², of a moved device the way in m
	Confidence float64 `json:"confidence"`       // 0..1
}

// The things of sightings and the states of each.
const (
	ThingDoor   = "door"   // closed, ajar, open
	ThingPanel  = "panel"  // present, missing
	ThingLiquid = "liquid" // dry, wet
	ThingLight  = "light"  // lit: where no light is declared or learned
	ThingDevice = "device" // present, missing, moved

	StateClosed  = "closed"
	StateAjar    = "ajar"
	StateOpen    = "open"
	StatePresent = "present"
	StateMissing = "missing"
	StateMoved   = "moved"
	StateDry     = "dry"
	StateWet     = "wet"
	StateLit     = "lit"
	// StateUnknown: it could not be told.
	StateUnknown = "unknown"
)

// An InstrumentReading is what a gauge or display shows. With Refused set there is no reading, and why.
type InstrumentReading struct {
	Instrument string  `json:"instrument"`
	Value      float64 `json:"value"`
	// Bound is half the width of the interval that holds the true value in 99 of 100 readings, in the instrument's unit.
	Bound   float64 `json:"bound"`
	Text    string  `json:"text,omitempty"` // of a display, as read
	Refused string  `json:"refused,omitempty"`
}

// A Doubt says what a look could not settle, and what would settle it. The agent does it at once.
type Doubt struct {
	Remedy string `json:"remedy"` // longer-burst, shorter-exposure, longer-exposure, viewpoint, reference
	Device string `json:"device,omitempty"`
	LED    string `json:"led,omitempty"`
	Unit   int    `json:"unit,omitempty"`
	Reason string `json:"reason"` // one sentence for a person
}

// What settles a doubt.
const (
	LongerBurst     = "longer-burst"
	ShorterExposure = "shorter-exposure"
	LongerExposure  = "longer-exposure"
	OtherViewpoint  = "viewpoint"
)

// A Hidden place is a rectangle of a picture that was made unrecognisable, px of that picture, and why: face, screen,
// person, beside.
type Hidden struct {
	What           string `json:"what"`
	X0, Y0, X1, Y1 int
}

// A BelievedPose is a camera's pose in the face frame as the robot's whereabouts say, axes as in Registration.
type BelievedPose struct {
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Z        float64 `json:"z"`
	YawRad   float64 `json:"yawRad"`
	PitchRad float64 `json:"pitchRad"`
	SigmaM   float64 `json:"sigmaM"`
	SigmaRad float64 `json:"sigmaRad"`
}

// Normals is what one viewpoint shows when all is in order, learned at commissioning.
type Normals struct {
	Viewpoint string          `json:"viewpoint"`
	At        time.Time       `json:"at"`
	Eye       Registration    `json:"eye"` // where the camera stood
	Pictures  []NormalPicture `json:"pictures,omitempty"`
	Lights    []NormalLight   `json:"lights,omitempty"`
	Heat      []NormalHeat    `json:"heat,omitempty"`
	// Unseen lists declared lights that could not be seen from here when all was in order, as behind the stile of a door:
	// that they look dark says nothing.
	Unseen []UnseenLight `json:"unseen,omitempty"`
}

// An UnseenLight is a light of a device.
type UnseenLight struct {
	Device string `json:"device"`
	LED    string `json:"led"`
}

// A NormalPicture is a picture straightened onto a plane of the rack: an ortho picture, PNG.
type NormalPicture struct {
	Plane  string  `json:"plane"` // face, or floor (x as the face's, y the distance before the face)
	Path   string  `json:"path"`
	LeftM  float64 `json:"leftM"` // of the upper left corner of its first pixel, m
	TopM   float64 `json:"topM"`
	ScaleM float64 `json:"scaleM"` // m per px
}

// A NormalLight is a light that no device type declares, where it shines and what it showed.
type NormalLight struct {
	Device    string          `json:"device,omitempty"`
	X         float64         `json:"x"` // face frame, m
	Y         float64         `json:"y"`
	DiameterM float64         `json:"diameterM"`
	States    []maps.LEDState `json:"states"` // each once
}

// A NormalHeat is the history of one place: how far its temperature stood above the inlet air, look by look.
type NormalHeat struct {
	Device string    `json:"device,omitempty"`
	Unit   int       `json:"unit,omitempty"`
	OverK  []float64 `json:"overK"` // oldest first, K
	// LevelK is the same of a device's level, the median of its front, which the next pictures are explained from; OverK is
	// of what it is judged by.
	LevelK []float64 `json:"levelK,omitempty"`
	// SigmaK is the standard deviation of one such value by the pictures' noise, root mean square of all, K.
	SigmaK float64 `json:"sigmaK,omitempty"`
}

// Level is how far the level of the place usually stands above the inlet air, K; ok is false when that is not known.
func (h NormalHeat) Level() (k float64, ok bool) {
	v := h.LevelK
	if h.Device == "" {
		v = h.OverK
	}
	if len(v) == 0 {
		return 0, false
	}
	return middle(v), true
}
