package claim

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		field, text string
		form        Form
		want        string
		wrong       bool
	}{
		{X, "3.2", Form{}, "3.2", false},
		{X, "3200", Form{Unit: "mm"}, "3.2", false},
		{X, "3200 mm", Form{}, "3.2", false},
		{X, "3,2", Form{DecimalComma: true}, "3.2", false},
		{X, "3,2", Form{}, "", true},
		{X, "1.234,5", Form{DecimalComma: true}, "", true},
		{X, "10 ft", Form{}, "3.048", false},
		{X, "-0", Form{}, "0", false},
		{X, "1e400", Form{}, "", true},
		{X, "3 kg", Form{}, "", true},
		{X, "NaN", Form{}, "", true},
		{X, " ", Form{}, "", false},
		{Width, "600", Form{}, "0.6", false},
		{Width, "0.6", Form{}, "0.6", false},
		{Width, "19 inches", Form{}, "", false},
		{Width, "19", Form{}, "", false},
		{Width, "24", Form{Unit: "in"}, "0.6096", false},
		{Theta, "-90", Form{}, "270", false},
		{Theta, "3.141592653589793", Form{Unit: "rad"}, "180", false},
		{Theta, "90°", Form{}, "90", false},
		{Theta, "90 mm", Form{}, "", true},
		{UHeight, "42U", Form{}, "42", false},
		{UHeight, "0.5", Form{}, "0.5", false},
		{UHeight, "0.3", Form{}, "", true},
		{UHeight, "-1", Form{}, "", true},
		{Position, "U7", Form{}, "7", false},
		{Position, "0", Form{}, "", true},
		{Desc, "Yes", Form{}, "true", false},
		{Desc, "perhaps", Form{}, "", true},
		{Face, "Rear", Form{}, "rear", false},
		{Face, "left", Form{}, "", true},
		{Interval, "90m", Form{}, "90m", false},
		{Interval, "-1h", Form{}, "", true},
		{Interval, "often", Form{}, "", true},
		{Class, "Class a2", Form{}, "A2", false},
		{Feeds, "A, B; C", Form{}, "A B C", false},
		{Serial, " 0042 ", Form{}, "0042", false},
		{Serial, "—", Form{}, "", false},
	} {
		got, err := Value(c.field, c.text, c.form)
		if got != c.want || (err != nil) != c.wrong {
			t.Errorf("%s %q %+v: %q, %v: want %q, wrong %v", c.field, c.text, c.form, got, err, c.want, c.wrong)
		}
	}
}

func TestNumbersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e6, 1e6).Draw(t, "v")
		got, ok := Float(Number(v))
		if !ok || math.Abs(got-v) > 0.6e-6 {
			t.Fatalf("%g became %s", v, Number(v))
		}
		for unit, factor := range factors {
			s, err := Value(X, strconv.FormatFloat(v, 'f', 9, 64)+" "+unit, Form{})
			back, _ := Float(s)
			if err != nil || math.Abs(back-v*factor) > 0.6e-6 {
				t.Fatalf("%g %s is %s m, %v", v, unit, s, err)
			}
		}
	})
}

func FuzzValue(f *testing.F) {
	for _, s := range []string{"3,2", "19 in", "42U", "90°", "1h30m", "-.5e3 mm", "—"} {
		f.Add(s, "mm", true)
	}
	f.Fuzz(func(t *testing.T, text, unit string, comma bool) {
		for _, field := range []string{X, Width, Theta, UHeight, Position, Desc, Face, Interval, Class, Feeds, Serial} {
			v, err := Value(field, text, Form{Unit: unit, DecimalComma: comma})
			if err != nil && (v != "" || strings.Contains(err.Error(), "\n")) {
				t.Fatalf("%s: %q, %v", field, v, err)
			}
			switch field {
			case X, Width, Theta, UHeight, Position:
				if n, ok := Float(v); v != "" && (!ok || math.IsNaN(n) || math.IsInf(n, 0)) {
					t.Fatalf("%s: %q became %q", field, text, v)
				}
			}
		}
	})
}
