// Package hands carries out the steps of runbooks that touch machines: for what a step is aimed at it finds the one machine that
// the site declares (machines.yaml) and has its driver do it. It permits nothing: package guard does.
package hands

import (
	"context"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/redfish"
	"github.com/nightrounds/nightrounds/fleet/machine/registers"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// Of are the executors of the steps that touch machines. A step that is aimed at a machine which nothing is declared of is
// refused, and so is one for which several are. Nothing is connected to.
func Of(d machine.Declared, now func() time.Time) map[remedy.Kind]remedy.Executor {
	bmcs, pdus, units := hand{what: "management controller"}, hand{what: "switched PDU"}, hand{what: "set-point"}
	for _, m := range d.Redfish {
		bmcs.add(func(t remedy.Target) bool { return t.Device == m.Device }, redfish.New(m, now))
	}
	for _, m := range d.SNMP {
		pdus.add(func(t remedy.Target) bool { return m.PDU != "" && t.PDU == m.PDU && m.Feeds(t.Device, t.Part) }, snmp.New(m, now))
	}
	for _, m := range d.Modbus {
		if p := m.SetPoint; p != nil {
			units.add(func(t remedy.Target) bool { return t.Cooling == p.Cooling }, registers.New(m, now))
		}
	}
	return map[remedy.Kind]remedy.Executor{remedy.Redfish: bmcs, remedy.Outlet: pdus, remedy.SetPoint: units}
}

// A hand has the drivers of one kind of step.
type hand struct {
	what string
	all  []finger
}

type finger struct {
	is     func(remedy.Target) bool
	driver remedy.Executor
}

func (h *hand) add(is func(remedy.Target) bool, e remedy.Executor) {
	h.all = append(h.all, finger{is, e})
}

// of is the driver of the one machine that an order is aimed at.
func (h hand) of(o remedy.Order) (remedy.Executor, error) {
	var found []remedy.Executor
	for _, f := range h.all {
		if f.is(o.Target) {
			found = append(found, f.driver)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("step %q: %s declares %d %ss for %s: want one: %w", o.Step.Name, machine.FileName, len(found), h.what, aim(o.Target), remedy.ErrFinal)
	}
	return found[0], nil
}

func aim(t remedy.Target) string {
	switch {
	case t.Cooling != "":
		return t.Cooling
	case t.PDU != "":
		return fmt.Sprintf("%s of %s, outlet %s of %s", t.Part, t.Device, t.Outlet, t.PDU)
	}
	return t.Device
}

// Identify implements remedy.Executor.
func (h hand) Identify(ctx context.Context, o remedy.Order) (remedy.Identity, error) {
	e, err := h.of(o)
	if err != nil {
		return remedy.Identity{}, err
	}
	return e.Identify(ctx, o)
}

// Carry implements remedy.Executor.
func (h hand) Carry(ctx context.Context, o remedy.Order) (remedy.Outcome, error) {
	e, err := h.of(o)
	if err != nil {
		return remedy.Outcome{}, err
	}
	return e.Carry(ctx, o)
}
