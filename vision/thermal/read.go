package thermal

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// Limits of a frame, and of what is read.
const (
	maxPixels  = 16 << 20
	defaultEps = 0.95 // the emissivity that the sensor's driver assumes
	// minEmissivity: barer metal mirrors its surroundings, and no temperature is claimed (maps.Material).
	minEmissivity = 0.4
	zeroC         = 273.15
	// minSeen is the share of a place that must lie within the picture.
	minSeen = 0.35
	// minCover is how many pixels' worth of a place must be seen, and workRows how many rows a picture is averaged down
	// to at most: at 80 rows a unit still covers three.
	minCover = 0.75
	workRows = 90
)

// A Caster takes a point of the face (m) into the frame of the visual camera: x right, y down, z forward, m.
type Caster interface {
	Rays(x, y float64) (cx, cy, cz float64)
}

// Read measures every device and bare unit of the target of which the frame shows a third or more. airC is what surfaces
// reflect, °C; nil takes the frame's coolest tenth for it. Known is what the places usually show, nil before it is learned:
// of what the picture does not part, what is as usual is likelier. Of a reading, MedianC is the place's level with its neighbours'
// smear taken off, P95C and MaxC are of the pixels that show mostly the place, SigmaK is the level's standard deviation
// by the picture's own noise, and Pixels is how many pixels' worth of the place was seen.
func Read(f vision.ThermalFrame, t vision.Target, c Caster, airC *float64, known []vision.NormalHeat) (devices, units []vision.TemperatureReading, err error) {
	if err := check(f); err != nil {
		return nil, nil, err
	}
	if !(math.Abs(t.BaseM) < mostWidthM && math.Abs(t.WidthM) < mostWidthM) {
		return nil, nil, fmt.Errorf("a rack of %g m width whose units begin at %g m is not possible", t.WidthM, t.BaseM)
	}
	g := mended(Grid{Width: f.Width, Height: f.Height, C: f.C})
	reflected := coolest(g)
	if airC != nil && !math.IsNaN(*airC) {
		reflected = *airC
	}
	v, ok := viewOf(f, c)
	if !ok {
		return nil, nil, nil
	}
	small, by := shrunk(g)
	m := mapped(t, f.Emissivity)
	m.remember(t, known, reflected)
	s := v.sharpest(small, by, m, reflected)
	if s == nil {
		return nil, nil, nil
	}
	for i, d := range t.Devices {
		if r, ok := s.reading(m.device[i], v.seen(f, d.Min, d.Max), by*by); ok {
			r.Device, r.Unit = d.ID, d.Unit
			devices = append(devices, r)
		}
	}
	for _, u := range t.Bare() {
		lo, hi := m.bandOf(u)
		if r, ok := s.reading(m.band[u], v.seen(f, lo, hi), by*by); ok {
			r.Unit = u
			units = append(units, r)
		}
	}
	return devices, units, nil
}

// check refuses a frame that is no grid.
func check(f vision.ThermalFrame) error {
	switch {
	case f.Width < 2 || f.Height < 2 || f.Width > maxPixels || f.Height > maxPixels || f.Width*f.Height > maxPixels:
		return fmt.Errorf("thermal frame of %d x %d px is not possible", f.Width, f.Height)
	case len(f.C) != f.Width*f.Height:
		return fmt.Errorf("thermal frame has %d values for %d x %d px", len(f.C), f.Width, f.Height)
	case !(f.HFOVRad > 0 && f.HFOVRad < math.Pi && f.VFOVRad > 0 && f.VFOVRad < math.Pi):
		return fmt.Errorf("thermal frame's field of view %g x %g rad must be within 0 to pi", f.HFOVRad, f.VFOVRad)
	}
	return nil
}

// coolest is the picture's tenth percentile, °C.
func coolest(g Grid) float64 {
	s := slices.DeleteFunc(slices.Clone(g.C), func(c float32) bool { return c != c })
	if len(s) == 0 {
		return 25
	}
	slices.Sort(s)
	return float64(s[len(s)/10])
}

// Corrected takes a temperature measured as if the surface had emissivity from to one of emissivity to, °C, with
// surroundings at reflected, °C, by Stefan and Boltzmann's fourth power, which the sensor itself uses (Melexis,
// MLX90640 data sheet, 11.2.2.9). An emissivity of 0 is 0.95.
func Corrected(c, from, to, reflected float64) float64 {
	from, to = emits(from, defaultEps), emits(to, defaultEps)
	return celsius(from/to*(radiance(c)-radiance(reflected)) + radiance(reflected))
}

// baseK is where radiance has the slope 1, K.
const baseK = 300.0

// radiance is what a black body of c °C sends, scaled to read as kelvins over baseK near it: radiation adds up,
// temperatures do not. T^4 stands for Planck's law in the camera's band; for differences to the surroundings of 20 K the
// two agree to 0.2 K.
func radiance(c float64) float64 {
	t := c + zeroC
	return (t*t*t*t - baseK*baseK*baseK*baseK) / (4 * baseK * baseK * baseK)
}

// celsius is the inverse of radiance.
func celsius(w float64) float64 {
	return math.Sqrt(math.Sqrt(max(4*baseK*baseK*baseK*w+baseK*baseK*baseK*baseK, 1))) - zeroC
}
