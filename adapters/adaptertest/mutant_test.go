package adaptertest_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"botd/adapters/local/localtest"
	"botd/engine"
)

// hooks replace methods of a good session; those that are nil leave it as it is.
type hooks struct {
	run  func(s engine.Session, ctx context.Context, emit func(engine.Event)) error
	do   func(s engine.Session, ctx context.Context, a engine.Action, done func(engine.Receipt))
	caps func(engine.Capabilities) engine.Capabilities
}

type mutant struct {
	engine.Session
	hooks hooks
}

func (m *mutant) Run(ctx context.Context, emit func(engine.Event)) error {
	if m.hooks.run != nil {
		return m.hooks.run(m.Session, ctx, emit)
	}
	return m.Session.Run(ctx, emit)
}

func (m *mutant) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	if m.hooks.do != nil {
		m.hooks.do(m.Session, ctx, a, done)
		return
	}
	m.Session.Do(ctx, a, done)
}

func (m *mutant) Caps(room engine.RoomID) engine.Capabilities {
	caps := m.Session.Caps(room)
	if m.hooks.caps != nil {
		return m.hooks.caps(caps)
	}
	return caps
}

// mutate puts hooks on the sessions of an adapter.
func mutate(adapter engine.Adapter, h hooks) engine.Adapter {
	newSession := adapter.New
	adapter.New = func(settings any, env engine.Env) (engine.Session, error) {
		s, err := newSession(settings, env)
		if err != nil {
			return nil, err
		}
		return &mutant{s, h}, nil
	}
	return adapter
}

// restrict makes an adapter that can less, and says so.
func restrict(adapter engine.Adapter, can engine.CapSet) engine.Adapter {
	adapter.Caps.Can &= can
	if !can.Has(engine.CapCall) {
		adapter.Commands = nil
	}
	return mutate(adapter, hooks{
		caps: func(c engine.Capabilities) engine.Capabilities {
			c.Can &= can
			return c
		},
		do: func(s engine.Session, ctx context.Context, a engine.Action, done func(engine.Receipt)) {
			if !can.Has(a.Needs()) {
				done(engine.Fail(engine.UnsupportedError(a)))
				return
			}
			s.Do(ctx, a, done)
		},
	})
}

// emitting is a run hook that changes what is emitted.
func emitting(change func(emit func(engine.Event)) func(engine.Event)) hooks {
	return hooks{run: func(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
		return s.Run(ctx, change(emit))
	}}
}

// editing is a run hook that changes each event.
func editing(edit func(*engine.Event)) hooks {
	return emitting(func(emit func(engine.Event)) func(engine.Event) {
		return func(ev engine.Event) {
			edit(&ev)
			emit(ev)
		}
	})
}

// answering is a do hook that changes what done gets.
func answering(change func(a engine.Action, done func(engine.Receipt)) func(engine.Receipt)) hooks {
	return hooks{do: func(s engine.Session, ctx context.Context, a engine.Action, done func(engine.Receipt)) {
		s.Do(ctx, a, change(a, done))
	}}
}

// ending is a run hook that changes what Run returns.
func ending(change func(error) error) hooks {
	return hooks{run: func(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
		return change(s.Run(ctx, emit))
	}}
}

// TestMutants: each fault of a session is found by the case that is there for it.
func TestMutants(t *testing.T) {
	for _, m := range []struct {
		fault string
		found string // by which case
		hooks hooks
	}{
		{"swaps messages", "order of messages", emitting(swap)},
		{"loses a message", "order of messages", emitting(lose)},
		{"loses a message", "flood", emitting(lose)},
		{"doubles a message", "order of messages", emitting(double)},
		{"tells again", "told once", hooks{run: teller(func(ev *engine.Event, _ int) { ev.Key = "" })}},
		{"tells again with another key", "told once", hooks{run: teller(func(ev *engine.Event, run int) { ev.Key += strconv.Itoa(run) })}},
		{"has a key for all", "told once", hooks{run: teller(func(ev *engine.Event, _ int) { ev.Key = "key" })}},
		{"has a key for the text", "told once", hooks{run: teller(func(ev *engine.Event, _ int) { ev.Key = ev.Body.(engine.Message).Text })}},
		{"calls done twice", "own messages", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { done(rc); done(rc) }
		})},
		{"never calls done", "action/emote", answering(func(a engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			if _, ok := a.(engine.Emote); ok {
				return func(engine.Receipt) {}
			}
			return done
		})},
		{"never calls done", "drop while busy", answering(func(engine.Action, func(engine.Receipt)) func(engine.Receipt) {
			return func(engine.Receipt) {}
		})},
		{"calls a failure a success", "not connected", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(engine.Receipt) { done(engine.Receipt{Status: engine.Sent}) }
		})},
		{"names no status", "own messages", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { rc.Status = ""; done(rc) }
		})},
		{"gives a success an error", "action/kick", answering(func(a engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { rc.Err = engine.UnsupportedError(a); done(rc) }
		})},
		{"does not prove", "own messages", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { rc.Status = engine.Sent; done(rc) }
		})},
		{"answers without doing", "action/set topic", hooks{do: pretend}},
		{"forgets the ID", "own messages", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { rc.Message = ""; done(rc) }
		})},
		{"lists nobody", "action/list users", answering(func(_ engine.Action, done func(engine.Receipt)) func(engine.Receipt) {
			return func(rc engine.Receipt) { rc.Users = nil; done(rc) }
		})},
		{"ignores the end of its context", "cancel", hooks{run: deaf}},
		{"ignores the end of its context", "cancel in a flood", hooks{run: deaf}},
		{"ignores that it has ended already", "cancel before the start", hooks{run: deaf}},
		{"leaves a goroutine", "login", hooks{run: straggler}},
		{"emits after the end", "cancel", hooks{run: late}},
		{"runs only once", "cancel", hooks{run: once()}},
		{"takes its own for others'", "own messages", editing(func(ev *engine.Event) { ev.Self = false })},
		{"takes others' for its own", "join and leave of others", editing(func(ev *engine.Event) { ev.Self = true })},
		{"takes whispers for public", "whisper to the bot", editing(func(ev *engine.Event) {
			if m, ok := ev.Body.(engine.Message); ok {
				m.Private = false
				ev.Body = m
			}
		})},
		{"does not know its name", "login", editing(func(ev *engine.Event) {
			if _, ok := ev.Body.(engine.Connected); ok {
				ev.Body = engine.Connected{}
			}
		})},
		{"has no roster", "login", emitting(dropKind("users"))},
		{"is never connected", "login", emitting(dropKind("connect"))},
		{"overlooks arrivals", "join and leave of others", emitting(dropKind("join"))},
		{"emits what JSON cannot hold", "login", editing(func(ev *engine.Event) { ev.Extra = map[string]any{"n": 1} })},
		{"emits what cannot be encoded", "login", editing(func(ev *engine.Event) { ev.Extra = map[string]any{"f": func() {}} })},
		{"emits local times", "login", editing(func(ev *engine.Event) { ev.At = time.Now() })},
		{"emits nothing", "login", editing(func(ev *engine.Event) { ev.Body = nil })},
		{"hides that it was dropped", "drop", ending(func(error) error { return nil })},
		{"gives up when dropped", "drop", ending(func(error) error { return engine.Errorf(engine.Denied, "dropped") })},
		{"tries again when denied", "login denied", ending(func(err error) error { return errors.New("denied") })},
		{"dies of boredom", "idle", hooks{run: bored}},
		{"has a lower limit than it says", "text limit", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Text.Max *= 2
			return c
		}}},
		{"has a higher limit than it says", "text limit", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Text.Max /= 2
			return c
		}}},
		{"counts in another unit", "text limit", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Text.Unit = engine.Bytes
			return c
		}}},
		{"does not count lines", "line limit", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Text.Lines = 2
			return c
		}}},
		{"hides what it can do", "action/set topic", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Can = c.Can.Without(engine.CapTopic)
			return c
		}}},
		{"cannot do what it says", "action/lock", hooks{do: func(s engine.Session, ctx context.Context, a engine.Action, done func(engine.Receipt)) {
			done(engine.Fail(engine.UnsupportedError(a)))
		}}},
		{"can more than the adapter", "description", hooks{caps: func(c engine.Capabilities) engine.Capabilities {
			c.Can |= 1 << 63
			return c
		}}},
		{"takes any command", "commands", hooks{do: pretend}},
	} {
		t.Run(m.fault+"/"+m.found, func(t *testing.T) {
			adapter, newSim := localtest.New()
			expectFailure(t, mutate(adapter, m.hooks), newSim, m.found)
		})
	}
}

// teller makes a run hook with which each connection begins with what was said before. key makes
// the key of a message, from the number of it and of the connection.
func teller(key func(ev *engine.Event, run int)) func(engine.Session, context.Context, func(engine.Event)) error {
	run, said := 0, []engine.Event(nil)
	return func(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
		run++
		run := run
		tell := func(ev engine.Event) { key(&ev, run); emit(ev) }
		for _, ev := range said {
			tell(ev)
		}
		return s.Run(ctx, func(ev engine.Event) {
			if !isMessage(ev) {
				emit(ev)
				return
			}
			ev.Key = strconv.Itoa(len(said)) + " "
			said = append(said, ev)
			tell(ev)
		})
	}
}

func isMessage(ev engine.Event) bool {
	_, ok := ev.Body.(engine.Message)
	return ok
}

// swap holds each seventh message back until the next.
func swap(emit func(engine.Event)) func(engine.Event) {
	n, held := 0, []engine.Event(nil)
	return func(ev engine.Event) {
		if isMessage(ev) {
			n++
			if n%7 == 0 {
				held = append(held, ev)
				return
			}
		}
		emit(ev)
		for _, ev := range held {
			emit(ev)
		}
		held = nil
	}
}

func lose(emit func(engine.Event)) func(engine.Event) {
	n := 0
	return func(ev engine.Event) {
		if isMessage(ev) {
			n++
			if n == 77 {
				return
			}
		}
		emit(ev)
	}
}

func double(emit func(engine.Event)) func(engine.Event) {
	n := 0
	return func(ev engine.Event) {
		emit(ev)
		if isMessage(ev) {
			n++
			if n == 77 {
				emit(ev)
			}
		}
	}
}

func dropKind(k engine.Kind) func(emit func(engine.Event)) func(engine.Event) {
	return func(emit func(engine.Event)) func(engine.Event) {
		return func(ev engine.Event) {
			if ev.Kind() != k {
				emit(ev)
			}
		}
	}
}

func pretend(_ engine.Session, _ context.Context, _ engine.Action, done func(engine.Receipt)) {
	done(engine.Receipt{Status: engine.Echoed})
}

// deaf ends an hour late; the bubble waits for it.
func deaf(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
	defer stop()
	return s.Run(late, emit)
}

func straggler(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
	go time.Sleep(time.Hour)
	return s.Run(ctx, emit)
}

func late(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
	err := s.Run(ctx, emit)
	time.AfterFunc(time.Millisecond, func() { emit(engine.Event{Body: engine.Notice{Text: "one more thing"}}) })
	return err
}

func bored(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	return s.Run(ctx, emit)
}

// once makes a run hook that fails from the second call on.
func once() func(engine.Session, context.Context, func(engine.Event)) error {
	ran := false
	return func(s engine.Session, ctx context.Context, emit func(engine.Event)) error {
		if ran {
			return errors.New("used up")
		}
		ran = true
		return s.Run(ctx, emit)
	}
}

// TestMutantAdapters: faults of the adapter's value.
func TestMutantAdapters(t *testing.T) {
	call := engine.Command{Name: "stats", Doc: "Counts."}
	for name, change := range map[string]func(*engine.Adapter){
		"no commands":     func(a *engine.Adapter) { a.Commands = nil },
		"a command twice": func(a *engine.Adapter) { a.Commands = []engine.Command{call, call} },
		"unknown kind":    func(a *engine.Adapter) { a.Events = []engine.Origin{{Wire: "x", Kind: "no such kind"}} },
		"parameter of type": func(a *engine.Adapter) {
			call.Params = []engine.Param{{Name: "n", Type: "int"}}
			a.Commands = []engine.Command{call}
		},
		"no name":         func(a *engine.Adapter) { a.Name = "" },
		"no doc":          func(a *engine.Adapter) { a.Doc = "" },
		"cannot say":      func(a *engine.Adapter) { a.Caps.Can = a.Caps.Can.Without(engine.CapSay) },
		"no pointer":      func(a *engine.Adapter) { a.Settings = func() any { return 1 } },
		"shared settings": func(a *engine.Adapter) { shared := a.Settings(); a.Settings = func() any { return shared } },
		"no keys":         func(a *engine.Adapter) { a.Settings = func() any { return &struct{ Nick string }{} } },
		"takes any settings": func(a *engine.Adapter) {
			inner, settings := a.New, a.Settings
			a.New = func(any, engine.Env) (engine.Session, error) { return inner(settings(), engine.Env{}) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			adapter, newSim := localtest.New()
			change(&adapter)
			expectFailure(t, adapter, newSim, "description")
		})
	}
}
