package machine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

// TestOutletsSpeakByTheirMIBsNumbers has every state and the commands of each table as its MIB has them; the sources are with
// the tables. Neither is a state that says nothing of the power port, by the name that the MIB gives it.
func TestOutletsSpeakByTheirMIBsNumbers(t *testing.T) {
	mibs := map[string]struct {
		maker          string
		on, off        int64
		neither        map[int64]string
		orderOn, order int64 // on, off
	}{
		// PowerNet-MIB: rPDU2OutletSwitchedStatusState, rPDU2OutletSwitchedControlCommand
		"apc-rpdu2": {".318", 2, 1, map[int64]string{0: "0", 3: "3"}, 1, 2},
		// PowerNet-MIB: rPDUOutletStatusOutletState, rPDUOutletControlOutletCommand
		"apc-rpdu": {".318", 1, 2, map[int64]string{0: "0", 3: "3", 4: "4"}, 1, 2},
		// PDU2-MIB: outletSwitchingState, switchingOperation
		"raritan-pdu2": {".13742", 7, 8, map[int64]string{-1: "-1", 0: "0", 1: "1", 2: "2"}, 1, 0},
		// Sentry3-MIB: outletStatus, outletControlAction
		"sentry3": {".1718.3", 1, 0, map[int64]string{
			2: "offWait (2)", 3: "onWait (3)", 4: "offError (4)", 5: "onError (5)", 6: "noComm (6)", 7: "reading (7)", 8: "offFuse (8)", 9: "onFuse (9)", 10: "10",
		}, 1, 2},
		// Sentry4-MIB: st4OutletState (DeviceState), st4OutletControlAction
		"sentry4": {".1718.4", 1, 2, map[int64]string{0: "unknown (0)", 3: "3"}, 1, 2},
	}
	o := machine.Outlet{Index: "5", Device: "A01-srv-03", Port: "psu1"}
	for _, name := range machine.OutletTables() {
		mib, known := mibs[name]
		m := machine.SNMP{Table: name, PDU: "pdu-1"}
		table, ok := m.OutletTable()
		if !known || !ok || table.Maker != ".1.3.6.1.4.1"+mib.maker || table.SwitchOn != mib.orderOn || table.SwitchOff != mib.order {
			t.Errorf("%s: %+v, want %+v", name, table, mib)
		}
		if e, err := m.Switched(o, mib.on, night); err != nil || e.Sign.Symptom != "" || !strings.HasSuffix(e.Says, "is on") {
			t.Errorf("%s, on: %+v, %v", name, e, err)
		}
		if e, err := m.Switched(o, mib.off, night); err != nil || e.Sign.Symptom != cause.InputLight || e.Sign.Part != "psu1" {
			t.Errorf("%s, off: %+v, %v", name, e, err)
		}
		for state, text := range mib.neither {
			if _, err := m.Switched(o, state, night); err == nil || !strings.Contains(err.Error(), "in state "+text+" of") {
				t.Errorf("%s, %d: %v, want %q", name, state, err, text)
			}
		}
	}
	if n := len(machine.OutletTables()); n != len(mibs) || !slices.Contains(machine.OutletTables(), "sentry4") {
		t.Errorf("%d tables, want %d", n, len(mibs))
	}
}
