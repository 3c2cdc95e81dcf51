package maps_test

import (
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

// supplied is the sample with loops, UPSs, PDUs, plugs and uplinks written in, and then one text replaced.
func supplied(t *testing.T, old, instead string) error {
	t.Helper()
	files := sample(t)
	text := string(files["site.yaml"].Data)
	put := func(old, instead string) {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("the sample has no %q", old)
		}
		text = strings.Replace(text, old, instead, 1)
	}
	put("\nrack_types:", "\nloops: [{id: chw-1}]\nups: [{id: ups-a}]\nrack_types:")
	put("feeds: [{id: A}, {id: B}]", "feeds: [{id: A, ups: ups-a}, {id: B}]\n    pdus: [{id: A01-a, rack: A01, feed: A, phase: L1}, {id: A01-b, feed: B}]")
	put("asset_tag: NR-10001, feeds: [A, B]",
		"asset_tag: NR-10001, feeds: [A, B], power: [{port: psu1, pdu: A01-a, outlet: 3}, {port: psu2, pdu: A01-b, outlet: 3, phase: L2}], uplinks: [{to: A01-srv-07}]")
	put(old, instead)
	files["site.yaml"].Data = []byte(text)
	s, err := maps.Load(files)
	if err == nil {
		d, _ := s.Device("A01-srv-03")
		want := []maps.PowerPort{{Name: "psu1", PDU: "A01-a", Outlet: "3", Feed: "A", Phase: "L1"}, {Name: "psu2", PDU: "A01-b", Outlet: "3", Feed: "B", Phase: "L2"}}
		if len(d.Power) != 2 || d.Power[0] != want[0] || d.Power[1] != want[1] || len(d.Uplinks) != 1 || s.Halls[0].Feeds[0].UPS != "ups-a" {
			t.Errorf("read %+v, uplinks %+v, feed %+v", d.Power, d.Uplinks, s.Halls[0].Feeds[0])
		}
	}
	return err
}

func TestSupplyIsReadAndMayBeLeftOut(t *testing.T) {
	if err := supplied(t, "loops:", "loops:"); err != nil {
		t.Error(err)
	}
}

func TestWrongSupplyIsNamedByItsLine(t *testing.T) {
	for name, c := range map[string]struct{ old, instead, want string }{
		"unknown UPS":      {"ups: ups-a", "ups: ups-b", `UPS "ups-b" does not exist`},
		"unknown PDU":      {"pdu: A01-a", "pdu: A01-x", `PDU "A01-x" does not exist`},
		"no phase":         {"phase: L2", "phase: R", `"R" is no phase`},
		"another phase":    {"outlet: 3}", "outlet: 3, phase: L3}", `phase L3, but PDU "A01-a" is on L1`},
		"another feed":     {"outlet: 3}", "outlet: 3, feed: B}", `feed "B", but PDU "A01-a" draws from feed "A"`},
		"outlet taken":     {"pdu: A01-b, outlet: 3", "pdu: A01-a, outlet: 3", `outlet "3" of PDU "A01-a" is taken`},
		"outlet of none":   {"pdu: A01-a, outlet: 3", "outlet: 3", `outlet "3" of no PDU`},
		"unknown uplink":   {"to: A01-srv-07", "to: core", `device "core" does not exist`},
		"its own uplink":   {"to: A01-srv-07", "to: A01-srv-03", `cannot be its own uplink`},
		"a field too many": {"uplinks: [{to", "uplinks: [{speed: 10, to", `unknown field`},
	} {
		t.Run(name, func(t *testing.T) {
			err := supplied(t, c.old, c.instead)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "site.yaml:") {
				t.Errorf("got %v, want %s with its line", err, c.want)
			}
		})
	}
}
