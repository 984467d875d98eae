package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"botd/engine"
)

// LeaseOptions say which lease, and for whom.
type LeaseOptions struct {
	Name  string        // 1 to 200 bytes
	Owner string        // shown to those who wait
	TTL   time.Duration // how long a holder that died is waited for; 10 s if 0
	Clock engine.Clock  // the system's if nil
}

// Lease is the right to do something that one at a time may do, while it is valid.
type Lease struct {
	o     LeaseOptions
	s     Store
	token uint64

	mu    sync.Mutex // guards until
	until time.Time
}

// leaseSpace has two keys for each lease: the holder's sign of life, and a term, which is
// written only when the holder changes. The term's revision is the fencing token.
const (
	leaseSpace = "lease"
	signPrefix = "sign/"
	termPrefix = "term/"
)

// sign is the value of a sign of life. The number makes each one different.
type sign struct {
	Owner  string        `json:"owner"`
	TTL    time.Duration `json:"ttl"`
	Number uint64        `json:"number"`
	Holder string        `json:"holder"` // one call of Hold: owners may have the same name
}

// Hold waits until nobody else has the lease, and runs f while this caller has it. The
// context of f ends the moment the lease is not valid any more, before anybody else can get
// it; then Hold returns code Conflict, unless f failed otherwise. When f returns the lease is
// given back. If ctx ends while somebody else has it the error has code Conflict and
// names the owner.
//
// No clock is compared with another's: who waits must see no sign of life for the whole TTL by
// a clock of its own. So a holder that was suspended finds its lease invalid when it
// wakes; what it wrote down before it knew is kept out by [Lease.Fence].
func Hold(ctx context.Context, s Store, o LeaseOptions, f func(ctx context.Context, l *Lease) error) error {
	if o.TTL <= 0 {
		o.TTL = 10 * time.Second
	}
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	h := &holding{
		Lease: &Lease{o: o, s: s},
		sign:  sign{Owner: o.Owner, TTL: o.TTL, Holder: rand.Text()},
	}
	if err := h.acquire(ctx); err != nil {
		return err
	}
	return h.run(ctx, f)
}

// Valid reports whether the caller has the lease now. Ask right before an effect that cannot be
// fenced, such as a line that is sent.
func (l *Lease) Valid() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.o.Clock.Now().Before(l.until)
}

// Token tells the holders of a lease apart: each has a larger one than those before.
func (l *Lease) Token() uint64 { return l.token }

// Fence is an operation that fails its batch with code Conflict once somebody else has, or
// had, the lease. Every write that only the holder may do carries it.
func (l *Lease) Fence() Op { return Check(leaseSpace, termPrefix+l.o.Name, l.token) }

// holding is one call of Hold.
type holding struct {
	*Lease
	sign     sign   // as written last, or perhaps written
	revision uint64 // of the sign
}

func (h *holding) key() string { return signPrefix + h.o.Name }

// read returns the sign of life in the store; a zero entry if nobody has the lease.
func (h *holding) read(ctx context.Context) (e Entry, by sign, err error) {
	e, err = h.s.Get(ctx, leaseSpace, h.key())
	if engine.CodeOf(err) == engine.NotFound {
		return Entry{}, sign{}, nil
	}
	if err == nil {
		err = json.Unmarshal(e.Value, &by)
	}
	return e, by, err
}

func (h *holding) acquire(ctx context.Context) error {
	var seen uint64
	var deadline time.Time
	owner := ""
	for {
		e, by, err := h.read(ctx)
		if err != nil {
			return h.heldBy(ctx, owner, err)
		}
		owner = by.Owner
		now := h.o.Clock.Now()
		if deadline.IsZero() || e.Revision != seen {
			seen = e.Revision
			deadline = now.Add(by.TTL + mathrand.N(by.TTL/10+1)) // not all who wait try at once
		}
		if e.Revision == 0 || !now.Before(deadline) {
			if taken, err := h.take(ctx, e.Revision); taken || err != nil {
				return err
			}
			continue
		}
		if err := h.o.Clock.Sleep(ctx, h.o.TTL/10); err != nil {
			return h.heldBy(ctx, owner, err)
		}
	}
}

// heldBy is why there was no lease to be had: err, unless the time for it was up.
func (h *holding) heldBy(ctx context.Context, owner string, err error) error {
	if owner == "" || ctx.Err() == nil {
		return err
	}
	return engine.Errorf(engine.Conflict, "%s has the lease %q: %w", owner, h.o.Name, err)
}

// take tries to become the holder after the one whose sign has a revision.
func (h *holding) take(ctx context.Context, after uint64) (bool, error) {
	start := h.o.Clock.Now()
	got, err := Commit(ctx, h.s, h.put().If(after), Put(leaseSpace, termPrefix+h.o.Name, []byte(h.sign.Holder)))
	if engine.CodeOf(err) == engine.Conflict {
		return false, nil
	}
	if err != nil { // it may have been carried out all the same
		e, by, rerr := h.read(ctx)
		if rerr != nil || by.Holder != h.sign.Holder {
			return false, err
		}
		term, rerr := h.s.Get(ctx, leaseSpace, termPrefix+h.o.Name)
		if rerr != nil || string(term.Value) != h.sign.Holder {
			return false, err
		}
		got = []Entry{e, term}
	}
	h.revision, h.token, h.until = got[0].Revision, got[1].Revision, h.validFrom(start)
	return true, nil
}

// put is the next sign of life.
func (h *holding) put() Op {
	h.sign.Number++
	b, _ := json.Marshal(h.sign) // numbers and texts
	return Put(leaseSpace, h.key(), b)
}

// validFrom is until when a sign is good that was begun at a time: shorter than others wait.
func (h *holding) validFrom(start time.Time) time.Time { return start.Add(h.o.TTL * 9 / 10) }

var errLost = errors.New("the lease is lost")

func (h *holding) run(ctx context.Context, f func(context.Context, *Lease) error) error {
	held, end := context.WithCancelCause(ctx)
	defer end(nil)
	var keeper sync.WaitGroup
	keeper.Go(func() { h.keep(held, end) })
	err := f(held, h.Lease)
	lost := context.Cause(held) == errLost
	end(nil)
	keeper.Wait()
	h.release(ctx)
	if lost && (err == nil || errors.Is(err, context.Canceled)) {
		return engine.Errorf(engine.Conflict, "the lease %q could not be kept", h.o.Name)
	}
	return err
}

// keep gives signs of life until ctx ends, and ends it when they stop being heard.
func (h *holding) keep(ctx context.Context, end context.CancelCauseFunc) {
	stop := h.endWhenInvalid(end)
	defer func() { stop() }()
	pause := h.o.TTL / 4
	for h.o.Clock.Sleep(ctx, pause) == nil {
		pause = h.o.TTL / 4
		switch kept, err := h.renew(ctx); {
		case kept:
			stop()
			stop = h.endWhenInvalid(end)
		case err != nil: // a store may be out of reach for a while
			pause = h.o.TTL / 20
		default:
			end(errLost)
		}
	}
}

// endWhenInvalid sets a timer, because a look now and then would come too late.
func (h *holding) endWhenInvalid(end context.CancelCauseFunc) (stop func() bool) {
	h.mu.Lock()
	left := h.until.Sub(h.o.Clock.Now())
	h.mu.Unlock()
	return h.o.Clock.AfterFunc(left, func() {
		if !h.Valid() {
			end(errLost)
		}
	})
}

// renew gives a sign of life. Neither kept nor an error means that somebody else has the lease.
func (h *holding) renew(ctx context.Context) (kept bool, err error) {
	start := h.o.Clock.Now()
	got, err := Commit(ctx, h.s, h.put().If(h.revision))
	switch {
	case err == nil:
		h.revision = got[0].Revision
		h.mu.Lock()
		h.until = h.validFrom(start)
		h.mu.Unlock()
		return true, nil
	case engine.CodeOf(err) != engine.Conflict:
		return false, err
	}
	e, by, err := h.read(ctx)
	if err == nil && by.Holder == h.sign.Holder { // an earlier sign whose outcome was unknown
		h.revision = e.Revision
		return false, errUnknown
	}
	return false, err
}

var errUnknown = errors.New("an earlier sign arrived after all")

// release gives the lease back, if it is still there. Without that it ends by itself.
func (h *holding) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.o.TTL)
	defer cancel()
	give := func() error {
		_, err := Commit(ctx, h.s, Delete(leaseSpace, h.key()).If(h.revision), Delete(leaseSpace, termPrefix+h.o.Name).If(h.token))
		return err
	}
	if engine.CodeOf(give()) != engine.Conflict {
		return
	}
	if e, by, err := h.read(ctx); err == nil && by.Holder == h.sign.Holder { // a sign was on its way when f returned
		h.revision = e.Revision
		_ = give()
	}
}
