package vda5050_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/wire/wiretest"
)

var kinds = []string{
	vda5050.KindOrder, vda5050.KindInstantActions, vda5050.KindState, vda5050.KindVisualization,
	vda5050.KindConnection, vda5050.KindFactsheet, vda5050.KindZoneSet, vda5050.KindResponses,
}

// Whatever we can send the official schema of its kind accepts, and we read it back as it was.
func TestGeneratedMessagesKeepTheSchema(t *testing.T) {
	v := wiretest.New(t, wiretest.VDASchemas(t))
	robot := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: "NR-01"}
	for _, kind := range kinds {
		t.Run(kind, rapid.MakeCheck(func(rt *rapid.T) {
			m := generate(rt, kind)
			b, err := vda5050.Marshal(m)
			if err != nil {
				rt.Fatalf("marshal: %v", err)
			}
			if err := v.Check(wire.VDATopic("site", robot, kind), b); err != nil {
				rt.Fatalf("%v\n%s", err, b)
			}
			back, _ := vda5050.New(kind)
			if err := vda5050.Unmarshal(b, back); err != nil {
				rt.Fatalf("unmarshal: %v\n%s", err, b)
			}
			again, err := vda5050.Marshal(back)
			if err != nil || string(again) != string(b) {
				rt.Fatalf("round trip: %v\n%s\n%s", err, b, again)
			}
		}))
	}
}

// generate fills a message at random from its Go type: every optional field comes and goes.
func generate(t *rapid.T, kind string) vda5050.Message {
	m, _ := vda5050.New(kind)
	fill(t, reflect.ValueOf(m).Elem(), "", 0)
	*m.Head() = header()
	switch x := m.(type) {
	case *vda5050.Order:
		thread(t, x)
	case *vda5050.InstantActions:
		for i := range x.Actions {
			x.Actions[i].BlockingType = vda5050.BlockingNone
		}
	case *vda5050.ZoneSetMessage:
		for i := range x.ZoneSet.Zones {
			complete(&x.ZoneSet.Zones[i])
		}
	}
	return m
}

// thread makes a legal sequence of whatever nodes and edges there are.
func thread(t *rapid.T, o *vda5050.Order) {
	for len(o.Nodes) == 0 {
		o.Nodes = append(o.Nodes, vda5050.Node{NodeID: "n"})
	}
	for len(o.Edges) < len(o.Nodes)-1 {
		o.Edges = append(o.Edges, vda5050.Edge{EdgeID: "e"})
	}
	o.Edges = o.Edges[:len(o.Nodes)-1]
	base := rapid.IntRange(1, len(o.Nodes)).Draw(t, "base")
	action := 0
	number := func(actions []vda5050.Action) {
		for i := range actions {
			action++
			actions[i].ActionID = "action" + strings.Repeat("x", action)
		}
	}
	for i := range o.Nodes {
		o.Nodes[i].SequenceID, o.Nodes[i].Released = uint32(2*i), i < base
		number(o.Nodes[i].Actions)
	}
	for i := range o.Edges {
		o.Edges[i].SequenceID, o.Edges[i].Released = uint32(2*i+1), i+1 < base
		number(o.Edges[i].Actions)
	}
}

// complete gives a zone what its type requires.
func complete(z *vda5050.Zone) {
	z.Vertices = []vda5050.Vertex{{X: 0, Y: 0}, {X: 1, Y: 0}, {X: 0, Y: 1}}
	z.MaximumSpeed, z.Direction = new(0.5), new(1.0)
	z.PriorityFactor, z.PenaltyFactor = new(0.5), new(0.25)
	z.ReleaseLossBehavior = vda5050.ZoneLossStop
	z.DirectedLimitation, z.BidirectedLimitation = vda5050.DirectedSoft, vda5050.BidirectedSoft
	z.EntryActions, z.DuringActions, z.ExitActions = []vda5050.ZoneAction{}, []vda5050.ZoneAction{}, []vda5050.ZoneAction{}
}

func header() vda5050.Header {
	return vda5050.Header{HeaderID: 7, Timestamp: vda5050.At(time.Date(2026, 11, 23, 3, 12, 0, 123456789, time.UTC)),
		Version: vda5050.Version, Manufacturer: "nightrounds", SerialNumber: "NR-01"}
}

// fill sets v at random within the bounds of the tag.
func fill(t *rapid.T, v reflect.Value, tag string, depth int) {
	switch v.Interface().(type) {
	case vda5050.Time:
		sec := rapid.Int64Range(0, 4e9).Draw(t, "time")
		v.Set(reflect.ValueOf(vda5050.At(time.Unix(sec, 5e8))))
		return
	case map[string]any:
		v.Set(reflect.ValueOf(map[string]any{"k": 1.5}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Tag.Get("vda"), depth+1)
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), tag, depth+1)
		}
	case reflect.Slice:
		n := rapid.IntRange(-1, 3).Draw(t, "len")
		if n < 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), tag, depth+1)
		}
	default:
		scalar(t, v, tag)
	}
}

func scalar(t *rapid.T, v reflect.Value, tag string) {
	switch v.Kind() {
	case reflect.String:
		if values := vda5050.EnumValues(v.Interface()); values != nil {
			v.SetString(rapid.SampledFrom(values).Draw(t, "enum"))
			return
		}
		v.SetString("s" + rapid.String().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32Range(1, 1<<31).Draw(t, "uint")))
	case reflect.Float64:
		lo, hi := -1e6, 1e6
		if strings.Contains(tag, "min=0") {
			lo = 0
		}
		if strings.Contains(tag, "min=-3") {
			lo = -3.14159265359
		}
		if strings.Contains(tag, "min=-1.5") {
			lo = -1.570796327
		}
		for text, bound := range map[string]float64{"max=100": 100, "max=1.5": 1.570796327, "max=3": 3.14159265359} {
			if strings.Contains(tag, text) {
				hi = bound
			}
		}
		if strings.HasSuffix(tag, "max=1") {
			hi = 1
		}
		v.SetFloat(rapid.Float64Range(lo, hi).Draw(t, "float"))
	case reflect.Interface:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]any{103.2, "left", true, []any{"arrays", "are"}, map[string]any{"objects": "as"}}).Draw(t, "any")))
	}
}
