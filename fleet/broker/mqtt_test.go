package broker_test

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

var (
	victim   = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	attacker = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-02"}
	dotted   = wire.RobotID{Manufacturer: "acme.corp", SerialNumber: "7:1"}
)

type message struct{ topic, payload string }

// A client is an MQTT connection, what it was sent, and whether it was lost.
type client struct {
	mqtt.Client
	got  chan message
	lost chan error
}

func options(addr, id, user, password string) (*mqtt.ClientOptions, *client) {
	c := &client{got: make(chan message, 100), lost: make(chan error, 1)}
	o := mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id).SetUsername(user).SetPassword(password).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.got <- message{m.Topic(), string(m.Payload())} }).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.lost <- err })
	return o, c
}

func (c *client) connect(o *mqtt.ClientOptions) error {
	c.Client = mqtt.NewClient(o)
	t := c.Connect()
	t.Wait()
	return t.Error()
}

func mustConnect(t *testing.T, addr, id, user, password string) *client {
	t.Helper()
	o, c := options(addr, id, user, password)
	if err := c.connect(o); err != nil {
		t.Fatalf("connect as %s: %v", user, err)
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// granted says whether the broker took a subscription.
func (c *client) granted(t *testing.T, filter string) bool {
	t.Helper()
	tok := c.Subscribe(filter, 1, nil)
	tok.Wait()
	if err := tok.Error(); err != nil {
		t.Fatalf("subscribe to %s: %v", filter, err)
	}
	st, ok := tok.(*mqtt.SubscribeToken)
	if !ok {
		t.Fatal("no SUBACK")
	}
	return st.Result()[filter] != 0x80
}

func (c *client) publish(t *testing.T, topic, payload string) {
	t.Helper()
	tok := c.Publish(topic, 1, false, payload)
	tok.Wait()
	if err := tok.Error(); err != nil {
		t.Fatalf("publish to %s: %v", topic, err)
	}
}

func enroll(t *testing.T, b *broker.Broker, id wire.RobotID) string {
	t.Helper()
	password, err := b.Enroll(id)
	if err != nil {
		t.Fatal(err)
	}
	return password
}

// controller is connected and hears the whole site.
func controller(t *testing.T, b *broker.Broker) *client {
	t.Helper()
	user, password := b.ControllerLogin()
	c := mustConnect(t, b.MQTTAddr(), user, user, password)
	if !c.granted(t, "dc1/#") {
		t.Fatal("the controller may not hear its site")
	}
	return c
}

func TestRobotAndControllerHearEachOther(t *testing.T) {
	b := start(t, broker.Options{})
	ear := controller(t, b)
	for _, id := range []wire.RobotID{victim, dotted} {
		r := mustConnect(t, b.MQTTAddr(), id.ClientID(), id.ClientID(), enroll(t, b, id))
		for _, topic := range []string{
			wire.VDATopic("dc1", id, "state"), wire.VDATopic("dc1", id, "visualization"), wire.VDATopic("dc1", id, "connection"),
			wire.VDATopic("dc1", id, "factsheet"), wire.Topic("dc1", id, "observation"), wire.Topic("dc1", id, "evidence/abc"),
		} {
			r.publish(t, topic, "x")
			if m := <-ear.got; m.topic != topic {
				t.Errorf("sent %s, heard %s", topic, m.topic)
			}
		}
		for _, topic := range []string{
			wire.VDATopic("dc1", id, "order"), wire.VDATopic("dc1", id, "instantActions"), wire.VDATopic("dc1", id, "zoneSet"),
			wire.VDATopic("dc1", id, "responses"), wire.Topic("dc1", id, "receipt"),
		} {
			if !r.granted(t, topic) {
				t.Errorf("%s: own subscription refused", topic)
				continue
			}
			ear.publish(t, topic, "y")
			if m := <-r.got; m.topic != topic {
				t.Errorf("sent %s, robot heard %s", topic, m.topic)
			}
			<-ear.got // its own
		}
	}
}

// Whatever one robot tries against another gets nowhere, and the other one notices nothing.
func TestRobotCannotHearSpeakForOrReplaceAnother(t *testing.T) {
	b := start(t, broker.Options{})
	ear := controller(t, b)
	vp := enroll(t, b, victim)
	v := mustConnect(t, b.MQTTAddr(), victim.ClientID(), victim.ClientID(), vp)
	ap := enroll(t, b, attacker)
	a := mustConnect(t, b.MQTTAddr(), attacker.ClientID(), attacker.ClientID(), ap)

	for _, filter := range []string{
		"#", "+/#", "dc1/#", "$MQTT/#", "$JS/API/#", "j/dc1/#", "dc1/v3/nightrounds/+/order",
		wire.VDATopic("dc1", victim, "order"), wire.Topic("dc1", victim, "receipt"), wire.VDATopic("dc1", attacker, "state"),
	} {
		if a.granted(t, filter) {
			t.Errorf("attacker may hear %s", filter)
		}
	}
	for _, topic := range []string{
		wire.VDATopic("dc1", victim, "state"), wire.VDATopic("dc1", victim, "order"), wire.VDATopic("dc1", attacker, "order"),
		wire.Topic("dc1", victim, "observation"), wire.Topic("dc1", attacker, "receipt"), "j/dc1/202611/r", "$JS/API/STREAM/LIST",
	} {
		a.publish(t, topic, "forged")
	}
	own := wire.VDATopic("dc1", attacker, "state")
	a.publish(t, own, "honest")
	if m := <-ear.got; m.topic != own {
		t.Errorf("the controller heard %q on %s", m.payload, m.topic)
	}
	for name, c := range map[string]struct{ id, user, password string }{
		"victim's client ID, own login":   {victim.ClientID(), attacker.ClientID(), ap},
		"victim's login, own client ID":   {attacker.ClientID(), victim.ClientID(), vp},
		"victim's name, own password":     {victim.ClientID(), victim.ClientID(), ap},
		"controller's name, own password": {broker.ControllerUser, broker.ControllerUser, ap},
		"another client ID of its own":    {"fresh", attacker.ClientID(), ap},
		"nobody":                          {"nobody", "nobody", "x"},
		"no login":                        {victim.ClientID(), "", ""},
		"the in-process login's name":     {"nightrounds-local", "nightrounds-local", ap},
	} {
		o, intruder := options(b.MQTTAddr(), c.id, c.user, c.password)
		o.SetWill(wire.VDATopic("dc1", victim, "connection"), "CONNECTION_BROKEN", 1, true)
		if err := intruder.connect(o); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if !v.granted(t, wire.VDATopic("dc1", victim, "order")) {
		t.Error("the victim lost its own right")
	}
	ear.publish(t, wire.VDATopic("dc1", victim, "order"), "go")
	if m := <-v.got; m.payload != "go" {
		t.Errorf("the victim heard %q", m.payload)
	}
	select {
	case err := <-v.lost:
		t.Errorf("the victim lost its session: %v", err)
	default:
	}
}

func TestOversizePayloadEndsOnlyItsSender(t *testing.T) {
	b := start(t, broker.Options{})
	ear := controller(t, b)
	v := mustConnect(t, b.MQTTAddr(), victim.ClientID(), victim.ClientID(), enroll(t, b, victim))
	a := mustConnect(t, b.MQTTAddr(), attacker.ClientID(), attacker.ClientID(), enroll(t, b, attacker))
	a.Publish(wire.Topic("dc1", attacker, "evidence/x"), 1, false, make([]byte, wire.MaxPayload+1))
	<-a.lost
	topic := wire.Topic("dc1", victim, "evidence/x")
	v.publish(t, topic, string(make([]byte, wire.MaxPayload-1000))) // its topic counts too
	if m := <-ear.got; m.topic != topic {
		t.Errorf("heard %s", m.topic)
	}
}

func TestWillIsHeardOnTheOwnTopicOnly(t *testing.T) {
	b := start(t, broker.Options{})
	ear := controller(t, b)
	ap := enroll(t, b, attacker)
	for _, topic := range []string{wire.VDATopic("dc1", victim, "connection"), wire.VDATopic("dc1", attacker, "connection")} {
		o, a := options(b.MQTTAddr(), attacker.ClientID(), attacker.ClientID(), ap)
		o.SetWill(topic, "CONNECTION_BROKEN", 1, true)
		if err := a.connect(o); err != nil {
			t.Fatal(err)
		}
		if err := b.Revoke(attacker); err != nil { // the broker hangs up: the will is due
			t.Fatal(err)
		}
		<-a.lost
		if err := a.connect(o); err == nil {
			t.Error("let in after Revoke")
		}
		ap = enroll(t, b, attacker)
	}
	if m := <-ear.got; m.topic != wire.VDATopic("dc1", attacker, "connection") {
		t.Errorf("will heard on %s", m.topic)
	}
}

func TestEnrollingAgainReplacesThePassword(t *testing.T) {
	b := start(t, broker.Options{})
	old := enroll(t, b, victim)
	mustConnect(t, b.MQTTAddr(), victim.ClientID(), victim.ClientID(), enroll(t, b, victim))
	o, c := options(b.MQTTAddr(), victim.ClientID(), victim.ClientID(), old)
	if err := c.connect(o); err == nil {
		t.Error("the old password still works")
	}
}

func TestPanelRaisesAlarmsAndDoesNothingElse(t *testing.T) {
	b := start(t, broker.Options{})
	password, err := b.EnrollPanel("lobby")
	if err != nil {
		t.Fatal(err)
	}
	id := wire.Panel("lobby")
	panel := mustConnect(t, b.MQTTAddr(), id.ClientID(), id.ClientID(), password)
	if panel.granted(t, "dc1/#") || panel.granted(t, wire.VDATopic("dc1", victim, "state")) {
		t.Error("a panel may hear the site")
	}
	tap := controller(t, b)
	if !tap.granted(t, "dc1/#") {
		t.Fatal("the controller may not hear the site")
	}
	panel.publish(t, wire.VDATopic("dc1", victim, "order"), "an order")
	panel.publish(t, wire.Topic("dc1", wire.Panel("cellar"), wire.KindAlarm), "another panel's")
	panel.publish(t, wire.Topic("dc1", id, wire.KindAlarm), "fire")
	if m := <-tap.got; m.payload != "fire" {
		t.Errorf("the controller heard %q of a panel", m.payload)
	}
	if got := b.Enrolled(); len(got) != 0 {
		t.Errorf("enrolled robots: %v", got)
	}
}

func TestListenerHearsAllAndSaysNothing(t *testing.T) {
	b := start(t, broker.Options{})
	password, err := b.EnrollListener("tap")
	if err != nil {
		t.Fatal(err)
	}
	id := broker.ListenerID("tap")
	tap := mustConnect(t, b.MQTTAddr(), id, id, password)
	if !tap.granted(t, "dc1/#") {
		t.Fatal("a listener may not hear the site")
	}
	if tap.granted(t, "#") || tap.granted(t, "$MQTT/#") {
		t.Error("a listener may hear more than the site")
	}
	r := mustConnect(t, b.MQTTAddr(), victim.ClientID(), victim.ClientID(), enroll(t, b, victim))
	if !r.granted(t, wire.VDATopic("dc1", victim, "order")) {
		t.Fatal("the robot may not hear its orders")
	}
	tap.publish(t, wire.VDATopic("dc1", victim, "order"), "from the listener")
	controller(t, b).publish(t, wire.VDATopic("dc1", victim, "order"), "from the controller")
	if m := <-r.got; m.payload != "from the controller" {
		t.Errorf("the robot heard %q", m.payload)
	}
	if m := <-tap.got; m.payload != "from the controller" {
		t.Errorf("the listener heard %q", m.payload)
	}
	if got := b.Enrolled(); len(got) != 1 || got[0] != victim {
		t.Errorf("enrolled robots: %v", got)
	}
}

func TestAPortalsControlHearsAndSpeaksForItselfAlone(t *testing.T) {
	b := start(t, broker.Options{})
	door, other := wire.Portal("door-2"), wire.Portal("door-3")
	own := func(id wire.RobotID, kind string) string { return wire.Topic("dc1", id, kind) }
	d := mustConnect(t, b.MQTTAddr(), door.ClientID(), door.ClientID(), enroll(t, b, door))
	c := controller(t, b)
	if !d.granted(t, own(door, wire.KindPortalAsk)) || !c.granted(t, own(wire.Portal("+"), wire.KindPortal)) {
		t.Fatal("the two may not hear each other")
	}
	if d.granted(t, own(other, wire.KindPortalAsk)) || d.granted(t, wire.VDATopic("dc1", victim, "order")) {
		t.Error("a control may hear what is not for it")
	}
	d.publish(t, own(other, wire.KindPortal), "from another")
	d.publish(t, own(door, wire.KindPortal), "open")
	if m := <-c.got; m.payload != "open" {
		t.Errorf("the controller heard %q", m.payload)
	}
	c.publish(t, own(door, wire.KindPortalAsk), "please")
	if m := <-d.got; m.payload != "please" {
		t.Errorf("the control heard %q", m.payload)
	}
	if got := b.Enrolled(); len(got) != 0 {
		t.Errorf("taken for robots: %v", got)
	}
}

func TestWithoutMQTTOnlyThisProcessConnects(t *testing.T) {
	b := start(t, broker.Options{NoMQTT: true})
	if addr := b.MQTTAddr(); addr != "" {
		t.Errorf("listens on %s", addr)
	}
	nc, err := b.Conn()
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}
