package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/wiretest"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var (
	robot = wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	name  = strings.Repeat("0a", 32)
)

func sample() wire.Observation {
	return wire.Observation{
		Manufacturer: robot.Manufacturer, SerialNumber: robot.SerialNumber, Seq: 7, At: time.Date(2026, 11, 23, 3, 12, 0, 5e6, time.UTC),
		OrderID: "o", ActionID: "a", SitePackage: name, Hall: "hall-1", Viewpoint: "A01-front-1", Rack: "A01", Face: maps.Front,
		SecondLookOf: 6, Air: &vision.Air{TemperatureC: 22.5, HumidityPercent: 45, DewPointC: 10},
		Registration: vision.Registration{Method: "tags", Tags: 5, SigmaMM: 0.8, Z: 1},
		LEDs:         []vision.LEDReading{{Device: "d1", LED: "disk0", Colour: "amber", Pattern: "blink", RateHz: 2, Duty: 0.5, Confidence: 0.99}},
		Devices:      []vision.TemperatureReading{{Device: "d1", MaxC: 41, P95C: 39, MedianC: 33, Pixels: 60}},
		Units:        []vision.TemperatureReading{{Unit: 3, MaxC: 25, P95C: 24, MedianC: 23, Pixels: 18}},
		Findings: []vision.Finding{{Kind: "disk-failed", Severity: vision.Warning, Rack: "A01", Face: maps.Front, Unit: 7, Device: "d1",
			LED: "disk0", Meaning: "drive fault", Confidence: 0.97}},
		Evidence: []wire.EvidenceRef{{SHA256: name, Kind: "visual", MediaType: "image/jpeg", Bytes: 1200}},
	}
}

func TestObservationRoundTrip(t *testing.T) {
	want := sample()
	b, err := wire.EncodeObservation(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.DecodeObservation(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
}

func TestObservationOfAFailedLook(t *testing.T) {
	o := sample()
	o.Failed, o.LEDs, o.Devices, o.Units, o.Findings, o.Evidence = "vision process died", nil, nil, nil, nil, nil
	b, err := wire.EncodeObservation(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("null in %s", b)
	}
}

func TestObservationErrorsNameTheField(t *testing.T) {
	for field, spoil := range map[string]func(*wire.Observation){
		"manufacturer":          func(o *wire.Observation) { o.Manufacturer = "" },
		"serialNumber":          func(o *wire.Observation) { o.SerialNumber = "a/b" },
		"seq":                   func(o *wire.Observation) { o.Seq = 0 },
		"at":                    func(o *wire.Observation) { o.At = time.Time{} },
		"viewpoint":             func(o *wire.Observation) { o.Viewpoint = "" },
		"face":                  func(o *wire.Observation) { o.Face = "top" },
		"secondLookOf":          func(o *wire.Observation) { o.SecondLookOf = 7 },
		"failed":                func(o *wire.Observation) { o.Failed = "no" },
		"registration":          func(o *wire.Observation) { o.Registration.Tags = -1 },
		"leds[0].pattern":       func(o *wire.Observation) { o.LEDs[0].Pattern = "strobe" },
		"leds[0].confidence":    func(o *wire.Observation) { o.LEDs[0].Confidence = 1.01 },
		"devices[0]":            func(o *wire.Observation) { o.Devices[0].Pixels = -1 },
		"findings[0].severity":  func(o *wire.Observation) { o.Findings[0].Severity = "bad" },
		"findings[0].face":      func(o *wire.Observation) { o.Findings[0].Face = "" },
		"evidence[0].sha256":    func(o *wire.Observation) { o.Evidence[0].SHA256 = strings.ToUpper(name) },
		"evidence[0].mediaType": func(o *wire.Observation) { o.Evidence[0].MediaType = "text/html" },
		"evidence[0].bytes":     func(o *wire.Observation) { o.Evidence[0].Bytes = wire.MaxPayload + 1 },
	} {
		o := sample()
		spoil(&o)
		if _, err := wire.EncodeObservation(o); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: encoded with %v", field, err)
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wire.DecodeObservation(b); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: decoded with %v", field, err)
		}
	}
	if _, err := wire.DecodeObservation(make([]byte, wire.MaxPayload+1)); err == nil {
		t.Error("a message above the broker's limit was read")
	}
}

// What Encode lets out, the schema accepts.
func TestEncodedObservationsKeepTheSchema(t *testing.T) {
	v := wiretest.New(t, wiretest.VDASchemas(t))
	share := rapid.Float64Range(0, 1)
	temperature := rapid.Custom(func(t *rapid.T) vision.TemperatureReading {
		return vision.TemperatureReading{Device: rapid.String().Draw(t, "device"), Unit: rapid.IntRange(0, 60).Draw(t, "unit"),
			MaxC: rapid.Float64Range(-50, 300).Draw(t, "max"), Pixels: rapid.IntRange(0, 1e6).Draw(t, "pixels")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		o := sample()
		o.Seq = rapid.Uint64Range(7, 1<<53).Draw(rt, "seq")
		o.Devices, o.Units = rapid.SliceOf(temperature).Draw(rt, "devices"), rapid.SliceOf(temperature).Draw(rt, "units")
		o.LEDs[0].Confidence, o.LEDs[0].Duty = share.Draw(rt, "confidence"), share.Draw(rt, "duty")
		o.Findings[0].Meaning = rapid.String().Draw(rt, "meaning")
		o.Findings[0].Value = rapid.Float64Range(-1e6, 1e6).Draw(rt, "value")
		if rapid.Bool().Draw(rt, "nothing found") {
			o.Findings, o.Evidence, o.Air = nil, nil, nil
		}
		b, err := wire.EncodeObservation(o)
		if err != nil {
			rt.Fatal(err)
		}
		if err := v.Check(wire.Topic("site", robot, "observation"), b); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestReceipts(t *testing.T) {
	v := wiretest.New(t, wiretest.VDASchemas(t))
	r := wire.Receipt{At: time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC), Seq: 0}
	b, err := wire.EncodeReceipt(r)
	if err != nil {
		t.Fatal(err)
	}
	v.Must(t, wire.Topic("site", robot, "receipt"), b)
	r.Missing = []string{name}
	if b, err = wire.EncodeReceipt(r); err != nil {
		t.Fatal(err)
	}
	v.Must(t, wire.Topic("site", robot, "receipt"), b)
	if got, err := wire.DecodeReceipt(b); err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("%v %+v", err, got)
	}
	for _, bad := range []string{"", "{}", `{"at":"2026-11-23T03:12:00Z","seq":-1}`, `{"at":"2026-11-23T03:12:00Z","seq":1,"missing":["x"]}`} {
		if _, err := wire.DecodeReceipt([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestCheckRefusesWhatDoesNotBelong(t *testing.T) {
	v := wiretest.New(t, wiretest.VDASchemas(t))
	b, err := wire.EncodeObservation(sample())
	if err != nil {
		t.Fatal(err)
	}
	picture := []byte("a picture")
	v.Must(t, wire.Topic("site", robot, "evidence/"+wire.EvidenceName(picture)), picture)
	other := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-02"}
	for topic, payload := range map[string][]byte{
		"site/v4/a/b/order":                                 b,
		wire.VDATopic("site", robot, "orders"):              b,
		wire.VDATopic("site", robot, "state"):               b,
		wire.Topic("site", robot, "evidence/"+name):         picture,
		wire.Topic("site", robot, "evidence"):               b,
		wire.Topic("site", other, "observation"):            b,
		wire.Topic("site", robot, "receipt"):                []byte("{"),
		wire.VDATopic("site", wire.RobotID{}, "connection"): []byte("{}"),
	} {
		if v.Check(topic, payload) == nil {
			t.Errorf("%s was let pass", topic)
		}
	}
}

func TestTopicsRoundTrip(t *testing.T) {
	for _, kind := range []string{"observation", "evidence/" + name, "receipt"} {
		site, r, k, vda, err := wire.ParseTopic(wire.Topic("ams1", robot, kind))
		if site != "ams1" || r != robot || k != kind || vda || err != nil {
			t.Errorf("%s: %s %s %s %v %v", kind, site, r, k, vda, err)
		}
	}
	site, r, k, vda, err := wire.ParseTopic(wire.VDATopic("ams1", robot, "state"))
	if site != "ams1" || r != robot || k != "state" || !vda || err != nil {
		t.Errorf("state: %s %s %s %v %v", site, r, k, vda, err)
	}
}

func FuzzDecodeObservation(f *testing.F) {
	b, err := wire.EncodeObservation(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"leds":[null],"air":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := wire.DecodeObservation(data)
		if err != nil {
			return
		}
		if _, err := wire.EncodeObservation(o); err != nil {
			t.Errorf("read but not sendable: %v", err)
		}
	})
}

func FuzzDecodeReceipt(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-23T03:12:00Z","seq":1,"missing":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := wire.DecodeReceipt(data); err == nil {
			if _, err := wire.EncodeReceipt(r); err != nil {
				t.Errorf("read but not sendable: %v", err)
			}
		}
	})
}
