package host

import (
	"context"
	"strings"

	"botd/engine"
	"botd/engine/store"
)

// StoredValue is a value of a script for people: plain data.
type StoredValue struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// partOf is the space that people name by a script, or "shared"; a name with a slash is
// that of a space itself.
func partOf(name string) string {
	if name == sharedSpace || strings.Contains(name, "/") {
		return name
	}
	return spaceOf(name)
}

// Stored reads the value of a key of a script, or of "shared".
func (h *Host) Stored(ctx context.Context, part, key string) (any, error) {
	e, err := h.store.Get(ctx, partOf(part), key)
	if err != nil {
		return nil, err
	}
	return store.Decode(e.Value)
}

// SetStored writes the value of a key, plain data; nil removes the key. Quotas of scripts
// do not bind the operator.
func (h *Host) SetStored(ctx context.Context, part, key string, value any) error {
	op := store.Delete(partOf(part), key)
	if value != nil {
		b, err := store.Encode(value)
		if err != nil {
			return err
		}
		op = store.Put(partOf(part), key, b)
	}
	_, err := store.Commit(ctx, h.store, op)
	return err
}

// ListStored lists a page of the keys with a prefix, after a key.
func (h *Host) ListStored(ctx context.Context, part, prefix, after string) ([]StoredValue, error) {
	list, err := h.store.List(ctx, store.Query{Space: partOf(part), Prefix: prefix, After: after})
	if err != nil {
		return nil, err
	}
	out := make([]StoredValue, len(list))
	for i, e := range list {
		v, err := store.Decode(e.Value)
		if err != nil {
			return nil, engine.Errorf(engine.Internal, "%q: %w", e.Key, err)
		}
		out[i] = StoredValue{e.Key, v}
	}
	return out, nil
}

// Backup writes the whole store, as of now, into a new file.
func (h *Host) Backup(ctx context.Context, file string) error { return h.store.Backup(ctx, file) }

// Restore replaces the whole store by what is in a backup. Scripts run on, and read the
// old values from then on.
func (h *Host) Restore(ctx context.Context, file string) error {
	if err := h.store.Restore(ctx, file); err != nil {
		return err
	}
	h.log.Info("store restored from a backup")
	return nil
}
