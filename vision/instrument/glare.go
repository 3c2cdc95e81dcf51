package instrument

import "slices"

// What counts as glare on a dial: white that clips, when the dial itself does not.
const (
	glareInk  = 8  // at most, of darkInk
	paleInk   = 24 // a dial with less is white or overexposed itself
	glareRing = 3  // px that glare is widened by: its border is an edge, not a ridge
)

// glareOn marks by 1 where glare hides a dial.
func glareOn(dark plane, d dial) plane {
	out := plane{w: dark.w, h: dark.h, v: make([]float32, len(dark.v))}
	var face []float32
	for y := max(0, int(d.y-0.7*d.r)); y < min(dark.h, int(d.y+0.7*d.r)); y += 2 {
		for x := max(0, int(d.x-0.7*d.r)); x < min(dark.w, int(d.x+0.7*d.r)); x += 2 {
			face = append(face, dark.v[y*dark.w+x])
		}
	}
	slices.Sort(face)
	if len(face) == 0 || face[len(face)/2] < paleInk {
		return out
	}
	for i, v := range dark.v {
		if v <= glareInk {
			out.v[i] = 1
		}
	}
	return out.swept(glareRing, func(a, b float32) float32 { return max(a, b) })
}
