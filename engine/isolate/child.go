package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// What a child may send. A frame costs a point for each 4 KiB it has begun. A child that
// sends more is not read for a while, and waits.
const (
	pointsPerSecond = 20_000
	pointsAtOnce    = 20_000
	pointSize       = 4 << 10
	// Log lines and faults are for people; more of them than this are dropped and counted.
	linesPerSecond = 200
	linesAtOnce    = 1000
	// A state is saved twice a second, when the script loads and when it stops.
	savesPerSecond = 4
	savesAtOnce    = 20
)

// maxActions is how many actions of a child, and requests to the store, may be without
// an answer.
const maxActions = 4096

// slack is how long a healthy child may take beyond what its script's limits allow: the
// machine may be busy.
const slack = 5 * time.Second

// lastMoments is how long a process may take to end once it has nothing more to say.
const lastMoments = time.Second

// child is one process, which runs one version of a script.
type child struct {
	m        *Manager
	s        *slot
	source   script.Source
	born     time.Time
	deadline time.Duration
	pid      int
	proc     *os.Process
	pipes    pipes
	out      outlet
	points   *rate.Limiter
	lines    *rate.Limiter
	saves    *rate.Limiter // of its state
	traces   *rate.Limiter

	loaded   chan loaded   // capacity 1
	unloaded chan struct{} // closed when it has unloaded its script
	dead     chan struct{} // closed when the process has ended
	gone     chan struct{} // closed when nothing of it is left
	death    string        // how it ended; set before gone is closed

	mu     sync.Mutex
	reason string    // why it was killed
	asked  time.Time // of the ping without an answer
	pings  uint64

	// Owned by the goroutine that reads.
	isLoaded, isUnloaded, hasState bool
	begun                          []engine.EventID // see hasBegun

	// Guarded by the slot's mu.
	state    state
	table    *dispatch.Table      // what its script waits for
	events   uint64               // sent
	work     uint64               // events, receipts and the like sent
	flight   []*dispatch.Prepared // events sent whose handlers have not begun
	actions  int                  // actions and requests to the store without an answer
	plans    plans
	ruling   map[uint64]script.Rules           // its rules of moderation
	hooks    map[uint64]func()                 // what ends each webhook
	calls    map[uint64]func(script.HookReply) // calls of them without an answer
	rulings  map[uint64]*screening             // questions to its filters without an answer
	lastAsk  uint64                            // the number of the last one
	lastCall uint64                            // the number of the last one
	fetches  map[uint64]func()                 // requests under way, and what ends them; nil for one that has just begun
	uses     map[string]bool                   // files its script asked for
	ended    bool
	holding  bool                        // it was told to hold
	rests    bool                        // it does
	onHeld   []func()                    // are called once it does, or is gone
	asking   map[uint64]func(lost bool)  // ends of the questions that are open
	evals    map[uint64]chan<- evaluated // of operators, without an answer; each takes one
	lastEval uint64
}

// pipes are the daemon's ends.
type pipes struct{ in, out, err *os.File }

func (p pipes) close() {
	p.in.Close()
	p.out.Close()
	p.err.Close()
}

// run looks after the process until it has ended, and tells the slot.
func (c *child) run() {
	defer c.m.live.Done()
	var beside sync.WaitGroup
	beside.Go(func() { c.out.run(c.pipes.in, c.dead) })
	beside.Go(c.read)
	beside.Go(c.ping)
	var words chatter
	beside.Go(func() { words.listen(c) })

	end, err := c.proc.Wait()
	close(c.dead)
	// Nobody else holds the other ends, unless the child found a way to pass them on.
	soon := time.Now().Add(lastMoments)
	_ = c.pipes.out.SetReadDeadline(soon)
	_ = c.pipes.err.SetReadDeadline(soon)
	_ = c.pipes.in.SetWriteDeadline(time.Now())
	beside.Wait()
	c.pipes.close()
	c.death = c.causeOfDeath(end, err, words.text)
	c.s.ended(c)
	close(c.gone)
}

// post sends a frame some time later. It never blocks.
func (c *child) post(k kind, id uint64, body any) {
	if !c.out.put(outgoing{k, id, body}) {
		c.fail("it does not read what it is sent")
	}
}

// fail kills the process and says why.
func (c *child) fail(format string, args ...any) {
	c.mu.Lock()
	if c.reason == "" {
		c.reason = fmt.Sprintf(format, args...)
	}
	c.mu.Unlock()
	c.kill()
}

// kill ends the process if it has not ended.
func (c *child) kill() { _ = c.proc.Kill() }

// finish lets the child end its script in good order, within its deadline. It returns
// when the script has ended or the process has.
func (c *child) finish(ctx context.Context) {
	c.post(kindUnload, 0, none{})
	timer := time.NewTimer(c.deadline)
	defer timer.Stop()
	select {
	case <-c.unloaded:
		c.out.close() // ends the process
		time.AfterFunc(lastMoments, c.kill)
		return
	case <-c.gone:
		return
	case <-ctx.Done():
		c.fail("nobody wanted to wait for its handlers any longer")
	case <-timer.C:
		c.fail("its handlers did not end within %s", c.deadline)
	}
	<-c.gone
}

// ping kills the process if it does not answer, or if a handler runs for too long.
func (c *child) ping() {
	tick := time.NewTicker(c.deadline / 4)
	defer tick.Stop()
	for {
		select {
		case <-c.dead:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		asked := c.asked
		if asked.IsZero() {
			c.asked = time.Now()
			c.pings++
		}
		n := c.pings
		c.mu.Unlock()
		switch {
		case asked.IsZero():
			c.post(kindPing, n, none{})
		case time.Since(asked) > c.deadline:
			c.fail("it has not answered for %s", c.deadline)
		}
	}
}

// read deals with what the child sends.
func (c *child) read() {
	in := newFrameReader(c.pipes.out, maxFromChild)
	for {
		f, err := in.next()
		var size *sizeError
		switch {
		case errors.As(err, &size):
			c.fail("broke the protocol: %s", size)
			return
		case err != nil:
			c.hungUp()
			return
		}
		if err := c.handle(f); err != nil {
			c.fail("broke the protocol: %s", script.Printable(err.Error()))
			return
		}
		c.pace(headerSize + len(f.body))
	}
}

// hungUp kills a process that has closed its pipe, unless it is about to end.
func (c *child) hungUp() {
	timer := time.NewTimer(lastMoments)
	defer timer.Stop()
	select {
	case <-c.dead:
	case <-timer.C:
		c.fail("it closed its pipe")
	}
}

// pace waits until the child may send more.
func (c *child) pace(size int) {
	now := time.Now()
	wait := c.points.ReserveN(now, 1+size/pointSize).DelayFrom(now)
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.dead:
	}
}

// chatter is what a child writes to its standard error: its last words.
type chatter struct{ text []byte }

const (
	keptWords = 16 << 10
	maxWords  = 4 << 20
)

func (w *chatter) listen(c *child) {
	w.text, _ = io.ReadAll(io.LimitReader(c.pipes.err, keptWords))
	n, err := io.Copy(io.Discard, io.LimitReader(c.pipes.err, maxWords))
	if err == nil && n == maxWords {
		c.fail("it floods its standard error")
		_, _ = io.Copy(io.Discard, c.pipes.err)
	}
}
