package mlx90640

import (
	"fmt"
	"math"
)

// Places of auxiliary data, in words from the first pixel's.
const (
	ramVBE  = 768
	ramCP0  = 776
	ramGain = 778
	ramPTAT = 800
	ramCP1  = 808
	ramVdd  = 810

	unwritten = 0x7FFF // what RAM holds before the first measurement
)

const zeroC = 273.15 // K

// temperatures computes the pixels of one subpage into f, and the sensor's own state. Datasheet, chapter 11.2.2.
func (c *calibration) temperatures(ram *[words]uint16, page int, emissivity float64, reflectedC *float64, f *Frame) error {
	for _, i := range [...]int{ramVBE, ramCP0, ramGain, ramPTAT, ramCP1, ramVdd} {
		if ram[i] == unwritten {
			return fmt.Errorf("auxiliary word %#x was never written: %w", 0x400+i, ErrNotReady)
		}
	}
	f.SupplyV = c.supply(ram)
	f.AmbientC = c.ambient(ram, f.SupplyV)
	gain := c.gain / signed(ram[ramGain], 16)
	if !finite(f.SupplyV, f.AmbientC, gain) || f.AmbientC < -zeroC {
		return fmt.Errorf("auxiliary data make no sense (%v V, %v °C, gain %v): %w", f.SupplyV, f.AmbientC, gain, ErrTorn)
	}
	tr := f.AmbientC - 8
	if reflectedC != nil {
		tr = *reflectedC
	}
	now := conditions{
		dTa: f.AmbientC - 25, dV: f.SupplyV - 3.3, gain: gain, emissivity: emissivity,
		taTr: pow4(tr) - (pow4(tr)-pow4(f.AmbientC))/emissivity,
	}
	now.cp = c.compensation(ram, page, now)
	for p := range Pixels {
		if c.pageOf(p) != page || c.isBad(p) {
			continue
		}
		if ram[p] == unwritten {
			return fmt.Errorf("pixel %d was never written: %w", p, ErrNotReady)
		}
		to := c.object(p, c.infrared(ram[p], p, now), now)
		if !finite(to) {
			return fmt.Errorf("pixel %d has no temperature: %w", p, ErrTorn)
		}
		f.TempC[p] = float32(to)
	}
	return nil
}

// conditions are what one subpage was measured under.
type conditions struct {
	dTa, dV    float64 // K from 25 °C, V from 3.3 V
	gain       float64
	emissivity float64
	taTr       float64 // K⁴, what the sensor and the surroundings put in
	cp         float64 // the compensation pixel's signal
}

// pageOf is the subpage that a pixel is measured in.
func (c *calibration) pageOf(p int) int {
	row, column := p/Columns, p%Columns
	if c.control&controlChess == 0 {
		return row & 1
	}
	return (row ^ column) & 1
}

// otherPattern says that the frame was not taken in the pattern of the calibration.
func (c *calibration) otherPattern() bool { return (c.control&controlChess != 0) != c.chess }

func (c *calibration) supply(ram *[words]uint16) float64 {
	correction := math.Ldexp(1, c.resolution-int(c.control>>10&3))
	return (correction*signed(ram[ramVdd], 16)-c.vdd25)/c.kVdd + 3.3
}

func (c *calibration) ambient(ram *[words]uint16, supplyV float64) float64 {
	ptat, vbe := signed(ram[ramPTAT], 16), signed(ram[ramVBE], 16)
	art := ptat / (ptat*c.alphaPTAT + vbe) * (1 << 18)
	return (art/(1+c.kvPTAT*(supplyV-3.3))-c.vPTAT25)/c.ktPTAT + 25
}

func (c *calibration) compensation(ram *[words]uint16, page int, now conditions) float64 {
	raw, offset := ram[ramCP0], c.cpOffset[page]
	if page == 1 {
		raw = ram[ramCP1]
		if c.otherPattern() {
			offset += c.ilc[0]
		}
	}
	return signed(raw, 16)*now.gain - offset*(1+c.cpKta*now.dTa)*(1+c.cpKv*now.dV)
}

// infrared is a pixel's signal, freed of gain, offset, pattern and compensation pixel.
func (c *calibration) infrared(raw uint16, p int, now conditions) float64 {
	ir := signed(raw, 16)*now.gain - c.offset[p]*(1+c.kta[p]*now.dTa)*(1+c.kv[parity(p)]*now.dV)
	if c.otherPattern() {
		row := p / Columns % 2
		column := (p+2)/4 - (p+3)/4 + (p+1)/4 - p/4
		ir += c.ilc[2]*float64(2*row-1) - c.ilc[1]*float64(column*(1-2*row))
	}
	return (ir - c.tgc*now.cp) / now.emissivity
}

// object is the temperature in °C that a signal stands for: once as if the sensitivity were that from 0 °C up, then
// with the range's that this falls into.
func (c *calibration) object(p int, ir float64, now conditions) float64 {
	alpha := c.alpha[p] * (1 + c.ksTa*now.dTa)
	s := c.ksTo[1] * root4(alpha*alpha*alpha*(ir+alpha*now.taTr))
	to := root4(ir/(alpha*(1-c.ksTo[1]*zeroC)+s)+now.taTr) - zeroC
	r := 0
	for r < 3 && to >= c.ct[r+1] {
		r++
	}
	return root4(ir/(alpha*c.corr[r]*(1+c.ksTo[r]*(to-c.ct[r])))+now.taTr) - zeroC
}

// mend gives each bad pixel the mean of its good neighbours.
func (c *calibration) mend(f *Frame) {
	for _, p := range c.bad {
		sum, n := float32(0), float32(0)
		for _, d := range [...][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
			row, column := p/Columns+d[0], p%Columns+d[1]
			if row < 0 || row >= Rows || column < 0 || column >= Columns || c.isBad(row*Columns+column) {
				continue
			}
			sum += f.TempC[row*Columns+column]
			n++
		}
		if n > 0 {
			f.TempC[p] = sum / n
		}
	}
}

func pow4(celsius float64) float64 {
	k := celsius + zeroC
	return k * k * k * k
}

func root4(x float64) float64 { return math.Sqrt(math.Sqrt(x)) }

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
