package host

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"botd/engine"
	"botd/engine/store"
)

// Storage is what operators may do with the store, in the daemon or while none runs.
// People name the part of a script by the script, that of all by "shared", and any other
// space, which all have a slash in their names, by itself. Quotas do not bind operators.
type Storage struct {
	store store.Store
}

// OpenStorage opens the store in the folder of a daemon that does not run, which the
// caller has claimed. If there is none yet the error has code NotFound, unless it is to
// be made. The caller closes it.
func OpenStorage(ctx context.Context, dataDir string, make bool) (*Storage, error) {
	file := filepath.Join(dataDir, storeFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && !make {
		return nil, engine.Errorf(engine.NotFound, "nothing is stored in %s yet", dataDir)
	}
	s, err := store.Open(ctx, file, nil)
	if err != nil {
		return nil, err
	}
	return &Storage{store: s}, nil
}

// Close closes a storage of OpenStorage.
func (s *Storage) Close() error { return s.store.Close() }

// partOf is the space of a part.
func partOf(name string) string {
	if name == sharedSpace || strings.Contains(name, "/") {
		return name
	}
	return spaceOf(name)
}

// StoredParts names the parts that scripts have something in.
func (s *Storage) StoredParts(ctx context.Context) ([]string, error) {
	spaces, err := s.store.Spaces(ctx)
	var out []string
	for _, space := range spaces {
		if script, ok := strings.CutPrefix(space, spaceOf("")); ok || space == sharedSpace {
			out = append(out, script)
		}
	}
	return out, err
}

// Stored reads the value of a key.
func (s *Storage) Stored(ctx context.Context, part, key string) (StoredValue, error) {
	e, err := s.store.Get(ctx, partOf(part), key)
	return StoredValue{part, key, e.Value, e.Expires}, err
}

// ListStored reads a page of the keys with a prefix, after a key; an empty one is the end.
func (s *Storage) ListStored(ctx context.Context, part, prefix, after string) ([]StoredValue, error) {
	list, err := s.store.List(ctx, store.Query{Space: partOf(part), Prefix: prefix, After: after})
	out := make([]StoredValue, len(list))
	for i, e := range list {
		out[i] = StoredValue{part, e.Key, e.Value, e.Expires}
	}
	return out, err
}

// PutStored writes values of different keys, all or none.
func (s *Storage) PutStored(ctx context.Context, list []StoredValue) error {
	ops := make([]store.Op, len(list))
	for i, v := range list {
		ops[i] = store.Put(partOf(v.Part), v.Key, v.Value).Until(v.Expires)
	}
	_, err := store.Commit(ctx, s.store, ops...)
	return err
}

// RemoveStored removes a key. That there is none is no error.
func (s *Storage) RemoveStored(ctx context.Context, part, key string) error {
	_, err := store.Commit(ctx, s.store, store.Delete(partOf(part), key))
	return err
}

// Backup writes the whole store, as of now, into a new file.
func (s *Storage) Backup(ctx context.Context, file string) error { return s.store.Backup(ctx, file) }

// Restore replaces the whole store by what is in a backup.
func (s *Storage) Restore(ctx context.Context, file string) error { return s.store.Restore(ctx, file) }

// Backup writes the whole store, as of now, into a new file. The state of a script is in it
// as it was kept last, a second ago at most.
func (h *Host) Backup(ctx context.Context, file string) error {
	h.states.settle()
	return h.Storage.Backup(ctx, file)
}

// Restore replaces the whole store by what is in a backup while the daemon runs. All
// scripts end before and start anew after, so that nothing of what they had in memory
// is mixed with what they had then; what happens in that moment reaches none of them.
// Sessions go on, and what they told since the backup was made is not told again in this run; a
// network that tells it again to the next one is listened to, since nothing that came of it is left.
// If the backup cannot be used the scripts start with what there was.
func (h *Host) Restore(ctx context.Context, file string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.scripts.Status() {
		if err := h.unload(ctx, s.Name); err != nil {
			return errors.Join(err, h.loadFiles(ctx, "restored"))
		}
	}
	h.states.settle()
	err := h.Storage.Restore(ctx, file)
	if err == nil {
		h.log.Info("store restored from a backup", slog.String("file", file))
		err = h.reread(ctx)
	}
	return errors.Join(err, h.loadFiles(ctx, "restored"))
}

// reread takes what the store has for what is known.
func (h *Host) reread(ctx context.Context) error {
	h.lines.disown(ctx)
	return errors.Join(h.seen.Reload(ctx), h.ledger.open(ctx, h.store, h.opt.Clock.Now()), h.forgetQuestions(ctx), h.jobs.Load(), h.cooldowns.Reload(ctx), h.contests.Reload(ctx), h.openPeople(ctx), h.warden.Load().Reload(ctx))
}
