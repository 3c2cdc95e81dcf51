package instrument

// The segments of a digit, as usual: a (0) on top, then clockwise b to f, g (6) across the middle.
const (
	segB     = 1
	segC     = 2
	segE     = 4
	segF     = 5
	segments = 7
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

// strokes are the lines of the segments a to g in their digit's box of strokes' middles, x0, y0, x1, y1: x to the right,
// y down, both 0..1.
//
//nolint:gochecknoglobals // a constant table
var strokes = [segments][4]float64{
	{0, 0, 1, 0}, {1, 0, 1, 0.5}, {1, 0.5, 1, 1}, {0, 1, 1, 1}, {0, 0.5, 0, 1}, {0, 0, 0, 0.5}, {0, 0.5, 1, 0.5},
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
