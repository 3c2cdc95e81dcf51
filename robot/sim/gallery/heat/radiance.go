package heat

import (
	"hash/fnv"
	"math"
)

// kelvin is 0 °C, K.
const kelvin = 273.15

// radiance is what a black body of a temperature, °C, sends out, in K⁴ (the Stefan-Boltzmann constant left out).
func radiance(c float64) float64 {
	k := c + kelvin
	return k * k * k * k
}

// celsius is the inverse of radiance.
func celsius(r float64) float64 { return math.Sqrt(math.Sqrt(max(r, 0))) - kelvin }

// sensorEmissivity is what the sensors' drivers are set to.
const sensorEmissivity = 0.95

// Apparent is the temperature, °C, that a sensor reports of a grey surface of the given temperature and emissivity, when
// the surface reflects what has reflectedC and the sensor believes that it reflects air.
func Apparent(surfaceC, emissivity, reflectedC, airC float64) float64 {
	return reported(emissivity*radiance(surfaceC)+(1-emissivity)*radiance(reflectedC), airC)
}

// reported inverts a radiance as a sensor does that is set to an emissivity of 0.95 and surroundings of airC.
func reported(r, airC float64) float64 {
	return celsius((r - (1-sensorEmissivity)*radiance(airC)) / sensorEmissivity)
}

// share is a number of [0, 1) that belongs to the names and to nothing else.
func share(names ...string) float64 {
	return float64(seed(names...)>>11) / (1 << 53)
}

// normal is a standard normal deviate that belongs to the names.
func normal(names ...string) float64 {
	h := seed(names...)
	u, v := float64(h>>32+1)/(1<<32), float64(h&0xffffffff)/(1<<32)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}

// seed hashes names. FNV alone leaves the high bits of short names alike, hence the finish of MurmurHash3.
func seed(names ...string) uint64 {
	h := fnv.New64a()
	for _, n := range names {
		_, _ = h.Write([]byte(n))
		_, _ = h.Write([]byte{0})
	}
	return mix(h.Sum64())
}

func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
