// Package maps is the place: halls with their floor grid and route graph, rows, racks, devices at their U
// positions, what feeds and cools them, and the viewpoints from which a robot sees every rack face.
//
// It reads and checks a site folder and answers questions of geometry and topology. It knows nothing of
// robots' whereabouts, of time, or of what a camera sees there.
//
// Frames. The hall frame is that of its floor grid and route graph: metres, x right, y up, angles in rad
// counter-clockwise from x. A rack's face frame lies on the face as seen by somebody who stands before it: metres,
// origin on the floor at the rack's left outer edge, x right, y up. A device's face frame is in mm from its lower
// left corner, x right, y up; it is 482.6 mm wide (EIA-310) and 44.45 mm high per U.
package maps

import "time"

// UnitM is the height of one rack unit (EIA-310-E), in m.
const UnitM = 0.04445

// PanelWidthM is the width of a 19-inch front panel (EIA-310-E), in m.
const PanelWidthM = 0.4826

// A Site is everything that a site folder says, checked and resolved. It comes from Load and does not change
// afterwards.
type Site struct {
	ID          string // one MQTT topic level; the interfaceName of VDA 5050
	Name        string
	TimeZone    string // IANA name
	Halls       []*Hall
	Loops       []Loop // of cooling water
	UPS         []UPS
	RackTypes   map[string]*RackType
	DeviceTypes map[string]*DeviceType
	Optics      Optics
	Robot       *Footprint // of the largest robot; nil when the site does not say
	Patrol      PatrolRules
	Warnings    []Problem // what is doubtful but no fault

	index *index
	zone  *time.Location // of TimeZone
}

// Optics is what the site's robots can see from one pose; viewpoints are derived from it.
type Optics struct {
	VerticalFOVRad float64 // of the narrower of the cameras that a look uses
	MastMinM       float64 // lowest and highest camera height above the floor
	MastMaxM       float64
	NearM          float64 // least and greatest distance from which a face can be read
	FarM           float64
}

// PatrolRules are the site's defaults, of which a rack may override the interval, and what is looked at by the clock.
type PatrolRules struct {
	RevisitInterval time.Duration
	Sensors         []string // that a robot needs for a look
	Rounds          []Round
	QuietHours      []QuietHours
}

// A Hall is one floor with one frame; its ID is the mapId of VDA 5050 and LIF.
type Hall struct {
	ID          string
	Floor       *Grid
	Graph       *Graph
	GraphFile   string // as site.yaml names it
	VehicleType string // whose part of the graph it is; empty for any
	Rows        []*Row
	Cooling     []CoolingUnit
	Feeds       []Feed
	PDUs        []PDU
	DockPlaces  []DockPlace // where docks shall be drafted
	SafePlaces  []string    // nodes where robots stand in an alarm; none: the controller finds them
	Portals     []Portal
}

// A DockPlace is where a dock shall stand in a route graph that is drafted.
type DockPlace struct {
	ID   string
	X, Y float64 // m, hall frame
}

// A Row is a line of racks.
type Row struct {
	ID    string
	Hall  string
	Racks []*Rack
}

// A CoolingUnit cools rows of its hall.
type CoolingUnit struct {
	ID   string
	Rows []string
	Loop string // that carries its heat away; empty when not known
}

// A Feed is a power feed; racks draw from one or more.
type Feed struct {
	ID  string
	UPS string // that it hangs on; empty when not known
}

// A Pose is a place and a heading in the hall frame.
type Pose struct {
	X, Y     float64 // m
	ThetaRad float64
}

// A RackType is the cabinet itself: size and where its fiducials sit.
type RackType struct {
	ID       string
	UHeight  int
	WidthM   float64 // outer
	DepthM   float64 // outer
	BaseM    float64 // floor to the bottom of U1
	TagSizeM float64 // outer edge of the tag's black border
	// TagPlaces are the centres of a face's tags in the face frame; a rack names the tag at each place.
	TagPlaces []Point
}

// A Point is a point of a face frame, in m.
type Point struct {
	X, Y float64
}

// Face is a side of a rack or device.
type Face string

// The two faces that a robot looks at.
const (
	Front Face = "front"
	Rear  Face = "rear"
)

// A Rack stands with its centre at Pose; Pose.ThetaRad is the outward normal of its front.
type Rack struct {
	ID              string // unique in the site
	Hall            string
	Row             string
	Type            *RackType
	Pose            Pose
	ASHRAEClass     string // A1..A4: the allowable inlet range (ASHRAE TC 9.9, 2021)
	Feeds           []string
	CooledBy        []string
	Loop            string // whose liquid runs to it; empty when none, or not known
	RevisitInterval time.Duration
	FrontTags       []int // AprilTag 36h11 ids, one for each of Type.TagPlaces
	RearTags        []int
	Devices         []*Device // by position, lowest first
	Doors           []Door
	BlankingPanels  []int // units that a blanking panel closes
	Instruments     []Instrument
	Sensors         []string // that a robot needs for a look at it, beside its camera; the site's when it names none
	LiquidCooled    bool     // liquid runs to it: its foot is watched
	NumbersOnly     bool     // no picture of it is kept or sent
}

// A Device fills Position..Position+UHeight-1; Position is the lowest unit, from 1 at the bottom.
type Device struct {
	ID       string // unique in the site
	Rack     string
	Type     *DeviceType
	Position int
	Face     Face // the rack face that its front points to
	Serial   string
	AssetTag string
	Feeds    []string
	Power    []PowerPort // as far as it is known
	Uplinks  []Uplink
}

// A DeviceType is a NetBox device type with what a robot must know to read it.
type DeviceType struct {
	Manufacturer string
	Model        string
	Slug         string
	UHeight      int
	IsFullDepth  bool
	Airflow      string // NetBox: front-to-rear, passive, ...
	LEDs         []LED
	Thermal      ThermalLimits
}

// An LED is one status light of a device type.
type LED struct {
	Name       string
	Face       Face // of the device
	XMM, YMM   float64
	DiameterMM float64
	Normal     []LEDState   // what it shows in good order
	Meanings   []LEDMeaning // what else it can show
}

// An LEDState is what a light shows; Pattern is off, solid, blink, irregular or alternating.
type LEDState struct {
	Colour  string  // red, amber, green, blue, white; empty when off
	Pattern string  // off, solid, blink, irregular, alternating
	RateHz  float64 // of blink and alternating: whole periods a second
	// OtherColour is the second colour of alternating; Colour is then the one that comes first in the alphabet.
	OtherColour string
}

// An LEDMeaning says what a state that is not normal tells.
type LEDMeaning struct {
	LEDState
	Kind     string // the finding's kind, as disk-failed, psu-failed, fan-failed, health-degraded
	Meaning  string // in the maker's words
	Severity string // info, warning, critical
}

// ThermalLimits are what a device type's surfaces may reach, and how they emit.
type ThermalLimits struct {
	Emissivity   float64
	SurfaceMaxC  float64 // °C; above it a finding whatever the peers say
	TypicalRiseK float64 // exhaust over inlet under usual load, K
	Materials    []Material
}

// A Viewpoint is a pose from which the units FromU..ToU of a rack face are seen. The camera looks along HeadingRad.
type Viewpoint struct {
	ID              string // as A01-front-1
	Rack            string
	Face            Face
	Hall            string
	Node            string  // of the route graph
	HeadingRad      float64 // hall frame
	MastM           float64 // camera height above the floor
	DistanceM       float64 // camera to face
	FromU, ToU      int
	RevisitInterval time.Duration
	Sensors         []string // that a robot needs for a look from here
}
