package fleet

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/portal"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// A PortalView is a door, lift or airlock as people see it.
type PortalView struct {
	ID      string          `json:"id"`
	Hall    string          `json:"hall"`
	Kind    maps.PortalKind `json:"kind"`
	Room    string          `json:"room,omitempty"` // airlock or lift that it leads into
	Edges   [][2]string     `json:"edges"`          // nodes at both ends
	State   portal.Status   `json:"state"`          // as its control says: open, closed, moving, fault; unknown
	Why     string          `json:"why,omitempty"`  // of a fault, or why nothing is known
	HeardAt *time.Time      `json:"heardAt,omitempty"`
	// Asked says whether it is asked for now, Within who is in it or was let in, Coming who will need it.
	Asked  bool     `json:"asked"`
	Within []string `json:"within"`
	Coming []string `json:"coming"`
	// Fault is what was last wrong with it; Broken says whether it still is.
	Fault   string     `json:"fault,omitempty"`
	FaultAt *time.Time `json:"faultAt,omitempty"`
	Broken  bool       `json:"broken"`
	// ClosedUntil is until when robots go round it.
	ClosedUntil *time.Time `json:"closedUntil,omitempty"`
}

// Portals lists the doors, lifts and airlocks, as the site does.
func (c *Controller) Portals(ctx context.Context) (out []PortalView, err error) {
	err = c.do(ctx, func(context.Context) error { out = c.portalViews(c.o.Clock.Now()); return nil })
	return out, err
}

func (c *Controller) portalViews(now time.Time) []PortalView {
	out := []PortalView{}
	for _, h := range c.o.Site.Halls {
		for _, d := range c.doors.by[h.ID] {
			v := PortalView{
				ID: d.ID, Hall: d.hall, Kind: d.Kind, Room: d.Room, Edges: d.Edges, State: d.state.Status, Why: d.state.Why, HeardAt: some(d.state.HeardAt),
				Asked: !d.state.Wanted.IsZero(), Within: []string{}, Coming: []string{}, Fault: d.fault, FaultAt: some(d.faultAt), Broken: d.broken(),
			}
			if v.State == "" {
				v.State = portal.Unknown
			}
			for _, n := range d.needs {
				if n.Within {
					v.Within = append(v.Within, n.Robot)
				} else {
					v.Coming = append(v.Coming, n.Robot)
				}
			}
			if t := c.tables[h.ID]; t != nil {
				if until := d.closedUntil(t); now.Before(until) {
					v.ClosedUntil = some(until)
				}
			}
			out = append(out, v)
		}
	}
	return out
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// tellPortals hands the portals to the page when anything but the time of their last report has changed.
func (c *Controller) tellPortals(now time.Time) {
	views := c.portalViews(now)
	still := slices.Clone(views)
	for i := range still {
		still[i].HeardAt = nil
	}
	if !reflect.DeepEqual(still, c.doors.told) && len(views) > 0 {
		c.doors.told = still
		c.o.Told("portals", views)
	}
}

// cutOff says for each hall why some of its nodes cannot be reached from any dock: the portals on the way are out of order. It
// has no entry for a node that can.
func (c *Controller) cutOff(h *maps.Hall, now time.Time) map[string]string {
	var why []string
	table := c.tables[h.ID]
	for _, d := range c.doors.by[h.ID] {
		if d.broken() {
			why = append(why, d.fault)
		}
	}
	if len(why) == 0 || table == nil {
		return nil
	}
	out := map[string]string{}
	for _, n := range h.Graph.Nodes() {
		out[n.ID] = strings.Join(why, "; ")
	}
	for _, dock := range h.Graph.Docks() {
		for n := range h.Graph.Distances(dock.Node, func(e maps.Edge) bool {
			return !now.Before(table.Closed[traffic.EdgeResource(e.Start, e.End)])
		}) {
			delete(out, n)
		}
	}
	return out
}
