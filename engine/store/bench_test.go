package store_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"botd/engine/store"
)

// fleet are writers that each change small values of a space of their own, one after the other.
type fleet struct {
	b       *testing.B
	s       store.Store
	written []int // by each writer
}

const (
	manyWriters   = 100
	keysOfAWriter = 50
)

var smallValue = bytes.Repeat([]byte("x"), 120)

func newFleet(b *testing.B) *fleet {
	s := open(b, filepath.Join(b.TempDir(), "botd.db"))
	b.Cleanup(func() { s.Close() })
	f := &fleet{b, s, make([]int, manyWriters)}
	f.write(manyWriters, keysOfAWriter)
	return f
}

// write has each of some writers write n values durably, and returns how long that took in all
// and each write by itself.
func (f *fleet) write(writers, n int) (time.Duration, []time.Duration) {
	took := make([]time.Duration, writers*n)
	var all sync.WaitGroup
	start := time.Now()
	for w := range writers {
		all.Go(func() {
			space := fmt.Sprintf("kv/script%d", w)
			for i := range n {
				key := fmt.Sprintf("users/%d/points", f.written[w]%keysOfAWriter)
				f.written[w]++
				at := time.Now()
				if _, err := store.Commit(f.b.Context(), f.s, store.Put(space, key, smallValue), store.Within(space, store.Usage{Keys: 10_000, Bytes: 16 << 20})); err != nil {
					f.b.Error(err)
				}
				took[w*n+i] = time.Since(at)
			}
		})
	}
	all.Wait()
	return time.Since(start), took
}

// rate collects what a part of a benchmark measured.
type rate struct {
	time time.Duration
	took []time.Duration
}

func (r *rate) add(d time.Duration, took []time.Duration) {
	r.time += d
	r.took = append(r.took, took...)
}

func (r *rate) perSecond() float64 { return float64(len(r.took)) / r.time.Seconds() }

func (r *rate) p99() float64 {
	slices.Sort(r.took)
	return float64(r.took[len(r.took)*99/100].Microseconds())
}

// BenchmarkWrite measures durable writes of one writer and of many that share commits, in turns
// of one run, since disks and machines differ: the ratio is what counts.
func BenchmarkWrite(b *testing.B) {
	f := newFleet(b)
	var one, many rate
	for b.Loop() {
		one.add(f.write(1, 100))
		many.add(f.write(manyWriters, 50))
	}
	b.ReportMetric(one.perSecond(), "single/s")
	b.ReportMetric(one.p99(), "single-p99-µs")
	b.ReportMetric(many.perSecond(), "shared/s")
	b.ReportMetric(many.p99(), "shared-p99-µs")
	b.ReportMetric(many.perSecond()/one.perSecond(), "ratio")
}
