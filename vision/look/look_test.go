package look_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/look"
	"github.com/nightrounds/nightrounds/vision/looktest"
)

// lights of the scene: one amber, one red and blinking, one blue, one off, one busy; all others green.
func lights(device, led string, at time.Duration) ([3]float64, float64) {
	s := at.Seconds()
	square := func(hz, duty float64) float64 {
		if x := s * hz; x-math.Floor(x) < duty {
			return 1
		}
		return 0
	}
	switch device + "/" + led {
	case "srv-03/disk2":
		return [3]float64{0, 130, 255}, 1 // amber, hue 31
	case "srv-05/disk1":
		return [3]float64{20, 25, 255}, square(2, 0.5)
	case "srv-07/disk0":
		return [3]float64{255, 150, 40}, 1
	case "srv-09/disk7":
		return [3]float64{30, 255, 60}, 0
	case "srv-11/disk3":
		return [3]float64{30, 255, 60}, float64(int(s*1000/37) * int(s*1000/91) % 3 % 2)
	case "srv-13/disk5":
		return [3]float64{30, 255, 60}, square(5, 0.5)
	}
	return [3]float64{30, 255, 70}, 1
}

// warmFrame is a thermal picture of the scene with one device 20 K warmer.
func warmFrame() *vision.ThermalFrame {
	f := &vision.ThermalFrame{Width: 24, Height: 32, HFOVRad: 35 * math.Pi / 180, VFOVRad: 55 * math.Pi / 180, OffsetRightM: 0.03}
	fy := 16 / math.Tan(f.VFOVRad/2)
	for y := range f.Height {
		c, all := 0.0, 0.0
		for k := range 20 { // a pixel sees the mean of what it covers, through a lens that blurs by half a pixel
			for blur := -1.5; blur <= 1.5; blur += 0.1 {
				weight := math.Exp(-blur * blur / 2 / 0.25)
				h := 0.6 - (float64(y)-0.475+0.05*float64(k)+blur-15.5)/fy // of the face, from 1 m at 0.6 m
				if all += weight; h > 0.1+4*0.04445 && h < 0.1+6*0.04445 { // U5, U6: srv-05
					c += 20 * weight
				}
			}
		}
		for range f.Width {
			f.C = append(f.C, float32(25+c/all))
		}
	}
	return f
}

func request(tb testing.TB, sway int) vision.LookRequest {
	tb.Helper()
	s := looktest.New()
	s.Light, s.SwayPx = lights, sway
	req, err := s.Burst(tb.TempDir(), 120, 30)
	if err != nil {
		tb.Fatal(err)
	}
	req.Thermal = warmFrame()
	return req
}

func TestLookReadsEveryLightAndDevice(t *testing.T) {
	req := request(t, 3)
	res, err := look.Look(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Registration.Tags < 5 || res.Registration.SigmaMM > 5 {
		t.Errorf("registration %+v", res.Registration)
	}
	want := map[string]string{
		"srv-03/disk2": "amber solid", "srv-05/disk1": "red blink", "srv-07/disk0": "blue solid", "srv-09/disk7": " off",
		"srv-11/disk3": "green irregular", "srv-13/disk5": "green blink",
	}
	for _, l := range res.LEDs {
		w, special := want[l.Device+"/"+l.LED]
		if !special {
			w = "green solid"
		}
		if got := l.Colour + " " + l.Pattern; got != w || l.Confidence < 0.6 {
			t.Errorf("%s %s is %s, read %+v", l.Device, l.LED, w, l)
		}
		if l.Device == "srv-05" && l.Pattern == "blink" && math.Abs(l.RateHz-2) > 0.05 {
			t.Errorf("2 Hz read as %.3f", l.RateHz)
		}
	}
	if len(res.LEDs) != 88 || len(res.Devices) != 11 || len(res.Evidence) != 2 {
		t.Errorf("%d lights, %d devices, %d pictures", len(res.LEDs), len(res.Devices), len(res.Evidence))
	}
	for _, d := range res.Devices {
		if want := 25.0; d.Device != "srv-05" && math.Abs(d.MedianC-want) > 1 {
			t.Errorf("%s is %.1f °C", d.Device, d.MedianC)
		} else if d.Device == "srv-05" && math.Abs(d.P95C-45) > 2 {
			t.Errorf("the hot device is %.1f °C", d.P95C)
		}
	}
	var kinds []string
	for _, f := range vision.Judge(req.Target, res, nil, nil, vision.DefaultRules()) {
		kinds = append(kinds, f.Kind+" "+f.Device)
	}
	const judged = "disk-failed srv-03; hot-device srv-05; disk-predicted srv-05; identify srv-07; " +
		"light-unknown srv-09; light-unknown srv-11; light-unknown srv-13"
	if got := strings.Join(kinds, "; "); got != judged {
		t.Errorf("judged %q, not %q", got, judged)
	}
}

func TestLookWithoutTagsTellsNoPlace(t *testing.T) {
	req := request(t, 0)
	req.Target.Tags = nil
	res, err := look.Look(req)
	if err != nil || res.Registration.Method != vision.MethodNone || len(res.LEDs)+len(res.Devices) != 0 || len(res.Evidence) != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
}

func TestServeAnswersEveryLineInOrder(t *testing.T) {
	req := request(t, 0)
	good, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	bad := req
	bad.ID, bad.FramesPath = "look-2", req.FramesPath+".gone"
	gone, err := json.Marshal(bad)
	if err != nil {
		t.Fatal(err)
	}
	in := bytes.NewReader(bytes.Join([][]byte{good, []byte("{nonsense"), gone, good}, []byte("\n")))
	var out bytes.Buffer
	if err := look.Serve(t.Context(), in, &out); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	for i, fails := range []bool{false, true, true, false} {
		var res vision.LookResult
		if err := dec.Decode(&res); err != nil {
			t.Fatal(err)
		}
		if (res.Error != "") != fails {
			t.Errorf("answer %d: %q", i, res.Error)
		}
	}
}

func TestLookRefusesAShortBurst(t *testing.T) {
	req := request(t, 0)
	if err := os.Truncate(req.FramesPath, 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := look.Look(req); err == nil {
		t.Fatal("looked at a burst cut short")
	}
}

func BenchmarkLook(b *testing.B) {
	req := request(b, 2)
	for b.Loop() {
		if _, err := look.Look(req); err != nil {
			b.Fatal(err)
		}
	}
}
