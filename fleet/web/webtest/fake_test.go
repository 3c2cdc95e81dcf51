package webtest_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/api"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/feed"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/web"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// night is when all of these tests happen, in site time.
var night = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

// A hall is a controller of the sample site whose night is made by the test: real API, real events, no robots.
type hall struct {
	t    *testing.T
	site *maps.Site
	feed feed.Feed

	mu          sync.Mutex
	robots      []fleet.RobotView
	looks       map[string]wire.Observation
	faults      []fault.Fault
	runs        []remedy.Run
	tickets     []ticket.Ticket
	inspections []fleet.Inspection
	posted      []string // what people said to the controller, in words
	stop        remedy.Stop
	reports     []fleet.Report
	plans       map[string]fleet.Plan
	silences    []fleet.SilenceView
	outside     []inbound.Alarm
	sinks       []fleet.SinkView
	zones       []zone.Zone
	liftedBy    string
	standing    map[string]string // node by robot, as far as zones ask
	alarms      []fleet.AlarmView
	clearedBy   string
	portals     []fleet.PortalView
}

func newHall(t *testing.T) *hall {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return &hall{t: t, site: site, looks: map[string]wire.Observation{}, robots: []fleet.RobotView{{
		ID: "nightrounds/NR-01", State: "driving", Hall: "hall-1", X: 2.3, Y: 1, Node: "a0-01", Battery: 0.8, Connection: "ONLINE",
		HeardAt: night, Errors: []string{},
	}}}
}

// serve serves the page over the real API.
func (h *hall) serve() *httptest.Server {
	h.t.Helper()
	s := httptest.NewServer(api.New(api.Options{
		Site: h.site, Package: "p1", Controller: h, Contents: pictures{}, Events: &h.feed, Page: web.Page(),
		Outside: func(context.Context) ([]inbound.Alarm, error) { return read(h, &h.outside), nil },
	}))
	h.t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// tell changes the hall and tells the page of it.
func (h *hall) tell(kind string, v any, change func()) {
	h.t.Helper()
	h.mu.Lock()
	change()
	h.mu.Unlock()
	if err := h.feed.Tell(kind, v, kind == "robots" || kind == "alarms"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) moveRobot(x, y float64) {
	moved := h.robots[0]
	moved.X, moved.Y = x, y
	h.tell("robots", []fleet.RobotView{moved}, func() { h.robots = []fleet.RobotView{moved} })
}

// move brings every open inspection to the next state.
func (h *hall) move(s fleet.InspectionState, result string) {
	for i := range h.inspections {
		n := h.inspections[i]
		n.State, n.Robot, n.Result = s, "nightrounds/NR-01", result
		h.tell("inspection", n, func() { h.inspections[i] = n })
	}
}

// look makes a look at a viewpoint, with one disk that failed.
func (h *hall) look(viewpoint string, seq uint64) {
	v, ok := h.site.Viewpoint(viewpoint)
	if !ok {
		h.t.Fatalf("no viewpoint %s", viewpoint)
	}
	rack, _ := h.site.Rack(v.Rack)
	d := rack.Devices[0]
	o := wire.Observation{
		Manufacturer: "nightrounds", SerialNumber: "NR-01", Seq: seq, At: night, Hall: v.Hall, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face,
		Devices:  []vision.TemperatureReading{{Device: d.ID, MaxC: 41.5}},
		LEDs:     []vision.LEDReading{{Device: d.ID, LED: "disk1", Colour: "amber", Pattern: "solid", Confidence: 0.99}},
		Findings: []vision.Finding{{Kind: "disk-failed", Severity: vision.Critical, Rack: v.Rack, Face: v.Face, Unit: d.Position, Device: d.ID, LED: "disk1", Meaning: "disk1 is amber: drive failed"}},
		Evidence: bothPictures(),
	}
	h.tell("look", o, func() { h.looks[v.ID] = o })
}

func bothPictures() []wire.EvidenceRef {
	return []wire.EvidenceRef{{SHA256: "aa", Kind: "visual", MediaType: "image/png"}, {SHA256: "bb", Kind: "thermal", MediaType: "image/png"}}
}

func (h *hall) Robots(context.Context) ([]fleet.RobotView, error) { return read(h, &h.robots), nil }

func (h *hall) Faults(context.Context) ([]fault.Fault, error) { return read(h, &h.faults), nil }

func (h *hall) Tickets(context.Context) ([]ticket.Ticket, error) { return read(h, &h.tickets), nil }

func (h *hall) Runs(context.Context) ([]remedy.Run, error) { return read(h, &h.runs), nil }

func (h *hall) Inspections(context.Context) ([]fleet.Inspection, error) {
	return read(h, &h.inspections), nil
}

func read[T any](h *hall, list *[]T) []T {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]T{}, *list...)
}

func (h *hall) Patrol(context.Context) (fleet.PatrolView, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := fleet.PatrolView{At: night, Began: night.Add(-10 * time.Minute)}
	for _, v := range h.site.Viewpoints() {
		view := fleet.ViewpointView{ID: v.ID, Rack: v.Rack, Face: v.Face, FromU: v.FromU, ToU: v.ToU, Interval: v.RevisitInterval, State: "never"}
		if o, ok := h.looks[v.ID]; ok {
			view.LookedAt, view.State = &o.At, "within"
		}
		p.Viewpoints = append(p.Viewpoints, view)
	}
	p.Coverage = patrol.Coverage{Viewpoints: len(p.Viewpoints), Within: len(p.Viewpoints), Share: 1}
	return p, nil
}

func (h *hall) Rack(_ context.Context, id string) (fleet.RackView, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := fleet.RackView{Rack: id, Looks: []wire.Observation{}}
	for _, o := range h.looks {
		if o.Rack == id {
			out.Looks = append(out.Looks, o)
		}
	}
	return out, nil
}

func (h *hall) Cancel(context.Context, string, string) (fleet.Inspection, error) {
	return fleet.Inspection{}, fleet.ErrUnknown
}

func (h *hall) Inspect(_ context.Context, w fleet.Wish) ([]fleet.Inspection, error) {
	if w.Rack == "D12" {
		return nil, fmt.Errorf("rack D12: a wall stands before it: %w", fleet.ErrRefused)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var made []fleet.Inspection
	for _, v := range h.site.Viewpoints() {
		if v.Rack == w.Rack && v.Face == w.Face {
			made = append(made, fleet.Inspection{
				ID: "I-" + v.ID, State: fleet.Waiting, Class: "operator", By: w.By, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, At: night,
			})
		}
	}
	h.inspections = append(h.inspections, made...)
	return made, nil
}

func (h *hall) MoveUp(_ context.Context, id, by string) (fleet.MovedUp, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.inspections {
		n := &h.inspections[i]
		if n.ID != id {
			continue
		}
		if n.State != fleet.Waiting {
			return fleet.MovedUp{}, fmt.Errorf("inspection %s is %s: only one that waits is moved up: %w", id, n.State, fleet.ErrRefused)
		}
		n.MovedAt, n.MovedBy = night.Add(time.Minute), by
		n.Promised = &patrol.Promised{Robot: "nightrounds/NR-01", In: time.Minute, P90: 2 * time.Minute, Delays: 40 * time.Second}
		return fleet.MovedUp{Inspection: *n, Before: []string{"I-00001", "I-00002"}}, nil
	}
	return fleet.MovedUp{}, fmt.Errorf("inspection %q: %w", id, fleet.ErrUnknown)
}

func (h *hall) Verify(_ context.Context, id, by string) (fault.Fault, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, f := range h.faults {
		if f.ID == id {
			h.faults[i] = fault.Moved(f, fault.Verifying, night, by+" says that it is repaired")
			return h.faults[i], nil
		}
	}
	return fault.Fault{}, fmt.Errorf("fault %s: %w", id, fleet.ErrUnknown)
}

func (h *hall) Zones(context.Context) ([]zone.Zone, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]zone.Zone{}, h.zones...), nil
}

func (h *hall) Portals(context.Context) ([]fleet.PortalView, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]fleet.PortalView{}, h.portals...), nil
}

// SetZone refuses what would lock the robot in, which stands at a0-01.
func (h *hall) SetZone(_ context.Context, z zone.Zone, lasts time.Duration) (zone.Zone, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	z.ID, z.From = fmt.Sprintf("Z-%04d", len(h.zones)+1), night
	if lasts > 0 {
		z.Until = night.Add(lasts)
	}
	if traps := h.traps(z); len(traps) > 0 {
		return zone.Zone{}, fmt.Errorf("%w: %w", fleet.ErrRefused, traps[0])
	}
	h.zones = append(h.zones, z)
	return z, h.feed.Tell("zones", h.zones, false)
}

func (h *hall) PreviewZone(_ context.Context, z zone.Zone, _ time.Duration) (fleet.ZonePreview, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := zone.ReachOf(h.site.Halls[0].Graph, z.Hall, h.zones, z, night)
	p := fleet.ZonePreview{Nodes: len(r.Nodes), Edges: r.Edges, Racks: []string{}, CutOff: []string{}, LockedIn: []string{}}
	if len(r.Lost) > 0 {
		p.CutOff = append(p.CutOff, "A01", "A02")
	}
	if traps := h.traps(z); len(traps) > 0 {
		p.LockedIn, p.Refusal = []string{traps[0].Robot}, traps[0].Error()
	}
	return p, nil
}

func (h *hall) traps(z zone.Zone) []zone.Trap {
	return zone.Traps(h.site.Halls[0].Graph, z.Hall, h.zones, z, h.standing, night)
}

func (h *hall) LiftZone(_ context.Context, id, by string) (zone.Zone, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, z := range h.zones {
		if z.ID == id {
			h.zones, h.liftedBy = slices.Delete(h.zones, i, i+1), by
			return z, h.feed.Tell("zones", h.zones, false)
		}
	}
	return zone.Zone{}, fmt.Errorf("zone %s: %w", id, fleet.ErrUnknown)
}

func (h *hall) Alarms(context.Context) ([]fleet.AlarmView, error) { return read(h, &h.alarms), nil }

func (h *hall) RaiseAlarm(_ context.Context, a alarm.Alarm) (alarm.Alarm, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a.ID, a.At = "A-0001", night
	h.alarms = []fleet.AlarmView{{Alarm: a, Robots: []fleet.Evacuee{{ID: "nightrounds/NR-01", State: fleet.Leaving, Hall: "hall-1", Node: "a0-01", Place: "w0"}}}}
	return a, h.feed.Tell("alarms", h.alarms, true)
}

func (h *hall) ClearAlarm(_ context.Context, id, by string) (alarm.Alarm, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.alarms) != 1 || h.alarms[0].ID != id {
		return alarm.Alarm{}, fmt.Errorf("alarm %s: %w", id, fleet.ErrUnknown)
	}
	a := h.alarms[0].Alarm
	h.alarms, h.clearedBy = []fleet.AlarmView{}, by
	return a, h.feed.Tell("alarms", h.alarms, true)
}

func (h *hall) SignalAlarm(context.Context, alarm.Signal, time.Time) error { return fleet.ErrRefused }

// pictures are evidence that shows nothing but a colour.
type pictures struct{}

func (pictures) Open(context.Context, string) (io.ReadSeekCloser, evidence.Content, error) {
	img := image.NewRGBA(image.Rect(0, 0, 36, 64))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, evidence.Content{}, err
	}
	return nopCloser{bytes.NewReader(b.Bytes())}, evidence.Content{MediaType: "image/png"}, nil
}

func (pictures) OpenPackage(context.Context, string) (io.ReadSeekCloser, evidence.Content, error) {
	return nil, evidence.Content{}, evidence.ErrNotFound
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }
