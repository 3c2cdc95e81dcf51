package intake

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
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
