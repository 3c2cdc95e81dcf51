package machine

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// Most devices that one question asks: a feed has hundreds behind it, and a few of them, with its own meter, say it all.
const mostDevices = 8

// Asks is the question that a group of signs raises: the machines and the plant that its most probable causes would change,
// those with a symptom first. Ok is false where there is nothing in doubt that they could know.
func Asks(t *cause.Topology, g cause.Group, before time.Duration) (q Question, ok bool) {
	if len(g.Symptoms) == 0 {
		return Question{}, false
	}
	q.Since = g.Symptoms[0].At
	for _, s := range g.Symptoms {
		if s.At.Before(q.Since) {
			q.Since = s.At
		}
		q.device(s.Device, t)
		q.rack(t.Rack(s.Spot))
	}
	q.Since = q.Since.Add(-before)
	for _, h := range g.Ranked {
		if h.Robot != "" { // of a robot's eyes no machine knows
			continue
		}
		q.Causes = append(q.Causes, h.Cause)
		for _, s := range t.Spots(h.Cause) {
			switch s.Thing {
			case cause.Machine:
				q.device(s.Device, t)
			case cause.Plant:
				if s.Device != "" && !slices.Contains(q.Supplies, s.Device) {
					q.Supplies = append(q.Supplies, s.Device)
				}
			case cause.Foot, cause.Inlet:
				q.rack(s.Rack)
			}
		}
	}
	return q, len(q.Causes) > 0
}

func (q *Question) device(id string, t *cause.Topology) {
	if id != "" && t.Rack(cause.Spot{Device: id}) != "" && len(q.Devices) < mostDevices && !slices.Contains(q.Devices, id) {
		q.Devices = append(q.Devices, id)
	}
}

func (q *Question) rack(id string) {
	if id != "" && len(q.Racks) < mostDevices && !slices.Contains(q.Racks, id) {
		q.Racks = append(q.Racks, id)
	}
}

// about says whether what a subject says bears on the question.
func (q Question) about(s Subject) bool {
	return s.Device != "" && slices.Contains(q.Devices, s.Device) || s.Rack != "" && slices.Contains(q.Racks, s.Rack) ||
		s.Supply != "" && slices.Contains(q.Supplies, s.Supply)
}

// Wants are those of some points that a question is about.
func (q Question) Wants(points []Point) []Point {
	var out []Point
	for _, p := range points {
		if q.about(p.Subject) {
			out = append(out, p)
		}
	}
	return out
}
