package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// pictures is a folder of files named by the SHA-256 of their content.
type pictures struct {
	dir   string
	bytes int64
	held  map[string]picture
	owed  map[string]bool // the last receipt's Missing: not to be dropped though their observations are covered
}

// picture is what is known of a file: its size and the last observation that names it.
type picture struct {
	bytes int64
	place uint64
}

var shaName = regexp.MustCompile(`^[0-9a-f]{64}$`)

func openPictures(dir string) (*pictures, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	return &pictures{dir: dir, held: map[string]picture{}, owed: map[string]bool{}}, nil
}

// keepOnly takes stock of the folder and removes what no observation names: half-written files, and pictures whose
// observation was never stored.
func (p *pictures) keepOnly(named map[string]uint64) error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		place, ok := named[e.Name()]
		info, err := e.Info()
		if err != nil {
			return err
		}
		if !ok {
			if err := os.Remove(filepath.Join(p.dir, e.Name())); err != nil {
				return err
			}
			continue
		}
		p.held[e.Name()] = picture{bytes: info.Size(), place: place}
		p.bytes += info.Size()
	}
	return nil
}

// makeRoom drops pictures of covered observations, oldest first, until n more bytes fit into limit. It drops none,
// and returns false, when they would not fit even so.
func (p *pictures) makeRoom(n, limit int64, covered uint64) bool {
	if p.bytes+n <= limit {
		return true
	}
	var free int64
	var droppable []string
	for sha, pic := range p.held {
		if pic.place <= covered && !p.owed[sha] {
			droppable = append(droppable, sha)
			free += pic.bytes
		}
	}
	if p.bytes-free+n > limit {
		return false
	}
	slices.SortFunc(droppable, func(a, b string) int {
		return int(int64(p.held[a].place) - int64(p.held[b].place))
	})
	for _, sha := range droppable {
		if p.bytes+n <= limit {
			break
		}
		if err := os.Remove(filepath.Join(p.dir, sha)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return false
		}
		p.bytes -= p.held[sha].bytes
		delete(p.held, sha)
	}
	return p.bytes+n <= limit
}

// put stores a picture for the observation at place: synced, whole or not at all.
func (p *pictures) put(sha string, content []byte, place uint64) error {
	if !shaName.MatchString(sha) {
		return fmt.Errorf("store picture %q: not a SHA-256 in lower-case hex", sha)
	}
	if old, ok := p.held[sha]; ok {
		p.held[sha] = picture{bytes: old.bytes, place: place}
		return nil
	}
	f, err := os.CreateTemp(p.dir, ".part-*")
	if err != nil {
		return fmt.Errorf("store picture: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(p.dir, sha))
	}
	if err == nil {
		err = syncDir(p.dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store picture: %w", err), os.RemoveAll(f.Name()))
	}
	p.held[sha] = picture{bytes: int64(len(content)), place: place}
	p.bytes += int64(len(content))
	return nil
}

func (p *pictures) get(sha string) ([]byte, error) {
	if _, ok := p.held[sha]; !ok {
		return nil, fmt.Errorf("picture %q: %w", sha, ErrNoEvidence)
	}
	content, err := os.ReadFile(filepath.Join(p.dir, sha))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("picture %q: %w", sha, ErrNoEvidence)
	}
	return content, err
}

// owe remembers which pictures the controller still asks for.
func (p *pictures) owe(missing []string) {
	clear(p.owed)
	for _, sha := range missing {
		if _, ok := p.held[sha]; ok {
			p.owed[sha] = true
		}
	}
}
