package chips

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// MLX90640Addr is the chip's usual address.
const MLX90640Addr uint16 = 0x33

const (
	arrayColumns = 32
	arrayPixels  = 768
	auxWords     = 64
	eepromWords  = 832

	ramStart    = 0x0400
	eepromStart = 0x2400
	statusReg   = 0x8000
	controlReg  = 0x800D
	addressReg  = 0x800F
)

// MLX90640 is a simulated thermal array.
type MLX90640 struct {
	scene func() (pixelsC [768]float64, ambientC float64)
	clock Clock
	optic sensitivity

	mu      sync.Mutex
	rng     *rand.Rand
	netdK   float64
	stuck   bool
	pointer uint16
	eeprom  [eepromWords]uint16
	ram     [arrayPixels + auxWords]uint16
	status  uint16
	control uint16
	since   time.Time // of the present refresh rate
	taken   int64     // subpages since then
}

var _ Chip = (*MLX90640)(nil)

// NewMLX90640 returns a sensor that sees what scene says: per pixel the temperature in °C of a surface of emissivity
// 0.95 among surroundings 8 K cooler than the sensor, row by row, row 0 at the top of the sensor's own 32 x 24 image,
// and the sensor's own temperature. seed makes its calibration's irregularities and its noise.
func NewMLX90640(scene func() (pixelsC [768]float64, ambientC float64), clock Clock, seed uint64) *MLX90640 {
	rng := rand.New(rand.NewPCG(seed, 0x6d6c78))
	m := &MLX90640{scene: scene, clock: clock, rng: rng, netdK: 0.1, control: 0x1901, since: clock.Now()}
	m.optic = newSensitivity(rng)
	m.eeprom = m.optic.eeprom(rng)
	for i := range m.ram {
		m.ram[i] = 0x7FFF
	}
	return m
}

// SetNETD sets the noise of one pixel in one subpage, one sigma, K at 300 K; 0.1 unless set.
func (m *MLX90640) SetNETD(kelvin float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.netdK = kelvin
}

// Stick makes the chip measure nothing more.
func (m *MLX90640) Stick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stuck = true
}

// Write implements Chip: a register's address, and words that go there and on.
func (m *MLX90640) Write(w []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(w) < 2 || len(w)%2 != 0 {
		return ErrNACK
	}
	m.measure()
	m.pointer = binary.BigEndian.Uint16(w)
	for i := 2; i < len(w); i += 2 {
		m.set(m.pointer, binary.BigEndian.Uint16(w[i:]))
		m.pointer++
	}
	return nil
}

// Read implements Chip: words from the pointer on.
func (m *MLX90640) Read(r []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.measure()
	for i := range r {
		w := m.get(m.pointer)
		if i%2 == 0 {
			r[i] = byte(w >> 8)
			continue
		}
		r[i] = byte(w)
		m.pointer++
	}
	return nil
}

func (m *MLX90640) get(reg uint16) uint16 {
	switch {
	case reg >= ramStart && reg < ramStart+arrayPixels+auxWords:
		return m.ram[reg-ramStart]
	case reg >= eepromStart && reg < eepromStart+eepromWords:
		return m.eeprom[reg-eepromStart]
	case reg == statusReg:
		return m.status
	case reg == controlReg:
		return m.control
	case reg == addressReg:
		return MLX90640Addr
	}
	return 0
}

// set writes what a host may write; EEPROM and RAM stay as they are.
func (m *MLX90640) set(reg, v uint16) {
	switch reg {
	case statusReg:
		m.status = m.status&0x0007 | v&0x0038
	case controlReg:
		if (v^m.control)&0x0380 != 0 {
			m.since, m.taken = m.clock.Now(), 0
		}
		m.control = v
	}
}

// measure brings the RAM up to the clock: the newest subpage, and the one before if both have passed unread.
func (m *MLX90640) measure() {
	period := time.Duration(float64(2*time.Second) / math.Ldexp(1, int(m.control>>7&7)))
	due := int64(m.clock.Now().Sub(m.since) / period)
	if m.stuck || due <= m.taken {
		return
	}
	pixels, ambient := m.scene()
	for n := max(m.taken+1, due-1); n <= due; n++ {
		page := uint16(n & 1)
		m.expose(&pixels, ambient, int(page))
		m.status = m.status&^0x0007 | 0x0008 | page
	}
	m.taken = due
}

// expose writes one subpage's pixels and the auxiliary data.
func (m *MLX90640) expose(pixelsC *[768]float64, ambientC float64, page int) {
	supplyV := 3.3 + 0.004*m.rng.NormFloat64()
	resolution := m.control >> 10 & 3
	at := m.optic.under(ambientC, supplyV, resolution)
	chess := m.control&0x1000 != 0
	for p := range arrayPixels {
		row, column := p/arrayColumns, p%arrayColumns
		if turn := row + column; chess && turn%2 != page || !chess && row%2 != page {
			continue
		}
		m.ram[p] = at.pixel(p, pixelsC[p], m.netdK*m.rng.NormFloat64())
	}
	for i, w := range at.auxiliary() {
		m.ram[arrayPixels+i] = w
	}
}
