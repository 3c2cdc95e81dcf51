package led_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/vision/led"
)

// dataDir finds the shared measurements, or skips.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NIGHTROUNDS_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("measured data are not here (set NIGHTROUNDS_DATA): %v", err)
	}
	return dir
}

var scale = led.Scale{Lit: 40, Noise: 20}

// TestClassifyHandheldVideo reads 21 lights measured in handheld video of a router (blink_timeseries.json).
func TestClassifyHandheldVideo(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(dataDir(t), "led", "blink_timeseries.json"))
	if err != nil {
		t.Skip(err)
	}
	var doc struct {
		Videos []struct {
			Video string
			T     []float64
			LEDs  []struct {
				V95    []float64
				Class  string
				FreqHz float64 `json:"freq_hz"`
			} `json:"leds"`
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"solid": led.Solid, "blink_regular": led.Blink, "blink_irregular": led.Irregular}
	n := 0
	for _, v := range doc.Videos {
		for i, l := range v.LEDs {
			n++
			got := led.Classify(v.T, l.V95, scale)
			if got.Pattern != want[l.Class] {
				t.Errorf("%s light %d is %s, read as %+v", v.Video, i, l.Class, got)
			}
			if got.Pattern == led.Blink && math.Abs(got.RateHz-l.FreqHz) > 0.05 {
				t.Errorf("%s light %d blinks at %.3f Hz, read %.3f", v.Video, i, l.FreqHz, got.RateHz)
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d lights in the file", n)
	}
}

// burstTimes are those of a camera at fps that drops a frame now and then.
func burstTimes(r *rand.Rand, fps, seconds float64) []float64 {
	var t []float64
	for i := 0; float64(i)/fps < seconds; i++ {
		if r.Float64() > 0.02 {
			t = append(t, float64(i)/fps+r.NormFloat64()*0.0005)
		}
	}
	return t
}

// exposed is how much of an exposure of 8 ms that ends at t a square wave lights.
func exposed(t, rate, duty, phase float64) float64 {
	const n = 8
	on := 0
	for k := range n {
		x := (t-0.008*float64(k)/n)*rate + phase
		if x-math.Floor(x) < duty {
			on++
		}
	}
	return float64(on) / n
}

func TestClassifySeparatesEveryRate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, rate := range []float64{0.5, 0.8, 1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		right, n := 0, 100
		for range n {
			ts := burstTimes(r, 30, 4)
			duty, phase := 0.4+0.2*r.Float64(), r.Float64()
			v := make([]float64, len(ts))
			for i, at := range ts {
				v[i] = 15 + 160*exposed(at, rate, duty, phase) + r.NormFloat64()*4
			}
			got := led.Classify(ts, v, scale)
			if got.Pattern == led.Blink && math.Abs(got.RateHz-rate) < 0.04*rate+0.02 {
				right++
			}
		}
		if right < 97 {
			t.Errorf("%g Hz: %d of %d read right", rate, right, n)
		}
	}
}

func TestTrafficIsIrregularAndSteadyIsSteady(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	blink, steady, n := 0, 0, 400
	for range n {
		ts := burstTimes(r, 30, 4)
		v, flat := make([]float64, len(ts)), make([]float64, len(ts))
		level, on, until := 10+200*r.Float64(), true, 0.0
		for i, at := range ts {
			for at > until {
				on, until = !on, until+0.03+r.ExpFloat64()*0.12
			}
			if on {
				v[i] = 160
			}
			v[i] += 12 + r.NormFloat64()*4
			flat[i] = level + r.NormFloat64()*4
		}
		if led.Classify(ts, v, scale).Pattern == led.Blink {
			blink++
		}
		want := led.Solid
		if level < scale.Lit {
			want = led.Off
		}
		if math.Abs(level-scale.Lit) < 6 || led.Classify(ts, flat, scale).Pattern == want {
			steady++
		}
	}
	if blink > n/200 || steady < n {
		t.Errorf("%d of %d traffic lights read as blinking; %d of %d steady lights right", blink, n, steady, n)
	}
}

func TestClassifyClaimsNothingItCannotKnow(t *testing.T) {
	once := make([]float64, 120)
	ts := make([]float64, 120)
	for i := range once {
		ts[i] = float64(i) / 30
		if i > 60 {
			once[i] = 200
		}
	}
	if got := led.Classify(ts, once, scale); got.Pattern != led.Unknown {
		t.Errorf("one change in 4 s read as %+v", got)
	}
	if got := led.Classify(nil, nil, scale); got.Pattern != led.Unknown || got.Confidence != 0 {
		t.Errorf("no frames read as %+v", got)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add([]byte{1, 200, 1, 200, 1, 200, 1, 200, 1, 200}, 0.03)
	f.Fuzz(func(t *testing.T, b []byte, dt float64) {
		ts, v := make([]float64, len(b)), make([]float64, len(b))
		for i := range b {
			ts[i], v[i] = float64(i)*dt, float64(b[i])
		}
		if got := led.Classify(ts, v, scale); got.Confidence < 0 || got.Confidence > 1 || math.IsNaN(got.RateHz) {
			t.Fatalf("%+v", got)
		}
	})
}

// A light whose dimmer beats with the shutter shows one or two pulses a frame; it never goes dark.
func TestClassifyReadsADimmedLightAsSolid(t *testing.T) {
	var at, v []float64
	for i := range 121 {
		at = append(at, float64(i)/30)
		v = append(v, 0.3*(1+float64((i*i/3)%2)))
	}
	if r := led.Classify(at, v, led.Scale{Lit: 0.2, Noise: 0.02}); r.Pattern != led.Solid {
		t.Errorf("a dimmed light reads %+v", r)
	}
}

// A blink of four seconds is neither solid nor off in a burst of four, and a blink in one of eight.
func TestClassifyDoubtsASlowBlinkUntilItSawTwoPeriods(t *testing.T) {
	for phase := 0.0; phase < 4; phase += 0.13 {
		for _, frames := range []int{119, 241} {
			var at, v []float64
			for i := range frames {
				s := float64(i) / 30
				at, v = append(at, s), append(v, 0)
				if math.Mod(s+phase, 4) < 2 {
					v[i] = 0.5
				}
			}
			r := led.Classify(at, v, led.Scale{Lit: 0.2, Noise: 0.02})
			switch {
			case frames < 200 && r.Pattern != led.Unknown:
				t.Errorf("phase %.2f s: 4 s read %+v", phase, r)
			case frames > 200 && r.Pattern == led.Blink && math.Abs(r.RateHz-0.25) > 0.005:
				t.Errorf("phase %.2f s: 8 s read %+v", phase, r)
			case frames > 200 && r.Pattern != led.Blink && r.Pattern != led.Unknown:
				t.Errorf("phase %.2f s: 8 s read %+v", phase, r)
			}
		}
	}
}
