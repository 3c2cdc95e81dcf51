package thermal_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// A night is one rack with its devices' habits.
type night struct {
	*warmth
	rng    *rand.Rand
	habitK map[string]float64
	hot    string
	hotK   float64
}

// newNight fills a rack with servers of two units, switches and bare units, before one of the two thermal sensors.
func newNight(seed uint64) *night {
	rng := rand.New(rand.NewPCG(seed, 3))
	w := units(1)
	if rng.IntN(2) == 0 {
		w.lepton()
	}
	w.target.Devices = nil
	w.lens, w.noise, w.fixed, w.dead = 0.4+0.6*rng.Float64(), 0.05+0.15*rng.Float64(), 0.1*rng.Float64(), 3
	n := &night{warmth: w, rng: rng, habitK: map[string]float64{}}
	left := (w.target.WidthM - maps.PanelWidthM) / 2
	for u := 1; u <= 30; {
		kind, height := "server", 2
		switch rng.IntN(6) {
		case 0:
			kind, height = "switch", 1
		case 1:
			u++
			continue
		}
		y := w.target.BaseM + float64(u-1)*maps.UnitM
		d := vision.TargetDevice{
			ID: fmt.Sprintf("%s-%02d", kind, u), Type: kind, Unit: u, UHeight: height, Emissivity: 0.9,
			Min: maps.Point{X: left, Y: y}, Max: maps.Point{X: left + maps.PanelWidthM, Y: y + float64(height)*maps.UnitM},
		}
		n.habitK[d.ID] = 3 + rng.NormFloat64()
		if kind == "switch" {
			n.habitK[d.ID] += 4
		}
		w.target.Devices = append(w.target.Devices, d)
		u += height
	}
	return n
}

// look takes one picture on a day of its own: another pose, air, load and drift.
func (n *night) look(t *testing.T, seed uint64, faulty bool, known []vision.NormalHeat) (vision.LookResult, vision.Air) {
	t.Helper()
	off := func(most float64) float64 { return most * (2*n.rng.Float64() - 1) }
	n.x, n.y, n.z, n.roll = 0.3+off(0.04), 0.62+off(0.04), 1.15+off(0.15), off(0.02)
	n.airC, n.drift, n.seed = 22+off(3), off(1.5), seed
	climb := 1 + off(1)
	for _, d := range n.target.Devices {
		n.deviceC[d.ID] = n.airC + n.habitK[d.ID] + climb*d.Min.Y + 0.25*n.rng.NormFloat64()
		if faulty && d.ID == n.hot {
			n.deviceC[d.ID] += n.hotK
		}
	}
	r := vision.LookResult{Registration: vision.Registration{Method: vision.MethodTags}}
	air := vision.Air{TemperatureC: n.airC + off(0.3)}
	// The tags say the pose to a few millimetres only.
	said := *n.warmth
	said.x, said.y = said.x+0.001*n.rng.NormFloat64(), said.y+0.002*n.rng.NormFloat64()
	var err error
	if r.Devices, r.Units, err = thermal.Read(n.frame(), n.target, &said, &air.TemperatureC, known); err != nil {
		t.Fatal(err)
	}
	return r, air
}

// hotIn are the devices that a look finds hot.
func hotIn(n *night, r vision.LookResult, air vision.Air, normals *vision.Normals) map[string]bool {
	out := map[string]bool{}
	for _, f := range vision.Judge(n.target, r, &air, normals, vision.DefaultRules()) {
		if f.Kind == vision.KindHotDevice {
			out[f.Device] = true
		}
	}
	return out
}

// TestNightsOfHotDevices: after one commissioning, devices 2 K and more over their habit are found and no others, with
// either sensor. NIGHTROUNDS_NIGHTS sets how many racks are looked at.
func TestNightsOfHotDevices(t *testing.T) {
	nights := 16
	if text := os.Getenv("NIGHTROUNDS_NIGHTS"); text != "" {
		nights, _ = strconv.Atoi(text)
	}
	var found, of [2]int // faint, and 4 K or more
	wrong := 0
	for i := range nights {
		n := newNight(uint64(i))
		r, air := n.look(t, uint64(i)*3, false, nil)
		normals := vision.LearnHeat(vision.Normals{}, r, air)
		n.hot, n.hotK = r.Devices[1+n.rng.IntN(len(r.Devices)-2)].Device, 2+8*math.Pow(n.rng.Float64(), 1.5)
		r1, air1 := n.look(t, uint64(i)*3+1, true, normals.Heat)
		r2, air2 := n.look(t, uint64(i)*3+2, true, normals.Heat)
		first, second := hotIn(n, r1, air1, &normals), hotIn(n, r2, air2, &normals)
		class := 0
		if n.hotK >= 4 {
			class = 1
		}
		of[class]++
		if first[n.hot] {
			found[class]++
		} else {
			t.Logf("night %d: %s, %.1f K in a %d x %d picture, lens %.2f, is not found", i, n.hot, n.hotK, n.cols, n.rows, n.lens)
		}
		for id := range first {
			if id != n.hot && second[id] {
				wrong++
				t.Logf("night %d: %s is found beside %s, %.1f K, in a %d x %d picture, lens %.2f", i, id, n.hot, n.hotK, n.cols, n.rows, n.lens)
			}
		}
	}
	t.Logf("faint %d of %d, 4 K and more %d of %d, wrong %d of %d", found[0], of[0], found[1], of[1], wrong, nights)
	if float64(found[0]) < 0.75*float64(of[0]) || float64(found[1]) < 0.95*float64(of[1]) || wrong*50 > nights {
		t.Error("too few are found, or too many")
	}
}
