package sample_test

import (
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim"
	"github.com/nightrounds/nightrounds/robot/sim/sample"
)

func TestScriptNamesDevicesOfTheSampleSite(t *testing.T) {
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	list, err := sim.ParseIncidents(sample.Incidents())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.New(sim.Options{Site: site, Incidents: list, Dir: t.TempDir(), FilmDir: t.TempDir()}); err != nil {
		t.Error(err)
	}
	if len(list) < 3 || list[0].At != 40*time.Second || list[1].RiseK < 20 {
		t.Errorf("the script is %+v", list)
	}
}

func TestScriptsLightsMeanSomething(t *testing.T) {
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	list, err := sim.ParseIncidents(sample.Incidents())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.LED == "" {
			continue
		}
		d := device(site, i.Device)
		if d == nil {
			t.Fatalf("no device %q", i.Device)
		}
		k := slices.IndexFunc(d.Type.LEDs, func(l maps.LED) bool { return l.Name == i.LED })
		if k < 0 || !slices.ContainsFunc(d.Type.LEDs[k].Meanings, func(m maps.LEDMeaning) bool { return m.LEDState == i.Shows }) {
			t.Errorf("%s: %+v has no meaning", i, i.Shows)
		}
	}
}

func device(site *maps.Site, id string) *maps.Device {
	for _, h := range site.Halls {
		for _, row := range h.Rows {
			for _, r := range row.Racks {
				for _, d := range r.Devices {
					if d.ID == id {
						return d
					}
				}
			}
		}
	}
	return nil
}
