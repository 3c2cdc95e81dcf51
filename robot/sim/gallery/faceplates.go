package gallery

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	_ "image/jpeg" // the library's formats
	_ "image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"path"
	"strconv"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

// A faceplate is the picture of a real device's front.
type faceplate struct {
	vendor, model, slug string
	units               int
	layer               *props.Layer
}

// readFaceplates reads the fronts that INDEX.tsv of a device type library names. A picture that cannot be decoded is a
// fault.
func readFaceplates(files fs.FS) ([]faceplate, error) {
	data, err := fs.ReadFile(files, "INDEX.tsv")
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("INDEX.tsv: %w", err)
	}
	var out []faceplate
	for i, row := range rows {
		if i == 0 || len(row) < 6 || row[5] != string(maps.Front) {
			continue
		}
		height, err := strconv.ParseFloat(row[4], 64)
		if err != nil || height < 1 || height > 4 || height != math.Trunc(height) {
			continue // half units and chassis of many units are no part of the racks here
		}
		f := faceplate{vendor: row[1], model: row[2], slug: row[3], units: int(height)}
		if f.layer, err = readLayer(files, path.Clean(row[0]), f.units); err != nil {
			return nil, fmt.Errorf("INDEX.tsv: line %d: %w", i+1, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// readLayer reads a picture as linear light, 0.5 mm a pixel, stretched to its units.
func readLayer(files fs.FS, name string, units int) (*props.Layer, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	const mm = 0.5
	b := img.Bounds()
	l := &props.Layer{W: int(math.Round(maps.PanelWidthM * 1000 / mm)), H: int(float64(units)*maps.UnitM*1000/mm) - 2, MMPerPx: mm}
	l.Pix, l.Alpha = make([]float32, 3*l.W*l.H), make([]float32, l.W*l.H)
	for y := range l.H {
		for x := range l.W {
			i := y*l.W + x
			var sum [3]float64
			x0, x1 := b.Min.X+x*b.Dx()/l.W, b.Min.X+max((x+1)*b.Dx()/l.W, x*b.Dx()/l.W+1)
			y0, y1 := b.Min.Y+y*b.Dy()/l.H, b.Min.Y+max((y+1)*b.Dy()/l.H, y*b.Dy()/l.H+1)
			n := 0.0
			for sy := y0; sy < min(y1, b.Max.Y); sy++ {
				for sx := x0; sx < min(x1, b.Max.X); sx++ {
					r, g, bl, a := img.At(sx, sy).RGBA()
					for c, v := range [3]uint32{r, g, bl} {
						sum[c] += math.Pow(float64(v)/65535, 2.2) + 0.02*(1-float64(a)/65535)
					}
					n++
				}
			}
			for c := range sum {
				l.Pix[3*i+c] = float32(0.6 * sum[c] / max(n, 1)) // product pictures are lit like nothing in a hall
			}
			l.Alpha[i] = 1
		}
	}
	return l, nil
}

// faceplateFor makes a real device of about a drawn kind's size, with lights at places of its own.
func (g *Gallery) faceplateFor(rng *rand.Rand, drawn *kind) (*kind, bool) {
	if len(g.pictures) == 0 {
		return nil, false
	}
	f := g.pictures[rng.IntN(len(g.pictures))]
	k := &kind{plan: drawn.plan, bezel: drawn.bezel, seed: hash(f.slug), picture: f.layer}
	typ := *drawn.typ
	typ.Manufacturer, typ.Model, typ.Slug, typ.UHeight = f.vendor, f.model, f.slug+"-"+drawn.typ.Slug, f.units
	typ.Thermal.Materials = nil
	k.typ = &typ
	top := float64(f.units)*maps.UnitM*1000 - 5
	for _, l := range drawn.leds {
		if l.YMM < top && l.Face == maps.Front {
			k.leds = append(k.leds, l)
		}
	}
	if typ.LEDs != nil {
		typ.LEDs = k.leds
	}
	k.typ = &typ
	return k, true
}
