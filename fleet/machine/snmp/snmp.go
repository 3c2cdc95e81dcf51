// Package snmp reads sensors and the states of switched outlets by SNMP, version 2c or 3 (RFC 3411-3418), and switches
// outlets for runbooks. Asking changes nothing.
package snmp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// The bounds of one question: how many objects one request asks for, and how long one try of it lasts. An agent answers a
// wrong community or a request too large with nothing at all.
const (
	batch  = 16
	oneTry = 1500 * time.Millisecond
)

// A Driver asks one agent.
type Driver struct {
	m   machine.SNMP
	now func() time.Time
}

// New checks nothing and connects to nothing.
func New(m machine.SNMP, now func() time.Time) *Driver { return &Driver{m, now} }

// ID is the source's.
func (d *Driver) ID() string { return d.m.ID }

// A wish is one object that is read, and what becomes of its value.
type wish struct {
	oid  string
	what string
	take func(float64, time.Time) (machine.Evidence, error)
}

// wishes are the objects that bear on a question.
func (d *Driver) wishes(q machine.Question) []wish {
	var out []wish
	for _, p := range d.m.Points {
		if !q.Of(p.Subject) {
			continue
		}
		out = append(out, wish{p.OID, cmp.Or(p.Name, p.Quantity), func(v float64, at time.Time) (machine.Evidence, error) {
			return machine.Judge(p.Point, d.m.ID, v, at, at)
		}})
	}
	for _, o := range d.m.Outlets {
		oid, known := d.m.OutletOID(o)
		if !known || !q.Of(machine.Subject{Device: o.Device}, machine.Subject{Supply: d.m.PDU}) {
			continue
		}
		out = append(out, wish{oid, "outlet " + o.Index, func(v float64, at time.Time) (machine.Evidence, error) { return d.m.Switched(o, int64(v), at) }})
	}
	return out
}

// Ask asks what bears on a question. Evidence may come with an error: of the part of it that failed. No error holds a credential.
func (d *Driver) Ask(ctx context.Context, q machine.Question) ([]machine.Evidence, error) {
	all := d.wishes(q)
	if len(all) == 0 {
		return nil, nil
	}
	c, err := d.client(ctx)
	if err == nil {
		err = c.Connect()
	}
	if err != nil {
		return nil, d.clean(err)
	}
	defer func() { _ = c.Close() }()
	defer interrupted(ctx, c.Conn)()
	var out []machine.Evidence
	var errs []error
	for len(all) > 0 && ctx.Err() == nil {
		n := min(batch, len(all))
		got, err := d.read(c, all[:n])
		out = append(out, got...)
		errs = append(errs, err)
		all = all[n:]
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return out, d.clean(err)
	}
	return out, nil
}

func (d *Driver) clean(err error) error {
	return errors.New(machine.Clean(err, d.m.Community, d.m.AuthKey, d.m.PrivKey))
}

// interrupted has a read that waits end with the context, until what it returns is called. It keeps the connection itself: that
// which a client names is gone once the client is closed, which may be at the same moment.
func interrupted(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

func (d *Driver) client(ctx context.Context) (*gosnmp.GoSNMP, error) {
	host, port, err := net.SplitHostPort(d.m.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", d.m.Address, err)
	}
	c := &gosnmp.GoSNMP{
		Target: host, Port: uint16(n), Transport: "udp", Context: ctx, Timeout: oneTry, Retries: 1, MaxOids: batch,
		Version: gosnmp.Version2c, Community: d.m.Community.Reveal(),
	}
	if d.m.Version == "3" {
		d.secure(c)
	}
	return c, nil
}

// secure sets the user of version 3 (RFC 3414, RFC 7860).
func (d *Driver) secure(c *gosnmp.GoSNMP) {
	c.Version, c.Community, c.SecurityModel, c.MsgFlags = gosnmp.Version3, "", gosnmp.UserSecurityModel, gosnmp.AuthNoPriv
	user := &gosnmp.UsmSecurityParameters{
		UserName: d.m.User, AuthenticationPassphrase: d.m.AuthKey.Reveal(),
		AuthenticationProtocol: map[string]gosnmp.SnmpV3AuthProtocol{"sha": gosnmp.SHA, "sha256": gosnmp.SHA256, "sha512": gosnmp.SHA512}[d.m.Auth],
	}
	if d.m.Privacy != "" {
		c.MsgFlags = gosnmp.AuthPriv
		user.PrivacyPassphrase = d.m.PrivKey.Reveal()
		user.PrivacyProtocol = map[string]gosnmp.SnmpV3PrivProtocol{"aes": gosnmp.AES, "aes256": gosnmp.AES256}[d.m.Privacy]
	}
	c.SecurityParameters = user
}

// read asks for some objects at once.
func (d *Driver) read(c *gosnmp.GoSNMP, all []wish) ([]machine.Evidence, error) {
	var oids []string
	by := map[string]wish{}
	for _, w := range all {
		oids = append(oids, w.oid)
		by[w.oid] = w
	}
	packet, err := c.Get(oids)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer (a wrong community or user gets no answer either): %w", d.m.Address, err)
	}
	if packet.Error != gosnmp.NoError {
		return nil, fmt.Errorf("%s refuses object %d: %s", d.m.Address, packet.ErrorIndex, packet.Error)
	}
	now := d.now()
	var out []machine.Evidence
	var errs []error
	for _, v := range packet.Variables {
		w, asked := by["."+strings.TrimPrefix(v.Name, ".")]
		if !asked {
			continue
		}
		delete(by, w.oid)
		raw, err := number(v)
		if err == nil {
			var e machine.Evidence
			if e, err = w.take(raw, now); err == nil {
				out = append(out, e)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s at %s: %w", w.what, w.oid, err))
		}
	}
	for _, w := range all {
		if _, left := by[w.oid]; left {
			errs = append(errs, fmt.Errorf("%s at %s: is not in the answer", w.what, w.oid))
			delete(by, w.oid)
		}
	}
	return out, errors.Join(errs...)
}

// number is the value of an object; agents give decimal fractions as texts.
func number(v gosnmp.SnmpPDU) (float64, error) {
	switch x := v.Value.(type) {
	case int:
		return float64(x), nil
	case uint:
		return float64(x), nil
	case uint32:
		return float64(x), nil
	case uint64:
		return float64(x), nil
	case int64:
		return float64(x), nil
	case float32:
		return float64(x), nil
	case float64:
		return x, nil
	case []byte:
		f, err := strconv.ParseFloat(strings.TrimSpace(string(x)), 64)
		if err != nil || f-f != 0 {
			return 0, fmt.Errorf("the text %.40q is no number", x)
		}
		return f, nil
	}
	return 0, fmt.Errorf("it has no such object (%s)", v.Type)
}
