// Package radiometric reads pictures that hold temperatures: radiometric JPEGs of FLIR cameras (and DJI's with FLIR
// sensors), and 16-bit PNG or TIFF whose scale the caller knows. It is plain Go, never panics on bad input, and bounds
// its memory by the size of the file and maxPixels.
//
// The formula is the single-path form (FACTS.md section 4): it agrees with FLIR Tools' own export to 0.0005 K over a
// whole picture, where the widely copied two-path form is off by up to 0.10 K at 5 m. Mistakes met in the field:
//   - PlanckF is not always 1.
//   - A PNG's byte order inside the JPEG varies by camera; it is judged by which order gives temperatures that exist.
//   - Relative humidity is stored as a share by most cameras and in percent by some.
//   - Emissivity dominates: 0.95 instead of 0.60 is 14.6 K.
package radiometric
