package remedy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// TestRunbookOfTheManualIsInOrder reads the example that people copy.
func TestRunbookOfTheManualIsInOrder(t *testing.T) {
	text, err := os.ReadFile("../../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the manual has no example")
	}
	f, err := remedy.Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if f.Limits != remedy.DefaultLimits() {
		t.Errorf("the manual says that the limits are %+v when left out; they are %+v", f.Limits, remedy.DefaultLimits())
	}
	var walked []string
	f.Runbooks[0].Walk(func(_ int, s, undo remedy.Step) { walked = append(walked, s.Name+"/"+undo.Name) })
	if want := "light the rack/put the light out, drain the node/give the node back, power-cycle it/, give the node back/"; strings.Join(walked, ", ") != want {
		t.Errorf("walks %q", walked)
	}
}
