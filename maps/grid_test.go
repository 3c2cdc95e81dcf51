package maps_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
)

// floor makes a map of one YAML and one PGM.
func floor(yaml, pgm string) fstest.MapFS {
	return fstest.MapFS{"f.yaml": {Data: []byte("image: f.pgm\n" + yaml)}, "f.pgm": {Data: []byte(pgm)}}
}

const plain = "resolution: 0.5\norigin: [-1, -2, 0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n"

func count(g *maps.Grid) (free, occupied, unknown int) {
	for row := range g.Height {
		for col := range g.Width {
			switch g.Occupancy(col, row) {
			case 0:
				free++
			case 100:
				occupied++
			case maps.Unknown:
				unknown++
			}
		}
	}
	return free, occupied, unknown
}

func TestPixelsBecomeCellsAsInROS(t *testing.T) {
	const p2 = "P2 # plain\n# CREATOR: hand\n2 2 255\n0 205\n254 128\n"
	for _, c := range []struct {
		name, yaml, pgm string
		want            [4]int // lower left, lower right, upper left, upper right
	}{
		{"trinary", plain, p2, [4]int{0, -1, 100, -1}},
		{"raw bytes", plain, "P5\n2 2\n255\n\x00\xcd\xfe\x80", [4]int{0, -1, 100, -1}},
		{"16 bits", plain, "P5 2 2 65535\n\x00\x00\xcd\xcd\xfe\xfe\x80\x80", [4]int{0, -1, 100, -1}},
		{"negated", strings.Replace(plain, "negate: 0", "negate: true", 1), p2, [4]int{100, -1, 0, 100}},
		{"scale", "mode: scale\n" + plain, p2, [4]int{0, 67, 100, 0}},
		{"raw", "mode: raw\n" + plain, "P2 2 2 255 7 100 101 0", [4]int{-1, 0, 7, 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _, err := maps.ReadGrid(floor(c.yaml, c.pgm), "f.yaml")
			if err != nil {
				t.Fatal(err)
			}
			got := [4]int{g.Occupancy(0, 0), g.Occupancy(1, 0), g.Occupancy(0, 1), g.Occupancy(1, 1)}
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Counts of the files as nav2's own rule gives them: FACTS 39 says 4.8 % of depot turn from unknown to free at 0.25.
func TestRealMapsAreRead(t *testing.T) {
	dir := data(t, "sched/ros_maps")
	for _, c := range []struct {
		name          string
		width, height int
		warned        bool
	}{
		{"nav2-depot.yaml", 604, 307, true},
		{"nav2-tb3_sandbox.yaml", 384, 384, false},
		{"tb3-map.yaml", 384, 384, false},
		{"nav2-depot_keepout.yaml", 604, 307, true},
	} {
		g, warnings, err := maps.ReadGrid(os.DirFS(dir), c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		free, occupied, unknown := count(g)
		if g.Width != c.width || g.Height != c.height || free+occupied+unknown != c.width*c.height {
			t.Errorf("%s: %d x %d, %d free, %d occupied, %d unknown", c.name, g.Width, g.Height, free, occupied, unknown)
		}
		if trap := strings.Contains(fmt.Sprint(warnings), "205"); trap != c.warned {
			t.Errorf("%s: warnings %v", c.name, warnings)
		}
	}
}

func TestFloorFaultsAreAllTold(t *testing.T) {
	for name, c := range map[string]struct{ yaml, pgm, want string }{
		"no resolution":  {strings.Replace(plain, "resolution: 0.5", "resolution: 0", 1), "", "f.yaml:2: resolution"},
		"origin of two":  {strings.Replace(plain, ", 0]", "]", 1), "", "f.yaml:3: origin"},
		"thresholds":     {strings.Replace(plain, "0.196", "0.9", 1), "", "f.yaml:6: free_thresh"},
		"negate missing": {strings.Replace(plain, "negate: 0\n", "", 1), "", "negate: field is missing"},
		"mode":           {plain + "mode: best\n", "", "f.yaml:7: mode"},
		"PNG cut off":    {plain, "\x89PNG", "f.pgm: PNG picture: "},
		"too large":      {plain, "P5 1000000 1000000 255\n", "f.pgm: 1000000 x 1000000 cells"},
		"empty":          {plain, "", "f.pgm: not a PGM or PNG picture"},
		"cut off":        {plain, "P5 4 4 255\n123", "f.pgm: 4 x 4 pixels need 16 bytes, 3 are there"},
	} {
		if _, _, err := maps.ReadGrid(floor(c.yaml, c.pgm), "f.yaml"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want %q", name, err, c.want)
		}
	}
	outside := fstest.MapFS{"f.yaml": {Data: []byte("image: ../f.pgm\n" + plain)}}
	if _, _, err := maps.ReadGrid(outside, "f.yaml"); err == nil || !strings.Contains(err.Error(), "f.yaml:1: image") {
		t.Errorf("a picture outside the folder: %v", err)
	}
}

func TestCellsAndPointsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &maps.Grid{
			ResolutionM: rapid.Float64Range(0.01, 1).Draw(t, "resolution"), Width: 300, Height: 200,
			Origin: maps.Pose{
				X: rapid.Float64Range(-100, 100).Draw(t, "x"), Y: rapid.Float64Range(-100, 100).Draw(t, "y"),
				ThetaRad: rapid.Float64Range(-math.Pi, math.Pi).Draw(t, "yaw"),
			},
		}
		col, row := rapid.IntRange(0, 299).Draw(t, "col"), rapid.IntRange(0, 199).Draw(t, "row")
		x, y := g.CellCentre(col, row)
		if c, r, ok := g.CellAt(x, y); !ok || c != col || r != row {
			t.Fatalf("cell %d, %d is at %g, %g, which is cell %d, %d, %v", col, row, x, y, c, r, ok)
		}
	})
}

func TestFreeIsOnlyWhatIsKnownToBe(t *testing.T) {
	g, _, err := maps.ReadGrid(floor(plain, "P2 2 2 255 0 205 254 254"), "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		x, y float64
		want bool
	}{{-0.75, -1.75, true}, {-0.75, -1.25, false}, {-0.25, -1.25, false}, {5, 5, false}, {math.NaN(), 0, false}, {1e300, 0, false}} {
		if g.Free(c.x, c.y) != c.want {
			t.Errorf("Free(%g, %g) = %v", c.x, c.y, !c.want)
		}
	}
	if !g.FreeLine(-0.9, -1.75, -0.1, -1.75) || g.FreeLine(-0.75, -1.75, -0.75, -1.25) {
		t.Error("lines along the free cells are free, across others not")
	}
}
