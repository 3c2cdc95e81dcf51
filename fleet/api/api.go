// Package api is the controller's HTTP face: a JSON API described by OpenAPI 3.1 (/api/v1/openapi.json), live events
// (/api/v1/events), evidence pictures and site packages by their content, and the page.
//
// It decides nothing: it asks the controller and says in HTTP what it answered.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

// A Controller answers what the API is asked.
type Controller interface {
	Robots(ctx context.Context) ([]fleet.RobotView, error)
	Patrol(ctx context.Context) (fleet.PatrolView, error)
	Rack(ctx context.Context, id string) (fleet.RackView, error)
	Faults(ctx context.Context) ([]fault.Fault, error)
	Tickets(ctx context.Context) ([]ticket.Ticket, error)
	Runs(ctx context.Context) ([]remedy.Run, error)
	Inspections(ctx context.Context) ([]fleet.Inspection, error)
	Inspect(ctx context.Context, w fleet.Wish) ([]fleet.Inspection, error)
	Cancel(ctx context.Context, inspection, by string) (fleet.Inspection, error)
	MoveUp(ctx context.Context, inspection, by string) (fleet.MovedUp, error)
	Approve(ctx context.Context, run, by, evidence string) (remedy.Run, error)
	Decline(ctx context.Context, run, by, why string) (remedy.Run, error)
	Opened(ctx context.Context, run, by string) (remedy.Run, error)
	TaskDone(ctx context.Context, run, by string) (remedy.Run, error)
	Stopped(ctx context.Context) (remedy.Stop, error)
	StopRemedies(ctx context.Context, on bool, by, why string) (remedy.Stop, error)
	RereadRunbooks(ctx context.Context, by string) (runbooks int, err error)
	Plan(ctx context.Context, fault string) (fleet.Plan, error)
	Reports(ctx context.Context, fault string) ([]fleet.Report, error)
	Judge(ctx context.Context, fault string, says fault.Judgement, by, note string) (fault.Verdict, error)
	Precision(ctx context.Context) ([]fault.Precision, error)
	Verify(ctx context.Context, fault, by string) (fault.Fault, error)
	Zones(ctx context.Context) ([]zone.Zone, error)
	SetZone(ctx context.Context, z zone.Zone, lasts time.Duration) (zone.Zone, error)
	PreviewZone(ctx context.Context, z zone.Zone, lasts time.Duration) (fleet.ZonePreview, error)
	LiftZone(ctx context.Context, id, by string) (zone.Zone, error)
	Sinks(ctx context.Context) ([]fleet.SinkView, error)
	DeadLetters(ctx context.Context) ([]ticket.Dead, error)
	Resend(ctx context.Context, ticket, sink, by string) ([]ticket.Dead, error)
	TestSink(ctx context.Context, name string) ([]string, error)
	HearSink(ctx context.Context, name string, h http.Header, body []byte) error
	Alarms(ctx context.Context) ([]fleet.AlarmView, error)
	RaiseAlarm(ctx context.Context, a alarm.Alarm) (alarm.Alarm, error)
	ClearAlarm(ctx context.Context, id, by string) (alarm.Alarm, error)
	SignalAlarm(ctx context.Context, s alarm.Signal, sent time.Time) error
	Portals(ctx context.Context) ([]fleet.PortalView, error)
	Silences(ctx context.Context) ([]fleet.SilenceView, error)
	SetSilence(ctx context.Context, s quiet.Silence, lasts time.Duration) (quiet.Silence, error)
	LoadSilences(ctx context.Context, file string, text []byte, by string) ([]fleet.SilenceView, error)
	EndSilence(ctx context.Context, id, by string) (quiet.Silence, error)
}

// Contents are bytes by their content.
type Contents interface {
	Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, evidence.Content, error)
	OpenPackage(ctx context.Context, sha256 string) (io.ReadSeekCloser, evidence.Content, error)
}

// Options are what the API speaks for.
type Options struct {
	Site       *maps.Site
	Package    string // SHA-256 of the site package
	Controller Controller
	Contents   Contents
	Events     http.Handler // server-sent events
	Page       http.Handler // everything that is not the API
	// AlarmSecret signs the alarm signals that come from outside; without one none is taken.
	AlarmSecret webhook.Secret
	// Inbound takes alarms from outside; nil: none is taken. Outside lists them.
	Inbound http.Handler
	Outside func(context.Context) ([]inbound.Alarm, error)
	Logger  *slog.Logger
}

// answerWithin bounds how long a question may wait for the controller.
const answerWithin = 10 * time.Second

// New is the handler of the whole HTTP face. Requests that change something are refused from other origins.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Nightrounds", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", "/api/v1/schemas"
	config.CreateHooks = nil // no $schema in bodies
	h := &handler{o: o}
	h.register(humago.New(mux, config))
	mux.Handle("GET /api/v1/events", o.Events)
	mux.HandleFunc("GET /api/v1/evidence/{sha256}", h.evidence)
	mux.HandleFunc("GET /api/v1/packages/{file}", h.sitePackage)
	mux.HandleFunc("POST /api/v1/sinks/{name}/hear", h.hearSink)
	mux.HandleFunc("POST /api/v1/alarms/signal", h.signal)
	if o.Inbound != nil {
		mux.Handle("POST /api/v1/inbound/{source}", o.Inbound)
	}
	mux.Handle("GET /", o.Page)
	return http.NewCrossOriginProtection().Handler(withHeaders(mux))
}

// withHeaders says what a page from here may do.
func withHeaders(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
		"font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

type handler struct {
	o Options
}

// A body is an answer.
type body[T any] struct {
	Body T
}

func (h *handler) register(a huma.API) {
	site := siteView(h.o.Site, h.o.Package)
	get(h, a, "site", "The place: halls, racks, devices, route graph, docks", func(context.Context) (Site, error) { return site, nil })
	get(h, a, "robots", "All robots", h.o.Controller.Robots)
	get(h, a, "patrol", "Every viewpoint's age against its revisit interval", h.o.Controller.Patrol)
	get(h, a, "faults", "All faults, newest first", h.o.Controller.Faults)
	get(h, a, "tickets", "All tickets, newest first", h.o.Controller.Tickets)
	get(h, a, "remedies", "All repairs, newest first", h.o.Controller.Runs)
	get(h, a, "inspections", "All inspections, newest first", h.o.Controller.Inspections)
	huma.Get(a, "/api/v1/racks/{id}", func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (*body[fleet.RackView], error) {
		return answer(ctx, h, func(ctx context.Context) (fleet.RackView, error) { return h.o.Controller.Rack(ctx, in.ID) })
	}, summary("A rack's newest looks"))
	huma.Post(a, "/api/v1/inspections", func(ctx context.Context, in *struct{ Body wish }) (*body[[]fleet.Inspection], error) {
		return answer(ctx, h, func(ctx context.Context) ([]fleet.Inspection, error) {
			return h.o.Controller.Inspect(ctx, fleet.Wish(in.Body))
		})
	}, summary("Ask for a look; answers with one inspection for each viewpoint"))
	huma.Post(a, "/api/v1/inspections/{id}/cancel", func(ctx context.Context, in *named) (*body[fleet.Inspection], error) {
		return answer(ctx, h, func(ctx context.Context) (fleet.Inspection, error) {
			return h.o.Controller.Cancel(ctx, in.ID, in.Body.By)
		})
	}, summary("Take back an inspection that waits"))
	huma.Post(a, "/api/v1/inspections/{id}/move-up", func(ctx context.Context, in *named) (*body[fleet.MovedUp], error) {
		return answer(ctx, h, func(ctx context.Context) (fleet.MovedUp, error) {
			return h.o.Controller.MoveUp(ctx, in.ID, in.Body.By)
		})
	}, summary("Have an inspection that waits served before the others of its class; answers with its new promise and what that delays"))
	huma.Post(a, "/api/v1/faults/{id}/verify", func(ctx context.Context, in *named) (*body[fault.Fault], error) {
		return answer(ctx, h, func(ctx context.Context) (fault.Fault, error) { return h.o.Controller.Verify(ctx, in.ID, in.Body.By) })
	}, summary("Say that a fault is repaired: a robot looks again"))
	h.remedies(a)
	h.zones(a)
	h.sinks(a)
	h.alarms(a)
	h.silences(a)
	if h.o.Outside != nil {
		h.outside(a)
	}
	get(h, a, "portals", "Doors, lifts and airlocks on robots' ways: what they are, who needs them, what was last wrong", h.o.Controller.Portals)
}

// A wish is fleet.Wish with what a client may leave out.
type wish struct {
	Rack   string    `json:"rack,omitempty" doc:"rack id; may be left out when device is given" maxLength:"100"`
	Face   maps.Face `json:"face,omitempty" enum:"front,rear" doc:"both when left out"`
	Unit   int       `json:"unit,omitempty" minimum:"0" maximum:"100"`
	Device string    `json:"device,omitempty" maxLength:"200"`
	By     string    `json:"by,omitempty" doc:"who asks" maxLength:"200"`
	Class  string    `json:"class,omitempty" enum:"emergency,operator,patrol" doc:"operator when left out; emergency: the nearest robot breaks off; patrol: when a robot comes by"`
}

// named is a request about one thing in a person's name.
type named struct {
	ID   string `path:"id"`
	Body struct {
		By string `json:"by" minLength:"1" maxLength:"200"`
	}
}

func get[T any](h *handler, a huma.API, what, says string, ask func(context.Context) (T, error)) {
	huma.Get(a, "/api/v1/"+what, func(ctx context.Context, _ *struct{}) (*body[T], error) { return answer(ctx, h, ask) }, summary(says))
}

func summary(says string) func(*huma.Operation) {
	return func(o *huma.Operation) { o.Summary = says }
}

// answer asks the controller and turns its error into a status that says whose fault it is.
func answer[T any](ctx context.Context, h *handler, ask func(context.Context) (T, error)) (*body[T], error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	v, err := ask(ctx)
	switch {
	case err == nil:
		return &body[T]{v}, nil
	case errors.Is(err, fleet.ErrUnknown):
		return nil, huma.Error404NotFound(err.Error())
	case errors.Is(err, fleet.ErrRefused):
		return nil, huma.Error409Conflict(err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return nil, huma.Error503ServiceUnavailable("this controller does not lead the site now; try again in a moment")
	}
	h.o.Logger.Error("request failed", "error", err)
	return nil, huma.Error500InternalServerError("the controller failed; its log says why")
}

// evidence serves a picture; its name is its content, so a browser may keep it for ever.
func (h *handler) evidence(w http.ResponseWriter, r *http.Request) {
	h.content(w, r, r.PathValue("sha256"), h.o.Contents.Open)
}

func (h *handler) sitePackage(w http.ResponseWriter, r *http.Request) {
	const ending = ".zip"
	name := r.PathValue("file")
	if len(name) <= len(ending) || name[len(name)-len(ending):] != ending {
		http.NotFound(w, r)
		return
	}
	h.content(w, r, name[:len(name)-len(ending)], h.o.Contents.OpenPackage)
}

func (h *handler) content(w http.ResponseWriter, r *http.Request, sha256 string, open func(context.Context, string) (io.ReadSeekCloser, evidence.Content, error)) {
	f, c, err := open(r.Context(), sha256)
	if err != nil {
		if !errors.Is(err, evidence.ErrNotFound) {
			h.o.Logger.Warn("content not served", "sha256", sha256, "error", fmt.Errorf("open: %w", err))
		}
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", c.MediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", c.At, f)
}
