package notice

import "slices"

// sideM is the width of the parts at either side of the rack, within and beyond it, that hold the posts and their tags, m.
const sideM = 0.06

// lit is a picture of the commissioning as the light of now shows it: what it is too dark for now has no edges in it. The
// light is that of the rack's sides, whose posts and tags stay where they are whatever the door does; the brighter of the
// two, for a leaf that is swung out, or somebody, may shade one.
func (s Scene) lit(now, ref plane) plane {
	var light tone
	for _, x := range [2]float64{0, s.Target.WidthM} {
		r := now.rect(x-sideM, now.top-float64(now.h)*now.scale, x+sideM, now.top)
		var pairs [][2]float64
		for y := r.y0; y+blockPx <= r.y1; y += blockPx {
			for x := r.x0; x+blockPx <= r.x1; x += blockPx {
				b := rect{x, y, x + blockPx, y + blockPx}
				was, ok := ref.mean(b)
				is, ok2 := now.mean(b)
				if ok && ok2 {
					pairs = append(pairs, [2]float64{was, is})
				}
			}
		}
		if t := fitDark(pairs); len(pairs) >= leastPairs && t.gain > light.gain {
			light = t
		}
	}
	if light.gain == 0 {
		return ref
	}
	out := ref
	out.v = make([]float32, len(ref.v))
	for i, v := range ref.v {
		out.v[i] = float32(light.of(float64(v)))
	}
	return out
}

// fitDark is fitTone for halls whose lights may be out.
func fitDark(pairs [][2]float64) tone {
	t := fitTone(pairs)
	if t.gain > leastGain {
		return t
	}
	dim := slices.Clone(pairs)
	for i := range dim {
		dim[i][0] *= leastGain
	}
	t = fitTone(dim)
	return tone{t.gain * leastGain, t.offset}
}
