package table

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

func read(text string) *claim.Said {
	return Read(fstest.MapFS{"t.csv": {Data: []byte(text)}}, "t.csv")
}

// said writes things as text: names, then fields in order.
func said(s *claim.Said) string {
	var out []string
	for _, t := range s.Things {
		line := fmt.Sprintf("%s %s %v", t.Kind, t.Key, t.Names)
		for _, f := range slices.Sorted(maps.Keys(t.Values)) {
			line += " " + f + "=" + t.Values[f]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestTablesAreKnownByTheirHeadings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain": {
			"id,row,x,y,theta,u_height\nA01,A,3,4,90,42\n",
			"rack A01 [A01] row=A theta_deg=90 u_height=42 x=3 y=4",
		},
		"units, semicolons, decimal commas, comments": {
			"\xef\xbb\xbf# racks\nCabinet;X [mm];pos_y (cm);Yaw (rad);RU;Outer Depth [in]\nA01;3000,5;400;1,5707963267948966;47;42\n",
			"rack A01 [A01] depth_m=1.0668 theta_deg=90 u_height=47 x=3.0005 y=4",
		},
		"NetBox's rack table": {
			"ID,Name,Facility ID,Site,Location,Status,Height,Width,Outer Width,Outer Unit,Descending units,Starting unit,cf_x_m\n7,R1,F-7,fra1,DH1,Active,42U,19 inches,600,Millimeters,True,1,3.5\n",
			"rack 7 [R1 F-7] desc_units=true hall=DH1 starting_unit=1 u_height=42 width_m=0.6 x=3.5",
		},
		"NetBox's device table": {
			"Name,Status,Site,Rack,Position (U),Rack face,Manufacturer,Type,Serial number,Asset tag\nsw1,Active,fra1,R1,41.5,Rear,Arista,DCS-7050,0042,\n",
			"device sw1 [sw1] face=rear hall=fra1 manufacturer=Arista position=41.5 rack=R1 serial=0042 device_type=DCS-7050",
		},
		"NetBox 2.x export of devices": {
			"name,device_role,manufacturer,device_type,serial,asset_tag,status,site,rack_group,rack_name,position,face,comments\nsw1,core,Arista,DCS-7050,S,,active,fra1,DH1,R1,3,front,\"a, b\nc\"\n",
			"device sw1 [sw1] device_type=DCS-7050 face=front hall=DH1 manufacturer=Arista position=3 rack=R1 serial=S",
		},
		"device types": {
			"Manufacturer\tModel\tSlug\tU Height\tIs full depth\nAcme\tOne\tacme-one\t1.5\tfalse\n",
			"device_type Acme One [One] is_full_depth=false manufacturer=Acme model=One slug=acme-one u_height=1.5",
		},
	} {
		s := read(c.text)
		want := strings.Fields(c.want)
		got := strings.Fields(said(s))
		slices.Sort(want)
		slices.Sort(got)
		if len(s.Faults) > 0 || !slices.Equal(got, want) {
			t.Errorf("%s: faults %v\ngot  %s\nwant %s", name, s.Faults, said(s), c.want)
		}
		if !Is([]byte(c.text)) {
			t.Errorf("%s: not recognised", name)
		}
	}
	for _, other := range []string{"", "image: a.pgm\nresolution: 1\n", "a,b,c\n1,2,3\n", "{\"layouts\": []}", "\x89PNG"} {
		if Is([]byte(other)) {
			t.Errorf("%q is taken for a table", other)
		}
	}
}

func TestFaultsNameRowAndColumn(t *testing.T) {
	s := read("Name,Row,X,Y,Theta,u_height\nA01,A,1,2,90,42\n\nA01,A,1,2,90,42\nA02,A,1,2,90,42,9\nA03,A,?,2,90,4.2\n\"A04,A,1\",2\",90\n,A,1,2,3,4\n,,,,,\n")
	for _, want := range []string{
		`t.csv:4: "A01" is already in line 2`, "t.csv:5: has 7 cells, the first line names 6 columns", `t.csv:6: X: want a number, got "?"`,
		"t.csv:6: u_height: 4.2: rack units come in halves", "t.csv:7: not CSV", "t.csv:8: Name: has no name",
	} {
		if !strings.Contains(s.Faults.Error(), want) {
			t.Errorf("nobody says %s:\n%v", want, s.Faults)
		}
	}
	if len(s.Faults) != 6 {
		t.Errorf("%d faults:\n%v", len(s.Faults), s.Faults)
	}
}

func TestDoubtsAreWarned(t *testing.T) {
	for text, want := range map[string]string{
		"name,x,y,theta,u_height\nA,1,1,1.5708,42\nB,1,1,0,42\n": "name the column theta_rad",
		"name,x,y,theta,u_height\nA,1,1,-1.5708,42\n":            "name the column theta_rad",
		"name,x,y,theta,u_height\nA,12000,1,90,42\n":             "name the columns x_mm, y_mm",
		"name,x,y,colour\nA,1,1,red\n":                           "columns that are not used: colour",
		"name,x,y\n":                                             "the table has no rows",
		"name,rack,position,type,status\na,R,1,T,planned\n":      "1 devices have the status planned",
	} {
		if s := read(text); len(s.Faults) > 0 || !strings.Contains(s.Warnings.Error(), want) {
			t.Errorf("%q: %v, %v: want %q", text, s.Faults, s.Warnings, want)
		}
	}
	if s := read("name,x,y,theta,u_height\nA,1,1,1.5,42\nB,1,1,90,42\n"); len(s.Warnings) > 0 {
		t.Errorf("degrees that are certain are warned of: %v", s.Warnings)
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("name,row,x,y,theta,u_height\nA01,A,3,4,90,42\n"))
	f.Add([]byte("Name;Rack;Position;Face;Type;Status\nsw;R;1,5;front;T;planned\n\"x\n"))
	f.Add([]byte("\xef\xbb\xbf# c\nmanufacturer\tmodel\tu_height\nA\tB\t1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := read(string(data))
		for _, p := range append(s.Faults, s.Warnings...) {
			if p.File == "" || p.Message == "" {
				t.Fatalf("problem without file or message: %+v", p)
			}
		}
		seen := map[string]bool{}
		for i := range s.Things {
			th := &s.Things[i]
			if th.Key == "" || th.Name() == "" || seen[th.Key] || th.At.Line < 1 {
				t.Fatalf("thing without name or line, or twice: %+v", th)
			}
			seen[th.Key] = true
		}
	})
}
