package foresee_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

var dusk = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// night is a night of robots in the sample hall.
func night(t testing.TB, interval time.Duration, robots int) foresee.Options {
	t.Helper()
	hall := fleettest.SampleHall(interval)
	g, err := hall.Graph()
	if err != nil {
		t.Fatal(err)
	}
	o := foresee.Options{Hall: patrol.NewHall(g, hall.Viewpoints(), nil), Rules: patrol.DefaultRules(), Start: dusk, Seed: 1}
	if o.Robots, err = foresee.Fleet(o.Hall, robots, foresee.DefaultBody()); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAForetoldNightKeepsWhatItCan(t *testing.T) {
	out, err := foresee.Foretell(t.Context(), night(t, 30*time.Minute, 3), 6)
	if err != nil {
		t.Fatal(err)
	}
	if !out.Kept || out.Certificate != "" || out.Worst < out.Bound || out.Flat > 0 {
		t.Errorf("got %+v", out)
	}
	for _, r := range out.Time {
		var sum float64
		for _, s := range r.Shares {
			sum += s
		}
		if sum < 0.999 || sum > 1.001 {
			t.Errorf("%s: shares sum to %.4f", r.Robot, sum)
		}
	}
}

func TestTooFewRobotsAreForetoldLateAndCertified(t *testing.T) {
	out, err := foresee.Foretell(t.Context(), night(t, 10*time.Minute, 1), 4)
	if err != nil {
		t.Fatal(err)
	}
	if out.Kept || len(out.Debt) == 0 || !strings.HasPrefix(out.Certificate, "impossible with 1 robots") || out.Worst < out.Bound {
		t.Errorf("kept %v, %d late, worst %.2f, bound %.2f, certificate %q", out.Kept, len(out.Debt), out.Worst, out.Bound, out.Certificate)
	}
}

func TestTheSameNightComesTwice(t *testing.T) {
	run := func() foresee.Stats {
		o := night(t, 20*time.Minute, 3)
		o.Late, o.DelayMax = 0.02, time.Minute
		n, err := foresee.New(o)
		if err != nil {
			t.Fatal(err)
		}
		n.Run(dusk.Add(5 * time.Hour))
		return n.Stats
	}
	if a, b := run(), run(); !reflect.DeepEqual(a, b) {
		t.Error("two nights of one seed differ")
	}
}

// Whatever delays and requests come: nobody shares a place, nobody runs empty, everything asked for is served.
func TestNightsOfTrouble(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		o := night(t, time.Duration(10+rng.IntN(50))*time.Minute, 1+rng.IntN(4))
		o.Seed, o.Late, o.DelayMax = seed, 0.01, 10*time.Minute
		for i := range rng.IntN(10) {
			o.Asked = append(o.Asked, foresee.Ask{
				ID: fmt.Sprint("I-", i), Viewpoint: o.Hall.Viewpoints[rng.IntN(len(o.Hall.Viewpoints))].ID,
				Class: patrol.Class(rng.IntN(4)), At: dusk.Add(time.Duration(i) * time.Minute),
			})
		}
		o.Floor = foresee.NewFloor(o.Hall.Graph, 1, 4)
		n, err := foresee.New(o)
		if err != nil {
			t.Fatal(err)
		}
		for h := range 8 {
			n.Run(dusk.Add(time.Duration(h+1) * 30 * time.Minute))
			if err := o.Floor.Check(); err != nil {
				t.Error(err)
			}
		}
		if n.Stats.Flat > 0 {
			t.Errorf("seed %d: %d robots ran empty", seed, n.Stats.Flat)
		}
		for id, s := range n.Stats.Served {
			if s.Done.IsZero() {
				t.Errorf("seed %d: %s (%s of %s) was never served", seed, id, s.Class, s.At.Format(time.TimeOnly))
			}
		}
	}
}

func TestFailures(t *testing.T) {
	for what, ok := range map[string]bool{
		"robot:NR-02@3h": true, "robot:NR-02@3h+8h": true, "aisle:aisle-3@1h+30m": true, "edge:w0/w1@0s+5m": true,
		"robot:NR-09@3h": false, "aisle:aisle-3@1h": false, "aisle:nowhere@1h+1m": false, "edge:w0/w4@1h+1m": false, "robot:NR-02@-3h": false,
		"robot:NR-02": false, "lift:a@1h+1h": false, "": false, "robot:NR-02@3h+0s": false,
	} {
		o := night(t, time.Hour, 3)
		if err := o.Fail(what); (err == nil) != ok {
			t.Errorf("%q: error %v", what, err)
		} else if err == nil && len(o.Closures) == 0 && o.Robots[1].Dies.IsZero() {
			t.Errorf("%q changed nothing", what)
		}
	}
}

func FuzzFail(f *testing.F) {
	f.Add("robot:NR-02@3h+8h")
	f.Add("aisle:aisle-3@1h+30m")
	f.Add("edge:w0/w1@0s+5m")
	base := night(f, time.Hour, 3)
	f.Fuzz(func(t *testing.T, what string) {
		o := base
		o.Robots = append([]foresee.Robot{}, base.Robots...)
		if err := o.Fail(what); err != nil {
			return
		}
		for _, c := range o.Closures {
			if !c.Ends.After(c.Start) {
				t.Errorf("%q: a closure that ends before it starts", what)
			}
		}
	})
}

func TestTheDrawingIsXML(t *testing.T) {
	o := night(t, time.Hour, 2)
	o.Robots[0].ID = "a<b>"
	var g foresee.Gantt
	o.Told = g.Add
	n, err := foresee.New(o)
	if err != nil {
		t.Fatal(err)
	}
	n.Run(dusk.Add(2 * time.Hour))
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	bars := 0
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars < 20 {
		t.Errorf("%d bars", bars)
	}
}
