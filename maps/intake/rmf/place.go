package rmf

import (
	"math"
	"strconv"
	"strings"
)

// place brings all levels into one frame in metres, x right, y up.
func (r *reading) place() {
	at := r.doc.At(r.file).Field("coordinate_system")
	switch r.file.System {
	case "", "reference_image":
		r.drawn()
	case "cartesian_meters":
		x, y := r.offset("offset_x", "offset_y")
		r.each(func(vx, vy float64) (float64, float64) { return vx - x, vy - y })
	case "wgs84":
		r.onEarth(func(x, y float64) (lat, lon float64) { return y, x })
	case "web_mercator":
		r.onEarth(fromWebMercator)
	default:
		at.Fail("%q is not known: want reference_image, cartesian_meters, web_mercator or wgs84", r.file.System)
		return
	}
	for _, l := range r.building.Levels {
		for i, d := range l.Doors {
			a, b := l.Vertices[int(d.X1)], l.Vertices[int(d.X2)]
			l.Doors[i] = Door{Name: d.Name, X1: a.X, Y1: a.Y, X2: b.X, Y2: b.Y}
		}
	}
}

// each moves every vertex of every level.
func (r *reading) each(move func(x, y float64) (float64, float64)) {
	for _, l := range r.building.Levels {
		for i := range l.Vertices {
			v := &l.Vertices[i]
			v.X, v.Y = move(v.X, v.Y)
		}
	}
}

func (r *reading) offset(xName, yName string) (x, y float64) {
	at := r.doc.At(r.file).Field("parameters")
	for name, to := range map[string]*float64{xName: &x, yName: &y} {
		if text := r.params[name]; text != "" {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(math.Abs(v) < 1e9) {
				at.Field(name).Fail("want a number, got %q", text)
			}
			*to = v
		}
	}
	if x != 0 || y != 0 {
		at.Warn("places are given less the offset %g, %g of the file, as in RMF's simulation", x, y)
	}
	return x, y
}

// drawn places levels that are drawn over images: pixels with y down. The reference level gets its scale from its
// measurements, every other level lies on it by the fiducials that both have.
func (r *reading) drawn() {
	r.each(func(x, y float64) (float64, float64) { return x, -y })
	for _, raw := range r.raw {
		for i := range raw.fiducials {
			raw.fiducials[i].y = -raw.fiducials[i].y
		}
	}
	ref := 0
	for i, l := range r.building.Levels {
		if l.Name == r.file.Reference {
			ref = i
		}
	}
	scale := r.scale(ref)
	for i, l := range r.building.Levels {
		t := similarity{scale: scale, cos: 1}
		if i != ref {
			t = r.onto(ref, i, scale)
		}
		for k := range l.Vertices {
			l.Vertices[k].X, l.Vertices[k].Y = t.apply(l.Vertices[k].X, l.Vertices[k].Y)
		}
	}
}

// scale is the mean of measured metres per pixel.
func (r *reading) scale(level int) float64 {
	l, raw := r.building.Levels[level], r.raw[level]
	sum, n := 0.0, 0
	for i, m := range raw.measurements {
		a, b := l.Vertices[m.from], l.Vertices[m.to]
		pixels := math.Hypot(b.X-a.X, b.Y-a.Y)
		if pixels <= 0 || m.metres <= 0 {
			raw.at.Field("measurements").Item(i).Fail("%g m over %g pixels is no measurement: correct or remove it", m.metres, pixels)
			continue
		}
		sum += m.metres / pixels
		n++
	}
	if n == 0 {
		raw.at.Warn("level %q has no measurement: its pixels are taken as metres", l.Name)
		return 1
	}
	return sum / float64(n)
}

// A similarity turns, scales and shifts.
type similarity struct {
	scale, cos, sin, x, y float64
}

func (t similarity) apply(x, y float64) (float64, float64) {
	return (t.cos*x-t.sin*y)*t.scale + t.x, (t.sin*x+t.cos*y)*t.scale + t.y
}

// onto lays a level over the reference level: the mean turn and scale over all pairs of common fiducials, then the
// mean shift, as transform.py of RMF has it.
func (r *reading) onto(ref, level int, refScale float64) similarity {
	var pairs [][2]fiducial
	for _, a := range r.raw[ref].fiducials {
		for _, b := range r.raw[level].fiducials {
			if a.name == b.name {
				pairs = append(pairs, [2]fiducial{a, b})
			}
		}
	}
	sin, cos, ratio, n := 0.0, 0.0, 0.0, 0
	for i, p := range pairs {
		for _, q := range pairs[i+1:] {
			rx, ry, lx, ly := q[0].x-p[0].x, q[0].y-p[0].y, q[1].x-p[1].x, q[1].y-p[1].y
			if math.Hypot(rx, ry) == 0 || math.Hypot(lx, ly) == 0 {
				continue
			}
			turn := math.Atan2(ly, lx) - math.Atan2(ry, rx)
			sin, cos = sin+math.Sin(turn), cos+math.Cos(turn)
			ratio += math.Hypot(lx, ly) / math.Hypot(rx, ry)
			n++
		}
	}
	if n == 0 {
		r.raw[level].at.Warn("level %q shares fewer than two fiducials with the reference level: its own measurements and frame are used",
			r.building.Levels[level].Name)
		return similarity{scale: r.scale(level), cos: 1}
	}
	ratio /= float64(n)
	turn := -math.Atan2(sin, cos)
	t := similarity{scale: refScale / ratio, cos: math.Cos(turn), sin: math.Sin(turn)}
	for _, p := range pairs {
		x, y := t.apply(p[1].x, p[1].y)
		t.x += (p[0].x*refScale - x + t.x) / float64(len(pairs))
		t.y += (p[0].y*refScale - y + t.y) / float64(len(pairs))
	}
	return t
}

// onEarth projects places on the Earth to the plane that the file names, or to one about its origin.
func (r *reading) onEarth(locate func(x, y float64) (lat, lon float64)) {
	at := r.doc.At(r.file).Field("parameters")
	originX, originY, named := r.originVertex()
	lat0, lon0 := locate(originX, originY)
	crs := strings.ToUpper(strings.ReplaceAll(r.params["generate_crs"], " ", ""))
	plane, known := planes(crs)
	if !known {
		plane = transverse{lat0: lat0, lon0: lon0, scale: 1}
		at.Warn("the plane %q is not known: metres are counted from latitude %.7f, longitude %.7f, x east, y north", crs, lat0, lon0)
	}
	var x, y float64
	switch {
	case !known:
	case named && r.file.System == "web_mercator":
		x, y = plane.project(lat0, lon0)
	default:
		x, y = r.offset("suggested_offset_x", "suggested_offset_y")
	}
	for i, l := range r.building.Levels {
		for k := range l.Vertices {
			lat, lon := locate(l.Vertices[k].X, l.Vertices[k].Y)
			if !(math.Abs(lat) <= 85) || !(math.Abs(lon) <= 180) || math.Abs(lon-lon0) > 3 {
				r.raw[i].at.Field("vertices").Item(k).Fail("latitude %g, longitude %g is not on Earth, or far from the rest: correct it", lat, lon)
				continue
			}
			e, n := plane.project(lat, lon)
			l.Vertices[k].X, l.Vertices[k].Y = e-x, n-y
		}
	}
}

// originVertex finds the vertex that a file names as its origin; without one, the first.
func (r *reading) originVertex() (x, y float64, named bool) {
	name := r.params["generate_origin_vertex"]
	if name == "" {
		name = "origin"
	}
	first := true
	for _, l := range r.building.Levels {
		for _, v := range l.Vertices {
			if v.Name == name {
				return v.X, v.Y, true
			}
			if first {
				x, y, first = v.X, v.Y, false
			}
		}
	}
	return x, y, false
}
