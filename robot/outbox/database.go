package outbox

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tidwall/buntdb"
)

// compactAt is the size of a database file, in bytes, from which a rewrite is worth its time.
const compactAt = 32 << 20

// openDatabase opens a synced database; a damaged one is salvaged first. buntdb itself cuts off a torn last record.
func openDatabase(path string, log *slog.Logger) (*buntdb.DB, error) {
	db, err := buntdb.Open(path)
	if errors.Is(err, buntdb.ErrInvalid) {
		log.Error("outbox is damaged: taking over what stands before the damage", "file", path, "damaged", path+".damaged")
		if err := salvage(path); err != nil {
			return nil, fmt.Errorf("salvage %s: %w", path, err)
		}
		db, err = buntdb.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// buntdb's own shrinking renames a file that it has not synced; compact does it safely.
	err = db.SetConfig(buntdb.Config{SyncPolicy: buntdb.Always, AutoShrinkDisabled: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("configure %s: %w", path, err), db.Close())
	}
	return db, nil
}

// salvage rewrites the database at path with the records that stand before the damage. The numbers are to be settled
// with the controller anew, for what was lost may have been sent.
func salvage(path string) error {
	damaged, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = damaged.Close() }()
	db, err := buntdb.Open(":memory:")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Load(damaged); err == nil {
		return errors.New("damage has gone: try again")
	}
	err = db.Update(func(tx *buntdb.Tx) error {
		_, err := tx.Delete(keyOffset)
		return err
	})
	if err != nil && !errors.Is(err, buntdb.ErrNotFound) {
		return err
	}
	if err := os.Rename(path, path+".damaged"); err != nil {
		return err
	}
	return save(db, path)
}

// compact rewrites the database when half of the file is of the past.
func (b *Outbox) compact() error {
	info, err := os.Stat(b.path)
	if err != nil {
		return fmt.Errorf("compact outbox: %w", err)
	}
	if info.Size() < compactAt || info.Size() < 2*b.bytes {
		return nil
	}
	if err := save(b.db, b.path); err != nil {
		return fmt.Errorf("compact outbox: %w", err)
	}
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("compact outbox: %w", err)
	}
	b.db, err = openDatabase(b.path, b.log)
	return err
}

// save writes a snapshot of db in place of the file at path: whole, or not at all.
func save(db *buntdb.DB, path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".snapshot-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := errors.Join(db.Save(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in dir outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
