package faultbench

import (
	"fmt"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
)

// An incident is a kind of trouble of the library.
type incident struct {
	name string
	play func(*scene)
}

// library is all of them.
func library() []incident {
	return []incident{
		{"drive", playDrive}, {"drive about to fail", playDrive}, {"fan", playFan}, {"power supply", playSupply}, {"device off", playOff},
		{"device hot", playHot}, {"machine alarm", playAlarm}, {"light broken", playLight}, {"device moved", playMoved},
		{"device removed", playRemoved}, {"device unrecorded", playUnrecorded}, {"outlet", playOutlet}, {"pdu", playPDU}, {"phase", playPhase},
		{"feed", playFeed}, {"ups", playUPS}, {"ups on battery", playBattery}, {"cooling unit", playCooling}, {"cooling fan", playWeak},
		{"loop warm", playLoopWarm}, {"loop leak", playLeak}, {"loop pump", playPump}, {"panel", playPanel}, {"door", playDoor},
		{"recirculation", playRecirculation}, {"spill", playSpill}, {"cable", playCable}, {"switch", playSwitch}, {"uplink", playUplink},
		{"gauge", playGauge}, {"dirty lens", playLens}, {"misplaced look", playMisplaced}, {"air sensor", playAir}, {"reflection", playMirror},
	}
}

func of(k cause.Kind, d *maps.Device, part string) cause.Cause {
	return cause.Cause{Kind: k, Rack: d.Rack, Device: d.ID, Part: part}
}

func playDrive(s *scene) {
	d, part := s.server(), fmt.Sprintf("disk%d", 1+s.rng.IntN(4))
	s.is("drive", of(cause.DriveFailed, d, part))
	s.light(d.ID, part, []string{"disk-failed", "disk-predicted"}[s.rng.IntN(2)])
	s.perhaps(0.5, func() { s.light(d.ID, "health", "health-degraded") })
	s.says(d.ID, part, cause.DriveLight, 0.6)
}

func playFan(s *scene) {
	d := s.server()
	s.is("fan", of(cause.FanFailed, d, ""))
	shown := hasLight(d, "fan")
	if shown {
		s.perhaps(0.93, func() { s.light(d.ID, "fan", "fan-failed") })
	}
	s.perhaps(0.3, func() { s.hot[d.ID] = 3 + 6*s.rng.Float64() })
	s.perhaps(0.7, func() { s.light(d.ID, "health", "health-degraded") })
	p := 0.6
	if !shown { // nobody could know otherwise
		p = 0.97
	}
	s.says(d.ID, "fan", cause.FanLight, p)
}

func playSupply(s *scene) {
	d, part := s.server(), fmt.Sprintf("psu%d", 1+s.rng.IntN(2))
	s.is("power supply", of(cause.PSUFailed, d, part))
	kind := "psu-failed"
	if s.chance(0.06) {
		kind = "psu-input-lost"
	}
	s.light(d.ID, part, kind)
	s.perhaps(0.65, func() { s.light(d.ID, "health", "health-degraded") })
	s.says(d.ID, part, cause.PSULight, 0.6)
}

func playOff(s *scene) {
	d := s.server()
	s.is("device off", of(cause.DeviceOff, d, ""))
	s.dark[d.ID] = true
	s.says(d.ID, "power", cause.Dark, 0.5)
}

func playHot(s *scene) {
	d := s.server()
	s.is("device hot", of(cause.DeviceHot, d, ""))
	s.hot[d.ID] = 5 + 10*s.rng.Float64()
	s.perhaps(0.1, func() { s.light(d.ID, "health", "health-degraded") })
	s.says(d.ID, "temperature", cause.Hot, 0.6)
}

func playAlarm(s *scene) {
	d := s.server()
	s.is("machine alarm", of(cause.MachineAlarm, d, ""))
	s.light(d.ID, "health", "health-degraded")
	s.says(d.ID, "health", cause.HealthLight, 0.6)
}

func playLight(s *scene) {
	d := s.server()
	part := pick(s.rng, d.Type.LEDs).Name
	s.is("light broken", of(cause.LightBroken, d, part))
	s.light(d.ID, part, "light-unknown")
}

func playMoved(s *scene) {
	d := s.server()
	s.is("device moved", of(cause.DeviceMoved, d, ""))
	s.moved[d.ID] = d.Position + 1 + s.rng.IntN(2)
}

func playRemoved(s *scene) {
	d := s.server()
	s.is("device removed", of(cause.DeviceRemoved, d, ""))
	s.gone[d.ID] = true
}

func playUnrecorded(s *scene) {
	r := s.rack()
	s.is("device unrecorded", cause.Cause{Kind: cause.Unrecorded, Rack: r.ID})
	s.stray[r.ID], s.touched[r.ID] = 4+s.rng.IntN(30), true
}

func playOutlet(s *scene) {
	d, i := s.server(), s.rng.IntN(2)
	part := fmt.Sprintf("psu%d", i+1)
	s.is("outlet", of(cause.OutletLost, d, part))
	s.light(d.ID, part, "psu-input-lost")
	s.says(d.ID, part, cause.InputLight, 0.6)
}

// plugged is a rack whose plugs are recorded.
func (s *scene) plugged() *maps.Rack {
	for {
		if r := s.rack(); len(r.Devices[0].Power) > 0 {
			return r
		}
	}
}

func playPDU(s *scene) {
	r, side := s.plugged(), s.rng.IntN(2)
	id := r.ID + []string{"-a", "-b"}[side]
	s.is("pdu", cause.Cause{Kind: cause.PDULost, Supply: id})
	s.unplug(func(o *maps.Rack, feed string) bool { return o == r && feed == []string{"A", "B"}[side] })
	s.building(id, "power", cause.Low, 0.5)
}

func playPhase(s *scene) {
	hall, feed, phase := fmt.Sprintf("hall-%d", 1+s.rng.IntN(hallCount)), []string{"A", "B"}[s.rng.IntN(2)], s.rng.IntN(3)
	s.is("phase", cause.Cause{Kind: cause.PhaseLost, Supply: feed, Part: fmt.Sprintf("L%d", phase+1)})
	at := map[*maps.Rack]int{}
	for i, r := range s.w.racks {
		at[r] = i
	}
	s.unplug(func(r *maps.Rack, f string) bool { return r.Hall == hall && f == feed && at[r]%3 == phase })
}

func playFeed(s *scene) {
	hall, feed := fmt.Sprintf("hall-%d", 1+s.rng.IntN(hallCount)), []string{"A", "B"}[s.rng.IntN(2)]
	s.is("feed", cause.Cause{Kind: cause.FeedLost, Supply: feed})
	s.unplug(func(r *maps.Rack, f string) bool { return r.Hall == hall && f == feed })
}

func playUPS(s *scene) {
	side := s.rng.IntN(2)
	s.is("ups", cause.Cause{Kind: cause.UPSLost, Supply: []string{"ups-a", "ups-b"}[side]})
	s.unplug(func(_ *maps.Rack, f string) bool { return f == []string{"A", "B"}[side] })
	s.building([]string{"ups-a", "ups-b"}[side], "power", cause.Low, 0.6)
}

func playBattery(s *scene) {
	for {
		for _, d := range s.rack().Devices {
			if hasLight(d, "battery") {
				s.is("ups on battery", of(cause.OnBattery, d, "battery"))
				s.light(d.ID, "battery", "on-battery")
				return
			}
		}
	}
}

// unit is a cooling unit with its racks.
func (s *scene) unit() (maps.CoolingUnit, []*maps.Rack) {
	c := pick(s.rng, pick(s.rng, s.w.site.Halls).Cooling)
	var racks []*maps.Rack
	for _, r := range s.w.rowOf[c.Rows[0]] {
		if r.CooledBy[0] == c.ID {
			racks = append(racks, r)
		}
	}
	return c, racks
}

func playCooling(s *scene) {
	c, racks := s.unit()
	s.is("cooling unit", cause.Cause{Kind: cause.CoolingFailed, Supply: c.ID})
	s.warm(racks, 5.5+5*s.rng.Float64(), 0.97)
	s.building(c.ID, "unit", cause.High, 0.6)
}

func playWeak(s *scene) {
	c, racks := s.unit()
	s.is("cooling fan", cause.Cause{Kind: cause.CoolingWeak, Supply: c.ID})
	s.warm(racks, 3.2+1.2*s.rng.Float64(), 0.93)
	s.building(c.ID, "fan", cause.High, 0.6)
}

func playLoopWarm(s *scene) {
	hall := s.rng.IntN(hallCount)
	s.is("loop warm", cause.Cause{Kind: cause.LoopWarm, Supply: fmt.Sprintf("chw-%d", hall+1)})
	s.warm(s.w.racks[hall*rowCount*rackCount:(hall+1)*rowCount*rackCount], 4+5*s.rng.Float64(), 0.97)
	s.building(fmt.Sprintf("chw-%d", hall+1), "temperature", cause.High, 0.6)
}

// liquid is a loop of liquid-cooled racks, with them.
func (s *scene) liquid() (string, []*maps.Rack) {
	loop := fmt.Sprintf("tcs-%d", 1+s.rng.IntN(2))
	var racks []*maps.Rack
	for _, r := range s.w.racks {
		if r.Loop == loop {
			racks = append(racks, r)
		}
	}
	return loop, racks
}

// gauge lowers the instruments of racks that measure a quantity, each with about a probability.
func (s *scene) gauge(racks []*maps.Rack, quantity string, p float64) {
	for _, r := range racks {
		for _, in := range r.Instruments {
			if in.Quantity == "coolant "+quantity {
				s.perhaps(p, func() { s.gauges[in.ID] = "reading-low" })
				s.touched[r.ID] = true
			}
		}
	}
}

func playLeak(s *scene) {
	loop, racks := s.liquid()
	s.is("loop leak", cause.Cause{Kind: cause.LoopLeak, Supply: loop})
	r := pick(s.rng, racks)
	s.wet[r.ID], s.touched[r.ID] = true, true
	s.gauge(racks, "pressure", 0.85)
	s.perhaps(0.4, func() { s.gauge(racks, "flow", 0.8) })
	s.building(loop, "pressure", cause.Low, 0.7)
}

func playPump(s *scene) {
	loop, racks := s.liquid()
	s.is("loop pump", cause.Cause{Kind: cause.LoopPump, Supply: loop})
	s.gauge(racks, "flow", 0.9)
	s.perhaps(0.5, func() { s.gauge(racks, "pressure", 0.85) })
	s.building(loop, "flow", cause.Low, 0.7)
}

func playPanel(s *scene) {
	r := s.rack()
	u := pick(s.rng, r.BlankingPanels)
	s.is("panel", cause.Cause{Kind: cause.PanelGone, Rack: r.ID, Unit: u})
	s.panels[r.ID] = map[int]bool{u: true}
	s.touched[r.ID] = true
	s.perhaps(0.6, func() { s.warmUnit(r.ID, u, 5+5*s.rng.Float64()) })
	s.perhaps(0.1, func() { s.inlets[r.ID] += 3 + s.rng.Float64() })
}

func playDoor(s *scene) {
	for {
		if r := s.rack(); len(r.Doors) > 0 {
			s.is("door", cause.Cause{Kind: cause.DoorOpen, Rack: r.ID})
			s.doors[r.ID], s.touched[r.ID] = true, true
			return
		}
	}
}

func playRecirculation(s *scene) {
	r := s.rack()
	s.is("recirculation", cause.Cause{Kind: cause.Recirculation, Rack: r.ID})
	s.touched[r.ID] = true
	s.inlets[r.ID] += 3 + 4*s.rng.Float64()
	for _, u := range r.BlankingPanels {
		if s.chance(0.2) {
			s.warmUnit(r.ID, u+1, 4+4*s.rng.Float64())
		}
	}
}

func playSpill(s *scene) {
	r := s.w.racks[s.rng.IntN(len(s.w.racks))]
	s.is("spill", cause.Cause{Kind: cause.Spill, Rack: r.ID})
	s.wet[r.ID], s.touched[r.ID] = true, true
}

// linked is a server whose uplink is recorded.
func (s *scene) linked() *maps.Device {
	for {
		if d := s.server(); len(d.Uplinks) > 0 {
			return d
		}
	}
}

func playCable(s *scene) {
	d := s.linked()
	s.is("cable", of(cause.CableFault, d, "eth1"))
	s.light(d.ID, "eth1", "port-failed")
	s.says(d.ID, "eth1", cause.PortLight, 0.5)
}

func playSwitch(s *scene) {
	tor := s.w.tors[s.linked().Rack]
	s.is("switch", of(cause.SwitchDown, tor, ""))
	s.perhaps(0.5, func() { s.dark[tor.ID] = true })
	for _, r := range s.w.racks {
		for _, d := range r.Devices {
			if len(d.Uplinks) > 0 && d.Uplinks[0].To == tor.ID && s.chance(0.96) {
				s.light(d.ID, d.Uplinks[0].Port, "port-failed")
			}
		}
	}
}

func playUplink(s *scene) {
	for {
		tor := s.w.tors[s.linked().Rack]
		if len(tor.Uplinks) > 0 {
			s.is("uplink", of(cause.UplinkLost, tor, "trunk"))
			s.light(tor.ID, "trunk", "port-failed")
			s.says(tor.ID, "uplink", cause.PortLight, 0.85)
			return
		}
	}
}

func playGauge(s *scene) {
	_, racks := s.liquid()
	for {
		if r := pick(s.rng, racks); len(r.Instruments) > 0 {
			in := pick(s.rng, r.Instruments)
			s.is("gauge", cause.Cause{Kind: cause.GaugeBroken, Rack: r.ID, Device: in.ID})
			s.gauges[in.ID], s.touched[r.ID] = []string{"reading-refused", "reading-low", "reading-high"}[s.rng.IntN(3)], true
			return
		}
	}
}

func playLens(s *scene) {
	robot := pick(s.rng, robots)
	s.is("dirty lens", cause.Cause{Kind: cause.LensDirty, Robot: robot})
	s.dirty[robot] = 0.015 + 0.03*s.rng.Float64()
	for range 12 {
		s.touched[s.rack().ID] = true
	}
}

func playMisplaced(s *scene) {
	robot := pick(s.rng, robots)
	s.is("misplaced look", cause.Cause{Kind: cause.Misregistered, Robot: robot})
	s.misplaced[robot] = true
	s.touched[s.rack().ID] = true
}

func playAir(s *scene) {
	robot := pick(s.rng, robots)
	s.is("air sensor", cause.Cause{Kind: cause.AirSensorDrift, Robot: robot})
	s.airK[robot] = 3 + 3*s.rng.Float64()
	for range 12 {
		s.touched[s.rack().ID] = true
	}
}

func playMirror(s *scene) {
	robot, d := pick(s.rng, robots), s.server()
	s.is("reflection", cause.Cause{Kind: cause.Reflection, Robot: robot, Device: d.ID, Rack: d.Rack})
	s.mirror[robot] = d.ID
}
