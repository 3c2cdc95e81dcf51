package machine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// An OutletTable is where a vendor's MIB has its switched outlets: their names, states and commands.
type OutletTable struct {
	Maker               string // what its sysObjectID begins with: the same numbers mean another thing at another maker's
	Name                string // object identifier of an outlet's name; the outlet's index follows, here and below
	State               string
	On, Off             int64
	Others              map[int64]string // states that are neither, as the MIB names them, where it does
	Command             string
	SwitchOn, SwitchOff int64
}

// outletTables are by the name that machines.yaml gives them. The states of a vendor are not its commands: on an APC rPDU2 they
// are inverted, on a Raritan 7 and 8, and a Sentry of the third generation that is off is 0, one of the fourth 2. A state that
// is neither, as a fuse that is blown, is none to switch from. Sources:
//   - PowerNet-MIB 4.6.0: rPDU2OutletSwitchedStatusState off(1) on(2), rPDU2OutletSwitchedControlCommand immediateOn(1)
//     immediateOff(2); rPDUOutletStatusOutletState outletStatusOn(1) outletStatusOff(2), rPDUOutletControlOutletCommand
//   - PDU2-MIB: outletName, outletSwitchingState on(7) off(8), switchingOperation off(0) on(1) cycle(2); so in Raritan's SNMP MIB
//     User Guide and Network UPS Tools' raritan-px2-mib.c
//   - Sentry3-MIB (librenms/librenms 15f945c, mibs/sentry/Sentry3-MIB): outletStatus, outletControlAction
//   - Sentry4-MIB of 15 June 2017 (the same, Sentry4-MIB): st4OutletState of the type DeviceState, st4OutletControlAction none(0)
//     on(1) off(2) reboot(3) queueOn(4) queueOff(5) queueReboot(6)
//   - sysObjectID of both Sentries: Checkmk's sentry_pdu_outlets and sentry_pdu_outlets_v4
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
		Maker: sentry + ".3", Name: sentry + ".3.2.3.1.3", State: sentry + ".3.2.3.1.5", On: 1, Off: 0,
		Others: map[int64]string{
			2: "offWait", 3: "onWait", 4: "offError", 5: "onError", 6: "noComm", 7: "reading", 8: "offFuse", 9: "onFuse",
		},
		Command: sentry + ".3.2.3.1.11", SwitchOn: 1, SwitchOff: 2,
	},
	"sentry4": {
		Maker: sentry + ".4", Name: sentry + ".4.1.8.2.1.3", State: sentry + ".4.1.8.3.1.1", On: 1, Off: 2, Others: map[int64]string{0: "unknown"},
		Command: sentry + ".4.1.8.5.1.2", SwitchOn: 1, SwitchOff: 2,
	},
}

// StateText is a state for people, with the MIB's name for it.
func (t OutletTable) StateText(state int64) string {
	name := t.Others[state]
	switch state {
	case t.On:
		name = "on"
	case t.Off:
		name = "off"
	}
	if name == "" {
		return strconv.FormatInt(state, 10)
	}
	return fmt.Sprintf("%s (%d)", name, state)
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
		return Evidence{}, fmt.Errorf("outlet %s of PDU %s is in state %s of table %s, neither on nor off", o.Index, m.PDU, t.StateText(state), m.Table)
	}
	e.Sign.Meaning = e.Says
	return e, nil
}
