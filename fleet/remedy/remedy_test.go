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

func TestRunWalksItsStepsAndWaitsForApproval(t *testing.T) {
	books, err := remedy.Parse([]byte(twoSteps))
	if err != nil {
		t.Fatal(err)
	}
	book, ok := remedy.For(books, "disk-failed")
	if !ok {
		t.Fatal("no runbook for disk-failed")
	}
	r, err := remedy.Start(book, "R-1", "F-1", nil, night)
	if err != nil || r.State != remedy.Acting {
		t.Fatalf("started: %+v, %v", r, err)
	}
	if _, err := remedy.Approved(r, "ann", night); err == nil {
		t.Fatal("approved a step that waits for none")
	}
	r = remedy.Accepted(r, night.Add(time.Second))
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
	if r, err = remedy.Approved(r, "ann", night); err != nil || r.Key() != "R-1.1" {
		t.Fatalf("approved: %+v, %v", r, err)
	}
	r = remedy.Tick(remedy.Accepted(r, night), book, night.Add(time.Minute))
	if r.State != remedy.Done || r.Active() {
		t.Fatalf("at its end: %s", r.State)
	}
}

func TestStepThatNobodyTakesFails(t *testing.T) {
	books, _ := remedy.Parse([]byte(twoSteps))
	r, _ := remedy.Start(books[0], "R-1", "F-1", nil, night)
	if r = remedy.Tick(r, books[0], night.Add(10*time.Minute)); r.State != remedy.Failed || !strings.Contains(r.Why, "pull the disk") {
		t.Fatalf("run %+v", r)
	}
}

func TestRunbookRunsNoOftenerThanItMay(t *testing.T) {
	books, _ := remedy.Parse([]byte(twoSteps))
	runs := []remedy.Run{{Runbook: "swap-disk", StartedAt: night}, {Runbook: "swap-disk", StartedAt: night.Add(time.Minute)}}
	if _, err := remedy.Start(books[0], "R-3", "F-3", runs, night.Add(30*time.Minute)); !errors.Is(err, remedy.ErrTooOften) {
		t.Fatalf("third run within the hour: %v", err)
	}
	if _, err := remedy.Start(books[0], "R-3", "F-3", runs, night.Add(61*time.Minute)); err != nil {
		t.Fatal(err)
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
  - id: a
    faults: [k]
    steps: []
`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"runbooks.yaml:4: runbooks[0].colour: unknown field", "runbooks[0].faults: name at least one",
		"runbooks.yaml:7: runbooks[0].steps[0].timeout", "runbooks.yaml:9: runbooks[0].steps[0].webhook.url",
		"runbooks[1].steps: name at least one step", `runbooks[1].id: "a" is taken`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

func TestSiteWithoutRunbooksHasNone(t *testing.T) {
	books, err := remedy.Load(fstest.MapFS{})
	if err != nil || len(books) != 0 {
		t.Fatalf("%v, %v", books, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(twoSteps))
	f.Add([]byte("runbooks: [1, {steps: {}}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		books, err := remedy.Parse(text)
		if err == nil {
			for _, b := range books {
				if len(b.Faults) == 0 || len(b.Steps) == 0 {
					panic("a runbook without faults or steps was accepted")
				}
			}
		}
	})
}
