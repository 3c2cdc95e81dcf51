package props

import (
	"math"
	"math/rand/v2"
	"strings"
)

// Screen draws a lit screen, as of a laptop, a console drawer or a tablet: a bezel, windows, lines of text, a terminal.
func Screen(rng *rand.Rand, wMM, hMM float64) *Layer {
	wMM, hMM = size(wMM), size(hMM)
	l := blank(wMM, hMM, max(0.35, min(1.2, wMM/420)))
	bezel := between(rng, 0.02, 0.05) * wMM
	c := grey(between(rng, 0.01, 0.05))
	if rng.Float64() < 0.2 {
		c = grey(between(rng, 0.25, 0.45))
	}
	l.paint(slab(box{0, 0, wMM, hMM}, bezel*0.6), c, 1, 0)
	on := box{bezel, bezel, wMM - bezel, hMM - bezel*between(rng, 1, 1.8)}
	bright := between(rng, 0.5, 2.2) // a screen of 300 cd/m² outshines paper in a hall of 500 lx
	desk := [...]rgb{{0.02, 0.06, 0.2}, {0.03, 0.03, 0.03}, {0.1, 0.25, 0.4}, {0.25, 0.3, 0.3}, {0.05, 0.15, 0.1}}[rng.IntN(5)].tone(bright)
	l.paintBy(slab(on, 0.5), 0, func(x, y, _ float64) (rgb, float64) {
		return desk.tone(0.7 + 0.6*(x-on.x0)/(on.x1-on.x0)*(y-on.y0)/(on.y1-on.y0)), 1
	})
	w, h := on.x1-on.x0, on.y1-on.y0
	switch rng.IntN(3) {
	case 0:
		l.terminal(rng, on, bright)
	case 1:
		l.window(rng, on, bright)
	default:
		for range 2 + rng.IntN(2) {
			x, y := on.x0+between(rng, 0, 0.4)*w, on.y0+between(rng, 0.02, 0.35)*h
			b := box{x, y, min(on.x1, x+between(rng, 0.45, 0.65)*w), min(on.y1, y+between(rng, 0.45, 0.6)*h)}
			if rng.Float64() < 0.4 {
				l.terminal(rng, b, bright)
			} else {
				l.window(rng, b, bright)
			}
		}
		l.fill(box{on.x0, on.y1 - 0.05*h, on.x1, on.y1}, grey(0.1*bright))
	}
	l.sheen(rng, wMM, hMM)
	return l
}

// sheen is the hall's faint mirror image on a screen.
func (l *Layer) sheen(rng *rand.Rand, wMM, hMM float64) {
	tilt, mid := between(rng, -1, 1), between(rng, 0, wMM)
	veil := between(rng, 0, 0.02)
	l.each(box{0, 0, wMM, hMM}, func(i int, x, y float64) {
		if l.Alpha[i] > 0 {
			l.add(i, grey(veil*(1+smooth(0.2*wMM, 0, math.Abs(x+tilt*y-mid)))))
		}
	})
}

// terminal is light text on a dark ground.
func (l *Layer) terminal(rng *rand.Rand, b box, bright float64) {
	l.fill(b, grey(0.01*bright+0.004))
	ink := [...]rgb{{0.6, 0.6, 0.6}, {0.1, 0.7, 0.15}, {0.7, 0.45, 0.1}, {0.5, 0.6, 0.75}}[rng.IntN(4)].tone(bright)
	l.lines(rng, b, between(rng, 3, 5), ink, true)
}

// window has a title bar, at times a side bar or a chart, and dark text on white.
func (l *Layer) window(rng *rand.Rand, b box, bright float64) {
	w, h := b.x1-b.x0, b.y1-b.y0
	l.fill(b, grey(between(rng, 0.7, 0.95)*bright))
	bar := min(10, 0.08*h)
	l.fill(box{b.x0, b.y0, b.x1, b.y0 + bar}, rgb{0.1, 0.2, 0.45}.tone(bright*between(rng, 0.3, 1.2)))
	for i := range 3 {
		l.paint(disc(b.x1-bar*(0.6+float64(i)), b.y0+bar/2, bar*0.22), grey(0.7*bright), 1, 0)
	}
	text := box{b.x0 + 0.04*w, b.y0 + bar*1.5, b.x1 - 0.04*w, b.y1 - 0.04*h}
	if rng.Float64() < 0.5 {
		l.fill(box{b.x0, b.y0 + bar, b.x0 + 0.22*w, b.y1}, grey(0.5*bright))
		text.x0 = b.x0 + 0.26*w
	}
	if rng.Float64() < 0.4 {
		l.chart(rng, box{text.x0, text.y0, text.x1, text.y0 + 0.4*h}, bright)
		text.y0 += 0.45 * h
	}
	l.lines(rng, text, between(rng, 3.2, 5.5), grey(0.05*bright), false)
}

// lines writes rows of text, with gaps as text has them.
func (l *Layer) lines(rng *rand.Rand, b box, tall float64, ink rgb, prompt bool) {
	p := l.newPen(mono, tall)
	words := [...]string{"eth0", "OK", "status", "up", "10.4.2.17", "error", "node", "active", "psu1", "fan", "0x3f", "link", "temp", "warn", "running"}
	for y := b.y0 + tall*1.1; y < b.y1-tall*0.3; y += tall * 1.25 {
		if rng.Float64() < 0.12 {
			continue
		}
		var row strings.Builder
		if prompt && rng.Float64() < 0.3 {
			row.WriteString("root@a07:~# ")
		}
		wide := between(rng, 0.2, 0.95) * (b.x1 - b.x0)
		for range 14 {
			word := words[rng.IntN(len(words))]
			if p.width(row.String()+word) > wide {
				break
			}
			row.WriteString(word + " ")
		}
		l.write(p, b.x0+tall*0.4, y, row.String(), ink, 1)
	}
}

// chart is a line of load over time.
func (l *Layer) chart(rng *rand.Rand, b box, bright float64) {
	l.fill(b, grey(0.9*bright))
	c := [...]rgb{{0.05, 0.3, 0.7}, {0.6, 0.1, 0.05}, {0.05, 0.45, 0.1}}[rng.IntN(3)].tone(bright)
	w, h := b.x1-b.x0, b.y1-b.y0
	x, y := b.x0, b.y0+h/2
	for range 24 {
		nx, ny := x+w/24, max(b.y0+2, min(b.y1-2, y+between(rng, -0.18, 0.18)*h))
		l.paint(stroke(x, y, nx, ny, 0.7, 0.7), c, 1, 0)
		x, y = nx, ny
	}
}
