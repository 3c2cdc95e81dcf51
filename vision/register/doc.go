// Package register finds where the camera stood before a rack face: AprilTags (36h11) in the picture, their places
// on the face from the site model, and one joint pose over all of them.
//
// It answers only when the answer can be trusted: with too few tags, or a predicted error of height beyond a sixth of
// a rack unit, it says ErrCannotTell and why. A homography through tags at one end names the wrong unit in up to 60 %
// of looks (measured, simulated 42 U rack); the calibrated joint pose over six tags errs by 0.7 mm (median).
//
// Tags are glued up to 2 mm off their places and look smaller than they are; the joint pose is weighted by that, so that
// its predicted error holds: 95 of 100 heights lie within twice SigmaM (measured, rendered scenes).
//
// Near does so helped by where the robot believes to stand: parts of tags are then enough.
// Without tags ToReference lays the frame over the straightened picture of the commissioning, and FromPose takes the
// robot's own belief. Match does the same for two pictures of unknown cameras.
//
// The tags are found by OpenCV through a small shim of our own (tags.cpp), for gocv binds neither aruco nor solvePnP
// in a package that builds on Debian. The geometry around it is plain Go.
//
// Frames. The face frame is the site model's: m, origin on the floor at the rack's left outer edge, x right, y up,
// z out of the face towards the camera. The camera frame is OpenCV's: x right, y down, z forward. Pixels are of the
// picture as stored, distorted, the centre of the upper left pixel at (0, 0).
package register
