package heard

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

func ptr[T any](v T) *T { return &v }

func TestWhatWasHeardAnswersUntilItIsOld(t *testing.T) {
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	d := New(machine.MQTT{Source: machine.Source{ID: "bms"}, Topics: []machine.Topic{
		{Point: machine.Point{Subject: machine.Subject{Rack: "A01"}, Quantity: "leak", Scale: 1, High: ptr(0.5), MaxAge: time.Minute}, Topic: "a/leak", Field: "rope.wet"},
	}}, func() time.Time { return now })
	q := machine.Question{Racks: []string{"A01"}}
	expect := func(what string, symptom cause.Symptom, want string) {
		t.Helper()
		all, err := d.Ask(t.Context(), q)
		if want == "" && (err != nil || len(all) != 1 || all[0].Sign.Symptom != symptom || all[0].Sign.Spot != (cause.Spot{Thing: cause.Foot, Rack: "A01"})) {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(all) > 0) {
			t.Errorf("%s: %+v, %v, want %q", what, all, err, want)
		}
	}
	expect("at first", "", "nothing was heard yet")
	d.Hear("a/leak", []byte(`{"rope": {"wet": true}}`), true)
	expect("what the broker kept", "", "nothing was heard yet")
	d.Hear("a/other", []byte(`{"rope": {"wet": true}}`), false)
	expect("another topic", "", "nothing was heard yet")
	d.Hear("a/leak", []byte(`{"rope": {"wet": true}}`), false)
	expect("wet", cause.Wet, "")
	d.Hear("a/leak", []byte(`{"rope": {"wet": 0}}`), false)
	expect("dry", cause.InOrder, "")
	now = now.Add(2 * time.Minute)
	expect("two minutes later", "", "2m0s old")
	d.Hear("a/leak", []byte(`{"rope": 7}`), false)
	expect("nonsense", "", `no "wet" of "rope.wet"`)
	if all, err := d.Ask(t.Context(), machine.Question{Racks: []string{"B01"}}); len(all) > 0 || err != nil {
		t.Errorf("another rack: %+v, %v", all, err)
	}
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(`{"a": {"b": "7.5"}}`), "a.b")
	f.Add([]byte(" 21.5\n"), "")
	f.Add([]byte("1e999"), "")
	f.Fuzz(func(t *testing.T, payload []byte, field string) {
		if v, err := parse(payload, field); err == nil && v-v != 0 {
			t.Errorf("%q at %q is %v", payload, field, v)
		}
	})
}
