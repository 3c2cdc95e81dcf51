package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// Options of a world.
type Options struct {
	Site      *maps.Site
	Incidents []Incident
	Clock     clock.Clock
	Seed      uint64 // fixes all that chance does in the hall
	Dir       string // where the world keeps its memory; made when it is not there
	// FilmDir holds the frames of bursts, about 350 MB a robot; empty means a folder of this world's own on /dev/shm, or
	// in Dir where there is no such thing. It is emptied when Run ends.
	FilmDir    string
	RepairTime time.Duration // of the technician; 0 means 20 s
	Logger     *slog.Logger  // nil discards
}

// A World is the hall with what is wrong in it. It is safe for concurrent use.
type World struct {
	opt     Options
	log     *slog.Logger
	scene   *scene.Scene
	devices map[string]*maps.Device
	opened  time.Time     // on the clock
	aged    time.Duration // when it was opened

	saving   sync.Mutex // taken before mu
	mu       sync.Mutex
	memory   *memory
	byDevice map[string][]Incident
	bodies   []*Body
}

// New checks the options, reads the memory of an earlier run and starts nothing. The world ages from now on.
func New(opt Options) (*World, error) {
	if opt.Site == nil || opt.Dir == "" {
		return nil, errors.New("build the simulated world: it needs a site and a folder")
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.RepairTime == 0 {
		opt.RepairTime = 20 * time.Second
	}
	sc, err := scene.New(opt.Site, opt.Seed)
	if err != nil {
		return nil, fmt.Errorf("build the simulated world: %w", err)
	}
	w := &World{opt: opt, log: opt.Logger, scene: sc, devices: map[string]*maps.Device{}, byDevice: map[string][]Incident{}}
	w.list()
	for _, i := range opt.Incidents {
		if err := w.resolve(i); err != nil {
			return nil, fmt.Errorf("build the simulated world: incidents: %w", err)
		}
		w.byDevice[i.Device] = append(w.byDevice[i.Device], i)
	}
	if err := os.MkdirAll(opt.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("build the simulated world: %w", err)
	}
	if w.memory, err = remember(opt.Dir); err != nil {
		return nil, err
	}
	if w.opt.FilmDir == "" {
		w.opt.FilmDir = filmDir(opt.Dir)
	}
	w.opened, w.aged = opt.Clock.Now(), w.memory.Age
	return w, nil
}

// list finds all devices of the site.
func (w *World) list() {
	for _, r := range w.opt.Site.Racks() {
		for _, d := range r.Devices {
			w.devices[d.ID] = d
		}
	}
}

// resolve checks that the site has what an incident is about.
func (w *World) resolve(i Incident) error {
	if err := i.check(); err != nil {
		return err
	}
	d, ok := w.devices[i.Device]
	if !ok {
		return fmt.Errorf("line %d: device: the site has no %q", i.Line, i.Device)
	}
	if i.LED != "" && !slices.ContainsFunc(d.Type.LEDs, func(l maps.LED) bool { return l.Name == i.LED }) {
		return fmt.Errorf("line %d: led: a %s has no light %q", i.Line, d.Type.Slug, i.LED)
	}
	return nil
}

// age is how old the world is at a time of the clock.
func (w *World) age(at time.Time) time.Duration { return w.aged + at.Sub(w.opened) }

// Run lets incidents begin and the technician work, and keeps the memory, until ctx ends.
func (w *World) Run(ctx context.Context) error {
	const step, snapshots = 250 * time.Millisecond, 8 // of the clock; steps between two snapshots of the bases
	tick := w.opt.Clock.NewTicker(step)
	defer tick.Stop()
	defer func() { _ = os.RemoveAll(w.opt.FilmDir) }()
	for n := 0; ; n++ {
		changed := w.step(w.opt.Clock.Now())
		if changed || n%snapshots == 0 {
			if err := w.save(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return w.save()
		case <-tick.C:
		}
	}
}

// step does what is due and says whether anything was.
func (w *World) step(now time.Time) (changed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	age := w.age(now)
	for _, i := range w.opt.Incidents {
		if _, begun := w.memory.Incidents[i.key()]; begun || i.At > age {
			continue
		}
		w.memory.Incidents[i.key()] = &episode{Begun: age}
		w.log.Info("incident begins", "what", i.String(), "age", age.Round(time.Millisecond))
		changed = true
	}
	for k := range w.memory.Visits {
		v := &w.memory.Visits[k]
		if v.Done || v.Due > age {
			continue
		}
		v.Done, changed = true, true
		w.repair(v.Device, age)
	}
	return changed
}

// Repair ends all that is wrong at a device now.
func (w *World) Repair(device string) error {
	if _, ok := w.devices[device]; !ok {
		return fmt.Errorf("repair: the site has no device %q", device)
	}
	w.mu.Lock()
	w.repair(device, w.age(w.opt.Clock.Now()))
	w.mu.Unlock()
	return w.save()
}

// repair ends a device's incidents; mu is held.
func (w *World) repair(device string, age time.Duration) {
	n := 0
	for _, i := range w.byDevice[device] {
		if e := w.memory.Incidents[i.key()]; e != nil && e.Repaired == nil {
			e.Repaired = &age
			n++
		}
	}
	w.log.Info("device repaired", "device", device, "incidents", n)
}

// save writes the memory with where the bases are now. The disk is waited for without mu, so that nobody who looks at
// the world waits too; saving keeps a later memory from being replaced by an earlier one.
func (w *World) save() error {
	w.saving.Lock()
	defer w.saving.Unlock()
	text, err := w.record()
	if err != nil {
		return fmt.Errorf("save the world's memory: %w", err)
	}
	return keep(w.opt.Dir, text)
}

// record is the memory's text.
func (w *World) record() ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.memory.Age = w.age(w.opt.Clock.Now())
	for _, b := range w.bodies {
		if s := b.base.Snapshot(); len(s) > 0 {
			w.memory.Bases[b.serial] = s
		}
	}
	return json.Marshal(w.memory)
}

// Light is what a light of a device shows at a time; it makes the world a scene.Truth.
func (w *World) Light(device string, led *maps.LED, _ time.Time) maps.LEDState {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range w.byDevice[device] {
		if e := w.memory.Incidents[i.key()]; i.LED == led.Name && e != nil && e.Repaired == nil {
			return i.Shows
		}
	}
	if len(led.Normal) == 0 {
		return maps.LEDState{Pattern: "off"}
	}
	return led.Normal[hash64(device+"/"+led.Name)%uint64(len(led.Normal))] // one port is in use, another is not
}

// warmUp is how fast a surface follows what heats it (to 63 %). A real server's takes minutes; here a verification
// some 20 s after a repair must find it cool.
const warmUp = 5 * time.Second

// RiseK is how much hotter a device's surface is at a time than its load makes it, K.
func (w *World) RiseK(device string, at time.Time) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	age, rise := w.age(at), 0.0
	for _, i := range w.byDevice[device] {
		e := w.memory.Incidents[i.key()]
		if e == nil || i.RiseK == 0 || age < e.Begun {
			continue
		}
		k := 1 - math.Exp(-float64(age-e.Begun)/float64(warmUp))
		if e.Repaired != nil && age > *e.Repaired {
			k *= math.Exp(-float64(age-*e.Repaired) / float64(warmUp))
		}
		rise += i.RiseK * k
	}
	return rise
}

// Active lists the incidents that have begun and are not repaired, in the script's order.
func (w *World) Active() []Incident {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Incident
	for _, i := range w.opt.Incidents {
		if e := w.memory.Incidents[i.key()]; e != nil && e.Repaired == nil {
			list = append(list, i)
		}
	}
	return list
}

// filmDir is a folder for frames that is this world's own over its restarts.
func filmDir(dir string) string {
	const shm = "/dev/shm"
	abs, err := filepath.Abs(dir)
	if st, statErr := os.Stat(shm); err != nil || statErr != nil || !st.IsDir() {
		return filepath.Join(dir, "film")
	}
	return filepath.Join(shm, "nightrounds-"+shortHash(abs))
}
