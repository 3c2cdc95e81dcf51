package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// connectTimeout bounds each step of making a connection.
const connectTimeout = 10 * time.Second

// refused is the return code of a SUBACK for a topic that the broker does not let us read (MQTT 3.1.1, 3.9.3).
const refused = 0x80

// connect makes one connection: will, login, subscriptions, ONLINE. What ends it later is sent to lost.
func (l *Link) connect(ctx context.Context, lost chan<- error) (mqtt.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	password, err := l.opts.Password()
	if err != nil {
		return nil, fmt.Errorf("read the robot's password: %w", err)
	}
	will, err := l.connection(vda5050.ConnectionBroken)
	if err != nil {
		return nil, err
	}
	id := l.opts.Robot.ClientID()
	o := mqtt.NewClientOptions().AddBroker(l.server).SetProtocolVersion(4).
		SetClientID(id).SetUsername(id).SetPassword(password).SetTLSConfig(l.opts.TLS).
		SetCleanSession(true). // the outbox remembers, not the broker
		SetAutoReconnect(false).SetConnectRetry(false).SetResumeSubs(false).
		SetConnectTimeout(connectTimeout).SetWriteTimeout(connectTimeout).
		SetKeepAlive(l.opts.KeepAlive).SetPingTimeout(l.opts.KeepAlive/2).
		SetBinaryWill(wire.VDATopic(l.opts.Site, l.opts.Robot, vda5050.KindConnection), will, 1, true).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) {
			select {
			case lost <- err:
			default:
			}
		})
	client := mqtt.NewClient(o)
	if err := l.greet(ctx, client); err != nil {
		client.Disconnect(0)
		return nil, err
	}
	return client, nil
}

func (l *Link) greet(ctx context.Context, client mqtt.Client) error {
	if err := wait(ctx, client.Connect()); err != nil {
		return fmt.Errorf("connect as %q: %w", l.opts.Robot.ClientID(), err)
	}
	if err := l.subscribe(ctx, client); err != nil {
		return err
	}
	return l.announce(ctx, client, vda5050.ConnectionOnline)
}

// subscribe asks for what the fleet says to this robot, all at QoS 0. Orders, instant actions and receipts it must
// get; a broker that refuses the rest is lived with.
func (l *Link) subscribe(ctx context.Context, client mqtt.Client) error {
	kinds := map[string]bool{ // kind: needed
		vda5050.KindOrder: true, vda5050.KindInstantActions: true, KindReceipt: true,
		vda5050.KindZoneSet: false, vda5050.KindResponses: false,
	}
	for kind, needed := range kinds {
		topic, _, _ := l.route(kind)
		token := client.Subscribe(topic, 0, func(_ mqtt.Client, m mqtt.Message) {
			l.deliver(Event{Kind: kind, Payload: m.Payload()})
		})
		err := wait(ctx, token)
		if t, ok := token.(*mqtt.SubscribeToken); ok && err == nil && t.Result()[topic] == refused {
			err = errors.New("the broker refuses the topic: check the robot's permissions")
		}
		if err != nil && needed {
			return fmt.Errorf("subscribe to %s: %w", topic, err)
		}
		if err != nil {
			l.log.Warn("going on without a topic", "topic", topic, "why", err)
		}
	}
	return nil
}

// announce says on the connection topic how the robot stands: QoS 1, retained (VDA 5050, 6.5).
func (l *Link) announce(ctx context.Context, client mqtt.Client, s vda5050.ConnectionState) error {
	payload, err := l.connection(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout/2)
	defer cancel()
	topic := wire.VDATopic(l.opts.Site, l.opts.Robot, vda5050.KindConnection)
	if err := wait(ctx, client.Publish(topic, 1, true, payload)); err != nil {
		return fmt.Errorf("publish connection %s: %w", s, err)
	}
	return nil
}

// Announce says ONLINE once more. A controller that has just started answers it with a receipt.
func (l *Link) Announce() error {
	l.mu.Lock()
	client := l.client
	l.mu.Unlock()
	if client == nil {
		return fmt.Errorf("announce: %w", ErrOffline)
	}
	return l.announce(context.Background(), client, vda5050.ConnectionOnline)
}

func (l *Link) connection(s vda5050.ConnectionState) ([]byte, error) {
	m := &vda5050.Connection{
		Header: vda5050.Header{
			HeaderID: l.header.Add(1) - 1, Timestamp: vda5050.At(l.opts.Clock.Now()), Version: vda5050.Version,
			Manufacturer: l.opts.Robot.Manufacturer, SerialNumber: l.opts.Robot.SerialNumber,
		},
		ConnectionState: s,
	}
	payload, err := vda5050.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write connection %s: %w", s, err)
	}
	return payload, nil
}
