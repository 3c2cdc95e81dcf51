package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A memory is what the world keeps over a restart, in one file. Times are ages of the world: it does not age while
// the program is down.
type memory struct {
	Age       time.Duration              `json:"age"`
	Incidents map[string]*episode        `json:"incidents"` // by Incident.key
	Visits    []visit                    `json:"visits"`    // the technician's, oldest first
	Bases     map[string]json.RawMessage `json:"bases"`     // by serial number, as the base's Snapshot says
}

// An episode is an incident that has begun.
type episode struct {
	Begun    time.Duration  `json:"begun"`
	Repaired *time.Duration `json:"repaired,omitempty"`
}

// A visit is one order to the technician.
type visit struct {
	ID     string        `json:"id"` // the webhook's
	Device string        `json:"device"`
	Due    time.Duration `json:"due"`
	Done   bool          `json:"done"`
}

// mostVisits is how many orders are remembered; an older one that comes again would be done again.
const mostVisits = 1000

const memoryName = "world.json"

// remember reads the memory of an earlier run, or begins a new one.
func remember(dir string) (*memory, error) {
	m := &memory{}
	text, err := os.ReadFile(filepath.Join(dir, memoryName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read the world's memory: %w", err)
	default:
		if err := json.Unmarshal(text, m); err != nil {
			return nil, fmt.Errorf("read the world's memory %s (remove it to begin a new world): %w", filepath.Join(dir, memoryName), err)
		}
	}
	if m.Incidents == nil {
		m.Incidents = map[string]*episode{}
	}
	if m.Bases == nil {
		m.Bases = map[string]json.RawMessage{}
	}
	return m, nil
}

// keep replaces the memory's file in one step, so that a kill at any time leaves the old one or the new one.
func keep(dir string, text []byte) (err error) {
	f, err := os.CreateTemp(dir, memoryName+".*")
	if err != nil {
		return fmt.Errorf("save the world's memory: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("save the world's memory: %w", err)
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, memoryName)); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename in the folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// visited says whether an order with that ID has come before.
func (m *memory) visited(id string) bool {
	for _, v := range m.Visits {
		if v.ID == id {
			return true
		}
	}
	return false
}

// order notes a visit.
func (m *memory) order(v visit) {
	m.Visits = append(m.Visits, v)
	if over := len(m.Visits) - mostVisits; over > 0 {
		m.Visits = append([]visit(nil), m.Visits[over:]...)
	}
}
