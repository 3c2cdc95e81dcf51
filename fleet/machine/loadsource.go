package machine

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
)

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (l *loader) redfish(f *redfishFile) {
	at := l.doc.At(f)
	m := Redfish{Source: l.source(&f.SourceFile), Device: f.Device, Basic: f.Basic, Parts: map[string]string{}}
	m.Address = web(at.Field("address"), f.Address, "https", "http")
	m.User, m.Password = l.login(&f.Login)
	m.Pin = strings.ToLower(strings.ReplaceAll(f.Certificate, ":", ""))
	if m.Pin != "" && !fingerprint.MatchString(m.Pin) {
		at.Field("certificate_sha256").Fail("want the SHA-256 of the certificate: 64 hexadecimal digits")
	}
	if strings.HasPrefix(m.Address, "http://") && !loopback(m.Address) {
		at.Field("address").Fail("the login would go over the network in the clear: use https, with certificate_sha256 for a certificate that nobody has signed")
	}
	if d := l.device(at.Field("device"), f.Device); d != nil {
		m.Serial, m.AssetTag = d.Serial, d.AssetTag
		for _, led := range d.Type.LEDs {
			m.Lights = append(m.Lights, led.Name)
		}
	}
	for i := range f.Parts {
		p := &f.Parts[i]
		if _, twice := m.Parts[p.Name]; twice {
			l.doc.At(p).Field("name").Fail("%q stands twice", strict.Clip(p.Name))
		}
		if m.Lights != nil && !slices.Contains(m.Lights, p.Light) {
			l.doc.At(p).Field("light").Fail("%s has no light %q: it has %s", f.Device, strict.Clip(p.Light), strings.Join(m.Lights, ", "))
		}
		m.Parts[p.Name] = p.Light
	}
	l.out.Redfish = append(l.out.Redfish, m)
}

func loopback(address string) bool {
	rest := strings.TrimPrefix(address, "http://")
	return strings.HasPrefix(rest, "127.0.0.1:") || strings.HasPrefix(rest, "localhost:") || strings.HasPrefix(rest, "[::1]:")
}

var oid = regexp.MustCompile(`^\.?[0-2](\.[0-9]{1,10}){2,60}$`)
var outletIndex = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,5}){0,2}$`)

func (l *loader) snmp(f *snmpFile) {
	at := l.doc.At(f)
	m := SNMP{Source: l.source(&f.SourceFile), Address: f.Address, Version: f.Version, Auth: f.Auth, Privacy: f.Privacy}
	host(at.Field("address"), f.Address, "host:161")
	oneOf(at.Field("version"), f.Version, "2c", "3")
	switch f.Version {
	case "2c":
		m.Community = l.env(at.Field("community_env"), f.CommunityEnv)
		if f.UserEnv+f.Auth+f.AuthEnv+f.Privacy+f.PrivacyEnv != "" {
			at.Fail("version 2c knows a community only: take user_env, auth and privacy out, or use version 3")
		}
	case "3":
		if f.CommunityEnv != "" {
			at.Field("community_env").Fail("version 3 knows no community")
		}
		oneOf(at.Field("auth"), f.Auth, "sha", "sha256", "sha512")
		m.User = l.env(at.Field("user_env"), f.UserEnv).Reveal()
		m.AuthKey = l.key(at.Field("auth_env"), f.AuthEnv)
		if f.Privacy != "" {
			oneOf(at.Field("privacy"), f.Privacy, "aes", "aes256")
			m.PrivKey = l.key(at.Field("privacy_env"), f.PrivacyEnv)
		}
	}
	for i := range f.Points {
		p := &f.Points[i]
		if !oid.MatchString(p.OID) {
			l.doc.At(p).Field("oid").Fail("%q is no object identifier in numbers", strict.Clip(p.OID))
		}
		m.Points = append(m.Points, SNMPPoint{l.point(&p.PointFile), "." + strings.TrimPrefix(p.OID, ".")})
	}
	if f.Outlets != nil {
		l.outlets(f.Outlets, &m)
	}
	if len(m.Points)+len(m.Outlets) == 0 {
		at.Fail("is asked for nothing: give it points or outlets")
	}
	l.out.SNMP = append(l.out.SNMP, m)
}

// key is a passphrase of SNMP v3, of at least 8 characters (RFC 3414, section 11.2).
func (l *loader) key(at strict.Place, name string) Secret {
	s := l.env(at, name)
	if n := len(s.Reveal()); n > 0 && n < 8 {
		at.Fail("the passphrase in %s has %d characters: SNMP v3 wants at least 8", name, n)
	}
	return s
}

func (l *loader) outlets(f *outletsFile, m *SNMP) {
	at := l.doc.At(f)
	m.PDU, m.Table, m.OffFor = f.PDU, f.Table, f.OffFor
	if m.OffFor == 0 {
		m.OffFor = offFor
	}
	if m.OffFor > time.Minute {
		at.Field("off_for").Fail("%s is too long: an outlet is off for 1m at most", m.OffFor)
	}
	oneOf(at.Field("table"), f.Table, OutletTables()...)
	if !l.names.supplies[f.PDU].power {
		at.Field("pdu").Fail("the site has no PDU %q", strict.Clip(f.PDU))
	}
	for i := range f.Plugs {
		p := &f.Plugs[i]
		on := l.doc.At(p)
		if !outletIndex.MatchString(p.Outlet) {
			on.Field("outlet").Fail("%q is no outlet: want its number, or 1.5 for outlet 5 of unit 1", strict.Clip(p.Outlet))
		}
		if d := l.device(on.Field("device"), p.Device); d != nil && !hasPort(d, p.Port) {
			on.Field("port").Fail("%s has no power port or light %q", p.Device, strict.Clip(p.Port))
		}
		if slices.ContainsFunc(m.Outlets, func(o Outlet) bool { return o.Index == p.Outlet }) {
			on.Field("outlet").Fail("%q stands twice", p.Outlet)
		}
		m.Outlets = append(m.Outlets, Outlet{p.Outlet, p.Device, p.Port})
	}
}

// offFor is how long a cycle leaves an outlet off where the site does not say: long enough for a power supply to run empty.
const offFor = 5 * time.Second

func hasPort(d *maps.Device, name string) bool {
	return slices.ContainsFunc(d.Power, func(p maps.PowerPort) bool { return p.Name == name }) ||
		slices.ContainsFunc(d.Type.LEDs, func(l maps.LED) bool { return l.Name == name })
}

func (l *loader) modbus(f *modbusFile) {
	at := l.doc.At(f)
	m := Modbus{Source: l.source(&f.SourceFile), Address: f.Address}
	rest, ok := strings.CutPrefix(f.Address, "tcp://")
	if !ok {
		at.Field("address").Fail("%q is no address: want tcp://host:502", strict.Clip(f.Address))
	} else {
		host(at.Field("address"), rest, "tcp://host:502")
	}
	m.Unit = uint8(between(at.Field("unit"), f.Unit, 0, 247))
	for i := range f.Registers {
		r := &f.Registers[i]
		on := l.doc.At(r)
		reg := register(on, r.Register, r.Type, r.Words)
		if r.Table != "" {
			oneOf(on.Field("table"), r.Table, "holding", "input")
		}
		reg.Point, reg.Input = l.point(&r.PointFile), r.Table == "input"
		m.Registers = append(m.Registers, reg)
	}
	if f.SetPoint != nil {
		m.SetPoint = l.setPoint(f.SetPoint)
	}
	l.out.Modbus = append(l.out.Modbus, m)
}

// register checks where a number stands, and how it is written there.
func register(at strict.Place, n int, typ, words string) Register {
	r := Register{Register: uint16(between(at.Field("register"), n, 0, 65535)), Type: cmp.Or(typ, "uint16"), LowFirst: words == "low-first"}
	oneOf(at.Field("type"), r.Type, "uint16", "int16", "uint32", "int32", "float32")
	if words != "" {
		oneOf(at.Field("words"), words, "high-first", "low-first")
	}
	return r
}

// setPoint reads what runbooks may change. Modbus knows no logins and no names: without a text that the unit alone has, nobody
// could say which unit answers.
func (l *loader) setPoint(f *setPointFile) *SetPoint {
	at := l.doc.At(f)
	p := &SetPoint{Cooling: f.Cooling, Register: register(at, f.Register, f.Type, f.Words), Min: *f.Min, Max: *f.Max}
	if !l.names.supplies[f.Cooling].cooling {
		at.Field("cooling").Fail("the site has no cooling unit %q", strict.Clip(f.Cooling))
	}
	if p.Scale, p.Offset = 1, f.Offset; f.Scale != nil {
		p.Scale = *f.Scale
	}
	if p.Scale == 0 {
		at.Field("scale").Fail("0 makes every value the same: leave it out for 1")
	}
	if p.Min >= p.Max {
		at.Field("min").Fail("%g is not below max, %g", p.Min, p.Max)
	}
	id := l.doc.At(&f.Identity)
	p.IdentityAt, p.IdentityText = uint16(between(id.Field("register"), f.Identity.Register, 0, 65535)), f.Identity.Text
	p.IdentityWords = uint16(between(id.Field("words"), f.Identity.Words, 1, 32))
	if len(strings.TrimSpace(f.Identity.Text)) < 3 {
		id.Field("text").Fail("%q is too short to tell one unit from another", strict.Clip(f.Identity.Text))
	}
	return p
}

func (l *loader) prometheus(f *prometheusFile) {
	at := l.doc.At(f)
	m := Prometheus{Source: l.source(&f.SourceFile), Address: web(at.Field("address"), f.Address, "http", "https")}
	if f.TokenEnv != "" {
		m.Token = l.env(at.Field("token_env"), f.TokenEnv)
	}
	for i := range f.Queries {
		m.Queries = append(m.Queries, l.queries(&f.Queries[i])...)
	}
	l.out.Prometheus = append(l.out.Prometheus, m)
}

func (l *loader) mqtt(f *mqttFile) {
	m := MQTT{Source: l.source(&f.SourceFile)}
	for i := range f.Topics {
		t := &f.Topics[i]
		if t.Topic == "" || len(t.Topic) > 512 || strings.ContainsAny(t.Topic, "#+\x00") {
			l.doc.At(t).Field("topic").Fail("%q is no topic of one sensor: want it without # and +", strict.Clip(t.Topic))
		}
		if !strings.HasPrefix(t.Topic, l.names.site+"/") {
			l.doc.At(t).Field("topic").Fail("%q is none of the site's: the controller hears what begins with %s/, as %s", strict.Clip(t.Topic), l.names.site,
				wire.Topic(l.names.site, wire.Building(m.ID), wire.SensorPrefix+"..."))
		}
		p := l.point(&t.PointFile)
		if p.MaxAge == 0 {
			p.MaxAge = defaultMaxAge
		}
		m.Topics = append(m.Topics, Topic{p, t.Topic, t.Field})
	}
	l.out.MQTT = append(l.out.MQTT, m)
}
