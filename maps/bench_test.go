package maps_test

import (
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

func BenchmarkLoadSample(b *testing.B) {
	for b.Loop() {
		if _, err := maps.Load(maps.Sample()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShortestPath(b *testing.B) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		b.Fatal(err)
	}
	g := s.Halls[0].Graph
	for b.Loop() {
		g.ShortestPath("dock-1", "a4-12", nil)
	}
}
