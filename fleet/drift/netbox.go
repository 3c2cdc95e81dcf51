package drift

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Record is what NetBox knows a device by.
type Record struct {
	ID       int
	Name     string
	AssetTag string
}

// ReadRecords reads devices as NetBox exports them as CSV (all data), or any CSV with the columns ID and Name, and perhaps
// Asset tag. Names of columns may be in any case, with _ for a blank.
func ReadRecords(r io.Reader) ([]Record, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("read devices: line 1: no heading: %w", err)
	}
	columns := map[string]int{}
	for i, name := range head {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))), "_", " ")
		columns[name] = i
	}
	id, hasID := columns["id"]
	name, hasName := columns["name"]
	if !hasID || !hasName {
		return nil, errors.New("read devices: line 1: want the columns ID and Name: export all data, not the current view")
	}
	tag, hasTag := columns["asset tag"]
	var out []Record
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read devices: %w", err)
		}
		line, _ := c.FieldPos(0)
		if id >= len(row) || name >= len(row) {
			return nil, fmt.Errorf("read devices: line %d: has %d fields, too few for ID and Name", line, len(row))
		}
		n, err := strconv.Atoi(strings.TrimSpace(row[id]))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("read devices: line %d: ID %q is no number above 0", line, row[id])
		}
		rec := Record{ID: n, Name: row[name]}
		if hasTag && tag < len(row) {
			rec.AssetTag = row[tag]
		}
		out = append(out, rec)
	}
}

// Match fills in the NetBox ids of changes: by asset tag where the site has one and so does a record, or else by name. It
// returns the devices for which there is no record, or more than one.
func Match(changes []Change, records []Record) (unmatched []string) {
	byTag, byName := map[string][]Record{}, map[string][]Record{}
	for _, r := range records {
		byName[strings.ToLower(r.Name)] = append(byName[strings.ToLower(r.Name)], r)
		if r.AssetTag != "" {
			byTag[r.AssetTag] = append(byTag[r.AssetTag], r)
		}
	}
	for i := range changes {
		c := &changes[i]
		found := byTag[c.AssetTag]
		if c.AssetTag == "" || len(found) == 0 {
			found = byName[strings.ToLower(c.Device)]
		}
		switch len(found) {
		case 1:
			c.NetBoxID, c.NetBoxName = found[0].ID, found[0].Name
		case 0:
			unmatched = append(unmatched, c.Device+": no record has its name or asset tag")
		default:
			unmatched = append(unmatched, fmt.Sprintf("%s: %d records have its name or asset tag", c.Device, len(found)))
		}
	}
	return unmatched
}

// Positions and Statuses write changes in the form of NetBox's bulk import, which updates what has an id. There are two
// files because an empty cell clears a field. Changes without an id are left out: NetBox would take them for new devices.
func Positions(w io.Writer, changes []Change) (rows int, err error) {
	return table(w, "position", changes, func(c Change) string {
		if c.Position == 0 {
			return ""
		}
		return strconv.Itoa(c.Position)
	})
}

// Statuses is like Positions.
func Statuses(w io.Writer, changes []Change) (rows int, err error) {
	return table(w, "status", changes, func(c Change) string { return c.Status })
}

func table(w io.Writer, field string, changes []Change, value func(Change) string) (rows int, err error) {
	out := csv.NewWriter(w)
	all := [][]string{{"id", field}}
	for _, c := range changes {
		if v := value(c); v != "" && c.NetBoxID > 0 {
			all = append(all, []string{strconv.Itoa(c.NetBoxID), v})
		}
	}
	if err := out.WriteAll(all); err != nil {
		return 0, fmt.Errorf("write CSV of %s: %w", field, err)
	}
	return len(all) - 1, nil
}

// A Patch is one request of NetBox's REST API.
type Patch struct {
	Method string         `json:"method"`
	Path   string         `json:"path"` // with {id} where the id is not known
	Lookup map[string]any `json:"lookup,omitempty"`
	Body   map[string]any `json:"body"`
	Why    string         `json:"why"`
}

// Patches returns the requests that would make the changes.
func Patches(changes []Change) []Patch {
	out := make([]Patch, len(changes))
	for i, c := range changes {
		p := Patch{Method: "PATCH", Path: "/api/dcim/devices/{id}/", Body: body(c), Why: c.Why}
		if c.NetBoxID > 0 {
			p.Path = fmt.Sprintf("/api/dcim/devices/%d/", c.NetBoxID)
		} else if p.Lookup = map[string]any{"name": c.Device}; c.AssetTag != "" {
			p.Lookup = map[string]any{"asset_tag": c.AssetTag}
		}
		out[i] = p
	}
	return out
}

func body(c Change) map[string]any {
	b := map[string]any{}
	if c.Position > 0 {
		b["position"] = c.Position
	}
	if c.Status != "" {
		b["status"] = c.Status
	}
	return b
}
