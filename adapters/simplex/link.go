package simplex

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/wsconn"
	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

const (
	localTime   = 30 * time.Second  // for commands that wait for nobody
	networkTime = 120 * time.Second // for those that wait for servers
	probeEvery  = 30 * time.Second
	maxEarly    = 4096 // events kept until the login is through
	maxRaw      = 64 << 10
)

// link is one connection. Frames take in, one at a time, and emit while they hold it; the
// rest is under the session's mu, which is never held while an event is emitted or a
// receipt given.
type link struct {
	s    *session
	conn *wsconn.Conn
	emit func(engine.Event)

	timers sync.WaitGroup

	in       sync.Mutex
	early    [][]byte // events that came before the session was online
	overflow int      // and those that were too many
	since    time.Time
	missed   missed

	online  bool
	closed  bool
	reason  error
	current *job // on its way: the program carries out one command at a time
	queue   []*job
	probe   *time.Timer
	probes  int
	deaf    int // looks at the program's connections, one after the other, that found none
}

// job is a command from being asked for to its receipt.
type job struct {
	op string
	// write makes the command when it is its turn, with mu held: what it needs to know may
	// be the answer to the one before.
	write  func(*link) (string, error)
	finish func(*body, api.Frame) engine.Receipt
	done   func(engine.Receipt) // nil once it was called
	wait   time.Duration
	corr   string
	stop   func() bool
	timer  *time.Timer
}

func notConnected() *engine.Error {
	return engine.Errorf(engine.NotConnected, "not connected to the SimpleX program")
}

// put takes a job in; mu is not held.
func (l *link) put(ctx context.Context, j *job) {
	l.s.mu.Lock()
	if l.closed || l.reason != nil {
		l.s.mu.Unlock()
		l.settle(j, engine.Fail(notConnected()))
		return
	}
	if ctx.Done() != nil {
		j.stop = context.AfterFunc(ctx, func() { l.settle(j, l.cancelled(j, ctx.Err())) })
	}
	l.queue = append(l.queue, j)
	l.s.mu.Unlock()
	l.advance()
}

// cancelled is the receipt of a job whose caller gave up. What is on its way stays there.
func (l *link) cancelled(j *job, cause error) engine.Receipt {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.current == j {
		return unproven(cause)
	}
	return engine.Fail(&engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: cause})
}

func unproven(cause error) engine.Receipt {
	return engine.Receipt{Status: engine.Unknown, Err: &engine.Error{Code: engine.Timeout, Msg: "the program did not answer in time", Err: cause}}
}

// advance sends what is next.
func (l *link) advance() {
	for {
		j, err := l.next()
		if j == nil {
			return
		}
		l.settle(j, engine.Fail(err)) // it could not be written
	}
}

// next puts the next job on its way, or returns one that cannot be written.
func (l *link) next() (*job, error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for l.current == nil && len(l.queue) > 0 && !l.closed {
		j := l.queue[0]
		l.queue = l.queue[1:]
		if j.done == nil {
			continue
		}
		cmd, err := j.write(l)
		if err != nil {
			return j, err
		}
		l.s.corr++
		j.corr = strconv.Itoa(l.s.corr)
		frame, err := json.Marshal(map[string]string{"corrId": j.corr, "cmd": cmd})
		if err != nil {
			return j, err
		}
		l.current = j
		l.timers.Add(1)
		j.timer = time.AfterFunc(j.wait, func() { defer l.timers.Done(); l.expire(j) })
		l.conn.Write(context.Background(), frame) // an error shows in the next read
	}
	return nil, nil
}

// expire gives up on an answer; if it comes after all, its events are still told.
func (l *link) expire(j *job) {
	l.s.mu.Lock()
	if l.current == j {
		l.current = nil
	}
	l.s.mu.Unlock()
	l.settle(j, unproven(nil))
	l.advance()
}

// take returns the job that a frame answers.
func (l *link) take(corr string) *job {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	j := l.current
	if j == nil || j.corr != corr {
		return nil
	}
	l.current = nil
	l.stopTimer(j.timer)
	return j
}

func (l *link) stopTimer(t *time.Timer) {
	if t != nil && t.Stop() {
		l.timers.Done()
	}
}

// settle gives the receipt, unless there was one.
func (l *link) settle(j *job, rc engine.Receipt) {
	l.s.mu.Lock()
	done, stop := j.done, j.stop
	j.done = nil
	l.s.mu.Unlock()
	if done == nil {
		return
	}
	if stop != nil {
		stop()
	}
	if rc.At.IsZero() {
		rc.At = time.Now().UTC().Round(0)
	}
	if rc.Err != nil && rc.Err.Op == "" {
		e := *rc.Err
		e.Op = j.op
		rc.Err = &e
	}
	done(rc)
}

// receive handles one frame.
func (l *link) receive(b []byte) {
	l.in.Lock()
	defer l.in.Unlock()
	f, err := api.Decode(b)
	if err != nil {
		l.raw("", b)
		return
	}
	if f.CorrID == "" && !l.isOnline() {
		if len(l.early) < maxEarly {
			l.early = append(l.early, append([]byte(nil), b...))
		} else {
			l.overflow++
		}
		return
	}
	l.handle(f)
}

func (l *link) handle(f api.Frame) {
	v, err := readBody(f.Body)
	if err != nil {
		l.raw(f.Tag, f.Body)
		return
	}
	j := l.take(f.CorrID)
	l.told(f, v)
	if j == nil {
		return
	}
	rc := engine.Receipt{Status: engine.Echoed}
	switch {
	case f.Err != nil:
		rc = engine.Fail(asError(f.Err))
	case j.finish != nil:
		rc = j.finish(v, f)
	}
	l.settle(j, rc)
	if f.Err != nil && (f.Err.Under("error", "differentActiveUser") || f.Err.Under("error", "noActiveUser")) && l.isOnline() {
		l.quit(&engine.Error{Code: engine.NotConnected, Msg: "another profile was made the active one"})
	}
	l.advance()
}

func (l *link) raw(name string, b []byte) {
	data := strings.ToValidUTF8(string(b[:min(len(b), maxRaw)]), "\uFFFD")
	l.emit(engine.Event{Body: engine.Raw{Name: strings.ToValidUTF8(name, "\uFFFD"), Data: data}})
}

func (l *link) isOnline() bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.online
}

// quit ends the connection; Run returns the first reason.
func (l *link) quit(reason error) {
	l.s.mu.Lock()
	first := l.reason == nil
	if first {
		l.reason = reason
	}
	l.s.mu.Unlock()
	if first {
		l.conn.Close()
	}
}

func (l *link) outcome(ctx context.Context, err error) error {
	l.s.mu.Lock()
	reason := l.reason
	l.s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case reason != nil:
		return reason
	}
	return err
}

// end gives the last receipts: what is on its way is unknown, what waits was not sent.
func (l *link) end() {
	l.s.mu.Lock()
	if l.s.link == l {
		l.s.link = nil
	}
	l.closed, l.online = true, false
	current, queue := l.current, l.queue
	l.current, l.queue = nil, nil
	l.stopTimer(l.probe)
	if current != nil {
		l.stopTimer(current.timer)
	}
	l.s.mu.Unlock()
	if current != nil {
		l.settle(current, engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.NotConnected, "the connection ended before the program answered; it may have been done")})
	}
	for _, j := range queue {
		l.settle(j, engine.Fail(notConnected()))
	}
	l.timers.Wait()
}

// ask carries out a command and waits for its answer.
func (l *link) ask(ctx context.Context, name string, params map[string]any) (*body, error) {
	return l.askText(ctx, waitOf(name), func(*link) (string, error) { return api.Load().Command(name).Encode(params) })
}

func (l *link) askText(ctx context.Context, wait time.Duration, write func(*link) (string, error)) (*body, error) {
	var v *body
	got := make(chan engine.Receipt, 1)
	l.put(ctx, &job{op: "login", wait: wait, write: write, done: func(rc engine.Receipt) { got <- rc },
		finish: func(b *body, _ api.Frame) engine.Receipt { v = b; return engine.Receipt{Status: engine.Echoed} }})
	rc := <-got
	if rc.Err != nil {
		return nil, rc.Err
	}
	return v, nil
}

func waitOf(command string) time.Duration {
	if api.Load().Command(command).Network == "interactive" {
		return networkTime
	}
	return localTime
}

// startProbe asks for a sign of life whenever nothing else is going on.
func (l *link) startProbe() {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.closed {
		return
	}
	l.timers.Add(1)
	l.probe = time.AfterFunc(probeEvery, func() {
		defer l.timers.Done()
		l.startProbe()
		l.s.mu.Lock()
		busy := l.current != nil || len(l.queue) > 0
		l.probes++
		subs := l.probes%subsEvery == 0
		l.s.mu.Unlock()
		if busy {
			return
		}
		j := &job{op: "probe", wait: localTime, write: func(*link) (string, error) { return "/user", nil },
			done: func(rc engine.Receipt) {
				if rc.Status == engine.Unknown {
					l.quit(rc.Err)
				}
			}}
		if subs {
			j.write = func(*link) (string, error) { return "/get subs", nil }
			j.finish = l.checkSubs
		}
		l.put(context.Background(), j)
	})
}

// subsEvery is how many probes are between two looks at the program's own connections, and
// maxDeaf how often it may have none before somebody is told.
const (
	subsEvery = 10
	maxDeaf   = 2
)

// checkSubs looks at the answer to /get subs: a program without a connection to any server
// answers all commands and hears nothing.
func (l *link) checkSubs(v *body, _ api.Frame) engine.Receipt {
	l.s.mu.Lock()
	was := l.deaf
	if l.deaf++; len(v.ActiveSubs) > 0 || len(l.s.book.contacts)+len(l.s.book.groups) == 0 {
		l.deaf = 0
	}
	now := l.deaf
	l.s.mu.Unlock()
	switch {
	case now == maxDeaf:
		l.s.log.Warn("the SimpleX program is connected to no server of the network")
		l.emit(engine.Event{Body: engine.Failure{Code: engine.NotConnected, Message: "the program is connected to no server of the network, so nothing reaches the bot"}})
	case was >= maxDeaf && now == 0:
		l.s.log.Info("the SimpleX program is connected to servers again")
		l.emit(engine.Event{Body: engine.Notice{Code: "agentSubs", Text: "the program is connected to servers of the network again"}})
	}
	return engine.Receipt{Status: engine.Echoed}
}
