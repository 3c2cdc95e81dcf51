package maps

// What feeds, cools and connects devices, as far as the site knows it: every part of it may be left out.

// A Loop is a circuit of cooling liquid; cooling units, and racks that liquid runs to, hang on it.
type Loop struct {
	ID string // unique in the site
}

// A UPS is an uninterruptible power supply that feeds hang on.
type UPS struct {
	ID string // unique in the site
}

// A PDU is a power distribution unit that devices are plugged into.
type PDU struct {
	ID    string // unique in the hall
	Rack  string // that it hangs in; empty when it is in none, or not known
	Feed  string // empty when not known
	Phase string // L1, L2 or L3 where all its outlets are on one; otherwise empty
}

// A PowerPort is a power inlet of a device, and where it is plugged in.
type PowerPort struct {
	Name   string // as the device's light for it is named: psu1
	PDU    string // empty when not known
	Outlet string
	Feed   string // of its PDU, where that is known
	Phase  string // L1, L2, L3; empty when not known
}

// An Uplink is a link of a device to one nearer to the network's core.
type Uplink struct {
	Port string // as the device's light for it is named; empty when not known
	To   string // device
}

// PDU returns the hall's PDU of that ID.
func (h *Hall) PDU(id string) (PDU, bool) {
	for _, p := range h.PDUs {
		if p.ID == id {
			return p, true
		}
	}
	return PDU{}, false
}
