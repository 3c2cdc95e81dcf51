package thermal

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// Limits of a frame, and of what is sampled.
const (
	maxPixels     = 16 << 20
	defaultEps    = 0.95 // the emissivity that the sensor's driver assumes
	minEmissivity = 0.3  // barer metal mirrors its surroundings: no temperature is claimed
	zeroC         = 273.15
	inset         = 0.12 // share of a place's size that is left out at each edge
	stepM         = 0.008
)

// A Caster takes a point of the face (m) into the frame of the visual camera: x right, y down, z forward, m.
type Caster interface {
	Rays(x, y float64) (cx, cy, cz float64)
}

// Read measures every device and bare unit of the target that the frame shows by at least half. airC is what surfaces
// reflect; nil takes the frame's coolest tenth for it.
func Read(f vision.ThermalFrame, t vision.Target, c Caster, airC *float64) (devices, units []vision.TemperatureReading, err error) {
	if err := check(f); err != nil {
		return nil, nil, err
	}
	reflected := coolest(f)
	if airC != nil {
		reflected = *airC
	}
	for _, d := range t.Devices {
		if d.Emissivity > 0 && d.Emissivity < minEmissivity {
			continue
		}
		if r, ok := place(f, c, d.Min, d.Max, d.Emissivity, reflected); ok {
			r.Device, r.Unit = d.ID, d.Unit
			devices = append(devices, r)
		}
	}
	left := (t.WidthM - maps.PanelWidthM) / 2
	for _, u := range t.Bare() {
		y := t.BaseM + float64(u-1)*maps.UnitM
		lo, hi := maps.Point{X: left, Y: y}, maps.Point{X: left + maps.PanelWidthM, Y: y + maps.UnitM}
		if r, ok := place(f, c, lo, hi, 0, reflected); ok {
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

// coolest is the frame's tenth percentile, °C.
func coolest(f vision.ThermalFrame) float64 {
	s := slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(f.C), func(c float32) bool { return c != c })))
	if len(s) == 0 {
		return 25
	}
	return float64(s[len(s)/10])
}

// place samples a rectangle of the face, a grid of stepM inside its edges.
func place(f vision.ThermalFrame, c Caster, lo, hi maps.Point, eps, reflected float64) (vision.TemperatureReading, bool) {
	ix, iy := inset*(hi.X-lo.X), inset*(hi.Y-lo.Y)
	nx := max(2, int((hi.X-lo.X-2*ix)/stepM)+1)
	ny := max(2, int((hi.Y-lo.Y-2*iy)/stepM)+1)
	var v []float64
	seen := map[int]bool{}
	for k := range nx * ny {
		x := lo.X + ix + (hi.X-lo.X-2*ix)*float64(k%nx)/float64(nx-1)
		y := lo.Y + iy + (hi.Y-lo.Y-2*iy)*float64(k/nx)/float64(ny-1)
		px, py, ok := pixel(f, c, x, y)
		if !ok {
			continue
		}
		t, ok := sample(f, px, py)
		if !ok {
			continue
		}
		seen[int(py+0.5)*f.Width+int(px+0.5)] = true
		v = append(v, Corrected(t, f.Emissivity, eps, reflected))
	}
	if len(v) < nx*ny/2 || len(v) == 0 {
		return vision.TemperatureReading{}, false
	}
	slices.Sort(v)
	return vision.TemperatureReading{
		MaxC: v[len(v)-1], P95C: v[(len(v)-1)*95/100], MedianC: v[len(v)/2], Pixels: len(seen),
	}, true
}

// pixel is where a face point shows in the thermal picture: its camera is a pinhole beside the visual one, looking the
// same way. The centre of the upper left pixel is (0, 0).
func pixel(f vision.ThermalFrame, c Caster, x, y float64) (px, py float64, ok bool) {
	cx, cy, cz := c.Rays(x, y)
	if cz < 0.05 {
		return 0, 0, false
	}
	fx := float64(f.Width) / 2 / math.Tan(f.HFOVRad/2)
	fy := float64(f.Height) / 2 / math.Tan(f.VFOVRad/2)
	px = fx*(cx-f.OffsetRightM)/cz + float64(f.Width-1)/2
	py = fy*(cy+f.OffsetUpM)/cz + float64(f.Height-1)/2
	return px, py, px >= -0.5 && py >= -0.5 && px <= float64(f.Width)-0.5 && py <= float64(f.Height)-0.5
}

// sample interpolates between pixels; ok is false where the frame has no temperature.
func sample(f vision.ThermalFrame, x, y float64) (c float64, ok bool) {
	x, y = max(0, min(float64(f.Width-1), x)), max(0, min(float64(f.Height-1), y))
	ix, iy := min(int(x), f.Width-2), min(int(y), f.Height-2)
	ax, ay := x-float64(ix), y-float64(iy)
	i := iy*f.Width + ix
	c = (float64(f.C[i])*(1-ax)+float64(f.C[i+1])*ax)*(1-ay) +
		(float64(f.C[i+f.Width])*(1-ax)+float64(f.C[i+f.Width+1])*ax)*ay
	return c, !math.IsNaN(c)
}

// Corrected takes a temperature measured as if the surface had emissivity from to one of emissivity to, °C, with
// surroundings at reflected, °C, by Stefan and Boltzmann's fourth power, which the sensor itself uses (Melexis,
// MLX90640 data sheet, 11.2.2.9). An emissivity of 0 is 0.95.
func Corrected(c, from, to, reflected float64) float64 {
	if from <= 0 {
		from = defaultEps
	}
	if to <= 0 {
		to = defaultEps
	}
	pow := func(t float64) float64 { t += zeroC; return t * t * t * t }
	q := from/to*(pow(c)-pow(reflected)) + pow(reflected)
	return math.Sqrt(math.Sqrt(max(q, 1))) - zeroC
}
