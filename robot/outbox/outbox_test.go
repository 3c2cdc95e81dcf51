package outbox_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/robot/outbox"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("OUTBOX_TEST_WRITER"); dir != "" {
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

// writeForEver is the child of TestPutSurvivesKill: it says a place only after its Put has returned.
func writeForEver(dir string) {
	b, err := outbox.Open(outbox.Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		place, err := put(b, fmt.Sprintf("v%d", i), fmt.Sprintf("picture %d", i))
		if err != nil {
			os.Exit(1)
		}
		fmt.Println(place)
	}
}

func open(t testing.TB, o outbox.Options) *outbox.Outbox {
	t.Helper()
	b, err := outbox.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func put(b *outbox.Outbox, viewpoint string, pictures ...string) (uint64, error) {
	o := wire.Observation{Viewpoint: viewpoint}
	evidence := map[string][]byte{}
	for _, p := range pictures {
		sha := name(p)
		evidence[sha] = []byte(p)
		o.Evidence = append(o.Evidence, wire.EvidenceRef{SHA256: sha, Kind: "visual", MediaType: "image/jpeg", Bytes: len(p)})
	}
	return b.Put(o, evidence)
}

func name(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func mustPut(t testing.TB, b *outbox.Outbox, viewpoint string, pictures ...string) uint64 {
	t.Helper()
	place, err := put(b, viewpoint, pictures...)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func receipt(t testing.TB, b *outbox.Outbox, seq uint64, missing ...string) {
	t.Helper()
	if err := b.Receipt(wire.Receipt{Seq: seq, Missing: missing}); err != nil {
		t.Fatal(err)
	}
}

// due lists what is due as seq:viewpoint.
func due(t testing.TB, b *outbox.Outbox) []string {
	t.Helper()
	all, err := b.Due(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range all {
		out = append(out, fmt.Sprintf("%d:%s", o.Seq, o.Viewpoint))
	}
	return out
}

func expectDue(t testing.TB, b *outbox.Outbox, want ...string) {
	t.Helper()
	if got := due(t, b); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("due %v, want %v", got, want)
	}
}

func TestNothingIsDueBeforeTheNumbersAreSettled(t *testing.T) {
	b := open(t, outbox.Options{Dir: t.TempDir()})
	mustPut(t, b, "a")
	expectDue(t, b)
	receipt(t, b, 0)
	expectDue(t, b, "1:a")
}

func TestReceiptCoversAndALowerOneMakesDueAgain(t *testing.T) {
	dir := t.TempDir()
	b := open(t, outbox.Options{Dir: dir})
	receipt(t, b, 0)
	for _, v := range []string{"a", "b", "c"} {
		mustPut(t, b, v)
	}
	receipt(t, b, 2)
	expectDue(t, b, "3:c")
	receipt(t, b, 1)
	expectDue(t, b, "2:b", "3:c")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	expectDue(t, open(t, outbox.Options{Dir: dir}), "2:b", "3:c")
}

func TestARobotWithANewDiskGoesOnBehindWhatTheControllerKnows(t *testing.T) {
	dir := t.TempDir()
	b := open(t, outbox.Options{Dir: dir})
	first := mustPut(t, b, "a")
	if _, err := b.Put(wire.Observation{Viewpoint: "b", SecondLookOf: first}, nil); err != nil {
		t.Fatal(err)
	}
	receipt(t, b, 500)
	expectDue(t, b, "501:a", "502:b")
	all, err := b.Due(501, 10)
	if err != nil || len(all) != 1 || all[0].SecondLookOf != 501 {
		t.Errorf("second look %+v, %v: want it to name 501", all, err)
	}
	receipt(t, b, 502)
	mustPut(t, b, "c")
	expectDue(t, b, "503:c")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	expectDue(t, open(t, outbox.Options{Dir: dir}), "503:c")
}

func TestPicturesOfCoveredLooksMakeRoomOldestFirst(t *testing.T) {
	b := open(t, outbox.Options{Dir: t.TempDir(), MaxEvidenceBytes: 30})
	receipt(t, b, 0)
	mustPut(t, b, "a", "0123456789a")
	mustPut(t, b, "b", "0123456789b")
	receipt(t, b, 2)
	mustPut(t, b, "c", "0123456789c")
	if _, err := b.Evidence(name("0123456789a")); !errors.Is(err, outbox.ErrNoEvidence) {
		t.Errorf("the oldest picture: %v, want it gone", err)
	}
	if p, err := b.Evidence(name("0123456789b")); err != nil || string(p) != "0123456789b" {
		t.Errorf("the newer picture: %q, %v", p, err)
	}
}

func TestUncoveredAndOwedPicturesAreNeverDropped(t *testing.T) {
	b := open(t, outbox.Options{Dir: t.TempDir(), MaxEvidenceBytes: 30})
	receipt(t, b, 0)
	mustPut(t, b, "a", "0123456789a")
	mustPut(t, b, "b", "0123456789b")
	receipt(t, b, 1, name("0123456789a"))
	mustPut(t, b, "c", "0123456789c")
	for _, p := range []string{"0123456789a", "0123456789b"} {
		if _, err := b.Evidence(name(p)); err != nil {
			t.Errorf("picture %s: %v", p, err)
		}
	}
	all, err := b.Due(2, 10)
	if err != nil || len(all) != 1 || len(all[0].Evidence) != 0 {
		t.Errorf("third look %+v, %v: want it kept without its picture", all, err)
	}
}

func TestCoveredObservationsAreForgottenBeyondTheirRoomButTheCountStays(t *testing.T) {
	dir := t.TempDir()
	b := open(t, outbox.Options{Dir: dir, MaxCoveredBytes: 1})
	receipt(t, b, 0)
	for range 5 {
		mustPut(t, b, "a")
	}
	receipt(t, b, 5)
	if s := b.Status(); s.Kept != 1 || s.LastSeq != 5 {
		t.Errorf("status %+v, want only the last kept", s)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if place := mustPut(t, open(t, outbox.Options{Dir: dir}), "b"); place != 6 {
		t.Errorf("next place %d, want 6", place)
	}
}

// TestTornEndCostsOnlyWhatWasNotAcknowledged cuts the file at every byte of the last record.
func TestTornEndCostsOnlyWhatWasNotAcknowledged(t *testing.T) {
	dir := t.TempDir()
	b := open(t, outbox.Options{Dir: dir})
	receipt(t, b, 0)
	mustPut(t, b, "a")
	before := fileSize(t, dir)
	mustPut(t, b, "b")
	whole, err := os.ReadFile(filepath.Join(dir, "observations.db"))
	if err != nil {
		t.Fatal(err)
	}
	for cut := before; cut < len(whole); cut += 7 {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, "observations.db"), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b := open(t, outbox.Options{Dir: torn})
		expectDue(t, b, "1:a")
		if place := mustPut(t, b, "c"); place != 2 {
			t.Fatalf("cut at %d: next place %d, want 2", cut, place)
		}
	}
}

func fileSize(t *testing.T, dir string) int {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "observations.db"))
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

func TestDamageInTheMiddleKeepsWhatStandsBeforeIt(t *testing.T) {
	dir := t.TempDir()
	b := open(t, outbox.Options{Dir: dir})
	receipt(t, b, 0)
	mustPut(t, b, "a")
	receipt(t, b, 1)
	mustPut(t, b, "b")
	at := fileSize(t, dir)
	mustPut(t, b, "lost")
	mustPut(t, b, "lost as well")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "observations.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[at] = 'x'
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	b = open(t, outbox.Options{Dir: dir})
	mustPut(t, b, "c")
	expectDue(t, b)
	receipt(t, b, 4)
	expectDue(t, b, "5:b", "6:c")
	if _, err := os.Stat(path + ".damaged"); err != nil {
		t.Errorf("damaged file: %v, want it kept aside", err)
	}
}

func TestPutSurvivesKill(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	next := uint64(1)
	for range 3 {
		child := exec.Command(exe)
		child.Env = append(os.Environ(), "OUTBOX_TEST_WRITER="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		acked := uint64(0)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if acked, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if acked == next+20 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
		b := open(t, outbox.Options{Dir: dir})
		receipt(t, b, 0)
		all, err := b.Due(0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range all {
			if o.Seq != uint64(i)+1 {
				t.Fatalf("seq %d at place %d: a gap", o.Seq, i)
			}
			for _, ref := range o.Evidence {
				if _, err := b.Evidence(ref.SHA256); err != nil {
					t.Fatalf("seq %d: %v", o.Seq, err)
				}
			}
		}
		if uint64(len(all)) < acked {
			t.Fatalf("%d observations after the kill, %d had been acknowledged", len(all), acked)
		}
		next = uint64(len(all)) + 1
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoObservationIsLostWhateverHappens plays a controller that sometimes forgets, and a robot that restarts.
func TestNoObservationIsLostWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "outbox")
		if err != nil {
			rt.Fatal(err)
		}
		b, err := outbox.Open(outbox.Options{Dir: dir})
		if err != nil {
			rt.Fatal(err)
		}
		base := rapid.Uint64Range(0, 50).Draw(rt, "known before")
		durable := base
		var put []string
		check := func() {
			if err := b.Receipt(wire.Receipt{Seq: durable}); err != nil {
				rt.Fatal(err)
			}
			var want []string
			for i := durable - base; i < uint64(len(put)); i++ {
				want = append(want, fmt.Sprintf("%d:%s", base+i+1, put[i]))
			}
			all, err := b.Due(0, 1000)
			if err != nil {
				rt.Fatal(err)
			}
			var got []string
			for _, o := range all {
				got = append(got, fmt.Sprintf("%d:%s", o.Seq, o.Viewpoint))
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				rt.Fatalf("due %v, want %v", got, want)
			}
		}
		check()
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 3), 1, 12).Draw(rt, "steps") {
			switch step {
			case 0, 1:
				v := fmt.Sprintf("v%d", len(put))
				if _, err := b.Put(wire.Observation{Viewpoint: v}, nil); err != nil {
					rt.Fatal(err)
				}
				put = append(put, v)
			case 2:
				durable = base + rapid.Uint64Range(0, uint64(len(put))).Draw(rt, "durable")
				check()
			case 3:
				if err := b.Close(); err != nil {
					rt.Fatal(err)
				}
				if b, err = outbox.Open(outbox.Options{Dir: dir}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		check()
		if err := b.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestKeptTellsTheCoveredToo(t *testing.T) {
	b := open(t, outbox.Options{Dir: t.TempDir()})
	for i := range 3 {
		if _, err := put(b, fmt.Sprintf("v%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, safe := range []uint64{0, 2} { // the first one settles the numbers
		if err := b.Receipt(wire.Receipt{Seq: safe}); err != nil {
			t.Fatal(err)
		}
	}
	due, err := b.Due(0, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due: %d, %v; want 1", len(due), err)
	}
	for after := range uint64(4) {
		kept, err := b.Kept(after, 10)
		if err != nil || len(kept) != int(3-after) {
			t.Errorf("kept after %d: %d, %v; want %d", after, len(kept), err, 3-after)
		}
	}
}
