// Package ask asks all machines of a site that know of a suspicion, at once: each has its own time, and one that is slow or
// silent holds up no other. It decides nothing: what an answer means is said in package machine and weighed in package cause.
package ask

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/heard"
	"github.com/nightrounds/nightrounds/fleet/machine/promql"
	"github.com/nightrounds/nightrounds/fleet/machine/redfish"
	"github.com/nightrounds/nightrounds/fleet/machine/registers"
	"github.com/nightrounds/nightrounds/fleet/machine/snmp"
)

// The bounds of asking.
const (
	atOnce      = 16               // sources
	dewWithin   = 15 * time.Minute // of one another are temperatures and humidity for a dew point
	mostToldOf  = 500              // pieces of evidence of one source
	mostAtStake = 64               // racks
)

// A Source answers questions. Evidence may come with an error: of the part of it that failed. No error holds a credential.
type Source interface {
	ID() string
	Ask(ctx context.Context, q machine.Question) ([]machine.Evidence, error)
}

// Options are what an Asker is made of.
type Options struct {
	Declared machine.Declared
	Topology *cause.Topology
	Now      func() time.Time
	Logger   *slog.Logger
	More     []Source // beside the declared ones
}

// An Asker asks. It may be used by several goroutines.
type Asker struct {
	topology *cause.Topology
	declared machine.Declared
	more     bool // sources beside the declared ones
	log      *slog.Logger
	sources  []*source
	heard    []*heard.Driver
	turns    chan struct{}
}

// A source with its time; it is asked one question at once, for a controller has few sessions and a plant one connection.
type source struct {
	Source
	within time.Duration
	device string        // it knows of this device only; empty: it picks itself what it knows of
	via    string        // its kind
	busy   chan struct{} // holds one while it is being asked
}

// New makes the drivers and connects to nothing.
func New(o Options) *Asker {
	a := &Asker{topology: o.Topology, declared: o.Declared, more: len(o.More) > 0, log: o.Logger, turns: make(chan struct{}, atOnce)}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	add := func(s Source, within time.Duration, via, device string) {
		a.sources = append(a.sources, &source{Source: s, within: within, device: device, via: via, busy: make(chan struct{}, 1)})
	}
	for _, m := range o.Declared.Redfish {
		add(redfish.New(m, o.Now), m.Within, machine.ViaRedfish, m.Device)
	}
	for _, m := range o.Declared.SNMP {
		add(snmp.New(m, o.Now), m.Within, machine.ViaSNMP, "")
	}
	for _, m := range o.Declared.Modbus {
		add(registers.New(m, o.Now), m.Within, machine.ViaModbus, "")
	}
	for _, m := range o.Declared.Prometheus {
		add(promql.New(m, o.Now), m.Within, machine.ViaPrometheus, "")
	}
	for _, m := range o.Declared.MQTT {
		d := heard.New(m, o.Now)
		a.heard = append(a.heard, d)
		add(d, m.Within, machine.ViaMQTT, "")
	}
	for _, s := range o.More {
		add(s, 10*time.Second, "", "")
	}
	return a
}

// Any says whether the site has anybody to ask.
func (a *Asker) Any() bool { return len(a.sources) > 0 }

// Knows says whether anybody may know of a question.
func (a *Asker) Knows(q machine.Question) bool { return a.more || a.declared.Knows(q) }

// Topics are the MQTT topics that must be subscribed to, each once.
func (a *Asker) Topics() []string {
	seen := map[string]bool{}
	var out []string
	for _, h := range a.heard {
		for _, t := range h.Topics() {
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// Hear takes a message of one of the topics.
func (a *Asker) Hear(topic string, payload []byte, retained bool) {
	for _, h := range a.heard {
		h.Hear(topic, payload, retained)
	}
}

// Ask asks everybody who may know, and returns when each has answered or its time is up. Told, unless nil, hears what one source
// said as soon as it has said it; calls of it do not overlap.
func (a *Asker) Ask(ctx context.Context, q machine.Question, told func([]machine.Evidence)) machine.Answer {
	answer := machine.Answer{Question: q}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, s := range a.sources {
		if !s.knows(q) {
			continue
		}
		all.Go(func() {
			got, err := a.one(ctx, s, q)
			got = machine.Weighed(a.topology, q.Causes, got[:min(len(got), mostToldOf)])
			for i := range got {
				got[i].Via = s.via
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				answer.Silent = append(answer.Silent, machine.Silence{Source: s.ID(), Why: err.Error()})
				a.log.Info("a machine did not answer in full", "source", s.ID(), "why", err)
			}
			answer.Evidence = append(answer.Evidence, got...)
			if told != nil && len(got) > 0 {
				told(got)
			}
		})
	}
	all.Wait()
	if dew := a.dew(answer); len(dew) > 0 {
		answer.Evidence = append(answer.Evidence, dew...)
		if told != nil {
			told(dew)
		}
	}
	return answer
}

// knows says whether a source may know of a question.
func (s *source) knows(q machine.Question) bool {
	return s.device == "" || slices.Contains(q.Devices, s.device)
}

// one asks one source, when it is its turn: for that it waits as long as one answer may take. A driver that a machine's answer makes panic has not answered: of all machines of a
// site, one may not end the controller.
func (a *Asker) one(ctx context.Context, s *source, q machine.Question) (out []machine.Evidence, err error) {
	select {
	case s.busy <- struct{}{}:
	case <-time.After(s.within):
		return nil, fmt.Errorf("it is still being asked something else")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.busy }()
	select {
	case a.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-a.turns }()
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("its answer cannot be read: %.200v", p)
		}
	}()
	return s.Ask(ctx, q)
}

// dew are what air and liquid of each rack say together.
func (a *Asker) dew(answer machine.Answer) []machine.Evidence {
	var out []machine.Evidence
	for _, rack := range answer.Racks[:min(len(answer.Racks), mostAtStake)] {
		if e, ok := machine.Dew(rack, answer.Evidence, dewWithin); ok {
			out = append(out, e)
		}
	}
	return machine.Weighed(a.topology, answer.Causes, out)
}
