// Package scene is what stands in the simulated hall, as its cameras get it: rack faces with their fiducials,
// devices and status lights for a visual camera, and surface temperatures for a thermal one.
//
// It draws the truth that it is handed and knows nothing of who looks at it: no detection, no registration and no
// judgement is imported or anticipated here, and the projection is its own.
//
// What is simplified. All that is in view lies in the plane of the rack faces: no doors, cables or depth, and floor
// and ceiling are painted. The lens has no distortion. Frames differ by their lights, by one of three shakes of the hand
// (sub-pixel, about 0.4 px) and by noise that is new in every frame only around lights; elsewhere each shake has
// one noise of its own. Noise does not depend on brightness. Light of LEDs adds in linear light, before clipping.
package scene

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A Truth is the state of the devices at a time; the scene shows it.
type Truth interface {
	// Light is what a light of a device shows.
	Light(device string, led *maps.LED, at time.Time) maps.LEDState
	// RiseK is how much hotter a device's surface is than its load alone makes it, K.
	RiseK(device string, at time.Time) float64
}

// A View is where a camera stands: it looks along the heading, level.
type View struct {
	Hall    string
	Pose    maps.Pose // hall frame, m and rad
	HeightM float64   // of the camera above the floor
}

// A Scene is all that can be seen in a site. It is safe for concurrent use.
type Scene struct {
	seed      uint64
	sides     map[string][]*side // by hall
	grain     *grain
	darkrooms sync.Pool
}

// A side is the plane of the rack faces on one side of a row: the u axis runs right as seen by somebody who stands
// before it, v is up from the floor.
type side struct {
	originX, originY float64 // of u = 0, hall frame
	rightX, rightY   float64 // unit vector of u
	normX, normY     float64 // unit vector out of the faces
	minU, maxU       float64
	topV             float64
	faces            []face
}

// A face is one rack on a side.
type face struct {
	rack  *maps.Rack
	which maps.Face
	u     float64 // of its left outer edge
	shown []shown
}

// A shown device turns its front or its rear to the viewer.
type shown struct {
	dev  *maps.Device
	side maps.Face // of the device
	u, v float64   // of its lower left corner
	h    float64   // height, m
}

// New builds the scene of a site. The seed fixes what no drawing says: the placement errors of tags and lights
// and the habits of loads.
func New(site *maps.Site, seed uint64) (*Scene, error) {
	if site == nil || len(site.Halls) == 0 {
		return nil, errors.New("build the scene: the site has no hall")
	}
	s := &Scene{seed: seed, sides: map[string][]*side{}, grain: newGrain(seed)}
	s.darkrooms.New = func() any { return &darkroom{} }
	for _, h := range site.Halls {
		for _, row := range h.Rows {
			for _, r := range row.Racks {
				if r.Type == nil || len(r.FrontTags) > len(r.Type.TagPlaces) || len(r.RearTags) > len(r.Type.TagPlaces) {
					return nil, fmt.Errorf("build the scene: rack %q has no type or more tags than places for them", r.ID)
				}
				s.place(h.ID, r, maps.Front)
				s.place(h.ID, r, maps.Rear)
			}
		}
	}
	for _, sides := range s.sides {
		for _, sd := range sides {
			slices.SortFunc(sd.faces, func(a, b face) int { return cmp.Compare(a.u, b.u) })
		}
	}
	return s, nil
}

// place adds a rack's face to the side that it lies on.
func (s *Scene) place(hall string, r *maps.Rack, which maps.Face) {
	nx, ny := math.Cos(r.Pose.ThetaRad), math.Sin(r.Pose.ThetaRad)
	if which == maps.Rear {
		nx, ny = -nx, -ny
	}
	rx, ry := -ny, nx // the viewer's right: he looks along -n
	ox := r.Pose.X + nx*r.Type.DepthM/2 - rx*r.Type.WidthM/2
	oy := r.Pose.Y + ny*r.Type.DepthM/2 - ry*r.Type.WidthM/2
	const same = 0.02 // m, and of a unit vector
	var on *side
	for _, sd := range s.sides[hall] {
		if math.Abs(sd.normX-nx) < same && math.Abs(sd.normY-ny) < same &&
			math.Abs((ox-sd.originX)*nx+(oy-sd.originY)*ny) < same {
			on = sd
		}
	}
	if on == nil {
		on = &side{originX: ox, originY: oy, rightX: rx, rightY: ry, normX: nx, normY: ny}
		s.sides[hall] = append(s.sides[hall], on)
	}
	u := (ox-on.originX)*on.rightX + (oy-on.originY)*on.rightY
	on.minU, on.maxU = min(on.minU, u), max(on.maxU, u+r.Type.WidthM)
	on.topV = max(on.topV, r.Type.BaseM+float64(r.Type.UHeight)*maps.UnitM+frameTopM)
	on.faces = append(on.faces, face{rack: r, which: which, u: u, shown: shownOn(r, which, u)})
}

// shownOn lists the devices that can be seen on a rack's face: those that point there, and the rears of those that
// reach through the rack.
func shownOn(r *maps.Rack, which maps.Face, u float64) []shown {
	var list []shown
	for _, d := range r.Devices {
		side := maps.Front
		if d.Face != which {
			if d.Type == nil || !d.Type.IsFullDepth {
				continue
			}
			side = maps.Rear
		}
		if d.Type == nil {
			continue
		}
		list = append(list, shown{
			dev: d, side: side,
			u: u + (r.Type.WidthM-maps.PanelWidthM)/2,
			v: r.Type.BaseM + float64(d.Position-1)*maps.UnitM,
			h: float64(d.Type.UHeight) * maps.UnitM,
		})
	}
	return list
}

// facing returns the nearest side that the optical axis of a view meets, at most reachM away, or nil.
func (s *Scene) facing(v View) *side {
	const reachM, steepest = 6.0, 0.25 // m; cosine of the angle to the normal
	dx, dy := math.Cos(v.Pose.ThetaRad), math.Sin(v.Pose.ThetaRad)
	var best *side
	bestM := reachM
	for _, sd := range s.sides[v.Hall] {
		cos := -(sd.normX*dx + sd.normY*dy)
		z := (v.Pose.X-sd.originX)*sd.normX + (v.Pose.Y-sd.originY)*sd.normY
		if cos < steepest || z < 0.05 {
			continue
		}
		m := z / cos
		u := (v.Pose.X+m*dx-sd.originX)*sd.rightX + (v.Pose.Y+m*dy-sd.originY)*sd.rightY
		if m < bestM && u > sd.minU-0.5 && u < sd.maxU+0.5 {
			best, bestM = sd, m
		}
	}
	return best
}

// isNamed says whether an LED's name begins with one of the words.
func isNamed(led *maps.LED, words ...string) bool {
	name := strings.ToLower(led.Name)
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(name, w) })
}
