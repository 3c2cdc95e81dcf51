package chips

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// SHT4xAddr is the chip's usual address.
const SHT4xAddr uint16 = 0x44

// SHT4x is a simulated air sensor.
type SHT4x struct {
	air   func() (tempC, rhPercent float64)
	clock Clock

	mu     sync.Mutex
	rng    *rand.Rand
	serial uint32
	reply  []byte    // nil when nothing was asked
	ready  time.Time // when the reply may be read
	stuck  bool
}

var _ Chip = (*SHT4x)(nil)

// NewSHT4x returns a sensor in the air that air says. seed makes its serial number and its noise.
func NewSHT4x(air func() (tempC, rhPercent float64), clock Clock, seed uint64) *SHT4x {
	rng := rand.New(rand.NewPCG(seed, 0x73687434))
	return &SHT4x{air: air, clock: clock, rng: rng, serial: rng.Uint32()}
}

// Stick makes the chip acknowledge no read from now on.
func (s *SHT4x) Stick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = true
}

// Write implements Chip: one command byte.
func (s *SHT4x) Write(w []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if s.reply != nil && now.Before(s.ready) {
		return ErrNACK
	}
	s.reply, s.ready = nil, now
	if len(w) != 1 {
		return ErrNACK
	}
	switch w[0] {
	case 0xFD: // high precision: its time and repeatability (one sigma, K and % RH)
		s.measure(now.Add(6900*time.Microsecond), 0.013, 0.027)
	case 0xF6:
		s.measure(now.Add(3700*time.Microsecond), 0.023, 0.05)
	case 0xE0:
		s.measure(now.Add(1300*time.Microsecond), 0.033, 0.08)
	case 0x89:
		s.reply = append(word(uint16(s.serial>>16)), word(uint16(s.serial))...)
	case 0x94:
		s.ready = now.Add(time.Millisecond)
	default:
		return ErrNACK
	}
	return nil
}

// Read implements Chip. A chip that measures, or that nothing was asked of, does not acknowledge.
func (s *SHT4x) Read(r []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stuck || s.reply == nil || s.clock.Now().Before(s.ready) {
		return ErrNACK
	}
	for i := range r {
		r[i] = 0xFF // what a released line reads as, past the reply's end
	}
	copy(r, s.reply)
	s.reply = nil
	return nil
}

func (s *SHT4x) measure(ready time.Time, sigmaC, sigmaRH float64) {
	t, rh := s.air()
	t += sigmaC * s.rng.NormFloat64()
	rh += sigmaRH * s.rng.NormFloat64()
	s.reply = append(word(ticks((t+45)/175)), word(ticks((rh+6)/125))...)
	s.ready = ready
}

// ticks is a share of the range as 16 bits, at its ends when beyond. What is no number reads as the lowest.
func ticks(share float64) uint16 {
	if !(share > 0) {
		return 0
	}
	return uint16(math.Round(min(share, 1) * math.MaxUint16))
}

// word is 16 bits on the wire with their checksum: x⁸+x⁵+x⁴+1, from 0xFF.
func word(v uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, v)
	sum := uint16(0xFF00) ^ v
	for range 16 {
		top := sum & 0x8000
		sum <<= 1
		if top != 0 {
			sum ^= 0x3100
		}
	}
	return append(b, byte(sum>>8))
}
