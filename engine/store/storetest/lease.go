package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// openVirtual opens a store inside a bubble of virtual time.
func (e Engine) openVirtual(t *testing.T) store.Store {
	t.Helper()
	s, err := e.Open(t.TempDir(), engine.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const leaseTTL = 10 * time.Second

// testLease: one after the other, at once after an orderly end, with growing tokens.
func testLease(t *testing.T, e Engine) {
	synctest.Test(t, func(t *testing.T) {
		s := e.openVirtual(t)
		defer s.Close()
		ctx := t.Context()
		var tokens []uint64
		for range 3 {
			start := time.Now()
			err := store.Hold(ctx, s, store.LeaseOptions{Name: "a", Owner: "ann", TTL: leaseTTL}, func(ctx context.Context, l *store.Lease) error {
				if time.Since(start) > 0 {
					t.Errorf("it took %s to get a free lease", time.Since(start))
				}
				tokens = append(tokens, l.Token())
				bounded, cancel := context.WithTimeout(ctx, 10*leaseTTL)
				defer cancel()
				err := store.Hold(bounded, s, store.LeaseOptions{Name: "a", Owner: "bob", TTL: leaseTTL}, func(context.Context, *store.Lease) error {
					t.Error("two have it")
					return nil
				})
				if engine.CodeOf(err) != engine.Conflict || !l.Valid() || ctx.Err() != nil {
					t.Errorf("who waited: %v, valid %t, %v", err, l.Valid(), ctx.Err())
				}
				return store.Hold(ctx, s, store.LeaseOptions{Name: "b", Owner: "bob"}, func(context.Context, *store.Lease) error { return nil })
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !(tokens[0] < tokens[1] && tokens[1] < tokens[2]) {
			t.Errorf("tokens %v", tokens)
		}
	})
}

// testLeaseLost: a holder that cannot reach the store knows in time that it has lost the lease; the
// next one gets it soon, and what the former still writes is kept out.
func testLeaseLost(t *testing.T, e Engine) {
	synctest.Test(t, func(t *testing.T) {
		s := e.openVirtual(t)
		defer s.Close()
		cut := &faulty{Store: s}
		var former atomic.Pointer[store.Lease]
		var lost atomic.Pointer[time.Time]
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			err := store.Hold(t.Context(), cut, store.LeaseOptions{Name: "a", Owner: "ann", TTL: leaseTTL}, func(ctx context.Context, l *store.Lease) error {
				former.Store(l)
				time.Sleep(3 * leaseTTL)
				if ctx.Err() != nil || !l.Valid() {
					t.Errorf("lost while all was well: %v", ctx.Err())
				}
				cut.mode.Store(refusing)
				<-ctx.Done()
				now := time.Now()
				lost.Store(&now)
				if l.Valid() {
					t.Error("valid after its end")
				}
				return ctx.Err()
			})
			if engine.CodeOf(err) != engine.Conflict {
				t.Errorf("lost: %v", err)
			}
		})
		time.Sleep(leaseTTL)
		err := store.Hold(t.Context(), s, store.LeaseOptions{Name: "a", Owner: "bob", TTL: leaseTTL}, func(_ context.Context, l *store.Lease) error {
			if wait := time.Since(start) - 3*leaseTTL; lost.Load() == nil || wait < 0 || wait > 3*leaseTTL/2 {
				t.Errorf("taken over %s after the end, lost at %v", wait, lost.Load())
			}
			if l.Token() <= former.Load().Token() {
				t.Errorf("token %d after %d", l.Token(), former.Load().Token())
			}
			if _, err := store.Commit(t.Context(), s, store.Put("s", "k", []byte("late")), former.Load().Fence()); engine.CodeOf(err) != engine.Conflict {
				t.Errorf("a late write of the former holder: %v", err)
			}
			_, err := store.Commit(t.Context(), s, store.Put("s", "k", []byte("mine")), l.Fence())
			return err
		})
		if err != nil {
			t.Error(err)
		}
		all.Wait()
		if _, err := store.Commit(t.Context(), s, store.Put("s", "k", nil), former.Load().Fence()); engine.CodeOf(err) != engine.Conflict {
			t.Errorf("a write after everybody has given it back: %v", err)
		}
	})
}

// testLeaseFaults: whatever the store does to those who want it, at any instant at most one
// has the lease, and tokens grow.
func testLeaseFaults(t *testing.T, e Engine) {
	synctest.Test(t, func(t *testing.T) {
		s := e.openVirtual(t)
		defer s.Close()
		ctx, stop := context.WithTimeout(t.Context(), 200*leaseTTL)
		defer stop()
		var holders atomic.Int32
		var mu sync.Mutex
		var last uint64
		times := 0
		var all sync.WaitGroup
		for i := range 4 {
			own := &faulty{Store: s}
			all.Go(func() { // what befalls the store as this one sees it
				for ctx.Err() == nil {
					time.Sleep(rand.N(4 * leaseTTL))
					own.mode.Store(rand.N(int32(modes)))
				}
			})
			all.Go(func() {
				for ctx.Err() == nil {
					o := store.LeaseOptions{Name: "a", Owner: fmt.Sprint(i), TTL: leaseTTL}
					err := store.Hold(ctx, own, o, func(held context.Context, l *store.Lease) error {
						if n := holders.Add(1); n != 1 {
							t.Errorf("%d have the lease", n)
						}
						over := context.AfterFunc(held, func() { holders.Add(-1) })
						mu.Lock()
						if l.Token() <= last {
							t.Errorf("token %d after %d", l.Token(), last)
						}
						last = l.Token()
						times++
						mu.Unlock()
						err := engine.SystemClock{}.Sleep(held, rand.N(3*leaseTTL))
						if over() {
							holders.Add(-1)
						}
						return err
					})
					if err != nil {
						time.Sleep(time.Second)
					}
				}
			})
		}
		all.Wait()
		if times < 20 {
			t.Errorf("it was held %d times in %s", times, 200*leaseTTL)
		}
	})
}

// faulty is a store as somebody sees it whose way to it may fail.
type faulty struct {
	store.Store
	mode atomic.Int32
}

const (
	sound     int32 = iota
	refusing        // nothing gets through
	slow            // answers come late
	forgetful       // what is written is written, and the answer gets lost
	modes
)

var errOutOfReach = errors.New("out of reach")

func (f *faulty) Get(ctx context.Context, space, key string) (store.Entry, error) {
	if f.mode.Load() == refusing {
		return store.Entry{}, errOutOfReach
	}
	return f.Store.Get(ctx, space, key)
}

func (f *faulty) Submit(b store.Batch, done func(store.Result)) {
	switch f.mode.Load() {
	case refusing:
		done(store.Result{Err: errOutOfReach})
	case slow:
		f.Store.Submit(b, func(r store.Result) { time.AfterFunc(rand.N(leaseTTL), func() { done(r) }) })
	case forgetful:
		f.Store.Submit(b, func(store.Result) { done(store.Result{Err: engine.Errorf(engine.Timeout, "no answer")}) })
	default:
		f.Store.Submit(b, done)
	}
}
