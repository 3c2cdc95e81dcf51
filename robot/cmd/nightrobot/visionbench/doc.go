// Package visionbench measures what the robot's eyes are worth: it has the look pipeline judge a held-out world of
// rendered racks (package robot/sim/gallery), real photographs and recordings, and holds the answers against the truth.
//
// Rendered and real are separate rows. Every rate comes with its 95 % interval and the number of trials, and what was
// not answered has rows of its own: an abstention is never counted as right.
package visionbench
