package faultbench

import (
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
)

// A scene is the site as it is during an incident: what differs from good order.
type scene struct {
	w       *world
	rng     *rand.Rand
	lights  map[[2]string]string // device, light: the kind of finding that it shows
	dark    map[string]bool      // devices
	hot     map[string]float64   // devices, K
	units   map[string]map[int]float64
	inlets  map[string]float64 // racks, K
	panels  map[string]map[int]bool
	doors   map[string]bool // racks: the front door is open
	wet     map[string]bool
	stray   map[string]int // racks: a unit
	gone    map[string]bool
	moved   map[string]int // devices: where to
	gauges  map[string]string
	reports []report // of machines and the building
	// Of robots: the share of lights that one misreads, how much too warm its air is, in which look it is misplaced.
	dirty     map[string]float64
	airK      map[string]float64
	misplaced map[string]bool
	mirror    map[string]string // robot: a device that it sees a reflection on
	touched   map[string]bool   // racks that it shows at
	truth     []truth
}

// truth is a cause that is so.
type truth struct {
	cause.Cause
	kind string // of the incident
}

// A report is what a machine or the building says: of a subject of a device or supply.
type report struct {
	supply, device, subject string
	symptom                 cause.Symptom
}

func newScene(w *world, rng *rand.Rand) *scene {
	return &scene{
		w: w, rng: rng, lights: map[[2]string]string{}, dark: map[string]bool{}, hot: map[string]float64{}, units: map[string]map[int]float64{},
		inlets: map[string]float64{}, panels: map[string]map[int]bool{}, doors: map[string]bool{}, wet: map[string]bool{}, stray: map[string]int{},
		gone: map[string]bool{}, moved: map[string]int{}, gauges: map[string]string{}, dirty: map[string]float64{}, airK: map[string]float64{},
		misplaced: map[string]bool{}, mirror: map[string]string{}, touched: map[string]bool{},
	}
}

func (s *scene) chance(p float64) bool { return s.rng.Float64() < p }

// perhaps has something happen with about a probability: it is drawn anew for each incident, off by up to a third of what is
// left to certainty, so that no table of the inference fits exactly.
func (s *scene) perhaps(p float64, do func()) {
	wobble := 1 + 0.35*(2*s.rng.Float64()-1)
	if s.chance(1 - (1-p)*wobble) {
		do()
	}
}

func (s *scene) is(kind string, c cause.Cause) { s.truth = append(s.truth, truth{c, kind}) }

func (s *scene) rack() *maps.Rack { return pick(s.rng, s.w.racks) }

// server is a server of some rack.
func (s *scene) server() *maps.Device {
	for {
		if d := pick(s.rng, s.rack().Devices); d.Type.UHeight == serverSize && len(d.Type.LEDs) > 4 {
			s.touched[d.Rack] = true
			return d
		}
	}
}

func (s *scene) light(device, name, kind string) {
	s.lights[[2]string{device, name}] = kind
	s.touched[s.w.dev[device].Rack] = true
}

func (s *scene) says(device, subject string, symptom cause.Symptom, p float64) {
	s.perhaps(p, func() { s.reports = append(s.reports, report{device: device, subject: subject, symptom: symptom}) })
}

func (s *scene) building(supply, subject string, symptom cause.Symptom, p float64) {
	s.perhaps(p, func() { s.reports = append(s.reports, report{supply: supply, subject: subject, symptom: symptom}) })
}

// warmUnit warms a bare unit of a rack's front.
func (s *scene) warmUnit(rack string, u int, k float64) {
	if s.units[rack] == nil {
		s.units[rack] = map[int]float64{}
	}
	s.units[rack][u] = k
}

// warm raises the inlets of racks by about one level, K, each a little otherwise.
func (s *scene) warm(racks []*maps.Rack, levelK, share float64) {
	for _, r := range racks {
		if s.chance(share) {
			s.inlets[r.ID] += levelK + s.rng.NormFloat64()*0.8
		}
		s.touched[r.ID] = true
	}
}

// unplug takes the power of the devices' inputs that a rule names.
func (s *scene) unplug(lost func(r *maps.Rack, feed string) bool) {
	for _, r := range s.w.racks {
		for _, d := range r.Devices {
			left := 0
			for i, f := range d.Feeds {
				if !lost(r, f) {
					left++
					continue
				}
				s.cut(d, i)
			}
			if len(d.Feeds) > 0 && left == 0 {
				s.dark[d.ID] = true
				s.touched[r.ID] = true
			}
		}
	}
}

// cut leaves one power supply of a device without input: its light goes dark, or amber at some makers'.
func (s *scene) cut(d *maps.Device, i int) {
	name := []string{"psu1", "psu2"}[i]
	if !hasLight(d, name) {
		return
	}
	kind := "psu-input-lost"
	if s.chance(0.07) {
		kind = "psu-failed"
	}
	if s.chance(0.97) {
		s.light(d.ID, name, kind)
	}
}

func hasLight(d *maps.Device, name string) bool {
	for _, l := range d.Type.LEDs {
		if l.Name == name {
			return true
		}
	}
	return false
}
