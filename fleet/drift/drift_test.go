package drift_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/drift"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

var night = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

func sample(t testing.TB) *maps.Site {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// seen is a confirmed fault of one device of the sample's rack A01.
func seen(id, kind string, d *maps.Device, value float64) fault.Fault {
	f := vision.Finding{Kind: kind, Rack: d.Rack, Face: maps.Front, Unit: d.Position, Device: d.ID, Value: value, Confidence: 0.95, Meaning: kind + " " + d.ID}
	return fault.Fault{ID: id, State: fault.Ticketed, Kind: kind, Rack: d.Rack, Face: maps.Front, Unit: d.Position, Device: d.ID,
		Sightings: []fault.Look{{At: night, Viewpoint: "A01-front-1", Finding: f}}}
}

func propose(t testing.TB, looks map[string][]wire.Observation, faults ...fault.Fault) drift.Proposal {
	t.Helper()
	return drift.Propose(sample(t), faults, looks, drift.Options{MinConfidence: 0.8})
}

func device(t testing.TB, i int) *maps.Device {
	t.Helper()
	r, _ := sample(t).Rack("A01")
	return r.Devices[i]
}

func TestMovedAndMissingDevicesAreProposed(t *testing.T) {
	moved, missing := device(t, 0), device(t, 2)
	p := propose(t, nil, seen("f1", vision.KindDeviceMoved, moved, float64(moved.Position+1)), seen("f2", vision.KindDeviceMissing, missing, 0))
	if len(p.Changes) != 2 || p.Changes[0].Position != moved.Position+1 || p.Changes[0].Was != moved.Position || p.Changes[1].Status != "offline" || p.Changes[1].Position != 0 {
		t.Errorf("proposal %+v", p)
	}
}

func TestDoubtfulThingsAreNotProposed(t *testing.T) {
	d, next := device(t, 0), device(t, 1)
	once := seen("once", vision.KindDeviceMissing, d, 0)
	once.State = fault.Suspected
	faint := seen("faint", vision.KindDeviceMissing, d, 0)
	faint.Sightings[0].Finding.Confidence = 0.5
	over := seen("over", vision.KindDeviceMoved, d, 0)
	over.State = fault.Resolved
	p := propose(t, nil, once, faint, over,
		seen("onto", vision.KindDeviceMoved, d, float64(next.Position)), seen("top", vision.KindDeviceMoved, d, 43),
		seen("hot", vision.KindHotDevice, d, 70))
	if len(p.Changes) != 0 || len(p.Left) != 4 {
		t.Errorf("proposal %+v", p)
	}
	if all := strings.Join(p.Left, "\n"); !strings.Contains(all, "settle that one first") || !strings.Contains(all, "U43 is no place") {
		t.Errorf("left:\n%s", all)
	}
}

func TestWhatANewerLookNoLongerShowsIsLeftOut(t *testing.T) {
	f := seen("f1", vision.KindDeviceMissing, device(t, 0), 0)
	look := wire.Observation{Viewpoint: "A01-front-1", At: night.Add(time.Hour)}
	if p := propose(t, map[string][]wire.Observation{"A01": {look}}, f); len(p.Changes) != 0 {
		t.Errorf("proposed although gone: %+v", p.Changes)
	}
	look.Findings = []vision.Finding{f.Sightings[0].Finding}
	if p := propose(t, map[string][]wire.Observation{"A01": {look}}, f); len(p.Changes) != 1 {
		t.Errorf("not proposed although still seen: %+v", p.Left)
	}
	look.Findings, look.Failed = nil, "no tags"
	if p := propose(t, map[string][]wire.Observation{"A01": {look}}, f); len(p.Changes) != 1 {
		t.Errorf("a failed look proves nothing: %+v", p.Left)
	}
}

func TestUnknownLightsAreForPeople(t *testing.T) {
	p := propose(t, nil, seen("f1", vision.KindLightUnexpected, device(t, 0), 0))
	if len(p.Changes) != 0 || len(p.Unrecorded) != 1 || p.Unrecorded[0].Rack != "A01" {
		t.Errorf("proposal %+v", p)
	}
}

func TestRecordsAreMatchedByAssetTagThenName(t *testing.T) {
	records, err := drift.ReadRecords(strings.NewReader("\ufeffName,Status,ID,Asset tag\nA,Active,7,T1\nB,Active,8,\nb,Active,9,\n\"C, x\",Active,10,T3\n"))
	if err != nil || len(records) != 4 {
		t.Fatalf("records %v, error %v", records, err)
	}
	changes := []drift.Change{{Device: "a", Position: 4}, {Device: "b", Position: 5}, {Device: "zz", AssetTag: "T3", Status: "offline"}, {Device: "nobody"}}
	if un := drift.Match(changes, records); len(un) != 2 || changes[0].NetBoxID != 7 || changes[2].NetBoxID != 10 {
		t.Errorf("unmatched %v, changes %+v", un, changes)
	}
	var positions, statuses bytes.Buffer
	if n, err := drift.Positions(&positions, changes); n != 1 || err != nil || positions.String() != "id,position\n7,4\n" {
		t.Errorf("%d rows, %v: %q", n, err, positions.String())
	}
	if n, err := drift.Statuses(&statuses, changes); n != 1 || err != nil || statuses.String() != "id,status\n10,offline\n" {
		t.Errorf("%d rows, %v: %q", n, err, statuses.String())
	}
	p := drift.Patches(changes)
	if p[0].Path != "/api/dcim/devices/7/" || p[1].Lookup["name"] != "b" || p[2].Body["status"] != "offline" || len(p[2].Body) != 1 {
		t.Errorf("patches %+v", p)
	}
}

func TestBadRecordsAreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "line 1",
		"Name,Status\nA,B\n":  "columns ID and Name",
		"ID,Name\nx,A\n":      "line 2: ID \"x\"",
		"Name,ID\nA\n":        "line 2: has 1 fields",
		"ID,Name\n1,\"A\nB\n": "read devices",
	} {
		if _, err := drift.ReadRecords(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// netbox answers as NetBox does, for one device.
func netbox(t testing.TB, position float64, patched *[]map[string]any) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Token secret" {
			http.Error(w, `{"detail":"Invalid token"}`, http.StatusForbidden)
			return
		}
		one := fmt.Sprintf(`{"id":42,"name":"srv","position":%g}`, position)
		switch {
		case r.Method == http.MethodPatch && r.URL.Path == "/api/dcim/devices/42/":
			b, _ := io.ReadAll(r.Body)
			var body map[string]any
			if err := json.Unmarshal(b, &body); err != nil {
				t.Errorf("body %s", b)
			}
			*patched = append(*patched, body)
			fmt.Fprint(w, one)
		case r.URL.Query().Get("name") == "srv":
			fmt.Fprintf(w, `{"count":1,"results":[%s]}`, one)
		case r.URL.Query().Get("name") == "twin":
			fmt.Fprintf(w, `{"count":2,"results":[%s,%s]}`, one, one)
		default:
			fmt.Fprint(w, `{"count":0,"results":[]}`)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestSendChangesOnlyWhatStillHolds(t *testing.T) {
	var patched []map[string]any
	srv := netbox(t, 5, &patched)
	n := drift.NetBox{URL: srv.URL + "/", Token: "secret", Client: srv.Client()}
	if id, err := n.Send(t.Context(), drift.Change{Device: "srv", AssetTag: "T9", Was: 5, Position: 6}); err != nil || id != 42 {
		t.Errorf("id %d, error %v", id, err)
	}
	if len(patched) != 1 || patched[0]["position"] != 6.0 || len(patched[0]) != 1 {
		t.Errorf("patched %v", patched)
	}
	for _, c := range []struct {
		change drift.Change
		token  string
		want   string
	}{
		{drift.Change{Device: "srv", Was: 9, Position: 6}, "secret", "the site's copy is old"},
		{drift.Change{Device: "twin", Was: 5, Position: 6}, "secret", "2 records"},
		{drift.Change{Device: "nobody", Was: 5, Position: 6}, "secret", "no record"},
		{drift.Change{Device: "srv", Was: 5}, "secret", "nothing is to be changed"},
		{drift.Change{Device: "srv", Was: 5, Position: 6}, "wrong", "403"},
	} {
		n.Token = c.token
		if _, err := n.Send(t.Context(), c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.change, err, c.want)
		}
	}
	if len(patched) != 1 {
		t.Errorf("patched %v", patched)
	}
}

func FuzzReadRecords(f *testing.F) {
	f.Add("ID,Name,Asset tag\n1,a,T\n")
	f.Add("\ufeffname;id\n")
	f.Fuzz(func(t *testing.T, text string) {
		records, err := drift.ReadRecords(strings.NewReader(text))
		for _, r := range records {
			if r.ID < 1 {
				t.Errorf("id %d, error %v", r.ID, err)
			}
		}
	})
}
