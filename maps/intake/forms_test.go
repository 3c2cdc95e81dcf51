package intake_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake"
	"github.com/nightrounds/nightrounds/maps/intake/netbox"
)

func shared(t *testing.T, folder, name string) intake.Input {
	return intake.Input{FS: os.DirFS(data(t, folder)), Name: name}
}

// None of the official examples passes the official schema: all are imported, each with a warning that names file,
// line and path, and come out as a graph of as many nodes.
func TestOfficialExamplesOfLIFAreImported(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(data(t, "sched/lif"), "lif1-*.json"))
	if err != nil || len(files) < 13 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		in := shared(t, "sched/lif", name)
		into := fstest.MapFS{}
		res := load(t, into, intake.Options{SiteID: "s"}, in)
		if !strings.Contains(fmt.Sprint(res.Report.Warnings), name+":6: metaInformation.lifVersion: version 0.11.0 is read as 1.0.0") {
			t.Errorf("%s: warnings %v", name, res.Report.Warnings)
		}
		before, _, err := maps.ReadGraph(in.FS, name, maps.GraphOptions{})
		if err != nil {
			t.Fatal(err)
		}
		after, _, err := maps.ReadGraph(into, "graph.lif.json", maps.GraphOptions{MapID: "Map_Z-Level_1"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(before.Nodes(), after.Nodes()) || !slices.Equal(before.Edges(), after.Edges()) || !slices.Equal(before.Docks(), after.Docks()) {
			t.Errorf("%s: the graph changed: %v, was %v", name, after.Nodes(), before.Nodes())
		}
	}
}

func TestDegreesBecomeRadians(t *testing.T) {
	into := fstest.MapFS{}
	res := load(t, into, intake.Options{SiteID: "s"}, shared(t, "sched/lif", "continua-example.lif.json"))
	if !strings.Contains(fmt.Sprint(res.Report.Warnings), "seems to be in degrees") {
		t.Errorf("warnings: %v", res.Report.Warnings)
	}
	l, _, err := maps.ReadLIF(into, "graph.lif.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := *l.Layouts[0].Nodes[0].VehicleTypeNodeProperties[0].Theta; got < 1.5707 || got > 1.5709 {
		t.Errorf("90 degrees are %g rad", got)
	}
}

func lif(mapID string, nodes ...string) string {
	var n, e []string
	for i, node := range nodes {
		id, at, _ := strings.Cut(node, "@")
		x, y, _ := strings.Cut(at, ",")
		n = append(n, fmt.Sprintf(`{"nodeId":%q,"mapId":%q,"nodePosition":{"x":%s,"y":%s},"vehicleTypeNodeProperties":[{"vehicleTypeId":"v"}]}`, id, mapID, x, y))
		if i > 0 {
			before, _, _ := strings.Cut(nodes[i-1], "@")
			e = append(e, fmt.Sprintf(`{"edgeId":"e%d","startNodeId":%q,"endNodeId":%q,"vehicleTypeEdgeProperties":[{"vehicleTypeId":"v","maxSpeed":%d}]}`, i, before, id, len(nodes)))
		}
	}
	return fmt.Sprintf(`{"metaInformation":{"lifVersion":"1.0.0","exportTimestamp":"2026-01-01T00:00:00Z"},"layouts":[{"layoutId":"l","layoutVersion":"1","nodes":[%s],"edges":[%s],"stations":[]}]}`,
		strings.Join(n, ","), strings.Join(e, ","))
}

func nodesOf(t *testing.T, into fstest.MapFS) []string {
	t.Helper()
	g, _, err := maps.ReadGraph(into, "graph.lif.json", maps.GraphOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, n := range g.Nodes() {
		ids = append(ids, fmt.Sprintf("%s@%g,%g", n.ID, n.X, n.Y))
	}
	return ids
}

// Ids are unique only inside one LIF file. Whichever file comes first on a later import, each node keeps its id.
func TestTwoGraphsOfOneHallAreOneWithStableIDs(t *testing.T) {
	a, b := lif("h", "n1@0,0", "n2@5,0", "n3@9,0"), lif("h", "n1@9.01,0", "n2@9,5")
	into := fstest.MapFS{}
	first := load(t, into, intake.Options{SiteID: "s"}, from("a.lif.json", a, "b.lif.json", b)...)
	want := []string{"b.n2@9,5", "n1@0,0", "n2@5,0", "n3@9,0"}
	if got := nodesOf(t, into); !slices.Equal(got, want) {
		t.Fatalf("nodes %v, want %v: %s", got, want, text(first))
	}
	for _, order := range [][]intake.Input{from("b.lif.json", b, "a.lif.json", a), from("b.lif.json", b), from("a.lif.json", a)} {
		res := load(t, into, intake.Options{}, order...)
		got := nodesOf(t, into)
		slices.Sort(got)
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], "@")
		}
		if !slices.Equal(got, []string{"b.n2", "n1", "n2", "n3"}) {
			t.Errorf("after %s first: nodes %v\n%s", order[0].Name, got, text(res))
		}
	}
}

func TestSpeedLimitsThatDifferAreAConflict(t *testing.T) {
	res := load(t, fstest.MapFS{}, intake.Options{SiteID: "s"}, from("a.lif.json", lif("h", "n1@0,0", "n2@5,0"), "b.lif.json", lif("h", "p@0,0", "q@5,0", "r@7,0"))...)
	if c := fmt.Sprint(res.Report.Conflicts); !strings.Contains(c, `edge e1: maxSpeed: a.lif.json says "2", b.lif.json says "3": "2" is taken`) {
		t.Errorf("conflicts: %s", c)
	}
}

func TestMapsGoToTheirHalls(t *testing.T) {
	two := "name,hall,row,x,y,theta,u_height\nA01,north,A,3,3,90,42\nA01,south,A,3,3,90,42\n"
	got := faults(t, fstest.MapFS{}, from("racks.csv", two, "g.lif.json", lif("west", "a@0,0", "b@1,0"))...)
	if want := `g.lif.json:1: layouts[0]: is of "west", which is none of the halls north, south: write HALL=g.lif.json`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	into := fstest.MapFS{}
	inputs := from("racks.csv", two, "g.lif.json", lif("west", "a@0,0", "b@1,0"))
	inputs[1].Hall = "south"
	load(t, into, intake.Options{SiteID: "s"}, inputs...)
	g, _, err := maps.ReadGraph(into, "south.graph.lif.json", maps.GraphOptions{MapID: "south"})
	if err != nil || len(g.Nodes()) != 2 {
		t.Errorf("%v, %v", g, err)
	}
	silent := faults(t, into, from("more.csv", "name,row,x,y,theta,u_height\nB7,A,9,9,90,42\n")...)
	if !strings.Contains(silent, `more.csv:2: rack "B7" and maybe others name no hall, and there are 2: north, south`) {
		t.Error(silent)
	}
}

func TestBuildingIsDrivenAsItWasDrawn(t *testing.T) {
	into := fstest.MapFS{}
	res := load(t, into, intake.Options{SiteID: "s"}, shared(t, "sched/rmf", "office.building.yaml"))
	g, _, err := maps.ReadGraph(into, "graph.lif.json", maps.GraphOptions{MapID: "L1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Docks()) != 2 || len(g.Edges()) != 60 || len(res.Report.Conflicts) > 0 {
		t.Errorf("docks %v, %d edges: want 2 and both ways of 30 lanes", g.Docks(), len(g.Edges()))
	}
}

// Halves, racks counted from the top and devices in bays, from tables.
func TestDevicesComeToStandWhereNetBoxHasThem(t *testing.T) {
	into := fstest.MapFS{}
	res := load(t, into, intake.Options{SiteID: "s"}, from(
		"racks.csv", "name,row,x,y,theta,u_height,desc_units,starting_unit\nUp,A,3,3,90,42,false,1\nDown,A,3.6,3,90,42,true,1\nFive,A,4.2,3,90,10,,5\n",
		"types.csv", "manufacturer,model,slug,u_height,is_full_depth\nAcme,One,one,1,true\nAcme,Half,half,0.5,true\nAcme,Blade,blade,0,false\nAcme,Flat,flat,2,false\n",
		"devices.csv", "name,rack,position,face,device_type,parent,status\n"+
			"a,Up,5,front,one,,active\nb,Down,5,front,one,,active\nc,Five,5,front,one,,active\n"+
			"h1,Up,7,front,half,,active\nh2,Up,7.5,front,half,,active\nin-a,,,,blade,a,active\n"+
			"f,Up,20,front,flat,,active\nr,Up,20,rear,flat,,active\nlost,Nowhere,3,front,one,,active\nplan,Up,30,front,one,,planned\n")...)
	site := string(into["site.yaml"].Data)
	for _, want := range []string{
		"{id: a, device_type: one, position: 5, face: front}", "{id: b, device_type: one, position: 38, face: front}", "{id: c, device_type: one, position: 1, face: front}",
		"{id: h1, device_type: half, position: 7, face: front}", "{id: in-a, device_type: blade}",
		"{id: f, device_type: flat, position: 20, face: front}", "{id: r, device_type: flat, position: 20, face: rear}",
	} {
		if !strings.Contains(site, want) {
			t.Errorf("site.yaml lacks %s:\n%s", want, site)
		}
	}
	for _, not := range []string{"id: h2", "id: lost", "id: plan"} {
		if strings.Contains(site, not) {
			t.Errorf("site.yaml has %s", not)
		}
	}
	for _, want := range []string{"share a unit with another", "h2 (devices.csv:6)", "racks that nobody describes: lost (devices.csv:10)", "1 devices have the status planned"} {
		if !strings.Contains(text(res), want) {
			t.Errorf("the report lacks %q:\n%s", want, text(res))
		}
	}
	got := faults(t, fstest.MapFS{}, from(
		"racks.csv", "name,row,x,y,theta,u_height\nUp,A,3,3,90,42\n", "types.csv", "manufacturer,model,u_height\nAcme,One,2\n",
		"devices.csv", "name,rack,position,face,manufacturer,type\na,Up,5,front,Acme,One\nb,Up,6,front,Acme,One\nc,Up,42,front,Acme,One\n")...)
	for _, want := range []string{`devices.csv:3: position: device "b" fills U6 of the front of rack "Up", as "a" does (devices.csv:2)`, `devices.csv:4: position: device "c", 2 units from U42 on, sticks out of rack "Up"`} {
		if !strings.Contains(got, want) {
			t.Errorf("nobody says %q:\n%s", want, got)
		}
	}
}

// NetBox tells what is in the racks, a table where they stand. A device that gets another name in NetBox keeps its id.
func TestNetBoxAndATableMakeOneHall(t *testing.T) {
	name, height := "web1", "42"
	answers := map[string]func() string{
		"/api/dcim/racks/": func() string {
			return `{"id": 1, "name": "A01", "facility_id": "cab-7", "location": {"name": "Data Hall 1"}, "u_height": ` + height + `, "desc_units": true}`
		},
		"/api/dcim/devices/": func() string {
			return `{"id": 10, "name": "` + name + `", "device_type": {"id": 5, "slug": "acme-one"}, "rack": {"id": 1, "name": "A01"}, "position": 1.0, "face": {"value": "front"}, "status": {"value": "active"}}`
		},
		"/api/dcim/device-types/": func() string {
			return `{"id": 5, "manufacturer": {"name": "Acme"}, "model": "One", "slug": "acme-one", "u_height": 1.0, "is_full_depth": true}`
		},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"next": null, "results": [%s]}`, answers[r.URL.Path]())
	}))
	defer s.Close()
	o := intake.Options{SiteID: "s", NetBox: &netbox.Server{URL: s.URL, Token: "t", HTTP: s.Client()}}
	table := from("racks.csv", "name,hall,row,x,y,theta,u_height\nCAB-7,DH1,A,3,4,90,47\n")
	into := fstest.MapFS{}
	res := load(t, into, o, table...)
	var got []string
	for _, c := range res.Report.Conflicts {
		got = append(got, c.Field+": "+c.Taken.Value+", not "+c.Other.Value+": "+c.Why)
	}
	slices.Sort(got)
	want := []string{
		"hall: DH1, not Data Hall 1: a table tells what somebody measured on the floor",
		"u_height: 42, not 47: NetBox keeps the account of racks and devices",
	}
	if !slices.Equal(got, want) {
		t.Errorf("conflicts: %q", got)
	}
	site := func() string { return string(into["site.yaml"].Data) }
	if !strings.Contains(site(), "id: CAB-7") || !strings.Contains(site(), "{id: web1, device_type: acme-one, position: 42, face: front}") {
		t.Error(site())
	}
	name = "web1-renamed"
	if res := load(t, into, o, table...); strings.Contains(site(), "renamed") || len(res.Files) > 0 {
		t.Errorf("a new name changed the site:\n%s", site())
	}
	// Without the table: the same rack, as NetBox knows it.
	height = "45"
	if res := load(t, into, o); len(res.Report.Conflicts) > 0 || strings.Contains(site(), "Data") {
		t.Errorf("the hall's name in NetBox is known by now: %s\n%s", text(res), site())
	}
	if !strings.Contains(site(), "id: CAB-7\n            type: rack-45u-600x1100") || strings.Contains(site(), "id: A01") {
		t.Error(site())
	}
}

// Two exports call racks and types otherwise; where they mean the same there is no conflict, where not there is one.
func TestOneDeviceOfTwoSourcesIsOne(t *testing.T) {
	into := fstest.MapFS{}
	res := load(t, into, intake.Options{SiteID: "s"}, from(
		"racks.csv", "name,facility_id,row,x,y,theta,u_height\nA01,cab-1,A,3,3,90,42\nA02,cab-2,A,3.6,3,90,42\n",
		"types.csv", "manufacturer,model,slug,u_height\nAcme,One,acme-one,1\nAcme,Two,acme-two,1\n",
		"one.csv", "name,rack,position,device_type\nweb1,A01,5,acme-one\nweb2,A01,6,acme-one\npdu,A01,7,acme-one\npdu,A02,7,acme-one\n",
		"two.csv", "name,rack,position,manufacturer,model\nweb1,cab-1,5,Acme,One\nweb2,cab-2,6,Acme,Two\npdu,cab-2,7,Acme,One\n")...)
	var got []string
	for _, c := range res.Report.Conflicts {
		got = append(got, c.Thing+" "+c.Field+": "+c.Taken.Value+", not "+c.Other.Value)
	}
	slices.Sort(got)
	if want := []string{"device web2 device_type: acme-one, not acme-two", "device web2 rack: A01, not A02"}; !slices.Equal(got, want) {
		t.Errorf("conflicts: %q", got)
	}
	if n := strings.Count(string(into["site.yaml"].Data), "id: web"); n != 2 {
		t.Errorf("%d devices are called web:\n%s", n, into["site.yaml"].Data)
	}
}
