package cause

import (
	"cmp"
	"slices"
	"time"
)

// A Memory is what each robot, and everybody else, last said of each spot. The zero Memory is empty.
type Memory struct {
	signs   map[voice]Sign
	history map[Spot]history
}

type voice struct {
	spot Spot
	by   string
}

// history is what is kept of a spot.
type history struct{ looks, alarms int }

// Hear takes what was said, in the order of time. What says the same again counts as one more look; the time of a symptom is
// when it was first seen, that of a thing in order when it last was. Repaired says that a spot was out of order and has been
// mended, so that the episode was no mistake.
func (m *Memory) Hear(repaired bool, signs ...Sign) {
	if m.signs == nil {
		m.signs, m.history = map[voice]Sign{}, map[Spot]history{}
	}
	for _, s := range signs {
		v := voice{s.Spot, s.By}
		last, known := m.signs[v]
		h := m.history[s.Spot]
		switch {
		case known && s.At.Before(last.At):
			continue
		case known && last.Symptom == s.Symptom:
			s.Looks, s.Before, s.Alarms = last.Looks+1, last.Before, last.Alarms
			if s.Symptom != InOrder {
				s.At, s.Value = last.At, max(s.Value, last.Value)
			}
		default:
			s.Looks, s.Before, s.Alarms = max(s.Looks, 1), h.looks, h.alarms
			if known && s.Symptom == InOrder && !repaired {
				h.alarms++
			}
		}
		h.looks++
		m.history[s.Spot] = h
		m.signs[v] = s
	}
}

// Past sets how often a spot was looked at before the memory began, and how often it misled.
func (m *Memory) Past(spot Spot, looks, alarms int) {
	if m.signs == nil {
		m.signs, m.history = map[voice]Sign{}, map[Spot]history{}
	}
	m.history[spot] = history{looks, alarms}
}

// Forget drops what was said before a time.
func (m *Memory) Forget(before time.Time) {
	for v, s := range m.signs {
		if s.Symptom == InOrder && s.At.Before(before) {
			delete(m.signs, v)
		}
	}
}

// Signs are all that is remembered, in a fixed order.
func (m *Memory) Signs() []Sign {
	out := make([]Sign, 0, len(m.signs))
	for _, s := range m.signs {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Sign) int { return cmp.Or(a.compare(b.Spot), cmp.Compare(a.By, b.By)) })
	return out
}
