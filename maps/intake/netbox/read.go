package netbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	ours "github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
	"github.com/nightrounds/nightrounds/maps/intake/table"
)

// typesAtOnce is how many device types are asked for in one request: their ids stand in its address.
const typesAtOnce = 100

// Name is what a server is called as a source.
func (s Server) Name() string {
	if u, err := s.base(); err == nil {
		return u.Host + strings.TrimSuffix(u.Path, "/api/")
	}
	return s.URL
}

// Read asks a server for racks, the devices in them, and the types of these.
func Read(ctx context.Context, s Server) *claim.Said {
	r := &reading{Server: s, said: &claim.Said{}, types: map[int]bool{}, away: map[string]int{}}
	query := url.Values{}
	if s.Site != "" {
		query.Set("site", s.Site)
	}
	steps := []func() error{
		func() error { return s.all(ctx, "dcim/racks", query, each(r, r.rack)) },
		func() error { return s.all(ctx, "dcim/devices", query, each(r, r.device)) },
		func() error {
			for ids := range slices.Chunk(slices.Sorted(maps.Keys(r.types)), typesAtOnce) {
				q := url.Values{}
				for _, id := range ids {
					q.Add("id", fmt.Sprint(id))
				}
				if err := s.all(ctx, "dcim/device-types", q, each(r, r.deviceType)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			r.said.Fail(ours.Problem{File: s.Name(), Message: err.Error()})
			break
		}
	}
	for _, status := range slices.Sorted(maps.Keys(r.away)) {
		r.said.Warn(ours.Problem{File: s.Name(), Message: fmt.Sprintf("%d devices are %s and are left out", r.away[status], status)})
	}
	return r.said
}

type reading struct {
	Server
	said  *claim.Said
	types map[int]bool // device types in use
	away  map[string]int
}

// each decodes objects of a list; one that is none is a fault of its own.
func each[T any](r *reading, take func(path string, v *T)) func(string, json.RawMessage) error {
	return func(path string, object json.RawMessage) error {
		var v T
		err := json.Unmarshal(object, &v)
		if err == nil {
			take(path, &v)
		} else {
			r.said.Fail(ours.Problem{File: r.Name(), Field: path, Message: "cannot be understood: " + err.Error()})
		}
		return nil
	}
}

// thing begins a claim. The path names the object by its id, as in NetBox's own addresses.
func (r *reading) thing(kind claim.Kind, list, id string, names ...string) *claim.Thing {
	t := &claim.Thing{Kind: kind, Key: id, Values: map[string]string{}, At: ours.Problem{File: r.Name(), Field: list + "/" + id}}
	for _, n := range names {
		if n != "" && !slices.Contains(t.Names, n) {
			t.Names = append(t.Names, n)
		}
	}
	return t
}

// put takes a value in, or says what is wrong with it.
func (r *reading) put(t *claim.Thing, field, text string, f claim.Form) {
	v, err := claim.Value(field, text, f)
	switch {
	case err != nil:
		r.said.Fail(t.Problem(field, err.Error()))
	case v != "":
		t.Values[field] = v
	}
}

// custom takes custom fields by the names that columns of a table have: NetBox has no place on the floor of its own.
func (r *reading) custom(t *claim.Thing, fields map[string]flexible) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		field, unit, ok := table.Field(t.Kind, name)
		if _, taken := t.Values[field]; ok && !taken {
			r.put(t, field, string(fields[name]), claim.Form{Unit: unit})
		}
	}
}

func (r *reading) rack(_ string, v *rack) {
	t := r.thing(claim.Rack, "dcim/racks", string(v.ID), string(v.Name), string(v.Facility))
	if v.ID == "" || len(t.Names) == 0 {
		r.said.Fail(t.Problem("name", "the rack has no id or no name: give it one"))
		return
	}
	outer := claim.Form{Unit: v.Unit.value()}
	r.custom(t, v.Custom)
	if _, said := t.Values[claim.Hall]; !said {
		hall := v.Location.name()
		if hall == "" {
			hall = v.Site.name()
		}
		r.put(t, claim.Hall, hall, outer)
	}
	r.put(t, claim.UHeight, string(v.Height), claim.Form{})
	r.put(t, claim.Start, string(v.Start), claim.Form{})
	r.put(t, claim.Desc, string(v.Desc), claim.Form{})
	r.put(t, claim.Width, string(v.Width), outer)
	r.put(t, claim.Depth, string(v.Depth), outer)
	r.said.Things = append(r.said.Things, *t)
}

func (r *reading) device(_ string, v *device) {
	if table.Away(v.Status.value()) {
		r.away[v.Status.value()]++
		return
	}
	t := r.thing(claim.Device, "dcim/devices", string(v.ID), string(v.Name))
	if v.ID == "" {
		r.said.Fail(t.Problem("id", "the device has no id"))
		return
	}
	if v.Rack == nil && v.Parent == nil {
		r.away["in no rack"]++
		return
	}
	if v.Type != nil {
		r.types[v.Type.ID] = true
		r.put(t, claim.Type, v.Type.Slug, claim.Form{})
		r.put(t, claim.Maker, v.Type.Maker.name(), claim.Form{})
		if v.Type.Slug == "" {
			r.put(t, claim.Type, v.Type.Model, claim.Form{})
		}
	}
	if len(t.Names) == 0 {
		t.Names = []string{fmt.Sprintf("%s-%s", t.Values[claim.Type], v.ID)} // NetBox lets devices be nameless
	}
	r.put(t, claim.InRack, v.Rack.name(), claim.Form{})
	r.put(t, claim.RackKey, v.Rack.key(), claim.Form{})
	r.put(t, claim.ParentKey, v.Parent.key(), claim.Form{})
	r.put(t, claim.Position, string(v.Position), claim.Form{})
	r.put(t, claim.Face, v.Face.value(), claim.Form{})
	r.put(t, claim.Serial, string(v.Serial), claim.Form{})
	r.put(t, claim.AssetTag, string(v.AssetTag), claim.Form{})
	r.put(t, claim.Parent, v.Parent.name(), claim.Form{})
	r.said.Things = append(r.said.Things, *t)
}

func (r *reading) deviceType(_ string, v *deviceType) {
	t := r.thing(claim.DeviceType, "dcim/device-types", string(v.ID), string(v.Model))
	r.put(t, claim.Maker, v.Maker.name(), claim.Form{})
	r.put(t, claim.Model, string(v.Model), claim.Form{})
	r.put(t, claim.Slug, string(v.Slug), claim.Form{})
	r.put(t, claim.UHeight, string(v.Height), claim.Form{})
	r.put(t, claim.FullDepth, string(v.FullDepth), claim.Form{})
	r.put(t, claim.Airflow, v.Airflow.value(), claim.Form{})
	r.said.Things = append(r.said.Things, *t)
}
