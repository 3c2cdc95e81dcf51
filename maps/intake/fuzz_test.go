package intake_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake"
)

// Whatever stands in a folder and in a file, an import ends with files or with faults, and a second import of the same
// changes nothing.
func FuzzImport(f *testing.F) {
	into := fstest.MapFS{}
	load(f, into, intake.Options{SiteID: "s"}, from("racks.csv", racks, "devices.csv", devices, "one.yaml", typeOne)...)
	f.Add(into["site.yaml"].Data, into["imports.yaml"].Data, []byte(racks))
	f.Add([]byte("halls: [{id: h, rows: [{id: A, racks: [{id: A01, devices: [{id: web1}]}]}]}]"), []byte("version: 1"), []byte(lif("h", "a@0,0", "b@1,1")))
	f.Add([]byte("{id: s, halls: &a [*a]}"), []byte("things: [{kind: rack, id: A01, from: {in: A01}}]"), []byte("name: b\nlevels: {L: {vertices: [[0, 0, 0, a, {is_charger: [4, true]}], [9, 9, 0, b]], lanes: [[0, 1]]}}"))
	f.Add([]byte("id: s"), []byte(""), []byte("name,rack,position,type,u_height\na,A01,1,T,1\n"))
	f.Fuzz(func(t *testing.T, site, record, data []byte) {
		folder := fstest.MapFS{"site.yaml": {Data: site}, "imports.yaml": {Data: record}}
		inputs := from("in", string(data), "racks.csv", racks)
		res, err := intake.Import(t.Context(), folder, inputs, intake.Options{})
		var ps maps.Problems
		if err != nil {
			if !errors.As(err, &ps) || len(ps) == 0 || res != nil {
				t.Fatalf("%v, %v", res, err)
			}
			return
		}
		put(folder, res)
		again, err := intake.Import(t.Context(), folder, inputs, intake.Options{})
		if err != nil {
			t.Fatalf("the second import: %v", err)
		}
		if len(again.Files) > 0 {
			t.Fatalf("the second import changes %s from\n%s\nto\n%s", again.Files[0].Name, folder[again.Files[0].Name].Data, again.Files[0].Data)
		}
	})
}
