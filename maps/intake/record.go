package intake

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// RecordFile is the file of a site folder that remembers its imports.
const RecordFile = "imports.yaml"

const recordHead = `# Written by nightrounds site import: which thing of which source became which id, and what the import wrote.
# Keep it beside site.yaml: it keeps ids stable and tells your own changes from the sources'.
`

// A record is what all imports into a folder did.
type record struct {
	Version int             `yaml:"version"`
	Files   []*recordedFile `yaml:"files,omitempty"`
	Things  []*recorded     `yaml:"things,omitempty"`

	from map[[4]string]*recorded // kind, hall, source, key
	ids  map[[3]string]*recorded // kind, hall, id
	was  map[*recorded]bool      // before this import
}

// A recordedFile is a whole file that an import wrote.
type recordedFile struct {
	Name   string `yaml:"name"`
	SHA256 string `yaml:"sha256"`
}

// recorded is one thing. Hall is given where ids are unique in a hall only; of a hall it is what sources call it.
type recorded struct {
	Kind  string            `yaml:"kind"`
	Hall  string            `yaml:"hall,omitempty"`
	ID    string            `yaml:"id"`
	From  map[string]string `yaml:"from,flow"` // source to what it calls the thing
	Wrote map[string]string `yaml:"wrote,flow,omitempty"`
}

// readRecord reads a folder's record; a folder without one has an empty record.
func readRecord(into fs.FS) (*record, error) {
	r := &record{Version: 1}
	data, err := fs.ReadFile(into, RecordFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r.indexed(), maps.Problems{{File: RecordFile, Message: "cannot be read: " + err.Error()}}
	}
	if err := yaml.Unmarshal(data, r); err != nil {
		why := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
		return (&record{Version: 1}).indexed(), maps.Problems{{File: RecordFile, Message: why + ": bring back the file as the last import wrote it, or take it away to begin anew"}}
	}
	r.Things = slices.DeleteFunc(r.Things, func(t *recorded) bool { return t == nil || t.ID == "" })
	r.Files = slices.DeleteFunc(r.Files, func(f *recordedFile) bool { return f == nil })
	if r.Version != 1 {
		return r.indexed(), maps.Problems{{File: RecordFile, Field: "version", Message: "is of another version of this program: take that one"}}
	}
	return r.indexed(), nil
}

func (r *record) indexed() *record {
	r.from, r.ids = map[[4]string]*recorded{}, map[[3]string]*recorded{}
	r.was = map[*recorded]bool{}
	for _, t := range r.Things {
		r.ids[[3]string{t.Kind, t.Hall, t.ID}] = t
		r.was[t] = true
		for source, key := range t.From {
			r.from[[4]string{t.Kind, t.Hall, source, key}] = t
		}
	}
	return r
}

// find returns what became of a source's thing; nil when it was never imported.
func (r *record) find(kind, hall, source, key string) *recorded {
	return r.from[[4]string{kind, hall, source, key}]
}

// taken reports whether an id was ever given to something else than sources call so.
func (r *record) taken(kind, hall, id string) bool { return r.ids[[3]string{kind, hall, id}] != nil }

// note records that a source's thing is that id.
func (r *record) note(kind, hall, id, source, key string) *recorded {
	at := [3]string{kind, hall, id}
	t := r.ids[at]
	if t == nil {
		t = &recorded{Kind: kind, Hall: hall, ID: id, From: map[string]string{}}
		r.ids[at] = t
		r.Things = append(r.Things, t)
	}
	if t.From == nil {
		t.From = map[string]string{}
	}
	t.From[source] = key
	r.from[[4]string{kind, hall, source, key}] = t
	return t
}

// forget takes a thing out of the record.
func (r *record) forget(t *recorded) {
	r.Things = slices.DeleteFunc(r.Things, func(o *recorded) bool { return o == t })
	delete(r.ids, [3]string{t.Kind, t.Hall, t.ID})
}

// file returns the sum of a file as an import wrote it; empty when none did.
func (r *record) file(name string) string {
	for _, f := range r.Files {
		if f.Name == name {
			return f.SHA256
		}
	}
	return ""
}

func (r *record) noteFile(name string, data []byte) {
	for _, f := range r.Files {
		if f.Name == name {
			f.SHA256 = sum(data)
			return
		}
	}
	r.Files = append(r.Files, &recordedFile{name, sum(data)})
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// text is the record as a file, in an order that depends on its contents alone.
func (r *record) text() ([]byte, error) {
	slices.SortStableFunc(r.Things, func(a, b *recorded) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Hall, b.Hall), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(r.Files, func(a, b *recordedFile) int { return cmp.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	b.WriteString(recordHead)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
