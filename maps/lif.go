package maps

// The types of the VDMA Layout Interchange Format 1.0.0 (LIF.md of
// github.com/Intralogistics-2X-LIF/Layout-Interchange-Format), with the standard's field names. Lengths are m, angles
// rad, speeds m/s. Only what its text requires is required here: none of the standard's own examples satisfies its schema.

// A LIF is a file of layouts.
type LIF struct {
	MetaInformation LIFMetaInformation `json:"metaInformation" must:"true"`
	Layouts         []LIFLayout        `json:"layouts" must:"true"`
}

// LIFMetaInformation says where a file comes from.
type LIFMetaInformation struct {
	ProjectIdentification string `json:"projectIdentification"`
	Creator               string `json:"creator"`
	ExportTimestamp       string `json:"exportTimestamp"`
	LIFVersion            string `json:"lifVersion" must:"true"`
}

// A LIFLayout is one plane of nodes and edges; all layouts of a file share one origin.
type LIFLayout struct {
	LayoutID          string       `json:"layoutId" must:"true"`
	LayoutName        string       `json:"layoutName,omitempty"`
	LayoutVersion     string       `json:"layoutVersion"`
	LayoutLevelID     string       `json:"layoutLevelId,omitempty"`
	LayoutDescription string       `json:"layoutDescription,omitempty"`
	Nodes             []LIFNode    `json:"nodes" must:"true"`
	Edges             []LIFEdge    `json:"edges" must:"true"`
	Stations          []LIFStation `json:"stations"`
}

// A LIFNode is a place where vehicles can stop. A vehicle type that it does not name may not use it.
type LIFNode struct {
	NodeID                    string             `json:"nodeId" must:"true"`
	NodeName                  string             `json:"nodeName,omitempty"`
	NodeDescription           string             `json:"nodeDescription,omitempty"`
	MapID                     string             `json:"mapId,omitempty"`
	NodePosition              *LIFPosition       `json:"nodePosition" must:"true"`
	VehicleTypeNodeProperties []LIFVehicleAtNode `json:"vehicleTypeNodeProperties"`
}

// A LIFPosition is a point of the layouts' common frame; Theta is a station's.
type LIFPosition struct {
	X     float64  `json:"x" must:"true"`
	Y     float64  `json:"y" must:"true"`
	Theta *float64 `json:"theta,omitempty"`
}

// LIFVehicleAtNode is what one vehicle type does at a node.
type LIFVehicleAtNode struct {
	VehicleTypeID string      `json:"vehicleTypeId"`
	Theta         *float64    `json:"theta,omitempty"`
	Actions       []LIFAction `json:"actions,omitempty"`
}

// A LIFAction is a VDA 5050 action that a vehicle can or must carry out there.
type LIFAction struct {
	ActionType        string               `json:"actionType" must:"true"`
	ActionDescription string               `json:"actionDescription,omitempty"`
	RequirementType   string               `json:"requirementType,omitempty"`
	BlockingType      string               `json:"blockingType,omitempty"`
	ActionParameters  []LIFActionParameter `json:"actionParameters,omitempty"`
}

// A LIFActionParameter is one parameter of an action.
type LIFActionParameter struct {
	Key   string `json:"key" must:"true"`
	Value string `json:"value"`
}

// A LIFEdge leads one way; one that is driven both ways is two edges.
type LIFEdge struct {
	EdgeID                    string             `json:"edgeId" must:"true"`
	EdgeName                  string             `json:"edgeName,omitempty"`
	EdgeDescription           string             `json:"edgeDescription,omitempty"`
	StartNodeID               string             `json:"startNodeId" must:"true"`
	EndNodeID                 string             `json:"endNodeId" must:"true"`
	VehicleTypeEdgeProperties []LIFVehicleOnEdge `json:"vehicleTypeEdgeProperties"`
}

// LIFVehicleOnEdge is how one vehicle type drives an edge.
type LIFVehicleOnEdge struct {
	VehicleTypeID              string              `json:"vehicleTypeId"`
	VehicleOrientation         *float64            `json:"vehicleOrientation,omitempty"`
	OrientationType            string              `json:"orientationType,omitempty"`
	RotationAllowed            *bool               `json:"rotationAllowed,omitempty"`
	RotationAtStartNodeAllowed string              `json:"rotationAtStartNodeAllowed,omitempty"`
	RotationAtEndNodeAllowed   string              `json:"rotationAtEndNodeAllowed,omitempty"`
	MaxSpeed                   float64             `json:"maxSpeed,omitempty"`
	MaxRotationSpeed           float64             `json:"maxRotationSpeed,omitempty"`
	MinHeight                  float64             `json:"minHeight,omitempty"`
	MaxHeight                  float64             `json:"maxHeight,omitempty"`
	LoadRestriction            *LIFLoadRestriction `json:"loadRestriction,omitempty"`
	Actions                    []LIFAction         `json:"actions,omitempty"`
	Trajectory                 *LIFTrajectory      `json:"trajectory,omitempty"`
	ReentryAllowed             *bool               `json:"reentryAllowed,omitempty"`
}

// LIFLoadRestriction says whether loaded and unloaded vehicles may use an edge. Ours are never loaded.
type LIFLoadRestriction struct {
	Unloaded     bool     `json:"unloaded" must:"true"`
	Loaded       bool     `json:"loaded"`
	LoadSetNames []string `json:"loadSetNames,omitempty"`
}

// LIFTrajectory is a NURBS.
type LIFTrajectory struct {
	Degree        *float64          `json:"degree,omitempty"`
	KnotVector    []float64         `json:"knotVector"`
	ControlPoints []LIFControlPoint `json:"controlPoints"`
}

// A LIFControlPoint pulls a trajectory.
type LIFControlPoint struct {
	X      float64 `json:"x" must:"true"`
	Y      float64 `json:"y" must:"true"`
	Weight float64 `json:"weight,omitempty"`
}

// A LIFStation is where vehicles act: a charger is one whose node carries a charging action.
type LIFStation struct {
	StationID          string       `json:"stationId" must:"true"`
	InteractionNodeIDs []string     `json:"interactionNodeIds" must:"true"`
	StationName        string       `json:"stationName,omitempty"`
	StationDescription string       `json:"stationDescription,omitempty"`
	StationHeight      float64      `json:"stationHeight,omitempty"`
	StationPosition    *LIFPosition `json:"stationPosition,omitempty"`
}
