package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/store"
)

type fault struct {
	ID string `json:"id"`
}

func open(t interface {
	Helper()
	Fatal(...any)
}, path string) *store.Store {
	t.Helper()
	s, err := store.Open(store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// content is all of a store that holds ints.
func content(t interface{ Fatal(...any) }, s *store.Store) map[string]int {
	got := map[string]int{}
	err := s.View(func(tx *store.Tx) error {
		return store.Scan(tx, "", func(k string, v int) bool { got[k] = v; return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFailedUpdateLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	boom := errors.New("boom")
	if err := s.Update(1, func(tx *store.Tx) error { return store.Put(tx, "a", 1) }); err != nil {
		t.Fatal(err)
	}
	err := s.Update(2, func(tx *store.Tx) error {
		return errors.Join(store.Put(tx, "a", 2), store.Put(tx, "b", 2), boom)
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	for range 2 {
		if got := content(t, s); !maps.Equal(got, map[string]int{"a": 1}) || s.Applied() != 1 {
			t.Errorf("applied %d, content %v", s.Applied(), got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSequenceIsAppliedOnce(t *testing.T) {
	s := open(t, ":memory:")
	nothing := func(*store.Tx) error { return nil }
	for _, c := range []struct {
		seq uint64
		err error
	}{{5, nil}, {5, store.ErrOrder}, {4, store.ErrOrder}, {0, nil}, {9, nil}} {
		if err := s.Update(c.seq, nothing); !errors.Is(err, c.err) {
			t.Errorf("update %d: %v, want %v", c.seq, err, c.err)
		}
	}
	if s.Applied() != 9 {
		t.Errorf("applied %d", s.Applied())
	}
}

func TestViewCannotWriteAndGetSaysWhatIsMissing(t *testing.T) {
	s := open(t, ":memory:")
	err := s.View(func(tx *store.Tx) error {
		if store.Put(tx, "a", 1) == nil || store.Delete(tx, "a") == nil {
			t.Error("View wrote")
		}
		_, err := store.Get[int](tx, "a")
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

func TestSnapshotInAFileCountsOnlyWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	if err := s.Update(1, func(tx *store.Tx) error {
		var err error
		for i := range 2500 { // more than one frame of a snapshot
			err = errors.Join(err, store.Put(tx, fmt.Sprintf("k%04d", i), i))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for cut, want := range map[int]int{b.Len(): 2500, b.Len() - 1: 0, b.Len() / 2: 0, 40: 0} {
		if err := os.WriteFile(path, b.Bytes()[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if got := len(content(t, s)); got != want || (s.Applied() == 1) != (want > 0) {
			t.Errorf("cut at %d of %d: %d values, applied %d", cut, b.Len(), got, s.Applied())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A crash may cut the file anywhere: what opens is the state after some earlier transaction, whole, with its sequence.
func TestFileCutAnywhereOpensAsAnEarlierWholeState(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, fmt.Sprint(rapid.Uint64().Draw(t, "name")), "store.db")
		defer func() { _ = os.RemoveAll(filepath.Dir(path)) }()
		s := open(t, path)
		states := []map[string]int{{}}
		for seq := range rapid.IntRange(0, 12).Draw(t, "transactions") {
			state := maps.Clone(states[len(states)-1])
			err := s.Update(uint64(seq+1), func(tx *store.Tx) error { return change(t, tx, state) })
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, state)
		}
		if rapid.Bool().Draw(t, "restored from its own snapshot") {
			restoreOwn(t, s)
			states = states[len(states)-1:]
		}
		applied := s.Applied()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		if err := os.Truncate(path, int64(cut)); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		defer func() { _ = s.Close() }()
		got := content(t, s)
		if cut == len(b) && s.Applied() != applied {
			t.Fatalf("applied %d, want %d", s.Applied(), applied)
		}
		want := map[string]int{}
		if s.Applied() != 0 {
			want = states[len(states)-1-int(applied-s.Applied())]
		}
		if !maps.Equal(got, want) {
			t.Fatalf("applied %d: %v, want %v", s.Applied(), got, want)
		}
	})
}

// change makes one random transaction, in the store and in its model.
func change(t *rapid.T, tx *store.Tx, model map[string]int) error {
	for range rapid.IntRange(0, 5).Draw(t, "operations") {
		key := rapid.SampledFrom([]string{"a", "b", "c/1", "c/2"}).Draw(t, "key")
		if rapid.Bool().Draw(t, "delete") {
			delete(model, key)
			if err := store.Delete(tx, key); err != nil {
				return err
			}
			continue
		}
		model[key] = rapid.IntRange(0, 99).Draw(t, "value")
		if err := store.Put(tx, key, model[key]); err != nil {
			return err
		}
	}
	return nil
}

func restoreOwn(t *rapid.T, s *store.Store) {
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	applied := s.Applied()
	if err := s.Restore(&b); err != nil {
		t.Fatal(err)
	}
	if s.Applied() != applied {
		t.Fatalf("restored: applied %d, want %d", s.Applied(), applied)
	}
}

func TestFlippedBitIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store.db")
	s := open(t, path)
	for seq := range uint64(10) {
		if err := s.Update(seq+1, func(tx *store.Tx) error { return store.Put(tx, "a", seq) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer func() { _ = s.Close() }()
	if s.Applied() != 0 || len(content(t, s)) != 0 {
		t.Errorf("applied %d of a damaged file", s.Applied())
	}
	aside, err := filepath.Glob(path + ".damaged-*")
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
}

func TestRestoreRefusesHalfASnapshot(t *testing.T) {
	s := open(t, ":memory:")
	if err := s.Update(7, func(tx *store.Tx) error { return store.Put(tx, "a", 1) }); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	for _, snapshot := range [][]byte{nil, b.Bytes()[:b.Len()-1], []byte("nonsense, and more of it")} {
		other := open(t, ":memory:")
		if err := other.Restore(bytes.NewReader(snapshot)); err == nil || other.Applied() != 0 {
			t.Errorf("restored %d bytes: applied %d, %v", len(snapshot), other.Applied(), err)
		}
	}
}

func TestFileStaysBoundedUnderManyUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	big := string(bytes.Repeat([]byte("x"), 1<<20))
	for seq := range uint64(80) { // 80 MB of writes, 2 MB of state
		if err := s.Update(seq+1, func(tx *store.Tx) error { return store.Put(tx, fmt.Sprint(seq%2), big) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(path)
	if err != nil || fi.Size() > 40<<20 {
		t.Errorf("size %d, %v", fi.Size(), err)
	}
	s = open(t, path)
	defer func() { _ = s.Close() }()
	if s.Applied() != 80 {
		t.Errorf("applied %d", s.Applied())
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.db")
	s := open(f, path)
	if err := s.Update(1, func(tx *store.Tx) error { return store.Put(tx, "a", 1) }); err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{255, 255, 255, 63, 0, 0, 0, 0, '{'})
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if err := s.Update(s.Applied()+1, func(tx *store.Tx) error { return store.Put(tx, "b", 2) }); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "store.db"))
	defer func() { _ = s.Close() }()
	for seq := uint64(1); b.Loop(); seq++ {
		if err := s.Update(seq, func(tx *store.Tx) error {
			return errors.Join(store.Put(tx, fmt.Sprint("rack/", seq%48), fault{ID: "x"}), store.Put(tx, "robot/1", fault{ID: "y"}))
		}); err != nil {
			b.Fatal(err)
		}
	}
}
