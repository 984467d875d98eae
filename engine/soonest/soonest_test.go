package soonest_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"botd/engine/soonest"
)

// TestAgreesWithAList compares a queue with a list that is sorted each time.
func TestAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q soonest.Queue[int]
		items := make([]soonest.Item[int], 8)
		var list []*soonest.Item[int] // in the order in which they were set
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			it := &items[rapid.IntRange(0, len(items)-1).Draw(t, "item")]
			in := slices.Index(list, it)
			if in >= 0 {
				list = slices.Delete(list, in, in+1)
			}
			if rapid.Bool().Draw(t, "drop") {
				if q.Drop(it) != (in >= 0) {
					t.Fatal("Drop is wrong about whether it was in")
				}
				continue
			}
			q.Set(it, time.Unix(rapid.Int64Range(0, 3).Draw(t, "at"), 0))
			list = append(list, it)
		}
		slices.SortStableFunc(list, func(a, b *soonest.Item[int]) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
		if q.Len() != len(list) {
			t.Fatalf("%d items; want %d", q.Len(), len(list))
		}
		for i, want := range list {
			if got := q.First(); got != want || !q.Drop(got) {
				t.Fatalf("item %d is %p; want %p", i, got, want)
			}
		}
		if q.First() != nil {
			t.Fatal("an empty queue has a first item")
		}
	})
}
