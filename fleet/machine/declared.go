package machine

import "time"

// Declared is all that a site says of whom to ask.
type Declared struct {
	Redfish    []Redfish
	SNMP       []SNMP
	Modbus     []Modbus
	Prometheus []Prometheus
	MQTT       []MQTT
}

// Count is how many sources there are.
func (d Declared) Count() int {
	return len(d.Redfish) + len(d.SNMP) + len(d.Modbus) + len(d.Prometheus) + len(d.MQTT)
}

// Knows says whether one of the sources may know of a question.
func (d Declared) Knows(q Question) bool {
	for _, m := range d.Redfish {
		if q.Of(Subject{Device: m.Device}) {
			return true
		}
	}
	for _, m := range d.SNMP {
		for _, p := range m.Points {
			if q.Of(p.Subject) {
				return true
			}
		}
		for _, o := range m.Outlets {
			if q.Of(Subject{Device: o.Device}, Subject{Supply: m.PDU}) {
				return true
			}
		}
	}
	return q.Of(d.numbers()...)
}

// numbers are the subjects of Modbus registers, Prometheus queries and MQTT topics.
func (d Declared) numbers() []Subject {
	var out []Subject
	for _, m := range d.Modbus {
		for _, r := range m.Registers {
			out = append(out, r.Subject)
		}
	}
	for _, m := range d.Prometheus {
		for _, q := range m.Queries {
			out = append(out, q.Subject)
		}
	}
	for _, m := range d.MQTT {
		for _, t := range m.Topics {
			out = append(out, t.Subject)
		}
	}
	return out
}

// A Source is what all sources have.
type Source struct {
	ID     string        // unique in the file: it is the By of its signs
	Within time.Duration // of one question
}

// A Redfish is the management controller of one device.
type Redfish struct {
	Source
	Device   string
	Address  string // https://host[:port]
	User     string
	Password Secret
	Basic    bool   // no session: HTTP basic authentication at each request
	Pin      string // SHA-256 of the certificate, 64 hexadecimal digits; empty: the system's roots judge it
	Serial   string // of the device, as the site has it; empty when it has none
	AssetTag string
	Lights   []string          // of the device type, by name
	Parts    map[string]string // name or id of a part there: light or part here
}

// An SNMP is an agent: of a device, a sensor box or a switched PDU.
type SNMP struct {
	Source
	Address   string // host:port
	Version   string // 2c or 3
	Community Secret
	User      string
	Auth      string // sha, sha256, sha512
	AuthKey   Secret
	Privacy   string // aes, aes256; empty: none
	PrivKey   Secret
	Points    []SNMPPoint
	PDU       string // switched PDU, as the site names it
	Table     string // apc-rpdu2, apc-rpdu, raritan-pdu2, sentry3, sentry4
	Outlets   []Outlet
	OffFor    time.Duration // how long a cycle leaves an outlet off
}

// An Outlet of a switched PDU, and the power port that is plugged into it.
type Outlet struct {
	Index  string // of the table: 5, or 1.5 where units are chained
	Device string
	Port   string // as the device's light for it is named
}

// A Subject is whom a number is about: one of the three.
type Subject struct {
	Device string
	Rack   string
	Supply string
}

// name is the subject for people.
func (s Subject) name() string {
	switch {
	case s.Device != "":
		return s.Device
	case s.Rack != "":
		return "rack " + s.Rack
	}
	return s.Supply
}

// A Point is one number that a source gives, and what it means.
type Point struct {
	Subject
	Name     string  // for people, as "fan 3"; empty: the quantity
	Part     string  // light or port of the device that it tells of
	Quantity string  // one of those that the subject knows, see quantities
	Unit     string  // after scale and offset
	Scale    float64 // value = raw * Scale + Offset
	Offset   float64
	Low      *float64  // below it is out of order
	High     *float64  // above it is
	Normal   []float64 // of states: in order are these alone
	Usual    *float64  // of an inlet: what it usually is, °C
	MaxAge   time.Duration
}

// An SNMPPoint is read by its object identifier.
type SNMPPoint struct {
	Point
	OID string // with a leading dot
}

// A Modbus is a device on Modbus TCP, as a cooling unit or CDU.
type Modbus struct {
	Source
	Address   string // tcp://host:port
	Unit      uint8
	Registers []Register
	SetPoint  *SetPoint // that runbooks may change; nil: none
}

// A SetPoint is a cooling unit's, in holding registers, and what the unit says that it is.
type SetPoint struct {
	Cooling string // the unit, as the site names it
	Register
	Min, Max float64 // after scale and offset: no runbook sets it beyond
	// Identity is a text that this unit alone has: two characters a register, the first in the high byte.
	IdentityAt    uint16
	IdentityWords uint16
	IdentityText  string // what must stand there
}

// A Register is one or more 16-bit registers that hold a number.
type Register struct {
	Point
	Register uint16
	Input    bool   // an input register; else a holding register
	Type     string // uint16, int16, uint32, int32, float32
	LowFirst bool   // of 32 bits: the low word stands first
}

// A Prometheus is a server that answers instant queries.
type Prometheus struct {
	Source
	Address string
	Token   Secret
	Queries []Query
}

// A Query gives the value of its one series; where it has several, the worst counts.
type Query struct {
	Point
	Query string
}

// An MQTT is what the building says at the broker that the controller is connected to.
type MQTT struct {
	Source
	Topics []Topic
}

// A Topic carries a number, plain or in a JSON document.
type Topic struct {
	Point
	Topic string
	Field string // with dots into objects; empty: the payload is the number
}
