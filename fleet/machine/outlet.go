package machine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// An OutletTable is where a vendor's MIB has its switched outlets: their names, states and commands.
type OutletTable struct {
	Maker               string // the enterprise of its sysObjectID: the same numbers mean another thing at another maker's
	Name                string // object identifier of an outlet's name; the outlet's index follows, here and below
	State               string
	On, Off             int64
	Command             string
	SwitchOn, SwitchOff int64
}

// outletTables are by the name that machines.yaml gives them. The states of a vendor are not its commands: on an APC rPDU2 they
// are inverted, on a Raritan 7 and 8. A state that is neither, as a breaker that has tripped, is none to switch from. Sources:
// PowerNet-MIB (rPDU2OutletSwitchedStatus, rPDU2OutletSwitchedControlCommand, rPDUOutletStatus, rPDUOutletControlOutletCommand),
// PDU2-MIB (outletName, outletSwitchingState, switchingOperation), Sentry3-MIB (outletName, outletStatus, outletControlAction),
// Sentry4-MIB (st4OutletName, st4OutletState: unknown 0, on 1, off 2; st4OutletControlAction).
var outletTables = map[string]OutletTable{
	"apc-rpdu2": {
		Maker: apc, Name: apc + ".1.1.26.9.2.3.1.3", State: apc + ".1.1.26.9.2.3.1.5", On: 2, Off: 1,
		Command: apc + ".1.1.26.9.2.4.1.5", SwitchOn: 1, SwitchOff: 2,
	},
	"apc-rpdu": {
		Maker: apc, Name: apc + ".1.1.12.3.5.1.1.2", State: apc + ".1.1.12.3.5.1.1.4", On: 1, Off: 2,
		Command: apc + ".1.1.12.3.3.1.1.4", SwitchOn: 1, SwitchOff: 2,
	},
	"raritan-pdu2": {
		Maker: raritan, Name: raritan + ".6.3.5.3.1.3", State: raritan + ".6.4.1.2.1.3", On: 7, Off: 8,
		Command: raritan + ".6.4.1.2.1.2", SwitchOn: 1, SwitchOff: 0,
	},
	"sentry3": {
		Maker: sentry, Name: sentry + ".3.2.3.1.3", State: sentry + ".3.2.3.1.5", On: 1, Off: 0,
		Command: sentry + ".3.2.3.1.11", SwitchOn: 1, SwitchOff: 2,
	},
	"sentry4": {
		Maker: sentry, Name: sentry + ".4.1.8.2.1.3", State: sentry + ".4.1.8.3.1.1", On: 1, Off: 2,
		Command: sentry + ".4.1.8.5.1.2", SwitchOn: 1, SwitchOff: 2,
	},
}

// The makers' enterprises.
const (
	apc     = ".1.3.6.1.4.1.318"
	raritan = ".1.3.6.1.4.1.13742"
	sentry  = ".1.3.6.1.4.1.1718"
)

// OutletTable is where the PDU has its outlets; ok is false for a table that is not known.
func (m SNMP) OutletTable() (t OutletTable, ok bool) {
	t, ok = outletTables[m.Table]
	return t, ok
}

// OutletTables are the names of the tables that are known.
func OutletTables() []string { return slices.Sorted(maps.Keys(outletTables)) }

// OutletOID is where the state of an outlet stands; ok is false for a table that is not known.
func (m SNMP) OutletOID(o Outlet) (string, bool) {
	t, ok := outletTables[m.Table]
	return t.State + "." + o.Index, ok
}

// Feeds says whether one of the PDU's outlets is known to feed a power port of a device.
func (m SNMP) Feeds(device, port string) bool {
	return device != "" && slices.ContainsFunc(m.Outlets, func(o Outlet) bool { return o.Device == device && o.Port == port })
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
