package machine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// An OutletTable is where the state of switched outlets stands in a vendor's MIB.
type OutletTable struct {
	State   string // its object identifier; the outlet's index follows
	On, Off int64
}

// outletTables are by the name that machines.yaml gives them. The states of a vendor are not its commands: on an APC rPDU2 they
// are inverted, on a Raritan 7 and 8. Sources: PowerNet-MIB (rPDU2OutletSwitchedStatusState, rPDUOutletStatusOutletState),
// PDU2-MIB (outletSwitchingState), Sentry3-MIB (outletStatus), Sentry4-MIB (st4OutletState).
var outletTables = map[string]OutletTable{
	"apc-rpdu2":    {".1.3.6.1.4.1.318.1.1.26.9.2.3.1.5", 2, 1},
	"apc-rpdu":     {".1.3.6.1.4.1.318.1.1.12.3.5.1.1.4", 1, 2},
	"raritan-pdu2": {".1.3.6.1.4.1.13742.6.4.1.2.1.3", 7, 8},
	"sentry3":      {".1.3.6.1.4.1.1718.3.2.3.1.5", 1, 0},
	"sentry4":      {".1.3.6.1.4.1.1718.4.1.8.3.1.1", 1, 0},
}

// OutletTables are the names of the tables that are known.
func OutletTables() []string { return slices.Sorted(maps.Keys(outletTables)) }

// OutletOID is where the state of an outlet stands; ok is false for a table that is not known.
func (m SNMP) OutletOID(o Outlet) (string, bool) {
	t, ok := outletTables[m.Table]
	return t.State + "." + o.Index, ok
}

// Switched is what the state of an outlet says: one that is off leaves its power port without input.
func (m SNMP) Switched(o Outlet, state int64, at time.Time) (Evidence, error) {
	t := outletTables[m.Table]
	e := Evidence{Source: m.ID, At: at, Quantity: "outlet", Value: float64(state)}
	e.Sign = cause.Sign{Spot: cause.Spot{Thing: cause.Machine, Device: o.Device, Part: o.Port}, At: at, By: m.ID, Looks: 1}
	switch state {
	case t.On:
		e.Says = fmt.Sprintf("PDU %s says outlet %s, which feeds %s of %s, is on", m.PDU, o.Index, o.Port, o.Device)
	case t.Off:
		e.Sign.Symptom = cause.InputLight
		e.Says = fmt.Sprintf("PDU %s says outlet %s, which feeds %s of %s, is off", m.PDU, o.Index, o.Port, o.Device)
	default:
		return Evidence{}, fmt.Errorf("outlet %s of PDU %s is in state %d, which table %s does not have", o.Index, m.PDU, state, m.Table)
	}
	e.Sign.Meaning = e.Says
	return e, nil
}
