package scene

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A plate is one side of a device being painted: the canvas, the device's corner and size, and its lights.
type plate struct {
	c          *canvas
	u, v, w, h float64 // m
	base       tint
	seed       uint64 // of the device type: all of one model look alike
	slug       string
	leds       []*maps.LED // of the side that shows
}

// bezels are the paints of equipment makers: blacks, greys, one silver, one dark blue.
var bezels = [...]tint{0x222326, 0x2c2d31, 0x3b3d40, 0x4a4c50, 0x5e6265, 0x26303f}

// drawDevice paints a device's faceplate, its lights unlit.
func (s *Scene) drawDevice(c *canvas, d *shown) {
	const gap = 0.0006 // m, between neighbours
	typ := d.dev.Type
	p := &plate{c: c, u: d.u, v: d.v + gap, w: maps.PanelWidthM, h: d.h - 2*gap, seed: s.seed, slug: typ.Slug}
	p.base = bezels[mix(7, typ.Manufacturer, typ.Slug)%uint64(len(bezels))]
	for i := range typ.LEDs {
		if typ.LEDs[i].Face == d.side {
			p.leds = append(p.leds, &typ.LEDs[i])
		}
	}
	if d.side == maps.Rear {
		p.base = 0x6b6d6f // bare steel
		p.rear()
	} else {
		p.front()
	}
	for _, led := range p.leds {
		u, v := s.ledAt(d, led)
		r := led.DiameterMM / 2000
		c.disc(u, v, r+0.0006, p.base.scaled(0.6))
		c.disc(u, v, r, tint(0x55564f))
		c.disc(u-r/3, v+r/3, r/3, tint(0x7d7d78))
	}
	p.label()
}

// front paints bezel, ears, vents and what the lights belong to.
func (p *plate) front() {
	p.c.rect(p.u, p.v, p.u+p.w, p.v+p.h, p.base)
	p.c.rect(p.u, p.v+p.h-0.0015, p.u+p.w, p.v+p.h, p.base.scaled(1.5))
	p.c.rect(p.u, p.v, p.u+p.w, p.v+0.0012, p.base.scaled(0.5))
	const ear = 0.016 // m
	for _, u := range []float64{p.u, p.u + p.w - ear} {
		p.c.rect(u, p.v, u+ear, p.v+p.h, p.base.scaled(1.25))
		for v := p.v + 0.008; v < p.v+p.h; v += 0.0305 {
			p.c.disc(u+ear/2, v, 0.0032, tint(0xa0a2a4))
			p.c.disc(u+ear/2, v, 0.0014, inkBlack)
		}
	}
	from := p.u + ear + 0.006
	to := p.u + p.w - ear - 0.006
	p.vents(from, p.v+0.005, to, p.v+p.h-0.005)
	p.parts()
}

// rear paints the sheet, its fans and sockets and what the lights belong to.
func (p *plate) rear() {
	p.c.rect(p.u+0.02, p.v, p.u+p.w-0.02, p.v+p.h, p.base)
	p.c.rect(p.u+0.02, p.v+p.h-0.001, p.u+p.w-0.02, p.v+p.h, p.base.scaled(1.3))
	p.vents(p.u+0.16, p.v+0.004, p.u+p.w-0.05, p.v+p.h-0.004)
	for i := range 3 {
		u := p.u + 0.05 + 0.03*float64(i)
		p.c.rect(u, p.v+0.008, u+0.016, p.v+0.022, inkBlack)
		p.c.rect(u+0.002, p.v+0.010, u+0.014, p.v+0.014, tint(0x9a8a50))
	}
	p.parts()
}

// vents paints a perforated field: rows of holes, every other one shifted.
func (p *plate) vents(u0, v0, u1, v1 float64) {
	pitch := 0.0045 + 0.002*chance(11, p.slug) // m
	dark, hole := p.base.scaled(0.75), p.base.scaled(0.3)
	p.c.rect(u0, v0, u1, v1, dark)
	shift := 0.0
	for v := v0 + 0.001; v+pitch*0.6 < v1; v += pitch {
		for u := u0 + 0.001 + shift; u+pitch*0.6 < u1; u += pitch {
			p.c.rect(u, v, u+pitch*0.6, v+pitch*0.6, hole)
		}
		shift = pitch/2 - shift
	}
}

// parts paints what the lights belong to, by the names of the lights.
func (p *plate) parts() {
	var disks, others []*maps.LED
	for _, led := range p.leds {
		if isNamed(led, "disk", "drive", "bay", "hdd", "ssd", "nvme") {
			disks = append(disks, led)
		} else {
			others = append(others, led)
		}
	}
	p.carriers(disks)
	for _, led := range others {
		u, v, r := p.u+led.XMM/1000, p.v+led.YMM/1000, led.DiameterMM/2000
		switch {
		case isNamed(led, "port", "link", "eth", "sfp", "uplink", "act"):
			p.c.rect(u-0.0065, v-r-0.0125, u+0.0065, v-r-0.0015, inkBlack)
			p.c.rect(u-0.004, v-r-0.0035, u+0.004, v-r-0.0015, tint(0x8a7a48))
		case isNamed(led, "psu", "power-supply"):
			p.c.rect(u-0.03, p.v+0.003, u+0.03, p.v+p.h-0.003, p.base.scaled(0.8))
			p.c.rect(u-0.026, p.v+0.007, u-0.006, p.v+min(p.h-0.005, 0.026), inkBlack)
			p.c.rect(u-r-0.003, v-r-0.003, u+r+0.003, v+r+0.003, p.base)
		case isNamed(led, "fan") && led.Face == maps.Rear && led.XMM > 70:
			p.c.disc(u-0.02, p.v+p.h/2, min(p.h/2-0.004, 0.04), p.base.scaled(0.45))
			p.c.disc(u-0.02, p.v+p.h/2, 0.006, p.base)
		default:
			p.c.rect(u-r-0.003, v-r-0.003, u+r+0.003, v+r+0.003, p.base.scaled(1.1))
			p.c.rect(u-0.003, v+r+0.0035, u+0.003, v+r+0.0045, paperWhite.scaled(0.7))
		}
	}
}

// carriers paints a disk carrier for each disk light, as wide as the lights stand apart.
func (p *plate) carriers(leds []*maps.LED) {
	if len(leds) == 0 {
		return
	}
	slices.SortFunc(leds, func(a, b *maps.LED) int { return cmp.Compare(a.XMM, b.XMM) })
	pitch, tall := 0.1, p.h-0.006
	for i := 1; i < len(leds); i++ {
		if dx := (leds[i].XMM - leds[i-1].XMM) / 1000; dx > 0.008 {
			pitch = min(pitch, dx)
		}
	}
	for _, a := range leds {
		for _, b := range leds {
			if dy := math.Abs(a.YMM-b.YMM) / 1000; dy > 0.012 {
				tall = min(tall, dy)
			}
		}
	}
	for _, led := range leds {
		u, v, r := p.u+led.XMM/1000, p.v+led.YMM/1000, led.DiameterMM/2000
		lo := max(p.v+0.003, min(v-tall/2, p.v+p.h-0.003-tall))
		p.c.rect(u-r-0.0025, lo, u-r-0.0025+pitch-0.001, lo+tall-0.001, tint(0x17181a))
		p.c.rect(u-r-0.002, lo+0.0008, u-r-0.002+pitch-0.0022, lo+tall-0.002, p.base.scaled(1.15))
		p.c.rect(u+r+0.003, lo+tall*0.2, u-r+pitch-0.006, lo+tall*0.75, p.base.scaled(0.4))
		p.c.rect(u-r-0.001, lo+0.002, u+r+0.001, lo+0.004, tint(0x7a3030)) // release latch
	}
}

// label paints a paper label with lines of print in it, where the model has it.
func (p *plate) label() {
	u := p.u + p.w*(0.55+0.3*chance(23, p.slug))
	v := p.v + 0.003
	p.c.rect(u, v, u+0.03, v+0.007, paperWhite)
	for i := range 12 {
		x := u + 0.003 + 0.002*float64(i)
		if mix(p.seed, p.slug, string(rune('a'+i)))&3 != 0 {
			p.c.rect(x, v+0.002, x+0.0012, v+0.005, inkBlack)
		}
	}
}
