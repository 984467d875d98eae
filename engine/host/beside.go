package host

import (
	"maps"
	"slices"
	"sync"
)

// beside is what goes on beside the callers, each on a goroutine of its own. The zero value is
// ready.
type beside struct {
	sync.WaitGroup

	mu     sync.Mutex
	n      int
	starts uint64
	parked map[int]func() bool // by number; whether it is about to go on
	number int
}

// Go runs f.
func (b *beside) Go(f func()) {
	b.mu.Lock()
	b.n++
	b.starts++
	b.mu.Unlock()
	b.WaitGroup.Go(func() {
		defer func() {
			b.mu.Lock()
			b.n--
			b.mu.Unlock()
		}()
		f()
	})
}

// park notes that what Go runs is about to wait, until resume is called. woken reports
// whether what it waits for has come.
func (b *beside) park(woken func() bool) (resume func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.parked == nil {
		b.parked = map[int]func() bool{}
	}
	b.number++
	number := b.number
	b.parked[number] = woken
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.parked, number)
	}
}

// busy is how many have something to do, those in the Sleep of a clock included.
func (b *beside) busy() (starts uint64, n int) {
	b.mu.Lock()
	starts, n = b.starts, b.n
	parked := slices.Collect(maps.Values(b.parked))
	b.mu.Unlock()
	for _, woken := range parked {
		if !woken() {
			n--
		}
	}
	return starts, n
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
