package table

import (
	"strings"
	"unicode"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// key and name are columns that name a thing; facility is a second name. They are no fields.
const (
	key      = "#key"
	name     = "#name"
	facility = "#facility"
	unit     = "#unit" // of width and depth, in the row
	status   = "#status"
)

// A column is a field and the headings that it goes by, the best first. NetBox's own field names, the labels of its
// tables and the headings of its older exports are among them.
type column struct {
	field string
	names []string
}

var rackColumns = []column{
	{key, []string{"id", "rack_id"}},
	{name, []string{"name", "rack", "rack_name", "rack_id", "cabinet", "cabinet_id", "cabinet_name", "label", "id"}},
	{facility, []string{"facility_id", "facility"}},
	{claim.Hall, []string{"hall", "data_hall", "hall_id", "room", "location", "rack_group", "site"}},
	{claim.Row, []string{"row", "row_id", "row_name", "line"}},
	{claim.X, []string{"x", "pos_x", "position_x", "x_pos", "center_x", "centre_x", "x_center", "x_centre", "x_coordinate", "coord_x", "easting"}},
	{claim.Y, []string{"y", "pos_y", "position_y", "y_pos", "center_y", "centre_y", "y_center", "y_centre", "y_coordinate", "coord_y", "northing"}},
	{claim.Theta, []string{"theta", "yaw", "heading", "angle", "orientation", "rotation", "facing"}},
	{claim.UHeight, []string{"u_height", "height_u", "height_in_u", "units", "rack_units", "ru", "u", "he", "height"}},
	{claim.Width, []string{"outer_width", "width"}},
	{claim.Depth, []string{"outer_depth", "depth"}},
	{unit, []string{"outer_unit"}},
	{claim.Base, []string{"base", "base_height", "plinth"}},
	{claim.Start, []string{"starting_unit", "first_unit"}},
	{claim.Desc, []string{"desc_units", "descending_units", "descending"}},
	{claim.Class, []string{"ashrae_class", "ashrae", "class"}},
	{claim.Interval, []string{"revisit_interval", "interval"}},
	{claim.Feeds, []string{"feeds", "power_feeds", "feed"}},
}

var deviceColumns = []column{
	{key, []string{"id", "device_id"}},
	{name, []string{"name", "device", "device_name", "hostname", "label", "id"}},
	{claim.Hall, []string{"hall", "data_hall", "room", "location", "rack_group", "site"}},
	{claim.InRack, []string{"rack", "rack_name", "rack_id", "cabinet"}},
	{claim.Position, []string{"position", "rack_position", "u_position", "position_u", "unit", "u", "ru", "he"}},
	{claim.Face, []string{"face", "rack_face", "side"}},
	{claim.Type, []string{"device_type", "type", "model"}},
	{claim.Maker, []string{"manufacturer", "vendor", "maker", "make"}},
	{claim.Serial, []string{"serial", "serial_number", "sn"}},
	{claim.AssetTag, []string{"asset_tag", "asset"}},
	{claim.UHeight, []string{"u_height", "height"}},
	{claim.Parent, []string{"parent", "parent_device"}},
	{status, []string{"status"}},
}

var typeColumns = []column{
	{claim.Maker, []string{"manufacturer", "vendor", "maker", "make"}},
	{claim.Model, []string{"model", "device_type", "name"}},
	{claim.Slug, []string{"slug"}},
	{claim.UHeight, []string{"u_height", "height"}},
	{claim.FullDepth, []string{"is_full_depth", "full_depth"}},
	{claim.Airflow, []string{"airflow"}},
}

// columnsOf are the columns that a table of a kind may have.
func columnsOf(kind claim.Kind) []column {
	switch kind {
	case claim.Device:
		return deviceColumns
	case claim.DeviceType:
		return typeColumns
	}
	return rackColumns
}

// plain brings a heading into the form of the lists above and takes the unit off it: "X [mm]" is x and mm.
func plain(heading string) (name, unit string) {
	h := strings.ToLower(strings.TrimSpace(heading))
	if i := strings.LastIndexAny(h, "[("); i > 0 && strings.HasSuffix(h, map[byte]string{'[': "]", '(': ")"}[h[i]]) {
		if u := strings.TrimSpace(h[i+1 : len(h)-1]); claim.IsUnit(u) {
			unit = u
		}
		h = h[:i]
	}
	words := strings.FieldsFunc(h, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) > 1 && words[0] == "cf" {
		words = words[1:] // NetBox's mark of a custom field
	}
	if n := len(words) - 1; n > 0 && unit == "" && claim.IsUnit(words[n]) {
		words, unit = words[:n], words[n]
	}
	return strings.Join(words, "_"), unit
}

// A head is a table's columns as they were found.
type head struct {
	kind   claim.Kind
	at     map[string]int // field to column
	units  map[string]string
	labels map[string]string // field to heading as written
	unused []string
}

// find matches headings to the columns of a kind.
func find(kind claim.Kind, headings []string) head {
	h := head{kind: kind, at: map[string]int{}, units: map[string]string{}, labels: map[string]string{}}
	first := map[string]int{}
	units := make([]string, len(headings))
	for i, heading := range headings {
		var n string
		n, units[i] = plain(heading)
		if _, twice := first[n]; !twice {
			first[n] = i
		}
	}
	used := map[int]bool{}
	for _, c := range columnsOf(kind) {
		for _, n := range c.names {
			if i, ok := first[n]; ok {
				h.at[c.field], h.units[c.field], h.labels[c.field] = i, units[i], strings.TrimSpace(headings[i])
				used[i] = true
				break
			}
		}
	}
	for i, heading := range headings {
		if !used[i] && strings.TrimSpace(heading) != "" {
			h.unused = append(h.unused, strings.TrimSpace(heading))
		}
	}
	return h
}

func (h head) has(fields ...string) bool {
	for _, f := range fields {
		if _, ok := h.at[f]; ok {
			return true
		}
	}
	return false
}

// recognise says what a table's rows are; ok is false when its headings are none of ours.
func recognise(headings []string) (h head, ok bool) {
	if h = find(claim.Device, headings); h.has(claim.InRack) && h.has(claim.Type) && h.has(claim.Position, claim.Face, claim.Serial) {
		return h, true
	}
	if h = find(claim.DeviceType, headings); h.has(claim.Maker) && h.has(claim.Model) && h.has(claim.UHeight) {
		return h, true
	}
	h = find(claim.Rack, headings)
	return h, h.has(name) && h.has(claim.X, claim.Y, claim.UHeight, claim.Row, claim.Hall)
}

// Field says which field of a thing a heading means, and the unit that it gives.
func Field(kind claim.Kind, heading string) (field, unit string, ok bool) {
	n, unit := plain(heading)
	for _, c := range columnsOf(kind) {
		for _, known := range c.names {
			if known == n {
				return c.field, unit, !strings.HasPrefix(c.field, "#")
			}
		}
	}
	return "", "", false
}
