package mlx90640

import (
	"fmt"
	"math"
)

// calibration is what the EEPROM says of one sensor. Names and numbers are those of the datasheet, chapter 11.1.
type calibration struct {
	kVdd, vdd25 float64 // supply: counts per volt, counts at 3.3 V
	resolution  int     // of the ADC at calibration, 0..3 for 16..19 bit

	kvPTAT, ktPTAT, vPTAT25, alphaPTAT float64 // the sensor's own temperature

	gain float64
	tgc  float64 // how much of the compensation pixel a pixel sees

	ksTa float64    // sensitivity against own temperature, 1/K
	ksTo [4]float64 // sensitivity against object temperature, 1/K, from each corner up
	ct   [4]float64 // corner temperatures, °C
	corr [4]float64 // sensitivity at each corner over that at 0 °C

	cpAlpha, cpOffset [2]float64 // the compensation pixel's, by subpage
	cpKta, cpKv       float64

	chess  bool       // pattern at calibration
	ilc    [3]float64 // corrections for the other pattern
	alpha  [Pixels]float64
	offset [Pixels]float64
	kta    [Pixels]float64
	kv     [4]float64 // by parity of row and column

	bad     []int  // pixels that the factory marked
	control uint16 // of the frame at hand
}

// maxBad is how many bad pixels a sensor may have; datasheet chapter 9.
const maxBad = 4

// parseCalibration takes an EEPROM apart, and refuses one with which no temperature can be computed.
func parseCalibration(ee *[words]uint16) (calibration, error) {
	c := calibration{
		kVdd:       32 * signed(ee[51]>>8, 8),
		vdd25:      32*(float64(ee[51]&0xFF)-256) - 8192,
		resolution: int(ee[56] >> 12 & 3),
		kvPTAT:     signed(ee[50]>>10, 6) / 4096,
		ktPTAT:     signed(ee[50], 10) / 8,
		vPTAT25:    float64(ee[49]),
		alphaPTAT:  float64(ee[16]>>12)/4 + 8,
		gain:       signed(ee[48], 16),
		tgc:        signed(ee[60], 8) / 32,
		ksTa:       signed(ee[60]>>8, 8) / 8192,
		chess:      ee[10]&0x0800 == 0,
		ilc:        [3]float64{signed(ee[53], 6) / 16, signed(ee[53]>>6, 5) / 2, signed(ee[53]>>11, 5) / 8},
	}
	if c.kVdd == 0 || c.ktPTAT == 0 || c.gain == 0 {
		return c, fmt.Errorf("%w: supply, temperature or gain coefficient is zero", ErrCalibration)
	}
	c.parseRanges(ee)
	c.parseCompensationPixel(ee)
	c.parseOffsets(ee)
	c.parseKta(ee)
	if err := c.parseBad(ee); err != nil {
		return c, err
	}
	return c, c.parseAlphas(ee)
}

func (c *calibration) parseRanges(ee *[words]uint16) {
	step := 10 * float64(ee[63]>>12&3)
	second := step * float64(ee[63]>>4&0xF)
	c.ct = [4]float64{-40, 0, second, second + step*float64(ee[63]>>8&0xF)}
	scale := math.Ldexp(1, int(ee[63]&0xF)+8)
	for i, w := range [4]uint16{ee[61], ee[61] >> 8, ee[62], ee[62] >> 8} {
		c.ksTo[i] = signed(w, 8) / scale
	}
	c.corr[0] = 1 / (1 + 40*c.ksTo[0])
	c.corr[1] = 1
	c.corr[2] = 1 + c.ksTo[1]*c.ct[2]
	c.corr[3] = c.corr[2] * (1 + c.ksTo[2]*(c.ct[3]-c.ct[2]))
}

func (c *calibration) parseCompensationPixel(ee *[words]uint16) {
	alpha := signed(ee[57], 10) / math.Ldexp(1, int(ee[32]>>12)+27)
	c.cpAlpha = [2]float64{alpha, alpha * (1 + signed(ee[57]>>10, 6)/128)}
	offset := signed(ee[58], 10)
	c.cpOffset = [2]float64{offset, offset + signed(ee[58]>>10, 6)}
	c.cpKta = signed(ee[59], 8) / ktaScale(ee)
	c.cpKv = signed(ee[59]>>8, 8) / kvScale(ee)
}

func (c *calibration) parseOffsets(ee *[words]uint16) {
	rem, column, row := ee[16]&0xF, ee[16]>>4&0xF, ee[16]>>8&0xF
	for p := range Pixels {
		c.offset[p] = signed(ee[17], 16) +
			math.Ldexp(nibble(ee[18:24], p/Columns), int(row)) +
			math.Ldexp(nibble(ee[24:32], p%Columns), int(column)) +
			math.Ldexp(signed(ee[64+p]>>10, 6), int(rem))
	}
}

func (c *calibration) parseAlphas(ee *[words]uint16) error {
	rem, column, row := ee[32]&0xF, ee[32]>>4&0xF, ee[32]>>8&0xF
	scale := math.Ldexp(1, int(ee[32]>>12)+30)
	shadow := c.tgc * (c.cpAlpha[0] + c.cpAlpha[1]) / 2
	for p := range Pixels {
		raw := float64(ee[33]) +
			math.Ldexp(nibble(ee[34:40], p/Columns), int(row)) +
			math.Ldexp(nibble(ee[40:48], p%Columns), int(column)) +
			math.Ldexp(signed(ee[64+p]>>4, 6), int(rem))
		c.alpha[p] = raw/scale - shadow
		if !(c.alpha[p] > 0) && !c.isBad(p) {
			return fmt.Errorf("%w: pixel %d has no sensitivity", ErrCalibration, p)
		}
	}
	return nil
}

func (c *calibration) parseKta(ee *[words]uint16) {
	average := [4]float64{signed(ee[54]>>8, 8), signed(ee[55]>>8, 8), signed(ee[54], 8), signed(ee[55], 8)}
	for p := range Pixels {
		c.kta[p] = (average[parity(p)] + math.Ldexp(signed(ee[64+p]>>1, 3), int(ee[56]&0xF))) / ktaScale(ee)
	}
	for i, shift := range [4]int{12, 4, 8, 0} {
		c.kv[i] = signed(ee[52]>>shift, 4) / kvScale(ee)
	}
}

// parseBad lists the pixels that are dead (all zero) or out of tolerance (lowest bit set).
func (c *calibration) parseBad(ee *[words]uint16) error {
	for p := range Pixels {
		if w := ee[64+p]; w == 0 || w&1 != 0 {
			c.bad = append(c.bad, p)
		}
	}
	if len(c.bad) > maxBad {
		return fmt.Errorf("%w: %d pixels are marked as bad, more than %d", ErrCalibration, len(c.bad), maxBad)
	}
	return nil
}

func (c *calibration) isBad(p int) bool {
	for _, b := range c.bad {
		if b == p {
			return true
		}
	}
	return false
}

func ktaScale(ee *[words]uint16) float64 { return math.Ldexp(1, int(ee[56]>>4&0xF)+8) }
func kvScale(ee *[words]uint16) float64  { return math.Ldexp(1, int(ee[56]>>8&0xF)) }

// parity is 0..3: even row and column, even row, even column, neither.
func parity(p int) int { return 2*(p/Columns%2) + p%2 }

// signed is the lowest bits of w in two's complement.
func signed(w uint16, bits uint) float64 {
	return float64(int16(w<<(16-bits)) >> (16 - bits))
}

// nibble is the i-th signed 4 bits, lowest first.
func nibble(packed []uint16, i int) float64 { return signed(packed[i/4]>>(4*(i%4)), 4) }
