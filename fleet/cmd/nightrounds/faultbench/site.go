package faultbench

import (
	"fmt"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
)

// The simulated site: 2 halls of 5 rows of 50 racks.
const (
	hallCount  = 2
	rowCount   = 5 // of a hall
	rackCount  = 50
	serverSize = 2 // units
)

// world is the site with what the bench needs to find in it.
type world struct {
	site  *maps.Site
	views []maps.Viewpoint
	racks []*maps.Rack
	rowOf map[string][]*maps.Rack // by row
	tors  map[string]*maps.Device // by rack
	dev   map[string]*maps.Device
}

func lamp(name string, face maps.Face, kinds ...string) maps.LED {
	l := maps.LED{Name: name, Face: face, Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}}
	for i, k := range kinds {
		state := maps.LEDState{Colour: "amber", Pattern: []string{"solid", "blink"}[i%2]}
		if k == "psu-input-lost" || k == "power-lost" {
			state = maps.LEDState{Pattern: "off"}
		}
		l.Meanings = append(l.Meanings, maps.LEDMeaning{LEDState: state, Kind: k, Severity: "warning"})
	}
	return l
}

// types are the device types of the site: servers with and without a light for fans, switches, rack UPSs.
func types() map[string]*maps.DeviceType {
	server := func(slug string, more ...maps.LED) *maps.DeviceType {
		leds := []maps.LED{lamp("health", maps.Front, "health-degraded"), lamp("power", maps.Front, "power-lost")}
		for i := range 4 {
			leds = append(leds, lamp(fmt.Sprintf("disk%d", i+1), maps.Front, "disk-failed", "disk-predicted"))
		}
		leds = append(leds, lamp("psu1", maps.Rear, "psu-failed", "psu-input-lost"), lamp("psu2", maps.Rear, "psu-failed", "psu-input-lost"), lamp("eth1", maps.Rear, "port-failed"))
		return &maps.DeviceType{Slug: slug, Model: slug, UHeight: serverSize, IsFullDepth: true, LEDs: append(leds, more...)}
	}
	return map[string]*maps.DeviceType{
		"server":  server("server"),
		"fanned":  server("fanned", lamp("fan", maps.Front, "fan-failed")),
		"switch":  {Slug: "switch", Model: "switch", UHeight: 1, LEDs: []maps.LED{lamp("status", maps.Front, "health-critical"), lamp("psu1", maps.Rear, "psu-failed", "psu-input-lost"), lamp("psu2", maps.Rear, "psu-failed", "psu-input-lost"), lamp("trunk", maps.Front, "port-failed")}},
		"console": {Slug: "console", Model: "console", UHeight: 1, LEDs: []maps.LED{lamp("run", maps.Front, "health-degraded"), lamp("power", maps.Front, "power-lost")}},
		"rackups": {Slug: "rackups", Model: "rackups", UHeight: 2, LEDs: []maps.LED{lamp("battery", maps.Front, "on-battery"), lamp("line", maps.Front, "health-degraded")}},
	}
}

// newWorld builds the site: in a fifth of the racks nobody has recorded the plugs, in a tenth no uplinks.
func newWorld(seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 0x73697465))
	w := &world{site: &maps.Site{ID: "bench", Loops: []maps.Loop{{ID: "chw-1"}, {ID: "chw-2"}, {ID: "tcs-1"}, {ID: "tcs-2"}}, UPS: []maps.UPS{{ID: "ups-a"}, {ID: "ups-b"}}},
		rowOf: map[string][]*maps.Rack{}, tors: map[string]*maps.Device{}, dev: map[string]*maps.Device{}}
	all := types()
	cabinet := &maps.RackType{ID: "rack-42u", UHeight: 42, WidthM: 0.6, DepthM: 1.1, BaseM: 0.1}
	for hi := range hallCount {
		h := &maps.Hall{ID: fmt.Sprintf("hall-%d", hi+1), Feeds: []maps.Feed{{ID: "A", UPS: "ups-a"}, {ID: "B", UPS: "ups-b"}}}
		for ri := range rowCount {
			row := &maps.Row{ID: fmt.Sprintf("%d%c", hi+1, 'A'+ri), Hall: h.ID}
			for side := range 2 {
				h.Cooling = append(h.Cooling, maps.CoolingUnit{ID: fmt.Sprintf("cu-%s%d", row.ID, side+1), Rows: []string{row.ID}, Loop: fmt.Sprintf("chw-%d", hi+1)})
			}
			for i := range rackCount {
				r := &maps.Rack{ID: fmt.Sprintf("%s%02d", row.ID, i+1), Hall: h.ID, Row: row.ID, Type: cabinet, Feeds: []string{"A", "B"}, ASHRAEClass: "A3"}
				r.CooledBy = []string{fmt.Sprintf("cu-%s%d", row.ID, i*2/rackCount+1)}
				if i%4 == 0 {
					r.Doors = []maps.Door{{Face: maps.Front, Kind: maps.PerforatedDoor}}
				}
				if ri == 2 && i < 20 {
					r.LiquidCooled, r.Loop = true, fmt.Sprintf("tcs-%d", hi+1)
				}
				w.fill(rng, h, r, all)
				row.Racks = append(row.Racks, r)
				w.racks = append(w.racks, r)
				for _, face := range []maps.Face{maps.Front, maps.Rear} {
					w.views = append(w.views, maps.Viewpoint{ID: r.ID + "-" + string(face), Rack: r.ID, Face: face, Hall: h.ID, FromU: 1, ToU: 42})
				}
			}
			w.rowOf[row.ID] = row.Racks
			h.Rows = append(h.Rows, row)
		}
		w.site.Halls = append(w.site.Halls, h)
	}
	return w
}

// fill puts devices, panels and instruments into a rack and plugs them in.
func (w *world) fill(rng *rand.Rand, h *maps.Hall, r *maps.Rack, all map[string]*maps.DeviceType) {
	known, linked := rng.Float64() < 0.8, rng.Float64() < 0.9
	phase := fmt.Sprintf("L%d", len(w.racks)%3+1)
	h.PDUs = append(h.PDUs, maps.PDU{ID: r.ID + "-a", Rack: r.ID, Feed: "A", Phase: phase}, maps.PDU{ID: r.ID + "-b", Rack: r.ID, Feed: "B", Phase: phase})
	put := func(name, kind string, u int, feeds ...string) *maps.Device {
		d := &maps.Device{ID: r.ID + "-" + name, Rack: r.ID, Type: all[kind], Position: u, Face: maps.Front, Feeds: feeds}
		for i, f := range feeds {
			if known {
				d.Power = append(d.Power, maps.PowerPort{Name: fmt.Sprintf("psu%d", i+1), PDU: r.ID + map[string]string{"A": "-a", "B": "-b"}[f], Outlet: fmt.Sprint(u), Feed: f, Phase: phase})
			}
		}
		r.Devices = append(r.Devices, d)
		w.dev[d.ID] = d
		return d
	}
	for i := range 8 {
		kind := []string{"server", "fanned"}[rng.IntN(2)]
		u := 2 + 4*i
		d := put(fmt.Sprintf("srv-%02d", u), kind, u, "A", "B")
		if linked {
			d.Uplinks = []maps.Uplink{{Port: "eth1", To: r.ID + "-tor"}}
		}
		r.BlankingPanels = append(r.BlankingPanels, u+2)
	}
	tor := put("tor", "switch", 40, "A", "B")
	w.tors[r.ID] = tor
	if i := len(w.racks) % rackCount; i > 0 && linked {
		tor.Uplinks = []maps.Uplink{{Port: "trunk", To: r.Row + "01-tor"}}
	}
	if rng.Float64() < 0.3 {
		put("con", "console", 38, []string{"A", "B"}[rng.IntN(2)])
	}
	if rng.Float64() < 0.1 {
		put("ups", "rackups", 36)
	}
	if r.LiquidCooled && len(w.racks)%2 == 0 {
		low, high := 1.5, 45.0
		for _, q := range []string{"pressure", "flow", "temperature"} {
			in := maps.Instrument{ID: r.ID + "-" + q, Face: maps.Rear, Kind: maps.Gauge, Quantity: "coolant " + q}
			if q == "temperature" {
				in.High = &high
			} else {
				in.Low = &low
			}
			r.Instruments = append(r.Instruments, in)
		}
	}
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
