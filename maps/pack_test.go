package maps_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
)

func TestPackIsNamedByItsContent(t *testing.T) {
	files := folder(t, "testdata/small")
	data1, name1, err := maps.Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	data2, name2, _ := maps.Pack(folder(t, "testdata/small"))
	if !bytes.Equal(data1, data2) || name1 != name2 || len(name1) != 64 || name1 != maps.PackageName(data1) {
		t.Errorf("the same folder gave %s and %s", name1, name2)
	}
	edit(t, files, "site.yaml", "Two racks", "2 racks")
	if _, name3, _ := maps.Pack(files); name3 == name1 {
		t.Error("another site has the same name")
	}
	unpacked, err := maps.Unpack(data1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Load(unpacked); err != nil {
		t.Error(err)
	}
	if _, err := fs.Stat(unpacked, "graph.lif.json"); err != nil {
		t.Error(err)
	}
}

// zipped makes an archive of names, each with its content.
func zipped(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		f, err := w.Create(entries[i])
		if err == nil {
			_, err = f.Write([]byte(entries[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpackRefusesWhatIsNoFolder(t *testing.T) {
	many := make([]string, 0, 2002)
	for range 1001 {
		many = append(many, strings.Repeat("a", len(many)/2+1), "")
	}
	bomb := zipped(t, "site.yaml", strings.Repeat("\x00", 257<<20))
	for name, data := range map[string][]byte{
		"no zip":          []byte("hello"),
		"empty":           nil,
		"path upwards":    zipped(t, "../site.yaml", "x"),
		"absolute path":   zipped(t, "/etc/passwd", "x"),
		"backslash":       zipped(t, `a\b`, "x"),
		"twice":           zipped(t, "a", "x", "a", "y"),
		"file and folder": zipped(t, "a", "x", "a/b", "y"),
		"too many files":  zipped(t, many...),
		"bomb":            bomb,
		"cut off":         bomb[:len(bomb)-10],
	} {
		if _, err := maps.Unpack(data); err == nil || !strings.HasPrefix(err.Error(), "unpack site package") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
