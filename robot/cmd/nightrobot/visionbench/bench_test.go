package visionbench

import (
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/gallery"
)

// BenchmarkInspect is one rack inspection: rendering, commissioning, the first look and a second where it is asked for.
func BenchmarkInspect(b *testing.B) {
	g, err := gallery.New(gallery.Options{Seed: 5, Hard: true})
	if err != nil {
		b.Fatal(err)
	}
	in := &inspector{gallery: g, dir: b.TempDir()}
	for i := 0; b.Loop(); i++ {
		if _, err := in.inspect(i % 16); err != nil {
			b.Fatal(err)
		}
	}
}
