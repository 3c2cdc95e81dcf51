// Package led reads status lights from bursts of frames: which are lit, in what colour, and in what rhythm.
//
// Read takes lights whose places are known from the site model through a registration; it searches for nothing, for
// four of five blobs that look like an LED are none (measured, shared/data/real/baselines.md). Find is the search for
// pictures of unknown things. Both use the same colour table and the same classifier of rhythms (Rhythm).
//
// Plain Go: it touches a few hundred pixels of each frame, and a bad frame cannot take a process down.
package led
