package patrolbench

import "testing"

// TestTimeToSpareIsNotUsedUp: where laps take three quarters of their interval and docks are few, stops are not cut so short
// that each lap goes out of its way for the next.
func TestTimeToSpareIsNotUsedUp(t *testing.T) {
	size := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1, 4, 8}}
	r, err := trial{plot: size, seed: 31, charging: true, load: fullness / ourRatio, hours: 3}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late, waits := 0, 0
	for _, v := range r.stats.Views {
		late, waits = late+v.LateWaits, waits+v.Waits
	}
	t.Logf("%d of %d waits were too long, planned %.2f", late, waits, r.plan.Ratio())
	if waits < 3000 || late*20 > waits {
		t.Errorf("%d of %d waits were too long", late, waits)
	}
}
