package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// A Made is what a robot declares of itself that its duties depend on.
type Made struct {
	// MastM is how high it is with its mast up, in m: no camera of it comes higher; 0 when it does not say.
	MastM   float64  `json:"mastM,omitempty"`
	Sensors []string `json:"sensors,omitempty"` // by name, sorted
}

// A Speed is what a drive of a robot came to, from node to node while nothing held it up, in m/s.
type Speed struct {
	Robot string  `json:"robot"`
	MPS   float64 `json:"mps"`
}

const (
	// driveLeastM is the least length of a drive from which a speed is taken, in m.
	driveLeastM = 2
	// drivesKept is how many of its last drives tell how fast a robot is, drivesLeast how many that takes at least.
	drivesKept, drivesLeast = 31, 5
	// sheetEvery is how often a robot that has not said what it is is asked for it, sheetAsks how often at most.
	sheetEvery, sheetAsks = time.Minute, 3
)

// declared notes what a robot says that it is. Its duties are planned by that, also when it does not say it again.
func (c *Controller) declared(ctx context.Context, id wire.RobotID, f *vda5050.Factsheet) error {
	c.alive(id).factsheet = f
	now, r := c.o.Clock.Now(), c.robot(id)
	made := Made{MastM: f.PhysicalParameters.MaximumHeight, Sensors: f.Sensors()}
	if r.MastM == made.MastM && slices.Equal(r.Sensors, made.Sensors) {
		return nil
	}
	r.Made, r.At = made, now
	c.stir()
	say := fmt.Sprintf("%s is %.2f m high with its mast up; sensors: %s", id.SerialNumber, made.MastM, strings.Join(made.Sensors, ", "))
	return c.commit(ctx, KindRobot, now, Change{Robots: []Robot{r}, Say: strings.TrimSuffix(say, "; sensors: ")})
}

// askWhat asks a robot what it is, when it has not said so since this controller leads.
func (c *Controller) askWhat(id wire.RobotID, now time.Time) {
	l := c.live[id.String()]
	if l == nil || l.state == nil || l.factsheet != nil || l.sheetAsks == sheetAsks || now.Sub(l.sheetAsked) < sheetEvery {
		return
	}
	l.sheetAsked, l.sheetAsks = now, l.sheetAsks+1
	a := vda5050.Instant(vda5050.FactsheetRequest, fmt.Sprintf("factsheet-%d", now.UnixMilli()))
	c.instantAction(id, &vda5050.InstantActions{Actions: []vda5050.Action{a}})
}

// speeds are what a mission tells of how fast its robot is.
func speeds(m dispatch.Mission) []Speed {
	if d := m.Drive; d.Metres >= driveLeastM && d.Took > 0 {
		return []Speed{{Robot: m.Duty.Robot, MPS: d.Metres / d.Took.Seconds()}}
	}
	return nil
}

// measuredMPS is how fast a robot is by the median of its last drives, in m/s; ok is false for one that has driven too little.
func (s *state) measuredMPS(robot string) (mps float64, ok bool) {
	return median(s.drives[robot], drivesLeast)
}

// model is what is foretold of a robot by: the rules' own, at the speed that was measured.
func (c *Controller) model(robot string) patrol.Model {
	m := c.o.Rules.Patrol.Model
	if mps, ok := c.measuredMPS(robot); ok {
		m.SpeedMPS = mps
	}
	return m
}
