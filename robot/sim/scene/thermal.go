package scene

import (
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// The thermal camera: an MLX90640 of the 55° x 35° kind, mounted portrait beside the visual camera.
const (
	ThermalColumns = 32 // of the sensor's own image
	ThermalRows    = 24
	ThermalRightM  = 0.030 // from the visual camera, seen from behind it
	thermalVFOV    = 55 * math.Pi / 180
	thermalHFOV    = 35 * math.Pi / 180
	thermalBlur    = 0.55 // sigma of the lens' blur, pixels
	sensorE        = 0.95 // the emissivity for which temperatures are told
	kelvin         = 273.15
)

const (
	inletC    = 21.5 // what the cooling units blow into the cold aisles, °C
	hallC     = 23.0 // of walls, floor and ceiling
	perMetreK = 0.8  // how much warmer the cold aisle's air gets per m of height
	airDewC   = 9.5  // °C, everywhere: racks heat the air and add no water
	frontRise = 0.10 // of a device's rise that its front shows
	rearRise  = 0.85 // of a device's rise that its rear shows
)

// ThermalPixels is what the thermal camera's pixels see from a view, in the sensor's own order: 24 rows of 32 columns,
// row 0 the sensor's top. The value is the temperature that a surface of emissivity 0.95 would have which sends as much,
// °C, where what is reflected has the temperature of the air.
//
// The sensor is turned clockwise by 90°, seen from behind: its top looks right, its left looks up. So the upright
// picture of 24 columns and 32 rows, row 0 the top, is
//
//	upright[row][column] = sensor[23-column][row]
func (s *Scene) ThermalPixels(v View, truth Truth, at time.Time) [ThermalRows * ThermalColumns]float64 {
	ax, ay := math.Cos(v.Pose.ThetaRad), math.Sin(v.Pose.ThetaRad)
	v.Pose.X += ThermalRightM * ay
	v.Pose.Y -= ThermalRightM * ax
	airC, _ := s.Air(v, truth, at)
	upright := blurred(s.heatSeen(v, truth, at).field(airC))
	var px [ThermalRows * ThermalColumns]float64
	for row := range ThermalRows {
		for col := range ThermalColumns {
			sent := upright[col][ThermalRows-1-row]
			px[row*ThermalColumns+col] = math.Pow((sent-(1-sensorE)*fourth(airC))/sensorE, 0.25) - kelvin
		}
	}
	return px
}

// A heat is one view of the hall's surfaces.
type heat struct {
	view  View
	side  *side
	spots []spot
}

// A spot is a warm rectangle on the side.
type spot struct {
	u0, v0, u1, v1 float64 // m
	surfaceC       float64
	excessK        float64 // of an incident, full over the middle of the width
	centreU        float64
	emissivity     float64
}

// The field is sampled in steps of half a pixel; the blur reaches a pixel beyond the picture's rim. Each sample is the mean
// of its cell, for a pixel gathers light and misses none: of points, a unit would show two or three by where they fall.
const (
	fieldColumns = 2*ThermalRows + 3
	fieldRows    = 2*ThermalColumns + 3
	tapCount     = 5
	cellAcross   = 4 // points of a cell
	cellUp       = 8
)

// A field is what the view sends, upright, row 0 the top: sample (r, c) is of the cell about the point (c/2-0.5, r/2-0.5)
// px of the picture, from its upper left corner.
type field [fieldRows][fieldColumns]float64

// field samples the view.
func (h *heat) field(airC float64) *field {
	var f field
	for c := range fieldColumns {
		for k := range cellAcross {
			thin := h.slitAt((float64(c)+(float64(k)+0.5)/cellAcross-1.5)/2, airC)
			for r := range fieldRows {
				for j := range cellUp {
					f[r][c] += thin.sent((float64(r)+(float64(j)+0.5)/cellUp-1.5)/2) / (cellAcross * cellUp)
				}
			}
		}
	}
	return &f
}

// A slit is what is above and below each other at one place of the picture's width.
type slit struct {
	heightM, alongM float64 // of the camera over the floor; of the side before it
	bands           []band  // the foremost first
	beyond          float64 // what is sent where there is none
}

// A band is a part of a slit that sends evenly.
type band struct{ v0, v1, sent float64 }

// slitAt is the slit at a place of the picture, px from its left edge.
func (h *heat) slitAt(px, airC float64) slit {
	const paint = 0.93
	out := slit{heightM: h.view.HeightM, beyond: radiosity(hallC, airC, paint)}
	if h.side == nil {
		return out
	}
	u, t, ok := h.side.meet(h.view.Pose, (2*px/ThermalRows-1)*math.Tan(thermalHFOV/2))
	if !ok {
		return out
	}
	out.alongM = t
	for _, s := range h.spotsAt(u) {
		out.bands = append(out.bands, band{s.v0, s.v1, radiosity(s.at(u), airC, s.emissivity)})
	}
	return out
}

// sent is what the slit sends at a place of the picture, px from its upper edge.
func (c *slit) sent(py float64) float64 {
	v := c.heightM + c.alongM*(1-2*py/ThermalColumns)*math.Tan(thermalVFOV/2)
	for i := range c.bands {
		if b := &c.bands[i]; v >= b.v0 && v < b.v1 {
			return b.sent
		}
	}
	return c.beyond
}

// spotsAt lists the spots above and below each other at a u, the foremost first.
func (h *heat) spotsAt(u float64) []spot {
	var list []spot
	for i := range h.spots {
		if s := &h.spots[i]; u >= s.u0 && u < s.u1 {
			list = append(list, *s)
		}
	}
	return list
}

// blurred is the field as the lens shows it, by pixel.
func blurred(f *field) *[ThermalColumns][ThermalRows]float64 {
	var weight [tapCount]float64
	sum := 0.0
	for k := range weight {
		x := float64(k-tapCount/2) / 2
		weight[k] = math.Exp(-x * x / (2 * thermalBlur * thermalBlur))
		sum += weight[k]
	}
	var across [fieldRows][ThermalRows]float64
	for r := range across {
		for c := range across[r] {
			for k, w := range weight {
				across[r][c] += w / sum * f[r][2*c+k]
			}
		}
	}
	var px [ThermalColumns][ThermalRows]float64
	for r := range px {
		for c := range px[r] {
			for k, w := range weight {
				px[r][c] += w / sum * across[2*r+k][c]
			}
		}
	}
	return &px
}

// radiosity is what a surface sends and reflects, in units of the Stefan-Boltzmann constant.
func radiosity(surfaceC, reflectedC, emissivity float64) float64 {
	return emissivity*fourth(surfaceC) + (1-emissivity)*fourth(reflectedC)
}

func fourth(c float64) float64 {
	k := (c + kelvin) * (c + kelvin)
	return k * k
}

// at is the spot's temperature along its width: an incident's heat is full within 0.16 m of its centre.
func (s *spot) at(u float64) float64 {
	off := max(math.Abs(u-s.centreU)-0.16, 0) / 0.05
	return s.surfaceC + s.excessK*math.Exp(-off*off)
}

// meet follows a level ray that leaves the pose with a slope to the right: where it meets the side, and how far along
// the optical axis.
func (sd *side) meet(pose maps.Pose, right float64) (u, t float64, ok bool) {
	ax, ay := math.Cos(pose.ThetaRad), math.Sin(pose.ThetaRad) // along the axis; its right is (ay, -ax)
	rx, ry := ax+right*ay, ay-right*ax
	z := (pose.X-sd.originX)*sd.normX + (pose.Y-sd.originY)*sd.normY
	toward := -(rx*sd.normX + ry*sd.normY)
	if toward <= 0.05 || z <= 0 {
		return 0, 0, false
	}
	t = z / toward
	return (pose.X+t*rx-sd.originX)*sd.rightX + (pose.Y+t*ry-sd.originY)*sd.rightY, t, true
}

// heatSeen lists the warm surfaces near a view.
func (s *Scene) heatSeen(v View, truth Truth, at time.Time) *heat {
	h := &heat{view: v, side: s.facing(v)}
	if h.side == nil {
		return h
	}
	here := (v.Pose.X-h.side.originX)*h.side.rightX + (v.Pose.Y-h.side.originY)*h.side.rightY
	const near = 2.0 // m along the side
	for i := range h.side.faces {
		f := &h.side.faces[i]
		if math.Abs(f.u+f.rack.Type.WidthM/2-here) > near {
			continue
		}
		for k := range f.shown {
			h.spots = append(h.spots, s.spotOf(&f.shown[k], truth, at))
		}
		h.spots = append(h.spots, s.frameOf(f, truth, at))
	}
	return h
}

// spotOf is the surface of one device.
func (s *Scene) spotOf(d *shown, truth Truth, at time.Time) spot {
	share := rearRise
	if d.side == maps.Front {
		share = frontRise
	}
	e := d.dev.Type.Thermal.Emissivity
	if e <= 0 || e > 1 {
		e = 0.9
	}
	return spot{
		u0: d.u, u1: d.u + maps.PanelWidthM, v0: d.v, v1: d.v + d.h, emissivity: e,
		surfaceC: inletC + perMetreK*d.v + share*s.riseK(d.dev, at),
		excessK:  truth.RiseK(d.dev.ID, at),
		centreU:  d.u + maps.PanelWidthM*(0.5+spread(0.05, s.seed, "hot", d.dev.ID)),
	}
}

// frameOf is the cabinet around the devices, and what shows where a unit is empty; it is behind all of them.
func (s *Scene) frameOf(f *face, truth Truth, at time.Time) spot {
	t := f.rack.Type
	c := inletC + perMetreK
	if f.which == maps.Rear {
		c += 0.5 * s.meanRiseK(f, truth, at)
	}
	return spot{u0: f.u, u1: f.u + t.WidthM, v1: t.BaseM + float64(t.UHeight)*maps.UnitM + frameTopM, surfaceC: c, emissivity: 0.93}
}

// riseK is how much a device heats its air: its type's rise, its own habit (5 %), and its load, which follows the
// day and wanders a little from hour to hour.
func (s *Scene) riseK(d *maps.Device, at time.Time) float64 {
	rise := d.Type.Thermal.TypicalRiseK
	hours := float64(at.Unix()%(24*3600)) / 3600
	day := 0.06 * math.Sin(2*math.Pi*(hours-9)/24)
	wander := 0.02 * math.Sin(2*math.Pi*(hours/(1.5+chance(s.seed, "load", d.ID))+chance(s.seed, "turn", d.ID)))
	return rise * (1 + spread(0.05, s.seed, "rise", d.ID) + day + wander)
}

// meanRiseK is by how much a face's devices heat the air together, with their incidents, weighed by their height.
func (s *Scene) meanRiseK(f *face, truth Truth, at time.Time) float64 {
	sum, units := 0.0, 0.0
	for i := range f.shown {
		d := &f.shown[i]
		sum += d.h * (s.riseK(d.dev, at) + 0.3*truth.RiseK(d.dev.ID, at))
		units += d.h
	}
	if units == 0 {
		return 0
	}
	return sum / units
}

// Air is the temperature of the air at a view, °C, and its relative humidity, %: that before the nearest rack face, at
// the camera's height.
func (s *Scene) Air(v View, truth Truth, at time.Time) (tempC, rhPercent float64) {
	tempC = inletC + perMetreK*v.HeightM
	if f := s.nearest(v); f == nil {
		tempC = hallC
	} else if f.which == maps.Rear {
		tempC += 0.6 * s.meanRiseK(f, truth, at)
	}
	return tempC, 100 * vapour(airDewC) / vapour(tempC)
}

// nearest is the rack face that a view stands before, whatever it looks at, or nil when none is within 2 m.
func (s *Scene) nearest(v View) *face {
	var best *face
	bestM := 2.0
	for _, sd := range s.sides[v.Hall] {
		dx, dy := v.Pose.X-sd.originX, v.Pose.Y-sd.originY
		z, u := dx*sd.normX+dy*sd.normY, dx*sd.rightX+dy*sd.rightY
		for i := range sd.faces {
			f := &sd.faces[i]
			if z > 0 && z < bestM && u >= f.u && u < f.u+f.rack.Type.WidthM {
				best, bestM = f, z
			}
		}
	}
	return best
}

// vapour is the saturation vapour pressure of water over water, hPa (Magnus form, WMO No. 8, 2018).
func vapour(c float64) float64 { return 6.112 * math.Exp(17.62*c/(243.12+c)) }
