package chatlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/moderate"
)

// Options of a [Log]. Dir must be set.
type Options struct {
	Dir   string       // is made if it is not there
	Clock engine.Clock // the system's if nil
	Log   *slog.Logger // nowhere if nil
}

// Policy says what is kept, and for how long.
type Policy struct {
	On      bool          // false: nothing new is kept; what is there goes with its time
	Keep    time.Duration // nothing older stays; at least the last 15/16 of it do
	Size    int64         // bytes of all files together
	Private bool          // what people say to the bot alone is kept too
	Rooms   []RoomPolicy  // the first that matches overrides On
}

// RoomPolicy is for the rooms that it matches.
type RoomPolicy struct {
	Rooms engine.RoomGlob
	On    bool
}

// parts is into how many files the log is divided: what goes at once is one of them.
const parts = 16

// flushEvery is how long what was heard waits for more, and so how much is lost if the
// process is killed.
const flushEvery = time.Second

// pruneEvery is how often a log that nobody writes to looks at the time.
const pruneEvery = 10 * time.Minute

// Bounds of what waits to be written.
const (
	maxQueue      = 20_000
	maxQueueBytes = 16 << 20
)

// Log writes. Its methods may be called from any goroutine.
type Log struct {
	opt    Options
	policy atomic.Pointer[Policy]
	wake   chan struct{} // something waits; holds one

	mu     sync.Mutex // guards what waits; nobody holds it while files are used
	queue  []heard
	weight int
	lost   int // since it was said last

	files sync.Mutex // guards the files and what follows
	list  []segment  // oldest first; the last one grows
	out   *os.File   // the last of list; nil if a new one is to be begun
}

// heard is something to write: an event, or a case.
type heard struct {
	ev *engine.Event
	c  *moderate.Case
}

// Open opens the log of a folder for writing; one process at a time may. [Log.Run] writes.
func Open(o Options, p Policy) (*Log, error) {
	if o.Clock == nil {
		o.Clock = engine.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{opt: o, wake: make(chan struct{}, 1)}
	l.policy.Store(&p)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the message log: %w", err)
	}
	err := removeRewritten(o.Dir)
	if err == nil {
		l.list, err = segments(o.Dir)
	}
	if err == nil && len(l.list) > 0 {
		err = l.reopen()
	}
	if err != nil {
		return nil, fmt.Errorf("open the message log: %w", err)
	}
	return l, nil
}

// reopen goes on with the last file. The files are this process's alone.
func (l *Log) reopen() error {
	last := &l.list[len(l.list)-1]
	f, err := os.OpenFile(last.path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if last.size, err = repair(f); err != nil {
		return errors.Join(err, f.Close())
	}
	l.out = f
	return nil
}

// Configure puts another policy in force.
func (l *Log) Configure(p Policy) {
	l.policy.Store(&p)
	l.poke()
}

// Hear takes an event, if it is one to keep. It does not block, and is quick: nothing is
// encoded or written here.
func (l *Log) Hear(ev *engine.Event) {
	p := l.policy.Load()
	if p.keeps(ev) {
		l.take(heard{ev: ev}, ev.Weight())
	}
}

// Note takes a case that was settled. It does not block.
func (l *Log) Note(c moderate.Case) {
	if p := l.policy.Load(); p.covers(c.Session, engine.Room{ID: c.Room}) {
		l.take(heard{c: &c}, 500+len(c.Text)+len(c.Why))
	}
}

func (p *Policy) keeps(ev *engine.Event) bool {
	if ev.History {
		return false
	}
	switch b := ev.Body.(type) {
	case engine.Message:
		return (!b.Private || p.Private) && p.covers(ev.Session, ev.Room)
	case engine.Edited, engine.Deleted, engine.Kicked, engine.TimedOut, engine.Muted, engine.Banned, engine.Unmuted, engine.Unbanned:
		return p.covers(ev.Session, ev.Room)
	}
	return false
}

func (p *Policy) covers(s engine.SessionID, r engine.Room) bool {
	for _, rule := range p.Rooms {
		if rule.Rooms.Match(s, r) {
			return rule.On
		}
	}
	return p.On
}

func (l *Log) take(h heard, weight int) {
	l.mu.Lock()
	fits := len(l.queue) < maxQueue && l.weight+weight <= maxQueueBytes
	if fits {
		l.queue = append(l.queue, h)
		l.weight += weight
	} else {
		l.lost++
	}
	first := len(l.queue) == 1
	l.mu.Unlock()
	if first {
		l.poke()
	}
}

func (l *Log) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run writes what is heard until ctx ends, then the rest. It is called once.
func (l *Log) Run(ctx context.Context) {
	for ctx.Err() == nil {
		stop := l.opt.Clock.AfterFunc(pruneEvery, l.poke)
		select {
		case <-l.wake:
			_ = l.opt.Clock.Sleep(ctx, flushEvery) // its end is seen above
		case <-ctx.Done():
		}
		stop()
		l.pass()
	}
	l.pass() // what came since, or before all of this
	l.files.Lock()
	defer l.files.Unlock()
	l.seal()
}

// pass writes what waits and removes what is too old or too much.
func (l *Log) pass() {
	l.mu.Lock()
	queue, lost := l.queue, l.lost
	l.queue, l.weight, l.lost = nil, 0, 0
	l.mu.Unlock()
	l.files.Lock()
	defer l.files.Unlock()
	if err := l.write(queue); err != nil {
		l.opt.Log.Warn("messages could not be kept in the message log", slog.Any("err", err))
	}
	if lost > 0 {
		l.opt.Log.Warn("messages came faster than the message log could keep them", slog.Int("lost", lost))
	}
	if err := l.prune(); err != nil {
		l.opt.Log.Warn("the message log could not be kept within its bounds", slog.Any("err", err))
	}
}

// write appends entries, each batch in one piece.
func (l *Log) write(queue []heard) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	most := l.policy.Load().Size / parts
	for _, h := range queue {
		e, ok := h.entry()
		if !ok {
			continue
		}
		if err := enc.Encode(e); err != nil { // nothing in it cannot be encoded
			return err
		}
		if int64(b.Len()) >= most {
			if err := l.append(b.Bytes()); err != nil {
				return err
			}
			b.Reset()
		}
	}
	return l.append(b.Bytes())
}

func (h heard) entry() (Entry, bool) {
	if h.c != nil {
		return fromCase(h.c)
	}
	return fromEvent(h.ev)
}

// append writes whole lines, or nothing.
func (l *Log) append(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	if err := l.begin(int64(len(lines))); err != nil {
		return err
	}
	last := &l.list[len(l.list)-1]
	if _, err := l.out.Write(lines); err != nil {
		// A line that was cut and cannot be taken back stays the last of its file.
		err = errors.Join(err, l.out.Truncate(last.size))
		l.seal()
		if last.size == 0 && os.Remove(last.path) == nil {
			l.list = l.list[:len(l.list)-1]
		}
		return err
	}
	last.size += int64(len(lines))
	return nil
}

// begin sees to it that there is a file to append n bytes to.
func (l *Log) begin(n int64) error {
	p, now := l.policy.Load(), l.opt.Clock.Now().UTC()
	if l.out != nil {
		last := l.list[len(l.list)-1]
		if last.size == 0 || last.size+n <= p.Size/parts && now.Sub(last.began) < p.Keep/parts {
			return nil
		}
		l.seal()
	}
	began := now.Truncate(time.Millisecond)
	if k := len(l.list); k > 0 && !began.After(l.list[k-1].began) {
		began = l.list[k-1].began.Add(time.Millisecond) // the clock was set back
	}
	path := filepath.Join(l.opt.Dir, began.Format(segmentName))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	l.out, l.list = f, append(l.list, segment{path: path, began: began})
	return nil
}

// seal ends the last file.
func (l *Log) seal() {
	if l.out == nil {
		return
	}
	if err := l.out.Close(); err != nil {
		l.opt.Log.Warn("a file of the message log could not be closed", slog.Any("err", err))
	}
	l.out = nil
}

// prune removes the oldest files until the log is within its bounds.
func (l *Log) prune() error {
	p, now := l.policy.Load(), l.opt.Clock.Now()
	for len(l.list) > 0 && (now.Sub(l.list[0].began) > p.Keep || total(l.list) > p.Size) {
		if len(l.list) == 1 {
			l.seal()
		}
		if err := os.Remove(l.list[0].path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		l.list = slices.Delete(l.list, 0, 1)
	}
	return nil
}
