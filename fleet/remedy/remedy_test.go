package remedy_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

var night = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

const twoSteps = `runbooks:
  - id: swap-disk
    faults: [disk-failed]
    atMost: {count: 2, per: 1h}
    steps:
      - name: pull the disk
        webhook: {url: "http://127.0.0.1:8090/technician", secretEnv: TECHNICIAN}
        timeout: 10m
        settle: 30s
      - name: power-cycle
        webhook: {url: "http://127.0.0.1:8090/technician", secretEnv: TECHNICIAN}
        timeout: 10m
        settle: 30s
        needsApproval: true
`

func parse(t *testing.T, text string) []remedy.Runbook {
	t.Helper()
	f, err := remedy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f.Runbooks
}

func start(t *testing.T, b remedy.Runbook) remedy.Run {
	t.Helper()
	r, err := remedy.Start(b, "R-1", "F-1", nil, night)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunWalksItsStepsAndWaitsForApproval(t *testing.T) {
	book, ok := remedy.For(parse(t, twoSteps), "disk-failed", "")
	if !ok {
		t.Fatal("no runbook for disk-failed")
	}
	r := start(t, book)
	if r.State != remedy.Acting {
		t.Fatalf("started: %+v", r)
	}
	if _, err := remedy.Approved(r, "ann", night); err == nil {
		t.Fatal("approved a step that waits for none")
	}
	r = remedy.Accepted(r, book, "", "", night.Add(time.Second))
	if r = remedy.Tick(r, book, night.Add(30*time.Second)); r.State != remedy.Settling {
		t.Fatalf("before it settled: %s", r.State)
	}
	if r = remedy.Tick(r, book, night.Add(31*time.Second)); r.State != remedy.AwaitingApproval || r.Step != 1 {
		t.Fatalf("a step that interrupts service went on by itself: %+v", r)
	}
	if r = remedy.Tick(r, book, night.Add(24*time.Hour)); r.State != remedy.AwaitingApproval {
		t.Fatalf("waiting grew into %s", r.State)
	}
	if _, err := remedy.Approved(r, "", night); err == nil {
		t.Fatal("approved by nobody")
	}
	r, err := remedy.Approved(r, "ann", night)
	if err != nil || r.Key() != "R-1.1" {
		t.Fatalf("approved: %+v, %v", r, err)
	}
	r = remedy.Tick(remedy.Accepted(r, book, "", "", night), book, night.Add(time.Minute))
	if r.State != remedy.Done || r.Active() || r.Tried() != `tried: "pull the disk", then "power-cycle"` {
		t.Fatalf("at its end: %s, %s", r.State, r.Tried())
	}
}

func TestStepThatNobodyTakesFails(t *testing.T) {
	book := parse(t, twoSteps)[0]
	if r := remedy.Tick(start(t, book), book, night.Add(10*time.Minute)); r.State != remedy.Failed || !strings.Contains(r.Why, "pull the disk") {
		t.Fatalf("run %+v", r)
	}
	held := remedy.Waits(start(t, book), "the stop switch is on")
	if r := remedy.Tick(held, book, night.Add(10*time.Minute)); r.State != remedy.Failed || !strings.Contains(r.Why, "stop switch") {
		t.Fatalf("a run that was held back says %q", r.Why)
	}
}

func TestApprovalIsForItsEvidenceAloneAndExpires(t *testing.T) {
	book := parse(t, strings.ReplaceAll(twoSteps, "    steps:\n", "    steps:\n      - {name: off, outlet: {act: \"off\", port: psu1}, timeout: 10m, settle: 1s}\n"))[0]
	shown := remedy.Shown(start(t, book), "amber since two", night)
	r, err := remedy.Approved(shown, "ann", night)
	if err != nil || r.Approval.Evidence != "amber since two" || r.State != remedy.Acting {
		t.Fatalf("%+v, %v", r, err)
	}
	if other := remedy.Shown(r, "amber since three", night); other.State != remedy.AwaitingApproval || other.Approval != nil || other.Asked != "amber since three" {
		t.Errorf("other evidence did not void the approval: %+v", other)
	}
	if same := remedy.Shown(r, "amber since two", night); same.State != remedy.Acting {
		t.Errorf("the same evidence voided the approval: %+v", same)
	}
	if old := remedy.Expired(r, time.Minute, night.Add(time.Minute)); old.State != remedy.AwaitingApproval || old.Approver != "" {
		t.Errorf("an approval of a minute held for longer: %+v", old)
	}
	if no, err := remedy.Declined(shown, book, "bob", "not tonight", night); err != nil || no.State != remedy.Failed || no.Why != "declined by bob: not tonight" {
		t.Errorf("declined: %+v, %v", no, err)
	}
}

const undoes = `runbooks:
  - id: cooler
    faults: [warm]
    steps:
      - {name: light, redfish: {act: locator-on}, timeout: 1m, settle: 1s, undo: dark}
      - {name: colder, setpoint: {value: 20, min: 18, max: 25, maxStep: 2}, timeout: 1m, settle: 1s, undo: warmer, next: look}
      - {id: dark, name: dark, redfish: {act: locator-off}, timeout: 1m, settle: 1s}
      - {id: warmer, name: as before, setpoint: {value: 22, min: 18, max: 25, maxStep: 2}, timeout: 1m, settle: 1s}
      - {name: never walked, look: {}, timeout: 1m, settle: 1s}
      - {id: look, name: look, look: {expect: gone}, timeout: 1m, settle: 1s}
`

// done is a run after so many of its steps were carried out.
func done(t *testing.T, b remedy.Runbook, steps int) remedy.Run {
	t.Helper()
	r := start(t, b)
	for i := range steps {
		r = remedy.Permitted(r, remedy.Deed{Was: "21.5"}, night)
		r = remedy.Tick(remedy.Accepted(r, b, "", "", night), b, night.Add(time.Duration(i+1)*time.Minute))
	}
	return r
}

func TestFailedRunTakesBackWhatItDidNewestFirst(t *testing.T) {
	book := parse(t, undoes)[0]
	r := done(t, book, 2)
	if s, ok := r.Now(book); !ok || s.Name != "look" {
		t.Fatalf("after two steps it is at %q: next was not followed", s.Name)
	}
	r = remedy.Refused(r, book, "still warm", night)
	d, ok := r.Undone()
	if r.State != remedy.Undoing || book.Steps[r.Step].Name != "as before" || !ok || d.Was != "21.5" {
		t.Fatalf("failed: %+v, undoes %+v", r, d)
	}
	first := r.Key()
	r = remedy.Refused(r, book, "no answer", night)
	if r.State != remedy.Undoing || book.Steps[r.Step].Name != "dark" || r.Key() == first {
		t.Fatalf("an undo that failed ended the others: %+v", r)
	}
	r = remedy.Accepted(r, book, "", "", night)
	if r.State != remedy.Failed || !strings.Contains(r.Why, "still warm") || !strings.Contains(r.Why, "no answer") {
		t.Fatalf("at its end: %+v", r)
	}
}

func TestStepOfWhichNobodyKnowsIsTakenBackToo(t *testing.T) {
	book := parse(t, undoes)[0]
	r := remedy.Permitted(done(t, book, 1), remedy.Deed{Was: "23"}, night)
	r = remedy.Tick(r, book, night.Add(time.Hour))
	if d, ok := r.Undone(); !ok || d.Was != "23" || book.Steps[r.Step].Name != "as before" {
		t.Fatalf("%+v", r)
	}
}

func TestRemedyThatDidNotHelpIsTakenBack(t *testing.T) {
	book := parse(t, undoes)[0]
	r := done(t, book, 3)
	if r.State != remedy.Done {
		t.Fatalf("%+v", r)
	}
	if r = remedy.Unhelped(r, book, "still there", night); r.State != remedy.Undoing {
		t.Fatalf("%+v", r)
	}
	plain := parse(t, strings.Replace(twoSteps, "        needsApproval: true\n", "", 1))[0]
	if r = remedy.Unhelped(done(t, plain, 2), plain, "still there", night); r.State != remedy.Done {
		t.Fatalf("a run that has nothing to take back is %s", r.State)
	}
}

func TestRunIsLostWithItsRunbook(t *testing.T) {
	one, other := parse(t, twoSteps)[0], parse(t, strings.ReplaceAll(twoSteps, "10m", "11m"))[0]
	if r := start(t, one); !r.Follows(one) || r.Follows(other) {
		t.Error("a run follows a runbook that says something else than when it began")
	}
}

func TestRunbookRunsNoOftenerThanItMay(t *testing.T) {
	book := parse(t, twoSteps)[0]
	runs := []remedy.Run{{Runbook: "swap-disk", StartedAt: night}, {Runbook: "swap-disk", StartedAt: night.Add(time.Minute)}}
	if _, err := remedy.Start(book, "R-3", "F-3", runs, night.Add(30*time.Minute)); !errors.Is(err, remedy.ErrTooOften) {
		t.Fatalf("third run within the hour: %v", err)
	}
	if _, err := remedy.Start(book, "R-3", "F-3", runs, night.Add(61*time.Minute)); err != nil {
		t.Fatal(err)
	}
}

func TestRunbookIsForItsCausesAlone(t *testing.T) {
	books := parse(t, strings.Replace(twoSteps, "    atMost", "    causes: [drive-failed]\n    atMost", 1))
	for cause, want := range map[string]bool{"drive-failed": true, "pdu-lost": false, "": false} {
		if _, ok := remedy.For(books, "disk-failed", cause); ok != want {
			t.Errorf("cause %q: %t", cause, ok)
		}
	}
}

// TestRefusedFileSaysWhereAndWhy: one thing is wrong with each file, and it is named with its line.
func TestRefusedFileSaysWhereAndWhy(t *testing.T) {
	step := func(s string) string {
		return "runbooks:\n  - id: a\n    faults: [k]\n    steps:\n      - {" + s + "}\n"
	}
	for text, want := range map[string]string{
		step(`name: x, settle: 1s, look: {}`):                                                                                                          "runbooks.yaml:5: runbooks[0].steps[0].timeout: is missing",
		step(`name: x, timeout: 1m, settle: 1s`):                                                                                                       "runbooks.yaml:5: runbooks[0].steps[0]: missing: how the step is carried out",
		step(`name: x, timeout: 1m, settle: 1s, look: {}, person: {task: t}`):                                                                          "a step is of one kind",
		step(`name: x, timeout: 1m, settle: 1s, redfish: {act: explode}`):                                                                              "want one of locator-on",
		step(`name: x, timeout: 1m, settle: 1s, redfish: {act: fan-mode}`):                                                                             "say the mode",
		step(`name: x, timeout: 1m, settle: 1s, needsApproval: false, redfish: {act: power-cycle}`):                                                    "always needs approval",
		step(`name: x, timeout: 1m, settle: 1s, takes: disk, outlet: {act: "off"}`):                                                                    "takes away a power-supply",
		step(`name: x, timeout: 1m, settle: 1s, setpoint: {value: 26, min: 18, max: 25, maxStep: 1}`):                                                  "26 is outside its bounds, 18 to 25",
		step(`name: x, timeout: 1m, settle: 1s, setpoint: {value: .nan, min: 18, max: 25, maxStep: 1}`):                                                "want a number",
		step(`name: x, timeout: 1m, settle: 1s, setpoint: {value: 20, min: 18, max: 25}`):                                                              "maxStep: is missing",
		step(`name: x, timeout: 1m, settle: 1s, look: {}, next: y`):                                                                                    `no step has the id "y"`,
		step(`name: x, timeout: 1m, settle: 1s, look: {}, undo: y`):                                                                                    `no step has the id "y"`,
		step(`id: x, name: x, timeout: 1m, settle: 1s, look: {}, next: x`):                                                                             "runbooks.yaml:5: runbooks[0].steps[0]: leads back to itself",
		step(`id: x, name: x, timeout: 1m, settle: 1s, look: {}, undo: x`):                                                                             "leads back to itself",
		step(`id: x, name: x, timeout: 1m, settle: 1s, look: {}, if: {cause: 2}`):                                                                      "want a probability",
		step(`id: x, name: x, timeout: 1m, settle: 1s, look: {}, if: {weather: fine}`):                                                                 "unknown field",
		step(`name: x, timeout: 1m, settle: 1s, look: {}, undo: y`) + `      - {id: y, name: y, timeout: 1m, settle: 1s, redfish: {act: power-cycle}}`: "must be one that interrupts nothing",
		step(`name: x, timeout: 1m, settle: 1s, look: {}, next: y, undo: y`) + `      - {id: y, name: y, timeout: 1m, settle: 1s, look: {}}`:           "never gone on to",
		"limits: {atOnce: 0}":        "limits.atOnce: want a whole number from 1",
		"limits: {sources: 1}":       "fewer than 2",
		"limits: {perRow: 1}":        "limits.perRow: unknown field",
		"runbooks: []\nrunbooks: []": "runbooks.yaml:2: runbooks: stands twice",
	} {
		if _, err := remedy.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgives %v\n\twant %q", text, err, want)
		}
	}
}

func TestLimitsOfAFileHold(t *testing.T) {
	f, err := remedy.Parse([]byte("limits: {atOnce: 1, coolDown: 1h}"))
	if err != nil || f.Limits.AtOnce != 1 || f.Limits.CoolDown != time.Hour || f.Limits.PerHour != remedy.DefaultLimits().PerHour {
		t.Fatalf("%+v, %v", f.Limits, err)
	}
}

func TestEveryFaultOfAFileIsNamedAtOnce(t *testing.T) {
	_, err := remedy.Parse([]byte(`runbooks:
  - id: a
    faults: []
    colour: red
    steps:
      - name: x
        timeout: never
        settle: 1s
        webhook: {url: "ftp://x", secretEnv: S}
      - name: y
        timeout: 1m
        settle: 1s
        webhook: {url: "https://ann:letmein@x", secretEnv: S}
  - id: a
    faults: [k]
    steps: []
`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"runbooks.yaml:4: runbooks[0].colour: unknown field", "runbooks[0].faults: name at least one",
		"runbooks.yaml:7: runbooks[0].steps[0].timeout", "runbooks.yaml:9: runbooks[0].steps[0].webhook.url", "runbooks.yaml:13: runbooks[0].steps[1].webhook.url: no login",
		"runbooks[1].steps: name at least one step", `runbooks[1].id: "a" is taken`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

func TestSiteWithoutRunbooksHasNone(t *testing.T) {
	f, err := remedy.Load(fstest.MapFS{})
	if err != nil || len(f.Runbooks) != 0 || f.Limits != remedy.DefaultLimits() {
		t.Fatalf("%+v, %v", f, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(twoSteps))
	f.Add([]byte("runbooks: [1, {steps: {}}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte(undoes))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := remedy.Parse(text)
		if err != nil {
			return
		}
		for _, b := range file.Runbooks {
			if len(b.Faults) == 0 || len(b.Steps) == 0 {
				t.Fatal("a runbook without faults or steps was accepted")
			}
			walk(t, b)
		}
	})
}

// walk carries out every step of a runbook, or fails at each: it ends within as many steps as there are.
func walk(t *testing.T, b remedy.Runbook) {
	for fail := range len(b.Steps) + 1 {
		r, now := start2(b), night
		for i := 0; r.Active(); i++ {
			s, ok := r.Now(b)
			if !ok || s.Timeout <= 0 || i > 2*len(b.Steps)*(len(b.Steps)+2) {
				t.Fatalf("step %d of %+v never ends", i, b)
			}
			if s.Kind == remedy.SetPoint && (s.Point.Value < s.Point.Min || s.Point.Value > s.Point.Max) {
				t.Fatalf("set-point %+v", s.Point)
			}
			if now = now.Add(s.Timeout); r.State == remedy.Undoing && s.Interrupts() {
				t.Fatalf("an undo interrupts service: %+v", s)
			}
			switch {
			case r.State == remedy.AwaitingApproval:
				r, _ = remedy.Approved(r, "ann", now)
			case r.State == remedy.Settling:
				now = now.Add(s.Settle)
				r = remedy.Tick(r, b, now)
			case i == fail && r.State == remedy.Acting:
				r = remedy.Refused(r, b, "no", now)
			default:
				r = remedy.Accepted(r, b, "", "", now)
			}
		}
	}
}

func start2(b remedy.Runbook) remedy.Run {
	b.AtMost = remedy.Rate{}
	r, _ := remedy.Start(b, "R-1", "F-1", nil, night)
	return r
}

// TestASetPointThatIsSetTwiceIsPutBackToWhatItWasAtFirst: after a restart the driver finds what it had set itself.
func TestASetPointThatIsSetTwiceIsPutBackToWhatItWasAtFirst(t *testing.T) {
	book := parse(t, strings.ReplaceAll(twoSteps, "    steps:\n", "    steps:\n      - {name: cooler, setpoint: {unit: crac-1, value: 20, min: 18, max: 27, maxStep: 2}, timeout: 10m, settle: 1s}\n"))[0]
	r := remedy.Permitted(start(t, book), remedy.Deed{Was: "22"}, night)
	if r = remedy.Accepted(r, book, "20", "the set-point is 20 already", night); r.Did[0].Was != "22" {
		t.Errorf("an undo would put back %q", r.Did[0].Was)
	}
}

func TestAStepThatWasPermittedWhenTheRunbookWentIsNotForgotten(t *testing.T) {
	book := parse(t, twoSteps)[0]
	r := remedy.Permitted(start(t, book), remedy.Deed{Name: "pull the disk", Domain: "rack A02", Takes: remedy.Disk}, night)
	r = remedy.Lost(r, "its runbook is gone", night)
	if r.State != remedy.Failed || r.Permit != nil || len(r.Did) != 1 || r.Did[0].Domain != "rack A02" || r.Tried() != `tried: "pull the disk"` {
		t.Errorf("%+v, %s", r, r.Tried())
	}
}
