package traffic_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/traffic"
	"pgregory.net/rapid"
)

// Asked for one node at a time, in whatever order, the answer is that for all nodes at once.
func TestReachOfOneNodeIsThatOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		nodes := g.Nodes()
		var table traffic.Table
		spots := rapid.Permutation(nodes).Draw(t, "spots")
		for i := range rapid.IntRange(1, min(4, len(nodes)-1)).Draw(t, "robots") {
			r := fmt.Sprintf("r%d", i)
			if err := table.Place(g, r, spots[i].ID); err != nil {
				t.Fatal(err)
			}
			table.SetStill(r, i > 0 && rapid.Bool().Draw(t, "still"))
		}
		e := rapid.SampledFrom(g.Edges()).Draw(t, "closed")
		table.Close(e.Start, e.End, now.Add(time.Hour))
		all, one := table.Reach(g, "r0", now), table.ReachOf(g, "r0", now)
		for _, n := range rapid.Permutation(nodes).Draw(t, "order") {
			want, reached := all[n.ID]
			if got, ok := one(n.ID); ok != reached || got != want {
				t.Fatalf("%s: got %g, %v; want %g, %v", n.ID, got, ok, want, reached)
			}
		}
	})
}

func TestCutOffIsWhatNoDockLeadsTo(t *testing.T) {
	g := smallHall(t)
	var table traffic.Table
	if off := table.CutOff(g, now); off != nil {
		t.Errorf("on a free floor %v are cut off", off)
	}
	place(t, &table, g, "r1", "a1-02")
	table.SetStill("r1", true)
	if off := table.CutOff(g, now); !off["a1-02"] || off["a1-01"] || off["a1-03"] {
		t.Errorf("with a dead robot in the middle of an aisle, open at both ends, %v are cut off", off)
	}
	table.Close("a1-03", "e1", now.Add(time.Minute))
	if off := table.CutOff(g, now); !off["a1-03"] || off["a1-01"] {
		t.Errorf("between a dead robot and a closed edge: %v", off)
	}
	if off := table.CutOff(g, now.Add(time.Hour)); off["a1-03"] {
		t.Error("the closure outlives its end")
	}
}
