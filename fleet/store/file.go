package store

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nightrounds/nightrounds/fleet/durable"
)

// errDamaged says that the file holds something else than what was written.
var errDamaged = errors.New("damaged")

// A frame is one transaction in the file: 4 bytes length, 4 bytes CRC-32C (both little-endian), and this as JSON.
type frame struct {
	Seq    uint64                     `json:"seq,omitempty"`
	Set    map[string]json.RawMessage `json:"set,omitempty"`
	Delete []string                   `json:"delete,omitempty"`
	Part   bool                       `json:"part,omitempty"`  // of a snapshot; worth nothing without its end
	Whole  bool                       `json:"whole,omitempty"` // the last frame of a snapshot
}

func (f *frame) empty() bool { return f.Seq == 0 && len(f.Set) == 0 && len(f.Delete) == 0 }

const (
	frameHead = 8
	// maxFrame bounds what a damaged length can make us allocate, in bytes.
	maxFrame = 1 << 30
	// syncEvery is how much a power cut may cost; the journal has it all.
	syncEvery = time.Second
	// compactAbove is the size in bytes below which a file is left to grow; above it, one that doubled is compacted.
	compactAbove = 32 << 20
)

func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func writeFrame(w io.Writer, f *frame) (int, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return 0, err
	}
	if len(body) > maxFrame {
		return 0, fmt.Errorf("a transaction of %d bytes: the most is %d", len(body), maxFrame)
	}
	b := make([]byte, frameHead, frameHead+len(body))
	binary.LittleEndian.PutUint32(b, uint32(len(body)))
	binary.LittleEndian.PutUint32(b[4:], castagnoli(body))
	return w.Write(append(b, body...))
}

// readFrames hands each frame to apply. size is where the last whole one ends: what follows was cut short by a crash.
// whole says whether the last frame ended a snapshot. errDamaged: a frame that was complete once is not what it was.
func readFrames(r io.Reader, apply func(*frame) error) (size int64, whole bool, err error) {
	br := bufio.NewReaderSize(r, 1<<20)
	head := make([]byte, frameHead)
	part := false
	for {
		if _, err := io.ReadFull(br, head); err != nil {
			return size, whole, cutShort(err, part)
		}
		n := binary.LittleEndian.Uint32(head)
		if n == 0 || n > maxFrame {
			return size, false, fmt.Errorf("%w: a length of %d at byte %d", errDamaged, n, size)
		}
		// Read as it comes, so that a wrong length allocates no more than there is.
		body, err := io.ReadAll(io.LimitReader(br, int64(n)))
		if err != nil {
			return size, false, err
		}
		if len(body) < int(n) {
			return size, false, cutShort(io.ErrUnexpectedEOF, part)
		}
		var f frame
		if castagnoli(body) != binary.LittleEndian.Uint32(head[4:]) || json.Unmarshal(body, &f) != nil {
			return size, false, fmt.Errorf("%w: the checksum at byte %d", errDamaged, size)
		}
		if err := apply(&f); err != nil {
			return size, false, err
		}
		size += frameHead + int64(n)
		whole, part = f.Whole, f.Part
	}
}

// cutShort forgives an end at any place but inside a snapshot.
func cutShort(err error, part bool) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case part:
		return fmt.Errorf("%w: a snapshot without its end", errDamaged)
	}
	return nil
}

// A file is the log on disk. Its methods are called by one goroutine at a time.
type file struct {
	path      string
	f         *os.File
	size      int64
	compacted int64 // size after the last compaction
	synced    time.Time
}

func openFile(path string, apply func(*frame) error) (*file, error) {
	if err := durable.MakeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, _, err := readFrames(f, apply)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return &file{path: path, f: f, size: size, compacted: size, synced: time.Now()}, nil
}

// append writes one transaction, or, when it fails, leaves the file as it was.
func (l *file) append(f *frame) error {
	n, err := writeFrame(l.f, f)
	if err == nil && time.Since(l.synced) >= syncEvery {
		l.synced = time.Now()
		err = l.f.Sync()
	}
	if err != nil {
		terr := l.f.Truncate(l.size)
		_, serr := l.f.Seek(l.size, io.SeekStart)
		return errors.Join(fmt.Errorf("write store: %w", err), terr, serr)
	}
	l.size += int64(n)
	return nil
}

func (l *file) overgrown() bool { return l.size > compactAbove && l.size > 2*l.compacted }

// replace puts what write writes in the place of the file, in one step.
func (l *file) replace(write func(io.Writer) (int64, error)) error {
	next, err := os.CreateTemp(filepath.Dir(l.path), durable.TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	w := bufio.NewWriterSize(next, 1<<20)
	size, err := write(w)
	if err = errors.Join(err, w.Flush(), next.Sync()); err == nil {
		err = os.Rename(next.Name(), l.path)
	}
	if err != nil {
		return fmt.Errorf("compact store: %w", errors.Join(err, next.Close(), os.Remove(next.Name())))
	}
	old := l.f
	l.f, l.size, l.compacted, l.synced = next, size, size, time.Now()
	return errors.Join(durable.SyncDir(filepath.Dir(l.path)), old.Close())
}

func (l *file) close() error { return errors.Join(l.f.Sync(), l.f.Close()) }

// setAside keeps a damaged file for whoever wants to know what happened.
func setAside(path string) error {
	return os.Rename(path, path+".damaged-"+time.Now().UTC().Format("20060102T150405.000000000"))
}
