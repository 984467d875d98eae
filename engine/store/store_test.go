package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/store"
	"botd/engine/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func clock() storetest.Clock { return enginetest.NewClock(time.Unix(1_800_000_000, 0).UTC()) }

func TestMemory(t *testing.T) {
	storetest.Run(t, storetest.Engine{Clock: clock, Open: func(_ string, c engine.Clock) (store.Store, error) { return store.NewMemory(c), nil }})
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Engine{Clock: clock, Open: func(dir string, c engine.Clock) (store.Store, error) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		return store.Open(context.Background(), filepath.Join(dir, "botd.db"), c)
	}})
}
