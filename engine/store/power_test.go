package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"botd/engine"
	"botd/engine/store"
	"botd/engine/store/disktest"
)

// recording is what went to the disk, in order, and what was acknowledged in between.
type recording struct {
	mu    sync.Mutex // guards steps
	steps []step
}

// step is an operation, or the acknowledgement of a batch if it has no kind.
type step struct {
	disktest.Op
	batch int
}

func (r *recording) add(s step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, s)
}

// record begins to record what goes to the files in a folder.
func record(t *testing.T, dir string) *recording {
	r := &recording{}
	disktest.Install(func(op disktest.Op, do func() disktest.Result) disktest.Result {
		res := do()
		if strings.HasPrefix(op.File, dir) && res == disktest.OK {
			r.add(step{Op: op})
		}
		return res
	})
	t.Cleanup(func() { disktest.Install(nil) })
	return r
}

// The machine stops at any moment, and of what was written after the last sync of a file
// anything may be there or not, also halves. All that was acknowledged is there, batches
// are there whole or not at all, and nothing counts twice.
func TestPowerCut(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "botd.db")
	disktest.Install(nil) // before the first connection
	s := open(t, file)
	start, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(file + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	rec := record(t, dir)
	const writers, batches = 8, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range batches {
				batch := w*batches + i
				if err := writeBatch(t, s, batch); err != nil {
					t.Error(err)
				}
				rec.add(step{batch: batch})
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil { // it copies the log into the file, and removes it
		t.Fatal(err)
	}
	disktest.Install(nil)
	for range 40 {
		cut := rand.IntN(len(rec.steps) + 1)
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("cut=%d,seed=%d", cut, seed), func(t *testing.T) {
			files := map[string][]byte{file: start, file + "-wal": wal}
			checkCut(t, file, survivors(files, rec.steps[:cut], rand.New(rand.NewPCG(seed, 0))), rec.steps[:cut], writers*batches)
		})
	}
}

func writeBatch(t *testing.T, s store.Store, batch int) error {
	value := bytes.Repeat([]byte{byte(batch)}, 1+batch*37%3000)
	_, err := store.Commit(t.Context(), s, store.Put("a", fmt.Sprint(batch), value), store.Put("b", fmt.Sprint(batch), value),
		store.Modify("sum", "n", func(old store.Entry, found bool) ([]byte, error) {
			n := uint64(0)
			if found {
				n = binary.BigEndian.Uint64(old.Value)
			}
			return binary.BigEndian.AppendUint64(nil, n+1), nil
		}))
	return err
}

// survivors are the files as a machine may find them that stopped after some steps.
func survivors(files map[string][]byte, steps []step, rng *rand.Rand) map[string][]byte {
	synced := map[string]int{}
	for i, s := range steps {
		if s.Kind == disktest.Sync {
			synced[s.File] = i
		}
	}
	out := map[string][]byte{}
	for name, content := range files {
		out[name] = slices.Clone(content)
	}
	for i, s := range steps {
		op := s.Op
		last, ever := synced[op.File]
		certain := ever && i <= last
		switch {
		case !certain && op.Kind == disktest.Write && rng.IntN(3) == 0:
			op.Data = op.Data[:rng.IntN(len(op.Data)+1)]
		case !certain && rng.IntN(2) == 0:
			continue
		}
		apply(out, op)
	}
	return out
}

func apply(files map[string][]byte, op disktest.Op) {
	b := files[op.File]
	switch op.Kind {
	case disktest.Write:
		if grown := int(op.Offset) + len(op.Data); grown > len(b) {
			b = append(b, make([]byte, grown-len(b))...)
		}
		copy(b[op.Offset:], op.Data)
	case disktest.Truncate:
		b = append(b, make([]byte, max(0, int(op.Offset)-len(b)))...)[:op.Offset]
	case disktest.Delete:
		delete(files, op.File)
		return
	default:
		return
	}
	files[op.File] = b
}

func checkCut(t *testing.T, from string, files map[string][]byte, steps []step, batches int) {
	file := filepath.Join(t.TempDir(), "botd.db")
	for name, content := range files {
		if suffix := strings.TrimPrefix(name, from); content != nil && suffix != "-shm" {
			if err := os.WriteFile(file+suffix, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := open(t, file)
	defer s.Close()
	acked := map[int]bool{}
	for _, s := range steps {
		if s.Kind == "" {
			acked[s.batch] = true
		}
	}
	there := uint64(0)
	for batch := range batches {
		a, errA := s.Get(t.Context(), "a", fmt.Sprint(batch))
		b, errB := s.Get(t.Context(), "b", fmt.Sprint(batch))
		if (errA == nil) != (errB == nil) || !bytes.Equal(a.Value, b.Value) {
			t.Errorf("half of batch %d: %v, %v", batch, errA, errB)
		}
		if errA == nil {
			there++
		} else if acked[batch] {
			t.Errorf("batch %d was acknowledged: %v", batch, errA)
		}
	}
	sum, err := s.Get(t.Context(), "sum", "n")
	if engine.CodeOf(err) == engine.NotFound {
		sum.Value = make([]byte, 8)
	}
	if n := binary.BigEndian.Uint64(sum.Value); n != there {
		t.Errorf("counted %d, and %d batches are there", n, there)
	}
}

// A full disk refuses writes and says so; what is there can be read, and when there is room again
// writes go on.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	disktest.Install(nil)
	s := open(t, filepath.Join(dir, "botd.db"))
	defer s.Close()
	if err := writeBatch(t, s, 0); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []disktest.Result{disktest.Full, disktest.IOError} {
		disktest.Install(func(op disktest.Op, do func() disktest.Result) disktest.Result {
			if op.Kind == disktest.Write && strings.HasPrefix(op.File, dir) {
				return answer
			}
			return do()
		})
		t.Cleanup(func() { disktest.Install(nil) })
		err := writeBatch(t, s, 1)
		if answer == disktest.Full && (engine.CodeOf(err) != engine.Quota || !strings.Contains(err.Error(), "the disk is full")) {
			t.Errorf("on a full disk: %v", err)
		}
		if answer == disktest.IOError && engine.CodeOf(err) != engine.Timeout {
			t.Errorf("on a broken disk: %v", err)
		}
		if _, err := s.Get(t.Context(), "a", "1"); engine.CodeOf(err) != engine.NotFound {
			t.Errorf("a write that failed is there: %v", err)
		}
		if u, err := s.Usage(t.Context(), "a"); err != nil || u.Keys != 1 {
			t.Errorf("usage %+v, %v", u, err)
		}
		disktest.Install(nil)
	}
	if err := writeBatch(t, s, 1); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	if sum, err := s.Get(t.Context(), "sum", "n"); err != nil || binary.BigEndian.Uint64(sum.Value) != 2 {
		t.Errorf("counted %v, %v", sum.Value, err)
	}
}
