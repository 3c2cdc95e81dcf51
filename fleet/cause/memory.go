package cause

import (
	"maps"
	"slices"
	"time"
)

// A Memory is what each robot, and everybody else, last said of each spot. The zero Memory is empty.
type Memory struct {
	spots   map[Spot][]Sign // what each voice last said of it, in the order in which they first did
	history map[Spot]history
	seen    map[Spot]bool            // something is out of order there, somebody says
	robots  map[string]map[Spot]bool // what each robot looked at
	lights  map[string]int           // by look that told of something: lights that it read and found in order
	told    []string                 // those looks, oldest first
}

// keptLooks is of how many looks that told of something it is remembered what else they read.
const keptLooks = 2000

// history is what is kept of a spot.
type history struct{ looks, alarms int }

// Hear takes what was said, in the order of time. What says the same again counts as one more look; the time of a symptom is
// when it was first seen and its value the mean, the time of a thing in order when it last was. Repaired says that a spot was out of order and has been
// mended, so that the episode was no mistake. A thing that eyes miss often is not in order yet because one look did not see it.
func (m *Memory) Hear(repaired bool, signs ...Sign) {
	m.begin()
	m.read(signs)
	for _, s := range signs {
		s.Said = s.At
		all := m.spots[s.Spot]
		i := slices.IndexFunc(all, func(o Sign) bool { return o.By == s.By })
		if i >= 0 && s.At.Before(all[i].At) {
			continue
		}
		h := m.history[s.Spot]
		switch {
		case i >= 0 && s.Symptom == InOrder && !repaired && all[i].mayBeMissed():
			s = all[i]
			s.Missed++
		case i >= 0 && all[i].Symptom == s.Symptom:
			s.Looks, s.Missed, s.Before, s.Alarms = all[i].Looks+1, all[i].Missed, all[i].Before, all[i].Alarms
			if s.Symptom != InOrder {
				s.Value = all[i].Value + (s.Value-all[i].Value)/float64(s.Looks)
				s.At, s.Fine, s.Limit = all[i].At, all[i].Fine, s.Limit || all[i].Limit
			}
		default:
			s.Looks, s.Before, s.Alarms = max(s.Looks, 1), h.looks, h.alarms
			if i >= 0 && s.Symptom == InOrder && !repaired {
				h.alarms++
			}
			if i >= 0 && s.Symptom != InOrder && all[i].Symptom == InOrder {
				s.Fine = all[i].At
			}
		}
		h.looks++
		m.history[s.Spot] = h
		m.put(i, s)
	}
}

// read counts what else a look read that told of something. Later looks of the same robot take the place of what it
// said, but whether it was placed wrongly shows only in all that it said.
func (m *Memory) read(signs []Sign) {
	fine := map[string]int{}
	for _, s := range signs {
		if s.Thing == Light && s.Symptom == InOrder {
			fine[s.Look]++
		}
	}
	for _, s := range signs {
		if s.Symptom == InOrder || s.Look == "" {
			continue
		}
		if _, known := m.lights[s.Look]; !known {
			m.told = append(m.told, s.Look)
		}
		m.lights[s.Look] = max(m.lights[s.Look], fine[s.Look])
	}
	for ; len(m.told) > keptLooks; m.told = m.told[1:] {
		delete(m.lights, m.told[0])
	}
}

func (m *Memory) begin() {
	if m.spots == nil {
		m.spots, m.history, m.seen, m.robots = map[Spot][]Sign{}, map[Spot]history{}, map[Spot]bool{}, map[string]map[Spot]bool{}
		m.lights = map[string]int{}
	}
}

// put keeps a sign in place of the i-th of its spot, or as a new one.
func (m *Memory) put(i int, s Sign) {
	if i >= 0 {
		m.spots[s.Spot][i] = s
	} else {
		m.spots[s.Spot] = append(m.spots[s.Spot], s)
	}
	if slices.ContainsFunc(m.spots[s.Spot], Sign.ill) {
		m.seen[s.Spot] = true
	} else {
		delete(m.seen, s.Spot)
	}
	if s.Thing != Machine && s.Thing != Plant {
		if m.robots[s.By] == nil {
			m.robots[s.By] = map[Spot]bool{}
		}
		m.robots[s.By][s.Spot] = true
	}
}

// Past sets how often a spot was looked at before the memory began, and how often it misled.
func (m *Memory) Past(spot Spot, looks, alarms int) {
	m.begin()
	m.history[spot] = history{looks, alarms}
}

// DropBefore forgets what was said to be out of order of a spot before a time: it was dealt with.
func (m *Memory) DropBefore(spot Spot, at time.Time) {
	had := len(m.spots[spot])
	kept := slices.DeleteFunc(m.spots[spot], func(s Sign) bool { return s.ill() && !s.At.After(at) })
	if len(kept) == had {
		return
	}
	m.spots[spot] = kept
	if !slices.ContainsFunc(kept, Sign.ill) {
		delete(m.seen, spot)
	}
}

// Troubles is how many spots are out of order, as far as is known.
func (m *Memory) Troubles() int { return len(m.seen) }

// outOfOrder are the signs that say that something is, in a fixed order.
func (m *Memory) outOfOrder() []Sign {
	return m.illAt(slices.Collect(maps.Keys(m.seen)))
}

// illAt are the signs of some spots that say that something is out of order, in a fixed order.
func (m *Memory) illAt(spots []Spot) []Sign {
	slices.SortFunc(spots, Spot.compare)
	var out []Sign
	for _, spot := range spots {
		for _, s := range m.spots[spot] {
			if s.ill() {
				out = append(out, s)
			}
		}
	}
	return out
}

// of are the signs of a robot, in no order.
func (m *Memory) of(robot string) []Sign {
	out := make([]Sign, 0, len(m.robots[robot]))
	for spot := range m.robots[robot] {
		for _, s := range m.spots[spot] {
			if s.By == robot {
				out = append(out, s)
			}
		}
	}
	return out
}

// Witnesses are the signs of machines and the building that say that something is out of order at a device or supply, in a
// fixed order.
func (m *Memory) Witnesses(at string) []Sign {
	if at == "" {
		return nil
	}
	var spots []Spot
	for spot := range m.seen {
		if spot.Device == at && (spot.Thing == Machine || spot.Thing == Plant) {
			spots = append(spots, spot)
		}
	}
	return m.illAt(spots)
}
