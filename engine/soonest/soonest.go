// Package soonest keeps things in the order of their times.
package soonest

import (
	"container/heap"
	"time"
)

// Item is something with a time, in one queue at most. The zero Item is in none. It must not
// be copied while it is in one.
type Item[T any] struct {
	Value T
	At    time.Time // what [Queue.Set] set
	turn  uint64
	place int // in the queue, from 1; 0 outside
}

// Queue holds items, those of one time in the order in which they were set. All its methods
// take logarithmic time or less. One goroutine at a time may use it.
type Queue[T any] struct {
	items items[T]
	turn  uint64
}

func (q *Queue[T]) Len() int { return len(q.items) }

// First is the soonest item, nil if there is none.
func (q *Queue[T]) First() *Item[T] {
	if len(q.items) == 0 {
		return nil
	}
	return q.items[0]
}

// Set puts an item into the queue, or gives it another time.
func (q *Queue[T]) Set(it *Item[T], at time.Time) {
	q.turn++
	it.At, it.turn = at, q.turn
	if it.place > 0 {
		heap.Fix(&q.items, it.place-1)
		return
	}
	heap.Push(&q.items, it)
}

// Drop takes an item out, and reports whether it was in.
func (q *Queue[T]) Drop(it *Item[T]) bool {
	if it.place == 0 {
		return false
	}
	heap.Remove(&q.items, it.place-1)
	return true
}

// items is what container/heap wants.
type items[T any] []*Item[T]

func (h items[T]) Len() int { return len(h) }

func (h items[T]) Less(i, j int) bool {
	if h[i].At.Equal(h[j].At) {
		return h[i].turn < h[j].turn
	}
	return h[i].At.Before(h[j].At)
}

func (h items[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *items[T]) Push(x any) {
	it := x.(*Item[T])
	*h = append(*h, it)
	it.place = len(*h)
}

func (h *items[T]) Pop() any {
	last := len(*h) - 1
	it := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	it.place = 0
	return it
}
