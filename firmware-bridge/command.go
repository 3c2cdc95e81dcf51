package firmware

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
)

// How often a command is sent, and how long each time its acknowledgement is waited for.
const (
	ackTries = 4
	ackAfter = 500 * time.Millisecond
)

type ack struct {
	command common.MAV_CMD
	result  common.MAV_RESULT
}

// do sends a command until it is acknowledged, and again to a base that cannot do it just now. Every command used here
// may arrive twice without harm.
func (b *Base) do(ctx context.Context, m *common.MessageCommandLong) error {
	b.commanding.Lock()
	defer b.commanding.Unlock()
	b.forget()
	last := fmt.Errorf("no acknowledgement after %d tries: %w", ackTries, ErrDisconnected)
	for try := range ackTries {
		m := *m // the node encodes m later; each try is a message of its own
		m.Confirmation = uint8(try)
		if err := b.send(&m); err != nil {
			return err
		}
		result, err := b.acknowledged(ctx, m.Command)
		switch {
		case errors.Is(err, errLate):
			continue
		case err != nil:
			return err
		case result == common.MAV_RESULT_ACCEPTED:
			return nil
		case result == common.MAV_RESULT_TEMPORARILY_REJECTED:
			last = fmt.Errorf("%w: %s", ErrRefused, result)
			if err := b.await(ctx, ackAfter, func(State) bool { return false }); !errors.Is(err, errLate) {
				return err
			}
			continue
		}
		return fmt.Errorf("%s: %w: %s", m.Command, ErrRefused, result)
	}
	return fmt.Errorf("%s: %w", m.Command, last)
}

// acknowledged waits for the result of c.
func (b *Base) acknowledged(ctx context.Context, c common.MAV_CMD) (common.MAV_RESULT, error) {
	late := time.NewTimer(b.opt.Clock.Wall(ackAfter))
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-late.C:
			return 0, errLate
		case a := <-b.acks:
			if a.command == c && a.result != common.MAV_RESULT_IN_PROGRESS {
				return a.result, nil
			}
		}
	}
}

// forget drops acknowledgements of commands that nobody waits for any more.
func (b *Base) forget() {
	for {
		select {
		case <-b.acks:
		default:
			return
		}
	}
}

// Mast lifts or lowers the camera to heightM above the floor, MastLowM to MastHighM, and returns when it is there
// within 5 mm.
func (b *Base) Mast(ctx context.Context, heightM float64) error {
	if !(heightM >= MastLowM && heightM <= MastHighM) {
		return fmt.Errorf("mast to %v m: it reaches from %.2f to %.2f m", heightM, MastLowM, MastHighM)
	}
	err := b.do(ctx, mastTarget(heightM))
	if err == nil {
		err = b.await(ctx, 30*time.Second, func(s State) bool { return math.Abs(s.MastM-heightM) < 0.005 })
	}
	if err != nil {
		return fmt.Errorf("mast to %.2f m: %w", heightM, err)
	}
	return nil
}

// Charge switches the charger's contactor, and returns when the base says that current flows, or no longer does.
// A base that stands at no charger refuses.
func (b *Base) Charge(ctx context.Context, on bool) error {
	m := charger(0)
	if on {
		m = charger(1)
	}
	err := b.do(ctx, m)
	if err == nil {
		err = b.await(ctx, 10*time.Second, func(s State) bool { return s.Charging == on })
	}
	if err != nil {
		return fmt.Errorf("switch charging to %t: %w", on, err)
	}
	return nil
}
