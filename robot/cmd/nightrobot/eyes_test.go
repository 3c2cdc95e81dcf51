package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim"
	"github.com/nightrounds/nightrounds/robot/sim/sample"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/look"
)

// How the simulated robots' eyes are: the visual camera as sim.Body has it, the thermal one as the scene has it.
const (
	eyesWidth  = 720 // px
	eyesHeight = 1280
	eyesVFOV   = 70 * math.Pi / 180
	eyesNETD   = 0.1  // K, noise of one thermal pixel
	eyesOffM   = 0.03 // by how much a robot stands beside its viewpoint, at most
	eyesOffRad = 2 * math.Pi / 180
)

// A hall is what the test's robot looks at: in good order but for its incidents.
type hall struct {
	site      *maps.Site
	scene     *scene.Scene
	incidents []sim.Incident
	film      string
}

func newHall(t *testing.T, seed uint64, incidents []sim.Incident) *hall {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scene.New(site, seed)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/dev/shm", "nightrobot-eyes-*")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &hall{site: site, scene: sc, incidents: incidents, film: filepath.Join(dir, "film.bgr")}
}

// Light is an incident's light, else one of the normal states by turns.
func (h *hall) Light(device string, l *maps.LED, _ time.Time) maps.LEDState {
	for _, i := range h.incidents {
		if i.Device == device && i.LED == l.Name {
			return i.Shows
		}
	}
	if len(l.Normal) == 0 {
		return maps.LEDState{Pattern: "off"}
	}
	n := 0
	for _, c := range device + l.Name {
		n = 31*n + int(c)
	}
	return l.Normal[max(n, -n)%len(l.Normal)]
}

// RiseK is the incidents' heat.
func (h *hall) RiseK(device string, _ time.Time) float64 {
	rise := 0.0
	for _, i := range h.incidents {
		if i.Device == device {
			rise += i.RiseK
		}
	}
	return rise
}

// look takes one look from beside a viewpoint and judges it.
func (h *hall) look(t *testing.T, v maps.Viewpoint, rng *rand.Rand) (vision.LookResult, []vision.Finding) {
	t.Helper()
	target, err := vision.TargetOf(h.site, v)
	if err != nil {
		t.Fatal(err)
	}
	view := h.beside(t, v, rng)
	start := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.Int64N(int64(24 * time.Hour))))
	f := eyesHeight / 2 / math.Tan(eyesVFOV/2)
	shot := scene.Shot{
		View: view, Width: eyesWidth, Height: eyesHeight, Exposure: scene.ReferenceExposure,
		Intrinsics: camera.Intrinsics{FX: f, FY: f, CX: (eyesWidth - 1) / 2.0, CY: (eyesHeight - 1) / 2.0},
	}
	for i := range 121 {
		shot.Times = append(shot.Times, start.Add(time.Duration(i)*time.Second/30))
	}
	film, err := os.OpenFile(h.film, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.scene.Render(film, shot, h); err != nil {
		t.Fatal(err)
	}
	if err := film.Close(); err != nil {
		t.Fatal(err)
	}
	airC, rh := h.scene.Air(view, h, start)
	in := shot.Intrinsics
	result, err := look.Look(vision.LookRequest{
		ID: v.ID, Target: target, FramesPath: h.film, Width: shot.Width, Height: shot.Height, Times: shot.Times,
		FX: in.FX, FY: in.FY, CX: in.CX, CY: in.CY, Thermal: h.warmth(view, start, rng), Air: &vision.Air{TemperatureC: airC, HumidityPercent: rh}, EvidenceDir: t.TempDir(),
	})
	if err != nil {
		t.Fatalf("look at %s: %v", v.ID, err)
	}
	return result, vision.Judge(target, result, &vision.Air{TemperatureC: airC, HumidityPercent: rh}, nil, vision.DefaultRules())
}

// beside is where a robot stands that was sent to a viewpoint.
func (h *hall) beside(t *testing.T, v maps.Viewpoint, rng *rand.Rand) scene.View {
	t.Helper()
	node, ok := h.site.Halls[0].Graph.Node(v.Node)
	if !ok {
		t.Fatalf("viewpoint %s has no node", v.ID)
	}
	off := func(most float64) float64 { return most * (2*rng.Float64() - 1) }
	return scene.View{Hall: v.Hall, Pose: maps.Pose{
		X: node.X + off(eyesOffM), Y: node.Y + off(eyesOffM), ThetaRad: v.HeadingRad + off(eyesOffRad),
	}, HeightM: v.MastM + off(0.01)}
}

// warmth is the thermal picture, upright, with a sensor's noise.
func (h *hall) warmth(view scene.View, at time.Time, rng *rand.Rand) *vision.ThermalFrame {
	px := h.scene.ThermalPixels(view, h, at)
	const width, height = scene.ThermalRows, scene.ThermalColumns
	f := &vision.ThermalFrame{
		Width: width, Height: height, C: make([]float32, width*height),
		HFOVRad: 35 * math.Pi / 180, VFOVRad: 55 * math.Pi / 180, OffsetRightM: scene.ThermalRightM,
	}
	for y := range height {
		for x := range width {
			f.C[y*width+x] = float32(px[(width-1-x)*height+y] + eyesNETD*rng.NormFloat64())
		}
	}
	return f
}

// looksWanted is how many looks a test may take: few, unless NIGHTROUNDS_LOOKS says more.
func looksWanted(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("NIGHTROUNDS_LOOKS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("NIGHTROUNDS_LOOKS=%q is no number of looks", text)
	}
	return n
}

func TestHallInGoodOrderRaisesNoFault(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some ten seconds")
	}
	h := newHall(t, 1, nil)
	views := h.site.Viewpoints()
	rng := rand.New(rand.NewPCG(1, 2))
	looks := looksWanted(t, 16)
	var failed, noted, alarms int
	kinds := map[string]int{}
	for n := range looks {
		v := views[n*11%len(views)] // 11 and 192 share no factor: both faces, all rows
		result, findings := h.look(t, v, rng)
		if result.Registration.Method == vision.MethodNone {
			failed++
			t.Logf("look %d at %s cannot tell where it is", n, v.ID)
		}
		for _, f := range findings {
			kinds[fmt.Sprintf("%s %s %s", f.Severity, f.Kind, v.Face)]++
			if f.Severity == vision.Info {
				noted++
			} else {
				alarms++
			}
			t.Logf("look %d at %s: %s: %s", n, v.ID, f.Severity, f.Meaning)
		}
	}
	t.Logf("%d looks: %d failed, %d false alarms, %d false notes: %v", looks, failed, alarms, noted, kinds)
	if failed*100 > looks || alarms > 0 || noted*50 > looks {
		t.Errorf("%d looks at a hall in good order: %d failed, %d false alarms, %d false notes", looks, failed, alarms, noted)
	}
}

func TestSampleIncidentsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	incidents, err := sim.ParseIncidents(sample.Incidents())
	if err != nil {
		t.Fatal(err)
	}
	h := newHall(t, 1, incidents)
	rng := rand.New(rand.NewPCG(3, 4))
	poses := looksWanted(t, 2)
	for _, i := range incidents {
		seen, others := 0, 0
		views := h.viewsOf(t, i)
		for n := range poses {
			_, findings := h.look(t, views[n%len(views)], rng)
			if slices.ContainsFunc(findings, func(f vision.Finding) bool {
				return f.Device == i.Device && f.LED == i.LED && f.Severity != vision.Info
			}) {
				seen++
			}
			for _, f := range findings {
				if f.Severity != vision.Info && f.Device != i.Device {
					others++
					t.Logf("%s: besides, %s", i, f.Meaning)
				}
			}
		}
		t.Logf("%s: found in %d of %d looks, %d other alarms", i, seen, poses, others)
		if seen < poses || others > 0 {
			t.Errorf("%s: found in %d of %d looks, with %d other alarms", i, seen, poses, others)
		}
	}
}

// viewsOf lists the viewpoints that show the whole of an incident's device, its light if it has one.
func (h *hall) viewsOf(t *testing.T, i sim.Incident) []maps.Viewpoint {
	t.Helper()
	var views []maps.Viewpoint
	for _, v := range h.site.Viewpoints() {
		target, err := vision.TargetOf(h.site, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range target.Devices {
			within := d.ID == i.Device && d.Unit >= v.FromU && d.Unit+d.UHeight-1 <= v.ToU
			if within && (i.LED == "" || slices.ContainsFunc(d.LEDs, func(l vision.TargetLED) bool { return l.Name == i.LED })) {
				views = append(views, v)
			}
		}
	}
	if len(views) == 0 {
		t.Fatalf("%s: no viewpoint shows it", i)
	}
	return views
}
