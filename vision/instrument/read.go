package instrument

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// Read reads one instrument in a straightened picture that covers it with some margin. The place may be off by 3 mm and
// the picture turned by 4°.
func Read(p ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	switch in.Kind {
	case maps.Gauge:
		return readGauge(p, in)
	case maps.Display:
		return readDisplay(p, in)
	}
	return refuse(in, fmt.Sprintf("an instrument of kind %q is neither gauge nor display", in.Kind))
}

// ReadCrops reads one instrument in crops of frames of one burst, sharpest first. Lights of displays are multiplexed and
// flicker, so that they are read in the brightest of the frames, point by point; of gauges the median counts, and readings
// that differ widen the bound or are refused.
func ReadCrops(crops []ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	if len(crops) == 0 {
		return refuse(in, "no picture of it was taken")
	}
	if in.Kind == maps.Display {
		return settleDisplay(crops, in)
	}
	var given []vision.InstrumentReading
	var first vision.InstrumentReading
	parts := grouped(crops)
	for i, p := range parts {
		r := Read(p, in)
		if i == 0 {
			first = r
		}
		if r.Refused == "" {
			given = append(given, r)
		}
	}
	if 2*len(given) >= len(parts) {
		return settleGauge(given, in)
	}
	if len(parts) < len(crops) {
		if all := Read(clearer(crops, in), in); all.Refused == "" {
			return settleGauge(append(given, all), in)
		}
	}
	if first.Refused == "" {
		return refuse(in, "most frames of the burst do not show it well enough")
	}
	return first
}

// groups is how many means of its frames a longer burst is read in.
const groups = 3

// grouped joins the frames of a longer burst to a few means, each of frames from all over it, so that noise is less and
// what differs still shows; those of a short one stay as they are.
func grouped(crops []ortho.Picture) []ortho.Picture {
	if len(crops) < 2*groups {
		return crops
	}
	var out []ortho.Picture
	for k := range groups {
		var part []ortho.Picture
		for i := k; i < len(crops); i += groups {
			part = append(part, crops[i])
		}
		out = append(out, together(part, average))
	}
	return out
}

// clearer is the mean of frames, lightened where it is dark: the mean of n frames bears √n times the light before its
// noise is that of one.
func clearer(crops []ortho.Picture, in maps.Instrument) ortho.Picture {
	const bright = 200 // of the lightest part of the instrument, after that
	p := together(crops, average)
	if !(p.ScaleM > 0) || len(p.BGR) < 3*p.Width*p.Height {
		return p
	}
	w, h := size(in)
	x0, y0 := int((in.X-w/2-p.LeftM)/p.ScaleM), int((p.TopM-in.Y-h/2)/p.ScaleM)
	var tops []byte
	for y := max(0, y0); y < min(p.Height, y0+int(h/p.ScaleM)); y++ {
		for x := max(0, x0); x < min(p.Width, x0+int(w/p.ScaleM)); x++ {
			i := 3 * (y*p.Width + x)
			tops = append(tops, max(p.BGR[i], p.BGR[i+1], p.BGR[i+2]))
		}
	}
	if len(tops) == 0 {
		return p
	}
	slices.Sort(tops)
	gain := min(math.Sqrt(float64(len(crops))), bright/float64(max(1, tops[len(tops)*19/20])))
	if gain <= 1 {
		return p
	}
	for i, v := range p.BGR {
		p.BGR[i] = byte(min(255, gain*float64(v)+0.5))
	}
	return p
}

// settleGauge takes the median reading; its bound covers most of the others.
func settleGauge(given []vision.InstrumentReading, in maps.Instrument) vision.InstrumentReading {
	slices.SortFunc(given, func(a, b vision.InstrumentReading) int {
		switch {
		case a.Value < b.Value:
			return -1
		case a.Value > b.Value:
			return 1
		}
		return 0
	})
	r := given[len(given)/2]
	spread := (given[len(given)-1].Value - given[0].Value) / 2
	if spread > 0.05*math.Abs(in.Max-in.Min) {
		return refuse(in, fmt.Sprintf("the frames disagree by %.3g %s", 2*spread, in.Unit))
	}
	r.Bound = max(r.Bound, spread)
	return r
}

// settleDisplay reads the frames' brightest, in which multiplexed lights are all lit, or else their mean, in which noise
// is less and the dark can be lightened. A frame by itself may lack digits and is not read.
func settleDisplay(crops []ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	r := Read(together(crops, brightest), in)
	if r.Refused != "" && len(crops) > 1 {
		if again := Read(clearer(crops, in), in); again.Refused == "" {
			return again
		}
	}
	return r
}

// brightest is the highest of some values.
func brightest(values []byte) byte { return slices.Max(values) }

// average is their mean.
func average(values []byte) byte {
	sum := 0
	for _, v := range values {
		sum += int(v)
	}
	return byte(sum / len(values))
}

// together joins each colour of each pixel of pictures of one size.
func together(crops []ortho.Picture, join func([]byte) byte) ortho.Picture {
	p := crops[0]
	out := slices.Clone(p.BGR)
	values := make([]byte, 0, len(crops))
	for i := range out {
		values = values[:0]
		for _, q := range crops {
			if q.Width == p.Width && q.Height == p.Height && i < len(q.BGR) {
				values = append(values, q.BGR[i])
			}
		}
		out[i] = join(values)
	}
	p.BGR = out
	return p
}

// refuse is a reading that is none.
func refuse(in maps.Instrument, why string) vision.InstrumentReading {
	return vision.InstrumentReading{Instrument: in.ID, Refused: why}
}
