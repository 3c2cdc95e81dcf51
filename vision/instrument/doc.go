// Package instrument reads dial gauges and 7-segment displays at places that the site model declares. It never guesses:
// where the pointer or a segment cannot be told it refuses, and says why.
//
// A gauge's pointer is the straight ridge that leaves the middle of the dial and reaches its scale. A ridge is darker (or
// lighter) than the dial on both of its sides, so that the one-sided edges of glare and shade are none; ticks and print
// are ridges over a part of the way only, a counterweight ends early. The angle is that of a line fitted to the ridge's
// middle along its length: a pointer that stands before the dial is shifted when seen askance, not turned.
//
// A display's digits are found by laying a grid of 7-segment digits over the declared box in many places, sizes and
// slants; the best is the one whose strokes are lit and whose gaps are not. Then every segment must be clearly lit or
// clearly not, and every digit one of the ten.
//
// All of it is plain Go on crops of some hundred pixels.
package instrument
