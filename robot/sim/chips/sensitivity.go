package chips

import (
	"math"
	"math/rand/v2"
)

// A sensitivity is how one thermal array turns radiation into counts: the datasheet's model read forwards, from a
// scene to what the ADC gives. Every number is one that the EEPROM can say exactly.
type sensitivity struct {
	offset [arrayPixels]int // counts, the pixel's own part
	alpha  [arrayPixels]int // in units of 2^-38 counts/K⁴, the pixel's own part
	kta    [arrayPixels]int // in units of 2^-13 per K, the pixel's own part
}

// The array's common part: a plausible sensor, none in particular.
const (
	baseOffset = -62   // counts
	baseAlpha  = 27000 // 2^-38 counts/K⁴: about 1e-7
	alphaUnit  = 1.0 / (1 << 38)
	baseKta    = 41 // 2^-13 per K
	ktaUnit    = 1.0 / (1 << 13)
	kvStep     = 3 // 2^-3 per V
	kvUnit     = 1.0 / (1 << 3)

	gainAt25   = 6200
	vdd25      = -12576 // counts at 3.3 V, (0x77-256)*32-8192
	kVddPerV   = -3104  // -97*32
	ptat25     = 12250
	ktPTAT     = 42.5        // counts/K
	kvPTAT     = 20.0 / 4096 // 1/V
	alphaPTAT  = 9.0
	cpOffset   = -70
	cpStep     = 2                // the second subpage's on top
	cpKta      = 36 * ktaUnit     // 1/K
	cpKv       = 3 * kvUnit       // 1/V
	tgc        = 24.0 / 32        // of the compensation pixel in each pixel
	cpAlpha    = 40.0 / (1 << 35) // counts/K⁴
	ksTa       = -12.0 / 8192     // 1/K
	ksToUnit   = 1.0 / (1 << 17)
	emissivity = 0.95
	eeADC      = 2 // 18 bit
)

// Corner temperatures in °C, and the sensitivity's slope from each up, in ksToUnit per K.
var (
	cornersC = [4]float64{-40, 0, 120, 240}
	slopes   = [4]int{-50, -58, -78, -104}
)

func newSensitivity(rng *rand.Rand) sensitivity {
	var s sensitivity
	for p := range arrayPixels {
		dx, dy := float64(p%arrayColumns)-15.5, float64(p/arrayColumns)-11.5
		s.offset[p] = rng.IntN(41) - 20
		// The corners see less: cos⁴ of the angle, about a quarter of the middle's light lost.
		fall := -0.25 * baseAlpha * (dx*dx + dy*dy) / (15.5*15.5 + 11.5*11.5)
		s.alpha[p] = max(min(int(math.Round((fall+500*rng.NormFloat64())/256)), 31), -32) * 256
		s.kta[p] = rng.IntN(5) - 2
	}
	return s
}

// eeprom says it all as the datasheet's chapter 11.1 lays it out. Row and column parts stay zero.
func (s *sensitivity) eeprom(rng *rand.Rand) [eepromWords]uint16 {
	var e [eepromWords]uint16
	e[7], e[8], e[9] = uint16(rng.Uint32()), uint16(rng.Uint32()), uint16(rng.Uint32())
	e[12], e[13], e[15] = 0x1901, 0x0000, MLX90640Addr
	e[16] = uint16((alphaPTAT-8)*4) << 12
	e[17] = field(baseOffset, 16, 0)
	e[32] = 8<<12 | 8 // alphas in 2^-38, the pixel's part in steps of 256
	e[33] = baseAlpha
	e[48], e[49] = gainAt25, ptat25
	e[50] = field(kvPTAT*4096, 6, 10) | field(ktPTAT*8, 10, 0)
	e[51] = field(kVddPerV/32, 8, 8) | field((vdd25+8192)/32+256, 8, 0)
	e[52] = kvStep<<12 | kvStep<<8 | kvStep<<4 | kvStep
	e[54], e[55] = baseKta<<8|baseKta, baseKta<<8|baseKta
	e[56] = eeADC<<12 | 3<<8 | 5<<4 // kv in 2^-3, kta in 2^-13
	e[57] = field(cpAlpha*(1<<35), 10, 0)
	e[58] = field(cpStep, 6, 10) | field(cpOffset, 10, 0)
	e[59] = field(cpKv/kvUnit, 8, 8) | field(cpKta/ktaUnit, 8, 0)
	e[60] = field(ksTa*8192, 8, 8) | field(tgc*32, 8, 0)
	e[61] = field(float64(slopes[1]), 8, 8) | field(float64(slopes[0]), 8, 0)
	e[62] = field(float64(slopes[3]), 8, 8) | field(float64(slopes[2]), 8, 0)
	e[63] = 2<<12 | 6<<8 | 6<<4 | 9 // corners in steps of 20 K, slopes in 2^-17
	for p := range arrayPixels {
		e[64+p] = field(float64(s.offset[p]), 6, 10) | field(float64(s.alpha[p])/256, 6, 4) | field(float64(s.kta[p]), 3, 1)
	}
	return e
}

// field is a whole number as so many bits of two's complement, shifted up.
func field(v float64, bits, shift uint) uint16 {
	return uint16(int64(math.Round(v))&(1<<bits-1)) << shift
}

// exposure is the array under one set of conditions.
type exposure struct {
	*sensitivity
	ambientC, supplyV float64
	adc               uint16  // resolution code of the readings
	gain              float64 // counts in RAM per count of the model
	shadow            float64 // counts that the compensation pixel adds to each pixel
}

// under sets the conditions. A warm amplifier has a little less gain.
func (s *sensitivity) under(ambientC, supplyV float64, adc uint16) exposure {
	return exposure{sensitivity: s, ambientC: ambientC, supplyV: supplyV, adc: adc,
		gain: 1 - 0.0004*(ambientC-25), shadow: 1.5}
}

// pixel is what a pixel reads that sees objectC, erring by noiseK.
func (e *exposure) pixel(p int, objectC, noiseK float64) uint16 {
	net := float64(baseAlpha+e.alpha[p])*alphaUnit - tgc*cpAlpha
	alpha := net * (1 + ksTa*(e.ambientC-25))
	light := emissivity * fourth(objectC)
	light += (1 - emissivity) * fourth(e.ambientC-8)
	light -= fourth(e.ambientC)
	counts := alpha * slope(objectC) * light
	counts += noiseK * alpha * 4 * 300 * 300 * 300
	counts += tgc * e.shadow
	counts += float64(baseOffset+e.offset[p]) * e.warm(float64(baseKta+e.kta[p])*ktaUnit, kvStep*kvUnit)
	return adcWord(counts * e.gain)
}

// warm is how an offset grows with the sensor's temperature and supply.
func (e *exposure) warm(kta, kv float64) float64 {
	return (1 + kta*(e.ambientC-25)) * (1 + kv*(e.supplyV-3.3))
}

// slope is the sensitivity at an object's temperature over that at 0 °C: a line from corner to corner.
func slope(objectC float64) float64 {
	part := func(i int, from, to float64) float64 { return 1 + float64(slopes[i])*ksToUnit*(to-from) }
	switch {
	case objectC < cornersC[1]:
		return part(0, cornersC[0], objectC) / part(0, cornersC[0], cornersC[1])
	case objectC < cornersC[2]:
		return part(1, 0, objectC)
	case objectC < cornersC[3]:
		return part(1, 0, cornersC[2]) * part(2, cornersC[2], objectC)
	}
	return part(1, 0, cornersC[2]) * part(2, cornersC[2], cornersC[3]) * part(3, cornersC[3], objectC)
}

// auxiliary is the RAM behind the pixels.
func (e *exposure) auxiliary() [auxWords]uint16 {
	var w [auxWords]uint16
	dV := e.supplyV - 3.3
	art := (ptat25 + ktPTAT*(e.ambientC-25)) * (1 + kvPTAT*dV)
	ptat := math.Round(1700 + 6*(e.ambientC-25))
	w[0x00] = adcWord(ptat*(1<<18)/art - alphaPTAT*ptat) // 0x700, base-emitter voltage
	w[0x20] = adcWord(ptat)
	w[0x0A] = adcWord(gainAt25 / (1 / e.gain))
	for page, at := range [2]int{0x08, 0x28} {
		w[at] = adcWord((e.shadow + float64(cpOffset+cpStep*page)*e.warm(cpKta, cpKv)) * e.gain)
	}
	w[0x2A] = adcWord(math.Ldexp(vdd25+kVddPerV*dV, int(e.adc)-eeADC))
	return w
}

// adcWord rounds and stops at the ends of 16 bits, but for the value that means "never written".
func adcWord(v float64) uint16 {
	if math.IsNaN(v) {
		v = 0
	}
	return uint16(int16(min(max(math.Round(v), math.MinInt16), math.MaxInt16-1)))
}

func fourth(celsius float64) float64 { return math.Pow(celsius+273.15, 4) }
