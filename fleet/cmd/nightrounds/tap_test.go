package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/wiretest"
)

// site is the sample's id.
const site = "sample"

var (
	victim   = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	attacker = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-66"}
)

// forged marks what the attacker says.
const forged = "said by another"

// A tap holds all that crosses the broker to its schemas.
type tap struct {
	valid *wiretest.Validator

	mu     sync.Mutex
	kinds  map[string]int
	faults []error
}

func (p *tap) hear(_ mqtt.Client, m mqtt.Message) {
	err := p.valid.Check(m.Topic(), m.Payload())
	if strings.Contains(string(m.Payload()), forged) {
		err = fmt.Errorf("%s: a forged message got through", m.Topic())
	}
	_, _, kind, _, _ := wire.ParseTopic(m.Topic())
	kind, _, _ = strings.Cut(kind, "/")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kinds[kind]++
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%w\n%.300s", err, m.Payload()))
	}
}

// heard says what is still missing until every kind of message was heard that a demo cannot do without; instant actions
// are held to their schema when they come.
func (p *tap) heard() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for kind, n := range map[string]int{
		"connection": 3, "factsheet": 3, "state": 100, "visualization": 1, "order": 5,
		"observation": 10, "evidence": 10, "receipt": 10,
	} {
		if p.kinds[kind] < n {
			return fmt.Errorf("heard %d of kind %s, want %d (all: %v)", p.kinds[kind], kind, n, p.kinds)
		}
	}
	return nil
}

func TestEveryMessageIsValidAndNobodySpeaksForAnother(t *testing.T) {
	schemas := wiretest.VDASchemas(t)
	h := newHouse(t, incidents)
	for _, args := range [][]string{{"tap", "--listen-only"}, {attacker.String()}} {
		h.run("nightrounds", append([]string{"enroll", "--site", h.site, "--data", h.path("data", "controller"), "--out", h.path("logins")}, args...)...)
	}
	p := &tap{valid: wiretest.New(t, schemas), kinds: map[string]int{}}
	h.start()
	ear := h.connect(broker.ListenerID("tap"), p)
	defer ear.Disconnect(0)
	evil := h.connect(attacker.ClientID(), nil)
	defer evil.Disconnect(0)

	h.until(2*time.Minute, p.heard)
	before := h.robot(victim)
	h.attack(evil)
	h.until(storyLimit, func() error {
		now := h.robot(victim)
		if now.Connection != "ONLINE" {
			t.Fatalf("%s is %s after the attack", victim, now.Connection)
		}
		if now.Observations < before.Observations+2 {
			return fmt.Errorf("%s has not looked on since the attack: %d observations, %d before", victim, now.Observations, before.Observations)
		}
		return nil
	})
	h.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, err := range p.faults[:min(5, len(p.faults))] {
		t.Error(err)
	}
	t.Logf("%d faults; messages by kind: %v", len(p.faults), p.kinds)
}

// connect logs a client in once the broker is there; what it hears goes to the tap, if one is given.
func (h *house) connect(id string, p *tap) mqtt.Client {
	h.t.Helper()
	password, err := os.ReadFile(filepath.Join(h.path("logins"), id+".password"))
	if err != nil {
		h.t.Fatal(err)
	}
	var c mqtt.Client
	h.until(time.Minute, func() error {
		o := h.login(id, id, strings.TrimSpace(string(password)))
		if p != nil {
			o.SetOnConnectHandler(func(c mqtt.Client) { c.Subscribe(site+"/#", 0, p.hear) })
		}
		c, err = tryConnect(o)
		return err
	})
	return c
}

func (h *house) login(clientID, user, password string) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().AddBroker("tcp://" + h.mqtt).SetProtocolVersion(4).SetClientID(clientID).
		SetUsername(user).SetPassword(password).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second)
}

func tryConnect(o *mqtt.ClientOptions) (mqtt.Client, error) {
	c := mqtt.NewClient(o)
	token := c.Connect()
	token.Wait()
	return c, token.Error()
}

func (h *house) robot(id wire.RobotID) fleet.RobotView {
	h.t.Helper()
	robots, err := get[[]fleet.RobotView](h, "robots")
	if err != nil {
		h.t.Fatal(err)
	}
	i := slices.IndexFunc(robots, func(r fleet.RobotView) bool { return r.ID == id.String() })
	if i < 0 {
		h.t.Fatalf("no robot %s", id)
	}
	return robots[i]
}

// attack tries all that a robot could do to another with its own login.
func (h *house) attack(evil mqtt.Client) {
	h.t.Helper()
	own, err := os.ReadFile(filepath.Join(h.path("logins"), attacker.ClientID()+".password"))
	if err != nil {
		h.t.Fatal(err)
	}
	password := strings.TrimSpace(string(own))
	for _, filter := range []string{
		"#", site + "/#", "+/+/+/+/+", "$MQTT/#", wire.VDATopic(site, victim, "order"), wire.VDATopic(site, victim, "state"),
		wire.Topic(site, victim, "receipt"), wire.Topic(site, attacker, "#"),
	} {
		token := evil.Subscribe(filter, 1, func(_ mqtt.Client, m mqtt.Message) { h.t.Errorf("%s overheard %s", attacker, m.Topic()) })
		token.Wait()
		if s, ok := token.(*mqtt.SubscribeToken); token.Error() != nil || !ok || s.Result()[filter] != 0x80 {
			h.t.Errorf("%s may subscribe to %s", attacker, filter)
		}
	}
	for _, topic := range []string{
		wire.VDATopic(site, victim, "state"), wire.VDATopic(site, victim, "connection"), wire.VDATopic(site, victim, "order"),
		wire.Topic(site, victim, "observation"), wire.Topic(site, victim, "receipt"), wire.VDATopic(site, attacker, "order"),
	} {
		if token := evil.Publish(topic, 1, true, forged); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			h.t.Errorf("publish on %s: %v", topic, token.Error())
		}
	}
	for name, o := range map[string]*mqtt.ClientOptions{
		"another's client ID":            h.login(victim.ClientID(), attacker.ClientID(), password),
		"another's user name":            h.login(attacker.ClientID(), victim.ClientID(), password),
		"another's name and ID":          h.login(victim.ClientID(), victim.ClientID(), password),
		"the controller's name and ID":   h.login(broker.ControllerUser, broker.ControllerUser, password),
		"the controller's ID":            h.login(broker.ControllerUser, attacker.ClientID(), password),
		"no name and no password at all": h.login(victim.ClientID(), "", ""),
	} {
		if c, err := tryConnect(o); err == nil {
			c.Disconnect(0)
			h.t.Errorf("%s may connect with %s", attacker, name)
		}
	}
}
