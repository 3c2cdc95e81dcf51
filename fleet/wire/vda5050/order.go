package vda5050

// An Order is a stretch of the route graph to travel and the actions to do there (section 7.3). Fleet to robot.
type Order struct {
	Header
	OrderID          string `json:"orderId" vda:"nonempty"`
	OrderUpdateID    uint32 `json:"orderUpdateId"` // 0 for a new order
	OrderDescription string `json:"orderDescription,omitempty"`
	Nodes            []Node `json:"nodes"`
	Edges            []Edge `json:"edges"`
}

// Kind is "order".
func (*Order) Kind() string { return KindOrder }

// A Node of an order. Nodes have even sequence ids, edges odd ones.
type Node struct {
	NodeID         string        `json:"nodeId" vda:"nonempty"`
	SequenceID     uint32        `json:"sequenceId"`
	NodeDescriptor string        `json:"nodeDescriptor,omitempty"`
	Released       bool          `json:"released"` // true: base, false: horizon
	NodePosition   *NodePosition `json:"nodePosition,omitempty"`
	Actions        []Action      `json:"actions"`
}

// A NodePosition is where a node lies and how exactly it must be met.
type NodePosition struct {
	X                     float64             `json:"x"`                                                           // m
	Y                     float64             `json:"y"`                                                           // m
	Theta                 *float64            `json:"theta,omitempty" vda:"min=-3.14159265359,max=3.14159265359"`  // rad
	AllowedDeviationXY    *AllowedDeviationXY `json:"allowedDeviationXY,omitempty"`                                // nil means 0
	AllowedDeviationTheta *float64            `json:"allowedDeviationTheta,omitempty" vda:"min=0,max=3.141592654"` // rad; nil means 0
	MapID                 string              `json:"mapId" vda:"nonempty"`
}

// AllowedDeviationXY is the ellipse around a node within which it counts as reached (section 6.6.2.1).
type AllowedDeviationXY struct {
	A     float64 `json:"a" vda:"min=0"`                                // semi-major axis, m
	B     float64 `json:"b" vda:"min=0"`                                // semi-minor axis, m
	Theta float64 `json:"theta" vda:"min=-1.570796327,max=1.570796327"` // of the major axis, rad
}

// An Edge is the way from the node before it to the node after it.
type Edge struct {
	EdgeID                          string          `json:"edgeId" vda:"nonempty"`
	SequenceID                      uint32          `json:"sequenceId"`
	EdgeDescriptor                  string          `json:"edgeDescriptor,omitempty"`
	Released                        bool            `json:"released"`
	MaximumSpeed                    *float64        `json:"maximumSpeed,omitempty"`                                           // m/s
	MaximumMobileRobotHeight        *float64        `json:"maximumMobileRobotHeight,omitempty"`                               // m
	MinimumLoadHandlingDeviceHeight *float64        `json:"minimumLoadHandlingDeviceHeight,omitempty"`                        // m
	Orientation                     *float64        `json:"orientation,omitempty" vda:"min=-3.14159265359,max=3.14159265359"` // rad
	OrientationType                 OrientationType `json:"orientationType,omitempty"`                                        // empty means TANGENTIAL
	Direction                       string          `json:"direction,omitempty"`                                              // for physically guided robots
	ReachOrientationBeforeEntering  *bool           `json:"reachOrientationBeforeEntering,omitempty"`                         // nil means false
	MaxRotationSpeed                *float64        `json:"maxRotationSpeed,omitempty"`                                       // rad/s
	Trajectory                      *Trajectory     `json:"trajectory,omitempty"`
	Length                          *float64        `json:"length,omitempty"` // m
	Corridor                        *Corridor       `json:"corridor,omitempty"`
	Actions                         []Action        `json:"actions"`
}

// A Trajectory is a clamped NURBS.
type Trajectory struct {
	Degree        *uint32        `json:"degree,omitempty" vda:"min=1"` // nil means 1
	KnotVector    []float64      `json:"knotVector,omitzero" vda:"min=0,max=1"`
	ControlPoints []ControlPoint `json:"controlPoints"`
}

// A ControlPoint of a trajectory, m.
type ControlPoint struct {
	X      float64  `json:"x"`
	Y      float64  `json:"y"`
	Weight *float64 `json:"weight,omitempty"` // nil means 1
}

// A Corridor lets a robot leave an edge's trajectory to either side (section 6.1.5).
type Corridor struct {
	LeftWidth              float64                 `json:"leftWidth" vda:"min=0"`  // m
	RightWidth             float64                 `json:"rightWidth" vda:"min=0"` // m
	CorridorReferencePoint CorridorReferencePoint  `json:"corridorReferencePoint,omitempty"`
	ReleaseRequired        *bool                   `json:"releaseRequired,omitempty"`
	ReleaseLossBehavior    CorridorReleaseBehavior `json:"releaseLossBehavior,omitempty"` // empty means STOP
}

// InstantActions are to be done at once, whatever the order says (section 7.4). Fleet to robot.
type InstantActions struct {
	Header
	Actions []Action `json:"actions"` // blocking type NONE, always (section 6.2.1)
}

// Kind is "instantActions".
func (*InstantActions) Kind() string { return KindInstantActions }

// An Action of a node or an edge, or an instant action.
type Action struct {
	ActionType       string            `json:"actionType" vda:"nonempty"`
	ActionID         string            `json:"actionId" vda:"nonempty"`
	ActionDescriptor string            `json:"actionDescriptor,omitempty"`
	BlockingType     BlockingType      `json:"blockingType"`
	ActionParameters []ActionParameter `json:"actionParameters,omitzero"`
	Retriable        *bool             `json:"retriable,omitempty"` // nil means false
}

// An ActionParameter is one argument of an action: its value is a bool, a number (float64 when received), a string, a []any or a map[string]any.
type ActionParameter struct {
	Key   string `json:"key" vda:"nonempty"`
	Value any    `json:"value"`
}
