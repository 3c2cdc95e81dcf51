package gallery_test

import (
	"bytes"
	"image"
	"slices"
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/gallery"
)

// TestTruthIsWithinThePicture: what a shot says is in view has its pixels there, and faults are only of states that the
// maker names so.
func TestTruthIsWithinThePicture(t *testing.T) {
	for rack := range 6 {
		p, s := shoot(t, gallery.Options{Seed: 7, Hard: true}, rack, gallery.Ask{Seconds: 0.04})
		s.Close()
		faults := 0
		for _, l := range s.Lights {
			if l.U < 0 || l.V < 0 || l.U >= float64(s.Width) || l.V >= float64(s.Height) || l.RadiusPx <= 0 {
				t.Errorf("rack %d: %s %s is at %.0f %.0f, radius %.1f", rack, l.Device, l.LED, l.U, l.V, l.RadiusPx)
			}
			if l.Hidden < 0 || l.Hidden > 1 || l.Clipped < 0 || l.Clipped > 1 {
				t.Errorf("rack %d: %s %s is hidden by %g and clipped by %g", rack, l.Device, l.LED, l.Hidden, l.Clipped)
			}
			if l.Fault && l.Declared {
				faults++
			}
		}
		if faults > p.Standing.FaultyLights {
			t.Errorf("rack %d: %d faults in view of %d", rack, faults, p.Standing.FaultyLights)
		}
		for _, r := range slices.Concat(s.People, s.Screens) {
			if r.Empty() || !r.Overlaps(image.Rect(0, 0, s.Width, s.Height)) {
				t.Errorf("rack %d: somebody or a screen at %v is out of the picture", rack, r)
			}
		}
	}
}

// TestCommissioningIsInOrder, with nobody in the way, from about the same place and in other light.
func TestCommissioningIsInOrder(t *testing.T) {
	for rack := range 4 {
		p, day := shoot(t, gallery.Options{Seed: 8, Hard: true}, rack, gallery.Ask{Commission: true, Seconds: 0.04})
		day.Close()
		for _, l := range day.Lights {
			if l.Fault {
				t.Errorf("rack %d: %s %s is at fault on the day of commissioning", rack, l.Device, l.LED)
			}
		}
		if len(day.People)+len(day.Screens) > 0 {
			t.Errorf("rack %d: people or screens at commissioning", rack)
		}
		night, err := p.Shoot(gallery.Ask{Seconds: 0.04})
		if err != nil {
			t.Fatal(err)
		}
		night.Close()
		if day.Camera == night.Camera {
			t.Errorf("rack %d: both shots are from the very same pose", rack)
		}
	}
}

// TestRacksAreTheSameSideBySide: several goroutines that make and shoot one rack get the same truth.
func TestRacksAreTheSameSideBySide(t *testing.T) {
	g, err := gallery.New(gallery.Options{Seed: 9, Hard: true})
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		lights []gallery.Light
		pixels []byte
	}
	results := make(chan seen, 2)
	for range cap(results) {
		go func() {
			p, err := g.Rack(3)
			if err != nil {
				t.Error(err)
			}
			s, err := p.Shoot(gallery.Ask{Seconds: 0.04})
			if err != nil {
				t.Error(err)
			}
			got := seen{s.Lights, bytes.Clone(s.Frame(1)[:300000])}
			s.Close()
			results <- got
		}()
	}
	a, b := <-results, <-results
	if !slices.Equal(a.lights, b.lights) || !bytes.Equal(a.pixels, b.pixels) {
		t.Error("two goroutines made different pictures of one rack")
	}
}
