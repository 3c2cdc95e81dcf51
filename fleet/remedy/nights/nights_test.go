package nights_test

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/remedy/nights"
)

// chance draws from rapid, so that a night that goes wrong is made small: a seed for each few of its numbers, for one draw for
// every number would make ten thousand nights last an hour, and most of them all zeros.
type chance struct {
	t    *rapid.T
	left int
	rng  *rand.Rand
}

func (c *chance) IntN(n int) int {
	if c.left == 0 {
		c.rng, c.left = rand.New(rand.NewPCG(rapid.Uint64().Draw(c.t, "seed"), 7)), 40
	}
	c.left--
	return c.rng.IntN(n)
}

// TestNoUnsafeStepOnAnyNight: whatever fails, whoever approves or forgets to, whatever the clocks and executors do,
// no step is carried out that the checker, who knows the world, calls unsafe.
func TestNoUnsafeStepOnAnyNight(t *testing.T) {
	books, err := nights.Runbooks()
	if err != nil {
		t.Fatal(err)
	}
	was := flag.Lookup("rapid.checks").Value.String()
	defer func() { _ = flag.Set("rapid.checks", was) }()
	many := "1500" // `nightrounds bench faults --only guards` plays ten thousand
	if testing.Short() {
		many = "200"
	}
	if err := flag.Set("rapid.checks", many); err != nil {
		t.Fatal(err)
	}
	acts, kinds := 0, map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		r := nights.Play(&chance{t: rt}, books, "")
		acts += r.Acts
		for k, n := range r.Kinds {
			kinds[k] += n
		}
		if len(r.Unsafe) > 0 {
			rt.Fatalf("unsafe:\n%s", strings.Join(r.Unsafe, "\n"))
		}
	})
	t.Logf("%d acts: %v", acts, kinds)
	for _, k := range []string{"redfish power-cycle", "outlet off", "outlet cycle", "setpoint ", "drain drain", "webhook ", "redfish reset-bmc"} {
		if kinds[k] == 0 {
			t.Errorf("no night carried out a step of kind %q: nothing is shown of it", k)
		}
	}
}

// TestCheckerSeesEveryGuardThatIsMissing: with any one guard left out, some of the nights are unsafe, and the checker says so.
func TestCheckerSeesEveryGuardThatIsMissing(t *testing.T) {
	books, err := nights.Runbooks()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guard.Names() {
		t.Run(g, func(t *testing.T) {
			for seed := range uint64(3000) {
				if r := nights.Play(rand.New(rand.NewPCG(seed, 1)), books, g); len(r.Unsafe) > 0 {
					t.Logf("night %d: %s", seed, r.Unsafe[0])
					return
				}
			}
			t.Errorf("without the guard %q 3000 nights were safe: either it guards nothing or the checker is blind", g)
		})
	}
}
