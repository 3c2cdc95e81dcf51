package maps

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Bounds of a site package: a folder of a large site has a few dozen files and some MB.
const (
	maxPackFiles = 1000
	maxPackBytes = 256 << 20 // unpacked, all files together
)

// controllersOwn are the parts of a site folder that are no robot's business: which ticket systems there are, which machines
// are asked, and who may raise alarms.
var controllersOwn = []string{"sinks", "machines.yaml", "inbound.yaml"}

// Pack zips a site folder. The same files give the same bytes; name is their SHA-256 in hex. Hidden files and
// folders are left out, and so is controllersOwn; links are not followed.
func Pack(fsys fs.FS) (data []byte, name string, err error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	files, size := 0, int64(0)
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(controllersOwn, p)):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		content, err := readFile(fsys, p)
		if err != nil {
			return err
		}
		files++
		size += int64(len(content))
		if files > maxPackFiles || size > maxPackBytes {
			return fmt.Errorf("more than %d files or %d bytes: is this a site folder?", maxPackFiles, maxPackBytes)
		}
		// WalkDir goes in lexical order; no time is set, so that the bytes depend on names and contents alone.
		f, err := w.CreateHeader(&zip.FileHeader{Name: p, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, "", fmt.Errorf("pack site folder: %w", err)
	}
	return b.Bytes(), PackageName(b.Bytes()), nil
}

// PackageName is the name of a packed site: the SHA-256 of its bytes, in hex.
func PackageName(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Unpack opens a packed site; the returned files read from data, which must not change. It refuses paths that lead out of the folder, names that stand twice, and
// more than the bounds of a site package, whatever the archive's directory claims.
func Unpack(data []byte) (fs.FS, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("unpack site package: %w: fetch it again", err)
	}
	if len(r.File) > maxPackFiles {
		return nil, fmt.Errorf("unpack site package: %d files are more than %d", len(r.File), maxPackFiles)
	}
	seen, folders := map[string]bool{}, map[string]bool{}
	left := int64(maxPackBytes)
	for _, f := range r.File {
		if dir, ok := strings.CutSuffix(f.Name, "/"); ok {
			if !fs.ValidPath(dir) || dir == "." || f.UncompressedSize64 > 0 || folders[dir] {
				return nil, fmt.Errorf("unpack site package: %q is not a plain folder", clip(f.Name))
			}
			folders[dir] = true
			continue
		}
		size, err := checkPacked(f, seen[f.Name], left)
		if err != nil {
			return nil, fmt.Errorf("unpack site package: %q: %w", clip(f.Name), err)
		}
		seen[f.Name] = true
		left -= size
	}
	for name := range seen {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for dir := range folders {
		if seen[dir] || seen[path.Dir(dir)] {
			return nil, fmt.Errorf("unpack site package: %q is a file and a folder", clip(dir))
		}
	}
	return r, nil
}

// checkPacked reads a packed file through once and returns its true size, which is at most left.
func checkPacked(f *zip.File, twice bool, left int64) (size int64, err error) {
	if !fs.ValidPath(f.Name) || f.Name == "." || strings.ContainsAny(f.Name, "\\\x00") || !f.Mode().IsRegular() {
		return 0, errors.New("not a plain file inside the folder")
	}
	if twice {
		return 0, errors.New("stands twice")
	}
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(io.Discard, io.LimitReader(r, left+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return 0, err
	}
	if size > left {
		return 0, fmt.Errorf("more than %d bytes in all", maxPackBytes)
	}
	return size, nil
}
