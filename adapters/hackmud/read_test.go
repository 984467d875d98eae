package hackmud_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackmud"
	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
)

func TestMapping(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		r.Put("secret", "botty", "ann") // not configured
		u := r.start(nil)
		equal(t, "start", u.take(), "0000 users botty", "0000 connect", "trade users ann botty", "trade connect")
		for _, say := range []func(){
			func() { r.Say("ann", "trade", "`Lhi` @botty") },
			func() { r.Tell("ann", "botty", "psst\x07") },
			func() { r.Server.Enter("trade", "bob") },
			func() { r.Server.Leave("trade", "bob") },
			func() { r.Say("botty", "trade", "typed in the game") },
			func() { r.Tell("botty", "ann", "whispered in the game") },
			func() { r.Say("ann", "secret", "not for us") },
		} {
			say()
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(3 * time.Second)
		u.mu.Lock()
		first := u.events[0]
		u.mu.Unlock()
		equal(t, "events", u.take(), "trade message ann: hi @botty [mention]", "tell:botty:ann message ann: psst [private]",
			"trade join bob", "trade leave bob", "trade message botty: typed in the game [self]",
			"tell:botty:ann message botty: whispered in the game [private] [self]")
		if first.Extra["msg"] != "`Lhi` @botty" || fmt.Sprint(first.Extra["receivers"]) != "[botty]" || first.Key == "" {
			t.Errorf("extra %v, key %q", first.Extra, first.Key)
		}
	})
}

// A tell between two own users is one event, whether the server names the recipient or
// not; so is a message both of them hear.
func TestSeveralUsers(t *testing.T) {
	for _, nameless := range []bool{false, true} {
		t.Run(fmt.Sprint(nameless), func(t *testing.T) {
			play(t, hackmudtest.Quirks{NoRecipient: nameless}, func(r *rig) {
				account := r.AddAccount("one", "two")
				r.Put("trade", "one", "two", "ann")
				u := r.start(func(s *hackmud.Settings) { s.Token = engine.Secret(account.Token()) })
				u.take()
				r.Say("ann", "trade", "to all")
				time.Sleep(10 * time.Millisecond)
				r.Tell("one", "two", "between us")
				time.Sleep(3 * time.Second)
				u.mu.Lock()
				var receivers []string
				for _, ev := range u.events {
					receivers = append(receivers, fmt.Sprint(ev.Extra["receivers"]))
				}
				u.mu.Unlock()
				equal(t, "receivers", receivers, "[one two]", "[one two]")
				equal(t, "events", u.take(), "trade message ann: to all", "tell:one:two message one: between us [private] [self]")
			})
		})
	}
}

// Where no message tells who comes and goes, the account does: once for each, and not
// beside a message.
func TestReconcile(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		u.take()
		r.Set(func(q *hackmudtest.Quirks) { q.SilentMoves = true })
		r.Server.Enter("trade", "bob")
		r.Server.Leave("trade", "ann")
		time.Sleep(3 * time.Minute)
		equal(t, "silent moves", u.take(), "trade join bob [synthetic]", "trade leave ann [synthetic]")
		r.Set(func(q *hackmudtest.Quirks) { q.SilentMoves = false })
		r.Server.Enter("trade", "cat")
		time.Sleep(5 * time.Minute)
		equal(t, "a move with a message", u.take(), "trade join cat")
	})
}

func TestOwnMoves(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Server.Leave("trade", "botty")
		time.Sleep(time.Minute)
		u := r.start(nil)
		equal(t, "start", u.take(), "trade error no user of this session is in channel trade; join it in the game", "0000 users botty", "0000 connect")
		u.say("trade", "too early").want(engine.Failed, engine.NotFound)
		r.Put("trade", "ann")
		r.Server.Enter("trade", "botty")
		time.Sleep(10 * time.Second)
		equal(t, "join", u.take("users", "connect"), "trade users ann botty", "trade connect")
		r.Server.Leave("trade", "botty")
		time.Sleep(10 * time.Second)
		if got := u.take("disconnect"); len(got) != 1 {
			t.Errorf("leave: %q", got)
		}
	})
}

func TestUserRemoved(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		account := r.AddAccount("one", "two")
		r.Put("trade", "one", "two", "ann")
		u := r.start(func(s *hackmud.Settings) {
			s.Token, s.Users = engine.Secret(account.Token()), []string{"two", "one", "three"}
		})
		if got := u.take("error"); !slices.Contains(got, " error the account has no user three") {
			t.Errorf("an unknown user: %q", got)
		}
		account.Remove("two")
		time.Sleep(10 * time.Second)
		if got := u.take("error"); !slices.Contains(got, " error the account has no user two any more") {
			t.Errorf("a user that is gone: %q", got)
		}
		r.Say("ann", "trade", "still there?")
		time.Sleep(3 * time.Second)
		equal(t, "events", u.take(), "trade message ann: still there?")
		u.say("trade", "yes")
		time.Sleep(5 * time.Second)
		equal(t, "said by", []string{u.lastSpeaker()}, "one")
	})
}

func (u *run) lastSpeaker() string {
	all := u.r.Messages()
	return all[len(all)-1].From
}

// An outage is told of after a while; one that is too long gives one gap for the session
// and one for each room.
func TestOutages(t *testing.T) {
	for _, kind := range []hackmudtest.Kind{hackmudtest.ErrorPage, hackmudtest.Unavailable, hackmudtest.Empty, hackmudtest.Truncated,
		hackmudtest.TooMany, hackmudtest.Hang, hackmudtest.Reset, hackmudtest.Garbage, hackmudtest.Oversized, hackmudtest.BadGateway} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			play(t, hackmudtest.Quirks{}, func(r *rig) {
				r.Put("trade", "ann")
				u := r.start(nil)
				u.take()
				r.Down(kind)
				time.Sleep(20 * time.Second)
				equal(t, "a short one", u.take())
				time.Sleep(time.Minute)
				equal(t, "a longer one", u.take(), "0000 disconnect", "trade disconnect")
				r.Say("ann", "trade", "meanwhile")
				time.Sleep(5 * time.Minute)
				r.Up()
				time.Sleep(2 * time.Minute)
				equal(t, "back", u.take(), "0000 users botty", "0000 connect", "trade users ann botty", "trade connect", "trade message ann: meanwhile")
				if kind == hackmudtest.TooMany { // a matter of pace only
					return
				}
				r.Down(kind)
				r.Say("ann", "trade", "lost")
				time.Sleep(20 * time.Minute)
				u.take()
				r.Up()
				time.Sleep(2 * time.Minute)
				equal(t, "too long", u.take("message", "gap"), " gap", "0000 gap", "trade gap")
			})
		})
	}
}

func TestOldErrorEndsTheSession(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		u := r.start(nil)
		r.Down(hackmudtest.OldError)
		time.Sleep(5 * time.Second)
		u.ended(engine.Denied)
	})
}

func TestBacklog(t *testing.T) {
	play(t, hackmudtest.Quirks{Skew: 100 * time.Second}, func(r *rig) {
		r.Put("trade", "ann")
		r.Say("ann", "trade", "long ago")
		time.Sleep(5 * time.Minute)
		r.Say("ann", "trade", "a while ago")
		time.Sleep(4 * time.Second)
		r.Say("ann", "trade", "just now")
		time.Sleep(2 * time.Second)
		u := r.start(nil)
		equal(t, "without", u.take("message"))
		u.stop()
		r.keep.Save(context.Background(), "position", nil)
		u = r.start(func(s *hackmud.Settings) { s.Backlog = 2 * time.Minute })
		time.Sleep(5 * time.Second)
		r.Say("ann", "trade", "new")
		time.Sleep(5 * time.Second)
		equal(t, "with", u.take("message"), "trade message ann: a while ago [history]", "trade message ann: just now [history]", "trade message ann: new")
	})
}

// A new session value goes on where the one before stopped, with all keys, however many.
func TestRestart(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		const many = 7000 // more keys than one value holds
		for i := range many {
			r.Say("ann", "trade", fmt.Sprint("line ", i))
		}
		time.Sleep(15 * time.Second)
		if got := u.take("message"); len(got) != many {
			t.Fatalf("%d messages, want %d", len(got), many)
		}
		u.stop()
		time.Sleep(time.Second)
		r.Say("ann", "trade", "meanwhile")
		u = r.start(nil)
		time.Sleep(10 * time.Second)
		equal(t, "after the restart", u.take("message"), "trade message ann: meanwhile")
	})
}

func TestBrokenPosition(t *testing.T) {
	for name, value := range map[string]string{"garbage": "{", "future": `{"cursor":99999999999}`} {
		t.Run(name, func(t *testing.T) {
			play(t, hackmudtest.Quirks{}, func(r *rig) {
				r.Put("trade", "ann")
				if err := r.keep.Save(context.Background(), "position", []byte(value)); err != nil {
					t.Fatal(err)
				}
				u := r.start(nil)
				r.Say("ann", "trade", "hello")
				time.Sleep(5 * time.Second)
				equal(t, "messages", u.take("message"), "trade message ann: hello")
				if !strings.Contains(u.log.String(), "position") {
					t.Errorf("the log does not tell: %s", &u.log)
				}
			})
		})
	}
}

// Arrays that the server cuts are read on behind the cut.
func TestCutArrays(t *testing.T) {
	play(t, hackmudtest.Quirks{Most: 500}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		u.take()
		const many = 3000
		for i := range many {
			r.Say("ann", "trade", fmt.Sprint("line ", i))
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		if got := u.take("message"); len(got) != many {
			t.Errorf("%d messages, want %d", len(got), many)
		}
	})
}

// The server's clock is set, forward and back.
func TestClockSteps(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		u.take()
		want := 0
		for _, skew := range []time.Duration{200 * time.Second, -100 * time.Second, 50 * time.Second} {
			r.Set(func(q *hackmudtest.Quirks) { q.Skew = skew })
			for range 10 {
				r.Say("ann", "trade", fmt.Sprint("line ", want))
				want++
				time.Sleep(3 * time.Second)
			}
		}
		time.Sleep(10 * time.Second)
		if got := u.take("message"); len(got) != want {
			t.Errorf("%d messages, want %d: %q", len(got), want, got)
		}
	})
}

func TestNoDate(t *testing.T) {
	for _, skew := range []time.Duration{-20 * time.Second, 0, 20 * time.Second} {
		t.Run(fmt.Sprint(skew), func(t *testing.T) {
			play(t, hackmudtest.Quirks{NoDate: true, Skew: skew}, func(r *rig) {
				r.Put("trade", "ann")
				time.Sleep(time.Minute)
				u := r.start(nil)
				u.take()
				time.Sleep(40 * time.Second)
				const many = 300
				for i := range many {
					r.Say("ann", "trade", fmt.Sprint("line ", i))
					time.Sleep(3 * time.Second)
				}
				time.Sleep(time.Minute)
				if got := u.take("message"); len(got) != many {
					t.Errorf("%d messages, want %d", len(got), many)
				}
			})
		})
	}
}
