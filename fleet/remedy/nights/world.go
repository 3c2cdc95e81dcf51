// Package nights plays random incident nights to the rules of remedies: faults come and go, robots and machines say what they
// see, people approve, decline, stop and forget, executors fail, hang and answer with another machine's name, the clock
// leaps. A checker of its own watches every act: it shares neither code nor tables with package guard, and knows the world
// as it is.
package nights

import (
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/maps"
)

// Chance draws a number from 0 to n-1: a seeded generator, or a property test's.
type Chance interface{ IntN(n int) int }

// books are the runbooks of the nights: every kind of step, with and without what the guards ask for.
const books = `runbooks:
  - id: power-cycle
    faults: [hung]
    atMost: {count: 9, per: 1h}
    steps:
      - {name: light, redfish: {act: locator-on}, timeout: 20m, settle: 1s, undo: dark}
      - {name: drain, drain: {url: "http://s", secretEnv: S}, timeout: 30m, settle: 1s, undo: back}
      - {name: cycle, redfish: {act: power-cycle}, timeout: 40m, settle: 1m, if: {drained: true, cause: 0.6, seenWithin: 20m}}
      - {name: undrain, drain: {url: "http://s", secretEnv: S, act: undrain}, timeout: 20m, settle: 1s}
      - {id: dark, name: dark, redfish: {act: locator-off}, timeout: 10m, settle: 1s}
      - {id: back, name: back, drain: {url: "http://s", secretEnv: S, act: undrain}, timeout: 10m, settle: 1s}
  - id: careless
    faults: [hung, hot]
    steps:
      - {name: cycle at once, redfish: {act: power-cycle}, timeout: 40m, settle: 1m}
  - id: outlet
    faults: [psu]
    steps:
      - {name: read, redfish: {act: read}, timeout: 20m, settle: 1s}
      - {name: off, outlet: {act: "off"}, timeout: 40m, settle: 1m, undo: on}
      - {name: swap, person: {task: swap it, timer: 5m}, timeout: 50m, settle: 1m, takes: power-supply}
      - {id: again, name: again, outlet: {act: "on"}, timeout: 20m, settle: 1m}
      - {id: "on", name: undo, outlet: {act: "on"}, timeout: 20m, settle: 1m}
  - id: outlet-cycle
    faults: [psu]
    steps:
      - {name: cycle outlet, outlet: {act: cycle}, timeout: 40m, settle: 1m, if: {real: 0.7, severity: critical}}
  - id: disk
    faults: [disk]
    atMost: {count: 3, per: 1h}
    steps:
      - {name: swap disk, webhook: {url: "http://s", secretEnv: S}, timeout: 40m, settle: 1m, takes: disk}
  - id: disk-mild
    faults: [disk]
    steps:
      - {name: tell them, webhook: {url: "http://s", secretEnv: S}, timeout: 30m, settle: 1m}
      - {name: look, look: {expect: gone}, timeout: 30m, settle: 1s}
  - id: link
    faults: [link]
    steps:
      - {name: pull the cable, webhook: {url: "http://s", secretEnv: S}, timeout: 40m, settle: 1m, takes: uplink}
  - id: cooling
    faults: [cooling]
    steps:
      - {name: colder, setpoint: {value: 20, min: 18, max: 25, maxStep: 2}, timeout: 30m, settle: 5m, undo: warm, if: {cause: 0.6}}
      - {id: warm, name: as before, setpoint: {value: 22, min: 18, max: 25, maxStep: 2}, timeout: 30m, settle: 1m}
  - id: bmc
    faults: [bmc, hot]
    steps:
      - {name: reset, redfish: {act: reset-bmc}, timeout: 30m, settle: 1m}
      - {name: fans, redfish: {act: fan-mode, mode: full}, timeout: 30m, settle: 1m, undo: fans}
      - {id: fans, name: fans back, redfish: {act: fan-mode, mode: auto}, timeout: 30m, settle: 1m}
`

// Runbooks are those of the nights.
func Runbooks() ([]remedy.Runbook, error) {
	f, err := remedy.Parse([]byte(books))
	if err != nil {
		return nil, fmt.Errorf("the nights' own runbooks: %w", err)
	}
	return f.Runbooks, nil
}

var kindsOfFault = []string{"hung", "hot", "psu", "disk", "link", "cooling", "bmc"}

// A machine is a device as the nights know it.
type machine struct {
	id, rack, serial string
	asset            string
	supplies         map[string]string // psu: feed
	outlets          map[string]string // psu: outlet of the rack's PDU of that feed; missing where nobody recorded it
	disks            []string
	links            map[string]string // port: switch
}

const (
	racks   = 3
	hall    = "h"
	perRack = 2
)

// town builds the machines: some have one power supply only, no serial number, an outlet that nobody recorded, one uplink.
func town(c Chance) []machine {
	var out []machine
	for r := 1; r <= racks; r++ {
		rack := fmt.Sprintf("r%d", r)
		sw := machine{
			id: rack + "-sw", rack: rack, serial: "SW" + rack, asset: "a-sw-" + rack,
			supplies: map[string]string{"psu1": "A", "psu2": "B"}, outlets: map[string]string{"psu1": "9", "psu2": "9"},
		}
		for i := 1; i <= perRack; i++ {
			next := fmt.Sprintf("r%d-sw", r%racks+1)
			m := machine{
				id: fmt.Sprintf("%s-s%d", rack, i), rack: rack, serial: fmt.Sprintf("SN%d%d", r, i), asset: fmt.Sprintf("a-%d%d", r, i),
				supplies: map[string]string{"psu1": "A", "psu2": "B"}, outlets: map[string]string{"psu1": fmt.Sprint(i), "psu2": fmt.Sprint(i)},
				disks: []string{"disk1", "disk2", "disk3"}, links: map[string]string{"eth1": sw.id, "eth2": next},
			}
			switch c.IntN(8) {
			case 0:
				delete(m.supplies, "psu2")
				delete(m.outlets, "psu2")
			case 1:
				m.serial = ""
			case 2:
				delete(m.outlets, "psu1")
			case 3:
				delete(m.links, "eth2")
			case 4:
				m.supplies["psu2"] = "A"
			}
			out = append(out, m)
		}
		out = append(out, sw)
	}
	return out
}

// site is the town as a site's record.
func site(town []machine) *maps.Site {
	h := &maps.Hall{
		ID: hall, Feeds: []maps.Feed{{ID: "A", UPS: "ups-a"}, {ID: "B", UPS: "ups-b"}},
		Cooling: []maps.CoolingUnit{{ID: "cu1", Rows: []string{"row"}}, {ID: "cu2", Rows: []string{"row"}}},
	}
	row := &maps.Row{ID: "row", Hall: hall}
	byRack := map[string]*maps.Rack{}
	for r := 1; r <= racks; r++ {
		id := fmt.Sprintf("r%d", r)
		byRack[id] = &maps.Rack{ID: id, Hall: hall, Row: "row", Feeds: []string{"A", "B"}}
		row.Racks = append(row.Racks, byRack[id])
		h.PDUs = append(h.PDUs, maps.PDU{ID: id + "-A", Rack: id, Feed: "A"}, maps.PDU{ID: id + "-B", Rack: id, Feed: "B"})
	}
	for _, m := range town {
		typ := &maps.DeviceType{Slug: m.id}
		for _, d := range m.disks {
			typ.LEDs = append(typ.LEDs, maps.LED{Name: d, Face: maps.Front, Meanings: []maps.LEDMeaning{{Kind: "disk-failed"}}})
		}
		d := &maps.Device{ID: m.id, Rack: m.rack, Type: typ, Position: 1, Face: maps.Front, Serial: m.serial, AssetTag: m.asset}
		for _, p := range []string{"psu1", "psu2"} {
			if feed, ok := m.supplies[p]; ok {
				port := maps.PowerPort{Name: p, Feed: feed}
				if o, known := m.outlets[p]; known {
					port.PDU, port.Outlet = m.rack+"-"+feed, o
				}
				d.Power = append(d.Power, port)
			}
		}
		for _, p := range []string{"eth1", "eth2"} {
			if to, ok := m.links[p]; ok {
				d.Uplinks = append(d.Uplinks, maps.Uplink{Port: p, To: to})
			}
		}
		byRack[m.rack].Devices = append(byRack[m.rack].Devices, d)
	}
	h.Rows = []*maps.Row{row}
	return &maps.Site{ID: "nights", Halls: []*maps.Hall{h}, Loops: []maps.Loop{}, UPS: []maps.UPS{{ID: "ups-a"}, {ID: "ups-b"}}}
}

// dusk is when each night begins.
var dusk = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
