package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/nightrounds/nightrounds/fleet/listen"
)

// An outlet publishes through the broker's session once it exists: the controller is made before the broker is up.
type outlet struct {
	ear atomic.Pointer[listen.Ear]
}

func (o *outlet) set(e *listen.Ear) { o.ear.Store(e) }

// Publish sends a message to a robot.
func (o *outlet) Publish(ctx context.Context, topic string, qos byte, payload []byte) error {
	e := o.ear.Load()
	if e == nil {
		return errors.New("broker is not up yet")
	}
	return e.Publish(ctx, topic, qos, payload)
}
