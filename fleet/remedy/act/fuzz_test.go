package act

import "testing"

// FuzzAnswer: whatever a scheduler answers, it names a node or is an error.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"node":"a","state":"drained"}`))
	f.Add([]byte(`{"node":1}`))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, reply []byte) {
		if a, err := parse("s", reply); err == nil && a.Node == "" {
			t.Error("no node, and no error")
		}
	})
}
