package broker

import (
	"crypto/subtle"
	"log/slog"
	"reflect"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/nightrounds/nightrounds/fleet/wire"
)

// A gate decides who may connect, and what each may say and hear. It is nats-server's Authentication.
type gate struct {
	site      string
	needCert  bool
	robots    *roster
	local     login // the controller's own process, over NATS
	mqtt      login // the controller's ear, over MQTT
	log       *slog.Logger
	mu        sync.Mutex
	account   *server.Account
	connected map[string]uint64 // the latest connection of each robot, by client ID
}

type login struct{ user, password string }

func (l login) is(user, password string) bool {
	return user == l.user && subtle.ConstantTimeCompare([]byte(password), []byte(l.password)) == 1
}

// Check lets a connection in and gives it its permissions, or refuses it.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	cid, overMQTT := mqttClientID(c)
	switch {
	case !overMQTT:
		return g.local.is(o.Username, o.Password) && g.admit(c, o.Username, nil)
	case cid != o.Username:
		g.log.Warn("connection refused: its MQTT client ID is not its user name", "client", cid, "user", o.Username, "from", c.RemoteAddress())
		return false
	case g.mqtt.is(o.Username, o.Password):
		all := g.wholeSite()
		return g.admit(c, cid, &server.Permissions{Publish: all, Subscribe: all})
	}
	id, ok := g.robots.login(o.Username, o.Password)
	if !ok {
		g.log.Warn("connection refused: unknown robot or wrong password; enroll it, and give it the password that enrolling printed", "user", o.Username, "from", c.RemoteAddress())
		return false
	}
	if g.needCert && commonName(c) != cid {
		g.log.Warn("connection refused: no client certificate with the robot's client ID as its common name", "user", o.Username, "from", c.RemoteAddress())
		return false
	}
	nothing := &server.SubjectPermission{Deny: []string{">"}}
	if id.Manufacturer == listeners {
		return g.admit(c, cid, &server.Permissions{Publish: nothing, Subscribe: g.wholeSite()})
	}
	if id.Manufacturer == wire.Panels {
		says := subject(wire.Topic(g.site, id, wire.KindAlarm))
		return g.admit(c, cid, &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{says}}, Subscribe: nothing})
	}
	if id.Manufacturer == wire.Buildings {
		says := subject(wire.Topic(g.site, id, wire.SensorPrefix)) + ">"
		return g.admit(c, cid, &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{says}}, Subscribe: nothing})
	}
	if id.Manufacturer == wire.PortalMaker {
		return g.admit(c, cid, portalPermissions(g.site, id))
	}
	return g.admit(c, cid, robotPermissions(g.site, id))
}

// wholeSite is every topic of the site, and the site itself: MQTT counts it to "{site}/#".
func (g *gate) wholeSite() *server.SubjectPermission {
	return &server.SubjectPermission{Allow: []string{g.site, g.site + ".>"}}
}

func (g *gate) admit(c server.ClientAuthentication, user string, p *server.Permissions) bool {
	g.mu.Lock()
	account := g.account
	g.connected[user] = c.GetID()
	g.mu.Unlock()
	c.RegisterUser(&server.User{Username: user, Permissions: p, Account: account})
	return true
}

// connection is the latest one of a client ID.
func (g *gate) connection(cid string) (uint64, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, ok := g.connected[cid]
	return id, ok
}

// robotPermissions are what one robot may say and hear: its own topics, whatever others are called.
func robotPermissions(site string, id wire.RobotID) *server.Permissions {
	vda := func(kind string) string { return subject(wire.VDATopic(site, id, kind)) }
	own := func(kind string) string { return subject(wire.Topic(site, id, kind)) }
	return &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			vda("state"), vda("visualization"), vda("connection"), vda("factsheet"), own("observation"), own("evidence") + ".*",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{
			vda("order"), vda("instantActions"), vda("zoneSet"), vda("responses"), own("receipt"),
		}},
	}
}

// portalPermissions are what the control of a door, lift or airlock may say and hear.
func portalPermissions(site string, id wire.RobotID) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{subject(wire.Topic(site, id, wire.KindPortal))}},
		Subscribe: &server.SubjectPermission{Allow: []string{subject(wire.Topic(site, id, wire.KindPortalAsk))}},
	}
}

// subject is the NATS subject that nats-server makes of an MQTT topic: '/' parts levels, and a '.' inside one is '//'.
func subject(topic string) string {
	return strings.NewReplacer("/", ".", ".", "//").Replace(topic)
}

func commonName(c server.ClientAuthentication) string {
	if st := c.GetTLSConnectionState(); st != nil && len(st.PeerCertificates) > 0 {
		return st.PeerCertificates[0].Subject.CommonName
	}
	return ""
}

// mqttClientID is the client ID of an MQTT CONNECT; ok is false for a connection that is not MQTT. nats-server 2.15 hands an
// Authentication everything but this one (only its auth callout has it), so it is read from the unexported client.mqtt.cid.
// If a new version moves the field, every MQTT login is refused and a test says so: it can not fall open.
func mqttClientID(c server.ClientAuthentication) (id string, ok bool) {
	v := reflect.Indirect(reflect.ValueOf(c))
	if v.Kind() != reflect.Struct {
		return "", false
	}
	m := v.FieldByName("mqtt")
	if m.Kind() != reflect.Pointer || m.IsNil() {
		return "", false
	}
	cid := m.Elem().FieldByName("cid")
	if cid.Kind() != reflect.String {
		return "", true
	}
	return cid.String(), true
}
