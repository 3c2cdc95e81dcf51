// Package notice says what a look shows besides lights and temperatures: whether the rack's door stands open, blanking
// panels and devices are where they belong, liquid stands at the foot, and lights shine where none belongs.
//
// It compares straightened pictures (vision/ortho) of the look with those of the commissioning, after taking out what
// another day changes: exposure, gamma, the fall-off of the light, a few millimetres of registration. What it cannot
// tell it calls unknown: a person in the way is no missing server. It decides in plain Go on two millimetres a pixel,
// which takes some tens of milliseconds; it opens no file and knows no clock.
//
// Frames: pictures of the face are in the face frame, pictures of the floor have x as the face's and y the distance
// before the face.
package notice
