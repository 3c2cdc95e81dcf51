package maps

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// The types below are site.yaml as it is written. Where NetBox has a word it is that word, so that an entry of its
// device type library can be pasted under device_types and completed with leds and thermal.

type siteFile struct {
	ID          string           `yaml:"id" must:"true"`
	Name        string           `yaml:"name"`
	TimeZone    string           `yaml:"time_zone"`
	Optics      opticsFile       `yaml:"optics" must:"true"`
	Robot       *robotFile       `yaml:"robot"`
	Patrol      patrolFile       `yaml:"patrol" must:"true"`
	RackTypes   []rackTypeFile   `yaml:"rack_types" must:"true"`
	DeviceTypes []deviceTypeFile `yaml:"device_types"`
	Halls       []hallFile       `yaml:"halls" must:"true"`
}

type opticsFile struct {
	VerticalFOVDeg float64 `yaml:"vertical_fov_deg" must:"true"`
	MastMinM       float64 `yaml:"mast_min_m" must:"true"`
	MastMaxM       float64 `yaml:"mast_max_m" must:"true"`
	NearM          float64 `yaml:"near_m"`
	FarM           float64 `yaml:"far_m"`
}

// robotFile is the room that the site's largest robot needs.
type robotFile struct {
	WidthM  float64 `yaml:"width_m" must:"true"`
	LengthM float64 `yaml:"length_m" must:"true"`
}

// wishFile is where a dock shall be drafted.
type wishFile struct {
	ID string  `yaml:"id" must:"true"`
	X  float64 `yaml:"x" must:"true"`
	Y  float64 `yaml:"y" must:"true"`
}

type patrolFile struct {
	RevisitInterval time.Duration `yaml:"revisit_interval" must:"true"`
	Rounds          []roundFile   `yaml:"rounds"`
	QuietHours      []quietFile   `yaml:"quiet_hours"`
}

type roundFile struct {
	ID         string        `yaml:"id" must:"true"`
	Name       string        `yaml:"name"`
	Rows       []string      `yaml:"rows"`
	Racks      []string      `yaml:"racks"`
	Face       string        `yaml:"face"`
	Start      string        `yaml:"start" must:"true"`
	Recurrence string        `yaml:"recurrence" must:"true"`
	Window     time.Duration `yaml:"window" must:"true"`
	Except     []string      `yaml:"except"`
}

type quietFile struct {
	From  string   `yaml:"from" must:"true"`
	To    string   `yaml:"to" must:"true"`
	Days  []string `yaml:"days"`
	Rows  []string `yaml:"rows"`
	Racks []string `yaml:"racks"`
}

type rackTypeFile struct {
	ID        string      `yaml:"id" must:"true"`
	UHeight   int         `yaml:"u_height" must:"true"`
	WidthM    float64     `yaml:"width_m" must:"true"`
	DepthM    float64     `yaml:"depth_m" must:"true"`
	BaseM     float64     `yaml:"base_m" must:"true"`
	TagSizeM  float64     `yaml:"tag_size_m"`
	TagPlaces []pointFile `yaml:"tag_places"`
}

type pointFile struct {
	X float64 `yaml:"x" must:"true"`
	Y float64 `yaml:"y" must:"true"`
}

type deviceTypeFile struct {
	Manufacturer string       `yaml:"manufacturer" must:"true"`
	Model        string       `yaml:"model" must:"true"`
	Slug         string       `yaml:"slug" must:"true"`
	UHeight      float64      `yaml:"u_height" must:"true"`
	IsFullDepth  *bool        `yaml:"is_full_depth" must:"true"`
	Airflow      string       `yaml:"airflow"`
	LEDs         []ledFile    `yaml:"leds"`
	Thermal      *thermalFile `yaml:"thermal"`
}

// skipped are the fields of NetBox's device type library (schema devicetype.json) that a robot has no use for.
func (*deviceTypeFile) skipped() []string {
	return []string{
		"part_number", "is_powered", "weight", "weight_unit", "front_image", "rear_image", "subdevice_role", "comments",
		"description", "console-ports", "console-server-ports", "power-ports", "power-outlets", "interfaces", "front-ports",
		"rear-ports", "module-bays", "device-bays", "inventory-items", "exclude_from_utilization",
	}
}

type ledFile struct {
	Name       string     `yaml:"name" must:"true"`
	Face       string     `yaml:"face" must:"true"`
	XMM        float64    `yaml:"x_mm" must:"true"`
	YMM        float64    `yaml:"y_mm" must:"true"`
	DiameterMM float64    `yaml:"diameter_mm" must:"true"`
	Normal     []ledState `yaml:"normal"`
	Meanings   []ledState `yaml:"meanings"`
	Means      *meansFile `yaml:"means"` // a row of the makers' table, in place of normal and meanings
}

type meansFile struct {
	Maker  string `yaml:"maker" must:"true"`
	Family string `yaml:"family" must:"true"`
	LED    string `yaml:"led" must:"true"`
}

// ledState is a state, and for a meaning what it tells.
type ledState struct {
	Colour   string  `yaml:"colour"`
	Pattern  string  `yaml:"pattern" must:"true"`
	RateHz   float64 `yaml:"rate_hz"`
	Other    string  `yaml:"other_colour"` // of alternating
	Kind     string  `yaml:"kind"`
	Meaning  string  `yaml:"meaning"`
	Severity string  `yaml:"severity"`
}

type thermalFile struct {
	Emissivity   float64        `yaml:"emissivity" must:"true"`
	SurfaceMaxC  float64        `yaml:"surface_max_c" must:"true"`
	TypicalRiseK float64        `yaml:"typical_rise_k"`
	Materials    []materialFile `yaml:"materials"`
}

type materialFile struct {
	Face       string  `yaml:"face" must:"true"`
	XMM        float64 `yaml:"x_mm" must:"true"`
	YMM        float64 `yaml:"y_mm" must:"true"`
	WMM        float64 `yaml:"w_mm" must:"true"`
	HMM        float64 `yaml:"h_mm" must:"true"`
	Emissivity float64 `yaml:"emissivity" must:"true"`
}

type hallFile struct {
	ID          string        `yaml:"id" must:"true"`
	Floor       string        `yaml:"floor" must:"true"`
	Graph       string        `yaml:"graph" must:"true"`
	VehicleType string        `yaml:"vehicle_type"`
	Aisles      []aisleFile   `yaml:"aisles"`
	Docks       []wishFile    `yaml:"docks"`
	SafePlaces  []string      `yaml:"safe_places"`
	Portals     []portalFile  `yaml:"portals"`
	Feeds       []feedFile    `yaml:"feeds"`
	Cooling     []coolingFile `yaml:"cooling"`
	Rows        []rowFile     `yaml:"rows" must:"true"`
}

type aisleFile struct {
	ID    string   `yaml:"id" must:"true"`
	Nodes []string `yaml:"nodes" must:"true"`
}

type feedFile struct {
	ID string `yaml:"id" must:"true"`
}

type coolingFile struct {
	ID   string   `yaml:"id" must:"true"`
	Rows []string `yaml:"rows" must:"true"`
}

type rowFile struct {
	ID    string     `yaml:"id" must:"true"`
	Racks []rackFile `yaml:"racks" must:"true"`
}

type rackFile struct {
	ID              string        `yaml:"id" must:"true"`
	Type            string        `yaml:"type" must:"true"`
	X               float64       `yaml:"x" must:"true"`
	Y               float64       `yaml:"y" must:"true"`
	ThetaDeg        float64       `yaml:"theta_deg" must:"true"`
	ASHRAEClass     string        `yaml:"ashrae_class" must:"true"`
	Feeds           []string      `yaml:"feeds"`
	CooledBy        []string      `yaml:"cooled_by"`
	RevisitInterval time.Duration `yaml:"revisit_interval"`
	FrontTags       []int         `yaml:"front_tags"`
	RearTags        []int         `yaml:"rear_tags"`
	Devices         []deviceFile  `yaml:"devices"`

	Doors          []doorFile       `yaml:"doors"`
	BlankingPanels []int            `yaml:"blanking_panels"`
	Instruments    []instrumentFile `yaml:"instruments"`
	LiquidCooled   bool             `yaml:"liquid_cooled"`
	NumbersOnly    bool             `yaml:"numbers_only"`
}

type doorFile struct {
	Face         string  `yaml:"face" must:"true"`
	Kind         string  `yaml:"kind" must:"true"`
	Hinge        string  `yaml:"hinge" must:"true"`
	GapM         float64 `yaml:"gap_m"`
	NormallyOpen bool    `yaml:"normally_open"`
}

type instrumentFile struct {
	ID        string   `yaml:"id" must:"true"`
	Face      string   `yaml:"face" must:"true"`
	Kind      string   `yaml:"kind" must:"true"`
	Quantity  string   `yaml:"quantity" must:"true"`
	Unit      string   `yaml:"unit"`
	X         float64  `yaml:"x" must:"true"`
	Y         float64  `yaml:"y" must:"true"`
	DiameterM float64  `yaml:"diameter_m"`
	Min       float64  `yaml:"min"`
	Max       float64  `yaml:"max"`
	MinDeg    float64  `yaml:"min_deg"`
	MaxDeg    float64  `yaml:"max_deg"`
	WidthM    float64  `yaml:"width_m"`
	HeightM   float64  `yaml:"height_m"`
	Digits    int      `yaml:"digits"`
	Decimals  int      `yaml:"decimals"`
	Low       *float64 `yaml:"low"`
	High      *float64 `yaml:"high"`
}

type deviceFile struct {
	ID       string     `yaml:"id" must:"true"`
	Type     string     `yaml:"device_type" must:"true"`
	Position *yaml.Node `yaml:"position"`
	Face     string     `yaml:"face"`
	Serial   string     `yaml:"serial"`
	AssetTag string     `yaml:"asset_tag"`
	Feeds    []string   `yaml:"feeds"`
}
