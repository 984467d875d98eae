package host

import (
	"context"
	"net/url"
	"path/filepath"

	"botd/engine"
	"botd/engine/store"
)

// sessionKeep gives a session its part of the store.
func (h *Host) sessionKeep(name engine.SessionID) engine.Keep {
	return keep{h, "session/" + string(name)}
}

// sessionDir is the folder of a session's files. Names of sessions are people's own: what
// a path would take apart is escaped, and the prefix makes ".." a name like any other.
func (h *Host) sessionDir(name engine.SessionID) string {
	return filepath.Join(h.opt.Config.DataDir, "files", "session-"+url.PathEscape(string(name)))
}

// maxKept is the most bytes of a value that a session may keep.
const maxKept = 64 << 10

// keep is a space of the store. It is used only while sessions run, which is while the
// store is open.
type keep struct {
	h     *Host
	space string
}

func (k keep) Load(ctx context.Context, key string) ([]byte, error) {
	e, err := k.h.store.Get(ctx, k.space, key)
	if engine.CodeOf(err) == engine.NotFound {
		return nil, nil
	}
	return e.Value, err
}

func (k keep) Save(ctx context.Context, key string, value []byte) error {
	if len(value) > maxKept {
		return engine.Errorf(engine.Quota, "what a session keeps under %q has %d KiB, more than %d KiB", key, (len(value)+1023)>>10, maxKept>>10)
	}
	op := store.Delete(k.space, key)
	if value != nil {
		op = store.Put(k.space, key, value)
	}
	_, err := store.Commit(ctx, k.h.store, op)
	return err
}
