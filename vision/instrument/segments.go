package instrument

// The segments of a digit, as usual: a on top, then clockwise b to f, g across the middle.
const (
	segA = iota
	segB
	segC
	segD
	segE
	segF
	segG
	segments
)

// A glyph is what a digit's segments show, and whether a number may hold it.
type glyph struct {
	char byte
	lit  [segments]bool
}

// glyphs are the ten digits with their usual variants (6 and 9 without their tails, 7 with a hook), blank and minus.
//
//nolint:gochecknoglobals // a constant table
var glyphs = []glyph{
	{'0', lit("abcdef")}, {'1', lit("bc")}, {'2', lit("abged")}, {'3', lit("abgcd")}, {'4', lit("fgbc")},
	{'5', lit("afgcd")}, {'6', lit("afgedc")}, {'6', lit("fgedc")}, {'7', lit("abc")}, {'7', lit("fabc")},
	{'8', lit("abcdefg")}, {'9', lit("abcdfg")}, {'9', lit("abcfg")}, {' ', lit("")}, {'-', lit("g")},
}

// lit marks segments by their letters.
func lit(letters string) (s [segments]bool) {
	for i := range len(letters) {
		s[letters[i]-'a'] = true
	}
	return s
}

// stroke is the line of a segment in its digit's box of strokes' middles: x to the right, y down, both 0..1.
func stroke(seg int) (x0, y0, x1, y1 float64) {
	switch seg {
	case segA:
		return 0, 0, 1, 0
	case segB:
		return 1, 0, 1, 0.5
	case segC:
		return 1, 0.5, 1, 1
	case segD:
		return 0, 1, 1, 1
	case segE:
		return 0, 0.5, 0, 1
	case segF:
		return 0, 0, 0, 0.5
	}
	return 0, 0.5, 1, 0.5
}

// glyphOf is the glyph with exactly these segments.
func glyphOf(on [segments]bool) (char byte, ok bool) {
	for _, g := range glyphs {
		if g.lit == on {
			return g.char, true
		}
	}
	return 0, false
}
