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
	minGap      = 0.32  // of the way from dark to lit, between the brightest dark segment and the faintest lit one
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
	first := row{}
	// Some displays show no leading blanks but put the digits in the middle: fewer are tried when all cannot be read.
	for digits := in.Digits; digits > in.Decimals && digits >= in.Digits-1; digits-- {
		point := 0
		if in.Decimals > 0 {
			point = digits - in.Decimals
		}
		cells := cells{b.w / float64(in.Digits), digits, point, digits < in.Digits}
		r := better(readRow(grey, b, cells, false), readRow(grey, b, cells, true))
		if r.why == "" {
			if v := displayValue(r.text, in); v.Refused == "" {
				return v
			} else if first.why == "" {
				first.why = v.Refused
			}
		} else if first.why == "" {
			first.why = r.why
		}
	}
	return refuse(in, first.why)
}

// cells are the digits that are looked for: a cell's width in px, their number, the digit after the point (0: none), and
// whether they must stand alone, being fewer than the display has.
type cells struct {
	wide   float64
	digits int
	point  int
	alone  bool
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
func readRow(grey plane, b box, c cells, dark bool) row {
	ink, levels, bw := worked(grey, b, dark)
	if levels < minInk {
		return row{why: "no digits stand out: dark, blown out or hidden", score: -1}
	}
	f := search(ink, bw, c.wide*bw.w/b.w, c.digits, c.point)
	r := f.layout.read(ink, levels)
	if c.alone && r.why == "" && (r.text[0] == ' ' || f.layout.neighboured(ink)) {
		r.why = "it shows more digits than could be read"
	}
	r.score = f.score / float64(c.digits)
	return r
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

// neighboured says whether anything is lit where one more digit would stand on either side.
func (l layout) neighboured(ink plane) bool {
	for _, digit := range [2]int{-1, l.digits} {
		for s := range segments {
			if l.wide(ink, digit, s) > 0.25 {
				return true
			}
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
	q := &strokes[seg]
	x0, y0, x1, y1 := q[0], q[1], q[2], q[3]
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
