package portal

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
)

// Outside is what drivers reach portals' controls by.
type Outside struct {
	Site    string
	Client  *http.Client
	Publish func(ctx context.Context, topic string, qos byte, payload []byte) error
	Secret  func(env string) (string, bool) // looks a token up
}

// Driver is the driver of a site's portal.
func (o Outside) Driver(p maps.Portal) (Driver, error) {
	switch {
	case p.HTTP != nil:
		h := HTTP{Client: o.Client, Command: p.HTTP.Command, State: p.HTTP.State, Field: p.HTTP.Field, Values: meanings(p.HTTP.Values)}
		if env := p.HTTP.TokenEnv; env != "" {
			if _, ok := o.Secret(env); !ok {
				return nil, fmt.Errorf("portal %s: environment variable %s is not set: put its token there", p.ID, env)
			}
			h.Token = func() string { token, _ := o.Secret(env); return token }
		}
		return h, nil
	case p.MQTT != nil:
		topic := wire.Topic(o.Site, wire.Portal(p.ID), wire.KindPortalAsk)
		publish := func(ctx context.Context, payload []byte) error { return o.Publish(ctx, topic, 0, payload) }
		return &MQTT{Publish: publish, Field: p.MQTT.Field, Values: meanings(p.MQTT.Values)}, nil
	case p.Modbus != nil:
		m := p.Modbus
		return &Modbus{Address: m.Address, Unit: m.Unit, Coil: m.Coil, IsOpen: m.IsOpen, IsShut: m.IsShut, IsFault: m.IsFault}, nil
	}
	return nil, fmt.Errorf("portal %s: no control is named", p.ID)
}

func meanings(values map[string]string) map[string]Status {
	out := map[string]Status{}
	for says, means := range values {
		out[says] = Status(means)
	}
	return out
}
