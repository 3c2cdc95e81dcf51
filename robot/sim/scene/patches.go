package scene

import "math"

// patches are the pixels that the lights of a burst change, with what each light gives to each.
type patches struct {
	singles []single   // pixels that one light reaches, light by light
	partly  []partly   // of the same pixels, what is needed less often: kept apart for the cache
	first   []int32    // by lamp: its first single; one more at the end
	crowded []crowded  // pixels that several lights reach
	shares  []share    // of the crowded ones, pixel by pixel
	raw     []rawShare // only while collecting
	index   []int32    // only while collecting: by pixel, how many lights reach it; 0 otherwise
	looks   map[int]profile
}

// A single is a pixel that one light reaches: blue, green and red of the frame when it is off and when it is on.
type single struct {
	at      int32 // offset of its first byte in the frame
	off, on [3]uint8
}

// partly is what a single shows when its light is on for a part of the exposure: under plus a share of light, linear.
type partly struct {
	light, under [3]float32
}

// A crowded pixel takes the shares of several lights.
type crowded struct {
	at, first, end int32
	under          [3]float32
}

// A share is what one light gives to one pixel, linear: blue, green, red.
type share struct {
	lamp  int32
	light [3]float32
}

type rawShare struct {
	at int32
	share
}

const (
	haloPx   = 7.5   // how far around its rim a light is followed, px
	blurPx   = 0.75  // the lens' blur, px
	bloom    = 0.11  // of the centre's brightness, at the rim
	bloomPx  = 2.2   // distance in which the bloom falls to 1/e, px
	haloVeil = 0.012 // white that scatter in the lens adds
)

// collect finds the pixels of all lamps and how much light each gets. The frame must still be without noise.
func (p *patches) collect(frame []byte, shot Shot, r *rays, lamps []lamp, g *grain) {
	p.partly = p.partly[:0]
	p.singles, p.first, p.crowded, p.shares, p.raw = p.singles[:0], p.first[:0], p.crowded[:0], p.shares[:0], p.raw[:0]
	if len(p.index) != shot.Width*shot.Height {
		p.index = make([]int32, shot.Width*shot.Height)
	}
	starts := make([]int, 0, len(lamps)+1)
	for i := range lamps {
		starts = append(starts, len(p.raw))
		p.spread(int32(i), &lamps[i], shot, r)
	}
	starts = append(starts, len(p.raw))
	for i := range lamps {
		p.first = append(p.first, int32(len(p.singles)))
		for _, s := range p.raw[starts[i]:starts[i+1]] {
			if p.index[s.at/3] == 1 {
				p.addSingle(frame, s, g)
			}
		}
	}
	p.first = append(p.first, int32(len(p.singles)))
	p.gather(frame, g)
}

func (p *patches) addSingle(frame []byte, s rawShare, g *grain) {
	n := single{at: s.at}
	w := partly{light: s.light, under: g.linear(frame[s.at:])}
	for c := range n.off {
		n.off[c] = frame[int(s.at)+c]
		n.on[c] = g.encode(w.under[c] + s.light[c])
	}
	p.singles, p.partly = append(p.singles, n), append(p.partly, w)
}

// gather lays the shares of crowded pixels out pixel by pixel, and clears the index.
func (p *patches) gather(frame []byte, g *grain) {
	total := int32(0)
	for _, s := range p.raw {
		i := &p.index[s.at/3]
		if *i > 1 { // its first share: from now on the index holds where its crowd is, negative
			p.crowded = append(p.crowded, crowded{at: s.at, first: total, end: total, under: g.linear(frame[s.at:])})
			total += *i
			*i = -int32(len(p.crowded))
		}
	}
	p.shares = append(p.shares, make([]share, total)...)
	for _, s := range p.raw {
		if i := p.index[s.at/3]; i < 0 {
			c := &p.crowded[-i-1]
			p.shares[c.end] = s.share
			c.end++
		}
	}
	for _, s := range p.raw {
		p.index[s.at/3] = 0
	}
}

// spread notes the light of one lamp on the pixels around it.
func (p *patches) spread(n int32, l *lamp, shot Shot, r *rays) {
	mid := r.nearest(l.u)
	if mid < 0 {
		return
	}
	pxPerM := shot.Intrinsics.FY / r.t[mid]
	radius := l.led.DiameterMM / 2000 * pxPerM
	reach := radius + haloPx
	wide := int(reach) + 2
	x0, x1 := max(mid-wide, 0), min(mid+wide, shot.Width-1)
	cy := shot.Intrinsics.CY - (l.v-shot.View.HeightM)*pxPerM
	y0, y1 := max(int(cy-reach)-1, 0), min(int(cy+reach)+1, shot.Height-1)
	look := p.profile(radius)
	veil := (l.glow[0] + l.glow[1] + l.glow[2]) / 3 * haloVeil
	full := [3]float32{linearOne * (l.glow[2] + veil), linearOne * (l.glow[1] + veil), linearOne * (l.glow[0] + veil)}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			du := (r.u[x] - l.u) * pxPerM
			dv := (shot.View.HeightM + r.t[x]*r.upPerM[y] - l.v) * pxPerM
			f := look.at(du*du + dv*dv)
			if f == 0 {
				continue
			}
			i := y*shot.Width + x
			p.index[i]++
			p.raw = append(p.raw, rawShare{int32(i * 3), share{n, [3]float32{f * full[0], f * full[1], f * full[2]}}})
		}
	}
}

// nearest is the column that looks left of u and next to it, -1 when u is not in view. Columns look at u in order.
func (r *rays) nearest(u float64) int {
	lo, hi := 0, len(r.u)-1
	if hi < 0 || r.t[lo] == 0 || r.t[hi] == 0 || u < r.u[lo] || u > r.u[hi] {
		return -1
	}
	for hi-lo > 1 {
		if m := (lo + hi) / 2; r.u[m] <= u {
			lo = m
		} else {
			hi = m
		}
	}
	return lo
}

// profile returns the profile of lights of a radius, rounded to 1/16 px.
func (p *patches) profile(radiusPx float64) profile {
	key := int(radiusPx*16 + 0.5)
	look, ok := p.looks[key]
	if !ok {
		look = newProfile(float64(key) / 16)
		if p.looks == nil || len(p.looks) > 256 {
			p.looks = map[int]profile{}
		}
		p.looks[key] = look
	}
	return look
}

// A profile is a light's brightness by the square of the distance from its centre, in steps of 1/profileSteps px².
type profile []float32

const profileSteps = 4

// newProfile is that of a disc seen through the lens, with the bloom around it, which ends at haloPx.
func newProfile(radiusPx float64) profile {
	small := min(1, radiusPx*radiusPx/(blurPx*blurPx)) // a light smaller than the blur gets dim
	reach := radiusPx + haloPx
	p := make(profile, int(reach*reach*profileSteps)+2)
	for i := range p {
		dist := math.Sqrt(float64(i) / profileSteps)
		disc := 0.5 * math.Erfc((dist-radiusPx)/(blurPx*math.Sqrt2))
		out := max(dist-radiusPx, 0)
		end := max(1-out*out/(haloPx*haloPx), 0)
		p[i] = float32(small * (disc + bloom*math.Exp(-out/bloomPx)) * end)
	}
	return p
}

// at is the brightness at a squared distance, px²; 0 beyond the profile's reach.
func (p profile) at(squarePx float64) float32 {
	x := squarePx * profileSteps
	i := int(x)
	if i+1 >= len(p) {
		return 0
	}
	f := float32(x - float64(i))
	return p[i]*(1-f) + p[i+1]*f
}

// paint shows the lights at the levels (0..1, by lamp) in a frame, with noise from a place of the ring.
func (p *patches) paint(frame []byte, levels []float32, g *grain, start uint64) {
	for lamp, level := range levels {
		run := p.singles[p.first[lamp]:p.first[lamp+1]]
		noise := g.stretch(start, 3*len(run))
		start += uint64(3 * len(run))
		for i := range run {
			s := &run[i]
			show := &s.off
			var part [3]uint8
			switch {
			case level >= 1:
				show = &s.on
			case level > 0:
				w := &p.partly[int(p.first[lamp])+i]
				for c := range part {
					part[c] = g.encode(w.under[c] + level*w.light[c])
				}
				show = &part
			}
			px, n := frame[s.at:s.at+3:s.at+3], noise[3*i:3*i+3:3*i+3]
			px[0], px[1], px[2] = noisy(show[0], n[0]), noisy(show[1], n[1]), noisy(show[2], n[2])
		}
	}
	p.paintCrowded(frame, levels, g, start)
}

func (p *patches) paintCrowded(frame []byte, levels []float32, g *grain, start uint64) {
	noise := g.stretch(start, 3*len(p.crowded))
	for i := range p.crowded {
		c := &p.crowded[i]
		sum := c.under
		for _, s := range p.shares[c.first:c.end] {
			k := levels[s.lamp]
			sum[0], sum[1], sum[2] = sum[0]+k*s.light[0], sum[1]+k*s.light[1], sum[2]+k*s.light[2]
		}
		px, n := frame[c.at:c.at+3:c.at+3], noise[3*i:3*i+3:3*i+3]
		px[0], px[1], px[2] = noisy(g.encode(sum[0]), n[0]), noisy(g.encode(sum[1]), n[1]), noisy(g.encode(sum[2]), n[2])
	}
}

func noisy(v uint8, n int8) uint8 {
	return uint8(min(max(int32(v)+int32(n), 0), 255))
}
