package rmf

import (
	"math"
	"strconv"
	"strings"
)

// The ellipsoid of WGS 84: half its greater axis in m, and its flattening.
const (
	axisM      = 6378137
	flattening = 1 / 298.257223563
)

// transverse is a transverse Mercator projection of the ellipsoid.
type transverse struct {
	lat0, lon0    float64 // degrees
	scale         float64 // on the central meridian
	eastM, northM float64 // of the origin
}

// planes knows the projections by their EPSG codes: UTM, and Singapore's SVY21, which RMF's examples use.
func planes(crs string) (transverse, bool) {
	code, err := strconv.Atoi(strings.TrimPrefix(crs, "EPSG:"))
	switch {
	case err != nil:
		return transverse{}, false
	case code == 3414:
		return transverse{lat0: 1.3666666666666667, lon0: 103.83333333333333, scale: 1, eastM: 28001.642, northM: 38744.572}, true
	case code > 32600 && code <= 32660:
		return transverse{lon0: float64(code-32600)*6 - 183, scale: 0.9996, eastM: 500000}, true
	case code > 32700 && code <= 32760:
		return transverse{lon0: float64(code-32700)*6 - 183, scale: 0.9996, eastM: 500000, northM: 1e7}, true
	}
	return transverse{}, false
}

// project maps degrees to metres east and north, to a millimetre within some hundred km of the central meridian.
// Krüger's series in n to the third order, after Karney, "Transverse Mercator with an accuracy of a few nanometers"
// (2011), eq. 7 to 11 and 35.
func (t transverse) project(lat, lon float64) (east, north float64) {
	const rad = math.Pi / 180
	_, north0 := series(t.lat0*rad, 0)
	e, n := series(lat*rad, (lon-t.lon0)*rad)
	return t.eastM + t.scale*e, t.northM + t.scale*(n-north0)
}

func series(phi, lambda float64) (east, north float64) {
	const n = flattening / (2 - flattening)
	alpha := [3]float64{
		n/2 - 2*n*n/3 + 5*n*n*n/16,
		13*n*n/48 - 3*n*n*n/5,
		61 * n * n * n / 240,
	}
	radius := axisM / (1 + n) * (1 + n*n/4 + n*n*n*n/64)
	e := 2 * math.Sqrt(n) / (1 + n) // eccentricity
	sin := math.Sin(phi)
	tau := math.Sinh(math.Atanh(sin) - e*math.Atanh(e*sin))
	xi := math.Atan2(tau, math.Cos(lambda))
	eta := math.Atanh(math.Sin(lambda) / math.Hypot(1, tau))
	east, north = eta, xi
	for j, a := range alpha {
		k := 2 * float64(j+1)
		east += a * math.Cos(k*xi) * math.Sinh(k*eta)
		north += a * math.Sin(k*xi) * math.Cosh(k*eta)
	}
	return radius * east, radius * north
}

// fromWebMercator maps the traffic editor's Web Mercator units, 256 around the equator, to degrees. y counts down from
// the north in drawings, and is negative in files that have it turned up already.
func fromWebMercator(x, y float64) (lat, lon float64) {
	lon = (x - 128) / 128 * 180
	north := math.Pi * (128 - math.Abs(y)) / 128
	return math.Atan(math.Sinh(north)) * 180 / math.Pi, lon
}
