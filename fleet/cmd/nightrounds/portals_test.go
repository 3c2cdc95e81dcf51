package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/maps"
)

func TestAPortalIsListedWithWhoHoldsItAndItsLastFault(t *testing.T) {
	at := time.Date(2026, 11, 27, 3, 0, 0, 0, time.Local)
	p := fleet.PortalView{
		ID: "door-2", Kind: maps.PortalDoor, Hall: "h1", Edges: [][2]string{{"w1", "w2"}}, State: portal.Open, HeardAt: &at,
		Asked: true, Within: []string{"m/r1"}, Coming: []string{}, Fault: "door door-2 is stuck", FaultAt: &at,
	}
	row := portalRow(p)
	for i, want := range []string{"door-2", "door", "h1", "w1–w2", "open, asked for", "03:00:00", "m/r1", "-", "2026-11-27 03:00:00 door door-2 is stuck (works again)"} {
		if got := fmt.Sprint(row[i]); got != want {
			t.Errorf("column %d: %q, want %q", i, got, want)
		}
	}
	p.Broken, p.ClosedUntil = true, &at
	if row = portalRow(p); fmt.Sprint(row[4]) != "open, asked for, gone round until 03:00:00" || strings.Contains(fmt.Sprint(row[8]), "works") {
		t.Errorf("a broken one: %v", row)
	}
}
