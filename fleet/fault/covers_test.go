package fault_test

import (
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// TestOnlyALookThatToldTheThingCovers: a fault is cleared by a look that could have seen it.
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
		"a gauge that was read": {vision.Finding{Kind: vision.KindReadingHigh, Device: "g"}, func(o *wire.Observation) { o.Instruments = []vision.InstrumentReading{{Instrument: "g", Value: 1}} }, true},
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
