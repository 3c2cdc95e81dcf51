package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/store"
)

// The site declares 2 s; the doors take 8 s, and a report of it.
func TestHowLongADoorTakesIsMeasuredAndKnownAfterARestart(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		declared := func(id, edge string) string {
			return strings.Replace(sitePortal(id, "door", "", edge), "opens_in: "+opensIn.String(), "opens_in: 2s", 1)
		}
		g := newGuarded(t, st, 3, westEast, declared("west", "[w3, w4]"), declared("east", "[e4, e3]"))
		views := func() (measured int) {
			all, err := g.c.Portals(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range all {
				switch {
				case !v.Measured && v.OpensIn != 2*time.Second:
					t.Errorf("%s: %s, want what is declared", v.ID, v.OpensIn)
				case v.Measured && (v.OpensIn < opensIn || v.OpensIn > opensIn+3*time.Second):
					t.Errorf("%s was measured to open in %s, it takes %s", v.ID, v.OpensIn, opensIn)
				case v.Measured:
					measured++
				}
			}
			return measured
		}
		end := g.begin(&g.journal)
		time.Sleep(time.Second)
		if n := views(); n != 0 {
			t.Errorf("%d doors are measured before anybody came", n)
		}
		time.Sleep(3 * time.Hour)
		before := views()
		end()
		g.control()
		end = g.begin(&g.journal)
		time.Sleep(time.Second)
		if after := views(); before == 0 || after != before {
			t.Errorf("%d doors are measured, after a restart %d", before, after)
		}
		end()
	})
}
