package hackmud

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"botd/engine"
)

// What the server allows, and what it enforces. The quicker one is for those who set it.
const (
	chatsGap    = 2 * time.Second // documented
	fastestGap  = 700 * time.Millisecond
	slowGap     = 5 * time.Second // after the server complained twice
	accountGap  = 5 * time.Second
	sendGap     = time.Second
	sendWindow  = 20 * time.Second
	sendsWindow = 5 // messages of one user in sendWindow, those sent in the game too
)

// tokens are what sessions share that use the same token, because the server's limits
// are per token and per user.
type tokens struct {
	mu   sync.Mutex
	pace map[[32]byte]*pace
}

// of returns what paces a token on a server.
func (t *tokens) of(url string, token engine.Secret) *pace {
	id := sha256.Sum256([]byte(url + "\n" + token.Reveal()))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pace == nil {
		t.pace = map[[32]byte]*pace{}
	}
	p := t.pace[id]
	if p == nil {
		p = &pace{chats: newGate(), account: newGate(), users: map[string]*gate{}}
		t.pace[id] = p
	}
	return p
}

// pace is the traffic of one token.
type pace struct {
	chats, account *gate

	mu         sync.Mutex
	users      map[string]*gate // those who send
	complaints int              // of the server about chats calls lately, times patience
}

func (p *pace) user(name string) *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users[name] == nil {
		p.users[name] = newGate()
	}
	return p.users[name]
}

// patience is how many good polls make one complaint forgotten.
const patience = 30

// complaint takes note of whether the server complained about a chats call. It reports
// that this was the second time lately: another program uses the token.
func (p *pace) complaint(is bool) (second bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.complaints
	if p.complaints = max(0, was-1); is {
		p.complaints = min(was+patience, 4*patience)
	}
	return was <= patience && p.complaints > patience
}

// gap is the pause between two chats calls, given what the settings want.
func (p *pace) gap(wanted time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.complaints > patience {
		return max(wanted, slowGap)
	}
	return wanted
}

// gate lets one call at a time through, and keeps the distance between the end of one
// and the start of the next: so they arrive that far apart, however long they take.
type gate struct {
	turn chan struct{} // capacity 1: who has put something in may go
	ends []time.Time   // of the last calls, at most sendsWindow; the turn's holder's
}

func newGate() *gate { return &gate{turn: make(chan struct{}, 1)} }

// enter waits for the turn, then until gap after the last call, and no more than most
// calls are within a window. The caller has to leave.
func (g *gate) enter(ctx context.Context, clock engine.Clock, gap, window time.Duration) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := clock.Sleep(ctx, g.wait(clock.Now(), gap, window)); err != nil {
		<-g.turn
		return err
	}
	return nil
}

func (g *gate) wait(now time.Time, gap, window time.Duration) time.Duration {
	var at time.Time
	if n := len(g.ends); n > 0 {
		at = g.ends[n-1].Add(gap)
	}
	if len(g.ends) == sendsWindow && window > 0 {
		if full := g.ends[0].Add(window); full.After(at) {
			at = full
		}
	}
	return at.Sub(now)
}

// leave ends a turn. A call that was not made does not count.
func (g *gate) leave(now time.Time, made bool) {
	if made {
		if len(g.ends) == sendsWindow {
			g.ends = slices.Delete(g.ends, 0, 1)
		}
		g.ends = append(g.ends, now)
	}
	<-g.turn
}

// recall adds calls that another process made.
func (g *gate) recall(ctx context.Context, calls []time.Time) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-g.turn }()
	g.ends = append(g.ends, calls...)
	slices.SortFunc(g.ends, time.Time.Compare)
	g.ends = slices.CompactFunc(g.ends, time.Time.Equal)
	g.ends = g.ends[max(0, len(g.ends)-sendsWindow):]
	return nil
}
