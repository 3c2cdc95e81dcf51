// Package zone is the rule of what holds in a part of a hall for a while: nobody drives there, or slowly, or one way only, or
// only where no other way is much longer. The kinds are the zones of VDA 5050 3.0, section 6.4.1.
//
// It says what zones mean for the edges of a route graph, and refuses one that would lock a robot in. It gives no orders,
// and reads no clock.
package zone

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
)

// A Zone is a simple polygon of a hall in which something holds for a while.
type Zone struct {
	ID       string           `json:"id"`
	Hall     string           `json:"hall"`
	Kind     vda5050.ZoneType `json:"kind"` // one of Kinds
	Why      string           `json:"why"`  // for people: "people in cage 3"
	By       string           `json:"by,omitempty"`
	Vertices []vda5050.Vertex `json:"vertices"` // m, hall frame
	From     time.Time        `json:"from"`
	Until    time.Time        `json:"until,omitzero"` // the zero time: until it is lifted
	// MaxSpeedMPS holds in a SPEED_LIMIT, m/s; DirectionRad is the only direction of a DIRECTED one, hall frame; Penalty of a
	// PENALTY one, 0..1, is how unwelcome its floor is.
	MaxSpeedMPS  float64 `json:"maxSpeedMps,omitempty"`
	DirectionRad float64 `json:"directionRad,omitempty"`
	Penalty      float64 `json:"penalty,omitempty"`
}

// Kinds are the zones that the controller keeps: no entry; slow; one way; rather not.
func Kinds() []vda5050.ZoneType {
	return []vda5050.ZoneType{vda5050.ZoneTypeBlocked, vda5050.ZoneTypeSpeedLimit, vda5050.ZoneTypeDirected, vda5050.ZoneTypePenalty}
}

// unkept says why a kind of zone that the standard has is not kept; empty for what it does not have.
func unkept(k vda5050.ZoneType) string {
	switch k {
	case vda5050.ZoneTypeRelease:
		return "robots are let go node by node by the order of passage, in which one that waits for a person's leave holds up all behind it: use BLOCKED, and lift it"
	case vda5050.ZoneTypeAction:
		return "looking and charging are done at nodes, and the robots have no action for a stretch of floor"
	}
	return ""
}

// mostVertices bounds what a page may ask for.
const mostVertices = 200

// Check says all that is wrong with a zone by itself.
func (z Zone) Check() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if why := unkept(z.Kind); why != "" {
		wrong("kind", "%s is not kept: %s", z.Kind, why)
	} else if !slices.Contains(Kinds(), z.Kind) {
		wrong("kind", "%q is none of %v", z.Kind, Kinds())
	}
	if z.Why == "" {
		wrong("why", "say why, for whoever wonders at 3 a.m.")
	}
	if !z.Until.IsZero() && !z.Until.After(z.From) {
		wrong("until", "%s is not after %s", z.Until.Format(time.RFC3339), z.From.Format(time.RFC3339))
	}
	if n := len(z.Vertices); n < 3 || n > mostVertices {
		wrong("vertices", "%d make no polygon: want 3 to %d", n, mostVertices)
	} else if why := shape(z.Vertices); why != "" {
		wrong("vertices", "%s", why)
	}
	if z.Kind == vda5050.ZoneTypeSpeedLimit && !(z.MaxSpeedMPS > 0 && z.MaxSpeedMPS <= 5) {
		wrong("maxSpeedMps", "%g is no speed: want more than 0 and at most 5 m/s", z.MaxSpeedMPS)
	}
	if z.Kind == vda5050.ZoneTypePenalty && !(z.Penalty > 0 && z.Penalty <= 1) {
		wrong("penalty", "%g: want more than 0 and at most 1", z.Penalty)
	}
	if z.Kind == vda5050.ZoneTypeDirected && !(math.Abs(z.DirectionRad) <= 2*math.Pi) {
		wrong("directionRad", "%g is no angle: want -2π to 2π", z.DirectionRad)
	}
	return errors.Join(errs...)
}

// Active says whether the zone holds at a time.
func (z Zone) Active(now time.Time) bool {
	return !now.Before(z.From) && (z.Until.IsZero() || now.Before(z.Until))
}

// Over says whether it will never hold again.
func (z Zone) Over(now time.Time) bool { return !z.Until.IsZero() && !now.Before(z.Until) }

// shape says what is wrong with a polygon, or nothing.
func shape(v []vda5050.Vertex) string {
	for _, p := range v {
		if !(math.Abs(p.X) < 1e5 && math.Abs(p.Y) < 1e5) {
			return fmt.Sprintf("(%g, %g) is no place of a hall", p.X, p.Y)
		}
	}
	for i := range v {
		for j := i + 2; j < len(v); j++ {
			if (j+1)%len(v) != i && cross(v[i], v[(i+1)%len(v)], v[j], v[(j+1)%len(v)]) {
				return fmt.Sprintf("side %d crosses side %d: list the corners in their order around the zone", i+1, j+1)
			}
		}
	}
	if math.Abs(area(v)) < 0.01 {
		return "they enclose no floor: the zone is smaller than 0.01 m²"
	}
	return ""
}

// area is positive where the vertices go counter-clockwise, m².
func area(v []vda5050.Vertex) float64 {
	sum := 0.0
	for i, p := range v {
		q := v[(i+1)%len(v)]
		sum += p.X*q.Y - q.X*p.Y
	}
	return sum / 2
}

// cross says whether two lines between points meet.
func cross(a, b, c, d vda5050.Vertex) bool {
	side := func(p, q, r vda5050.Vertex) float64 { return (q.X-p.X)*(r.Y-p.Y) - (q.Y-p.Y)*(r.X-p.X) }
	on := func(p, q, r vda5050.Vertex) bool {
		return min(p.X, q.X) <= r.X && r.X <= max(p.X, q.X) && min(p.Y, q.Y) <= r.Y && r.Y <= max(p.Y, q.Y)
	}
	s1, s2, s3, s4 := side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
	return s1*s2 < 0 && s3*s4 < 0 || s1 == 0 && on(a, b, c) || s2 == 0 && on(a, b, d) || s3 == 0 && on(c, d, a) || s4 == 0 && on(c, d, b)
}

// Holds says whether a place lies in the zone; its rim does.
func (z Zone) Holds(x, y float64) bool {
	p, in := vda5050.Vertex{X: x, Y: y}, false
	for i, a := range z.Vertices {
		b := z.Vertices[(i+1)%len(z.Vertices)]
		if cross(a, b, p, p) {
			return true
		}
		if (a.Y > y) != (b.Y > y) && x < (b.X-a.X)*(y-a.Y)/(b.Y-a.Y)+a.X {
			in = !in
		}
	}
	return in
}

// touches says whether a drive from one node to another enters the zone.
func (z Zone) touches(from, to maps.Node) bool {
	if z.Holds(from.X, from.Y) || z.Holds(to.X, to.Y) {
		return true
	}
	a, b := vda5050.Vertex{X: from.X, Y: from.Y}, vda5050.Vertex{X: to.X, Y: to.Y}
	for i, v := range z.Vertices {
		if cross(a, b, v, z.Vertices[(i+1)%len(z.Vertices)]) {
			return true
		}
	}
	return false
}

// VDA is the zone as a robot is told it, vertices counter-clockwise.
func (z Zone) VDA() vda5050.Zone {
	out := vda5050.Zone{ZoneID: z.ID, ZoneType: z.Kind, ZoneDescriptor: z.Why, Vertices: slices.Clone(z.Vertices)}
	if area(out.Vertices) < 0 {
		slices.Reverse(out.Vertices)
	}
	switch z.Kind {
	case vda5050.ZoneTypeSpeedLimit:
		out.MaximumSpeed = &z.MaxSpeedMPS
	case vda5050.ZoneTypePenalty:
		out.PenaltyFactor = &z.Penalty
	case vda5050.ZoneTypeDirected:
		out.Direction, out.DirectedLimitation = &z.DirectionRad, vda5050.DirectedStrict
	}
	return out
}
