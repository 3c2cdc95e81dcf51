package intake_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake"
)

// data returns a folder of the shared data; the test is skipped where it is absent.
func data(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("shared data is not here: %v", err)
	}
	return dir
}

// put writes an import's files into a folder.
func put(into fstest.MapFS, res *intake.Result) {
	for _, f := range res.Files {
		into[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
}

// from makes inputs of files in memory, given by name and text in turns.
func from(nameAndText ...string) (inputs []intake.Input) {
	for i := 0; i < len(nameAndText); i += 2 {
		name := nameAndText[i]
		inputs = append(inputs, intake.Input{FS: fstest.MapFS{name: {Data: []byte(nameAndText[i+1])}}, Name: name})
	}
	return inputs
}

// load imports into a folder and puts the files there.
func load(t testing.TB, into fstest.MapFS, o intake.Options, inputs ...intake.Input) *intake.Result {
	t.Helper()
	res, err := intake.Import(t.Context(), into, inputs, o)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	put(into, res)
	return res
}

// faults imports what must fail, and returns all that is said.
func faults(t testing.TB, into fstest.MapFS, inputs ...intake.Input) string {
	t.Helper()
	res, err := intake.Import(t.Context(), into, inputs, intake.Options{SiteID: "s"})
	var ps maps.Problems
	if !errors.As(err, &ps) || res != nil {
		t.Fatalf("import gave %v and %v: want faults and nothing else", res, err)
	}
	return err.Error()
}

func text(r *intake.Result) string {
	var b strings.Builder
	r.Report.Write(&b)
	return b.String()
}

// racksOf writes a site's racks as somebody measured them.
func racksOf(s *maps.Site) string {
	var b strings.Builder
	b.WriteString("Rack;Hall;Row;X [mm];Y [mm];theta_deg;Height (U);Outer width [mm];Outer depth [mm];base [cm];ASHRAE class;feeds\n")
	for _, r := range s.Racks() {
		fmt.Fprintf(&b, "%s;%s;%s;%s;%.1f;%.4f;%d;%.1f;%.1f;%.1f;%s;%s\n", r.ID, r.Hall, r.Row,
			strings.Replace(fmt.Sprintf("%.1f", r.Pose.X*1000), ".", ",", 1), r.Pose.Y*1000, r.Pose.ThetaRad*180/math.Pi,
			r.Type.UHeight, r.Type.WidthM*1000, r.Type.DepthM*1000, r.Type.BaseM*100, r.ASHRAEClass, strings.Join(r.Feeds, " "))
	}
	return b.String()
}

// The sample site, taken apart into the floor, the graph and a table of its racks, becomes the same site again.
func TestFloorGraphAndRacksMakeASiteThatLoads(t *testing.T) {
	sample, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	into := fstest.MapFS{}
	inputs := append(from("racks.csv", racksOf(sample)),
		intake.Input{FS: maps.Sample(), Name: "floor.yaml"}, intake.Input{FS: maps.Sample(), Name: "graph.lif.json"})
	res := load(t, into, intake.Options{SiteID: "again"}, inputs...)
	if len(res.Report.Missing) > 0 {
		t.Fatalf("missing: %v", res.Report.Missing)
	}
	again, err := maps.Load(into)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Viewpoints()) != len(sample.Viewpoints()) || len(again.Racks()) != len(sample.Racks()) {
		t.Errorf("%d viewpoints of %d racks, want %d of %d", len(again.Viewpoints()), len(again.Racks()), len(sample.Viewpoints()), len(sample.Racks()))
	}
	for _, r := range sample.Racks() {
		got, ok := again.Rack(r.ID)
		if !ok || math.Hypot(got.Pose.X-r.Pose.X, got.Pose.Y-r.Pose.Y) > 1e-4 || math.Abs(math.Remainder(got.Pose.ThetaRad-r.Pose.ThetaRad, 2*math.Pi)) > 1e-5 ||
			got.Row != r.Row || got.Type.UHeight != r.Type.UHeight || !slices.Equal(got.Feeds, r.Feeds) {
			t.Errorf("rack %s is %+v, want %+v", r.ID, got, r)
		}
	}
	if g, w := again.Halls[0].Graph, sample.Halls[0].Graph; len(g.Nodes()) != len(w.Nodes()) || len(g.Edges()) != len(w.Edges()) || !slices.Equal(g.Docks(), w.Docks()) {
		t.Errorf("graph has %d nodes, %d edges, docks %v", len(g.Nodes()), len(g.Edges()), g.Docks())
	}
}

const racks = "name,row,x,y,theta,u_height\nA01,A,3,3,90,42\nA02,A,3.6,3,90,42\n"

const typeOne = "manufacturer: Acme\nmodel: One\nslug: acme-one\nu_height: 1\nis_full_depth: true\n"

const devices = "name,rack,position,face,manufacturer,type,serial\nweb1,A01,5,front,Acme,One,0042\nweb2,A01,6,front,Acme,One,1e5\n"

func TestSecondImportChangesNothing(t *testing.T) {
	into := fstest.MapFS{}
	inputs := append(from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne),
		intake.Input{FS: maps.Sample(), Name: "floor.yaml"}, intake.Input{FS: maps.Sample(), Name: "graph.lif.json"})
	load(t, into, intake.Options{SiteID: "s"}, inputs...)
	slices.Reverse(inputs)
	again := load(t, into, intake.Options{SiteID: "other"}, inputs...)
	if len(again.Files) > 0 {
		t.Errorf("%d files change: %s", len(again.Files), text(again))
	}
}

func TestTextsStayAsWritten(t *testing.T) {
	into := fstest.MapFS{}
	load(t, into, intake.Options{SiteID: "s"}, from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne)...)
	for _, want := range []string{`serial: "0042"`, `serial: "1e5"`, "position: 5", "device_type: acme-one"} {
		if !strings.Contains(string(into["site.yaml"].Data), want) {
			t.Errorf("site.yaml lacks %s:\n%s", want, into["site.yaml"].Data)
		}
	}
}

func TestWhatAPersonWroteIsKept(t *testing.T) {
	into := fstest.MapFS{}
	o := intake.Options{SiteID: "s"}
	load(t, into, o, from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne)...)
	edited := strings.NewReplacer("x: 3.6", "x: 3.65 # measured again", "revisit_interval: 30m", "revisit_interval: 20m",
		"slug: acme-one", "slug: acme-one\n    thermal: {emissivity: 0.9, surface_max_c: 60}").Replace(string(into["site.yaml"].Data))
	into["site.yaml"] = &fstest.MapFile{Data: []byte(edited)}
	moved := strings.NewReplacer("A02,A,3.6", "A02,A,3.7", "A01,A,3,", "A01,A,3.05,").Replace(racks)
	res := load(t, into, o, from("racks.csv", moved)...)
	after := string(into["site.yaml"].Data)
	for _, want := range []string{"x: 3.65 # measured again", "x: 3.05", "revisit_interval: 20m", "emissivity: 0.9"} {
		if !strings.Contains(after, want) {
			t.Errorf("site.yaml lacks %q:\n%s", want, after)
		}
	}
	if len(res.Report.Conflicts) != 1 {
		t.Fatalf("conflicts: %v", res.Report.Conflicts)
	}
	if c := res.Report.Conflicts[0]; c.Taken.Value != "3.65" || c.Other.Value != "3.7" || c.Other.Where != "racks.csv:3" || !strings.HasPrefix(c.Taken.Where, "site.yaml:") {
		t.Errorf("conflict: %v", c)
	}
	if !strings.Contains(text(res), "changed rack A01: x from 3 to 3.05, as racks.csv:2 says") {
		t.Errorf("report:\n%s", text(res))
	}
}

func TestConflictsNameBothSides(t *testing.T) {
	res := load(t, fstest.MapFS{}, intake.Options{SiteID: "s"}, from(
		"a.csv", "name,row,x,y,theta,u_height\nA01,A,3,3,90,42\n",
		"b.csv", "name,row,x,y,theta,u_height\na01,B,3.004,3.2,90.3,47\n")...)
	var got []string
	for _, c := range res.Report.Conflicts {
		got = append(got, c.String())
	}
	slices.Sort(got)
	want := []string{
		`rack A01: row: a.csv:2 says "A", b.csv:2 says "B": "A" is taken: it was named first`,
		`rack A01: u_height: a.csv:2 says "42", b.csv:2 says "47": "42" is taken: it was named first`,
		`rack A01: y: a.csv:2 says "3", b.csv:2 says "3.2": "3" is taken: it was named first`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRacksOfOneNameInTwoHallsKeepTheirIDs(t *testing.T) {
	o := intake.Options{SiteID: "s"}
	one := "name,hall,row,x,y,theta,u_height\nA01,north,A,3,3,90,42\nA01,south,A,3,3,90,42\n"
	into := fstest.MapFS{}
	load(t, into, o, from("racks.csv", one)...)
	ids := func() []string {
		var out []string
		for line := range strings.Lines(string(into["site.yaml"].Data)) {
			if s := strings.TrimSpace(line); strings.HasPrefix(s, "- id:") || strings.HasPrefix(s, "id:") {
				out = append(out, s)
			}
		}
		return out
	}
	before := ids()
	lines := strings.SplitAfter(one, "\n")
	load(t, into, o, from("racks.csv", lines[0]+lines[2]+lines[1])...)
	if !slices.Equal(ids(), before) || !slices.Contains(before, "- id: south.A01") {
		t.Errorf("ids were %v, are %v", before, ids())
	}
}

func TestWhatIsGoneIsToldAndPrunedOnRequest(t *testing.T) {
	into := fstest.MapFS{}
	all := from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne)
	load(t, into, intake.Options{SiteID: "s"}, all...)
	less := from("devices.csv", "name,rack,position,face,manufacturer,type\nweb1,A01,5,front,Acme,One\n")
	res := load(t, into, intake.Options{}, less...)
	if !strings.Contains(text(res), "devices that are no longer in devices.csv are kept (--prune takes them out): web2") || !strings.Contains(string(into["site.yaml"].Data), "id: web2") {
		t.Errorf("web2 is not told or gone:\n%s", text(res))
	}
	load(t, into, intake.Options{Prune: true}, less...)
	if after := string(into["site.yaml"].Data); strings.Contains(after, "web2") || !strings.Contains(after, "web1") || strings.Contains(string(into["imports.yaml"].Data), "web2") {
		t.Errorf("pruned:\n%s", after)
	}
}

func TestWhatAPersonTookOutStaysOut(t *testing.T) {
	into := fstest.MapFS{}
	inputs := from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne)
	load(t, into, intake.Options{SiteID: "s"}, inputs...)
	var kept []string
	for line := range strings.Lines(string(into["site.yaml"].Data)) {
		if !strings.Contains(line, "web2") {
			kept = append(kept, line)
		}
	}
	into["site.yaml"] = &fstest.MapFile{Data: []byte(strings.Join(kept, ""))}
	res := load(t, into, intake.Options{}, inputs...)
	if strings.Contains(string(into["site.yaml"].Data), "web2") || !strings.Contains(text(res), "stay out: web2") {
		t.Errorf("report:\n%s", text(res))
	}
}

func TestEveryFaultIsToldAtOnceAndNothingChanges(t *testing.T) {
	got := faults(t, fstest.MapFS{"imports.yaml": {Data: []byte("things: {")}}, from(
		"racks.csv", "name,row,x,y,theta,u_height\nA01,A,three,3,90,42\nA01,A,3,3,north,42\n,A,3,3,90,42\nB,A,1,2,3,42.3\n",
		"map.yaml", "image: none.pgm\nresolution: 0.05\norigin: [0, 0, 0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n",
		"g.json", `{"metaInformation":{"lifVersion":"1.0.0"},"layouts":[{"layoutId":"l","nodes":[{"nodeId":"a","nodePosition":{"x":0,"y":0}}],"edges":[{"edgeId":"e","startNodeId":"a","endNodeId":"z"}]}]}`,
		"two.json", `{"metaInformation":{},"origins":[]}`,
		"b.building.yaml", "name: b\nlevels:\n  L1:\n    vertices:\n      - [0, 0, 0, a]\n    lanes:\n      - [0, 7, {}]\n",
		"what.txt", "hello\n", "floor.png", "\x89PNG\r\n", "t.yaml", "manufacturer: A\nmodel: B\nslug: a-b\nu_height: tall\n")...)
	for _, want := range []string{
		`imports.yaml: `, `racks.csv:2: x: want a number, got "three"`, `racks.csv:3: theta: want a number, got "north"`,
		`racks.csv:4: name: has no name`, `racks.csv:5: u_height: 42.3: rack units come in halves`, `map.yaml:1: image: file does not exist`,
		`g.json:1: layouts[0].edges[0].endNodeId: node "z" does not exist`, `two.json:1: origins: this is LIF 2.0`,
		`b.building.yaml:7: levels.L1.lanes[0][1]: vertex "7" does not exist`, `what.txt: is none of the forms`, `floor.png: is a picture`,
		`t.yaml:4: u_height: want a number, got "tall"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("nobody says %q:\n%s", want, got)
		}
	}
}

func TestHandMadeFloorAndGraphAreNotOverwritten(t *testing.T) {
	into := fstest.MapFS{}
	inputs := []intake.Input{{FS: maps.Sample(), Name: "floor.yaml"}, {FS: maps.Sample(), Name: "graph.lif.json"}}
	load(t, into, intake.Options{SiteID: "s"}, inputs...)
	for _, f := range []string{"floor.yaml", "graph.lif.json"} {
		into[f] = &fstest.MapFile{Data: append(slices.Clone(into[f].Data), "\n\n"...)}
		res := load(t, into, intake.Options{}, inputs...)
		if len(res.Report.Conflicts) == 0 || slices.ContainsFunc(res.Files, func(w intake.File) bool { return w.Name == f }) {
			t.Errorf("%s was changed by hand and is overwritten: %v", f, res.Report.Conflicts)
		}
	}
	if _, err := fs.Stat(into, "floor.pgm"); err != nil {
		t.Error(err)
	}
}
