package faultbench

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/maps"
)

// How machines and the building tell of what they watch, beside what an incident has them report (scene.says): of a part that is
// ill and that they do not report, and of one that is well. The rest says nothing of it.
const (
	overlooked = 0.25  // told to be in order
	vouched    = 0.95  // told to be in order
	mistaken   = 0.001 // told to be ill
)

// witnesses are the machines of half of a site's devices and supplies. What one says of a part is the same however often it is
// asked, and whoever else is.
type witnesses struct {
	*scene
	seed  uint64
	begun atomic.Bool // the night's incidents have happened: nobody has noted anything before
}

// rng is the chance of one thing of the site.
func (w *witnesses) rng(thing string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(thing))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// has says whether a device or supply has somebody to ask.
func (w *witnesses) has(name string) bool { return w.rng("who/"+name).IntN(2) == 0 }

// Any implements fleet.Machines.
func (w *witnesses) Any() bool { return true }

// Knows implements fleet.Machines.
func (w *witnesses) Knows(q machine.Question) bool {
	return slices.ContainsFunc(slices.Concat(q.Devices, q.Supplies), w.has)
}

// Ask implements fleet.Machines.
func (w *witnesses) Ask(_ context.Context, q machine.Question, told func([]machine.Evidence)) machine.Answer {
	a := machine.Answer{Question: q}
	if !w.begun.Load() {
		return a
	}
	for _, id := range q.Devices {
		for part, symptom := range watched(w.w.dev[id]) {
			a.Evidence = w.add(a.Evidence, report{device: id, subject: part, symptom: symptom})
		}
	}
	for _, id := range q.Supplies {
		for part, symptom := range supplied(id) {
			a.Evidence = w.add(a.Evidence, report{supply: id, subject: part, symptom: symptom})
		}
	}
	slices.SortFunc(a.Evidence, func(x, y machine.Evidence) int { return strings.Compare(x.Says, y.Says) })
	if len(a.Evidence) > 0 {
		told(a.Evidence)
	}
	return a
}

// watched are the parts that a device's machine watches, with what it says of one that is ill.
func watched(d *maps.Device) map[string]cause.Symptom {
	out := map[string]cause.Symptom{"power": cause.Dark}
	if d == nil {
		return nil
	}
	if d.Type.UHeight == serverSize && len(d.Type.LEDs) > 4 {
		out["fan"], out["temperature"], out["health"] = cause.FanLight, cause.Hot, cause.HealthLight
	}
	for _, l := range d.Type.LEDs {
		for prefix, symptom := range map[string]cause.Symptom{"disk": cause.DriveLight, "psu": cause.PSULight, "eth": cause.PortLight, "battery": cause.BatteryOn} {
			if strings.HasPrefix(l.Name, prefix) {
				out[l.Name] = symptom
			}
		}
	}
	return out
}

// supplied are what the building watches of a supply.
func supplied(id string) map[string]cause.Symptom {
	switch {
	case strings.HasPrefix(id, "cu-"):
		return map[string]cause.Symptom{"unit": cause.High, "fan": cause.High}
	case strings.HasPrefix(id, "tcs-"):
		return map[string]cause.Symptom{"pressure": cause.Low, "flow": cause.Low}
	}
	return nil
}

// add adds what is said of one part, where anything is; r has what is said of it when it is ill.
func (w *witnesses) add(all []machine.Evidence, r report) []machine.Evidence {
	name := r.device + r.supply
	if !w.has(name) {
		return all
	}
	said, rng := cause.InOrder, w.rng(name+"/"+r.subject)
	i := slices.IndexFunc(w.reports, func(o report) bool { return o.device == r.device && o.supply == r.supply && o.subject == r.subject })
	p := rng.Float64()
	switch {
	case i >= 0:
		said = w.reports[i].symptom
	case w.ill(r) && p >= overlooked, p >= vouched+mistaken:
		return all
	case !w.ill(r) && p >= vouched:
		said = r.symptom
	}
	spot, by := cause.Spot{Thing: cause.Machine, Device: r.device, Part: r.subject}, "bmc of "+name
	if r.supply != "" {
		spot.Thing, spot.Device, by = cause.Plant, r.supply, "building"
	}
	now := time.Now()
	e := machine.Evidence{Source: by, At: now, Quantity: r.subject, Says: fmt.Sprintf("the %s says %s of %s is %q", by, r.subject, name, said)}
	e.Sign = cause.Sign{Spot: spot, Symptom: said, At: now, By: by, Looks: 1, Meaning: e.Says}
	return append(all, e)
}

// ill says whether a part is.
func (w *witnesses) ill(r report) bool {
	d := r.device
	switch {
	case r.supply != "":
		return slices.ContainsFunc(w.truth, func(t truth) bool { return t.Supply == r.supply })
	case r.subject == "fan":
		return slices.ContainsFunc(w.truth, func(t truth) bool { return t.Device == d && t.Kind == cause.FanFailed })
	case r.subject == "temperature":
		return w.hot[d] > 0
	case r.subject == "power":
		return w.dark[d]
	}
	return w.dark[d] || w.lights[[2]string{d, r.subject}] != ""
}
