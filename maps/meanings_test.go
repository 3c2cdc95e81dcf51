package maps_test

import (
	"slices"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

// TestMeaningsAreThoseOfTheMaker holds the table to what makers' manuals say, where the same colour means opposite things.
func TestMeaningsAreThoseOfTheMaker(t *testing.T) {
	for _, c := range []struct {
		kind   maps.LightKind
		state  maps.LEDState
		normal bool
		tells  string // the finding's kind
	}{
		{maps.LightKind{Maker: "HPE", Family: "ProLiant Gen10/11", LED: "health"}, maps.LEDState{Colour: "green", Pattern: "solid"}, true, ""},
		{maps.LightKind{Maker: "HPE", Family: "ProLiant Gen10/11", LED: "health"}, maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 1}, false, "health-critical"},
		{maps.LightKind{Maker: "Arista", Family: "7010/7050/7280 1RU", LED: "psu"}, maps.LEDState{Colour: "red", Pattern: "solid"}, false, "psu-failed"},
	} {
		normal, meanings, ok := maps.MeaningsOf(c.kind)
		if !ok {
			t.Errorf("%s is not in the table", c.kind)
			continue
		}
		if slices.Contains(normal, c.state) != c.normal {
			t.Errorf("%s: %+v normal is %t", c.kind, c.state, !c.normal)
		}
		i := slices.IndexFunc(meanings, func(m maps.LEDMeaning) bool { return m.LEDState == c.state })
		if !c.normal && (i < 0 || meanings[i].Kind != c.tells) {
			t.Errorf("%s: %+v does not tell %s: %+v", c.kind, c.state, c.tells, meanings)
		}
	}
	if _, _, ok := maps.MeaningsOf(maps.LightKind{Maker: "nobody"}); ok {
		t.Error("the table knows a maker that does not exist")
	}
}

// TestEveryMeaningCanBeDeclared: what the table offers, a site may use.
func TestEveryMeaningCanBeDeclared(t *testing.T) {
	for _, k := range maps.LightKinds() {
		normal, meanings, ok := maps.MeaningsOf(k)
		if !ok || len(normal)+len(meanings) == 0 {
			t.Errorf("%s tells nothing", k)
		}
		for _, m := range meanings {
			if m.Kind == "" || !slices.Contains([]string{"info", "warning", "critical"}, m.Severity) || m.Meaning == "" {
				t.Errorf("%s: %+v", k, m)
			}
		}
	}
}
