package vda5050

import "fmt"

// Check says whether Marshal would send m, without sending it: for a message that did not come through Unmarshal.
func Check(m Message) error {
	_, err := Marshal(m)
	return err
}

// check holds an order against section 6.1.1: at least one node, one edge fewer than nodes, sequence ids that run
// from the first node on without a gap, nodes even and edges odd, a released first node, and no release after the
// horizon has begun. Action ids are unique in an order.
func (o *Order) check() error {
	switch {
	case len(o.Nodes) == 0:
		return &FieldError{"nodes", "an order needs at least one node"}
	case len(o.Edges) != len(o.Nodes)-1:
		return &FieldError{"edges", fmt.Sprintf("%d nodes need %d edges, not %d", len(o.Nodes), len(o.Nodes)-1, len(o.Edges))}
	case o.Nodes[0].SequenceID%2 != 0:
		return &FieldError{"nodes[0].sequenceId", fmt.Sprintf("%d is odd; nodes have even ones", o.Nodes[0].SequenceID)}
	case !o.Nodes[0].Released:
		return &FieldError{"nodes[0].released", "the first node must be released"}
	}
	if err := o.checkSequence(); err != nil {
		return err
	}
	return o.checkActionIDs()
}

func (o *Order) checkSequence() error {
	first := uint64(o.Nodes[0].SequenceID)
	for i, n := range o.Nodes {
		if want := first + 2*uint64(i); uint64(n.SequenceID) != want {
			return &FieldError{fmt.Sprintf("nodes[%d].sequenceId", i), fmt.Sprintf("%d breaks the sequence; %d follows", n.SequenceID, want)}
		}
	}
	for i, e := range o.Edges {
		if want := first + 2*uint64(i) + 1; uint64(e.SequenceID) != want {
			return &FieldError{fmt.Sprintf("edges[%d].sequenceId", i), fmt.Sprintf("%d breaks the sequence; %d follows", e.SequenceID, want)}
		}
		from, to := o.Nodes[i], o.Nodes[i+1]
		if e.Released && (!from.Released || !to.Released) {
			return &FieldError{fmt.Sprintf("edges[%d].released", i), "released between nodes that are not both released"}
		}
		if to.Released && !e.Released {
			return &FieldError{fmt.Sprintf("nodes[%d].released", i+1), "released behind an edge that is not"}
		}
	}
	return nil
}

func (o *Order) checkActionIDs() error {
	seen := map[string]bool{}
	unique := func(actions []Action, path string, i int) error {
		for k, a := range actions {
			if seen[a.ActionID] {
				return &FieldError{fmt.Sprintf("%s[%d].actions[%d].actionId", path, i, k), fmt.Sprintf("%.80q is used twice", a.ActionID)}
			}
			seen[a.ActionID] = true
		}
		return nil
	}
	for i, n := range o.Nodes {
		if err := unique(n.Actions, "nodes", i); err != nil {
			return err
		}
	}
	for i, e := range o.Edges {
		if err := unique(e.Actions, "edges", i); err != nil {
			return err
		}
	}
	return nil
}

// checkSent holds what we send; a received instant action is done at once whatever its blocking type says.
func (ia *InstantActions) checkSent() error {
	for i, a := range ia.Actions {
		if a.BlockingType != BlockingNone {
			return &FieldError{fmt.Sprintf("actions[%d].blockingType", i), fmt.Sprintf("%s; an instant action's is always NONE", a.BlockingType)}
		}
	}
	return nil
}

// check holds each zone against what its type requires (section 6.4.1).
func (z *ZoneSetMessage) check() error {
	for i, zone := range z.ZoneSet.Zones {
		path := fmt.Sprintf("zoneSet.zones[%d]", i)
		if len(zone.Vertices) < 3 {
			return &FieldError{path + ".vertices", fmt.Sprintf("%d vertices make no polygon", len(zone.Vertices))}
		}
		if field := zone.lacks(); field != "" {
			return &FieldError{path + "." + field, "required in a zone of type " + string(zone.ZoneType)}
		}
	}
	return nil
}

// lacks is the JSON name of a field that the zone's type requires and that is absent, or empty.
func (z *Zone) lacks() string {
	type need struct {
		field  string
		absent bool
	}
	var needs []need
	switch z.ZoneType {
	case ZoneTypeRelease:
		needs = []need{{"releaseLossBehavior", z.ReleaseLossBehavior == ""}}
	case ZoneTypeSpeedLimit:
		needs = []need{{"maximumSpeed", z.MaximumSpeed == nil}}
	case ZoneTypeAction:
		needs = []need{{"entryActions", z.EntryActions == nil}, {"duringActions", z.DuringActions == nil}, {"exitActions", z.ExitActions == nil}}
	case ZoneTypePriority:
		needs = []need{{"priorityFactor", z.PriorityFactor == nil}}
	case ZoneTypePenalty:
		needs = []need{{"penaltyFactor", z.PenaltyFactor == nil}}
	case ZoneTypeDirected:
		needs = []need{{"direction", z.Direction == nil}, {"directedLimitation", z.DirectedLimitation == ""}}
	case ZoneTypeBidirected:
		needs = []need{{"direction", z.Direction == nil}, {"bidirectedLimitation", z.BidirectedLimitation == ""}}
	}
	for _, n := range needs {
		if n.absent {
			return n.field
		}
	}
	return ""
}
