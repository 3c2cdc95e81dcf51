package gallery

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// disturb puts out of order what is not a light.
func (p *Place) disturb(rng *rand.Rand) {
	st := &p.Standing
	if len(p.Rack.Doors) > 0 {
		st.Door = "closed"
		if rng.Float64() < doorOpenShare {
			st.Door, st.DoorDeg = "ajar", 6+24*rng.Float64()
			if rng.Float64() < 0.5 {
				st.Door, st.DoorDeg = "open", 95+30*rng.Float64()
			}
		}
	}
	if in := p.panelsInView(); len(in) > 0 && rng.Float64() < panelShare {
		for range min(len(in), 1+rng.IntN(2)) {
			k := rng.IntN(len(in))
			st.MissingPanels = append(st.MissingPanels, in[k])
			in = slices.Delete(in, k, k+1)
		}
	}
	st.Wet = p.Rack.LiquidCooled && p.View.FromU == 1 && rng.Float64() < wetShare
	in := p.devicesInView()
	if len(in) > 3 && rng.Float64() < hotShare {
		d := in[rng.IntN(len(in))]
		st.HotK[d.ID] = 2 + 2*rng.Float64()
		if rng.Float64() < 0.6 {
			st.HotK[d.ID] = 4 + 12*rng.Float64()
		}
	}
	if len(in) > 3 && rng.Float64() < movedShare {
		p.move(rng, in)
	}
	if len(in) > 0 && rng.Float64() < strayShare {
		p.stray(rng, in)
	}
	for _, i := range p.Rack.Instruments {
		r := Reading{Value: i.Min + (i.Max-i.Min)*(0.02+0.96*rng.Float64())}
		if i.Kind == maps.Display {
			r.Value = math.Round(rng.Float64()*999) / 10
		}
		st.Instruments[i.ID] = r
	}
}

// stray puts a light where none belongs, clear of those that do.
func (p *Place) stray(rng *rand.Rand, in []*maps.Device) {
	const clearM = 0.025
	for range 20 {
		d := in[rng.IntN(len(in))]
		l := StrayLight{
			X: p.Rack.Type.WidthM/2 + 0.36*(rng.Float64()-0.5), Y: p.Rack.UnitBottomM(d.Position) + 0.012 + 0.02*rng.Float64(),
			Colour: []string{"red", "amber", "green", "blue"}[rng.IntN(4)],
		}
		alone := true
		for _, s := range append(p.shown(true), p.shown(false)...) {
			for _, led := range s.leds {
				alone = alone && math.Hypot(s.x+led.XMM/1000-l.X, s.y+led.YMM/1000-l.Y) > clearM
			}
		}
		for _, i := range p.Rack.Instruments {
			alone = alone && math.Abs(i.X-l.X)+math.Abs(i.Y-l.Y) > 3*clearM
		}
		if alone {
			p.Standing.StrayLights = []StrayLight{l}
			return
		}
	}
}

// move takes a device away, or to a free place.
func (p *Place) move(rng *rand.Rand, in []*maps.Device) {
	d := in[rng.IntN(len(in))]
	delete(p.Standing.HotK, d.ID) // its heat goes with it
	if rng.Float64() < 0.5 {
		p.Standing.Missing = append(p.Standing.Missing, d.ID)
		return
	}
	taken := map[int]bool{}
	for _, o := range p.Rack.Devices {
		for u := o.Position; u < o.Position+o.Type.UHeight; u++ {
			taken[u] = o.ID != d.ID
		}
	}
	for _, u := range p.Standing.MissingPanels {
		taken[u] = true
	}
	for _, i := range p.Rack.Instruments {
		taken[1+int((i.Y-p.Rack.Type.BaseM)/maps.UnitM)] = true
	}
	for try := range 2 * p.Rack.Type.UHeight {
		u := p.View.FromU + (try*7+d.Position)%max(1, p.View.ToU-p.View.FromU+2-d.Type.UHeight)
		free := u != d.Position
		for k := range d.Type.UHeight {
			free = free && !taken[u+k]
		}
		if free {
			p.Standing.Moved[d.ID] = u
			p.Rack.BlankingPanels = slices.DeleteFunc(p.Rack.BlankingPanels, func(b int) bool { return b >= u && b < u+d.Type.UHeight })
			return
		}
	}
	p.Standing.Missing = append(p.Standing.Missing, d.ID)
}

// setLights decides what each light shows.
func (p *Place) setLights(rng *rand.Rand) {
	faults := 0
	if rng.Float64() < faultyShare {
		faults = 1 + rng.IntN(2)
	}
	var inView []string
	for _, s := range p.shown(true) {
		for _, l := range s.leds {
			id := s.id + "/" + l.Name
			st := l.Normal[rng.IntN(len(l.Normal))]
			if rng.Float64() < unusualShare {
				if notes := meaningsOf(l, true); len(notes) > 0 {
					st = notes[rng.IntN(len(notes))]
				}
			}
			p.states[id] = st
			_, moved := p.Standing.Moved[s.id]
			if moved || slices.Contains(p.Standing.Missing, s.id) {
				continue
			}
			if s.unit >= p.View.FromU && s.unit+s.units-1 <= p.View.ToU && len(s.kind.typ.LEDs) > 0 {
				inView = append(inView, id)
			}
		}
	}
	byID := map[string]maps.LED{}
	for _, s := range p.shown(true) {
		for _, l := range s.leds {
			byID[s.id+"/"+l.Name] = l
		}
	}
	for range faults {
		if len(inView) == 0 {
			return
		}
		id := inView[rng.IntN(len(inView))]
		if bad := meaningsOf(byID[id], false); len(bad) > 0 {
			p.states[id] = bad[rng.IntN(len(bad))]
		}
	}
	for _, id := range inView {
		if isFault(byID[id], p.states[id]) {
			p.Standing.FaultyLights++
		}
	}
}

// meaningsOf lists the states of a light that are worth a note, or those that are faults.
func meaningsOf(l maps.LED, notes bool) []maps.LEDState {
	var out []maps.LEDState
	for _, m := range l.Meanings {
		if (m.Severity == "info") == notes {
			out = append(out, m.LEDState)
		}
	}
	return out
}

// isFault says whether a state is declared as a warning or worse.
func isFault(l maps.LED, s maps.LEDState) bool {
	for _, m := range l.Meanings {
		if m.LEDState == s && m.Severity != "info" {
			return true
		}
	}
	return false
}
