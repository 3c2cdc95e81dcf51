package fault_test

import (
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// TestOnlyALookThatToldTheThingCovers: a fault is cleared by a look that could have seen it.
var hotPastLimit = vision.Finding{Kind: vision.KindHotDevice, Device: "d", Value: 82, Reference: 80, PastCritical: true}

func gauge(value float64) func(*wire.Observation) {
	return func(o *wire.Observation) {
		o.Instruments = []vision.InstrumentReading{{Instrument: "g", Value: value, Bound: 0.1}}
	}
}

func air(c float64) func(*wire.Observation) {
	return func(o *wire.Observation) {
		o.Registration.Method, o.Air = vision.MethodTags, &vision.Air{TemperatureC: c}
	}
}

func surface(c float64) func(*wire.Observation) {
	return func(o *wire.Observation) { o.Devices = []vision.TemperatureReading{{Device: "d", P95C: c}} }
}

func TestOnlyALookThatToldTheThingCovers(t *testing.T) {
	seen := func(s ...vision.Sighting) func(*wire.Observation) {
		return func(o *wire.Observation) { o.Sightings = s }
	}
	for name, c := range map[string]struct {
		finding vision.Finding
		look    func(*wire.Observation)
		want    bool
	}{
		"a door that is shut again":      {vision.Finding{Kind: vision.KindDoorOpen}, seen(vision.Sighting{Thing: vision.ThingDoor, State: vision.StateClosed}), true},
		"a door that could not be told":  {vision.Finding{Kind: vision.KindDoorAjar}, seen(vision.Sighting{Thing: vision.ThingDoor, State: vision.StateUnknown}), false},
		"a look that says nothing of it": {vision.Finding{Kind: vision.KindDoorOpen}, seen(), false},
		"a dry floor":                    {vision.Finding{Kind: vision.KindLiquid}, seen(vision.Sighting{Thing: vision.ThingLiquid, State: vision.StateDry}), true},
		"the panel of another unit":      {vision.Finding{Kind: vision.KindPanelMissing, Unit: 4}, seen(vision.Sighting{Thing: vision.ThingPanel, State: vision.StatePresent, Unit: 5}), false},
		"the panel":                      {vision.Finding{Kind: vision.KindPanelMissing, Unit: 4}, seen(vision.Sighting{Thing: vision.ThingPanel, State: vision.StatePresent, Unit: 4}), true},
		"the device":                     {vision.Finding{Kind: vision.KindDeviceMoved, Device: "d"}, seen(vision.Sighting{Thing: vision.ThingDevice, State: vision.StatePresent, Device: "d"}), true},
		"a gauge that was refused": {vision.Finding{Kind: vision.KindReadingHigh, Device: "g"}, func(o *wire.Observation) {
			o.Instruments = []vision.InstrumentReading{{Instrument: "g", Refused: "glare"}}
		}, false},
		"a gauge that was read":                  {vision.Finding{Kind: vision.KindReadingHigh, Device: "g", Reference: 2}, gauge(1), true},
		"a gauge above its limit by its error":   {vision.Finding{Kind: vision.KindReadingHigh, Device: "g", Reference: 2}, gauge(2.05), false},
		"a gauge below its limit by its error":   {vision.Finding{Kind: vision.KindReadingLow, Device: "g", Reference: 2}, gauge(1.95), false},
		"a gauge that is above its lowest again": {vision.Finding{Kind: vision.KindReadingLow, Device: "g", Reference: 2}, gauge(2.05), true},
		"air that is within its class again":     {vision.Finding{Kind: vision.KindInletHigh, Reference: 35}, air(34.9), true},
		"air that is above it by the error":      {vision.Finding{Kind: vision.KindInletHigh, Reference: 35}, air(35.3), false},
		"a look without an air sensor":           {vision.Finding{Kind: vision.KindInletHigh, Reference: 35}, func(o *wire.Observation) { o.Registration.Method = vision.MethodTags }, false},
		"a surface a hair below its limit":       {hotPastLimit, surface(79), false},
		"a surface well below its limit":         {hotPastLimit, surface(77), true},
		"a light of a device without power": {vision.Finding{Kind: vision.KindPowerLost, Device: "d"}, func(o *wire.Observation) {
			o.LEDs = []vision.LEDReading{{Device: "d", LED: "disk1", Pattern: "solid", Colour: "green"}}
		}, true},
		"no stray light any more":   {vision.Finding{Kind: vision.KindLightUnexpected}, func(o *wire.Observation) { o.Registration.Method = vision.MethodTags }, true},
		"a look that knew no place": {vision.Finding{Kind: vision.KindLightUnexpected}, func(o *wire.Observation) { o.Registration.Method = vision.MethodNone }, false},
	} {
		t.Run(name, func(t *testing.T) {
			first := look(1, 0, "solid")
			c.finding.Rack, c.finding.Face, c.finding.Severity = first.Rack, first.Face, vision.Warning
			f := fault.Seen(fault.Fault{}, "F-1", first, c.finding, fault.DefaultRules())
			o := look(2, 1, "unknown")
			o.LEDs = nil
			c.look(&o)
			if got := f.Covers(o); got != c.want {
				t.Errorf("covers %t, want %t", got, c.want)
			}
		})
	}
}
