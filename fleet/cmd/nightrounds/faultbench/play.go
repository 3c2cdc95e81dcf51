package faultbench

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var dawn = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// How many racks a round looks at around an incident, and how many looks the controller may ask for to settle a doubt.
const (
	mostRacks = 70
	others    = 12
	questions = 3
	pastLooks = 200 // at each spot before the incident
)

// A night is one or two incidents, and what is concluded of them.
type night struct {
	*watch
	topology *cause.Topology
	memory   cause.Memory
	past     map[cause.Spot]bool
	told     map[string]bool // what a look told: racks with a device or with a kind of finding
	looked   map[string]bool // racks that were looked at, and robot/rack
	now      time.Time
	groups   []cause.Group
}

// playNight plays incidents of the kinds, has robots look and the doubts settled.
func playNight(w *world, t *cause.Topology, rng *rand.Rand, kinds ...incident) *night {
	s := newScene(w, rng)
	for i, k := range kinds {
		if i == 0 || !s.hidden(k, kinds[0]) {
			k.play(s)
		}
	}
	n := &night{watch: s.watch(), topology: t, past: map[cause.Spot]bool{}, told: map[string]bool{}, looked: map[string]bool{}, now: dawn}
	n.hear(n.outside())
	racks := n.round()
	for i, r := range racks {
		n.visit(r, n.lookout(i))
	}
	if n.chance(0.7) { // another robot comes by before anybody has to know
		for i, r := range racks[:min(len(racks), 15)] {
			n.visit(r, robots[(slices.Index(robots, n.lookout(i))+1)%len(robots)])
		}
	}
	n.conclude()
	for range questions {
		if !n.ask() {
			break
		}
		n.conclude()
	}
	return n
}

// wide are incidents beside which another of the same family is not to be told: an outlet of a feed that is lost.
var wide = map[string][]string{
	"phase":     {"power supply", "outlet", "pdu", "phase", "feed", "ups", "device off", "switch"},
	"feed":      {"power supply", "outlet", "pdu", "phase", "feed", "ups", "device off", "switch"},
	"ups":       {"power supply", "outlet", "pdu", "phase", "feed", "ups", "device off", "switch"},
	"loop warm": {"cooling unit", "cooling fan", "recirculation", "loop warm", "air sensor"},
}

func (s *scene) hidden(k, beside incident) bool {
	return slices.Contains(wide[beside.name], k.name) || slices.Contains(wide[k.name], beside.name)
}

// lookout is the robot that looks at the i-th rack of a round: the one at fault where one is.
func (n *night) lookout(i int) string {
	for _, t := range n.truth {
		if t.Robot != "" {
			return t.Robot
		}
	}
	return robots[i/20%len(robots)]
}

// round is the racks that are looked at: where something shows, and some others.
func (n *night) round() []*maps.Rack {
	var shows, rest []*maps.Rack
	for _, r := range n.w.racks {
		if n.touched[r.ID] {
			shows = append(shows, r)
		}
	}
	n.rng.Shuffle(len(shows), func(i, k int) { shows[i], shows[k] = shows[k], shows[i] })
	if len(shows) > mostRacks {
		shows = shows[:mostRacks]
	}
	for range others {
		rest = append(rest, n.rack())
	}
	if len(shows) > 0 { // the neighbours of the first
		row := n.w.rowOf[shows[0].Row]
		i := slices.Index(row, shows[0])
		rest = append(rest, row[max(0, i-2):min(len(row), i+3)]...)
	}
	for _, r := range rest {
		if !slices.Contains(shows, r) {
			shows = append(shows, r)
		}
	}
	return shows
}

// visit looks at both faces of a rack, and again at once where something is out of order.
func (n *night) visit(r *maps.Rack, robot string) {
	for _, face := range []maps.Face{maps.Front, maps.Rear} {
		n.now = n.now.Add(10 * time.Second)
		o := n.look(r, face, robot, n.now)
		n.looked[r.ID], n.looked[robot+"/"+r.ID] = true, true
		for _, f := range o.Findings {
			n.told[r.ID+f.Device], n.told[r.ID+"/"+f.Kind] = true, true
		}
		n.hear(n.topology.Read(o, usualC))
		doubtful := slices.ContainsFunc(o.Findings, func(f vision.Finding) bool { return f.Severity != vision.Info })
		if doubtful && !n.misplaced[robot] {
			n.now = n.now.Add(10 * time.Second)
			n.hear(n.topology.Read(n.look(r, face, robot, n.now), usualC))
		}
	}
}

func (n *night) hear(signs []cause.Sign) {
	for _, s := range signs {
		if !n.past[s.Spot] {
			n.past[s.Spot] = true
			n.memory.Past(s.Spot, pastLooks, n.misledBefore(s.Thing))
		}
	}
	n.memory.Hear(false, signs...)
}

// misledBefore is how often a spot misled robots before the incident.
func (n *night) misledBefore(thing cause.Thing) int {
	p := map[cause.Thing]float64{cause.Door: falseDoor, cause.Foot: falseWet, cause.Stray: falseStray}[thing]
	alarms := 0
	for range pastLooks {
		if p > 0 && n.chance(p) {
			alarms++
		}
	}
	return alarms
}

// outside is what machines and the building say.
func (n *night) outside() []cause.Sign {
	var out []cause.Sign
	for _, r := range n.reports {
		spot := cause.Spot{Thing: cause.Machine, Device: r.device, Part: r.subject}
		by := "bmc"
		if r.supply != "" {
			spot, by = cause.Spot{Thing: cause.Plant, Device: r.supply, Part: r.subject}, "building"
		}
		out = append(out, cause.Sign{Spot: spot, Symptom: r.symptom, At: n.now, By: by, Looks: 1, Meaning: by + " says so"})
	}
	return out
}

func (n *night) conclude() {
	n.groups = n.topology.Explain(&n.memory)
}

// ask has the first doubt settled that a look can settle.
func (n *night) ask() bool {
	for _, g := range n.groups {
		q, ok := n.topology.Settle(g, &n.memory)
		if !ok {
			continue
		}
		rack, face, _ := strings.Cut(q.Viewpoint, "-")
		for _, r := range n.w.racks {
			if r.ID == rack {
				robot := pick(n.rng, robots)
				for robot == q.Not {
					robot = pick(n.rng, robots)
				}
				n.now = n.now.Add(3 * time.Minute)
				n.hear(n.topology.Read(n.look(r, maps.Face(face), robot, n.now), usualC))
				return true
			}
		}
	}
	return false
}
