package robot

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/robot/mission"
)

// memory is what a robot knows after a restart: its order as far as it has come, and where it stands.
type memory struct {
	Mission     json.RawMessage   `json:"mission"`
	Whereabouts whereaboutsData   `json:"whereabouts"`
	Headers     map[string]uint32 `json:"headers"`
	Battery     float64           `json:"battery"` // %
}

// recall takes up what an agent before this one has kept.
func (a *Agent) recall() error {
	if err := os.MkdirAll(a.opts.Dir, 0o750); err != nil {
		return err
	}
	a.memory = filepath.Join(a.opts.Dir, "agent.json")
	a.packages = &packages{dir: filepath.Join(a.opts.Dir, "packages")}
	cfg := mission.Config{Factsheet: factsheet(a.opts.ID), CheckAction: a.checkAction, CheckEdge: a.checkEdge}
	given, err := a.givenPackage(&cfg)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(a.memory)
	if errors.Is(err, os.ErrNotExist) {
		if a.machine, err = mission.New(cfg); err != nil {
			return err
		}
		a.setSite(given)
		if s := a.opts.Start; s != nil {
			a.where.d = whereaboutsData{Known: true, Hall: s.Hall, Fix: s.Pose}
		}
		return nil
	}
	if err != nil {
		return err
	}
	var m memory
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("read %s (remove it to begin anew): %w", a.memory, err)
	}
	a.where.d, a.battery = m.Whereabouts, m.Battery
	if m.Headers != nil {
		a.headers = m.Headers
	}
	if a.machine, err = mission.Restore(cfg, m.Mission); err != nil {
		return fmt.Errorf("read %s (remove it to begin anew): %w", a.memory, err)
	}
	return a.reopenSite()
}

// givenPackage keeps the package that the options bring, and has a robot that knows none begin with it.
func (a *Agent) givenPackage(cfg *mission.Config) (*place, error) {
	if len(a.opts.Package) == 0 {
		return nil, nil
	}
	name, err := a.packages.add(a.opts.Package)
	if err != nil {
		return nil, err
	}
	p, err := a.packages.open(name)
	if err != nil {
		return nil, err
	}
	for _, h := range p.site.Halls {
		cfg.Maps = append(cfg.Maps, vda5050.Map{MapID: h.ID, MapVersion: name, MapStatus: vda5050.MapEnabled})
	}
	return p, nil
}

// reopenSite opens the package of the map that was enabled last.
func (a *Agent) reopenSite() error {
	for _, m := range a.machine.Maps() {
		if m.MapStatus != vda5050.MapEnabled {
			continue
		}
		p, err := a.packages.open(m.MapVersion)
		if err != nil {
			a.log.Error("the enabled site package cannot be opened: the fleet must send it again", "why", err)
			continue
		}
		a.setSite(p)
		return nil
	}
	return nil
}

// keep writes the memory. Synced it outlives a power cut, otherwise the agent's death.
func (a *Agent) keep(synced bool) error {
	snapshot, err := a.machine.Snapshot()
	if err != nil {
		return err
	}
	content, err := json.Marshal(memory{Mission: snapshot, Whereabouts: a.where.snapshot(), Headers: a.headers, Battery: a.battery})
	if err != nil {
		return fmt.Errorf("keep the mission: %w", err)
	}
	if err := replaceFile(a.memory, content, synced); err != nil {
		return fmt.Errorf("keep the mission: %w", err)
	}
	a.fresh = false
	return nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, content []byte, synced bool) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && synced {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(f.Name()))
	}
	return nil
}
