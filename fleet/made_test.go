package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
)

// declare has a robot send its factsheet.
func (n *night) declare(serial string, heightM float64, sensors ...string) {
	f := &vda5050.Factsheet{
		TypeSpecification: vda5050.TypeSpecification{
			SeriesName: "model", MobileRobotKinematics: "DIFFERENTIAL", MobileRobotClass: "CARRIER", LocalizationTypes: []string{"SPOT"}, NavigationTypes: []string{"VIRTUAL_LINE_GUIDED"},
		},
		PhysicalParameters: vda5050.PhysicalParameters{MaximumSpeed: 0.5, MaximumHeight: heightM, Width: 0.5, Length: 0.6},
		ProtocolLimits:     vda5050.ProtocolLimits{Timing: vda5050.Timing{MinimumOrderInterval: 0.1, MinimumStateInterval: 0.1}},
		ProtocolFeatures: vda5050.ProtocolFeatures{
			OptionalParameters: []vda5050.OptionalParameter{}, MobileRobotActions: []vda5050.MobileRobotAction{vda5050.InspectFactsheet()},
		},
	}
	f.DeclareSensors(sensors...)
	n.robots["nightrounds/"+serial].say(n.t.Context(), f)
}

// lookedBy are the robots whose newest looks at a rack these are, by viewpoint.
func (n *night) lookedBy(rack string) map[string]string {
	n.t.Helper()
	v, err := n.c.Rack(n.t.Context(), rack)
	if err != nil {
		n.t.Fatal(err)
	}
	out := map[string]string{}
	for _, o := range v.Looks {
		out[o.Viewpoint] = o.SerialNumber
	}
	return out
}

// A01 needs a thermal camera, A02 a gas sensor too; the upper halves are 1.5 m high.
func TestDutiesGoToRobotsThatAreMadeForThemAlsoAfterARestart(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		n.site = sampleEvery(t, n.interval, "", "          - id: A01\n", "          - id: A01\n            sensors: [thermal]\n",
			"          - id: A02\n", "          - id: A02\n            sensors: [thermal, gas]\n")
		n.options.Site = n.site
		n.control()
		end := n.begin(&n.journal)
		time.Sleep(10 * time.Second)
		n.declare("NR-01", 2.2, "thermal", "visual")
		n.declare("NR-02", 1.2)
		time.Sleep(2 * n.interval)
		n.madeFor(t)
		end()
		n.control()
		end = n.begin(&n.journal)
		time.Sleep(2 * n.interval)
		n.madeFor(t)
		end()
	})
}

// madeFor checks who looked at what, and what is told of what nobody can see.
func (n *night) madeFor(t *testing.T) {
	t.Helper()
	if by := n.lookedBy("A01"); len(by) != 4 {
		t.Errorf("%d of 4 viewpoints of A01 were looked at", len(by))
	} else {
		for v, robot := range by {
			if robot != "NR-01" {
				t.Errorf("%s has no thermal camera and looked at %s", robot, v)
			}
		}
	}
	if by := n.lookedBy("A02"); len(by) > 0 {
		t.Errorf("A02 was looked at by %v, which have no gas sensor", by)
	}
	for _, v := range n.site.Viewpoints() {
		if by := n.lookedBy(v.Rack)[v.ID]; by == "NR-02" && v.MastM > 1.2 {
			t.Fatalf("NR-02 is 1.2 m high and looked at %s from %.2f m", v.ID, v.MastM)
		}
	}
	p, err := n.c.Patrol(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range p.Viewpoints {
		unseen := strings.HasSuffix(v.Why, "has the sensor that it needs: gas")
		if unseen != (v.Rack == "A02") {
			t.Errorf("%s: %q", v.ID, v.Why)
		}
	}
	robots, err := n.c.Robots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range robots {
		if r.SpeedMPS < 0.2 || r.SpeedMPS > 0.4 { // 0.5, but for 2 s of turning before each edge of 0.6 or 3.1 m
			t.Errorf("%s was measured at %.2f m/s", r.ID, r.SpeedMPS)
		}
	}
}
