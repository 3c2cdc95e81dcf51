// Package mission is the robot's side of VDA 5050 3.0 as a state machine: it takes orders and instant actions, says
// what the body should do next, and writes the state message. It has no clock, no network and no goroutine; it
// does not drive, look or download. One goroutine owns a [Machine].
//
// The agent's loop feeds it and obeys it:
//
//	m, err := mission.New(cfg)               // or mission.Restore(cfg, snapshot)
//	...
//	m.Sense(sensors)                         // position, power, safety: whenever they change
//	m.Receive(kind, payload)                 // a message on order or instantActions, as it came
//	m.Reached(seq)                           // the body stands on, or passes, the node of the last DriveTo
//	m.Unreachable(seq, why)                  // ... or cannot get there
//	m.ActionStatus(id, status, result)       // how an action that StartAction began gets on
//	for _, c := range m.Next() { ... }       // after each input: what to do now
//	if m.Dirty() { send(m.State(now)) }      // at once; and without it every second or so
//	save(m.Snapshot())                       // when Dirty was true: the order then survives kill -9
//
// What it decides: whether an order is taken or refused and for what error (section 6.1.4), how an update joins the
// order (6.1.2), when which action runs beside which (6.2.2), when driving is allowed, what cancelling and pausing
// mean (6.1.3, 6.2.3), how long an error is reported (6.6.5.4), and what a change of operating mode does (6.6.6).
//
// The body only ever gets a released edge and node; a lost connection therefore ends at the last node of the base.
// An error never clears an order. Driving is held while an error of level CRITICAL or FATAL is active (6.6.5.1).
package mission

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// A Config is what does not change while the machine lives.
type Config struct {
	// Factsheet is the robot's own: who it is, which actions in which scope with which blocking types, which may be
	// paused and cancelled, which optional parameters it supports, and its array limits. All orders are held to it.
	// cancelOrder, startPause, stopPause, stateRequest, factsheetRequest and clearInstantActions, retry and skipRetry
	// are the machine's own and need no entry.
	Factsheet vda5050.Factsheet
	// Maps are on the robot at its very first start; afterwards the snapshot knows.
	Maps []vda5050.Map
	// StartToleranceM is how far from an order's first node the robot may stand when the node's own allowedDeviationXY
	// is smaller, m. 0 means 0.25.
	StartToleranceM float64
	// CheckAction says why an action of a supported type cannot be done here (an unknown viewpoint); nil: all can.
	CheckAction func(vda5050.Action) error
	// CheckEdge says why the robot cannot drive an edge; nil: it can drive all.
	CheckEdge func(from, to vda5050.Node, e vda5050.Edge) error
}

// A Machine holds one robot's order. Use New or Restore.
type Machine struct {
	cfg     Config
	d       data
	sensors Sensors
	out     outbox
}

// data is what a snapshot keeps.
type data struct {
	OrderID       string                `json:"orderId"`
	OrderUpdateID uint32                `json:"orderUpdateId"`
	Accepted      *vda5050.Order        `json:"accepted,omitempty"` // the last message taken over, to know a repetition
	LastNode      string                `json:"lastNode"`
	LastNodeSeq   uint32                `json:"lastNodeSeq"`
	LastNodeAt    *vda5050.NodePosition `json:"lastNodeAt,omitempty"`
	// Nodes are still to be reached, Edges[i] leads to Nodes[i].
	Nodes []vda5050.Node `json:"nodes"`
	Edges []vda5050.Edge `json:"edges"`
	// Decision is the last released node, reached or not.
	Decision vda5050.Node `json:"decision"`
	OnEdge   bool         `json:"onEdge"` // Edges[0] has been entered
	Actions  []task       `json:"actions"`
	Instants []task       `json:"instants"`
	// Queue holds the ids of triggered order actions that have not ended, in the sequence of their triggering.
	Queue       []string              `json:"queue"`
	Clearing    *clearing             `json:"clearing,omitempty"`
	Cleared     bool                  `json:"cleared"` // the order was cancelled: no update may follow
	PauseWanted bool                  `json:"pauseWanted"`
	Mode        vda5050.OperatingMode `json:"mode"` // as reported
	Maps        []vda5050.Map         `json:"maps"`
	Errors      []held                `json:"errors"`
	StateHeader uint32                `json:"stateHeader"`
}

// New is a machine without an order, in operating mode STARTUP until Sense says otherwise.
func New(cfg Config) (*Machine, error) {
	m := &Machine{cfg: cfg, d: data{Mode: vda5050.ModeStartup, Maps: slices.Clone(cfg.Maps)}}
	if err := m.checkConfig(); err != nil {
		return nil, err
	}
	m.sensors.Mode = vda5050.ModeStartup
	return m, nil
}

// Restore is the machine that wrote the snapshot. The body has forgotten what it was doing, so Next says again where
// to drive and starts again the actions that were running. The first Sense must not say STARTUP if the order is to
// go on: STARTUP clears it (table 11).
func Restore(cfg Config, snapshot []byte) (*Machine, error) {
	m, err := New(cfg)
	if err != nil {
		return nil, err
	}
	var d data
	if err := json.Unmarshal(snapshot, &d); err != nil {
		return nil, fmt.Errorf("restore mission: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("restore mission: %w", err)
	}
	m.d = d
	m.sensors.Mode = d.Mode
	m.out.stateDue = true
	return m, nil
}

// Snapshot is the order and all that must survive a restart.
func (m *Machine) Snapshot() ([]byte, error) {
	b, err := json.Marshal(m.d)
	if err != nil {
		return nil, fmt.Errorf("snapshot mission: %w", err)
	}
	return b, nil
}

// Idle is the idle state of section 6.6.8: nothing to drive, no action alive.
func (m *Machine) Idle() bool {
	return len(m.d.Nodes) == 0 && len(m.d.Edges) == 0 && !slices.ContainsFunc(m.d.Actions, task.alive)
}

// Order names the order that the machine holds or held last.
func (m *Machine) Order() (orderID string, updateID uint32) { return m.d.OrderID, m.d.OrderUpdateID }

// Maps are the maps on the robot.
func (m *Machine) Maps() []vda5050.Map { return slices.Clone(m.d.Maps) }

func (m *Machine) checkConfig() error {
	h := m.cfg.Factsheet.Header
	if h.Manufacturer == "" || h.SerialNumber == "" {
		return errors.New("mission: the factsheet must name manufacturer and serialNumber")
	}
	if m.cfg.StartToleranceM < 0 {
		return fmt.Errorf("mission: StartToleranceM is %v m, must not be negative", m.cfg.StartToleranceM)
	}
	if m.cfg.StartToleranceM == 0 {
		m.cfg.StartToleranceM = 0.25
	}
	return nil
}

// check refuses a snapshot that the machine cannot have written.
func (d *data) check() error {
	if len(d.Nodes) != len(d.Edges) {
		return fmt.Errorf("snapshot has %d nodes and %d edges to go", len(d.Nodes), len(d.Edges))
	}
	for i := 1; i < len(d.Nodes); i++ {
		if d.Nodes[i].Released && !d.Nodes[i-1].Released {
			return errors.New("snapshot has a base behind its horizon")
		}
	}
	for i := range d.Nodes {
		if d.Nodes[i].Released != d.Edges[i].Released {
			return errors.New("snapshot has a released node behind an edge that is not")
		}
	}
	for _, id := range d.Queue {
		if find(d.Actions, id) == nil {
			return fmt.Errorf("snapshot queues action %q, which it does not hold", id)
		}
	}
	return nil
}
