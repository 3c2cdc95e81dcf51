package radiometric

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/bits"
	"slices"

	"golang.org/x/image/tiff"
)

// A Picture is a grid of temperatures in °C, Height rows of Width, row 0 the top. A pixel whose raw value no
// temperature explains is NaN.
type Picture struct {
	Width, Height int
	C             []float32
	Stored        string // how the raw values were stored: TIFF (plain words) or PNG
	Scene         Scene  // what the camera, or the caller, assumed
	Sensor        Sensor
}

// Decode reads a radiometric JPEG with the scene that the camera stored. It returns an error that wraps
// ErrNotRadiometric when the JPEG holds no temperatures.
func Decode(file []byte) (Picture, error) { return DecodeFor(file, nil) }

// DecodeFor is Decode with a scene of the caller's own, such as another emissivity; nil takes the camera's.
func DecodeFor(file []byte, scene *Scene) (Picture, error) {
	fff, err := segments(file)
	if err != nil {
		return Picture{}, err
	}
	rec, err := records(fff)
	if err != nil {
		return Picture{}, err
	}
	body, ok := rec[recordRaw]
	if !ok {
		return Picture{}, fmt.Errorf("%w: the FLIR data have no raw picture", ErrNotRadiometric)
	}
	info, ok := rec[recordCamera]
	if !ok {
		return Picture{}, fmt.Errorf("%w: the FLIR data have no calibration", ErrNotRadiometric)
	}
	c, s, err := camera(info)
	if err != nil {
		return Picture{}, err
	}
	if scene != nil {
		c = *scene
	}
	r, err := rawOf(body)
	if err != nil {
		return Picture{}, err
	}
	return convert(r, s, c)
}

// convert takes every raw value to °C. Of a PNG's two byte orders the one is right that gives temperatures that a
// camera can measure, smoothly: neighbours differ little.
func convert(r raw, s Sensor, c Scene) (Picture, error) {
	conv, err := conversionOf(s, c)
	if err != nil {
		return Picture{}, fmt.Errorf("radiometric data: %w", err)
	}
	if r.stored == "PNG" {
		if other := swapped(r.v); rough(other, r.width, conv) < rough(r.v, r.width, conv) {
			r.v = other
		}
	}
	p := Picture{Width: r.width, Height: r.height, C: make([]float32, len(r.v)), Stored: r.stored, Scene: c, Sensor: s}
	for i, v := range r.v {
		p.C[i] = float32(conv.celsius(float64(v)))
	}
	if _, err := p.Stats(); err != nil {
		return Picture{}, err
	}
	return p, nil
}

// swapped is the other byte order.
func swapped(v []uint16) []uint16 {
	out := make([]uint16, len(v))
	for i := range v {
		out[i] = bits.ReverseBytes16(v[i])
	}
	return out
}

// rough grades a byte order: the mean step between neighbours in °C, where what no camera measures counts 1000 K.
func rough(v []uint16, width int, c conversion) float64 {
	var sum float64
	n := 0
	for i := 1; i < len(v); i += 3 {
		if i%width == 0 {
			continue
		}
		n++
		a, b := c.celsius(float64(v[i-1])), c.celsius(float64(v[i]))
		if !(a > -150 && a < 3000 && b > -150 && b < 3000) {
			sum += 1000
			continue
		}
		sum += math.Abs(a - b)
	}
	return sum / float64(max(1, n))
}

// DecodeScaled reads a 16-bit grey PNG or TIFF whose values v mean v*scale + offset in °C, as a Lepton's TLinear
// frames do with 0.01 and -273.15. A picture of 8 bits is refused: its values are for the eye.
func DecodeScaled(file []byte, scale, offset float64) (Picture, error) {
	if math.IsNaN(scale*offset) || math.IsInf(scale, 0) || math.IsInf(offset, 0) || scale == 0 {
		return Picture{}, fmt.Errorf("scale %g and offset %g must be numbers, the scale not 0", scale, offset)
	}
	config, decode, kind := png.DecodeConfig, png.Decode, "PNG"
	if bytes.HasPrefix(file, []byte("II*\x00")) || bytes.HasPrefix(file, []byte("MM\x00*")) {
		config, decode, kind = tiff.DecodeConfig, tiff.Decode, "TIFF"
	}
	cfg, err := config(bytes.NewReader(file))
	if err != nil {
		return Picture{}, fmt.Errorf("read 16-bit picture: %w", err)
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxPixels || cfg.Height > maxPixels || cfg.Width*cfg.Height > maxPixels {
		return Picture{}, fmt.Errorf("a picture of %d x %d px is not possible", cfg.Width, cfg.Height)
	}
	img, err := decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, fmt.Errorf("read 16-bit picture: %w", err)
	}
	g, ok := img.(*image.Gray16)
	if !ok {
		return Picture{}, fmt.Errorf("a picture of %T has no temperatures, want 16-bit grey", img)
	}
	p := Picture{Width: cfg.Width, Height: cfg.Height, C: make([]float32, cfg.Width*cfg.Height), Stored: kind}
	for i, v := range words(g) {
		p.C[i] = float32(float64(v)*scale + offset)
	}
	return p, nil
}

// Stats are a picture's key figures in °C; pixels without a temperature are left out.
type Stats struct {
	MinC, MaxC, MeanC, MedianC, CentreC float64
}

// Stats fails when not one pixel has a temperature. CentreC is the pixel at (Width/2, Height/2), NaN when it has none.
func (p Picture) Stats() (Stats, error) {
	good := make([]float32, 0, len(p.C))
	var sum float64
	for _, c := range p.C {
		if c == c {
			good = append(good, c)
			sum += float64(c)
		}
	}
	if len(good) == 0 {
		return Stats{}, fmt.Errorf("%w: not one of its %d pixels has a temperature", ErrNotRadiometric, len(p.C))
	}
	slices.Sort(good)
	n := len(good)
	median := float64(good[n/2])
	if n%2 == 0 {
		median = (float64(good[n/2-1]) + median) / 2
	}
	return Stats{
		MinC: float64(good[0]), MaxC: float64(good[n-1]), MeanC: sum / float64(n), MedianC: median,
		CentreC: float64(p.At(p.Width/2, p.Height/2)),
	}, nil
}

// At is the temperature of a pixel, °C; NaN outside.
func (p Picture) At(x, y int) float32 {
	if x < 0 || y < 0 || x >= p.Width || y >= p.Height {
		return float32(math.NaN())
	}
	return p.C[y*p.Width+x]
}
