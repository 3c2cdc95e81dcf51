package instrument

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// What a display must show to be read.
const (
	maxDigits   = 12
	workHeight  = 40.0  // px of the box at which digits are looked for
	minInk      = 18.0  // grey levels of a lit segment over a dark one
	minGap      = 0.28  // of the way from dark to lit, between the brightest dark segment and the faintest lit one
	rivalGap    = 0.75  // of the widest gap: another one this wide leaves open on which side its segments are
	clearMargin = 0.35  // half of a gap that leaves no doubt
	registerM   = 0.004 // by how much the declared place may be off, m
)

// A row is a display's digits as one polarity shows them.
type row struct {
	text   string
	margin float64 // of the most doubtful segment, 0..0.5
	score  float64 // of the layout, per digit
	why    string  // it cannot be read
}

// readDisplay reads the digits of a display.
func readDisplay(p ortho.Picture, in maps.Instrument) vision.InstrumentReading {
	if in.Digits < 1 || in.Digits > maxDigits || in.Decimals < 0 || in.Decimals >= in.Digits ||
		!(in.WidthM > 0.003 && in.WidthM < 2 && in.HeightM > 0.002 && in.HeightM < 1) {
		return refuse(in, "the site model's digits or box of it make no sense")
	}
	grey, ok := planeOf(p, mean)
	if !ok {
		return refuse(in, "the picture is too small, too large or broken")
	}
	b := box{
		x: (in.X-p.LeftM)/p.ScaleM - 0.5, y: (p.TopM-in.Y)/p.ScaleM - 0.5,
		w: in.WidthM / p.ScaleM, h: in.HeightM / p.ScaleM, reach: registerM / p.ScaleM,
	}
	if b.h < 7 || b.w < 4 || !grey.inside(b.x, b.y) {
		return refuse(in, "it is too small in the picture, or outside")
	}
	if unseen(p, b.x-b.w/2, b.y-b.h/2, b.x+b.w/2, b.y+b.h/2) > 0.02 {
		return refuse(in, "a part of it lies outside the picture")
	}
	point := 0
	if in.Decimals > 0 {
		point = in.Digits - in.Decimals
	}
	r := better(readRow(grey, b, in.Digits, point, false), readRow(grey, b, in.Digits, point, true))
	if r.why != "" {
		return refuse(in, r.why)
	}
	return displayValue(r.text, in)
}

// better prefers the polarity that can be read, and of two the one with the clearer segments. A reading of the polarity
// whose layout fits worse must leave no doubt.
func better(a, b row) row {
	if (a.why == "") == (b.why == "") && a.margin*a.score < b.margin*b.score || a.why != "" && b.why == "" {
		a, b = b, a
	}
	if a.why == "" && a.margin < clearMargin && a.score < 0.8*b.score {
		return b
	}
	if a.why == "" && b.why == "" && a.text != b.text && a.margin-b.margin < 0.06 {
		a.why = fmt.Sprintf("it could show %s or, inverted, %s", a.text, b.text)
	}
	return a
}

// displayValue parses what the digits show strictly: blanks, then a minus, then digits to the end.
func displayValue(text string, in maps.Instrument) vision.InstrumentReading {
	number := strings.TrimLeft(text, " ")
	digits := strings.TrimPrefix(number, "-")
	if digits == "" || strings.ContainsAny(digits, " -") {
		return refuse(in, fmt.Sprintf("the display shows %q, which is no number", text))
	}
	for len(digits) <= in.Decimals {
		digits = "0" + digits
	}
	out := digits
	if in.Decimals > 0 {
		out = digits[:len(digits)-in.Decimals] + "." + digits[len(digits)-in.Decimals:]
	}
	if number[0] == '-' {
		out = "-" + out
	}
	v, err := strconv.ParseFloat(out, 64)
	if err != nil {
		return refuse(in, fmt.Sprintf("the display shows %q, which is no number", text))
	}
	return vision.InstrumentReading{Instrument: in.ID, Value: v, Text: out, Bound: 0.5 * math.Pow10(-in.Decimals)}
}

// A box is a declared display in px: middle, size, and by how much it may be off.
type box struct{ x, y, w, h, reach float64 }

// readRow reads one polarity: dark says that the digits are dark on light.
func readRow(grey plane, b box, digits, point int, dark bool) row {
	ink, levels, bw := worked(grey, b, dark)
	if levels < minInk {
		return row{why: "no digits stand out: dark, blown out or hidden", score: -1}
	}
	f := search(ink, bw, digits, point)
	r := f.layout.read(ink, levels)
	r.score = f.score / float64(digits)
	return r
}

// worked is the part of a picture around a box, resampled to workHeight, as ink from 0 (the background) to 1 (lit);
// levels is what 1 means in grey levels.
func worked(grey plane, b box, dark bool) (ink plane, levels float64, at box) {
	s := workHeight / b.h
	edge := b.reach + 0.1*b.h
	at = box{x: s * (b.w/2 + edge), y: s * (b.h/2 + edge), w: s * b.w, h: s * b.h, reach: s * b.reach}
	ink = plane{w: int(2 * at.x), h: int(2 * at.y)}
	ink.v = make([]float32, ink.w*ink.h)
	taps := max(1, min(4, int(1/s)))
	for y := range ink.h {
		for x := range ink.w {
			sum := 0.0
			for k := range taps * taps {
				ox, oy := (float64(k%taps)+0.5)/float64(taps)-0.5, (float64(k/taps)+0.5)/float64(taps)-0.5
				sum += grey.at(b.x+(float64(x)+ox-at.x)/s, b.y+(float64(y)+oy-at.y)/s)
			}
			ink.v[y*ink.w+x] = float32(sum / float64(taps*taps))
		}
	}
	levels = ink.normalise(at, dark)
	ink.unframe(int(s*edge + 0.12*at.h))
	return ink, levels, at
}

// normalise turns grey levels into ink: 0 is the middle of the darker (of dark digits, the lighter) part of the box, 1
// its brightest (darkest) hundredths.
func (p plane) normalise(b box, dark bool) (levels float64) {
	if dark {
		for i, v := range p.v {
			p.v[i] = 255 - v
		}
	}
	// A glint among dark digits is far lighter than their ground: it is brought up to it.
	floor := p.quantile(b, 0.1)
	for i, v := range p.v {
		p.v[i] = max(v, floor)
	}
	p.flatten(max(3, int(0.32*b.h)))
	low, high := p.quantile(b, 0.35), p.quantile(b, 0.99)
	for i, v := range p.v {
		p.v[i] = max(0, min(1.3, (v-low)/max(1, high-low)))
	}
	return float64(high - low)
}

// quantile is the value that a share of a box's pixels stay below; 0 when the box is outside.
func (p plane) quantile(b box, share float64) float32 {
	var in []float32
	for y := max(0, int(b.y-b.h/2)); y < min(p.h, int(b.y+b.h/2)); y++ {
		for x := max(0, int(b.x-b.w/2)); x < min(p.w, int(b.x+b.w/2)); x++ {
			in = append(in, p.v[y*p.w+x])
		}
	}
	if len(in) == 0 {
		return 0
	}
	slices.Sort(in)
	return in[int(share*float64(len(in)-1))]
}

// read tells each segment of a layout.
func (l layout) read(ink plane, levels float64) row {
	v := make([][segments]float64, l.digits)
	on, off := l.levels(ink, v)
	if (on-off)*levels < minInk {
		return row{why: "no digits stand out: dark, blown out or hidden"}
	}
	all := []float64{0, 1}
	for d, top := range trend(v, (on+off)/2) {
		for s := range v[d] {
			v[d][s] = (v[d][s] - off) / max(0.5*(on-off), top-off)
			all = append(all, v[d][s])
		}
		for _, h := range holes {
			all = append(all, (l.dot(ink, d, h[0], h[1])-off)/max(0.5*(on-off), top-off))
		}
	}
	cut, margin, clear := widestGap(all)
	r := row{margin: margin}
	if !clear {
		r.why = "some segments are neither lit nor dark"
	}
	for d := range v {
		var shown [segments]bool
		for s := range shown {
			shown[s] = v[d][s] > cut
		}
		c, ok := glyphOf(shown)
		if !ok {
			r.why = fmt.Sprintf("what digit %d shows is no digit", d+1)
		}
		if level := off + cut*(on-off); l.filled(ink, d, level) || l.goesOn(ink, d, shown, level) {
			r.why = fmt.Sprintf("digit %d is lit beside its segments", d+1)
		}
		r.text += string(c)
	}
	return r
}

// filled says whether a place of a digit that no segment covers is as bright as a lit one.
func (l layout) filled(ink plane, digit int, cut float64) bool {
	gap := 1 + 0.5*(l.pitch-l.w)/l.w
	for _, h := range [4][2]float64{holes[0], holes[1], {gap, 0.1}, {gap, 0.4}} {
		// A speck is no stroke: the darkest of three places counts.
		v := min(l.dot(ink, digit, h[0], h[1]-0.08), l.dot(ink, digit, h[0], h[1]), l.dot(ink, digit, h[0], h[1]+0.08))
		if (h[0] < 1 || digit < l.digits-1) && v > cut {
			return true
		}
	}
	return false
}

// goesOn says whether an upright stroke goes on above or below its digit, which then is laid out too small. A frame
// around the display goes on beside the stroke as well, and does not count.
func (l layout) goesOn(ink plane, digit int, shown [segments]bool, cut float64) bool {
	const beyond = 0.17
	for _, s := range [4]struct {
		seg  int
		u, v float64
	}{{segB, 1, -beyond}, {segC, 1, 1 + beyond}, {segE, 0, 1 + beyond}, {segF, 0, -beyond}} {
		if shown[s.seg] && l.dot(ink, digit, s.u, s.v) > cut && l.dot(ink, digit, 0.5, s.v) < cut/2 {
			return true
		}
	}
	return false
}

// widestGap is where values part the most between clearly dark and clearly lit: the gap's middle and half its width.
// It is clear when it is wide and no other gap is nearly as wide: then something half lit stands between the two.
func widestGap(all []float64) (cut, margin float64, clear bool) {
	slices.Sort(all)
	second := 0.0
	for i := 1; i < len(all); i++ {
		low, high := max(0, min(1, all[i-1])), max(0, min(1, all[i]))
		if mid, half := (low+high)/2, (high-low)/2; half > margin {
			cut, margin, second = mid, half, margin
		} else {
			second = max(second, half)
		}
	}
	return cut, margin, margin > minGap/2 && second < rivalGap*margin && cut > 0.25 && cut < 0.75
}

// levels samples all segments and tells what lit and dark mean: the means of the two groups that part them best, the
// digits' holes being dark.
func (l layout) levels(ink plane, v [][segments]float64) (on, off float64) {
	var all []float64
	for d := range v {
		for s := range v[d] {
			v[d][s] = l.wide(ink, d, s)
			all = append(all, v[d][s])
		}
		for _, h := range holes {
			all = append(all, l.dot(ink, d, h[0], h[1]))
		}
	}
	slices.Sort(all)
	return parted(all)
}

// parted parts sorted values in two groups with the least squares within (Otsu) and gives their means.
func parted(all []float64) (high, low float64) {
	total := 0.0
	for _, x := range all {
		total += x
	}
	best, sum := -1.0, 0.0
	for i := 1; i < len(all); i++ {
		sum += all[i-1]
		a, b := sum/float64(i), (total-sum)/float64(len(all)-i)
		if between := (b - a) * (b - a) * float64(i) * float64(len(all)-i); between > best {
			best, high, low = between, b, a
		}
	}
	return high, low
}

// wide samples a segment at five places along and the best of three lines side by side.
func (l layout) wide(ink plane, digit, seg int) float64 {
	x0, y0, x1, y1 := stroke(seg)
	best := 0.0
	for _, side := range [3]float64{-0.05, 0, 0.05} {
		sum := 0.0
		for _, t := range [5]float64{0.2, 0.35, 0.5, 0.65, 0.8} {
			u, v := x0+t*(x1-x0), y0+t*(y1-y0)
			if x0 == x1 {
				u += side * l.h / l.w
			} else {
				v += side
			}
			x, y := l.at(digit, u, v)
			sum += min(1, ink.at(x, y))
		}
		best = max(best, sum/5)
	}
	return best
}

// flatten takes away all that is wider than 2·reach+1 px, as uneven light is (a white top-hat: the ink over the highest
// of the lowest around).
func (p plane) flatten(reach int) {
	low := p.swept(reach, func(a, b float32) float32 { return min(a, b) })
	back := low.swept(reach, func(a, b float32) float32 { return max(a, b) })
	for i := range p.v {
		p.v[i] -= back.v[i]
	}
}

// swept takes the lowest or highest value of the square around each pixel, rows first, then columns.
func (p plane) swept(reach int, pick func(a, b float32) float32) plane {
	rows, out := make([]float32, len(p.v)), make([]float32, len(p.v))
	for i := range p.v {
		x, row := i%p.w, i-i%p.w
		rows[i] = p.v[i]
		for k := max(0, x-reach); k <= min(p.w-1, x+reach); k++ {
			rows[i] = pick(rows[i], p.v[row+k])
		}
	}
	for i := range p.v {
		x, y := i%p.w, i/p.w
		out[i] = rows[i]
		for k := max(0, y-reach); k <= min(p.h-1, y+reach); k++ {
			out[i] = pick(out[i], rows[k*p.w+x])
		}
	}
	return plane{w: p.w, h: p.h, v: out}
}

// trend is what lit means at each digit: a straight line through the brightest segments of the digits that show
// something, so that one side of a display may be fainter than the other.
func trend(v [][segments]float64, half float64) []float64 {
	var n, sx, sxx, sy, sxy float64
	for d := range v {
		sorted := slices.Sorted(slices.Values(v[d][:]))
		if top := (sorted[segments-1] + sorted[segments-2]) / 2; top > half {
			x := float64(d)
			n, sx, sxx, sy, sxy = n+1, sx+x, sxx+x*x, sy+top, sxy+x*top
		}
	}
	out := make([]float64, len(v))
	det := n*sxx - sx*sx
	for d := range out {
		switch {
		case n == 0:
			out[d] = 1
		case det < 1e-9 || n < 3:
			out[d] = sy / n
		default:
			out[d] = (sy*sxx-sx*sxy)/det + float64(d)*(n*sxy-sx*sy)/det
		}
	}
	return out
}
