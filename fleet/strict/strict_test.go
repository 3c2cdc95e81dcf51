package strict_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/maps"
)

type file struct {
	Doors []door   `yaml:"doors" must:"true"`
	Limit *float64 `yaml:"limit"`
}

type Named struct {
	ID string `yaml:"id" must:"true"`
}

type door struct {
	Named
	Unit  int           `yaml:"unit"`
	Locks bool          `yaml:"locks"`
	After time.Duration `yaml:"after"`
}

func TestAFileIsReadWithItsPlaces(t *testing.T) {
	var f file
	d := strict.Read("doors.yaml", []byte("limit: 2\ndoors:\n  - id: 007\n    unit: 3\n    locks: true\n    after: 90s\n  - {id: b}\n"), &f)
	if d.Err() != nil || len(f.Doors) != 2 || f.Doors[0] != (door{Named{"007"}, 3, true, 90 * time.Second}) || *f.Limit != 2 {
		t.Fatalf("%+v, %v", f, d.Err())
	}
	d.At(&f.Doors[1]).Field("id").Fail("is taken")
	if err := d.Err(); err == nil || err.Error() != "doors.yaml:7: doors[1].id: is taken" {
		t.Errorf("%v", err)
	}
}

func TestEveryFaultHasItsLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown":  {"doors:\n  - id: a\n    colour: red\n", "d.yaml:3: doors[0].colour: unknown field"},
		"twice":    {"doors: [{id: a}]\nlimit: 1\nlimit: 2\n", "d.yaml:"},
		"missing":  {"limit: 1\n", "d.yaml:1: doors: is missing"},
		"type":     {"doors:\n  - id: a\n    unit: two\n", "d.yaml:3: doors[0].unit: want a whole number"},
		"quoted":   {"doors:\n  - id: a\n    unit: \"2\"\n", "d.yaml:3: doors[0].unit: want a whole number"},
		"infinite": {"doors: []\nlimit: .inf\n", "d.yaml:2: limit: want a number"},
		"list":     {"doors: 7\n", "d.yaml:1: doors: want a list"},
		"duration": {"doors:\n  - id: a\n    after: -3s\n", "d.yaml:3: doors[0].after: \"-3s\" is no length of time"},
		"no yaml":  {"doors: [\n", "d.yaml: no YAML"},
		"itself":   {"doors: &a [*a]\n", "d.yaml:"},
	} {
		var f file
		err := strict.Read("d.yaml", []byte(c.text), &f).Err()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("doors: [{id: a, unit: 3}]"))
	f.Add([]byte("a: &a [*a, *a]\ndoors: *a"))
	f.Add([]byte("doors: &x [{id: q}, {id: q, after: 1s}]\nlimit: 1e300"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var v file
		err := strict.Read("d.yaml", text, &v).Err()
		if err == nil {
			for _, x := range v.Doors {
				if x.After < 0 {
					t.Errorf("a negative length of time was taken: %s", x.After)
				}
			}
			return
		}
		var all maps.Problems
		if !errors.As(err, &all) || len(all) == 0 || all[0].File != "d.yaml" {
			t.Errorf("%T %v names no file", err, err)
		}
	})
}
