package scene

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
)

const (
	// ReferenceExposure is the exposure at which paint looks as drawn.
	ReferenceExposure = 8 * time.Millisecond
	shakes            = 3    // ways in which the hand holds still
	shakePx           = 0.45 // how far they lie from the middle at most, px
	vignette          = 0.16 // what the corners lose
	maxCanvasM        = 2.6  // of a side drawn at once: a grazing view sees no further
)

// A Shot is one burst to be taken.
type Shot struct {
	View          View
	Width, Height int // px
	Intrinsics    camera.Intrinsics
	Exposure      time.Duration // 0 means ReferenceExposure
	Times         []time.Time   // of the middle of each frame's exposure
}

// A darkroom is the working memory of one burst.
type darkroom struct {
	canvas canvas
	frames [shakes][]byte
	lit    [shakes]patches
	rays   rays
}

// rays say what each column of the picture looks at, and how far away it is along the optical axis.
type rays struct {
	u, t   []float64 // m; t is 0 for a column that does not meet the side
	upPerM []float64 // by row: how much higher a ray gets per m along the axis
}

// Render writes the burst's frames, one after the other, each Height rows of Width pixels of blue, green, red.
func (s *Scene) Render(w io.Writer, shot Shot, truth Truth) error {
	if err := shot.check(); err != nil {
		return fmt.Errorf("render a burst in hall %q: %w", shot.View.Hall, err)
	}
	if shot.Exposure == 0 {
		shot.Exposure = ReferenceExposure
	}
	d := s.darkrooms.Get().(*darkroom)
	defer s.darkrooms.Put(d)
	side := s.facing(shot.View)
	lamps := s.lampsOf(side, shot, truth)
	s.expose(d, side, shot, lamps)
	levels := make([]float32, len(lamps))
	for i, at := range shot.Times {
		for k := range lamps {
			l := &lamps[k]
			levels[k] = float32(litShare(l.state, at, shot.Exposure, s.seed, l.device, l.led.Name))
		}
		hold := s.hold(at)
		frame := d.frames[hold]
		d.lit[hold].paint(frame, levels, s.grain, scramble(s.seed^uint64(at.UnixNano())))
		if _, err := w.Write(frame); err != nil {
			return fmt.Errorf("render a burst: frame %d: %w", i, err)
		}
	}
	return nil
}

// hold is the shake of the frame at a time.
func (s *Scene) hold(at time.Time) int {
	return int(scramble(s.seed+uint64(at.UnixNano())) % shakes)
}

func (shot *Shot) check() error {
	const most = 1 << 13
	in := shot.Intrinsics
	switch {
	case shot.Width < 1 || shot.Height < 1 || shot.Width > most || shot.Height > most:
		return fmt.Errorf("picture of %d x %d px: each side must be 1 to %d", shot.Width, shot.Height, most)
	case in.FX <= 0 || in.FY <= 0 || math.IsNaN(in.CX+in.CY):
		return errors.New("intrinsics without a focal length")
	case in.Dist != [5]float64{}:
		return errors.New("the simulated lens has no distortion: set Dist to zero")
	case shot.Exposure < 0:
		return errors.New("a negative exposure")
	}
	return nil
}

// expose draws what does not change over the burst, once for each shake.
func (s *Scene) expose(d *darkroom, side *side, shot Shot, lamps []lamp) {
	gain := newGain(shot.Exposure, s.grain)
	for i := range shakes {
		n := strconv.Itoa(i)
		dx, dy := spread(shakePx, s.seed, "shake-x", n), spread(shakePx, s.seed, "shake-y", n)
		d.rays.aim(side, shot, dx, dy)
		if i == 0 {
			d.cover(s, side, shot.View.HeightM)
		}
		size := shot.Width * shot.Height * 3
		if cap(d.frames[i]) < size {
			d.frames[i] = make([]byte, size)
		}
		d.frames[i] = d.frames[i][:size]
		d.project(d.frames[i], shot, gain)
		d.lit[i].collect(d.frames[i], shot, &d.rays, lamps, s.grain)
		s.grain.addTo(d.frames[i], mix(s.seed, "grain", n))
	}
}

// aim finds what each column and row looks at. Pixel centres have whole coordinates, as in OpenCV.
func (r *rays) aim(sd *side, shot Shot, dx, dy float64) {
	r.u, r.t, r.upPerM = r.u[:0], r.t[:0], r.upPerM[:0]
	in, pose := shot.Intrinsics, shot.View.Pose
	for y := range shot.Height {
		r.upPerM = append(r.upPerM, -(float64(y)-in.CY-dy)/in.FY)
	}
	for x := range shot.Width {
		u, t := 0.0, 0.0
		if sd != nil {
			u, t, _ = sd.meet(pose, (float64(x)-in.CX-dx)/in.FX)
		}
		r.u, r.t = append(r.u, u), append(r.t, t)
	}
}

// cover draws the stretch of the side that the rays meet.
func (d *darkroom) cover(s *Scene, sd *side, heightM float64) {
	if sd == nil {
		d.canvas.reset(0, 0, 0, 0)
		return
	}
	u0, u1, far := math.Inf(1), math.Inf(-1), 0.0
	for x, t := range d.rays.t {
		if t > 0 {
			u0, u1, far = min(u0, d.rays.u[x]), max(u1, d.rays.u[x]), max(far, t)
		}
	}
	if far == 0 {
		d.canvas.reset(0, 0, 0, 0)
		return
	}
	const rim = 0.01 // m
	mid := d.rays.u[len(d.rays.u)/2]
	u0, u1 = max(u0, mid-maxCanvasM/2)-rim, min(u1, mid+maxCanvasM/2)+rim
	v0 := max(heightM+far*d.rays.upPerM[len(d.rays.upPerM)-1], -0.5) - rim
	v1 := min(heightM+far*d.rays.upPerM[0], sd.topV+0.5) + rim
	d.canvas.reset(u0, v0, u1, v1)
	s.draw(&d.canvas, sd)
	d.canvas.glare(sd)
}

// glare lays the reflection of a ceiling lamp over the drawing: a soft band of light on the upper part of the rack.
func (c *canvas) glare(sd *side) {
	const at, width, most = 0.78, 0.05, 0.10 // of the height of the side; m; of white
	for y := range c.h {
		off := (c.topV - float64(y)*texelM - sd.topV*at) / width
		if math.Abs(off) > 2.5 {
			continue
		}
		cover := most * math.Exp(-off*off)
		row := c.pix[y*c.w : (y+1)*c.w]
		for x := range row {
			if row[x] != voidColour { // an empty unit has nothing that reflects
				row[x] = blend(row[x], 0xdfe6ee, cover)
			}
		}
	}
}

// project looks the drawing up along each ray, between its cells, with the lens' fall of light to the corners.
func (d *darkroom) project(frame []byte, shot Shot, gain *gain) {
	c := &d.canvas
	cols := d.columns(shot)
	o := 0
	for y := range d.rays.upPerM {
		fy := 2*float64(y)/float64(shot.Height) - 1
		dim := uint32((1 - vignette/2*fy*fy) * dimOne)
		for x := range cols {
			col := &cols[x]
			row := col.y >> cellBits
			cell := row*c.w + col.x
			inside := col.x >= 0 && row >= 0 && row+1 < c.h
			fy := tint(col.y>>(cellBits-8)) & 255
			col.y += col.step
			px := frame[o : o+3 : o+3]
			o += 3
			if !inside {
				px[0], px[1], px[2] = gain.void[0], gain.void[1], gain.void[2]
				continue
			}
			up, low := c.pix[cell:cell+2:cell+2], c.pix[cell+c.w:cell+c.w+2:cell+c.w+2]
			t := uint32(mix4(up[0], up[1], low[0], low[1], col.frac, fy))
			k := dim * col.dim >> dimBits
			px[0] = gain.table[(t&255)*k>>dimBits&255]
			px[1] = gain.table[(t>>8&255)*k>>dimBits&255]
			px[2] = gain.table[(t>>16&255)*k>>dimBits&255]
		}
	}
}

const (
	dimBits  = 12
	dimOne   = 1 << dimBits
	cellBits = 20 // after the point of a row's number
)

// A column is where a column of the picture is on the drawing.
type column struct {
	x       int    // cell of the drawing, -1 when it is not on it
	frac    tint   // 0..256 towards the next cell
	y, step int    // row of the drawing in 1/2^cellBits: of the picture's next row, and the way to the one after
	dim     uint32 // of dimOne
}

// columns starts every column at the picture's top.
func (d *darkroom) columns(shot Shot) []column {
	c, r := &d.canvas, &d.rays
	cols := make([]column, len(r.u))
	for i := range cols {
		col := &cols[i]
		fx := 2*float64(i)/float64(shot.Width) - 1
		col.x, col.dim = -1, uint32((1-vignette/2*fx*fx)*dimOne)
		perM := r.t[i] / texelM * (1 << cellBits)
		col.y = int((c.topV-shot.View.HeightM)/texelM*(1<<cellBits) - perM*r.upPerM[0] - 1<<(cellBits-1))
		col.step = int(perM / shot.Intrinsics.FY)
		x := (r.u[i]-c.leftU)/texelM - 0.5
		if r.t[i] > 0 && x >= 0 && int(x)+1 < c.w {
			col.x = int(x)
			col.frac = tint((x - float64(col.x)) * 256)
		}
	}
	return cols
}

// mix4 weighs four neighbouring cells; fx and fy are 0..256 towards the right and lower ones.
func mix4(a, b, c, d, fx, fy tint) tint {
	const rb, g = 0xff00ff, 0x00ff00
	arb := ((a&rb)*(256-fx) + (b&rb)*fx) >> 8 & rb
	ag := ((a&g)*(256-fx) + (b&g)*fx) >> 8 & g
	crb := ((c&rb)*(256-fx) + (d&rb)*fx) >> 8 & rb
	cg := ((c&g)*(256-fx) + (d&g)*fx) >> 8 & g
	return (arb*(256-fy)+crb*fy)>>8&rb | (ag*(256-fy)+cg*fy)>>8&g
}

// A gain takes painted values to the exposure's.
type gain struct {
	table [256]uint8
	void  [3]uint8 // where nothing is in view
}

func newGain(exposure time.Duration, g *grain) *gain {
	f := float32(exposure) / float32(ReferenceExposure)
	var n gain
	for i := range n.table {
		n.table[i] = g.encode(g.toLinear[i] * f)
	}
	n.void = [3]uint8{n.table[22], n.table[18], n.table[17]}
	return &n
}

// A lamp is one light in view.
type lamp struct {
	device string
	led    *maps.LED
	state  maps.LEDState
	u, v   float64 // m
	glow   glow    // at this exposure
}

// lampsOf lists the lights of a side that are lit at some time of the burst; what they show is of its start.
func (s *Scene) lampsOf(sd *side, shot Shot, truth Truth) []lamp {
	if sd == nil || len(shot.Times) == 0 {
		return nil
	}
	const near = 2.5 // m from the camera along the side
	here := (shot.View.Pose.X-sd.originX)*sd.rightX + (shot.View.Pose.Y-sd.originY)*sd.rightY
	scale := float32(shot.Exposure) / float32(ReferenceExposure)
	var lamps []lamp
	for i := range sd.faces {
		f := &sd.faces[i]
		if math.Abs(f.u+f.rack.Type.WidthM/2-here) > near {
			continue
		}
		for k := range f.shown {
			d := &f.shown[k]
			for j := range d.dev.Type.LEDs {
				led := &d.dev.Type.LEDs[j]
				if led.Face != d.side {
					continue
				}
				st := truth.Light(d.dev.ID, led, shot.Times[0])
				if st.Colour == "" || st.Pattern == "" || st.Pattern == "off" {
					continue
				}
				g := emission(st.Colour, s.seed, d.dev.ID, led.Name)
				u, v := s.ledAt(d, led)
				lamps = append(lamps, lamp{device: d.dev.ID, led: led, state: st, u: u, v: v,
					glow: glow{g[0] * scale, g[1] * scale, g[2] * scale}})
			}
		}
	}
	return lamps
}
