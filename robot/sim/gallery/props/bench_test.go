package props_test

import (
	"math/rand/v2"
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

func BenchmarkLayers(b *testing.B) {
	for name, draw := range map[string]func(*rand.Rand){
		"gauge":   func(r *rand.Rand) { props.Gauge(r, 63, 0, 10, -135, 135, 4) },
		"display": func(r *rand.Rand) { props.Display(r, 60, 24, "12.5") },
		"panel":   func(r *rand.Rand) { props.Panel(r, 44.45) },
		"void":    func(r *rand.Rand) { props.Void(r, 44.45) },
		"mesh":    func(r *rand.Rand) { props.MeshDoor(r, 600, 1500) },
		"head":    func(r *rand.Rand) { props.Head(r) },
		"screen":  func(r *rand.Rand) { props.Screen(r, 340, 220) },
		"puddle":  func(r *rand.Rand) { props.Puddle(r, 600, 400) },
	} {
		b.Run(name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(3, 4))
			for b.Loop() {
				draw(rng)
			}
		})
	}
}
