package enginetest

import (
	"context"
	"slices"
	"sync"

	"botd/engine"
)

// Keep is an [engine.Keep] in memory. The zero value is empty and ready; keep it over two
// sessions to test a restart.
type Keep struct {
	mu sync.Mutex
	m  map[string][]byte
}

var _ engine.Keep = (*Keep)(nil)

func (k *Keep) Load(_ context.Context, key string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.m[key]), nil
}

func (k *Keep) Save(ctx context.Context, key string, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if value == nil {
		delete(k.m, key)
		return nil
	}
	if k.m == nil {
		k.m = make(map[string][]byte)
	}
	k.m[key] = append([]byte{}, value...)
	return nil
}
