package facts_test

import (
	"fmt"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/facts"
	"botd/engine/store"
)

// What a new cooldown costs in a book that is full, as a ratio to one with a hundredth of the
// entries.
func BenchmarkFull(b *testing.B) {
	full := func(most int) time.Duration {
		s := store.NewMemory(engine.SystemClock{})
		defer s.Close()
		book, err := facts.Open(b.Context(), facts.Options{Store: s, Space: "facts", Max: most, Clock: enginetest.NewClock(time.Unix(0, 0))})
		if err != nil {
			b.Fatal(err)
		}
		hold := func(i int) { book.Hold(facts.Hold{Key: fmt.Sprint(i), For: time.Second}) }
		for i := range most {
			hold(i)
		}
		start := time.Now()
		for i := range b.N {
			hold(most + i)
		}
		return time.Since(start)
	}
	small := full(1000)
	b.ReportMetric(float64(full(100_000))/float64(small), "ratio")
}
