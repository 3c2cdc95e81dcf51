package fleet

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

// The kinds of journal record. Each carries a Change.
const (
	KindBegan       = "site.began"
	KindObserved    = "robot.observed"
	KindRobot       = "robot.changed"
	KindMission     = "mission.started"
	KindMissionOver = "mission.ended"
	KindInspection  = "inspection.requested"
	KindFault       = "fault.moved"
	KindRemedy      = "remedy.moved"
	KindStop        = "remedy.stopped" // or let run again
	KindJudged      = "fault.judged"
	KindTicket      = "ticket.delivered"
	KindZone        = "zone.changed"
	KindAlarm       = "alarm.changed"
	KindPortal      = "portal.changed"
	KindSilence     = "silence.changed"
)

// A Change is the content of a journal record: every entity that one decision changed, as it is afterwards. What
// must stand or fall together is in one Change.
type Change struct {
	Say string `json:"say,omitempty"` // one line for people

	Began       *time.Time        `json:"began,omitempty"` // the patrol of this site began
	Observation *wire.Observation `json:"observation,omitempty"`
	Robots      []Robot           `json:"robots,omitempty"`
	// Mission has started; MissionOver names the robot whose mission has ended.
	Mission     *dispatch.Mission `json:"mission,omitempty"`
	MissionOver string            `json:"missionOver,omitempty"`
	Openings    []Opening         `json:"openings,omitempty"` // of portals
	Speeds      []Speed           `json:"speeds,omitempty"`   // of drives that have ended
	Laps        []Lap             `json:"laps,omitempty"`     // that go on elsewhere than after the last mission
	Inspections []Inspection      `json:"inspections,omitempty"`
	Faults      []fault.Fault     `json:"faults,omitempty"`
	Folds       []Fold            `json:"folds,omitempty"` // after Faults
	Tickets     []ticket.Ticket   `json:"tickets,omitempty"`
	Runs        []remedy.Run      `json:"runs,omitempty"`
	Stop        *remedy.Stop      `json:"stop,omitempty"`
	Verdicts    []fault.Verdict   `json:"verdicts,omitempty"`
	Zones       []zone.Zone       `json:"zones,omitempty"`
	ZonesOver   []string          `json:"zonesOver,omitempty"` // lifted, or their time is over
	Sinks       []SinkMemory      `json:"sinks,omitempty"`
	Alarms      []alarm.Alarm     `json:"alarms,omitempty"` // raised or cleared
	Said        []cause.Sign      `json:"said,omitempty"`   // by machines, on which the change rests
	SaidOver    []string          `json:"saidOver,omitempty"`
	Inbound     []inbound.Alarm   `json:"inbound,omitempty"` // alarms from outside
	InboundOver []string          `json:"inboundOver,omitempty"`
	// SilencesOver are ended, or their time is over; Silences hold from now on, after that; Quiet are the rules that do.
	SilencesOver []string        `json:"silencesOver,omitempty"`
	Silences     []quiet.Silence `json:"silences,omitempty"`
	Quiet        *quiet.Rules    `json:"quiet,omitempty"`
}

// A Lap is where a robot's lap goes on: after a node, or, when that is empty, where most is due.
type Lap struct {
	Robot string `json:"robot"`
	Node  string `json:"node,omitempty"`
}

// A Robot is what the journal keeps of a robot: not its every second, but what the floor of some past night is shown
// from and what a restart needs.
type Robot struct {
	ID         wire.RobotID `json:"id"`
	Connection string       `json:"connection"` // of VDA 5050: ONLINE, OFFLINE, CONNECTION_BROKEN
	Hall       string       `json:"hall"`
	Node       string       `json:"node"`
	X          float64      `json:"x"` // m, hall frame
	Y          float64      `json:"y"`
	ThetaRad   float64      `json:"thetaRad"`
	Battery    float64      `json:"battery"` // 0..1
	Charging   bool         `json:"charging"`
	Errors     []string     `json:"errors"`
	At         time.Time    `json:"at"`
	// Seq is the last observation that is durable.
	Seq uint64 `json:"seq"`
	Made
}

// An InspectionState is where an inspection is.
type InspectionState string

// The states of an inspection.
const (
	Waiting   InspectionState = "waiting"
	Assigned  InspectionState = "assigned" // a robot is on its way
	Looked    InspectionState = "done"
	Failed    InspectionState = "failed"
	Withdrawn InspectionState = "cancelled"
)

// An Inspection is one look that somebody asked for: an operator, or the verification of a repair. Its ID is the id of
// the VDA 5050 action that carries it out.
type Inspection struct {
	ID        string          `json:"id"`
	State     InspectionState `json:"state"`
	Class     string          `json:"class"` // emergency, verification, operator or patrol
	By        string          `json:"by,omitempty"`
	FaultID   string          `json:"faultId,omitempty"`
	Viewpoint string          `json:"viewpoint"`
	Rack      string          `json:"rack"`
	Face      maps.Face       `json:"face"`
	At        time.Time       `json:"at"`
	Robot     string          `json:"robot,omitempty"`
	DoneAt    *time.Time      `json:"doneAt,omitempty"`
	Result    string          `json:"result,omitempty"`
	Tries     int             `json:"tries,omitempty"` // looks that failed
	TriedAt   time.Time       `json:"triedAt,omitzero"`
	// MovedAt is when MovedBy moved it up, before the others of its class; zero when nobody did.
	MovedAt time.Time `json:"movedAt,omitzero"`
	MovedBy string    `json:"movedBy,omitempty"`
	// Not are the robots whose look would tell nothing new: another serves it, where there is one.
	Not []string `json:"not,omitempty"`
	// Promised is what was foretold when it was asked for, or moved up; nil when no robot could be named.
	Promised *patrol.Promised `json:"promised,omitempty"`
}

// promisedAt is from when on its promise counts.
func (i Inspection) promisedAt() time.Time {
	if i.MovedAt.After(i.At) {
		return i.MovedAt
	}
	return i.At
}

// Expected is when its look is expected, and by when it has ended in nine of ten cases; ok is false when nobody could say.
func (i Inspection) Expected() (at, surely time.Time, ok bool) {
	if i.Promised == nil {
		return time.Time{}, time.Time{}, false
	}
	return i.promisedAt().Add(i.Promised.In), i.promisedAt().Add(i.Promised.P90), true
}

// Open says whether the inspection still wants a look.
func (i Inspection) Open() bool { return i.State == Waiting || i.State == Assigned }

func (i Inspection) class() patrol.Class {
	switch i.Class {
	case "emergency":
		return patrol.Emergency
	case "verification":
		return patrol.Verification
	case "patrol":
		return patrol.Patrol
	}
	return patrol.Operator
}
