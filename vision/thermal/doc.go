// Package thermal reads temperatures of places from thermal pictures: of each device and bare unit of a registered
// rack face (Read), or the hot spots of a picture of anything (HotSpots), and draws them for people (Draw). Plain Go.
//
// A camera sees surfaces, not air, and sees them coarsely: the sample robot's 24 x 32 pixels are 3 cm wide on a rack
// face. So places are sampled by bilinear interpolation inside their edges, and the 95th percentile, not the maximum,
// is what is judged: a single noisy pixel is no hot device.
package thermal
