package hackmud_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"botd/adapters/hackmud"
	"botd/adapters/hackmud/hackmudtest"
	"botd/engine"
)

// A message of which the answer was lost is looked for, and said again only if it is not
// there; and then no third time.
func TestNoBlindResend(t *testing.T) {
	lost := hackmudtest.Fault{Endpoint: "create_chat", Kind: hackmudtest.Reset}
	for _, kind := range []hackmudtest.Kind{hackmudtest.Reset, hackmudtest.Hang, hackmudtest.ErrorPage, hackmudtest.Empty} {
		heard, unheard := lost, lost
		heard.Kind, unheard.Kind = kind, kind
		heard.Stored = true
		tests := map[string]struct {
			faults []hackmudtest.Fault
			lines  int
			status engine.Status
			code   engine.Code
		}{
			"the answer is lost":        {[]hackmudtest.Fault{heard}, 1, engine.Echoed, ""},
			"the message is lost":       {[]hackmudtest.Fault{unheard}, 1, engine.Echoed, ""},
			"lost twice":                {[]hackmudtest.Fault{unheard, unheard}, 0, engine.Unknown, engine.NotConnected},
			"lost, then the answer too": {[]hackmudtest.Fault{unheard, heard}, 1, engine.Echoed, ""},
		}
		for name, tt := range tests {
			t.Run(fmt.Sprint(name, "/", kind), func(t *testing.T) {
				play(t, hackmudtest.Quirks{}, func(r *rig) {
					u := r.start(nil)
					r.Fail(tt.faults...)
					rc := u.say("trade", "once")
					time.Sleep(90 * time.Second)
					rc.want(tt.status, tt.code)
					if got := len(r.Lines("trade")); got != tt.lines {
						t.Errorf("said %d times, want %d", got, tt.lines)
					}
				})
			})
		}
	}
}

// What is typed in the game uses the allowance, too.
func TestTooFast(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		u := r.start(nil)
		for i := range 5 {
			r.Say("botty", "trade", fmt.Sprint("typed ", i))
		}
		rc := u.say("trade", "and the bot")
		time.Sleep(40 * time.Second)
		rc.want(engine.Echoed, "")
		if n := calls(r, "create_chat"); n < 2 {
			t.Errorf("%d calls: it was not refused, the test tests nothing", n)
		}
		for range 10 {
			r.Fail(hackmudtest.Fault{Endpoint: "create_chat", Kind: hackmudtest.TooMany})
		}
		rc = u.say("trade", "never")
		time.Sleep(2 * time.Minute)
		rc.want(engine.Failed, engine.RateLimited)
	})
}

// Whatever is asked for, no user sends more than the server takes.
func TestAllowance(t *testing.T) {
	play(t, hackmudtest.Quirks{Latency: 2 * time.Second}, func(r *rig) {
		a, b := r.start(nil), r.start(nil) // of one token
		var receipts []*receipt
		for i := range 15 {
			receipts = append(receipts, a.say("trade", fmt.Sprint("a ", i)), b.say("0000", fmt.Sprint("b ", i)))
		}
		time.Sleep(4 * time.Minute)
		for _, rc := range receipts {
			rc.want(engine.Echoed, "")
		}
		for i, line := range r.Lines("trade") {
			if line != fmt.Sprint("a ", i) {
				t.Errorf("line %d is %q", i, line)
			}
		}
	}) // which looks for violations
}

// Sessions of one token take turns; each hears everything.
func TestSharedToken(t *testing.T) {
	play(t, hackmudtest.Quirks{Latency: 500 * time.Millisecond}, func(r *rig) {
		r.Put("trade", "ann")
		var runs []*run
		for range 3 {
			runs = append(runs, r.start(nil))
		}
		time.Sleep(20 * time.Second)
		for _, u := range runs {
			u.take()
		}
		for i := range 50 {
			r.Say("ann", "trade", fmt.Sprint("line ", i))
			time.Sleep(3 * time.Second)
		}
		time.Sleep(20 * time.Second)
		for i, u := range runs {
			if got := u.take("message"); len(got) != 50 {
				t.Errorf("session %d heard %d messages, want 50", i, len(got))
			}
		}
	})
}

// A server that counts otherwise gets smaller parts, once.
func TestNarrowServer(t *testing.T) {
	play(t, hackmudtest.Quirks{MaxText: 600}, func(r *rig) {
		u := r.start(nil)
		rc := u.say("trade", strings.Repeat("word ", 180))
		time.Sleep(20 * time.Second)
		rc.want(engine.Echoed, "")
		if got := len(r.Lines("trade")); got != 2 {
			t.Errorf("%d parts, want 2", got)
		}
		r.Set(func(q *hackmudtest.Quirks) { q.MaxText = 100 })
		rc = u.say("trade", strings.Repeat("word ", 180))
		time.Sleep(20 * time.Second)
		rc.want(engine.Failed, engine.Invalid)
	})
}

func TestTells(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		for _, a := range []engine.Action{
			engine.Say{Room: "tell:botty:ann", Text: "one"},
			engine.Whisper{User: engine.UserRef{Name: "Ann"}, Text: "two"},
			engine.Whisper{Room: "tell:botty:ann", User: engine.UserRef{ID: "ann"}, Text: "three\r\n\r\n"},
			engine.Call{Name: "create_chat", Params: map[string]any{"username": "botty", "tell": "ann", "msg": "four"}},
		} {
			rc := u.do(a)
			time.Sleep(5 * time.Second)
			rc.want(engine.Echoed, "")
		}
		equal(t, "told", r.Lines("@ann"), "one", "two", "three", "four")
		for _, tt := range []struct {
			a    engine.Action
			code engine.Code
		}{
			{engine.Say{Room: "trade", Text: " \n\r\n"}, engine.Invalid},
			{engine.Say{Room: "nowhere", Text: "x"}, engine.NotFound},
			{engine.Whisper{User: engine.UserRef{Name: "not a name"}, Text: "x"}, engine.Invalid},
			{engine.Say{Room: "tell:stranger:ann", Text: "x"}, engine.NotFound},
			{engine.Call{Name: "create_chat", Params: map[string]any{"username": "botty", "msg": "x"}}, engine.Invalid},
			{engine.Call{Name: "create_chat", Params: map[string]any{"username": "stranger", "channel": "trade", "msg": "x"}}, engine.NotFound},
			{engine.Call{Name: "get_token"}, engine.Unsupported},
		} {
			u.do(tt.a).want(engine.Failed, tt.code)
		}
		rc := u.do(engine.Whisper{User: engine.UserRef{Name: "nobody"}, Text: "x"})
		time.Sleep(5 * time.Second)
		rc.want(engine.Failed, engine.NotFound)
	})
}

func TestCalls(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		r.Put("trade", "ann")
		u := r.start(nil)
		r.Say("ann", "trade", "hello")
		time.Sleep(6 * time.Second)
		for name, params := range map[string]map[string]any{"account_data": nil, "chats": {"after": float64(time.Now().Unix() - 60)}} {
			rc := u.do(engine.Call{Name: name, Params: params})
			time.Sleep(10 * time.Second)
			if answer := fmt.Sprint(rc.want(engine.Echoed, "").Answer); !strings.Contains(answer, "botty") || strings.Contains(answer, r.account.Token()) {
				t.Errorf("%s: %s", name, answer)
			}
		}
	})
}

func TestTokenEnds(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		u := r.start(nil)
		r.account.Revoke()
		time.Sleep(5 * time.Second)
		u.ended(engine.Denied)
		if msg := engine.AsError(u.err).Msg; !strings.Contains(msg, "botd login") {
			t.Errorf("the error %q does not say what to do", msg)
		}
		u.say("trade", "late").want(engine.Failed, engine.NotConnected)
	})
}

// The life of a token: traded for a pass, kept, warned of, ended, and renewed.
func TestTokenLife(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		bare := func(s *hackmud.Settings) { s.Token, s.Interval = "", time.Minute }
		u := r.start(bare)
		u.ended(engine.Denied)
		login := func() {
			t.Helper()
			c, err := r.adapter.Login.Exchange(context.Background(), r.settings(""), engine.Env{Clock: engine.SystemClock{}, Dial: r.Dial}, engine.Secret(r.account.Pass()))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.vault.Save(c); err != nil {
				t.Fatal(err)
			}
		}
		login()
		u.again()
		if got := u.take("connect"); len(got) != 2 {
			t.Fatalf("after the login: %q", got)
		}
		time.Sleep(time.Hour)
		equal(t, "a young token", u.take("notice"))
		u.stop()
		c, _ := r.vault.Load()
		c.Since = c.Since.Add(-(38*24 - 2) * time.Hour)
		r.vault.Save(c)
		u.again()
		equal(t, "before day 38", u.take("notice"))
		time.Sleep(50 * time.Hour)
		equal(t, "from day 38 on", u.take("notice"), " notice token_expires", " notice token_expires", " notice token_expires")
		r.Set(func(q *hackmudtest.Quirks) { q.Skew = 45 * 24 * time.Hour })
		time.Sleep(2 * time.Minute)
		u.ended(engine.Denied)
		login()
		u.again()
		if got := u.take("connect"); len(got) != 2 {
			t.Errorf("after the second login: %q", got)
		}
		if strings.Contains(u.log.String(), r.account.Token()) {
			t.Error("the token is in the log")
		}
	})
}

func TestExchangeRefused(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		pass := r.account.Pass()
		time.Sleep(6 * time.Minute)
		for answer, code := range map[string]engine.Code{pass: engine.Denied, "abc": engine.Invalid, "": engine.Invalid, "ab_de": engine.Invalid} {
			_, err := r.adapter.Login.Exchange(context.Background(), r.settings(""), engine.Env{Clock: engine.SystemClock{}, Dial: r.Dial}, engine.Secret(answer))
			if engine.CodeOf(err) != code {
				t.Errorf("%q: %v, want code %s", answer, err, code)
			}
		}
	})
}

// A pass in the configuration is traded once.
func TestPassInSettings(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		pass := r.account.Pass()
		for range 2 {
			u := r.start(func(s *hackmud.Settings) { s.Token = engine.Secret(pass) })
			time.Sleep(6 * time.Second)
			if got := u.take("connect"); len(got) != 2 {
				t.Errorf("not online: %q, %v", got, u.err)
			}
			u.stop()
		}
		if n := calls(r, "get_token"); n != 1 {
			t.Errorf("%d calls of get_token, want 1", n)
		}
	})
}

// Another program on the token: the session goes slower.
func TestOtherProgram(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		u := r.start(nil)
		many := hackmudtest.Fault{Endpoint: "chats", Kind: hackmudtest.TooMany}
		r.Fail(many, many)
		time.Sleep(20 * time.Second)
		before := calls(r, "chats")
		time.Sleep(time.Minute)
		if n := calls(r, "chats") - before; n < 10 || n > 13 {
			t.Errorf("%d calls in a minute, want one each 5 s", n)
		}
		if n := strings.Count(u.log.String(), "another program uses the token"); n != 1 {
			t.Errorf("the log tells %d times", n)
		}
		time.Sleep(5 * time.Minute)
		before = calls(r, "chats")
		time.Sleep(time.Minute)
		if n := calls(r, "chats") - before; n < 29 {
			t.Errorf("%d calls in a minute later, want one each 2 s", n)
		}
	})
}

func TestSettings(t *testing.T) {
	tests := map[string]func(*hackmud.Settings){
		"http":     func(s *hackmud.Settings) { s.URL = "http://hackmud.example/mobile" },
		"scheme":   func(s *hackmud.Settings) { s.URL = "ftp://127.0.0.1" },
		"user":     func(s *hackmud.Settings) { s.Users = []string{"Botty"} },
		"quick":    func(s *hackmud.Settings) { s.Interval = 100 * time.Millisecond },
		"slow":     func(s *hackmud.Settings) { s.Interval = time.Hour },
		"backlog":  func(s *hackmud.Settings) { s.Backlog = 10 * time.Minute },
		"no parts": func(s *hackmud.Settings) { s.Parts = 0 },
	}
	adapter := hackmud.Adapter()
	for name, change := range tests {
		s := adapter.Settings().(*hackmud.Settings)
		change(s)
		if _, err := adapter.New(s, engine.Env{}); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v, want code invalid", name, err)
		}
	}
	if _, err := adapter.New(adapter.Settings(), engine.Env{Rooms: []engine.RoomID{"no channel"}}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("room: %v, want code invalid", err)
	}
	if _, err := adapter.New(adapter.Settings(), engine.Env{Rooms: []engine.RoomID{"0000", "tell:botty:ann"}}); err != nil {
		t.Errorf("good settings: %v", err)
	}
}

// The context of an action bounds the wait for its proof, and stopping does, too.
func TestActionContext(t *testing.T) {
	play(t, hackmudtest.Quirks{}, func(r *rig) {
		u := r.start(nil)
		r.Fail(hackmudtest.Fault{Endpoint: "create_chat", Kind: hackmudtest.Hang})
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		bounded, late := u.doWith(ctx, engine.Say{Room: "trade", Text: "anybody?"}), u.say("trade", "queued")
		time.Sleep(4 * time.Second)
		bounded.want(engine.Unknown, engine.Timeout)
		time.Sleep(10 * time.Second)
		late.want(engine.Echoed, "")
		r.Fail(hackmudtest.Fault{Endpoint: "create_chat", Kind: hackmudtest.Hang})
		hanging, queued := u.say("trade", "hangs"), u.say("trade", "never sent")
		time.Sleep(2 * time.Second)
		u.stop()
		hanging.want(engine.Unknown, engine.Timeout)
		queued.want(engine.Failed, engine.NotConnected)
	})
}
