package visionbench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // the photographs' formats
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strings"

	_ "golang.org/x/image/webp"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/register"
)

// photoNames are the rows of real photographs, with what is promised of each.
var photoNames = []struct { //nolint:gochecknoglobals // a constant table
	name   string
	target float64
}{
	{"photo.led.on_off", 0.99}, {"photo.led.colour", 0.97}, {"photo.gauge.within_2pct", 1}, {"photo.display.correct", 1},
	{"photo.register.unit_right", 1}, {"photo.register.wrong_refused", 1}, {"photo.tag.found", 0.8},
}

// photoTargets are those rows without figures.
func photoTargets() []bench.Row {
	var rows []bench.Row
	for _, p := range photoNames {
		rows = append(rows, bench.Row{Name: p.name, Unit: "1"}.AtLeast(p.target))
	}
	return rows
}

// photoRows holds the readers to photographs of real lights, racks, gauges, displays and tags.
func photoRows(dir string) ([]bench.Row, error) {
	counts := map[string]*[2]int{} // right, of all
	for _, p := range photoNames {
		counts[p.name] = &[2]int{}
	}
	for _, part := range []func(string, map[string]*[2]int) error{photoLights, photoGauges, photoDisplays, photoRacks, photoTags} {
		if err := part(dir, counts); err != nil {
			return nil, err
		}
	}
	var rows []bench.Row
	for _, p := range photoNames {
		c := counts[p.name]
		rows = append(rows, bench.Rate(p.name, c[0], c[1]).AtLeast(p.target))
	}
	return rows, nil
}

func count(c *[2]int, right bool) {
	c[1]++
	if right {
		c[0]++
	}
}

// photoLights reads lights at known places (led/truth.json), of whatever colour they may be.
func photoLights(dir string, counts map[string]*[2]int) error {
	var doc struct {
		Images []struct {
			Image string
			LEDs  []struct {
				X, Y, R      float64
				Color, State string
			} `json:"leds"`
		}
	}
	if err := readJSON(filepath.Join(dir, "led", "truth.json"), &doc); err != nil {
		return err
	}
	for _, p := range doc.Images {
		f, err := readFrame(filepath.Join(dir, "led", p.Image))
		if err != nil {
			return err
		}
		for _, l := range p.LEDs {
			lit, colour, _ := led.Spot(f, l.X, l.Y, l.R, nil)
			count(counts["photo.led.on_off"], lit == (l.State == "on"))
			if l.State == "on" {
				count(counts["photo.led.colour"], colour == l.Color)
			}
		}
	}
	return nil
}

// A rack picture is one that shows the reference's rack, or another.
type rackPicture struct {
	name string
	same bool
}

// coverTop is where the picture mt_og-cover begins in mt_full-rack, px: it is rows 156 to 783 of it at the same scale, by
// normalised cross-correlation over scale and place (0.999).
const coverTop = 156

// photoRacks maps a reference picture of a rack to others: the unit marks of the one that shows the same stretch must
// land on their units, and pictures of other racks must be refused.
func photoRacks(dir string, counts map[string]*[2]int) error {
	ref, err := readGrey(filepath.Join(dir, "led", "mt_full-rack.webp"))
	if err != nil {
		return err
	}
	for _, p := range []rackPicture{
		{"rack/mt_og-cover.webp", true}, {"led/dd_rack.jpg", false}, {"led/js_network.jpg", false}, {"led/mt_tplink.jpg", false},
		{"led/rr_20230311_192241.jpg", false}, {"led/rr_20230311_192246.jpg", false}, {"led/se_pi_test.jpg", false},
	} {
		img, err := readGrey(filepath.Join(dir, filepath.FromSlash(p.name)))
		if err != nil {
			return err
		}
		h, err := register.Match(ref, img)
		if err != nil && !errors.Is(err, register.ErrOtherPicture) {
			return err
		}
		if !p.same {
			count(counts["photo.register.wrong_refused"], err != nil)
			continue
		}
		if err := photoUnits(dir, h, err == nil, img.Rect.Dy(), counts["photo.register.unit_right"]); err != nil {
			return err
		}
	}
	return nil
}

// photoUnits counts unit marks that are mapped nearer to their own place than to a neighbour's.
func photoUnits(dir string, h register.Homography, known bool, height int, c *[2]int) error {
	var doc struct {
		Racks []struct {
			Image string
			Marks []struct {
				U    int
				X, Y float64
			} `json:"u_marks"`
		}
	}
	if err := readJSON(filepath.Join(dir, "rack", "truth.json"), &doc); err != nil {
		return err
	}
	for _, r := range doc.Racks {
		for i, m := range r.Marks {
			y := m.Y - coverTop
			if y < 0 || y >= float64(height) {
				continue
			}
			pitch := math.Abs(r.Marks[max(i, 1)].Y - r.Marks[max(i, 1)-1].Y)
			u, v := h.At(m.X, m.Y)
			count(c, known && math.Hypot(u-m.X, v-y) < pitch/2)
		}
	}
	return nil
}

// tableTags are the ids of the tags on the table of the Duckietown pictures.
var tableTags = [...]int{22, 24, 58, 85, 144, 198} //nolint:gochecknoglobals // a constant table

// photoTags finds fiducials: many small ones in crowds of robots, whose corners are labelled, and six on a table.
func photoTags(dir string, counts map[string]*[2]int) error {
	c := counts["photo.tag.found"]
	dir = filepath.Join(dir, "apriltag")
	for _, name := range []string{"ar_33369213973_9d9bb4cc96_c", "ar_34085369442_304b6bafd9_c"} {
		tags, err := detected(filepath.Join(dir, name+".jpg"))
		if err != nil {
			return err
		}
		truth, err := readTags(filepath.Join(dir, name+".txt"))
		if err != nil {
			return err
		}
		for _, want := range truth {
			wx, wy := middle(want)
			found := false
			for _, t := range tags {
				x, y := middle(t)
				found = found || t.ID == want.ID && math.Hypot(x-wx, y-wy) < 3
			}
			count(c, found)
		}
	}
	for k := 1; k <= 4; k++ {
		tags, err := detected(filepath.Join(dir, fmt.Sprintf("dt_test_image_multiple_%02d.png", k)))
		if err != nil {
			return err
		}
		ids := map[int]bool{}
		for _, t := range tags {
			ids[t.ID] = true
		}
		for _, id := range tableTags {
			count(c, ids[id])
		}
	}
	return nil
}

func detected(path string) ([]register.Tag, error) {
	img, err := readGrey(path)
	if err != nil {
		return nil, err
	}
	return register.Detect(img)
}

func middle(t register.Tag) (x, y float64) {
	for _, c := range t.Corners {
		x, y = x+c[0]/4, y+c[1]/4
	}
	return x, y
}

// readTags reads a label file: id and four corners a line.
func readTags(path string) ([]register.Tag, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var tags []register.Tag
	plain := strings.NewReplacer("(", "", ")", "", ",", " ")
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		line := strings.TrimSpace(plain.Replace(s.Text()))
		if line == "" {
			continue
		}
		var t register.Tag
		c := &t.Corners
		if _, err := fmt.Sscanf(line, "%d %f %f %f %f %f %f %f %f", &t.ID, &c[0][0], &c[0][1], &c[1][0], &c[1][1], &c[2][0], &c[2][1], &c[3][0], &c[3][1]); err != nil {
			return nil, fmt.Errorf("%s: line %q: %w", path, line, err)
		}
		tags = append(tags, t)
	}
	return tags, nil
}

func readImage(path string) (image.Image, error) {
	f, err := os.Open(path) //nolint:gosec // of the folder that the person who runs the bench names
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

func readFrame(path string) (burst.Frame, error) {
	img, err := readImage(path)
	if err != nil {
		return burst.Frame{}, err
	}
	return burst.FromImage(img), nil
}

func readGrey(path string) (*image.Gray, error) {
	img, err := readImage(path)
	if err != nil {
		return nil, err
	}
	g := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g, nil
}
