package instrument

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
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

// ReadAll reads every instrument of a face in one to five frames of a burst, sharpest first, each with its own projection
// (a projection that stands for all may be given once). Lights of displays are multiplexed and flicker, so that they
// are read in the brightest of the frames, point by point; of gauges the median counts, and readings that differ widen the
// bound or are refused.
func ReadAll(frames []burst.Frame, see []Projection, ins []maps.Instrument) []vision.InstrumentReading {
	out := make([]vision.InstrumentReading, 0, len(ins))
	for _, in := range ins {
		var crops []ortho.Picture
		for i, f := range frames {
			if len(see) > 0 {
				crops = append(crops, Crop(f, see[min(i, len(see)-1)], in))
			}
		}
		out = append(out, ReadCrops(crops, in))
	}
	return out
}

// ReadCrops reads one instrument in several pictures of the same time.
func ReadCrops(crops []ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	if len(crops) == 0 {
		return refuse(in, "no picture of it was taken")
	}
	if in.Kind == maps.Display {
		return settleDisplay(crops, in)
	}
	var given []vision.InstrumentReading
	first := Read(crops[0], in)
	for i, p := range crops {
		r := first
		if i > 0 {
			r = Read(p, in)
		}
		if r.Refused == "" {
			given = append(given, r)
		}
	}
	if len(given) == 0 || 2*len(given) < len(crops) {
		if first.Refused == "" {
			return refuse(in, "most frames of the burst do not show it well enough")
		}
		return first
	}
	return settleGauge(given, in)
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
// is less. A frame by itself may lack digits and is not read.
func settleDisplay(crops []ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	r := Read(together(crops, brightest), in)
	if r.Refused != "" && len(crops) > 1 {
		if again := Read(together(crops, average), in); again.Refused == "" {
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
