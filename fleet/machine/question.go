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
		q.cause(h.Cause, t)
	}
	return q, len(q.Causes) > 0
}

// AsksOf is the question whether one of some causes is so, which somebody says of one of them at a time; the machines of but,
// unless empty, are not asked: they are who says it. Ok is false where there is nobody else to ask.
func AsksOf(t *cause.Topology, causes []cause.Cause, at time.Time, before time.Duration, but string) (q Question, ok bool) {
	q.Since = at.Add(-before)
	for _, c := range causes {
		if c.Device != but {
			q.device(c.Device, t)
		}
	}
	for _, c := range causes {
		q.cause(c, t)
	}
	q.Devices = slices.DeleteFunc(q.Devices, func(d string) bool { return d == but })
	return q, len(q.Devices)+len(q.Racks)+len(q.Supplies) > 0
}

// cause adds a cause with those who would know of it.
func (q *Question) cause(c cause.Cause, t *cause.Topology) {
	if c.Robot != "" { // of a robot's eyes no machine knows
		return
	}
	q.Causes = append(q.Causes, c)
	for _, s := range t.Spots(c) {
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

// Of says whether one of some subjects is among those that the question is about.
func (q Question) Of(all ...Subject) bool { return slices.ContainsFunc(all, q.about) }

// about says whether what a subject says bears on the question.
func (q Question) about(s Subject) bool {
	return s.Device != "" && slices.Contains(q.Devices, s.Device) || s.Rack != "" && slices.Contains(q.Racks, s.Rack) ||
		s.Supply != "" && slices.Contains(q.Supplies, s.Supply)
}
