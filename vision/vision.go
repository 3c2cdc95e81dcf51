// Package vision is what a look means: the pure types and rules by which temperatures and LED states become
// findings. It opens no image: the sub-packages thermal, led and register do, with OpenCV, in a process of their own.
package vision

import (
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Registration says where the camera stood before the face, and how sure that is.
type Registration struct {
	Method  string  `json:"method"`  // tags, reference, pose, or none
	Tags    int     `json:"tags"`    // AprilTags used
	SigmaMM float64 `json:"sigmaMm"` // predicted standard deviation of a height on the face; 0 when Method is none
	// Camera in the face frame: X right, Y up, Z out of the face towards the camera (m); YawRad and PitchRad of the
	// optical axis against the face's normal, 0 when it looks straight at the face.
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Z        float64 `json:"z"`
	YawRad   float64 `json:"yawRad"`
	PitchRad float64 `json:"pitchRad"`
	RollRad  float64 `json:"rollRad,omitempty"` // about the optical axis: positive when the picture's right hangs down the face
}

// An LEDReading is one light of one device as seen in one burst.
type LEDReading struct {
	Device  string `json:"device"`
	LED     string `json:"led"`
	Colour  string `json:"colour,omitempty"` // red, amber, green, blue, white
	Pattern string `json:"pattern"`          // off, solid, blink, irregular, alternating, unknown
	// OtherColour is the second colour of alternating, after Colour in the alphabet.
	OtherColour string  `json:"otherColour,omitempty"`
	RateHz      float64 `json:"rateHz,omitempty"`
	Duty        float64 `json:"duty,omitempty"` // share of the time lit, of a blink
	Confidence  float64 `json:"confidence"`     // 0..1
	HueDeg      float64 `json:"hueDeg,omitempty"`
}

// A TemperatureReading is the surface temperature of one device, or of one unit when Device is empty, in °C.
type TemperatureReading struct {
	Device  string  `json:"device,omitempty"`
	Unit    int     `json:"unit,omitempty"`
	MaxC    float64 `json:"maxC"`
	P95C    float64 `json:"p95C"`
	MedianC float64 `json:"medianC"`
	Pixels  int     `json:"pixels"`
	// SigmaK is the standard deviation of MedianC by the picture's noise, K; 0 when it is not known.
	SigmaK float64 `json:"sigmaK,omitempty"`
}

// Air is what the air sensor said at the look.
type Air struct {
	TemperatureC    float64 `json:"temperatureC"`
	HumidityPercent float64 `json:"humidityPercent"`
	DewPointC       float64 `json:"dewPointC"`
}

// A Finding is one thing out of order in one observation.
type Finding struct {
	Kind       string    `json:"kind"`     // led kinds as the device type names them (disk-failed, ...); hot-device, hot-unit, inlet-high, light-unknown
	Severity   Severity  `json:"severity"` // info, warning, critical
	Rack       string    `json:"rack"`
	Face       maps.Face `json:"face"`
	Unit       int       `json:"unit"`             // lowest unit of the place
	Device     string    `json:"device,omitempty"` // or instrument; empty when the place is a bare unit
	LED        string    `json:"led,omitempty"`
	X          float64   `json:"x,omitempty"` // of the place in the face frame, m, where it is no device's own
	Y          float64   `json:"y,omitempty"`
	Meaning    string    `json:"meaning"`             // one sentence for a person, with the numbers
	Value      float64   `json:"value,omitempty"`     // what was measured, °C or Hz
	Reference  float64   `json:"reference,omitempty"` // what it was compared with
	Confidence float64   `json:"confidence"`          // 0..1
	// PastCritical is set when the reading is past the declared critical limit, so that one look is enough.
	PastCritical bool `json:"pastCritical,omitempty"`
}

// Key is the finding's place and kind: findings with the same key are of the same thing.
func (f Finding) Key() string {
	kind, unit := f.Kind, ""
	switch kind {
	case KindDoorAjar: // how far a door stands open is no other thing
		kind = KindDoorOpen
	case KindPanelMissing:
		unit = strconv.Itoa(f.Unit)
	}
	return f.Rack + "/" + string(f.Face) + "/" + unit + f.Device + "/" + f.LED + "/" + kind
}

// Severity grades a finding.
type Severity string

// The severities, mildest first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// A LookRequest is all that the vision process needs to know of one look. Times are of the robot's clock.
type LookRequest struct {
	ID     string `json:"id"`
	Target Target `json:"target"`
	// Frames: the burst's file and geometry, as robot/camera.Burst says.
	FramesPath string        `json:"framesPath"`
	Width      int           `json:"width"`
	Height     int           `json:"height"`
	Times      []time.Time   `json:"times"`
	FX         float64       `json:"fx"`
	FY         float64       `json:"fy"`
	CX         float64       `json:"cx"`
	CY         float64       `json:"cy"`
	Dist       [5]float64    `json:"dist"`
	Thermal    *ThermalFrame `json:"thermal,omitempty"`
	// Air is what surfaces reflect and what liquid condenses from; nil when the robot has no air sensor.
	Air *Air `json:"air,omitempty"`
	// Bracket is one frame of the same size, taken right after the burst with a fraction of its exposure, in which bright
	// lights do not clip; empty when there is none. Exposure is of the burst.
	BracketPath     string        `json:"bracketPath,omitempty"`
	Exposure        time.Duration `json:"exposure,omitempty"`
	BracketExposure time.Duration `json:"bracketExposure,omitempty"`
	// Pose is where the robot believes its camera to be, with the standard deviations of place (m) and heading (rad), for
	// looks that neither tags nor a reference picture place; nil when it does not know.
	Pose *BelievedPose `json:"pose,omitempty"`
	// Normals is what this viewpoint showed when all was in order; nil before it is commissioned.
	Normals *Normals `json:"normals,omitempty"`
	// Learn asks for new Normals: the pictures are left in EvidenceDir, the rest in the result.
	Learn bool `json:"learn,omitempty"`
	// EvidenceDir receives the pictures of the look: visual.jpg (the sharpest frame) and thermal.png.
	EvidenceDir string `json:"evidenceDir"`
}

// A ThermalFrame is a grid of surface temperatures, °C, Height rows of Width, row 0 the top, as seen by somebody
// who stands before the face. Its camera is a pinhole with the given fields of view, shifted against the visual camera.
type ThermalFrame struct {
	Width        int       `json:"width"`
	Height       int       `json:"height"`
	C            []float32 `json:"c"`
	HFOVRad      float64   `json:"hfovRad"`
	VFOVRad      float64   `json:"vfovRad"`
	OffsetRightM float64   `json:"offsetRightM"` // of the thermal camera, seen from behind the visual one
	OffsetUpM    float64   `json:"offsetUpM"`
	Emissivity   float64   `json:"emissivity,omitempty"` // that C assumes; 0 means 0.95, as the sensor's driver sets
}

// A LookResult is what the vision process measured.
type LookResult struct {
	ID           string               `json:"id"`
	Error        string               `json:"error,omitempty"` // the look failed; nothing else is set
	Registration Registration         `json:"registration"`
	LEDs         []LEDReading         `json:"leds"`
	Devices      []TemperatureReading `json:"devices"`
	Units        []TemperatureReading `json:"units"`
	Evidence     []EvidenceFile       `json:"evidence"`
	Sightings    []Sighting           `json:"sightings,omitempty"`
	Instruments  []InstrumentReading  `json:"instruments,omitempty"`
	Doubts       []Doubt              `json:"doubts,omitempty"`
	Normals      *Normals             `json:"normals,omitempty"` // learned, when the request asked for it
	Hidden       []Hidden             `json:"hidden,omitempty"`  // what was made unrecognisable in the evidence
}

// An EvidenceFile is a picture that a look left in its EvidenceDir.
type EvidenceFile struct {
	Path      string `json:"path"`
	Kind      string `json:"kind"` // visual or thermal
	MediaType string `json:"mediaType"`
}

// A Target is one rack face, flat and self-contained: what the vision process must know of the place.
type Target struct {
	Rack     string         `json:"rack"`
	Face     maps.Face      `json:"face"`
	WidthM   float64        `json:"widthM"`
	BaseM    float64        `json:"baseM"`
	UHeight  int            `json:"uHeight"`
	FromU    int            `json:"fromU"` // the stretch to look at
	ToU      int            `json:"toU"`
	TagSizeM float64        `json:"tagSizeM"`
	Tags     []TargetTag    `json:"tags"`
	Devices  []TargetDevice `json:"devices"`
	ASHRAE   string         `json:"ashrae,omitempty"` // class A1..A4 of the rack's inlet air

	Door           *maps.Door        `json:"door,omitempty"`
	BlankingPanels []int             `json:"blankingPanels,omitempty"` // units of the stretch that a panel closes
	Instruments    []maps.Instrument `json:"instruments,omitempty"`    // of this face, within the stretch
	WatchFloor     bool              `json:"watchFloor,omitempty"`     // liquid may stand at its foot
	NumbersOnly    bool              `json:"numbersOnly,omitempty"`    // no picture may leave the look
}

// A TargetTag is one fiducial, its centre in the face frame, m.
type TargetTag struct {
	ID int     `json:"id"`
	X  float64 `json:"x"`
	Y  float64 `json:"y"`
}

// A TargetDevice is one device as it shows on this face: Min and Max are its corners in the face frame, m.
type TargetDevice struct {
	ID          string           `json:"id"`
	Type        string           `json:"type"` // slug
	Unit        int              `json:"unit"`
	UHeight     int              `json:"uHeight"`
	Min         maps.Point       `json:"min"`
	Max         maps.Point       `json:"max"`
	Emissivity  float64          `json:"emissivity"`
	SurfaceMaxC float64          `json:"surfaceMaxC"`
	RiseK       float64          `json:"riseK,omitempty"` // typical exhaust over inlet, as it shows on this face: 0 at the front
	LEDs        []TargetLED      `json:"leds"`
	Materials   []TargetMaterial `json:"materials,omitempty"`
}

// A TargetMaterial is a part of a device's face with an emissivity of its own; Min and Max in the face frame, m.
type TargetMaterial struct {
	Min        maps.Point `json:"min"`
	Max        maps.Point `json:"max"`
	Emissivity float64    `json:"emissivity"`
}

// A TargetLED is one light, its centre in the face frame, m.
type TargetLED struct {
	Name      string            `json:"name"`
	X         float64           `json:"x"`
	Y         float64           `json:"y"`
	DiameterM float64           `json:"diameterM"`
	Normal    []maps.LEDState   `json:"normal"`
	Meanings  []maps.LEDMeaning `json:"meanings"`
}
