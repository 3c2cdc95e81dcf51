// Package led reads status lights from bursts of frames: which are lit, in what colour, and in what rhythm.
//
// Read takes lights whose places are known from the site model through a registration; it does not search for lights, for
// four of five blobs that look like an LED are none (measured, shared/data/real/baselines.md). It goes over the frames
// once: each is laid on the reference by the edges of the fiducials (steadier), and of each light a sample is kept, in
// linear light (sampler). What the halos of neighbours add is measured beside them (twinsOf) and taken off. Then each light
// is judged by its samples alone (judge): a rhythm (Classify), a colour from what does not clip, and how sure that is. What
// is not sure enough is unknown, with a doubt that says what would settle it.
//
// Spot reads one still picture at a known place. Find is the search for pictures of unknown things. All use the same colour
// table and, for rhythms, the same classifier.
//
// Plain Go: it touches a few hundred pixels a light of each frame, and a bad frame cannot take a process down.
package led
