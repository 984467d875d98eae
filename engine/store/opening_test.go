package store_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"botd/engine/store"
	"botd/engine/store/disktest"
)

// The program ends at any moment of its first opening of a store. The next one opens it.
func TestKilledWhileOpening(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	var ops []disktest.Op
	disktest.Install(func(op disktest.Op, do func() disktest.Result) disktest.Result {
		res := do()
		if strings.HasPrefix(op.File, dir) {
			if err := os.CopyFS(filepath.Join(copies, strconv.Itoa(len(ops))), os.DirFS(dir)); err != nil {
				t.Error(err)
			}
			ops = append(ops, op)
		}
		return res
	})
	t.Cleanup(func() { disktest.Install(nil) })
	s := open(t, filepath.Join(dir, "botd.db"))
	disktest.Install(nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(ops) < 20 {
		t.Errorf("%d operations: too few to show anything", len(ops))
	}
	for i, op := range ops {
		s, err := store.Open(t.Context(), filepath.Join(copies, strconv.Itoa(i), "botd.db"), nil)
		if err != nil {
			t.Errorf("after operation %d, %s of %s: %v", i, op.Kind, filepath.Base(op.File), err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
