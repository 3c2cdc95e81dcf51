package intake

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// An overlay is a folder with some files put over it.
type overlay struct {
	under fs.FS
	files []File
}

// Open opens a file.
func (o overlay) Open(name string) (fs.File, error) {
	for _, f := range o.files {
		if f.Name == name {
			return &held{Reader: bytes.NewReader(f.Data), name: path.Base(name)}, nil
		}
	}
	return o.under.Open(name)
}

// held is a file in memory, and what is to be said of it.
type held struct {
	*bytes.Reader
	name string
}

// Stat says what there is to say: a plain file.
func (h *held) Stat() (fs.FileInfo, error) { return h, nil }

// Close has nothing to do.
func (h *held) Close() error { return nil }

// Name is the file's own name.
func (h *held) Name() string { return h.name }

// Mode is that of a plain file.
func (h *held) Mode() fs.FileMode { return 0o644 }

// ModTime is not known.
func (h *held) ModTime() time.Time { return time.Time{} }

// IsDir is false.
func (h *held) IsDir() bool { return false }

// Sys has nothing.
func (h *held) Sys() any { return nil }
