package look_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/look"
)

// How large the fuzzed films are: room for what is searched for, and no more.
const (
	fuzzW, fuzzH, fuzzFrames = 20, 24, 2
	fuzzFrame                = 3 * fuzzW * fuzzH
)

// FuzzLook serves requests that hold anything over frames that hold anything: each has one answer, in JSON.
func FuzzLook(f *testing.F) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	sound := vision.LookRequest{
		ID: "fuzz", Width: fuzzW, Height: fuzzH, Times: []time.Time{at, at.Add(33 * time.Millisecond)}, FX: 20, FY: 20, CX: 10, CY: 12,
		Target: vision.Target{
			Rack: "A", Face: maps.Front, WidthM: 0.6, BaseM: 0.1, UHeight: 42, FromU: 1, ToU: 42, TagSizeM: 0.06, WatchFloor: true,
			Tags: []vision.TargetTag{{ID: 1, X: 0.1, Y: 1}}, Door: &maps.Door{Kind: maps.PerforatedDoor, Hinge: "left"},
			Devices:     []vision.TargetDevice{{ID: "d", Unit: 20, UHeight: 2, Max: maps.Point{X: 0.5, Y: 1}, LEDs: []vision.TargetLED{{Name: "l", X: 0.3, Y: 1, DiameterM: 0.01}}}},
			Instruments: []maps.Instrument{{Kind: maps.Gauge, X: 0.3, Y: 1, DiameterM: 0.2, Max: 6}},
		},
		Thermal: &vision.ThermalFrame{Width: 2, Height: 2, C: []float32{20, 21, 22, 23}, HFOVRad: 1, VFOVRad: 1},
		Pose:    &vision.BelievedPose{X: 0.3, Y: 1, Z: 1, SigmaM: 0.001, SigmaRad: 0.001},
	}
	line, err := json.Marshal(sound)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line, []byte{0, 255, 7, 31, 200})
	f.Add([]byte(`{"id":"x","times":["2026-11-23T03:00:00Z"],"width":-1,"height":9e99}`), []byte{})
	f.Add([]byte(`{"width":20`), []byte{1})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, line, pixels []byte) {
		var req vision.LookRequest
		if json.Unmarshal(line, &req) == nil {
			req.FramesPath, req.EvidenceDir, req.BracketPath = filepath.Join(dir, "film"), dir, ""
			if req.Normals != nil {
				req.Normals.Pictures = nil // no path of the fuzzer's may be read or written
			}
			film := make([]byte, fuzzFrames*fuzzFrame)
			for i := range film {
				if len(pixels) > 0 {
					film[i] = pixels[i%len(pixels)]
				}
			}
			if err := os.WriteFile(req.FramesPath, film, 0o600); err != nil {
				t.Fatal(err)
			}
			if line, err = json.Marshal(req); err != nil {
				t.Skip("cannot be sent")
			}
		}
		line = append(bytes.ReplaceAll(line, []byte("\n"), nil), '\n')
		if len(bytes.TrimSpace(line)) == 0 {
			return
		}
		var out bytes.Buffer
		if err := look.Serve(context.Background(), bytes.NewReader(line), &out); err != nil {
			t.Fatal(err)
		}
		var res vision.LookResult
		if err := json.Unmarshal(out.Bytes(), &res); err != nil {
			t.Fatalf("answer %q: %v", out.Bytes(), err)
		}
	})
}
