package register_test

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocv.io/x/gocv"

	"github.com/nightrounds/nightrounds/vision/register"
)

// photos is the folder of the real photographs; the test is skipped without it.
func photos(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NIGHTROUNDS_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "real")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the photographs are not here: set NIGHTROUNDS_DATA to the data folder")
	}
	return dir
}

// grey reads a picture of any kind.
func grey(t *testing.T, path string) *image.Gray {
	t.Helper()
	m := gocv.IMRead(path, gocv.IMReadColor)
	defer func() { _ = m.Close() }()
	if m.Empty() {
		t.Fatalf("cannot read %s", path)
	}
	img, err := m.ToImage()
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g
}

// labelled reads the tags of a photograph: id and four corners a line.
func labelled(t *testing.T, path string) (tags []register.Tag) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var tag register.Tag
		c := &tag.Corners
		if _, err := fmt.Sscanf(strings.NewReplacer("(", "", ")", "", ",", " ").Replace(s.Text()), "%d %f %f %f %f %f %f %f %f",
			&tag.ID, &c[0][0], &c[0][1], &c[1][0], &c[1][1], &c[2][0], &c[2][1], &c[3][0], &c[3][1]); err != nil {
			t.Fatal(err)
		}
		tags = append(tags, tag)
	}
	return tags
}

func middle(t register.Tag) (x, y float64) {
	for _, c := range t.Corners {
		x, y = x+c[0]/4, y+c[1]/4
	}
	return x, y
}

func TestTagsOfPhotographsAreFound(t *testing.T) {
	dir := filepath.Join(photos(t), "apriltag")
	found, all := 0, 0
	for _, name := range []string{"ar_33369213973_9d9bb4cc96_c", "ar_34085369442_304b6bafd9_c"} {
		tags, err := register.Detect(grey(t, filepath.Join(dir, name+".jpg")))
		if err != nil {
			t.Fatal(err)
		}
		here := 0
		for _, want := range labelled(t, filepath.Join(dir, name+".txt")) {
			all++
			wx, wy := middle(want)
			for _, got := range tags {
				if x, y := middle(got); got.ID == want.ID && math.Hypot(x-wx, y-wy) < 3 {
					here++
					break
				}
			}
		}
		t.Logf("%s: %d found, %d right", name, len(tags), here)
		found += here
	}
	for k := 1; k <= 4; k++ {
		tags, err := register.Detect(grey(t, filepath.Join(dir, fmt.Sprintf("dt_test_image_multiple_%02d.png", k))))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[int]bool{}
		for _, tag := range tags {
			ids[tag.ID] = true
		}
		here := 0
		for _, id := range []int{22, 24, 58, 85, 144, 198} {
			all++
			if ids[id] {
				here++
			}
		}
		t.Logf("table %d: %d of 6", k, here)
		found += here
	}
	if float64(found) < 0.8*float64(all) {
		t.Errorf("%d of %d tags found", found, all)
	}
	t.Logf("%d of %d tags found", found, all)
}

func TestMatchKnowsTheRackAgain(t *testing.T) {
	dir := photos(t)
	ref := grey(t, filepath.Join(dir, "led", "mt_full-rack.webp"))
	for name, same := range map[string]bool{
		"rack/mt_og-cover.webp": true, "rack/mt_star-tech-rack.webp": true, "led/mt_rack-shelves.webp": true,
		"led/dd_rack.jpg": false, "led/js_network.jpg": false, "led/mt_tplink.jpg": false, "led/rr_20230311_192241.jpg": false,
		"led/rr_20230311_192246.jpg": false, "led/se_pi_test.jpg": false,
	} {
		h, err := register.Match(ref, grey(t, filepath.Join(dir, filepath.FromSlash(name))))
		if err != nil && !errors.Is(err, register.ErrOtherPicture) {
			t.Fatal(err)
		}
		if (err == nil) != same {
			t.Errorf("%s: the same rack is %v: %v", name, err == nil, err)
		}
		t.Logf("%s: %v %v", name, h, err)
	}
}
