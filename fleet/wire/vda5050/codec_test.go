package vda5050

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

const orderJSON = `{"headerId":1,"timestamp":"1991-03-11T11:40:03.123Z","version":"3.0.0","manufacturer":"m","serialNumber":"s",
 "orderId":"o","orderUpdateId":0,
 "nodes":[{"nodeId":"pumpenhaus_1","sequenceId":0,"released":true,"actions":[
   {"actionType":"beep","actionId":"a1","blockingType":"NONE","actionParameters":[
     {"key":"duration","value":103.2},{"key":"direction","value":"left"},{"key":"signal","value":true},
     {"key":"l","value":["arrays","are","also","valid"]},{"key":"o","value":{"objects":"as","well":true}}]}]},
  {"nodeId":"MONTAGE","sequenceId":2,"released":true,"actions":[]}],
 "edges":[{"edgeId":"e","sequenceId":1,"released":true,"actions":[]}]}`

// The examples of the official schemas (the "examples" keywords of order.schema) are read.
func TestUnmarshalTakesTheSchemaExamples(t *testing.T) {
	var o Order
	if err := Unmarshal([]byte(orderJSON), &o); err != nil {
		t.Fatal(err)
	}
	a := o.Nodes[0].Actions[0]
	if f, ok := a.Number("duration"); !ok || f != 103.2 {
		t.Errorf("duration %v %v", f, ok)
	}
	if b, ok := a.Bool("signal"); !ok || !b {
		t.Errorf("signal %v %v", b, ok)
	}
	if _, ok := a.Text("duration"); ok {
		t.Error("a number was read as a text")
	}
	want := time.Date(1991, 3, 11, 11, 40, 3, 123e6, time.UTC)
	if !o.Timestamp.Equal(want) {
		t.Errorf("timestamp %v", o.Timestamp)
	}
}

func TestUnmarshalNamesTheField(t *testing.T) {
	for _, c := range []struct{ from, to, path string }{
		{`"orderId":"o",`, ``, "orderId"},
		{`"orderId":"o"`, `"orderId":null`, "orderId"},
		{`"orderId":"o"`, `"orderId":""`, "orderId"},
		{`"orderId":"o"`, `"orderId":7`, "orderId"},
		{`"orderUpdateId":0`, `"orderUpdateId":-1`, "orderUpdateId"},
		{`"orderUpdateId":0`, `"orderUpdateId":4294967296`, "orderUpdateId"},
		{`"orderUpdateId":0`, `"orderUpdateId":1.5`, "orderUpdateId"},
		{`1991-03-11T11:40:03.123Z`, `yesterday`, "timestamp"},
		{`"blockingType":"NONE"`, `"blockingType":"MAYBE"`, "nodes[0].actions[0].blockingType"},
		{`"value":103.2`, `"value":1e999`, "nodes[0].actions[0].actionParameters[0].value"},
		{`"sequenceId":2,"released":true`, `"sequenceId":2,"released":1`, "nodes[1].released"},
		{`"sequenceId":2`, `"sequenceId":4`, "nodes[1].sequenceId"},
		{`"edgeId":"e","sequenceId":1`, `"edgeId":"e","sequenceId":3`, "edges[0].sequenceId"},
		{`"sequenceId":1,"released":true`, `"sequenceId":1,"released":false`, "nodes[1].released"},
		{`"pumpenhaus_1","sequenceId":0,"released":true`, `"pumpenhaus_1","sequenceId":0,"released":false`, "nodes[0].released"},
		{`"edges":[{"edgeId":"e","sequenceId":1,"released":true,"actions":[]}]`, `"edges":[]`, "edges"},
		{`"MONTAGE","sequenceId":2,"released":true`, `"MONTAGE","sequenceId":2,"released":false,"Released":true`, "nodes[1].Released"},
		{`"actions":[]}],`, `"actions":[],"nodePosition":{"x":1,"y":2,"theta":4,"mapId":"h"}}],`, "nodes[1].nodePosition.theta"},
		{`"actions":[]}],`, `"actions":[{"actionType":"x","actionId":"a1","blockingType":"HARD"}]}],`, "nodes[1].actions[0].actionId"},
	} {
		text := strings.Replace(orderJSON, c.from, c.to, 1)
		if text == orderJSON {
			t.Fatalf("%q is not in the order", c.from)
		}
		o := Order{OrderID: "untouched"}
		err := Unmarshal([]byte(text), &o)
		var fe *FieldError
		if !errors.As(err, &fe) || fe.Path != c.path {
			t.Errorf("%s -> %s: want an error of %s, got %v", c.from, c.to, c.path, err)
		}
		if o.OrderID != "untouched" {
			t.Errorf("%s: the message was changed by a failed decode", c.to)
		}
	}
}

func TestUnmarshalIsTolerant(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{`"orderId":"o"`, `"orderId":"o","zoneSetId":"of VDA 5050 2.1","vendor":{"x":[1]}`},
		{`"orderId":"o"`, `"orderId":"o","orderDescription":null`},
		{`11:40:03.123Z`, `11:40:03Z`},
		{`11:40:03.123Z`, `11:40:03.123456+01:00`},
		{`11:40:03.123Z`, `11:40:03.12`},
	} {
		var o Order
		if err := Unmarshal([]byte(strings.Replace(orderJSON, c.from, c.to, 1)), &o); err != nil {
			t.Errorf("%s: %v", c.to, err)
		}
	}
}

func TestUnmarshalRefusesWhatIsNoMessage(t *testing.T) {
	for _, s := range []string{"", "null", "7", "[]", "{", orderJSON + "{}", `{"headerId":1}`, strings.Repeat("[", 20000)} {
		if err := Unmarshal([]byte(s), new(Order)); err == nil {
			t.Errorf("%.20q was taken", s)
		}
	}
	if err := Unmarshal(make([]byte, MaxSize+1), new(Order)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := Unmarshal([]byte(orderJSON), nil); err == nil {
		t.Error("no message to decode into, and no error")
	}
	if _, err := Marshal((*Order)(nil)); err == nil {
		t.Error("a nil order was sent")
	}
}

func TestMarshalFillsRequiredArraysOnly(t *testing.T) {
	h := Header{Timestamp: At(time.Unix(0, 0)), Version: Version, Manufacturer: "m", SerialNumber: "s"}
	s := State{Header: h, OperatingMode: ModeAutomatic, SafetyState: SafetyState{ActiveEmergencyStop: EStopNone}}
	b, err := Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{`"nodeStates":[]`, `"edgeStates":[]`, `"actionStates":[]`, `"instantActionStates":[]`, `"errors":[]`, `"1970-01-01T00:00:00.000Z"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "null") || strings.Contains(text, "loads") {
		t.Errorf("optional fields in %s", text)
	}
	if s.NodeStates != nil {
		t.Error("Marshal changed the message")
	}
	s.Loads = []Load{}
	if b, _ = Marshal(&s); !strings.Contains(string(b), `"loads":[]`) {
		t.Errorf("an unloaded robot does not say so: %s", b)
	}
}

func TestMarshalIsStrict(t *testing.T) {
	h := Header{Timestamp: At(time.Unix(0, 0)), Version: Version, Manufacturer: "m", SerialNumber: "s"}
	for name, m := range map[string]Message{
		"no header":       &Connection{ConnectionState: ConnectionOnline},
		"no state":        &Connection{Header: h},
		"a wrong enum":    &Connection{Header: h, ConnectionState: "GONE"},
		"a charge of 140": &State{Header: h, OperatingMode: ModeAutomatic, PowerSupply: PowerSupply{StateOfCharge: 140}, SafetyState: SafetyState{ActiveEmergencyStop: EStopNone}},
		"NaN":             &Visualization{Header: h, Velocity: &Velocity{VX: new(math.NaN())}},
		"a year of 5 digits": &Connection{Header: Header{Timestamp: Time{time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}, Version: Version,
			Manufacturer: "m", SerialNumber: "s"}, ConnectionState: ConnectionOnline},
		"a blocking instant action": &InstantActions{Header: h, Actions: []Action{{ActionType: "x", ActionID: "1", BlockingType: BlockingHard}}},
		"an order without nodes":    &Order{Header: h, OrderID: "o"},
		"a zone without its speed": &ZoneSetMessage{Header: h, ZoneSet: ZoneSet{MapID: "h", ZoneSetID: "z", Zones: []Zone{
			{ZoneID: "1", ZoneType: ZoneTypeSpeedLimit, Vertices: make([]Vertex, 3)}}}},
	} {
		if b, err := Marshal(m); err == nil {
			t.Errorf("%s was sent: %s", name, b)
		}
	}
}

// Every vda tag must be one that the checks understand: a misspelt one would check nothing.
func TestTagsAreKnown(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(ty reflect.Type) {
		switch ty.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(ty.Elem())
		case reflect.Struct:
			if seen[ty] || ty == reflect.TypeFor[Time]() {
				return
			}
			seen[ty] = true
			for i := range ty.NumField() {
				f := ty.Field(i)
				for r := range strings.SplitSeq(f.Tag.Get("vda"), ",") {
					key, value, _ := strings.Cut(r, "=")
					_, err := strconv.ParseFloat(value, 64)
					if (key == "min" || key == "max") && err == nil || key == "nonempty" || key == "" {
						continue
					}
					t.Errorf("%s.%s: tag %q", ty.Name(), f.Name, r)
				}
				walk(f.Type)
			}
		}
	}
	for _, kind := range []string{KindOrder, KindInstantActions, KindState, KindVisualization, KindConnection, KindFactsheet, KindZoneSet, KindResponses} {
		m, ok := New(kind)
		if !ok || m.Kind() != kind {
			t.Fatalf("no message of kind %s", kind)
		}
		walk(reflect.TypeOf(m))
	}
}

func TestInspectActionRoundTrip(t *testing.T) {
	a := InspectAction("id", "A01-front-1", ReasonVerification)
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back Action
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if v, r, err := InspectParams(back); v != "A01-front-1" || r != ReasonVerification || err != nil {
		t.Errorf("%q %q %v", v, r, err)
	}
	if _, r, err := InspectParams(InspectAction("id", "v", "")); r != ReasonPatrol || err != nil {
		t.Errorf("without a reason: %q %v", r, err)
	}
	for _, bad := range []Action{
		InspectAction("id", "", ""), InspectAction("id", "v", "boredom"), Instant("beep", "id"),
		{ActionType: Inspect, ActionParameters: []ActionParameter{{Key: "viewpoint", Value: 7.0}}},
		{ActionType: Inspect, ActionParameters: []ActionParameter{{Key: "viewpoint", Value: "v"}, {Key: "reason", Value: 7.0}}},
	} {
		if _, _, err := InspectParams(bad); err == nil {
			t.Errorf("taken: %+v", bad)
		}
	}
}

// Whatever is accepted can be sent again, and nothing makes the codec panic.
func FuzzUnmarshal(f *testing.F) {
	f.Add(uint8(0), []byte(orderJSON))
	f.Add(uint8(2), []byte(`{"headerId":1,"timestamp":"2026-11-23T03:12:00Z","errors":null}`))
	f.Add(uint8(4), []byte(`{"headerId":1,"timestamp":"2026-11-23T03:12:00Z","version":"3.0.0","manufacturer":"m","serialNumber":"s","connectionState":"ONLINE"}`))
	kinds := []string{KindOrder, KindInstantActions, KindState, KindVisualization, KindConnection, KindFactsheet, KindZoneSet, KindResponses}
	f.Fuzz(func(t *testing.T, k uint8, data []byte) {
		m, _ := New(kinds[int(k)%len(kinds)])
		if Unmarshal(data, m) != nil {
			return
		}
		if ia, ok := m.(*InstantActions); ok {
			for i := range ia.Actions {
				ia.Actions[i].BlockingType = BlockingNone
			}
		}
		if _, err := Marshal(m); err != nil {
			t.Errorf("read but not sendable: %v", err)
		}
	})
}
