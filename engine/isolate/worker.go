package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	_ "time/tzdata" // a confined process cannot read the system's

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

// Worker is the main function of a child: it runs one script with the library, for the
// daemon at the other end of its standard input and output, until that end is closed.
// Before it looks at any script it gives up every right it does not need. It returns the
// exit code of the process; nobody but the daemon should start one.
func Worker(library *script.Library) int {
	if err := work(library); err != nil {
		fmt.Fprintln(os.Stderr, "botd: "+err.Error())
		return 1
	}
	return 0
}

func work(library *script.Library) error {
	if st, err := os.Stdin.Stat(); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		return engine.Errorf(engine.Invalid, "a worker is started by the daemon, for a script with isolation: process")
	}
	in := newFrameReader(os.Stdin, maxFromDaemon)
	first, err := in.next()
	if err != nil {
		return fmt.Errorf("read the first frame: %w", err)
	}
	h, err := decode[hello](first)
	if err != nil {
		return fmt.Errorf("read the hello: %w", err)
	}
	unfiltered, err := confine(h)
	if err != nil {
		return fmt.Errorf("give up rights: %w", err)
	}
	w := newWorker(h.Script, os.Stdout, library)
	_ = w.send(kindReady, 0, ready{unfiltered})
	return w.run(in)
}

// worker is a child seen from inside.
type worker struct {
	name    string
	scripts *script.Manager
	door    *pipeDoor
	wake    chan struct{} // capacity 1: the state may have changed

	sendMu sync.Mutex // guards out and buf
	out    io.Writer
	buf    []byte
	silent bool // nothing may follow what was sent

	mu    sync.Mutex
	given []given // events the manager was given and whose handlers have not begun
	last  uint64  // number of the last event given
	taken uint64
	seen  uint64            // events and receipts given
	asked map[uint64]func() // what gives up each question to a filter; nil while it is put

	serve  chan struct{} // closed when the script may take over
	serves chan struct{} // closed when it has
	once   sync.Once

	evals map[uint64]context.CancelFunc // evaluations under way; mu guards it

	hold context.CancelFunc // ends the wait of the last kindHold
	held chan struct{}      // closed when that has ended
}

type given struct {
	n  uint64
	ev *engine.Event
}

func newWorker(name string, out io.Writer, library *script.Library) *worker {
	w := &worker{name: name, out: out, wake: make(chan struct{}, 1), evals: map[uint64]context.CancelFunc{}, serve: make(chan struct{}), serves: make(chan struct{})}
	w.door = newPipeDoor(w)
	w.scripts = script.NewManager(script.Options{
		Log: slog.New(&logHandler{w: w}), Clock: engine.SystemClock{}, Door: w.door, Library: library,
		Report: w.fault, Taken: w.took, Changed: w.stir, Trace: w.trace, TraceUnwanted: true,
	})
	return w
}

// run serves the daemon until it closes the pipe. It leaves behind what still runs: the
// process ends.
func (w *worker) run(in *frameReader) error {
	go func() { _ = w.scripts.Run(context.Background()) }()
	go w.tell()
	for {
		f, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = w.handle(f)
		}
		if err != nil {
			return err
		}
	}
}

// An order deals with a frame of the daemon. An error means that the frame makes no sense, and
// is the end of the worker.
type order func(w *worker, f frame) error

// orders know all that the daemon may send.
var orders = map[kind]order{
	kindLoad:    ordered(func(w *worker, _ uint64, src source) { go w.load(src) }), // it may ask for modules
	kindServe:   bare((*worker).takeOver),
	kindEvent:   (*worker).hear,
	kindScreen:  (*worker).hearFirst,
	kindGiveUp:  bare(func(w *worker, id uint64) { w.giveUp(id); w.saw() }),
	kindEval:    ordered((*worker).eval),
	kindEvalEnd: bare((*worker).endEval),
	kindAnswer:  func(w *worker, f frame) error { w.door.answer(f); return nil },
	kindPing:    bare(func(w *worker, id uint64) { _ = w.send(kindPong, id, pong{w.scripts.Running()}) }),
	kindHold:    bare(func(w *worker, _ uint64) { w.beginHold() }),
	kindGoOn:    bare(func(w *worker, _ uint64) { w.endHold() }),
	kindUnload:  bare(func(w *worker, _ uint64) { go w.unload() }),

	kindReceipt:   forDoor((*pipeDoor).receipt),
	kindStored:    forDoor((*pipeDoor).stored),
	kindFetched:   forDoor((*pipeDoor).fetched),
	kindContested: forDoor((*pipeDoor).contested),
	kindModerated: forDoor((*pipeDoor).moderated),
	kindCalled:    forDoor((*pipeDoor).called),
	kindRun:       forDoor((*pipeDoor).due),
	kindJob:       forDoor((*pipeDoor).dueJob),
	kindKept:      forDoor((*pipeDoor).kept),
	kindAnswered:  forDoor((*pipeDoor).answered),
}

// bare makes an order of a method that needs only the number of a frame.
func bare(do func(*worker, uint64)) order {
	return func(w *worker, f frame) error {
		do(w, f.id)
		return nil
	}
}

// ordered makes an order of a method that takes what a frame holds.
func ordered[T any](do func(*worker, uint64, T)) order {
	return func(w *worker, f frame) error {
		v, err := decode[T](f)
		if err == nil {
			do(w, f.id, v)
		}
		return err
	}
}

// forDoor makes an order of what comes to the script by its door, and is seen then.
func forDoor[T any](give func(*pipeDoor, uint64, T)) order {
	return ordered(func(w *worker, id uint64, v T) {
		give(w.door, id, v)
		w.saw()
	})
}

func (w *worker) handle(f frame) error {
	do := orders[f.kind]
	if do == nil {
		return fmt.Errorf("an unknown frame (%d)", f.kind)
	}
	return do(w, f)
}

// takeOver has the script serve. It waits for that: the first events would find nobody.
func (w *worker) takeOver(uint64) {
	close(w.serve)
	<-w.serves
}

func (w *worker) hear(f frame) error {
	p, err := decodeEvent(f.body)
	if err == nil {
		w.event(f.id, p)
	}
	return err
}

// hearFirst is for a filter, before anybody else hears.
func (w *worker) hearFirst(f frame) error {
	p, order, err := decodeScreen(f.body)
	if err == nil {
		w.screen(f.id, p, order)
		w.saw()
	}
	return err
}

func (w *worker) load(from source) {
	src, err := from.script()
	if err != nil {
		_ = w.send(kindLoaded, 0, loaded{Err: &script.Error{Script: from.Name, Load: true, Msg: err.Error()}})
		return
	}
	src.Modules = w.door.module
	src.Before = func(t *dispatch.Table) {
		w.once.Do(func() { // it may load itself again later
			_ = w.send(kindLoaded, 0, loaded{Interest: interestOf(t)})
			<-w.serve
		})
	}
	if err := w.scripts.Load(context.Background(), src); err != nil {
		e, ok := err.(*script.Error)
		if !ok {
			e = &script.Error{Script: from.Name, Load: true, Msg: err.Error()}
		}
		_ = w.send(kindLoaded, 0, loaded{Err: e})
		return
	}
	close(w.serves)
}

// beginHold has the script hold, and says so once it does.
func (w *worker) beginHold() {
	w.endHold()
	ctx, cancel := context.WithCancel(context.Background())
	held := make(chan struct{})
	w.hold, w.held = cancel, held
	go func() {
		defer close(held)
		_ = w.scripts.Hold(ctx, w.name) // what it holds then is what there is
		_ = w.send(kindHeld, 0, none{})
	}()
}

// endHold lets the script go on, once it holds.
func (w *worker) endHold() {
	if w.hold == nil {
		return
	}
	w.hold()
	held := w.held
	w.hold = nil
	go func() {
		<-held
		w.scripts.Release(w.name)
	}()
}

func (w *worker) unload() {
	w.mu.Lock()
	w.last = w.taken // from here on rest does not mean that events were handled
	w.mu.Unlock()
	end := unloaded{Status: w.status()}
	_ = w.scripts.Unload(context.Background(), w.name)
	w.mu.Lock()
	end.Taken = w.taken
	w.mu.Unlock()
	_ = w.send(kindUnloaded, 0, end)
	w.sendMu.Lock()
	w.silent = true
	w.sendMu.Unlock()
}

// event gives an event to the script; nil is one that could not be sent.
func (w *worker) event(n uint64, p *dispatch.Prepared) {
	w.mu.Lock()
	if p != nil {
		w.given = append(w.given, given{n, p.Event})
	}
	w.mu.Unlock()
	if p != nil {
		w.scripts.Deliver(*p)
	}
	w.mu.Lock()
	w.last = n
	w.mu.Unlock()
	w.saw()
}

// saw notes that an event or a receipt was given to the script.
func (w *worker) saw() {
	w.mu.Lock()
	w.seen++
	w.mu.Unlock()
	w.stir()
}

// took notes that the handlers of an event begin, which also settles those before it
// that nobody wanted.
func (w *worker) took(ev *engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, g := range w.given {
		if g.ev == ev {
			w.settle(i)
			return
		}
	}
}

// settle takes the first i+1 events off the list. mu is held.
func (w *worker) settle(i int) {
	w.taken = w.given[i].n
	w.given = append(w.given[:0], w.given[i+1:]...)
}

// stir lets the state be sent again if there is news in it.
func (w *worker) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// tell sends the state whenever the daemon should know of a change: when the script has
// come to rest, waits for something else, or is half through with what it was given.
func (w *worker) tell() {
	var sent state
	var known interest
	for range w.wake {
		st := w.look()
		if in := interestOf(w.scripts.Waits(w.name)); !in.equal(known) {
			known, st.Interest = in, &in
		}
		if st.Interest == nil && st.Taken-sent.Taken < window/2 && (!st.Quiet || st.same(sent)) {
			continue
		}
		_ = w.send(kindState, 0, st)
		sent = st
	}
}

// look takes stock. The order matters: what was seen before the script was found at
// rest has been dealt with.
func (w *worker) look() state {
	w.mu.Lock()
	st := state{Seen: w.seen}
	last := w.last
	w.mu.Unlock()
	st.Quiet, st.Idle = w.scripts.Quiet(), w.scripts.Idle()
	st.Status = w.status()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.given) - 1; st.Quiet && i >= 0; i-- { // what is left of these nobody wanted
		if w.given[i].n <= min(last, w.last) {
			w.settle(i)
			break
		}
	}
	st.Taken = w.taken
	return st
}

func (w *worker) status() status {
	if list := w.scripts.Status(); len(list) > 0 {
		return statusOf(list[0])
	}
	return status{}
}

func (w *worker) fault(e *script.Error) {
	if w.send(kindFault, 0, e) != nil { // with long lines around it
		short := *e
		short.Excerpt, short.Trace = nil, nil
		_ = w.send(kindFault, 0, &short)
	}
}

// send writes a frame. It fails with Quota if that is too large, with Invalid if it
// holds what JSON does not. It blocks while the daemon does not read: that is how the
// daemon slows a script down. Without a daemon the process ends.
func (w *worker) send(k kind, id uint64, body any) error {
	w.sendMu.Lock()
	defer w.sendMu.Unlock()
	var size *sizeError
	var err error
	switch w.buf, err = appendFrame(w.buf[:0], k, id, body, maxFromChild); {
	case errors.As(err, &size):
		return engine.Errorf(engine.Quota, "too large: what leaves a script with a process of its own is limited to %d KiB", maxFromChild>>10)
	case err != nil:
		return engine.Errorf(engine.Invalid, "it cannot be sent: %w", err)
	case w.silent:
		return nil
	}
	if _, err := w.out.Write(w.buf); err != nil {
		os.Exit(1)
	}
	return nil
}
