package instrument

import "math"

// A layout lays a row of digits over a picture, px. A digit's box runs along the middles of its outer strokes.
type layout struct {
	x, y   float64 // middle of the row: of all boxes together
	w, h   float64 // of one digit's box
	pitch  float64 // from digit to digit
	slant  float64 // x gained per y upwards
	turn   float64 // of the row: y gained per x to the right
	digits int
	point  int     // the digit after the decimal point; 0: none
	extra  float64 // that the point adds to the pitch there
}

// at is the place of a point of a digit's box; u and v are 0..1 in the box, and may lie outside.
func (l layout) at(digit int, u, v float64) (x, y float64) {
	dx := (float64(digit)-float64(l.digits-1)/2)*l.pitch + (u-0.5)*l.w
	if l.point > 0 && digit < l.point {
		dx -= l.extra / 2
	} else if l.point > 0 {
		dx += l.extra / 2
	}
	dy := (v - 0.5) * l.h
	return l.x + dx - l.slant*dy - l.turn*dy, l.y + dy + l.turn*dx
}

// Places along a segment's line that are sampled: one to find a layout roughly, three to improve it.
//
//nolint:gochecknoglobals // constant tables
var (
	roughly = []float64{0.5}
	finely  = []float64{0.25, 0.5, 0.75}
)

// along is the mean of a segment's ink at some places on its line.
func (l layout) along(ink plane, digit, seg int, places []float64) float64 {
	q := &strokes[seg]
	x0, y0, x1, y1 := q[0], q[1], q[2], q[3]
	sum := 0.0
	for _, t := range places {
		x, y := l.at(digit, x0+t*(x1-x0), y0+t*(y1-y0))
		sum += ink.near(x, y)
	}
	return sum / float64(len(places))
}

// near is the nearest pixel's value; outside the picture it is 0.
func (p plane) near(x, y float64) float64 {
	i, j := int(x+0.5), int(y+0.5)
	if x < 0 || y < 0 || i >= p.w || j >= p.h {
		return 0
	}
	return float64(p.v[j*p.w+i])
}

// Places of a digit's box that no segment covers: the two holes, and the gap to the right above the point's place.
//
//nolint:gochecknoglobals // a constant table
var holes = [2][2]float64{{0.5, 0.25}, {0.5, 0.75}}

// How much a lit segment must exceed, and a dark place may show, of full brightness, for the score of a layout.
const (
	litOver  = 0.45
	darkOver = 0.30
	gapCost  = 0.7
)

// score is high where the strokes of some digits are lit and their gaps dark, over all digits; 0 for a blank row.
func (l layout) score(ink plane, places []float64) float64 {
	total := 0.0
	gap := 0.5 * (l.pitch - l.w) / l.w
	for d := range l.digits {
		total += l.digitScore(ink, d, places)
		for _, h := range holes {
			total -= gapCost * max(0, l.dot(ink, d, h[0], h[1])-darkOver)
		}
		for _, v := range [3]float64{0, 0.25, 0.75} {
			if d < l.digits-1 { // beside the row may be its frame
				total -= gapCost / 2 * max(0, l.dot(ink, d, 1+gap, v)-darkOver)
			}
		}
	}
	return total
}

// digitScore is what the glyph that fits a digit the best gains by its lit strokes and loses by ink elsewhere.
func (l layout) digitScore(ink plane, d int, places []float64) float64 {
	var gain [segments]float64
	lost, some := 0.0, false
	for s := range gain {
		v := l.along(ink, d, s, places)
		off := max(0, v-darkOver)
		lost += off
		gain[s] = v - litOver + off
		some = some || v > litOver
	}
	best := 0.0
	if !some {
		return best
	}
	for i := range glyphs {
		sum := -lost
		for s, on := range glyphs[i].lit {
			if on {
				sum += gain[s]
			}
		}
		best = max(best, sum)
	}
	return best
}

// dot is the ink at a place of a digit's box.
func (l layout) dot(ink plane, digit int, u, v float64) float64 {
	x, y := l.at(digit, u, v)
	return ink.near(x, y)
}

// A found layout and its score.
type found struct {
	layout layout
	score  float64
}

// A podium keeps the best layouts, best first.
type podium [6]found

func (p *podium) offer(l layout, score float64) {
	for i := range p {
		if p[i].layout.digits == 0 || score > p[i].score {
			copy(p[i+1:], p[i:len(p)-1])
			p[i] = found{l, score}
			return
		}
	}
}

// search finds the layout with the highest score around a declared box, px, which gives each digit a cell's width. The
// box may be anything from tight around the digits to half as high again.
func search(ink plane, b box, cell float64, digits, point int) found {
	var top podium
	for _, extra := range [2]float64{0, 0.35} {
		if extra > 0 && point == 0 {
			break
		}
		for _, hs := range [5]float64{0.56, 0.64, 0.73, 0.82, 0.91} {
			for _, ps := range [5]float64{0.84, 0.91, 0.98, 1.05, 1.13} {
				pitch := ps * cell * (1 - extra/float64(digits))
				for _, ws := range [3]float64{0.42, 0.52, 0.63} {
					for _, slant := range [2]float64{0.03, 0.14} {
						l := layout{w: ws * pitch, h: hs * b.h, pitch: pitch, slant: slant, digits: digits, point: point, extra: extra * cell}
						l.place(ink, b, &top)
					}
				}
			}
		}
	}
	var best podium
	for _, f := range top {
		if f.layout.digits > 0 {
			best.offer(f.layout.climb(ink))
		}
	}
	return best[0]
}

// place tries a layout at 5 x 7 places around a box's middle.
func (l layout) place(ink plane, b box, top *podium) {
	for iy := -2.0; iy <= 2; iy++ {
		for ix := -3.0; ix <= 3; ix++ {
			l.x, l.y = b.x+ix*b.reach/3, b.y+iy*b.reach/2
			top.offer(l, l.score(ink, roughly))
		}
	}
}

// climb improves a layout one parameter at a time with falling steps.
func (l layout) climb(ink plane) (layout, float64) {
	score := l.score(ink, finely)
	for step := 0.08; step > 0.006; step *= 0.6 {
		for range 2 {
			better := false
			for k := range nudges {
				if m := l.nudged(k, step); m.sane() {
					if s := m.score(ink, finely); s > score+1e-9 {
						l, score, better = m, s, true
					}
				}
			}
			if !better {
				break
			}
		}
	}
	return l, score
}

// nudges are the ways to change a layout by one step.
const nudges = 22

// nudged changes a layout by one step up or down: one of its seven parameters, or two that go together.
func (l layout) nudged(k int, step float64) layout {
	if k%2 == 1 {
		step = -step
	}
	switch k / 2 {
	case 0:
		l.x += step * l.h
	case 1:
		l.y += step * l.h
	case 2:
		l.w *= 1 + 2*step
	case 3:
		l.h *= 1 + step
	case 4:
		l.pitch *= 1 + step/float64(l.digits)*2
	case 5:
		l.slant += step
	case 6:
		l.turn += step / 2
	case 7: // the right edges stay
		l.w, l.x = l.w*(1+step), l.x-l.w*step/2
	case 8: // the feet stay
		l.h, l.y = l.h*(1+step), l.y-l.h*step/2
	case 9:
		if l.point > 0 {
			l.extra += step * l.h
		}
	default: // the last digit stays
		l.pitch, l.x = l.pitch*(1+step/2), l.x-l.pitch*step/4*float64(l.digits-1)
	}
	return l
}

// sane keeps a layout to what displays look like.
func (l layout) sane() bool {
	return l.w > 0.25*l.h && l.w < 0.85*l.h && l.pitch > 1.2*l.w && l.pitch < 3.2*l.w &&
		l.slant > -0.12 && l.slant < 0.32 && l.extra >= 0 && l.extra < l.pitch && math.Abs(l.turn) < 0.09
}
