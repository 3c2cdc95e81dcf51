package led

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A sample is what one light and its surroundings show in one frame. Light adds up linearly and pixels do not: all is in
// linear light, 0 to 1 (white), after IEC 61966-2-1. Channels are blue, green, red.
type sample struct {
	core  [3]float32 // mean over the light's disc
	ring  [3]float32 // of the surroundings, beyond the halo
	leak  [3]float32 // what the halos of neighbours add to the disc
	hue   [3]float32 // sum over the most coloured unclipped pixels of disc and halo, each counted by its tint
	tint  float32    // of those pixels, the mean spread of channels as encoded, 0..1; of a lit coloured light above 0.15
	tints float32    // how many pixels those are
	clip  float32    // share of the disc with a clipped channel
	rim   [3]float32 // mean over the halo just beyond the disc
	burnt float32    // share of the rim with a clipped channel
	rough float32    // how unlike the eight directions of the surroundings are: the interquartile range, strongest channel
	ok    bool
}

// excess is what the light adds to its surroundings and to its neighbours' halos.
func (s *sample) excess() (e [3]float64) {
	for c := range e {
		e[c] = float64(s.core[c] - s.ring[c] - s.leak[c])
	}
	return e
}

// How colour is measured. The lens replaces the surface that the ring shows, so of the ring only a part is taken off: with
// these, and no palette, 83 of the 84 lit lights of shared/data/real/led have their colour; with all of the ring taken off
// and pixels counted by brightness, 66.
const (
	mostTinted = 0.7 // of the strongest tint: paler pixels are of the rim, the surroundings or nearly clipped
	lensShare  = 0.3 // of the surroundings' light that an unlit lens reflects
)

// A sampler measures lights; it keeps the masks that it made.
type sampler struct {
	width, height int
	linear        [256]float32
	masks         map[maskKey]*mask
}

func newSampler(width, height int) *sampler {
	s := &sampler{width: width, height: height, masks: map[maskKey]*mask{}}
	for i := range s.linear {
		s.linear[i] = float32(linear(float64(i) / 255))
	}
	return s
}

// linear is the light that a pixel value stands for, both 0..1 (IEC 61966-2-1).
func linear(v float64) float64 {
	if v <= 0.04045 {
		return max(0, v) / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// A mask says which pixels of the surroundings of a whole pixel make up disc, halo and ring of a light whose middle lies
// a fraction of a pixel beside it. Offsets are into the frame's bytes.
type mask struct {
	reach  int // px that it extends to each side
	disc   []int32
	weight []float32 // of each disc pixel
	around []int32   // halo pixels beyond the disc
	ones   []float32 // a weight for each of those
	ring   [8][]int32
}

// A maskKey is a radius in eighths and a phase in quarters of a pixel.
type maskKey struct{ r8, px, py int }

// maskFor is the mask of a light of radius r at (u, v), and the byte index of its whole pixel; nil when it does not lie
// wholly in the frame.
func (s *sampler) maskFor(u, v, r float64) (*mask, int) {
	if !(u >= 0 && v >= 0 && u < float64(s.width) && v < float64(s.height)) {
		return nil, 0
	}
	x, y := int(math.Round(4*u)), int(math.Round(4*v))
	ix, iy := (x+2)>>2, (y+2)>>2
	key := maskKey{int(math.Round(8 * min(max(r, minRadiusPx), maxHaloPx))), x - 4*ix, y - 4*iy}
	m := s.masks[key]
	if m == nil {
		m = newMask(key, s.width)
		s.masks[key] = m
	}
	if ix < m.reach || iy < m.reach || ix+m.reach >= s.width || iy+m.reach >= s.height {
		return nil, 0
	}
	return m, 3 * (iy*s.width + ix)
}

func newMask(k maskKey, width int) *mask {
	sp := spot{r: float64(k.r8) / 8}
	near, outer := sp.near(), sp.outer()
	m := &mask{reach: int(math.Ceil(outer)) + 1}
	cx, cy := float64(k.px)/4, float64(k.py)/4
	thin := max(1, int(outer/12)) // of a large light every pixel of the ring need not be read
	for y := -m.reach; y <= m.reach; y++ {
		for x := -m.reach; x <= m.reach; x++ {
			d := math.Hypot(float64(x)-cx, float64(y)-cy)
			at := int32(3 * (y*width + x))
			switch w := min(1, sp.r+0.5-d); {
			case w > 0:
				m.disc, m.weight = append(m.disc, at), append(m.weight, float32(w))
			case d <= 1.3*sp.r+1.2:
				m.around, m.ones = append(m.around, at), append(m.ones, 1)
			case d >= near && d <= outer && (x+m.reach)%thin == 0 && (y+m.reach)%thin == 0:
				k := int(math.Floor((math.Atan2(float64(y)-cy, float64(x)-cx)/math.Pi+1)*4)) & 7
				m.ring[k] = append(m.ring[k], at)
			}
		}
	}
	return m
}

// take measures a light of radius r at (u, v). Twins are pairs of places, relative to it, that neighbours' halos reach as
// they reach it.
func (s *sampler) take(f burst.Frame, u, v, r float64, twins [][2]beside) (out sample) {
	m, at := s.maskFor(u, v, r)
	if m == nil {
		return out
	}
	out.ok = true
	s.surroundings(f, m, at, &out)
	for _, t := range twins {
		s.leaked(f, u, v, r, t, &out)
	}
	out.core, out.clip = s.mean(f, at, m.disc, m.weight)
	out.rim, out.burnt = s.mean(f, at, m.around, m.ones)
	s.colours(f, m, at, &out)
	return out
}

// mean is the weighted mean of pixels, and the share of them with a clipped channel.
func (s *sampler) mean(f burst.Frame, at int, list []int32, weight []float32) (mean [3]float32, clip float32) {
	var total float32
	for i, o := range list {
		k := at + int(o)
		p := f.BGR[k : k+3 : k+3]
		w := weight[i]
		total += w
		mean[0] += w * s.linear[p[0]]
		mean[1] += w * s.linear[p[1]]
		mean[2] += w * s.linear[p[2]]
		if p[0] >= clipped || p[1] >= clipped || p[2] >= clipped {
			clip += w
		}
	}
	if total == 0 {
		return mean, 1
	}
	for c := range mean {
		mean[c] /= total
	}
	return mean, clip / total
}

// A beside is a place relative to a light, px.
type beside struct{ du, dv float64 }

// leaked adds the darker of two twins' excess to the leak, channel by channel.
func (s *sampler) leaked(f burst.Frame, u, v, r float64, twins [2]beside, out *sample) {
	var mean [2][3]float32
	for k, t := range twins {
		m, at := s.maskFor(u+t.du, v+t.dv, r)
		if m == nil {
			return
		}
		mean[k], _ = s.mean(f, at, m.disc, m.weight)
	}
	for c := range out.leak {
		out.leak[c] += max(0, min(mean[0][c], mean[1][c])-out.ring[c])
	}
}

// surroundings sets the ring: of each channel the mean of the third to fifth darkest of eight directions, so that
// neighbours' halos and lit edges to up to three sides do not count.
func (s *sampler) surroundings(f burst.Frame, m *mask, at int, out *sample) {
	var by [3][8]float32
	for k, list := range m.ring {
		var b, g, r float32
		for _, o := range list {
			k := at + int(o)
			p := f.BGR[k : k+3 : k+3]
			b, g, r = b+s.linear[p[0]], g+s.linear[p[1]], r+s.linear[p[2]]
		}
		n := 1 / float32(max(1, len(list)))
		by[0][k], by[1][k], by[2][k] = b*n, g*n, r*n
	}
	for c := range by {
		slices.Sort(by[c][:])
		out.ring[c] = (by[c][2] + by[c][3] + by[c][4]) / 3
		out.rough = max(out.rough, by[c][5]-by[c][2])
	}
}

// colours sums up the most coloured of the unclipped pixels. The clipped core of an amber light reads yellow or green.
func (s *sampler) colours(f burst.Frame, m *mask, at int, out *sample) {
	most := -1
	for _, list := range [2][]int32{m.disc, m.around} {
		for _, o := range list {
			p := f.BGR[at+int(o):]
			if top, low := bounds(p); top < clipped {
				most = max(most, int(top)-int(low))
			}
		}
	}
	if most < 0 {
		return
	}
	low := int(mostTinted * float64(most))
	var ring [3]float32
	for c := range ring {
		ring[c] = lensShare*out.ring[c] + out.leak[c]
	}
	var sum int
	for _, list := range [2][]int32{m.disc, m.around} {
		for _, o := range list {
			p := f.BGR[at+int(o):]
			top, least := bounds(p)
			spread := int(top) - int(least)
			if top >= clipped || spread < low {
				continue
			}
			w := float32(spread + 1)
			out.hue[0] += w * (s.linear[p[0]] - ring[0])
			out.hue[1] += w * (s.linear[p[1]] - ring[1])
			out.hue[2] += w * (s.linear[p[2]] - ring[2])
			out.tints++
			sum += spread
		}
	}
	out.tint = float32(sum) / 255 / out.tints
}

// bounds are the strongest and the weakest channel of a pixel.
func bounds(p []byte) (top, low byte) {
	p = p[:3:3]
	return max(p[0], p[1], p[2]), min(p[0], p[1], p[2])
}
