// Package heard keeps what the building last said over MQTT, by topic, and answers questions out of it.
package heard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// maxPayload bounds what is read of a message, in bytes.
const maxPayload = 64 << 10

// A Driver hears the topics of one source.
type Driver struct {
	m   machine.MQTT
	now func() time.Time

	mu   sync.Mutex
	last map[int]said // by the topic's index
}

// said is what was last said on a topic.
type said struct {
	at    time.Time
	value float64
	err   error
}

// New hears nothing yet.
func New(m machine.MQTT, now func() time.Time) *Driver {
	return &Driver{m: m, now: now, last: map[int]said{}}
}

// ID is the source's.
func (d *Driver) ID() string { return d.m.ID }

// Topics are those that somebody must subscribe to for the driver to hear.
func (d *Driver) Topics() []string {
	var out []string
	for _, t := range d.m.Topics {
		out = append(out, t.Topic)
	}
	return out
}

// Hear takes a message. One that the broker kept is left aside: nobody knows how old it is.
func (d *Driver) Hear(topic string, payload []byte, retained bool) {
	if retained {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, t := range d.m.Topics {
		if t.Topic == topic {
			v, err := parse(payload, t.Field)
			d.last[i] = said{d.now(), v, err}
		}
	}
}

// Ask answers out of what was heard; it waits for nobody.
func (d *Driver) Ask(_ context.Context, q machine.Question) ([]machine.Evidence, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []machine.Evidence
	var errs []error
	for i, t := range d.m.Topics {
		if !q.Of(t.Subject) {
			continue
		}
		s, ok := d.last[i]
		err := s.err
		if !ok {
			err = errors.New("nothing was heard yet")
		}
		if err == nil {
			var e machine.Evidence
			if e, err = machine.Judge(t.Point, d.m.ID, s.value, s.at, d.now()); err == nil {
				out = append(out, e)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("topic %s: %w", t.Topic, err))
		}
	}
	return out, errors.Join(errs...)
}

// parse finds a number in a payload: plain, or in a JSON document at a field with dots into objects. True is 1, false is 0.
func parse(payload []byte, field string) (float64, error) {
	if len(payload) > maxPayload {
		return 0, fmt.Errorf("the message has %d bytes, at most %d are read", len(payload), maxPayload)
	}
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		if field != "" {
			return 0, errors.New("the message is no JSON")
		}
		v = strings.TrimSpace(string(payload))
	}
	if field != "" {
		for name := range strings.SplitSeq(field, ".") {
			object, ok := v.(map[string]any)
			if !ok || object[name] == nil {
				return 0, fmt.Errorf("the message has no %q of %q", name, field)
			}
			v = object[name]
		}
	}
	switch x := v.(type) {
	case float64:
		return x, nil
	case bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case string:
		if f, err := strconv.ParseFloat(strings.TrimSpace(x), 64); err == nil && f-f == 0 {
			return f, nil
		}
		return 0, fmt.Errorf("%.40q is no number", x)
	}
	return 0, errors.New("the message holds no number there")
}
