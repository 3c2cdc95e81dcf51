package snmp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// sysObjectID is what an agent says that it is (RFC 3418).
const sysObjectID = ".1.3.6.1.2.1.1.2.0"

// readBack is the pause between two readings of a state that is to change.
const readBack = 500 * time.Millisecond

// Identify reads the name that the outlet of the order's power port has at the PDU.
func (d *Driver) Identify(ctx context.Context, o remedy.Order) (remedy.Identity, error) {
	var id remedy.Identity
	err := d.outlet(ctx, o, func(s *socket) error {
		name, _, err := s.read()
		id = remedy.Identity{Name: name, At: d.now()}
		return err
	})
	if err != nil {
		return remedy.Identity{}, err
	}
	return id, nil
}

// Carry switches the outlet of the order's power port and reads back that it switched. Who answers is read again right before.
// A cycle that is begun is ended, also when its controller is told to end: the outlet would stay off.
func (d *Driver) Carry(ctx context.Context, o remedy.Order) (out remedy.Outcome, err error) {
	if o.Step.Act == remedy.Cycle {
		whole, cancel, err := d.whole(ctx)
		if err != nil {
			return remedy.Outcome{}, err
		}
		defer cancel()
		ctx = whole
	}
	err = d.outlet(ctx, o, func(s *socket) error {
		name, state, err := s.read()
		if err != nil {
			return err
		}
		if !o.Target.Named(name) {
			return fmt.Errorf("outlet %s of PDU %s is named %q, which is not %s: nothing is switched: %w", s.o.Index, d.m.PDU, name, o.Target.Device, remedy.ErrFinal)
		}
		if state != s.t.On && state != s.t.Off {
			return fmt.Errorf("outlet %s of PDU %s is in state %s, neither on nor off: a person must see why: %w", s.o.Index, d.m.PDU, s.t.StateText(state), remedy.ErrFinal)
		}
		switch o.Step.Act {
		case remedy.SwitchOn:
			err = s.to(ctx, s.t.SwitchOn, s.t.On, state)
		case remedy.SwitchOff:
			err = s.to(ctx, s.t.SwitchOff, s.t.Off, state)
		case remedy.Cycle:
			err = s.cycle(ctx, state)
		default:
			err = fmt.Errorf("an outlet knows no %q: %w", o.Step.Act, remedy.ErrFinal)
		}
		out.Said = fmt.Sprintf("PDU %s says that outlet %s (%s) is %s", d.m.PDU, s.o.Index, name, map[bool]string{true: "off", false: "on"}[o.Step.Act == remedy.SwitchOff])
		return err
	})
	if err != nil {
		return remedy.Outcome{}, err
	}
	return out, nil
}

// The times that a cycle needs beside those in which the outlet is off: at least, and at most.
const (
	cycleLeast = 5 * time.Second
	cycleMost  = 2 * time.Minute
)

// whole is a context in which a cycle is carried out to its end; an error where the step leaves too little time for that.
func (d *Driver) whole(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	within := d.m.OffFor + cycleMost
	if ends, has := ctx.Deadline(); has {
		within = min(within, time.Until(ends))
	}
	if within < d.m.OffFor+cycleLeast {
		return nil, nil, fmt.Errorf("%s is too short a time for an outlet that is off for %s: nothing is switched, raise the step's timeout: %w", within.Round(time.Second), d.m.OffFor, remedy.ErrFinal)
	}
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	return out, cancel, nil
}

// A socket is one outlet of an agent that is connected to.
type socket struct {
	d *Driver
	c *gosnmp.GoSNMP
	o machine.Outlet
	t machine.OutletTable
}

// outlet finds the outlet of an order's power port, and connects to its PDU once that says of whose make it is.
func (d *Driver) outlet(ctx context.Context, o remedy.Order, do func(*socket) error) error {
	t, known := d.m.OutletTable()
	s := &socket{d: d, t: t}
	for _, plug := range d.m.Outlets {
		if plug.Device == o.Target.Device && plug.Port == o.Target.Part && o.Target.Device != "" {
			s.o = plug
		}
	}
	if !known || s.o.Index == "" || d.m.PDU != o.Target.PDU {
		return fmt.Errorf("%s does not say which outlet of PDU %q feeds %s of %s: %w", machine.FileName, o.Target.PDU, o.Target.Part, o.Target.Device, remedy.ErrFinal)
	}
	if s.o.Index != o.Target.Outlet && !strings.HasSuffix(s.o.Index, "."+o.Target.Outlet) {
		return fmt.Errorf("%s has outlet %s for %s of %s, the site's record outlet %s: %w", machine.FileName, s.o.Index, o.Target.Part, o.Target.Device, o.Target.Outlet, remedy.ErrFinal)
	}
	c, err := d.client(ctx)
	if err == nil {
		c.Retries = 0 // a request that was lost is not sent again: it may have been carried out
		err = c.Connect()
	}
	if err != nil {
		return d.clean(err)
	}
	defer func() { _ = c.Close() }()
	defer interrupted(ctx, c.Conn)()
	s.c = c
	if err := do(s); err != nil {
		return machine.Cleaned(err, remedy.ErrFinal, d.m.Community, d.m.AuthKey, d.m.PrivKey)
	}
	return nil
}

// read is the outlet's name and state. An agent of another make is refused: there the same numbers mean something else.
func (s *socket) read() (name string, state int64, err error) {
	nameAt, stateAt := s.t.Name+"."+s.o.Index, s.t.State+"."+s.o.Index
	packet, err := s.c.Get([]string{sysObjectID, nameAt, stateAt})
	if err != nil {
		return "", 0, fmt.Errorf("%s does not answer (a wrong community or user gets no answer either): %w", s.d.m.Address, err)
	}
	if packet.Error != gosnmp.NoError {
		return "", 0, fmt.Errorf("%s refuses object %d: %s", s.d.m.Address, packet.ErrorIndex, packet.Error)
	}
	maker, found := "", false
	for _, v := range packet.Variables {
		switch oid := "." + strings.TrimPrefix(v.Name, "."); oid {
		case sysObjectID:
			text, _ := v.Value.(string)
			maker = "." + strings.TrimPrefix(text, ".")
		case nameAt:
			text, _ := v.Value.([]byte)
			name = strings.ToValidUTF8(string(text), "?")
		case stateAt:
			raw, err := number(v)
			if err != nil {
				return "", 0, fmt.Errorf("state at %s: %w", oid, err)
			}
			state, found = int64(raw), true
		}
	}
	if !strings.HasPrefix(maker+".", s.t.Maker+".") {
		return "", 0, fmt.Errorf("%s says that it is %q, and a %s is %s: %w", s.d.m.Address, maker, s.d.m.Table, s.t.Maker, remedy.ErrFinal)
	}
	if !found {
		return "", 0, fmt.Errorf("%s does not say in which state outlet %s is", s.d.m.Address, s.o.Index)
	}
	return name, state, nil
}

// cycle switches off, sees that it is off, waits, and switches on.
func (s *socket) cycle(ctx context.Context, state int64) error {
	if err := s.to(ctx, s.t.SwitchOff, s.t.Off, state); err != nil {
		return err
	}
	if err := (clock.Clock{}).Sleep(ctx, s.d.m.OffFor); err != nil {
		return fmt.Errorf("outlet %s is off, and there was no time to switch it on: %w", s.o.Index, err)
	}
	if err := s.to(ctx, s.t.SwitchOn, s.t.On, s.t.Off); err != nil {
		return fmt.Errorf("outlet %s was switched off, and not on again: %w", s.o.Index, err)
	}
	return nil
}

// to sends a command, unless the state is there already, and waits until it is. A refused SET is an answer without an error.
func (s *socket) to(ctx context.Context, command, want, is int64) error {
	if is == want {
		return nil
	}
	at := s.t.Command + "." + s.o.Index
	packet, err := s.c.Set([]gosnmp.SnmpPDU{{Name: at, Type: gosnmp.Integer, Value: int(command)}})
	if err != nil {
		return fmt.Errorf("switch outlet %s of PDU %s: %w", s.o.Index, s.d.m.PDU, err)
	}
	if packet.Error != gosnmp.NoError {
		return fmt.Errorf("PDU %s refuses to switch outlet %s: %s: %w", s.d.m.PDU, s.o.Index, packet.Error, remedy.ErrFinal)
	}
	for {
		_, now, err := s.read()
		if err == nil && now == want {
			return nil
		}
		if errors.Is(err, remedy.ErrFinal) {
			return err
		}
		if ended := (clock.Clock{}).Sleep(ctx, readBack); ended != nil {
			return fmt.Errorf("outlet %s of PDU %s was told to switch and is in state %s: %w", s.o.Index, s.d.m.PDU, s.t.StateText(now), errors.Join(ended, err))
		}
	}
}
