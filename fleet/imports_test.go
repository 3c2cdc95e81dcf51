package fleet_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nightrounds/nightrounds/"

// The rules of the house: what a package below the prefix may import of ours, directly or not. The first prefix that
// matches holds.
var house = []struct {
	prefix string
	may    []string
}{
	{"maps", []string{"maps"}},
	{"vision", []string{"vision", "maps"}},
	{"firmware-bridge", []string{"firmware-bridge"}},
	{"fleet/wire", []string{"fleet/wire", "=vision", "maps"}},
	{"fleet", []string{"fleet", "=vision", "maps"}},
	{"robot/sim", []string{"robot/sim", "robot/camera", "maps", "firmware-bridge", "fleet/wire/clock"}},
	{"robot/cmd", []string{"robot", "maps", "vision", "firmware-bridge", "fleet/wire"}},
	{"robot", []string{"robot", "!robot/sim", "!robot/cmd", "maps", "vision", "firmware-bridge", "fleet/wire"}},
}

type listed struct {
	ImportPath string
	Deps       []string
}

func TestPackagesImportOnlyWhatTheHouseAllows(t *testing.T) {
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(house, func(r struct {
			prefix string
			may    []string
		}) bool {
			return below(name, r.prefix)
		})
		if i < 0 {
			t.Errorf("%s: in no room of the house", name)
			continue
		}
		for _, dep := range p.Deps {
			if ours, ok := strings.CutPrefix(dep, module); ok && !allowed(ours, house[i].may) {
				t.Errorf("%s imports %s, directly or not: %s may not", name, ours, house[i].prefix)
			}
		}
	}
}

// The controller is pure Go: it must never draw OpenCV in.
func TestControllerNeedsNoOpenCV(t *testing.T) {
	for _, p := range list(t) {
		if !strings.HasPrefix(p.ImportPath, module+"vision/") && !strings.HasPrefix(p.ImportPath, module+"robot") && slices.Contains(p.Deps, "gocv.io/x/gocv") {
			t.Errorf("%s draws in OpenCV", p.ImportPath)
		}
	}
}

func allowed(dep string, may []string) bool {
	for _, rule := range may {
		if no, ok := strings.CutPrefix(rule, "!"); ok && below(dep, no) {
			return false
		}
	}
	return slices.ContainsFunc(may, func(rule string) bool {
		if exact, ok := strings.CutPrefix(rule, "="); ok {
			return dep == exact
		}
		return below(dep, rule)
	})
}

func below(name, prefix string) bool { return name == prefix || strings.HasPrefix(name, prefix+"/") }

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Deps", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}
