package isolate

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"botd/engine"
	"botd/engine/metric"
	"botd/engine/schedule"
	"botd/engine/script"
)

// pipeDoor is what a script in a child has of the daemon: each call is a frame, and each
// question waits for its answer, which the daemon gives at once.
type pipeDoor struct {
	w *worker

	mu       sync.Mutex
	last     uint64
	answers  map[uint64]chan<- []byte
	done     map[uint64]func(engine.Receipt)
	stores   map[uint64]func(script.StoreAnswer)
	fetches  map[uint64]func(script.FetchAnswer)
	hooks    map[uint64]func(script.HookCall, func(script.HookReply))
	asks     map[uint64]func(*engine.Event)
	fires    map[uint64]func(time.Time, script.ScheduledRun) // by the number of the entry
	jobs     map[uint64]func(schedule.Job, script.JobRun)    // by that of the definition
	keeps    map[uint64]func(error)
	contests map[uint64]func(script.ContestAnswer)
	desks    map[uint64]func(moderated, error)
}

var _ script.Door = (*pipeDoor)(nil)

func newPipeDoor(w *worker) *pipeDoor {
	return &pipeDoor{
		w: w, answers: map[uint64]chan<- []byte{}, done: map[uint64]func(engine.Receipt){},
		stores: map[uint64]func(script.StoreAnswer){}, fetches: map[uint64]func(script.FetchAnswer){}, fires: map[uint64]func(time.Time, script.ScheduledRun){},
		jobs: map[uint64]func(schedule.Job, script.JobRun){}, keeps: map[uint64]func(error){},
		hooks: map[uint64]func(script.HookCall, func(script.HookReply)){},
		asks:  map[uint64]func(*engine.Event){}, contests: map[uint64]func(script.ContestAnswer){}, desks: map[uint64]func(moderated, error){},
	}
}

// ask sends a question and waits for the answer.
func ask[A any](d *pipeDoor, k kind, question any) (A, error) {
	_, a, err := askNumbered[A](d, k, question, nil)
	return a, err
}

// askNumbered also returns the number of the question; with done, what is to be called
// with the receipt that may follow under the same number.
func askNumbered[A any](d *pipeDoor, k kind, question any, done func(engine.Receipt)) (uint64, A, error) {
	var a answer[A]
	ch := make(chan []byte, 1)
	d.mu.Lock()
	d.last++
	id := d.last
	d.answers[id] = ch
	if done != nil {
		d.done[id] = done
	}
	d.mu.Unlock()
	if err := d.w.send(k, id, question); err != nil {
		d.forget(id)
		return id, a.Out, err
	}
	if err := json.Unmarshal(<-ch, &a); err != nil {
		return id, a.Out, err
	}
	if a.Err != nil {
		return id, a.Out, a.Err.error()
	}
	return id, a.Out, nil
}

func (d *pipeDoor) forget(id uint64) {
	d.mu.Lock()
	delete(d.answers, id)
	delete(d.done, id)
	d.mu.Unlock()
}

// answer hands an answer to whoever asked.
func (d *pipeDoor) answer(f frame) {
	d.mu.Lock()
	ch := d.answers[f.id]
	delete(d.answers, f.id)
	d.mu.Unlock()
	if ch != nil {
		ch <- append([]byte(nil), f.body...)
	}
}

// receipt hands a receipt to whoever waits for it; nil is one that could not be sent.
func (d *pipeDoor) receipt(id uint64, r *receipt) {
	d.mu.Lock()
	done := d.done[id]
	delete(d.done, id)
	d.mu.Unlock()
	switch {
	case done == nil:
	case r == nil:
		done(engine.Receipt{Status: engine.Unknown, Err: engine.Errorf(engine.Internal, "the receipt was lost")})
	default:
		done(r.engine())
	}
}

func (d *pipeDoor) Do(r script.Request, done func(engine.Receipt)) {
	action, err := engine.MarshalAction(r.Action)
	if err != nil {
		done(engine.Fail(err))
		return
	}
	id, early, err := askNumbered[*receipt](d, kindDo, request{
		Origin: originOf(r.Origin), Session: r.Session, Action: action, Lane: r.Lane, DropAfter: r.DropAfter, NoSplit: r.NoSplit, Durable: r.Durable,
	}, done)
	switch {
	case err != nil:
		d.forget(id)
		done(engine.Fail(err))
	case early != nil:
		d.forget(id)
		done(early.engine())
	}
}

func originOf(o script.Origin) origin { return origin{o.Gen, o.Event} }

func (d *pipeDoor) Emit(o script.Origin, name string, data any) error {
	_, err := ask[none](d, kindEmit, emitted{originOf(o), name, data})
	return err
}

func (d *pipeDoor) Metric(o script.Origin, p metric.Point) error {
	_, err := ask[none](d, kindMetric, measured{originOf(o), p})
	return err
}

// Reveal asks nobody: the daemon sends along only what the script may read.
func (d *pipeDoor) Reveal(_ script.Origin, p engine.Private) (string, error) { return p.Reveal(), nil }

func (d *pipeDoor) Log(o script.Origin, level, msg string, fields map[string]any) {
	if err := d.w.send(kindLog, 0, logLine{originOf(o), level, msg, fields}); err != nil {
		_ = d.w.send(kindLog, 0, logLine{originOf(o), level, msg, map[string]any{"fields": engine.AsError(err).Msg}})
	}
}

func (d *pipeDoor) Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, error) {
	return ask[engine.Capabilities](d, kindCaps, capsQuestion{s, r})
}

func (d *pipeDoor) Commands(s engine.SessionID) []engine.Command {
	return list[engine.Command](d, kindCommands, s)
}

func (d *pipeDoor) Offers(p engine.RoomPath, name string) []script.Offer {
	return list[script.Offer](d, kindOffers, offersQuestion{p, name})
}

func (d *pipeDoor) Rooms() []script.RoomState { return list[script.RoomState](d, kindRooms, none{}) }

func (d *pipeDoor) Sessions() []script.SessionState {
	return list[script.SessionState](d, kindSessions, none{})
}

func (d *pipeDoor) Users(p engine.RoomPath) []engine.User { return list[engine.User](d, kindUsers, p) }

func (d *pipeDoor) Recent(p engine.RoomPath, n int) []*engine.Event {
	return list[*engine.Event](d, kindRecent, recentQuestion{p, n})
}

func (d *pipeDoor) Cooldown(o script.Origin, holds []script.Hold) time.Duration {
	left, err := ask[time.Duration](d, kindCooldown, cooldownQuestion{originOf(o), holds})
	d.complain(err)
	return left
}

// list asks for a list that cannot fail to exist. If it cannot be had all the same, the
// log says why.
func list[T any](d *pipeDoor, k kind, question any) []T {
	l, err := ask[[]T](d, k, question)
	d.complain(err)
	return l
}

func (d *pipeDoor) Store(r script.StoreRequest, done func(script.StoreAnswer)) {
	w, err := storeRequestOf(r)
	d.mu.Lock()
	d.last++
	id := d.last
	d.stores[id] = done
	d.mu.Unlock()
	if err == nil {
		err = d.w.send(kindStore, id, w)
	}
	if err != nil {
		d.stored(id, &stored{Err: failureOf(err)})
	}
}

// stored hands an answer of the store to whoever waits for it; nil is one that could not
// be sent.
func (d *pipeDoor) stored(id uint64, a *stored) {
	d.mu.Lock()
	done := d.stores[id]
	delete(d.stores, id)
	d.mu.Unlock()
	switch {
	case done == nil:
	case a == nil:
		done(script.StoreAnswer{Err: engine.Errorf(engine.Quota, "too large: the answer of the store")})
	default:
		done(a.script())
	}
}

func (d *pipeDoor) LoadState(script.Origin) ([]byte, error) {
	return ask[[]byte](d, kindLoadState, none{})
}

func (d *pipeDoor) SaveState(_ script.Origin, rec []byte, begun []engine.EventID) {
	if len(begun) > 0 {
		d.complain(d.w.send(kindBegun, 0, begun))
	}
	d.complain(d.w.send(kindSaveState, 0, record(rec)))
}

func (d *pipeDoor) module(name string) (script.ModuleFile, error) {
	return ask[script.ModuleFile](d, kindModule, moduleQuestion{name})
}

func (d *pipeDoor) Rand() uint64 { return rand.Uint64() }

// logHandler sends what the manager logs to the daemon.
type logHandler struct {
	w     *worker
	attrs []slog.Attr
}

func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	fields := map[string]any{}
	add := func(a slog.Attr) bool {
		if a.Key != "script" { // the daemon adds it
			fields[a.Key] = a.Value.String()
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	h.w.door.Log(script.Origin{}, r.Level.String(), r.Message, fields)
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.w, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h *logHandler) WithGroup(string) slog.Handler { return h }
