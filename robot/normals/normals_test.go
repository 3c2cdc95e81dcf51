package normals_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/robot/normals"
	"github.com/nightrounds/nightrounds/vision"
)

var target = vision.Target{Rack: "A01", Face: "front", FromU: 1, ToU: 20, Devices: []vision.TargetDevice{{ID: "srv-1", Unit: 3}}}

func learned(t *testing.T) (*normals.Store, vision.Normals) {
	t.Helper()
	picture := filepath.Join(t.TempDir(), "left.png")
	if err := os.WriteFile(picture, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := vision.Normals{
		At:       time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		Pictures: []vision.NormalPicture{{Plane: "face", Path: picture, ScaleM: 0.001}},
		Lights:   []vision.NormalLight{{Device: "srv-1", X: 0.3, Y: 0.2}},
	}
	s := normals.New(filepath.Join(t.TempDir(), "normals"))
	if err := s.Learn("A01/front:1", target, n); err != nil {
		t.Fatal(err)
	}
	return s, n
}

func TestWhatWasLearnedIsKnownAgain(t *testing.T) {
	s, n := learned(t)
	got, err := s.Of("A01/front:1", target)
	if err != nil || got == nil {
		t.Fatal(got, err)
	}
	if len(got.Lights) != 1 || !got.At.Equal(n.At) || got.Viewpoint != "A01/front:1" {
		t.Errorf("got %+v", got)
	}
	if data, err := os.ReadFile(got.Pictures[0].Path); err != nil || string(data) != "a picture" {
		t.Errorf("picture: %q, %v", data, err)
	}
}

func TestAnotherRackIsUnlearned(t *testing.T) {
	s, _ := learned(t)
	changed := target
	changed.Devices = []vision.TargetDevice{{ID: "srv-2", Unit: 3}}
	for name, ask := range map[string]func() (*vision.Normals, error){
		"a device was exchanged": func() (*vision.Normals, error) { return s.Of("A01/front:1", changed) },
		"another viewpoint":      func() (*vision.Normals, error) { return s.Of("A01/front:2", target) },
	} {
		if got, err := ask(); err != nil || got != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestUpdateKeepsThePictures(t *testing.T) {
	s, n := learned(t)
	n.Heat = []vision.NormalHeat{{Device: "srv-1", OverK: []float64{3}}}
	n.Pictures = nil
	if err := s.Update("A01/front:1", n); err != nil {
		t.Fatal(err)
	}
	got, err := s.Of("A01/front:1", target)
	if err != nil || len(got.Heat) != 1 || len(got.Pictures) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.Update("B02/front:1", n); err == nil {
		t.Error("a viewpoint that was never learned was updated")
	}
}

func TestForgottenIsUnlearned(t *testing.T) {
	s, _ := learned(t)
	if err := s.Forget("A01/front:1"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Of("A01/front:1", target); err != nil || got != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestABrokenFileSaysWhatToDo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "normals")
	s := normals.New(dir)
	if err := s.Learn("A01", target, vision.Normals{}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "normals.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Of("A01", target); err == nil {
		t.Error("a broken file was taken")
	}
}
