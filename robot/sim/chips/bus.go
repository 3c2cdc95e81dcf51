// Package chips is an I2C bus with chips on it that are not there: they answer at register level, so that a driver
// cannot tell the difference. Bus and chips can be told to fail.
//
// It knows what chips see only from the functions it is given, and nothing of the drivers that read them.
package chips

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// ErrNACK is what a transfer to nobody, or to a chip that is busy, ends with.
var ErrNACK = errors.New("no acknowledgement on the bus")

// A Clock is the time the chips live in.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// A Chip answers one address. An error ends the transfer as a NACK would.
type Chip interface {
	Write(w []byte) error
	Read(r []byte) error
}

// A Bus is a simulated I2C bus; it implements i2c.Bus. Its methods may be called from any goroutine, one transfer
// running at a time.
type Bus struct {
	mu    sync.Mutex
	chips map[uint16]Chip
	nacks int
	flips []int
}

var _ i2c.Bus = (*Bus)(nil)

// NewBus returns a bus with nothing on it.
func NewBus() *Bus { return &Bus{chips: map[uint16]Chip{}} }

// Attach puts a chip on the bus, in place of one that had the address; nil takes it off.
func (b *Bus) Attach(addr uint16, c Chip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c == nil {
		delete(b.chips, addr)
		return
	}
	b.chips[addr] = c
}

// NackNext makes the next n transfers fail.
func (b *Bus) NackNext(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nacks = n
}

// FlipNext turns one bit, counted from the highest of the first byte, of the next transfer that reads that far.
func (b *Bus) FlipNext(bit int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flips = append(b.flips, max(bit, 0))
}

// Tx implements i2c.Bus: a write, then a read after a repeated start. With neither, it does not touch the bus.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if len(w) == 0 && len(r) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.chips[addr]
	if b.nacks > 0 {
		b.nacks--
		ok = false
	}
	if !ok {
		return fmt.Errorf("simulated I2C, address %#02x: %w", addr, ErrNACK)
	}
	if len(w) > 0 {
		if err := c.Write(w); err != nil {
			return fmt.Errorf("simulated I2C, write to %#02x: %w", addr, err)
		}
	}
	if len(r) > 0 {
		if err := c.Read(r); err != nil {
			return fmt.Errorf("simulated I2C, read from %#02x: %w", addr, err)
		}
		b.flip(r)
	}
	return nil
}

func (b *Bus) flip(r []byte) {
	kept := b.flips[:0]
	for _, bit := range b.flips {
		if bit/8 >= len(r) {
			kept = append(kept, bit)
			continue
		}
		r[bit/8] ^= 0x80 >> (bit % 8)
	}
	b.flips = kept
}

// SetSpeed implements i2c.Bus. Like Linux's own, this bus cannot change its speed.
func (b *Bus) SetSpeed(physic.Frequency) error {
	return errors.New("simulated I2C: speed cannot be set here")
}

func (b *Bus) String() string { return "simulated I2C" }
