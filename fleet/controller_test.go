package fleet_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/signed"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var robot = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}

const (
	brokenDisk   = "A02-srv-15"
	brokenLED    = "disk4"
	seenFrom     = "A02-front-1"
	secretText   = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	swapRunbook  = "runbooks:\n  - id: swap-disk\n    faults: [disk-failed]\n    steps:\n      - name: swap\n        webhook: {url: \"URL\", secretEnv: S}\n        timeout: 10m\n        settle: 5s\n"
	askFirstBook = "        needsApproval: true\n"
)

// A desk is a controller whose robots, technician and ticket system are the test itself.
type desk struct {
	t       *testing.T
	epoch   time.Time
	c       *fleet.Controller
	journal *memory
	stop    func()
	mu      sync.Mutex
	sent    map[string][][]byte // what robots were sent, by topic
	changed chan struct{}       // closed and made anew with each event
	steps   []string            // webhook ids that the technician took
	tickets []string            // revisions that the ticket system took
	refuse  int                 // deliveries that the ticket system still refuses
	// sinks and pictures stand for the test's own ticket system and for no pictures, where they are set; patience is how
	// long until waits, 20 s when it is not.
	sinks    []ticket.Sink
	pictures *pictures
	patience time.Duration
	// record, unless nil, adds to what the site's record says.
	record func(*maps.Site)
	// executors carry out the steps that touch machines.
	executors map[remedy.Kind]remedy.Executor
	reread    func() (remedy.File, error)
	// machines, unless nil, makes those that the controller asks.
	machines func(*maps.Site, clock.Clock) fleet.Machines
	inbound  []*inbound.Source
	speed    float64 // of the controller's clock; 0 is 60
}

// open starts a controller on what the desk's journal and store hold.
func (d *desk) open(file, books string) {
	d.t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		d.t.Fatal(err)
	}
	if d.record != nil {
		d.record(site)
	}
	technician := d.receiver(func(id string, _ []byte) bool { d.steps = append(d.steps, id); return true })
	tickets := d.receiver(func(id string, _ []byte) bool {
		d.refuse--
		if d.refuse < 0 {
			d.tickets = append(d.tickets, id)
		}
		return d.refuse < 0
	})
	runbooks, err := remedy.Parse([]byte(strings.ReplaceAll(books, "URL", technician.URL)))
	if err != nil {
		d.t.Fatal(err)
	}
	secret, err := webhook.ParseSecret(secretText)
	if err != nil {
		d.t.Fatal(err)
	}
	st, err := store.Open(store.Options{Path: file})
	if err != nil {
		d.t.Fatal(err)
	}
	tick := clock.Clock{Epoch: d.epoch, Speed: cmp.Or(d.speed, 60)}
	o := fleet.Options{
		Site: site, Runbooks: runbooks, Reread: d.reread, Executors: d.executors, Secret: func(string) (string, bool) { return secretText, true },
		Sinks: []ticket.Sink{signed.To(tickets.URL, secret, tickets.Client(), time.Now)},
		Store: st, Pictures: noPictures{}, Out: d, Rules: fleet.DefaultRules(),
		Clock: tick, Inbound: d.inbound, Told: func(string, any) { d.event() },
	}
	if d.machines != nil {
		o.Machines = d.machines(site, tick)
	}
	if d.sinks != nil {
		o.Sinks, o.Pictures, o.Picture = d.sinks, d.pictures, d.pictures.read
		o.Logger = slog.New(slog.NewTextHandler(d.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	d.c, err = fleet.New(o)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.c.Lead(ctx, d.journal) }()
	d.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("controller ended: %v", err)
		}
		technician.Close()
		tickets.Close()
		if err := st.Close(); err != nil {
			d.t.Error(err)
		}
	}
}

func newDesk(t *testing.T) *desk {
	return &desk{t: t, epoch: time.Now(), journal: &memory{}, sent: map[string][][]byte{}, changed: make(chan struct{})}
}

// receiver takes signed webhooks, each with its id.
func (d *desk) receiver(take func(id string, body []byte) bool) *httptest.Server {
	secret, err := webhook.ParseSecret(secretText)
	if err != nil {
		d.t.Fatal(err)
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the controller was stopped while it wrote
		}
		if err := secret.Verify(r.Header, body, time.Now()); err != nil {
			d.t.Errorf("webhook: %v", err)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if !take(r.Header.Get("webhook-id"), body) {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
	}))
}

func (d *desk) Publish(_ context.Context, topic string, _ byte, payload []byte) error {
	d.mu.Lock()
	d.sent[topic] = append(d.sent[topic], payload)
	d.mu.Unlock()
	d.event()
	return nil
}

func (d *desk) event() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.changed)
	d.changed = make(chan struct{})
}

// until waits for something to become true, looking again at each event of the controller.
func (d *desk) until(what string, ok func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), max(d.patience, 20*time.Second))
	defer cancel()
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			d.t.Fatalf("never: %s", what)
		}
	}
}

// look is an observation of the sample's disk light, which shows the colour.
func look(seq, secondOf uint64, action, colour string, at time.Time) wire.Observation {
	o := wire.Observation{
		Manufacturer: robot.Manufacturer, SerialNumber: robot.SerialNumber, Seq: seq, At: at, OrderID: "O-1", ActionID: action,
		SitePackage: strings.Repeat("0", 64), Hall: "hall-1", Viewpoint: seenFrom, Rack: "A02", Face: maps.Front, SecondLookOf: secondOf,
		Registration: vision.Registration{Method: "tags", Tags: 4, SigmaMM: 1},
		LEDs:         []vision.LEDReading{{Device: brokenDisk, LED: brokenLED, Colour: colour, Pattern: "solid", Confidence: 0.95}},
		Devices:      []vision.TemperatureReading{}, Units: []vision.TemperatureReading{}, Findings: []vision.Finding{}, Evidence: []wire.EvidenceRef{},
	}
	if colour == "amber" {
		o.Findings = []vision.Finding{{
			Kind: "disk-failed", Severity: vision.Warning, Rack: "A02", Face: maps.Front, Unit: 15, Device: brokenDisk, LED: brokenLED,
			Meaning: "disk4 is amber", Confidence: 0.95,
		}}
	}
	return o
}

func (d *desk) hear(o wire.Observation) {
	d.t.Helper()
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		d.t.Fatal(err)
	}
	id := wire.RobotID{Manufacturer: o.Manufacturer, SerialNumber: o.SerialNumber}
	d.c.Hear(d.t.Context(), listen.Message{Robot: id, Kind: "observation", Payload: payload, QoS: 1})
}

// now is a moment after everything that the controller has done so far.
func (d *desk) now() time.Time {
	p, err := d.c.Patrol(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return p.At
}

func (d *desk) fault() fault.Fault {
	d.t.Helper()
	all, err := d.c.Faults(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if len(all) != 1 {
		return fault.Fault{}
	}
	return all[0]
}

func (d *desk) state(s fault.State) {
	d.t.Helper()
	d.until(string(s), func() bool { return d.fault().State == s })
}

// verification is the id of the inspection that the controller asked for.
func (d *desk) verification() (id string) {
	d.t.Helper()
	d.until("a verification is asked for", func() bool {
		all, err := d.c.Inspections(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(i fleet.Inspection) bool { return i.Class == "verification" && i.Open() })
		if i >= 0 {
			id = all[i].ID
		}
		return i >= 0
	})
	return id
}

func TestFaultTravelsTheWholeWay(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", swapRunbook)
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.state(fault.Suspected)
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.state(fault.Verifying)
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.until("the ticket is delivered, open and closed", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return slices.Equal(d.tickets, []string{"T-0001.1", "T-0001.2"})
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.steps, []string{"R-0001.0"}) {
		t.Errorf("the technician was asked %q, want once", d.steps)
	}
}

// A note is no alarm: it brings back no fault that was verified to be gone. A warning does.
func TestANoteReopensNoFault(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", swapRunbook)
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.state(fault.Verifying)
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	note := look(4, 0, "b", "amber", d.now())
	for i := range note.Findings {
		note.Findings[i].Severity = vision.Info
	}
	d.hear(note)
	if s := d.fault().State; s != fault.Resolved {
		t.Errorf("after a note the fault is %s", s)
	}
	d.hear(look(5, 0, "c", "amber", d.now()))
	d.state(fault.Reopened)
}

func TestObservationsCountOnceAndInOrder(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	at := d.now()
	for _, seq := range []uint64{1, 1, 3, 2, 1, 3} {
		d.hear(look(seq, 0, "a", "green", at))
	}
	topic := wire.Topic("sample", robot, "receipt")
	d.until("a receipt for all three", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		var r wire.Receipt
		if list := d.sent[topic]; len(list) == 0 || json.Unmarshal(list[len(list)-1], &r) != nil {
			return false
		}
		return r.Seq == 3
	})
	var journaled []uint64
	for _, r := range d.journal.recs {
		var c fleet.Change
		if err := json.Unmarshal(r.Data, &c); err != nil {
			t.Fatal(err)
		}
		if c.Observation != nil {
			journaled = append(journaled, c.Observation.Seq)
		}
	}
	if !slices.Equal(journaled, []uint64{1, 2, 3}) {
		t.Fatalf("journaled %v, want 1, 2, 3 once each", journaled)
	}
}

func TestRobotThatForgotIsBelievedInTheEnd(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	at := d.now()
	for range 20 { // it begins again with 100 after each receipt: it has nothing older
		d.hear(look(100, 0, "a", "green", at))
	}
	robots, err := d.c.Robots(t.Context())
	if err != nil || len(robots) != 1 || robots[0].Observations != 100 {
		t.Fatalf("robots %+v, %v: want observation 100 taken", robots, err)
	}
}

func TestRestartGoesOnWhereItStood(t *testing.T) {
	for _, kept := range []bool{true, false} {
		file := filepath.Join(t.TempDir(), "store.db")
		d := newDesk(t)
		d.open(file, swapRunbook)
		d.hear(look(1, 0, "a", "amber", d.now()))
		d.hear(look(2, 1, "a", "amber", d.now()))
		d.state(fault.Verifying)
		want := d.verification()
		d.stop()
		if !kept {
			file = filepath.Join(t.TempDir(), "store.db") // lost: all of it comes from the journal
		}
		d.open(file, swapRunbook)
		if got := d.verification(); got != want {
			t.Errorf("store kept %v: verification %s, want %s as before", kept, got, want)
		}
		d.hear(look(2, 1, "a", "amber", d.now())) // heard already
		d.hear(look(3, 0, want, "green", d.now()))
		d.state(fault.Resolved)
		d.stop()
		if !slices.Equal(d.steps, []string{"R-0001.0"}) {
			t.Errorf("store kept %v: the technician was asked %q, want once", kept, d.steps)
		}
	}
}

func TestTicketSystemThatIsAwayGetsItsTicketLater(t *testing.T) {
	d := newDesk(t)
	d.refuse = 2
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.until("the refusal is on the ticket", func() bool {
		all, err := d.c.Tickets(t.Context())
		return err == nil && len(all) == 1 && strings.Contains(all[0].Problems["webhook"], "busy")
	})
	d.until("the delivery", func() bool {
		all, err := d.c.Tickets(t.Context())
		return err == nil && len(all) == 1 && all[0].Delivered["webhook"] == 1 && len(all[0].Problems) == 0
	})
}

func TestStepThatInterruptsServiceWaitsForAPerson(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", swapRunbook+askFirstBook)
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.until("the repair waits for approval", func() bool {
		runs, err := d.c.Runs(t.Context())
		return err == nil && len(runs) == 1 && runs[0].State == remedy.AwaitingApproval
	})
	if d.mu.Lock(); len(d.steps) != 0 {
		t.Error("the technician was asked before anybody approved")
	}
	d.mu.Unlock()
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", "what I was shown"); err == nil {
		t.Error("approved on other evidence than there is")
	}
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", ""); err != nil {
		t.Fatal(err)
	}
	d.until("one robot's word is not enough: another look is asked for", func() bool {
		all, err := d.c.Inspections(t.Context())
		return err == nil && slices.ContainsFunc(all, func(i fleet.Inspection) bool { return i.By == "evidence for R-0001" })
	})
	if d.mu.Lock(); len(d.steps) != 0 {
		t.Error("the technician was asked on the word of one robot")
	}
	d.mu.Unlock()
	d.hearOther(1, "b", "amber")
	d.state(fault.Verifying)
	if _, err := d.c.Approve(t.Context(), "R-0001", "ann", ""); err == nil {
		t.Error("a repair that is done was approved again")
	}
}

func TestFaultWithoutRunbookCallsAPersonWhoSaysWhenItIsRepaired(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.state(fault.Escalated)
	if _, err := d.c.Verify(t.Context(), "F-0001", "ann"); err != nil {
		t.Fatal(err)
	}
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
}

func TestInspectAnswersWithItsLooks(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	for wish, want := range map[fleet.Wish]int{
		{Rack: "A03"}:                            4,
		{Rack: "A03", Face: maps.Rear}:           2,
		{Rack: "A03", Face: maps.Front, Unit: 1}: 1,
		{Device: brokenDisk, Face: maps.Front}:   1,
		{Rack: "nowhere"}:                        0,
		{Rack: "A03", Unit: 99}:                  0,
		{Rack: "A03", Device: brokenDisk}:        0,
	} {
		got, err := d.c.Inspect(t.Context(), wish)
		if len(got) != want || (err == nil) != (want > 0) {
			t.Errorf("%+v: %d looks, %v; want %d", wish, len(got), err, want)
		}
	}
	all, err := d.c.Inspections(t.Context())
	if err != nil || len(all) != 8 {
		t.Fatalf("%d inspections, %v", len(all), err)
	}
}
