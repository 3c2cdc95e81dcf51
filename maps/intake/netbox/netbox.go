// Package netbox reads racks, devices and device types from NetBox: from its REST API, versions 3.3 and later, and from
// the YAML files of its device type library. (What NetBox exports as CSV is read by package table.)
//
// NetBox's own clients break on each of its versions, because they demand every field that one version has. Here only
// the fields that are used are looked at, and each may be absent, a number in quotes or an object in place of its value.
package netbox

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A ref names another object, or a choice: {"id": 7, "name": "A01"}, {"value": "front"}, or the value alone.
type ref struct {
	ID    int
	Name  string
	Slug  string
	Model string
	Value string
	Maker *ref
}

// UnmarshalJSON takes an object, a text, a number or null.
func (r *ref) UnmarshalJSON(data []byte) error {
	var object struct {
		ID           *flexible `json:"id"`
		Name         flexible  `json:"name"`
		Slug         flexible  `json:"slug"`
		Model        flexible  `json:"model"`
		Value        flexible  `json:"value"`
		Manufacturer *ref      `json:"manufacturer"`
	}
	if len(data) > 0 && data[0] == '{' {
		if err := json.Unmarshal(data, &object); err != nil {
			return err
		}
		*r = ref{
			Name: string(object.Name), Slug: string(object.Slug), Model: string(object.Model),
			Value: string(object.Value), Maker: object.Manufacturer,
		}
		if object.ID != nil {
			r.ID = object.ID.number()
		}
		return nil
	}
	var f flexible
	if err := f.UnmarshalJSON(data); err != nil {
		return err
	}
	*r = ref{ID: f.number(), Value: string(f)}
	return nil
}

// flexible is a text, number, truth value or null, as text; anything else is passed over.
type flexible string

// UnmarshalJSON takes any value.
func (f *flexible) UnmarshalJSON(data []byte) error {
	*f = ""
	var s string
	switch {
	case len(data) == 0 || string(data) == "null" || data[0] == '{' || data[0] == '[':
	case data[0] == '"':
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*f = flexible(strings.TrimSpace(s))
	default:
		*f = flexible(data)
	}
	return nil
}

func (f flexible) number() int {
	n, err := strconv.Atoi(string(f))
	if err != nil {
		return 0
	}
	return n
}

type rack struct {
	ID       flexible            `json:"id"`
	Name     flexible            `json:"name"`
	Facility flexible            `json:"facility_id"`
	Site     *ref                `json:"site"`
	Location *ref                `json:"location"`
	Height   flexible            `json:"u_height"`
	Start    flexible            `json:"starting_unit"`
	Desc     flexible            `json:"desc_units"`
	Width    flexible            `json:"outer_width"`
	Depth    flexible            `json:"outer_depth"`
	Unit     *ref                `json:"outer_unit"`
	Custom   map[string]flexible `json:"custom_fields"`
}

type device struct {
	ID       flexible `json:"id"`
	Name     flexible `json:"name"`
	Type     *ref     `json:"device_type"`
	Rack     *ref     `json:"rack"`
	Position flexible `json:"position"`
	Face     *ref     `json:"face"`
	Serial   flexible `json:"serial"`
	AssetTag flexible `json:"asset_tag"`
	Status   *ref     `json:"status"`
	Parent   *ref     `json:"parent_device"`
}

type deviceType struct {
	ID        flexible `json:"id"`
	Maker     *ref     `json:"manufacturer"`
	Model     flexible `json:"model"`
	Slug      flexible `json:"slug"`
	Height    flexible `json:"u_height"`
	FullDepth flexible `json:"is_full_depth"`
	Airflow   *ref     `json:"airflow"`
}

// name returns what a reference is called; empty for none.
func (r *ref) name() string {
	switch {
	case r == nil:
		return ""
	case r.Name != "":
		return r.Name
	case r.Slug != "":
		return r.Slug
	}
	return r.Value
}

// value returns a choice's value; empty for none.
func (r *ref) value() string {
	if r == nil {
		return ""
	}
	return r.Value
}

// key returns the id that a reference names; empty for none.
func (r *ref) key() string {
	if r == nil || r.ID == 0 {
		return ""
	}
	return strconv.Itoa(r.ID)
}
