package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// writeFloors puts floors beside site.yaml, one a hall: the file named first is taken.
func (m *merger) writeFloors() {
	taken := map[string]*source{}
	for _, s := range m.sources {
		if s.floor == nil || s.hall == "" {
			continue
		}
		if first := taken[s.hall]; first != nil {
			m.report.Conflicts = append(m.report.Conflicts, Conflict{
				Thing: "hall " + s.hall, Field: "floor", Taken: Saying{first.name, first.size()}, Other: Saying{s.name, s.size()}, Why: "it was named first",
			})
			continue
		}
		taken[s.hall] = s
		m.writeFloor(s)
	}
}

// size is a floor in a few words.
func (s *source) size() string {
	return strings.TrimPrefix(s.summary(), s.name+": "+string(s.form)+": ")
}

func (m *merger) writeFloor(s *source) {
	hall := m.hallNode(s.hall)
	name, ok := value(hall, "floor")
	if !ok {
		name = s.hall + ".floor.yaml"
		m.site.set(hall, "floor", text(name))
	}
	ending := ".pgm"
	if bytes.HasPrefix(s.floor.picture, []byte("\x89PNG")) {
		ending = ".png"
	}
	picture := strings.TrimSuffix(path.Base(name), path.Ext(name)) + ending
	description, err := named(s.floor.text, picture)
	if err != nil {
		m.fail(maps.Problem{File: s.name, Message: "cannot be written: " + err.Error()})
		return
	}
	files := []File{{path.Join(path.Dir(name), picture), s.floor.picture}, {name, description}}
	for _, f := range files {
		if m.byHand(f) {
			m.report.Conflicts = append(m.report.Conflicts, Conflict{
				Thing: "hall " + s.hall, Field: "floor", Taken: Saying{f.Name, "as it is"}, Other: Saying{s.name, s.size()},
				Why: "no import wrote it, or it was changed by hand since: take it away to have it replaced",
			})
			return
		}
	}
	for _, f := range files {
		m.writeFile(f)
	}
	m.beyond(s)
}

// beyond warns of racks that stand outside a floor: its origin or scale is not that of the racks' places.
func (m *merger) beyond(s *source) {
	out, all := 0, 0
	var first voice
	for _, t := range m.racks.all {
		x, ok1 := m.pick(t, claim.X)
		y, ok2 := m.pick(t, claim.Y)
		if t.hall != s.hall || !ok1 || !ok2 {
			continue
		}
		all++
		vx, _ := claim.Float(x.value)
		vy, _ := claim.Float(y.value)
		if _, _, on := s.floor.grid.CellAt(vx, vy); !on {
			if out++; out == 1 {
				first = x.from
			}
		}
	}
	if out > 0 {
		m.warn(first.Problem(claim.X, fmt.Sprintf("%d of %d racks lie beyond the floor of %s, rack %q the first: do both have one origin and scale?",
			out, all, s.name, first.Name())))
	}
}

// named puts the name of the picture into the description of a floor; all else stays, comments too.
func named(description []byte, picture string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(description, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	t := tree{doc: doc, root: doc.Content[0], dirty: true}
	t.set(t.root, "image", text(picture))
	return t.text()
}

// byHand reports whether a file is there that is neither what an import wrote nor what is to be written.
func (m *merger) byHand(f File) bool {
	old, err := fs.ReadFile(m.into, f.Name)
	return err == nil && !bytes.Equal(old, f.Data) && m.record.file(f.Name) != sum(old)
}

// writeFile adds a whole file to what the import gives.
func (m *merger) writeFile(f File) {
	m.record.noteFile(f.Name, f.Data)
	m.out = append(m.out, f)
	if old, err := fs.ReadFile(m.into, f.Name); err != nil || !bytes.Equal(old, f.Data) {
		m.report.did("wrote %s", f.Name)
	}
}
