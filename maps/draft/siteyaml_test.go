package draft_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps/draft"
)

const twoHalls = `id: x
halls: # of the building
  - id: h1
    graph: a.json # by hand
    aisles:
      - {id: old, nodes: [n1,
          n2]}
    # the rows
    rows: []
  - id: h2
    rows: []
    graph: b.json`

func TestAislesAreReplacedAndAllElseStays(t *testing.T) {
	aisles := []draft.Aisle{{ID: "a", Nodes: []string{"n1", "no", "1e3", "x: y"}}}
	got, err := draft.WithAisles([]byte(twoHalls), "h1", aisles)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(twoHalls, "      - {id: old, nodes: [n1,\n          n2]}\n", "      - {id: a, nodes: [n1, \"no\", \"1e3\", \"x: y\"]}\n", 1)
	if string(got) != want && string(got) != strings.Replace(want, `"no"`, "no", 1) { // YAML 1.2 reads no as text
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, err = draft.WithAisles(got, "h2", aisles); err != nil || !strings.HasSuffix(string(got), "    graph: b.json\n    aisles:\n      - {id: a, nodes: [n1, "+strings.SplitN(string(got), "nodes: [n1, ", 3)[2]) {
		t.Errorf("got %v\n%s", err, got)
	}
	if got, err = draft.WithAisles([]byte(twoHalls), "h1", nil); err != nil || strings.Contains(string(got), "aisles") {
		t.Errorf("got %v\n%s", err, got)
	}
}

func TestHallsThatCannotBeWrittenAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"halls: [{id: h, graph: g}]": "in braces",
		"halls:\n  - id: other\n":    `no hall "h"`,
		"halls:\n  - id: h\n":        "names no graph",
		"halls: {":                   "did not find",
	} {
		if _, err := draft.WithAisles([]byte(text), "h", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// Whatever site.yaml holds, what comes back has the aisles that were written, and is otherwise the same document.
func FuzzWithAisles(f *testing.F) {
	f.Add(twoHalls, "n1")
	f.Add("halls:\n  - id: h1\n    graph: g\n    aisles: []\n    x: |\n      text\n", "a b")
	f.Add("halls:\n- graph: &a g\n  id: h1\n", "no")
	f.Fuzz(func(t *testing.T, text, node string) {
		got, err := draft.WithAisles([]byte(text), "h1", []draft.Aisle{{ID: "a1", Nodes: []string{node}}})
		if err != nil {
			return
		}
		var doc struct {
			Halls []struct {
				ID     string
				Aisles []struct{ Nodes []string }
			}
		}
		if err := yaml.Unmarshal(got, &doc); err != nil {
			var kind *yaml.TypeError
			if !errors.As(err, &kind) { // fields of another form than a site's are not ours
				t.Fatalf("no YAML any more: %v", err)
			}
			return
		}
		found := slices.ContainsFunc(doc.Halls, func(h struct {
			ID     string
			Aisles []struct{ Nodes []string }
		}) bool {
			return h.ID == "h1" && len(h.Aisles) == 1
		})
		if !found {
			t.Errorf("the aisle is not there:\n%q\nfrom\n%q", got, text)
		}
	})
}
