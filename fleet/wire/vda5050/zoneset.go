package vda5050

// A ZoneSetMessage carries a zone set to a robot (section 7.6).
type ZoneSetMessage struct {
	Header
	ZoneSet ZoneSet `json:"zoneSet"`
}

// Kind is "zoneSet".
func (*ZoneSetMessage) Kind() string { return KindZoneSet }

// A ZoneSet is all zones of one map.
type ZoneSet struct {
	MapID             string `json:"mapId" vda:"nonempty"`
	ZoneSetID         string `json:"zoneSetId" vda:"nonempty"`
	ZoneSetDescriptor string `json:"zoneSetDescriptor,omitempty"`
	Zones             []Zone `json:"zones"`
}

// A Zone is a simple polygon with rules; which of its optional fields it needs, its type says (section 6.4.1).
type Zone struct {
	ZoneID               string               `json:"zoneId" vda:"nonempty"`
	ZoneType             ZoneType             `json:"zoneType"`
	ZoneDescriptor       string               `json:"zoneDescriptor,omitempty"`
	Vertices             []Vertex             `json:"vertices"`               // counter-clockwise, 3 or more
	MaximumSpeed         *float64             `json:"maximumSpeed,omitempty"` // SPEED_LIMIT, m/s
	EntryActions         []ZoneAction         `json:"entryActions,omitzero"`  // ACTION
	DuringActions        []ZoneAction         `json:"duringActions,omitzero"` // ACTION
	ExitActions          []ZoneAction         `json:"exitActions,omitzero"`   // ACTION
	ReleaseLossBehavior  ZoneReleaseBehavior  `json:"releaseLossBehavior,omitempty"`
	PriorityFactor       *float64             `json:"priorityFactor,omitempty" vda:"min=0,max=1"`
	PenaltyFactor        *float64             `json:"penaltyFactor,omitempty" vda:"min=0,max=1"`
	Direction            *float64             `json:"direction,omitempty"` // DIRECTED and BIDIRECTED, rad
	DirectedLimitation   DirectedLimitation   `json:"directedLimitation,omitempty"`
	BidirectedLimitation BidirectedLimitation `json:"bidirectedLimitation,omitempty"`
}

// A Vertex of a zone, m.
type Vertex struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// A ZoneAction is an action whose id the robot makes up.
type ZoneAction struct {
	ActionType       string            `json:"actionType" vda:"nonempty"`
	ActionDescriptor string            `json:"actionDescriptor,omitempty"`
	BlockingType     BlockingType      `json:"blockingType"`
	ActionParameters []ActionParameter `json:"actionParameters,omitzero"`
	Retriable        *bool             `json:"retriable,omitempty"`
}

// Responses answer the requests in a robot's state (section 7.5). Fleet to robot.
type Responses struct {
	Header
	Responses []Response `json:"responses"`
}

// Kind is "responses".
func (*Responses) Kind() string { return KindResponses }

// A Response answers one request.
type Response struct {
	RequestID   string    `json:"requestId" vda:"nonempty"`
	GrantType   GrantType `json:"grantType"`
	LeaseExpiry *Time     `json:"leaseExpiry,omitempty"` // only of a grant
}
