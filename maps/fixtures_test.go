package maps_test

import (
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

// fixtures is what a rack of the small site gets besides its devices.
const fixtures = `            doors: [{face: front, kind: perforated, hinge: left, gap_m: 0.03}]
            blanking_panels: [1, 2, 12]
            liquid_cooled: true
            numbers_only: true
            instruments:
              - {id: loop-pressure, face: rear, kind: gauge, quantity: coolant pressure, unit: bar, x: 0.3, y: 0.2, diameter_m: 0.06, max: 4, min_deg: -135, max_deg: 135, low: 0.8, high: 2.5}
              - {id: pdu-load, face: rear, kind: display, quantity: PDU load, unit: A, x: 0.3, y: 0.5, width_m: 0.03, height_m: 0.014, digits: 3, decimals: 1}
            devices:
`

func TestFixturesLoad(t *testing.T) {
	files := folder(t, "testdata/small")
	edit(t, files, "site.yaml", "            devices:\n", fixtures)
	edit(t, files, "site.yaml", "normal: [{colour: green, pattern: solid}]}\n", "means: {maker: Arista, family: 7010/7050/7280 1RU, led: psu}}\n")
	s, err := maps.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.Rack("R1")
	door := r.DoorAt(maps.Front)
	if door == nil || door.Kind != maps.PerforatedDoor || door.GapM != 0.03 || r.DoorAt(maps.Rear) != nil {
		t.Errorf("doors %+v", r.Doors)
	}
	if len(r.BlankingPanels) != 3 || !r.LiquidCooled || !r.NumbersOnly || len(r.Instruments) != 2 || *r.Instruments[0].High != 2.5 {
		t.Errorf("rack %+v", r)
	}
	d, _ := s.Device("d1")
	if psu := d.Type.LEDs[1]; len(psu.Normal) == 0 || len(psu.Meanings) == 0 {
		t.Errorf("the maker's row was not taken: %+v", psu)
	}
}

func TestWrongFixturesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"door":       {"kind: perforated", "kind: revolving", "no kind of door"},
		"hinge":      {"hinge: left", "hinge: top", "no side"},
		"two doors":  {"gap_m: 0.03}]", "gap_m: 0.03}, {face: front, kind: glass, hinge: left}]", "has a door already"},
		"panel":      {"[1, 2, 12]", "[1, 99]", "outside the rack"},
		"filled":     {"[1, 2, 12]", "[5]", "holds device"},
		"scale":      {"max: 4,", "max: 0,", "not above min"},
		"turn":       {"max_deg: 135", "max_deg: -140", "out of range"},
		"limits":     {"low: 0.8", "low: 3", "not below high"},
		"instrument": {"kind: gauge", "kind: sundial", "no kind of instrument"},
		"digits":     {"digits: 3", "digits: 0", "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "testdata/small")
			edit(t, files, "site.yaml", "            devices:\n", fixtures)
			edit(t, files, "site.yaml", c.from, c.to)
			_, err := maps.Load(files)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestWrongLightsAreNamed(t *testing.T) {
	const psu = "normal: [{colour: green, pattern: solid}]}\n"
	for name, c := range map[string]struct{ to, want string }{
		"unknown row":   {"means: {maker: Acme, family: One, led: psu}}\n", "not in the table"},
		"row and own":   {"normal: [{colour: green, pattern: solid}], means: {maker: Arista, family: 7010/7050/7280 1RU, led: psu}}\n", "beside normal"},
		"neither":       {"}\n", "neither normal nor means"},
		"one colour":    {"normal: [{colour: green, pattern: alternating, other_colour: green, rate_hz: 1}]}\n", "no second colour"},
		"second colour": {"normal: [{colour: green, pattern: solid, other_colour: red}]}\n", "only alternating"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "testdata/small")
			edit(t, files, "site.yaml", psu, strings.TrimPrefix(c.to, ", "))
			_, err := maps.Load(files)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
