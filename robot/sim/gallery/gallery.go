// Package gallery is a held-out world of racks for measuring what a robot's eyes are worth: each rack is made from the
// seed and its number alone, with its truth, and pictured with what hurts in a real hall.
//
// It draws the truth and knows nothing of who looks at it: no detection, registration or judgement is imported or
// anticipated here, and its projection and colours are its own. It is for benches; the hall that simulated robots drive
// through is package scene.
package gallery

import (
	"image"
	"io/fs"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/heat"
)

// Options of a gallery.
type Options struct {
	Seed uint64
	Hard bool // put in what hurts, and not only noise
	// Pictures are the device pictures of a NetBox device type library: INDEX.tsv and the files that it names. With them
	// racks are filled with real faces; nil draws devices.
	Pictures fs.FS
	// EveryFrame renders each frame by itself, from nothing; else what does not change in a look is rendered once.
	EveryFrame bool
}

// A Place is one rack face and the stretch of it that a look shows.
type Place struct {
	Rack *maps.Rack
	View maps.Viewpoint // Face, FromU and ToU; Node is empty
	// Standing says which commissioned thing is out of order now; lights are in each Shot.
	Standing Standing

	gallery       *Gallery
	number        int
	known         map[string]*kind // devices by ID
	states        map[string]maps.LEDState
	stand         Pose // of the viewpoint
	width, height int  // px
	focal         float64
	hall          hall
	warm          *heat.Source // what was about at the first look
}

// Standing is the truth of what is not a light.
type Standing struct {
	Door          string             // closed, ajar, open; empty without a door
	DoorDeg       float64            // how far open
	MissingPanels []int              // blanking panels gone
	Wet           bool               // liquid stands at the foot, in view
	StrayLights   []StrayLight       // lights where none belongs
	Moved         map[string]int     // devices that stand at another unit than recorded
	Missing       []string           // devices that are gone
	HotK          map[string]float64 // devices hotter than their peers by so much, K, on their surface
	Instruments   map[string]Reading // what gauges and displays show
	FaultyLights  int                // of devices in the stretch: lights that show a state that is not normal
}

// A StrayLight is a light that does not belong; face frame, m.
type StrayLight struct {
	X, Y   float64
	Colour string
}

// A Reading is what an instrument shows; Unreadable when nobody could read it (glare, blown out, behind a door).
type Reading struct {
	Value      float64
	Unreadable bool
}

// Ask says how a shot is to be taken; the zero value is a patrol's first look.
type Ask struct {
	Commission bool    // all in order, another day: other light, other pose, nobody in the way
	Again      int     // 0 the first look, 1 the second look from another pose, and so on
	Seconds    float64 // 0 means 4
	FPS        float64 // 0 means 30
	Exposure   float64 // share of the usual exposure; 0 means 1
}

// A Shot is one look's pictures and their truth.
type Shot struct {
	Width, Height   int // px, portrait
	Intrinsics      camera.Intrinsics
	Exposure        time.Duration
	BracketExposure time.Duration
	Times           []time.Time
	Thermal         *Thermal
	AirC, Humidity  float64 // of the inlet air, °C and %

	// The camera in the face frame (m; X right, Y up, Z out of the face), its yaw and pitch against the face's normal (rad,
	// 0 looks straight at the face; positive yaw looks to the right, positive pitch up) and roll; and what the robot
	// believes of it.
	Camera   Pose
	Believed Pose

	Lights  []Light
	People  []image.Rectangle // heads, px
	Screens []image.Rectangle // lit screens, px
	Unread  bool              // nobody could register this look: too dark, wholly in the way

	frame   func(i int) []byte
	bracket func() []byte
	release func()
}

// A Pose is a camera's.
type Pose struct {
	X, Y, Z, YawRad, PitchRad, RollRad float64
}

// A Light is the truth of one light of the stretch in one shot.
type Light struct {
	Device, LED string
	State       maps.LEDState
	Fault       bool    // the state is declared as a warning or worse
	Declared    bool    // its device type declares it; else it is to be learned
	U, V        float64 // px of its centre in the first frame
	RadiusPx    float64
	Hidden      float64 // share of its disc behind something: door, cable, person
	Clipped     float64 // share of its lit disc with a clipped channel
}

// A Thermal is one thermal picture, upright: Height rows of Width apparent temperatures, °C, for an emissivity of 0.95.
type Thermal struct {
	Width, Height                             int
	C                                         []float32
	HFOVRad, VFOVRad, OffsetRightM, OffsetUpM float64
}

// Frame returns the i-th frame, Height rows of Width pixels of blue, green, red. It holds until the next call.
func (s *Shot) Frame(i int) []byte { return s.frame(i) }

// Bracket returns the frame of short exposure that was taken after the burst.
func (s *Shot) Bracket() []byte { return s.bracket() }

// Close gives the pictures' memory back; the truth stays.
func (s *Shot) Close() {
	if s.release != nil {
		s.release()
		s.frame, s.bracket, s.release = nil, nil, nil
	}
}
