package maps_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// withPortals is the small site with portals, as the lines of a list.
func withPortals(t testing.TB, lines ...string) fstest.MapFS {
	t.Helper()
	files := folder(t, "testdata/small")
	list := "    portals:\n"
	for _, l := range lines {
		list += "      - " + l + "\n"
	}
	edit(t, files, "site.yaml", "    feeds: [{id: A}, {id: B}]\n", list+"    feeds: [{id: A}, {id: B}]\n")
	return files
}

func TestPortalsOfEachControlLoad(t *testing.T) {
	s, err := maps.Load(withPortals(t,
		`{id: d1, kind: door, edges: [[w1, n1]], opens_in: 30s, http: {command: "http://door.example/set", field: door.state, values: [{says: UNLOCKED, means: open}], token_env: DOOR}}`,
		`{id: in, kind: airlock, room: lock, edges: [[dock, w1]], opens_in: 5s, patience: 20s, mqtt: {}}`,
		`{id: out, kind: airlock, room: lock, edges: [[w1, w2]], opens_in: 5s, modbus: {address: "tcp://10.0.0.7:502", unit: 7, coil: 3, is_open: 10, is_shut: 11}}`,
	))
	if err != nil {
		t.Fatal(err)
	}
	p := s.Halls[0].Portals
	if len(p) != 3 || p[0].Alone() || p[0].Inside != "" || p[0].Patience != 90*time.Second || p[0].HTTP.State != "http://door.example/set" || p[0].HTTP.Values["UNLOCKED"] != "open" {
		t.Errorf("door %+v %+v", p[0], p[0].HTTP)
	}
	if !p[1].Alone() || p[1].Inside != "w1" || p[1].Patience != 20*time.Second || p[1].MQTT == nil {
		t.Errorf("inner door %+v", p[1])
	}
	if m := p[2].Modbus; p[2].Room != "lock" || p[2].Inside != "w1" || m.Unit != 7 || m.Coil != 3 || m.IsOpen != 10 || *m.IsShut != 11 || m.IsFault != nil {
		t.Errorf("outer door %+v %+v", p[2], m)
	}
	if !p[2].Leads("w2", "w1") || p[2].Leads("w1", "n1") {
		t.Error("a portal stands on its edge, whichever way it leads, and on no other")
	}
}

func TestEachFaultOfAPortalIsToldWithItsLine(t *testing.T) {
	const http = `http: {command: "http://a/b"}`
	for _, c := range []struct {
		name, portal, want string
	}{
		{"unknown node", `{id: p, kind: door, edges: [[w1, w9]], opens_in: 5s, ` + http + `}`, `edges[0][1]: node "w9" does not exist`},
		{"unknown edge", `{id: p, kind: door, edges: [[w1, s2]], opens_in: 5s, ` + http + `}`, `edges[0]: no edge between "w1" and "s2"`},
		{"three ends", `{id: p, kind: door, edges: [[w1, n1, n2]], opens_in: 5s, ` + http + `}`, "edges[0]: 3 nodes are no edge"},
		{"no edge", `{id: p, kind: door, edges: [], opens_in: 5s, ` + http + `}`, "edges: names no edge"},
		{"edge twice", `{id: p, kind: door, edges: [[w1, n1], [n1, w1]], opens_in: 5s, ` + http + `}`, `edges[1]: the edge between "n1" and "w1" is portal "p"'s already`},
		{"bad kind", `{id: p, kind: gate, edges: [[w1, n1]], opens_in: 5s, ` + http + `}`, `kind: "gate" is no kind of portal`},
		{"no opens_in", `{id: p, kind: door, edges: [[w1, n1]], ` + http + `}`, "opens_in: field is missing"},
		{"too slow", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 2h, ` + http + `}`, "opens_in: 2h0m0s is out of range"},
		{"impatient", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 50s, patience: 20s, ` + http + `}`, "patience: 20s is out of range"},
		{"no control", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s}`, "has 0 controls: say one of http, mqtt or modbus"},
		{"two controls", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, mqtt: {}, ` + http + `}`, "has 2 controls"},
		{"no command", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, http: {field: a}}`, "http.command: field is missing"},
		{"bad URL", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, http: {command: "door.example/set"}}`, `http.command: "door.example/set" is no web address`},
		{"login in the URL", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, http: {command: "http://me:secret@a/b"}}`, "http.command: holds a login"},
		{"a token", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, http: {command: "http://a/b", token_env: "abc-123"}}`, "http.token_env: \"abc-123\" is no name"},
		{"bad meaning", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, mqtt: {values: [{says: "1", means: ajar}]}}`, `mqtt.values[0].means: "ajar" is nothing that a portal can be`},
		{"bad Modbus address", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, modbus: {address: "10.0.0.7", coil: 1, is_open: 2}}`, `modbus.address: "10.0.0.7" is no address`},
		{"no coil", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, modbus: {address: "tcp://a:502", is_open: 2}}`, "modbus.coil: field is missing"},
		{"coil beyond", `{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, modbus: {address: "tcp://a:502", coil: 65536, is_open: 2}}`, "modbus.coil: 65536 is out of range"},
		{"door of a room", `{id: p, kind: door, room: r, edges: [[w1, n1]], opens_in: 5s, ` + http + `}`, "room: a door is no part of a room"},
		{"airlock in two places", `{id: p, kind: airlock, edges: [[w1, n1], [s1, s2]], opens_in: 5s, ` + http + `}`, `edges: the edges of airlock "p" do not meet at one node`},
		{"lift twice", `{id: p, kind: lift, edges: [[dock, w1], [w1, dock]], opens_in: 5s, ` + http + `}`, `edges[1]: the edge between "w1" and "dock"`},
		{"rack seen from inside", `{id: p, kind: airlock, edges: [[w1, n1], [n1, n2]], opens_in: 5s, ` + http + `}`, `edges: the front of rack "R1" is looked at from node "n1", which is inside`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := maps.Load(withPortals(t, c.portal))
			var ps maps.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("error = %v: want %s", err, c.want)
			}
			if !slices.ContainsFunc(ps, func(p maps.Problem) bool {
				return p.File == "site.yaml" && p.Line > 0 && strings.HasPrefix(p.Field+": "+p.Message, "halls[0].portals[0]") && strings.Contains(p.Field+": "+p.Message, c.want)
			}) {
				t.Errorf("got\n%v\nwant %s", ps, c.want)
			}
		})
	}
}

func TestTwoPortalsOnOneEdgeAreTold(t *testing.T) {
	_, err := maps.Load(withPortals(t,
		`{id: p, kind: door, edges: [[w1, n1]], opens_in: 5s, mqtt: {}}`,
		`{id: p, kind: door, edges: [[n1, w1]], opens_in: 5s, mqtt: {}}`,
	))
	if err == nil || !strings.Contains(err.Error(), `portals[1].edges[0]: the edge between "n1" and "w1" is portal "p"'s already`) || !strings.Contains(err.Error(), `portals[1].id: "p" is already taken`) {
		t.Errorf("got %v", err)
	}
}
