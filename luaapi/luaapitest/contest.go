package luaapitest

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"botd/engine"
	"botd/engine/contest"
	"botd/engine/script"
	"botd/engine/store"
)

// runContests runs real polls and raffles, in chat, with a store in memory. Chance is the same
// in each test, and no message is edited, so that tests need not tell of that.
func (d *Door) runContests() (stop func()) {
	kept := store.NewMemory(engine.SystemClock{})
	random := rand.NewChaCha8([32]byte{1})
	d.contests = contest.New(contest.Options{
		Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler),
		Do: func(a contest.Action, done func(engine.Receipt)) {
			if len(a.With) > 0 {
				kept.Submit(a.With, func(store.Result) {})
			}
			d.Do(script.Request{Origin: script.Origin{Script: a.Script}, Session: a.Session, Action: a.Action, Lane: a.Lane, Durable: a.Durable}, done)
		},
		Caps: func(s engine.SessionID, r engine.RoomID) (engine.Capabilities, bool) {
			caps, err := d.Caps(s, r)
			caps.Can = caps.Can.Without(engine.CapEdit)
			return caps, err == nil
		},
		Room: func(p engine.RoomPath) (script.RoomState, bool) {
			for _, r := range d.Rooms() {
				if r.Path == p {
					return r, true
				}
			}
			return script.RoomState{}, false
		},
		Prefix:  func(engine.SessionID, engine.Room) string { return "!" },
		Forgets: func(engine.SessionID) bool { return true },
		Permit:  func(string) error { return nil },
		Publish: d.bot.deliver,
		Random:  func(b []byte) { _, _ = random.Read(b) }, // it never fails
	})
	if err := d.contests.Open(context.Background(), kept); err != nil {
		d.bot.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.contests.Run(ctx)
	}()
	d.contests.Begin()
	return func() {
		cancel()
		<-ended
		if err := kept.Close(); err != nil {
			d.bot.t.Error(err)
		}
	}
}

// Contest leads to polls and raffles of the test's own.
func (d *Door) Contest(r script.ContestRequest, done func(script.ContestAnswer)) func() {
	return d.contests.Do(r, done)
}
