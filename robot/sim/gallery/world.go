package gallery

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/nightrounds/nightrounds/maps"
)

// A Gallery makes racks. It is safe for concurrent use.
type Gallery struct {
	options  Options
	pictures []faceplate

	mu   sync.Mutex
	idle []*memory // of shots that were closed, for the next ones
}

// How often a thing is out of order, as a share of the racks that have it.
const (
	faultyShare   = 0.08 // of racks: with one or two lights at fault
	hotShare      = 0.08
	unusualShare  = 0.015 // of lights: show something that is worth a note
	doorShare     = 0.25
	doorOpenShare = 0.2  // of doors
	panelShare    = 0.05 // of racks: a panel or two gone
	liquidShare   = 0.25 // of racks: cooled by liquid
	wetShare      = 0.33 // of those
	footShare     = 0.2  // of looks: from low down, the foot in view
	strayShare    = 0.04
	movedShare    = 0.04
	instrumented  = 0.17
	peopleShare   = 0.05
	mostLights    = 240 // of a rack, front and rear, before devices with few are taken
)

// New checks the options and reads the pictures.
func New(o Options) (*Gallery, error) {
	g := &Gallery{options: o}
	if o.Pictures != nil {
		var err error
		if g.pictures, err = readFaceplates(o.Pictures); err != nil {
			return nil, fmt.Errorf("open the gallery: %w", err)
		}
		if len(g.pictures) == 0 {
			return nil, errors.New("open the gallery: INDEX.tsv names no picture of a front")
		}
	}
	return g, nil
}

// chance is the randomness of one thing of one rack.
func (g *Gallery) chance(rack int, what uint64) *rand.Rand {
	return rand.New(rand.NewPCG(g.options.Seed*0x9e3779b97f4a7c15+what, uint64(rack)))
}

// Rack makes the i-th rack: the same seed and number make the same one.
func (g *Gallery) Rack(i int) (*Place, error) {
	rng := g.chance(i, 1)
	p := &Place{gallery: g, number: i, known: map[string]*kind{}, states: map[string]maps.LEDState{}}
	p.Rack = newRack(rng, i)
	face := maps.Front
	if g.pictures == nil && rng.Float64() < 0.25 {
		face = maps.Rear
	}
	p.fill(rng, newKinds(rng))
	p.camera(rng, face)
	p.furnish(rng, face)
	p.disturb(rng)
	p.setLights(rng)
	p.hall = newHall(rng, g.options.Hard)
	return p, nil
}

// newRack makes the cabinet: 0.6 m wide with six tags of 45 mm, or 0.8 m with ten of 60 mm.
func newRack(rng *rand.Rand, i int) *maps.Rack {
	t := &maps.RackType{ID: "narrow", UHeight: 42, WidthM: 0.6, DepthM: 1.1, BaseM: 0.1, TagSizeM: 0.045}
	rows := []float64{0.2, 1.0335, 1.867}
	if rng.Float64() < 0.3 {
		t.ID, t.WidthM, t.TagSizeM = "wide", 0.8, 0.06
		rows = []float64{0.2, 0.62, 1.0335, 1.45, 1.867}
	}
	post := min((t.WidthM-maps.PanelWidthM)/4, t.TagSizeM*5/8+0.006) // outside, clear of a door
	for _, y := range rows {
		t.TagPlaces = append(t.TagPlaces, maps.Point{X: post, Y: y}, maps.Point{X: t.WidthM - post, Y: y})
	}
	r := &maps.Rack{ID: fmt.Sprintf("R%04d", i), Hall: "gallery", Row: "row", Type: t, ASHRAEClass: "A2"}
	first := rng.IntN(500)
	for k := range t.TagPlaces {
		r.FrontTags, r.RearTags = append(r.FrontTags, first+k), append(r.RearTags, first+len(t.TagPlaces)+k)
	}
	return r
}

// fill puts devices into the rack, some units left free.
func (p *Place) fill(rng *rand.Rand, kinds []*kind) {
	lights := 0
	for u := 1; u <= p.Rack.Type.UHeight; {
		if rng.Float64() < 0.2 {
			if rng.Float64() < 0.8 {
				p.Rack.BlankingPanels = append(p.Rack.BlankingPanels, u)
			}
			u++
			continue
		}
		k := kinds[rng.IntN(len(kinds))]
		if lights+len(k.leds) > mostLights {
			k = slices.MinFunc(kinds, func(a, b *kind) int { return len(a.leds) - len(b.leds) })
		}
		if f, ok := p.gallery.faceplateFor(rng, k); ok {
			k = f
		}
		if u+k.typ.UHeight-1 > p.Rack.Type.UHeight {
			u++
			continue
		}
		d := &maps.Device{ID: fmt.Sprintf("%s-u%02d", p.Rack.ID, u), Rack: p.Rack.ID, Type: k.typ, Position: u, Face: maps.Front}
		p.Rack.Devices = append(p.Rack.Devices, d)
		p.known[d.ID] = k
		lights += len(k.leds)
		u += k.typ.UHeight
	}
}

// Of the camera's place.
const (
	halfVFOV   = 35 * math.Pi / 180
	widestPx   = 700  // focal length of a wide lens at 1080 px
	usualPx    = 1371 // of the usual one
	besideM    = 0.07 // that the picture shows beside the rack
	stretchPad = 0.02 // m that a stretch keeps from the picture's rim
)

// camera chooses a viewpoint and the stretch that it shows.
func (p *Place) camera(rng *rand.Rand, face maps.Face) {
	t := p.Rack.Type
	d := 1.0 + 0.4*rng.Float64()
	yaw := 0.1 * (2*rng.Float64() - 1)
	if p.gallery.options.Hard {
		switch x := rng.Float64(); {
		case x < 0.15:
			d = 0.6 + 0.4*rng.Float64()
		case x < 0.3:
			d = 1.4 + 1.1*rng.Float64()
		}
		if rng.Float64() < 0.4 {
			yaw = math.Pi / 6 * (2*rng.Float64() - 1)
		}
	}
	p.width, p.height = 1080, 1920
	p.focal = max(widestPx, min(usualPx, 540*d*math.Cos(yaw)/(t.WidthM/2+besideM)))
	if p.gallery.options.Hard && rng.Float64() < 0.05 {
		p.width, p.height, p.focal = 2160, 3840, 2*p.focal
	}
	half := d * float64(p.height) / 2 / p.focal
	top := t.BaseM + float64(t.UHeight)*maps.UnitM
	y := top / 2
	if half < top/2 {
		lowest := max(0.4, half*0.8)
		y = lowest + rng.Float64()*max(0, top-half*0.8-lowest)
		if rng.Float64() < footShare {
			y = lowest
		}
	}
	p.stand = Pose{X: t.WidthM/2 - d*math.Tan(yaw), Y: y, Z: d, YawRad: yaw}
	reach := half - stretchPad - 0.06*d // pitch and roll
	from := max(1, int(math.Ceil((y-reach-t.BaseM)/maps.UnitM))+1)
	to := min(t.UHeight, int((y+reach-t.BaseM)/maps.UnitM))
	p.View = maps.Viewpoint{ID: p.Rack.ID + "-" + string(face), Rack: p.Rack.ID, Face: face, MastM: y, DistanceM: d, FromU: from, ToU: max(to, from)}
}

// furnish adds doors, instruments and liquid cooling.
func (p *Place) furnish(rng *rand.Rand, face maps.Face) {
	if p.gallery.options.Hard && rng.Float64() < doorShare {
		kind := maps.PerforatedDoor
		if rng.Float64() < 0.2 {
			kind = maps.GlassDoor
		}
		p.Rack.Doors = []maps.Door{{Face: face, Kind: kind, Hinge: []string{"left", "right"}[rng.IntN(2)], GapM: 0.03 + 0.02*rng.Float64()}}
	}
	if p.View.FromU == 1 && p.seesFloor() && rng.Float64() < liquidShare*1.5 {
		p.Rack.LiquidCooled = true
	}
	if rng.Float64() < instrumented && len(p.Rack.Doors) == 0 {
		p.instruments(rng, face)
	}
	p.Standing = Standing{Moved: map[string]int{}, HotK: map[string]float64{}, Instruments: map[string]Reading{}}
}

// seesFloor says whether every shot shows the floor at the rack's foot, however the camera pitches.
func (p *Place) seesFloor() bool {
	return math.Atan2(p.stand.Y+0.03, p.stand.Z-0.06) < math.Atan(float64(p.height)/2/p.focal)-0.045
}

// instruments puts a gauge and a display onto blanking panels of the stretch.
func (p *Place) instruments(rng *rand.Rand, face maps.Face) {
	for i, u := range p.panelsInView() {
		at := maps.Point{X: p.Rack.Type.WidthM/2 + 0.3*(rng.Float64()-0.5), Y: p.Rack.UnitBottomM(u) + maps.UnitM/2}
		id := fmt.Sprintf("%s-i%02d", p.Rack.ID, u)
		in := maps.Instrument{ID: id, Face: face, X: at.X, Y: at.Y}
		switch i {
		case 0:
			in.Kind, in.Quantity, in.Unit, in.DiameterM = maps.Gauge, "coolant pressure", "bar", 0.040
			in.Max, in.MinDeg, in.MaxDeg = []float64{1, 4, 6, 10}[rng.IntN(4)], -135, 135
		case 1:
			in.Kind, in.Quantity, in.Unit, in.WidthM, in.HeightM, in.Digits, in.Decimals = maps.Display, "PDU load", "A", 0.048, 0.022, 3, 1
		default:
			return
		}
		p.Rack.Instruments = append(p.Rack.Instruments, in)
		p.Rack.BlankingPanels = slices.DeleteFunc(p.Rack.BlankingPanels, func(x int) bool { return x == u })
	}
}

func (p *Place) panelsInView() []int {
	var in []int
	for _, u := range p.Rack.BlankingPanels {
		if u > p.View.FromU && u < p.View.ToU {
			in = append(in, u)
		}
	}
	return in
}

// devicesInView lists the devices that the stretch shows whole.
func (p *Place) devicesInView() []*maps.Device {
	var in []*maps.Device
	for _, d := range p.Rack.Devices {
		if d.Position >= p.View.FromU && d.Position+d.Type.UHeight-1 <= p.View.ToU {
			in = append(in, d)
		}
	}
	return in
}
