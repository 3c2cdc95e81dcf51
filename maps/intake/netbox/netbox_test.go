package netbox

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// A fake answers as NetBox does: pages, filters by site and id, tokens of both versions.
type fake struct {
	token   string
	version string
	most    int // objects a page
	lists   map[string][]string
	asked   []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.URL.RequestURI())
	w.Header().Set("API-Version", f.version)
	if r.Header.Get("Authorization") != f.token {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"detail": "Invalid token"}`)
		return
	}
	list, ok := f.lists[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/nb/api/"), "/")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	q := r.URL.Query()
	if ids := q["id"]; len(ids) > 0 {
		list = slices.DeleteFunc(slices.Clone(list), func(o string) bool {
			var v struct {
				ID int `json:"id"`
			}
			return json.Unmarshal([]byte(o), &v) != nil || !slices.Contains(ids, strconv.Itoa(v.ID))
		})
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	end := min(offset+min(limit, f.most), len(list))
	next := "null"
	if end < len(list) {
		next = `"http://internal.invalid/api/?offset=` + strconv.Itoa(end) + `"`
	}
	fmt.Fprintf(w, `{"count": %d, "next": %s, "previous": null, "results": [%s]}`, len(list), next, strings.Join(list[offset:end], ","))
}

func hall() *fake {
	return &fake{token: "Token 0123456789abcdef0123456789abcdef01234567", version: "4.2", most: 2, lists: map[string][]string{
		"dcim/racks": {
			`{"id": 1, "name": "A01", "facility_id": "F1", "site": {"id": 1, "name": "Frankfurt", "slug": "fra1"}, "location": {"id": 2, "name": "DH1"}, "u_height": 42, "starting_unit": 1, "desc_units": false, "outer_width": 600, "outer_depth": 1070.5, "outer_unit": {"value": "mm", "label": "Millimeters"}, "custom_fields": {"x_m": 3.5, "y_m": "4", "theta": 90, "owner": {"id": 3}, "row": "A"}}`,
			`{"id": 2, "name": "A02", "site": {"name": "Frankfurt"}, "location": null, "u_height": "47", "desc_units": true, "outer_width": 24, "outer_unit": "in", "rack_type": {"id": 9, "model": "X"}}`,
			`{"id": 3, "name": "A03", "unknown": [1, 2]}`,
		},
		"dcim/devices": {
			`{"id": 10, "name": "web1", "device_type": {"id": 5, "slug": "acme-one", "model": "One", "manufacturer": {"name": "Acme"}}, "rack": {"id": 1, "name": "A01"}, "position": 5.0, "face": {"value": "front"}, "serial": "0042", "asset_tag": null, "status": {"value": "active"}, "parent_device": null}`,
			`{"id": 11, "name": null, "device_type": {"id": 6, "slug": "acme-half"}, "rack": {"id": 2, "name": "A02"}, "position": "2.5", "face": "rear", "status": "active"}`,
			`{"id": 12, "name": "later", "device_type": {"id": 7, "slug": "x"}, "rack": {"id": 2, "name": "A02"}, "status": {"value": "planned"}}`,
			`{"id": 13, "name": "blade", "device_type": {"id": 8, "slug": "acme-blade"}, "rack": null, "parent_device": {"id": 10, "name": "web1"}, "status": {"value": "active"}}`,
			`{"id": 14, "name": "store", "device_type": {"id": 8, "slug": "acme-blade"}, "rack": null, "status": {"value": "active"}}`,
		},
		"dcim/device-types": {
			`{"id": 5, "manufacturer": {"name": "Acme"}, "model": "One", "slug": "acme-one", "u_height": 1.0, "is_full_depth": true, "airflow": {"value": "front-to-rear"}}`,
			`{"id": 6, "manufacturer": {"name": "Acme"}, "model": "Half", "slug": "acme-half", "u_height": "0.5", "is_full_depth": false, "airflow": null}`,
			`{"id": 7, "manufacturer": {"name": "Other"}, "model": "Unused", "slug": "x", "u_height": 1}`,
			`{"id": 8, "manufacturer": {"name": "Acme"}, "model": "Blade", "slug": "acme-blade", "u_height": 0}`,
		},
	}}
}

func server(t testing.TB, f *fake) Server {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return Server{URL: s.URL + "/nb/", Token: strings.TrimPrefix(strings.TrimPrefix(f.token, "Token "), "Bearer "), HTTP: s.Client()}
}

func find(s *claim.Said, kind claim.Kind, key string) *claim.Thing {
	for i := range s.Things {
		if s.Things[i].Kind == kind && s.Things[i].Key == key {
			return &s.Things[i]
		}
	}
	return &claim.Thing{}
}

func TestEveryPageIsRead(t *testing.T) {
	for _, token := range []string{hall().token, "Bearer nbt_key.secret"} {
		f := hall()
		f.token = token
		said := Read(t.Context(), server(t, f))
		if len(said.Faults) > 0 || len(said.Things) != 3+3+3 {
			t.Fatalf("%d things, %v", len(said.Things), said.Faults)
		}
		for _, c := range []struct {
			kind      claim.Kind
			key, want string
		}{
			{claim.Rack, "1", "map[depth_m:1.0705 desc_units:false hall:DH1 row:A starting_unit:1 theta_deg:90 u_height:42 width_m:0.6 x:3.5 y:4]"},
			{claim.Rack, "2", "map[desc_units:true hall:Frankfurt u_height:47 width_m:0.6096]"},
			{claim.Rack, "3", "map[]"},
			{claim.Device, "10", "map[device_type:acme-one face:front manufacturer:Acme position:5 rack:A01 rack_key:1 serial:0042]"},
			{claim.Device, "11", "map[device_type:acme-half face:rear position:2.5 rack:A02 rack_key:2]"},
			{claim.Device, "13", "map[device_type:acme-blade parent:web1 parent_key:10]"},
			{claim.DeviceType, "6", "map[is_full_depth:false manufacturer:Acme model:Half slug:acme-half u_height:0.5]"},
		} {
			if got := fmt.Sprint(find(said, c.kind, c.key).Values); got != c.want {
				t.Errorf("%s %s:\ngot  %s\nwant %s", c.kind, c.key, got, c.want)
			}
		}
		if n := find(said, claim.Device, "11").Name(); n != "acme-half-11" {
			t.Errorf("a nameless device is called %q", n)
		}
		if w := said.Warnings.Error(); !strings.Contains(w, "1 devices are planned") || !strings.Contains(w, "1 devices are in no rack") {
			t.Error(w)
		}
		for _, a := range f.asked {
			if strings.Contains(a, "device-types") && strings.Contains(a, "id=7") {
				t.Errorf("a type that nothing has was asked for: %s", a)
			}
		}
	}
}

func TestOneSiteIsAskedFor(t *testing.T) {
	f := hall()
	s := server(t, f)
	s.Site = "fra1"
	Read(t.Context(), s)
	for _, a := range f.asked {
		if strings.Contains(a, "dcim/racks") != strings.Contains(a, "racks/?") || !strings.Contains(a, "device-types") && !strings.Contains(a, "site=fra1") {
			t.Errorf("asked %s", a)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	said := func(change func(*fake, *Server)) string {
		f := hall()
		s := server(t, f)
		change(f, &s)
		r := Read(t.Context(), s)
		if len(r.Faults) != 1 {
			t.Fatalf("faults: %v", r.Faults)
		}
		if strings.Contains(r.Faults.Error(), "0123456789abcdef") {
			t.Error("the token is told")
		}
		return r.Faults.Error()
	}
	for want, change := range map[string]func(*fake, *Server){
		"refused with status 403 (Invalid token): check that the token": func(_ *fake, s *Server) { s.Token = "wrong" },
		"API version 3.2 is older than 3.3":                             func(f *fake, _ *Server) { f.version = "3.2" },
		"not found (status 404): check the address":                     func(f *fake, _ *Server) { delete(f.lists, "dcim/devices") },
		"cannot be reached":                                             func(_ *fake, s *Server) { s.URL = "http://127.0.0.1:1" },
		"is no address of a NetBox":                                     func(_ *fake, s *Server) { s.URL = "netbox.example" },
	} {
		if got := said(change); !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	elsewhere := httptest.NewServer(http.RedirectHandler("https://other.example/api/", http.StatusMovedPermanently))
	defer elsewhere.Close()
	r := Read(t.Context(), Server{URL: elsewhere.URL, Token: "t", HTTP: elsewhere.Client()})
	if !strings.Contains(r.Faults.Error(), "leads elsewhere (status 301 to https://other.example/api/)") {
		t.Error(r.Faults)
	}
}

func TestBadObjectsAreNamedByTheirAddress(t *testing.T) {
	f := hall()
	f.lists["dcim/racks"] = []string{`{"id": 1, "name": "A", "u_height": 42.3}`, `{"id": 2, "name": ""}`, `[]`}
	f.lists["dcim/devices"] = []string{`{"id": 9, "rack": {"id": 1}, "face": {"value": "top"}, "position": "x"}`}
	got := Read(t.Context(), server(t, f)).Faults.Error()
	for _, want := range []string{"dcim/racks/1.u_height: 42.3: rack units come in halves", "dcim/racks/2.name: the rack has no id or no name", "dcim/racks[2]: cannot be understood", "dcim/devices/9.face", "dcim/devices/9.position"} {
		if !strings.Contains(got, want) {
			t.Errorf("nobody says %s:\n%s", want, got)
		}
	}
}

// The shared folder holds files of the library; INDEX.tsv beside them gives the height of each.
func TestLibraryIsRead(t *testing.T) {
	root := os.Getenv("NIGHTROUNDS_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	dir := os.DirFS(filepath.Join(root, "devicetypes"))
	files, err := fs.Glob(dir, "*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Skip("shared data is not here: no device types")
	}
	index, err := fs.ReadFile(dir, "INDEX.tsv")
	if err != nil {
		t.Fatal(err)
	}
	heights := map[string]string{}
	for line := range strings.Lines(string(index)) {
		if c := strings.Split(line, "\t"); len(c) > 5 {
			heights[c[3]] = strings.TrimSuffix(c[4], ".0")
		}
	}
	for _, f := range files {
		text, err := fs.ReadFile(dir, f)
		if err != nil || !IsType(text) {
			t.Errorf("%s is not recognised: %v", f, err)
			continue
		}
		s := ReadType(dir, f)
		if len(s.Faults) > 0 || len(s.Things) != 1 || s.Things[0].Values[claim.Slug]+".yaml" != filepath.Base(f) {
			t.Errorf("%s: %v", f, s)
			continue
		}
		if v := s.Things[0].Values; heights[v[claim.Slug]] != "" && heights[v[claim.Slug]] != v[claim.UHeight] {
			t.Errorf("%s: %s units, the index says %s", f, v[claim.UHeight], heights[v[claim.Slug]])
		}
	}
	if len(heights) < 50 {
		t.Errorf("the index has %d types", len(heights))
	}
}

func FuzzType(f *testing.F) {
	f.Add([]byte("---\nmanufacturer: APC\nmodel: AP7950B\nslug: apc-ap7950b\nu_height: 0\nis_full_depth: false\nairflow: passive\nconsole-ports: [{name: Serial}]\n"))
	f.Add([]byte("manufacturer: 1\nmodel: 2\nslug: x\nu_height: 0.3\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		IsType(data)
		s := ReadType(fstest.MapFS{"t.yaml": {Data: data}}, "t.yaml")
		if len(s.Things)+len(s.Faults) == 0 {
			t.Fatal("neither a type nor a fault")
		}
	})
}

// Whatever NetBox answers, it becomes claims or faults.
func FuzzAnswer(f *testing.F) {
	for _, list := range hall().lists {
		for _, o := range list {
			f.Add([]byte(o))
		}
	}
	f.Add([]byte(`{"id": "x", "name": {"a": 1}, "rack": 7, "custom_fields": {"x": [1]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reading{Server: Server{URL: "https://n.example"}, said: &claim.Said{}, types: map[int]bool{}, away: map[string]int{}}
		for _, take := range []func(string, json.RawMessage) error{each(r, r.rack), each(r, r.device), each(r, r.deviceType)} {
			if err := take("list[0]", data); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range r.said.Faults {
			if p.File != "n.example" || p.Message == "" {
				t.Fatalf("fault without a place: %+v", p)
			}
		}
		for i := range r.said.Things {
			if r.said.Things[i].Key == "" && r.said.Things[i].Kind != claim.DeviceType {
				t.Fatalf("thing without a key: %+v", r.said.Things[i])
			}
		}
	})
}
