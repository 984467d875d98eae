package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/outbox"

	"pgregory.net/rapid"
)

// The model knows what was asked for and judges each call of Do and Done.
type model struct {
	t    *rapid.T
	o    *outbox.Outbox
	caps engine.Capabilities

	mu     sync.Mutex
	online bool
	closed bool
	held   map[engine.RoomID]bool
	items  []*item
	sends  []send
	flying []func(engine.Receipt) // receipts not given yet
	next   answer
	inDo   bool
	errs   []string
}

type answer int

const (
	answerSent answer = iota
	answerLater
	answerDenied
	answerLimited
	answerLost
	answerTwice
	answerPanic
	answerPut // from within Do
)

type item struct {
	n        int
	from     string
	room     engine.RoomID
	lane     engine.Lane
	put      time.Time
	drop     time.Duration
	attempts int
	receipts []engine.Receipt
}

func (i *item) waiting() bool { return i.attempts == 0 && len(i.receipts) == 0 }

type send struct {
	at   time.Time
	room engine.RoomID
	size int
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { rapid.SyncTest(t, runModel) })
}

func runModel(t *rapid.T) {
	m := newModel(t)
	defer m.o.Close(nil)
	t.Repeat(map[string]func(*rapid.T){
		"":       m.check,
		"put":    m.putAny,
		"online": m.toggleOnline,
		"hold":   m.toggleHold,
		"answer": func(t *rapid.T) { m.setAnswer(answer(rapid.IntRange(0, int(answerPut)).Draw(t, "answer"))) },
		"land":   m.land,
		"sleep": func(t *rapid.T) {
			time.Sleep(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
			synctest.Wait()
		},
	})
	m.finish()
}

// wrong notes a broken promise. It is told by check, since the outbox would take a
// panic out of Do for the adapter's.
func (m *model) wrong(format string, args ...any) {
	m.errs = append(m.errs, fmt.Sprintf(format, args...))
}

func newModel(t *rapid.T) *model {
	rate := func(name string) engine.Rate {
		if rapid.Bool().Draw(t, name+" off") {
			return engine.Rate{}
		}
		return engine.Rate{
			Burst:     float64(rapid.IntRange(1, 5).Draw(t, name+" burst")),
			PerSecond: float64(rapid.IntRange(1, 30).Draw(t, name+" per 10 s")) / 10,
			PerUnit:   float64(rapid.IntRange(0, 3).Draw(t, name+" per unit")) / 10,
		}
	}
	m := &model{t: t, held: map[engine.RoomID]bool{}, caps: engine.Capabilities{
		Rate: rate("rate"), RoomRate: rate("room rate"),
		Text: engine.Limit{Max: rapid.IntRange(3, 12).Draw(t, "limit")},
	}}
	m.o = outbox.New(outbox.Config{
		Session: "s", Do: m.do, Max: 20, MaxRoom: 10, Proof: 15 * time.Second,
		Caps: func(engine.RoomID) engine.Capabilities { return m.caps },
	})
	return m
}

func (m *model) putAny(t *rapid.T) {
	m.put(
		rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "from"),
		rapid.SampledFrom([]engine.RoomID{"a", "b", "c", ""}).Draw(t, "room"),
		engine.Lane(rapid.IntRange(0, int(engine.LaneCount)-1).Draw(t, "lane")),
		rapid.IntRange(1, 4).Draw(t, "words"),
		time.Duration(rapid.IntRange(0, 40).Draw(t, "drop"))*time.Second,
		rapid.Bool().Draw(t, "split"))
	synctest.Wait()
}

func (m *model) put(from string, room engine.RoomID, lane engine.Lane, words int, drop time.Duration, split bool) {
	i := &item{from: from, room: room, lane: lane, put: time.Now(), drop: drop}
	if drop == 0 {
		i.drop = outbox.DropAfter(lane)
	}
	m.mu.Lock()
	i.n = len(m.items)
	m.items = append(m.items, i)
	m.mu.Unlock()
	var text []string
	for w := range words {
		text = append(text, string(rune('A'+w)))
	}
	done := func(r engine.Receipt) {
		m.mu.Lock()
		defer m.mu.Unlock()
		i.receipts = append(i.receipts, r)
		if r.At.IsZero() || (r.Status == engine.Failed || r.Status == engine.Unknown) != (r.Err != nil) {
			m.wrong("receipt %+v", r)
		}
	}
	// The message ID carries the item's number past the splitting.
	a := engine.Say{Room: room, Text: strings.Join(text, " "), ReplyTo: engine.MessageID(fmt.Sprint(i.n))}
	m.o.Put(outbox.Item{Action: a, From: from, Lane: lane, DropAfter: drop, Split: split, Done: done})
}

func (m *model) setAnswer(a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = a
}

func (m *model) toggleOnline(*rapid.T) {
	m.mu.Lock()
	m.online = !m.online
	m.mu.Unlock()
	m.o.Online(m.online)
	synctest.Wait()
}

func (m *model) toggleHold(t *rapid.T) {
	room := rapid.SampledFrom([]engine.RoomID{"a", "b"}).Draw(t, "room")
	m.hold(room, !m.held[room])
}

func (m *model) hold(room engine.RoomID, on bool) {
	m.mu.Lock()
	m.held[room] = on
	m.mu.Unlock()
	m.o.Hold(room, on)
	synctest.Wait()
}

// land gives one outstanding receipt.
func (m *model) land(t *rapid.T) {
	m.mu.Lock()
	flying := len(m.flying)
	m.mu.Unlock()
	if flying == 0 {
		t.Skip("nothing flies")
	}
	n := rapid.IntRange(0, flying-1).Draw(t, "which")
	m.mu.Lock()
	done := m.flying[n]
	m.flying = slices.Delete(m.flying, n, n+1)
	m.mu.Unlock()
	done(rapid.SampledFrom([]engine.Receipt{
		{Status: engine.Echoed},
		engine.Fail(engine.Errorf(engine.Denied, "no")),
		engine.Fail(&engine.Error{Code: engine.RateLimited, RetryAfter: 3 * time.Second}),
		engine.Fail(engine.Errorf(engine.NotConnected, "gone")),
	}).Draw(t, "receipt"))
	synctest.Wait()
}

func (m *model) do(_ context.Context, a engine.Action, done func(engine.Receipt)) {
	m.mu.Lock()
	if m.inDo {
		m.wrong("Do was called while it was running")
	}
	m.inDo = true
	m.judge(a.(engine.Say))
	next := m.next
	switch next {
	case answerLater:
		m.flying = append(m.flying, done)
	case answerPut:
		m.next = answerSent
	}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.inDo = false
		m.mu.Unlock()
	}()
	switch next {
	case answerLater:
	case answerDenied:
		done(engine.Fail(engine.Errorf(engine.Denied, "no")))
	case answerLimited:
		done(engine.Fail(&engine.Error{Code: engine.RateLimited, RetryAfter: 2 * time.Second}))
	case answerLost:
		done(engine.Fail(engine.Errorf(engine.NotConnected, "gone")))
	case answerTwice:
		done(engine.Receipt{Status: engine.Sent})
		done(engine.Fail(engine.Errorf(engine.Denied, "no")))
	case answerPanic:
		panic("the adapter")
	case answerPut:
		m.put("", a.In(), engine.LaneReply, 1, 0, false)
		done(engine.Receipt{Status: engine.Sent})
	default:
		done(engine.Receipt{Status: engine.Sent})
	}
}

// judge looks at what is being sent.
func (m *model) judge(a engine.Say) {
	var n int
	fmt.Sscan(string(a.ReplyTo), &n)
	i, now := m.items[n], time.Now()
	switch {
	case !m.online || m.closed:
		m.wrong("item %d sent while offline", n)
	case m.held[i.room]:
		m.wrong("item %d sent into a room on hold", n)
	case len(a.Text) > m.caps.Text.Max:
		m.wrong("item %d: part %q over the limit", n, a.Text)
	case len(i.receipts) > 0:
		m.wrong("item %d sent after its receipt", n)
	}
	if i.attempts == 0 {
		if now.Sub(i.put) > i.drop {
			m.wrong("item %d sent after %v, it was to wait %v at most", n, now.Sub(i.put), i.drop)
		}
		for _, other := range m.items {
			before := other.lane < i.lane || other.lane == i.lane && other.from == i.from && other.n < i.n
			if other.room == i.room && other.waiting() && before {
				m.wrong("item %d (%v) sent before item %d (%v)", n, i.lane, other.n, other.lane)
			}
		}
	}
	i.attempts++
	m.pay(a, now)
}

// pay checks that no window of time up to now took more than the buckets hold.
func (m *model) pay(a engine.Say, now time.Time) {
	m.sends = append(m.sends, send{now, a.Room, len(a.Text)})
	for _, scope := range []struct {
		rate engine.Rate
		room bool
	}{{m.caps.Rate, false}, {m.caps.RoomRate, true}} {
		if scope.rate.Burst == 0 || scope.room && a.Room == "" {
			continue
		}
		total := 0.0
		for k := len(m.sends) - 1; k >= 0; k-- {
			s := m.sends[k]
			if scope.room && s.room != a.Room {
				continue
			}
			total += scope.rate.Cost(s.size)
			if most := scope.rate.Burst + scope.rate.PerSecond*now.Sub(s.at).Seconds(); total > most+1e-2 {
				m.wrong("%v points within %v from a bucket of %+v", total, now.Sub(s.at), scope.rate)
			}
		}
	}
}

// check compares the books.
func (m *model) check(t *rapid.T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.errs) > 0 {
		t.Fatal(strings.Join(m.errs, "\n"))
	}
	s := m.o.Stats()
	queued, settled := 0, 0
	for _, n := range s.Queued {
		queued += n
	}
	for _, i := range m.items {
		if len(i.receipts) > 1 {
			t.Fatalf("item %d has %d receipts", i.n, len(i.receipts))
		}
		settled += len(i.receipts)
	}
	if got := s.Sent + s.Unknown + s.Failed; got != uint64(settled) {
		t.Fatalf("stats count %d, Done was called %d times", got, settled)
	}
	if queued+s.InFlight < len(m.items)-settled {
		t.Fatalf("%d queued and %d in flight, but %d without a receipt", queued, s.InFlight, len(m.items)-settled)
	}
	if m.o.Idle() != (settled == len(m.items)) {
		t.Fatalf("idle %t with %d of %d settled", m.o.Idle(), settled, len(m.items))
	}
}

// finish lets everything go, by itself or by Close, and sees every receipt in.
func (m *model) finish() {
	if rapid.Bool().Draw(m.t, "drain") {
		m.setAnswer(answerSent)
		m.hold("a", false)
		m.hold("b", false)
		m.mu.Lock()
		m.online = true
		m.mu.Unlock()
		m.o.Online(true)
		if err := m.o.WaitIdle(context.Background()); err != nil {
			m.t.Fatal(err)
		}
	}
	m.o.Close(nil)
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.put("", "a", engine.LaneReply, 1, 0, false)
	synctest.Wait()
	m.check(m.t)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, i := range m.items {
		if len(i.receipts) != 1 {
			m.t.Fatalf("item %d has %d receipts", i.n, len(i.receipts))
		}
	}
}
