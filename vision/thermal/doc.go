// Package thermal reads temperatures of places from thermal pictures: of each device and bare unit of a registered
// rack face (Read), or the hot spots of a picture of anything (HotSpots), and draws them for people (Draw). Plain Go.
//
// A camera sees surfaces, not air, and sees them coarsely: the 24 x 32 pixels of an MLX90640 are 4 cm wide on a rack
// face, less than a unit, and a lens blurs by about another. So Read does not sample pixels within a place's edges. It
// asks which temperatures of all places in view, seen through pixels and lens, explain the picture best: a least squares
// with one unknown a place, in which a hot device's smear on its neighbours is its own and not theirs.
//
//   - Emissivity enters where radiation adds up: in the fourth power of temperature, part by part of a face. Parts that
//     emit less than 0.4 mirror their surroundings: they are unknowns of their own and no place's temperature.
//   - Pixels that stand alone are dead and are mended; what the places cannot explain (a reflection's rim, a hand) counts
//     less the less it fits.
//   - Narrow places that the lens does not part are held together by a prior: most places are like their neighbours and
//     few are far off (Student's t, by reweighting), which is what a rack with a fault looks like.
package thermal
