package inbound

import (
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

// Asks is the question that an alarm of a source raises to machines; ok is false where none but who raised it can know. What a
// log says of more than before ahead of the alarm's onset is no news.
func Asks(t *cause.Topology, s *Source, a Alarm, before time.Duration) (q machine.Question, ok bool) {
	but := ""
	if s.Kind == Redfish {
		but = a.Place.Device
	}
	return machine.AsksOf(t, a.Claims, a.At, before, but)
}

// Heard is an alarm of a source with what machines answered, as far as it bears on what the alarm may mean. Nobody is a second
// witness of what he says himself: of a server's own event, whatever the server says of itself does not count, and of an alert
// that Alertmanager passes on, whatever Prometheus says.
func Heard(t *cause.Topology, s *Source, a Alarm, all []machine.Evidence, at time.Time) Alarm {
	var signs []cause.Sign
	for _, e := range all {
		itself := s.Kind == Redfish && e.Sign.Thing == cause.Machine && e.Sign.Device == a.Place.Device
		again := s.Kind == Alertmanager && e.Via == machine.ViaPrometheus
		if e.Sign.Thing != "" && !itself && !again {
			signs = append(signs, e.Sign)
		}
	}
	a.Reports, a.HeardAt = nil, at
	for _, r := range Bearing(t, a, signs) {
		if slices.ContainsFunc(a.Claims, func(c cause.Cause) bool { return bears(t.Ratio(c, r)) }) {
			a.Reports = append(a.Reports, r)
		}
	}
	return a
}

// bears says whether what was seen or said makes a cause more, or less, probable than it was.
func bears(ratio float64) bool { return ratio < 0.99 || ratio > 1.01 }

// believed is how probable a cause must be to explain a sign away.
const believed = 0.5

// instead is the cause that explains a sign instead of a claim: one that is believed in, that the alarm does not mean, and that
// shows by another sign too, which the claim would not make. That the health light of a server whose drive failed is lit says
// little of its fans.
func instead(t *cause.Topology, a Alarm, claim cause.Cause, s cause.Sign, groups []cause.Group) (best cause.Hypothesis, ok bool) {
	for _, g := range groups {
		if len(g.Ranked) == 0 || !slices.ContainsFunc(g.Symptoms, func(o cause.Sign) bool { return o.Spot == s.Spot }) {
			continue
		}
		best = g.Ranked[0]
		if best.Artefact() || best.Probability*g.Real < believed || slices.ContainsFunc(a.Claims, func(c cause.Cause) bool { return same(c, best.Cause) }) {
			continue
		}
		if slices.ContainsFunc(g.Symptoms, func(o cause.Sign) bool { return o.Spot != s.Spot && t.Ratio(claim, o) <= 1 }) {
			return best, true
		}
	}
	return cause.Hypothesis{}, false
}

// same says whether two causes are one, by what tells those of their kind apart.
func same(a, b cause.Cause) bool {
	if a.Kind != b.Kind || a.Supply != b.Supply || a.Device != b.Device || a.Part != b.Part || a.Hall != b.Hall && a.Hall != "" && b.Hall != "" {
		return false
	}
	return a.Device != "" || a.Supply != "" || a.Rack == b.Rack && a.Unit == b.Unit && a.Face == b.Face
}
