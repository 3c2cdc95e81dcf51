package heat

import (
	"math"
	"slices"
	"strconv"

	"github.com/nightrounds/nightrounds/maps"
)

// cellM is the grain of a face's temperatures, m: a quarter of what the better sensor resolves from 1 m.
const cellM = 0.006

// A field is the true temperatures of the middle of a face, where devices are, and how they emit.
type field struct {
	x0, y0 float64 // the lower left corner of cell 0, m
	nx, ny int
	t      []float32 // °C
	emits  []float32
	gloss  []bool // mirrors what is warm in the aisle
}

// A part is a stretch of the face between the posts: a device, a panel or a hole.
type part struct {
	minY, maxY float64
	id         string
	typ        *maps.DeviceType // nil without a device
	side       maps.Face
	hole       bool
}

// newField lays out the stretch of the face that a view shows.
func newField(s *Scene, l *look, v *view) *field {
	lowY, highY := v.span(s)
	left := (s.Rack.Type.WidthM - maps.PanelWidthM) / 2
	f := &field{x0: left, y0: lowY, nx: int(math.Ceil(maps.PanelWidthM / cellM)), ny: max(1, int(math.Ceil((highY-lowY)/cellM)))}
	n := f.nx * f.ny
	f.t, f.emits, f.gloss = make([]float32, n), make([]float32, n), make([]bool, n)
	all := parts(s)
	for i := range all {
		f.lay(s, l, &all[i])
	}
	for _, p := range all {
		if k := s.HotK[p.id]; p.id != "" && k != 0 {
			f.heat(&p, k)
		}
	}
	return f
}

// parts returns what fills the units of a face: devices where they now stand, and panels and holes between them.
func parts(s *Scene) []part {
	taken := make([]bool, s.Rack.Type.UHeight+2)
	var all []part
	for _, sh := range s.Rack.Shown(s.Face) {
		if slices.Contains(s.Missing, sh.Device.ID) {
			continue
		}
		unit := sh.Device.Position
		if now, ok := s.Moved[sh.Device.ID]; ok {
			unit = now
		}
		p := part{id: sh.Device.ID, typ: sh.Device.Type, side: sh.DeviceFace, minY: s.Rack.UnitBottomM(unit)}
		p.maxY = p.minY + float64(sh.Device.Type.UHeight)*maps.UnitM
		for u := max(unit, 0); u < min(unit+sh.Device.Type.UHeight, len(taken)); u++ {
			taken[u] = true
		}
		all = append(all, p)
	}
	for u := 1; u <= s.Rack.Type.UHeight; u++ {
		if !taken[u] {
			hole := !slices.Contains(s.Rack.BlankingPanels, u) || slices.Contains(s.MissingPanels, u)
			y := s.Rack.UnitBottomM(u)
			all = append(all, part{minY: y, maxY: y + maps.UnitM, hole: hole})
		}
	}
	return all
}

// lay gives a part its temperatures. A front stands little above the air that it draws in; a rear blows out what the
// type's usual rise says. A device's load is its own and holds from look to look (sigma 0.7 K), but for 0.2 K.
func (f *field) lay(s *Scene, l *look, p *part) {
	height := float64(s.Rack.Type.UHeight) * maps.UnitM
	air := l.airC + l.gradientK*(p.minY-s.Rack.Type.BaseM)/height
	habit, emits, gloss := 0.4, 0.92, false
	spread := 0.0 // of a part's own pattern, K
	switch {
	case p.hole:
		// Air from behind comes back through a hole (recirculation), and one looks at warm depth.
		habit, emits = 1.5+2.5*share(s.Rack.ID, "hole", strconv.Itoa(int(p.minY*1000))), 0.97
		if s.Face == maps.Rear {
			habit = -3
		}
	case p.typ != nil:
		habit, spread = habitOf(p)
		habit += 0.2 * (float64(mix(l.loads^seed(p.id))>>11)/(1<<53) - 0.5) * 3.46
		emits = emissivityOf(p)
		gloss = share(p.typ.Slug, "gloss") < 0.4
	}
	broad, fine, tall := p.pattern(f.nx)
	for iy := f.row(p.minY); iy < f.row(p.maxY); iy++ {
		down := tall(f.y0 + (float64(iy)+0.5)*cellM)
		for ix := range f.nx {
			i := iy*f.nx + ix
			f.t[i] = float32(air + habit + spread*(broad[ix]+down*fine[ix]))
			f.emits[i] = float32(emits)
			f.gloss[i] = gloss
		}
	}
	if p.typ != nil {
		f.bare(s, p)
	}
}

// habitOf is how far a device's face stands above the air, and how much that varies over it, K.
func habitOf(p *part) (riseK, patternK float64) {
	load := 0.7 * normal(p.id, "load")
	typical := p.typ.Thermal.TypicalRiseK
	if typical == 0 {
		typical = 6 + 8*share(p.typ.Slug, "rise")
	}
	if p.side == maps.Front {
		return 0.8 + 0.12*typical + 1.5*share(p.typ.Slug, "front") + load, 0.3 + 0.5*share(p.typ.Slug, "pattern")
	}
	// Behind, the air is l.airC, hot already by 6 K; the jets add the rest. Cages and boards run cooler than the jet.
	return 0.7*typical - 3 + 2*load, 1 + 0.08*typical
}

// emissivityOf is a type's own, as plastics and paints have it (0.85 to 0.95), when nothing is declared.
func emissivityOf(p *part) float64 {
	e := p.typ.Thermal.Emissivity
	if e <= 0 || e > 1 {
		e = 0.9
	}
	return max(0.05, min(0.97, e+0.015*normal(p.typ.Slug, "emissivity")))
}

// pattern is a type's own relief of warm and cool spots, about ±1 in all: at a place of column i and height y it is
// broad[i] + fine[i]*tall(y).
func (p *part) pattern(columns int) (broad, fine []float64, tall func(y float64) float64) {
	broad, fine = make([]float64, columns), make([]float64, columns)
	if p.typ == nil {
		return broad, fine, func(float64) float64 { return 0 }
	}
	a, b := share(p.typ.Slug, "a"), share(p.typ.Slug, "b")
	for i := range columns {
		x := (float64(i) + 0.5) * cellM
		broad[i] = 0.6 * math.Sin(2*math.Pi*(x*(3+9*a)+b))
		fine[i] = 0.4 * math.Cos(2*math.Pi*x*(14+12*b))
	}
	return broad, fine, func(y float64) float64 { return math.Cos(2 * math.Pi * (y - p.minY) * (8 + 6*a)) }
}

// bare gives the parts of bare metal their emissivity: those that the type declares and, in a hard scene, on some types
// small grips that nobody declared.
func (f *field) bare(s *Scene, p *part) {
	for _, m := range p.typ.Thermal.Materials {
		if m.Face == p.side {
			f.patch(p, m.XMM/1000, m.YMM/1000, m.WMM/1000, m.HMM/1000, m.Emissivity)
		}
	}
	if s.Hard && share(p.typ.Slug, "grip") < 0.25 {
		for _, x := range []float64{0.002, maps.PanelWidthM - 0.016} {
			f.patch(p, x, 0.008, 0.014, p.maxY-p.minY-0.016, 0.25)
		}
	}
}

// patch sets the emissivity of a box of a part, m from its lower left corner.
func (f *field) patch(p *part, x, y, w, h, emissivity float64) {
	ix0, ix1 := max(0, int(x/cellM+0.5)), min(f.nx, int((x+w)/cellM+0.5))
	for iy := f.row(p.minY + max(0, y)); iy < f.row(min(p.maxY, p.minY+y+h)); iy++ {
		for ix := ix0; ix < ix1; ix++ {
			f.emits[iy*f.nx+ix] = float32(max(0.03, min(1, emissivity)))
			f.gloss[iy*f.nx+ix] = false
		}
	}
}

// heat warms a device by hotK: flat over its vents, which take 50 to 100 % of its width, less towards the rim, and 15 to
// 25 % of it in what it touches above and below, falling off within a few cm.
func (f *field) heat(p *part, hotK float64) {
	width := maps.PanelWidthM * (0.5 + 0.5*share(p.id, "vents"))
	midX := width/2 + (maps.PanelWidthM-width)*share(p.id, "place")
	conducts := 0.15 + 0.10*share(p.id, "conducts")
	const soft, reach = 0.012, 0.02
	for iy := f.row(p.minY - 4*reach); iy < f.row(p.maxY+4*reach); iy++ {
		y := f.y0 + (float64(iy)+0.5)*cellM
		gain := 1.0
		if away := max(p.minY-y, y-p.maxY); away > 0 {
			gain = conducts * math.Exp(-away/reach)
		}
		for ix := range f.nx {
			x := (float64(ix) + 0.5) * cellM
			in := 1 / (1 + math.Exp((math.Abs(x-midX)-width/2)/soft*1.5))
			f.t[iy*f.nx+ix] += float32(hotK * gain * in)
		}
	}
}

// row is the first row of cells whose middle lies at or above y, inside the field.
func (f *field) row(y float64) int {
	return max(0, min(f.ny, int(math.Ceil((y-f.y0)/cellM-0.5))))
}

// at returns the cell of a place; ok is false outside.
func (f *field) at(x, y float64) (i int, ok bool) {
	ix, iy := int(math.Floor((x-f.x0)/cellM)), int(math.Floor((y-f.y0)/cellM))
	if ix < 0 || iy < 0 || ix >= f.nx || iy >= f.ny {
		return 0, false
	}
	i = iy*f.nx + ix
	return i, f.emits[i] != 0
}
