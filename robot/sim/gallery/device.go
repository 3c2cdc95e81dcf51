package gallery

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
)

// device paints one device as it stands, its lights unlit.
func (pa *painter) device(s shownDevice) {
	const gap = 0.0005
	h := float64(s.units) * maps.UnitM
	x0, y0, x1, y1 := s.x, s.y+gap, s.x+maps.PanelWidthM, s.y+h-gap
	rng := rand.New(rand.NewPCG(s.kind.seed, hash(string(s.side))))
	switch {
	case s.kind.picture != nil:
		pa.put(s.x, s.y+h-gap, s.kind.picture)
	case s.side == maps.Front:
		pa.front(s, rng, x0, y0, x1, y1)
	default:
		pa.rear(s, rng, x0, y0, x1, y1)
	}
	// What belongs to this very device: an asset sticker, and how dark its paint is.
	own := rand.New(rand.NewPCG(hash(s.id), 3))
	if s.kind.picture == nil && own.Float64() < 0.5 {
		x := x0 + 0.15 + 0.2*own.Float64()
		pa.rect(x, y1-0.012, x+0.03, y1-0.004, ink{0.7, 0.7, 0.65})
		for k := range 9 {
			pa.rect(x+0.002+float64(k)*0.003, y1-0.011, x+0.002+float64(k)*0.003+0.001+0.001*own.Float64(), y1-0.006, ink{0.05, 0.05, 0.05})
		}
	}
	for _, l := range s.leds {
		x, y, r := s.x+l.XMM/1000, s.y+l.YMM/1000, l.DiameterMM/2000
		pa.disc(x, y, r+0.0007, s.kind.ink().times(0.5))
		pa.disc(x, y, r, lensTint(l))
		pa.disc(x-r/3, y+r/3, r/3, ink{0.3, 0.3, 0.29})
	}
}

// lensTint is the look of an unlit lens: milky, or tinted in the colour that it can show.
func lensTint(l maps.LED) ink {
	if share(hash(l.Name), 9) < 0.6 || len(l.Normal) == 0 {
		return ink{0.12, 0.12, 0.11}
	}
	switch l.Normal[0].Colour {
	case "green":
		return ink{0.06, 0.12, 0.06}
	case "red":
		return ink{0.14, 0.05, 0.05}
	case "amber":
		return ink{0.15, 0.1, 0.04}
	}
	return ink{0.1, 0.1, 0.11}
}

func (k *kind) ink() ink { return ink(k.bezel) }

// front paints ears, vents and what the lights belong to.
func (pa *painter) front(s shownDevice, rng *rand.Rand, x0, y0, x1, y1 float64) {
	base := s.kind.ink()
	pa.rect(x0, y0, x1, y1, base)
	pa.rect(x0, y1-0.0015, x1, y1, base.times(2))
	pa.rect(x0, y0, x1, y0+0.0012, base.times(0.4))
	const ear = 0.012
	for _, x := range []float64{x0, x1 - ear} {
		pa.rect(x, y0, x+ear, y1, base.times(1.4))
		pa.disc(x+ear/2, y0+0.008, 0.003, ink{0.4, 0.4, 0.41})
		pa.disc(x+ear/2, y1-0.008, 0.003, ink{0.4, 0.4, 0.41})
	}
	pa.grille(x0+ear+0.004, y0+0.013, x1-0.05, y1-0.003, base, 0.005+0.003*rng.Float64(), rng.Float64() < 0.5)
	latch := []ink{{0.45, 0.09, 0.02}, {0.02, 0.2, 0.05}, {0.3, 0.3, 0.3}, {0.02, 0.05, 0.25}}[rng.IntN(4)]
	for _, l := range s.leds {
		x, y := s.x+l.XMM/1000, s.y+l.YMM/1000
		switch {
		case len(l.Name) > 4 && l.Name[:4] == "disk":
			pa.rect(x-0.006, y-0.005, x+0.026, min(y+0.03, y1), base.times(0.7))
			pa.rect(x+0.018, y-0.003, x+0.025, y+0.008, latch) // the drive's latch
		case len(l.Name) > 4 && l.Name[:4] == "port":
			down := 0.011
			if y-s.y < 0.02 {
				down = -0.011
			}
			pa.rect(x-0.006, y-down-0.005, x+0.006, y-down+0.005, ink{0.01, 0.01, 0.01})
			for k := range 4 { // brass contacts
				pa.rect(x-0.004+float64(k)*0.0022, y-down-0.004, x-0.003+float64(k)*0.0022, y-down+0.001, ink{0.4, 0.28, 0.08})
			}
		case len(l.Name) > 6 && l.Name[:6] == "outlet":
			pa.rect(x-0.014, y-0.03, x+0.014, y-0.008, ink{0.01, 0.01, 0.01})
		}
	}
	pa.rect(x1-0.045, y0+0.004, x1-0.022, y0+0.009, base.times(3)) // brand
}

// grille paints rows of vents.
func (pa *painter) grille(x0, y0, x1, y1 float64, base ink, pitch float64, round bool) {
	for y := y0; y+pitch < y1; y += pitch {
		if !round {
			pa.rect(x0, y, x1, y+pitch*0.5, base.times(0.35))
			continue
		}
		for x := x0; x+pitch < x1; x += pitch {
			pa.rect(x, y, x+pitch*0.6, y+pitch*0.6, base.times(0.35))
		}
	}
}

// rear paints the sheet, fans and sockets.
func (pa *painter) rear(s shownDevice, rng *rand.Rand, x0, y0, x1, y1 float64) {
	steel := ink{0.3, 0.3, 0.31}
	pa.rect(x0+0.018, y0, x1-0.018, y1, steel)
	pa.grille(x0+0.2, y0+0.004, x1-0.04, y1-0.004, steel, 0.006, rng.Float64() < 0.5)
	for _, l := range s.leds {
		x, y := s.x+l.XMM/1000, s.y+l.YMM/1000
		switch l.Name {
		case "nic1", "nic2":
			pa.rect(x-0.007, y-0.018, x+0.007, y-0.005, ink{0.01, 0.01, 0.01})
			pa.rect(x-0.004, y-0.009, x+0.004, y-0.006, ink{0.4, 0.28, 0.08})
			continue
		case "psu1", "psu2":
			pa.rect(x-0.035, y0+0.002, x+0.045, min(y0+0.04, y1), steel.times(0.8))
		default:
			continue
		}
		pa.rect(x+0.008, y-0.006, x+0.034, y+0.014, ink{0.015, 0.015, 0.015})
		r := math.Min(0.012, (y1-y0)/3)
		pa.disc(x-0.018, y+0.008, r, ink{0.08, 0.08, 0.08})
	}
}
