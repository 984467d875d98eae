package hackchat_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

var current = hackchattest.Options{}

func TestSettings(t *testing.T) {
	good := func() *hackchat.Settings { return hackchat.Adapter.Settings().(*hackchat.Settings) }
	tests := map[string]struct {
		change func(*hackchat.Settings)
		rooms  []engine.RoomID
		ok     bool
	}{
		"defaults":          {func(*hackchat.Settings) {}, []engine.RoomID{"lounge"}, true},
		"odd channel":       {func(*hackchat.Settings) {}, []engine.RoomID{" Ünï #cödé"}, true},
		"longest channel":   {func(*hackchat.Settings) {}, []engine.RoomID{engine.RoomID(strings.Repeat("😀", 60))}, true},
		"channel too long":  {func(*hackchat.Settings) {}, []engine.RoomID{engine.RoomID(strings.Repeat("😀", 60) + "x")}, false},
		"no channel":        {func(*hackchat.Settings) {}, []engine.RoomID{""}, false},
		"two channels":      {func(*hackchat.Settings) {}, []engine.RoomID{"a", "b"}, false},
		"no nick":           {func(s *hackchat.Settings) { s.Nick = "" }, []engine.RoomID{"a"}, false},
		"bad nick":          {func(s *hackchat.Settings) { s.Nick = "bad nick!" }, []engine.RoomID{"a"}, false},
		"nick too long":     {func(s *hackchat.Settings) { s.Nick = strings.Repeat("a", 25) }, []engine.RoomID{"a"}, false},
		"bad url":           {func(s *hackchat.Settings) { s.URL = "https://hack.chat" }, []engine.RoomID{"a"}, false},
		"# in the password": {func(s *hackchat.Settings) { s.Password = "a#b" }, []engine.RoomID{"a"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := good()
			tt.change(s)
			_, err := hackchat.Adapter.New(s, engine.Env{Rooms: tt.rooms})
			if (err == nil) != tt.ok || (err != nil && engine.CodeOf(err) != engine.Invalid) {
				t.Errorf("New: %v (code %q), want ok %v", err, engine.CodeOf(err), tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "a#b") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestConversation(t *testing.T) {
	for name, gen := range generations {
		t.Run(name, func(t *testing.T) {
			in(t, hackchattest.Options{Generation: gen}, func(r *rig) {
				ann := r.Join(room, "ann#ann-pass")
				r.start()
				r.Story()
				ann.Say("hello /there")
				ann.Say("/slash")
				ann.Whisper("botd", "psst: a: b")
				ann.Send(map[string]any{"cmd": "invite", "nick": "botd"})
				ann.Send(map[string]any{"cmd": "changenick", "nick": "anna"})
				ann.Leave()
				story := r.Story()
				for _, want := range []string{"ann: hello /there\n", "ann: /slash\n", "ann privately: psst: a: b\n", "ann invites  to ", "anna from ann\n", "leave anna\n"} {
					if !strings.Contains(story, want) {
						t.Errorf("no %q in:\n%s", want, story)
					}
				}
				if n := strings.Count(story, "\n"); n != 6 {
					t.Errorf("%d events, want 6:\n%s", n, story)
				}
			})
		})
	}
}

// TestSlashes: text is text, on every generation.
func TestSlashes(t *testing.T) {
	texts := []string{"/me is not an emote", "/nosuch", "//two", "/", "/help", "\n\n/stats", "a\n\n\n\nb"}
	for name, gen := range generations {
		t.Run(name, func(t *testing.T) {
			in(t, hackchattest.Options{Generation: gen, Unlimited: true}, func(r *rig) {
				r.start()
				for _, text := range texts {
					r.Does(engine.Say{Room: room, Text: text}, engine.Echoed, "")
				}
				for i, line := range r.Lines(room) {
					want := strings.ReplaceAll(strings.TrimLeft(texts[i], "\n"), "\n\n\n\n", "\n\n")
					if got := strings.TrimPrefix(line, "\u200b"); got != want {
						t.Errorf("said %q, want %q", got, want)
					}
				}
			})
		})
	}
}

func TestBadTextsAreRefusedHere(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		ann := r.Join(room, "ann")
		r.Story()
		before := len(r.Server.Requests())
		for _, text := range []string{"", " \n\t ", "\ufeff", strings.Repeat("😀", 751)} {
			r.Does(engine.Say{Room: room, Text: text}, engine.Failed, engine.Invalid)
			r.Does(engine.Emote{Room: room, Text: text}, engine.Failed, engine.Invalid)
			r.Does(engine.Whisper{Room: room, User: engine.UserRef{Name: ann.Nick()}, Text: text}, engine.Failed, engine.Invalid)
		}
		r.Does(engine.Whisper{Room: room, User: engine.UserRef{Name: "nobody"}, Text: "x"}, engine.Failed, engine.NotFound)
		r.Does(engine.Rename{Room: room, Name: "no good"}, engine.Failed, engine.Invalid)
		r.Does(engine.Rename{Room: room, Name: "ANN"}, engine.Failed, engine.Conflict)
		r.Does(engine.Edit{Room: room, Message: "1/zz", Text: "x"}, engine.Failed, engine.NotFound)
		r.Does(engine.Kick{Room: room, User: engine.UserRef{Name: "ann"}}, engine.Failed, engine.Unsupported)
		r.Does(engine.Say{Room: "elsewhere", Text: "x"}, engine.Failed, engine.NotFound)
		if after := r.Server.Requests(); len(after) != before {
			r.Errorf("requests were sent for what cannot work: %v", after[before:])
		}
	})
}

func TestEdit(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		ann := r.Join(room, "ann")
		r.Story()
		id := r.Does(engine.Say{Room: room, Text: "one"}, engine.Echoed, "").Message
		r.Does(engine.Edit{Room: room, Message: id, Text: ", two", Append: true}, engine.Echoed, "")
		r.Does(engine.Edit{Room: room, Message: id, Text: "\nthree", Append: true}, engine.Echoed, "")
		r.Does(engine.Edit{Room: room, Message: id, Text: ""}, engine.Echoed, "")
		ann.Send(map[string]any{"cmd": "chat", "text": "mine", "customId": "x"})
		ann.Send(map[string]any{"cmd": "updateMessage", "customId": "x", "mode": "prepend", "text": "all "})
		ann.Send(map[string]any{"cmd": "updateMessage", "customId": "x", "mode": "complete", "text": "ignored"})
		r.Tells("me: one", "me edits: one, two", "me edits: one, two\nthree", "delete me", "ann: mine", "ann edits: all mine", "ann edits: all mine")
		time.Sleep(5 * time.Minute)
		r.Does(engine.Edit{Room: room, Message: id, Text: "late"}, engine.Failed, engine.NotFound)
	})
}

func TestNickTaken(t *testing.T) {
	in(t, current, func(r *rig) {
		ghost := r.Join(room, "BotD")
		r.start()
		r.Tells("users BotD botd_", "connect botd_", "topic motd=true")
		time.Sleep(10 * time.Minute)
		if n := r.sent("changenick"); n != 0 {
			r.Errorf("asked %d times for a nick somebody has", n)
		}
		ghost.Leave()
		time.Sleep(time.Second)
		r.Tells("leave BotD", "botd from botd_")
	})
}

func TestBothNicksTaken(t *testing.T) {
	in(t, current, func(r *rig) {
		r.Join(room, "botd")
		r.Join(room, "botd_")
		r.start()
		r.Ended(engine.Conflict, "Nickname taken")
		if score := r.WorstScore("pipe"); score > 9 {
			r.Errorf("the failed login cost %v points", score)
		}
	})
}

func TestRenameSurvivesReconnect(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		r.Does(engine.Rename{Name: "robot"}, engine.Echoed, "")
		r.wire.Break(0) // drop
		r.Wait()
		r.Story()
		r.Begin()
		r.Tells("users robot", "connect robot", "topic motd=true")
	})
}

func TestKickIsNoticedByTheProbe(t *testing.T) {
	for _, gen := range []hackchattest.Generation{hackchattest.Gen2026, hackchattest.Gen2025, hackchattest.Gen2020} {
		in(t, hackchattest.Options{Generation: gen}, func(r *rig) {
			r.start()
			time.Sleep(10 * time.Minute)
			if n := r.sent("stats"); n < 4 || n > 7 {
				r.Errorf("%d probes in ten quiet minutes", n)
			}
			r.Story()
			r.Kick(room, "botd", "limbo")
			time.Sleep(3 * time.Minute)
			r.Ended(engine.NotConnected, "moved to ?limbo")
			if story := r.Story(); !strings.Contains(story, "kick botd to limbo\n") || strings.Count(story, "kick") != 1 {
				r.Errorf("the story:\n%s", story)
			}
		})
	}
}

func TestKickIsNoticedByTheEcho(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		r.Story()
		r.Kick(room, "botd", "limbo")
		r.Does(engine.Say{Room: room, Text: "anybody?"}, engine.Unknown, engine.NotConnected)
		r.Settle()
		r.Ended(engine.NotConnected, "moved to ?limbo")
		r.Tells("kick botd to limbo")
	})
}

func TestNoProbesWhileTalking(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		for range 20 {
			r.Does(engine.Say{Room: room, Text: "tick"}, engine.Echoed, "")
			time.Sleep(30 * time.Second)
		}
		if n := r.sent("stats"); n != 0 {
			r.Errorf("%d probes although echoes say it all", n)
		}
	})
}

func TestLockedChannel(t *testing.T) {
	in(t, current, func(r *rig) {
		r.Lock(room, 500)
		r.start()
		r.Ended(engine.NotConnected, "locked")
		if e := engine.AsError(r.Wait()); e.RetryAfter < 30*time.Second {
			r.Errorf("retry after %v", e.RetryAfter)
		}
		if story := r.Story(); strings.Contains(story, "connect") {
			r.Errorf("connected to purgatory:\n%s", story)
		}
		r.Lock(room, 0)
		r.Begin()
		r.Tells("users botd", "connect botd", "topic motd=true")
	})
}

func TestCaptcha(t *testing.T) {
	in(t, current, func(r *rig) {
		r.Guard(room, true)
		r.start()
		r.Tells("notice 21 Enter the following to join (case-sensitive):", "captcha")
		time.Sleep(10 * time.Minute) // a person has to look at it
		r.Does(engine.Say{Room: room, Text: hackchattest.CaptchaAnswer}, engine.Sent, "")
		r.Tells("users botd", "connect botd", "topic motd=true")
		r.Does(engine.Say{Room: room, Text: "made it"}, engine.Echoed, "")
	})
}

func TestCaptchaFailed(t *testing.T) {
	in(t, current, func(r *rig) {
		r.Guard(room, true)
		r.start()
		r.Does(engine.Say{Room: room, Text: "wrong"}, engine.Sent, "")
		r.Settle()
		r.Ended(engine.NotConnected, "")
	})
}

func TestMuted(t *testing.T) {
	in(t, current, func(r *rig) {
		ann := r.Join(room, "ann")
		r.start()
		r.Story()
		r.Mute("pipe", true)
		r.Does(engine.Say{Room: room, Text: "hear me?"}, engine.Failed, engine.Denied)
		r.Does(engine.Whisper{Room: room, User: engine.UserRef{Name: "ann"}, Text: "you?"}, engine.Unknown, engine.Denied)
		r.Mute("pipe", false)
		r.Does(engine.Say{Room: room, Text: "now?"}, engine.Echoed, "")
		r.Tells("access user muted: only this address sees what the bot says", "me: hear me?", "me privately: you?", "access user ", "me: now?")
		for _, f := range ann.Frames() {
			if f["text"] == "hear me?" {
				r.Error("the simulator does not mute")
			}
		}
	})
}

func TestRateLimited(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		var last engine.Receipt
		n := 0
		for ; n < 40; n++ {
			if last = engine.Do(r.Context(), r.Session, engine.Say{Room: room, Text: "x"}); last.Err != nil {
				break
			}
		}
		if n != 20 || // 4 + 21 · 1.003 would be 25.06
			last.Status != engine.Failed || last.Err.Code != engine.RateLimited || last.Err.RetryAfter <= 0 {
			r.Errorf("after %d lines: %s %v", n, last.Status, last.Err)
		}
		r.Does(engine.Say{Room: room, Text: "x"}, engine.Failed, engine.RateLimited)
		time.Sleep(last.Err.RetryAfter)
		r.Does(engine.Say{Room: room, Text: "x"}, engine.Echoed, "")
	})
}

func TestBannedAddress(t *testing.T) {
	in(t, current, func(r *rig) {
		r.Ban("pipe", true)
		r.start()
		var waits []time.Duration
		for range 6 {
			r.Ended(engine.RateLimited, "rate-limited or blocked")
			waits = append(waits, engine.AsError(r.Wait()).RetryAfter)
			r.Begin()
		}
		if waits[0] > time.Minute || waits[5] != 5*time.Minute {
			r.Errorf("waits %v, want from half a minute to five", waits)
		}
	})
}

func TestModeration(t *testing.T) {
	in(t, current, func(r *rig) {
		r.settings.Password = hackchattest.ModPassword
		r.start()
		for _, name := range []string{"ann", "bob", "cid"} {
			r.Join(room, name)
		}
		boss := r.Join(room, "boss#"+hackchattest.AdminPassword)
		r.Story()
		r.Does(engine.Kick{Room: room, User: engine.UserRef{Name: "ann"}, To: "lounge"}, engine.Echoed, "")
		r.Does(engine.Mute{Room: room, User: engine.UserRef{Name: "bob"}}, engine.Echoed, "")
		r.Does(engine.Unmute{Room: room, User: engine.UserRef{Name: "bob"}}, engine.Echoed, "")
		r.Does(engine.Ban{Room: room, User: engine.UserRef{Name: "bob"}}, engine.Echoed, "")
		r.Does(engine.Ban{Room: room, User: engine.UserRef{Name: "cid"}, Length: time.Hour}, engine.Failed, engine.Unsupported)
		r.Does(engine.Unban{Room: room, User: engine.UserRef{Name: "bob"}}, engine.Echoed, "")
		r.Does(engine.Kick{Room: room, User: engine.UserRef{Name: "boss"}}, engine.Failed, engine.Denied)
		r.Does(engine.Unmute{Room: room, User: engine.UserRef{Name: "nobody"}}, engine.Failed, engine.NotFound)
		r.Tells("kick ann to lounge", "mute bob by me", "unmute bob by me", "ban bob by me", "unban me")
		boss.Send(map[string]any{"cmd": "kick", "nick": []any{"cid"}})
		if story := r.Story(); !strings.HasPrefix(story, "kick cid to ") || strings.Count(story, "\n") != 1 {
			r.Errorf("got:\n%s", story)
		}
	})
}

func TestPromotion(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		r.Join(room, "ann")
		if r.Session.Caps(room).Can.Has(engine.CapKick) {
			r.Error("a plain user may kick")
		}
		r.Story()
		r.Promote(room, "botd", 9999)
		r.Tells("access moderator ", "role")
		r.Does(engine.Kick{Room: room, User: engine.UserRef{Name: "ann"}, To: "lounge"}, engine.Failed, engine.Unsupported)
		r.Does(engine.Kick{Room: room, User: engine.UserRef{Name: "ann"}}, engine.Echoed, "")
		r.Does(engine.Ban{Room: room, User: engine.UserRef{Name: "ann"}}, engine.Failed, engine.Unsupported)
	})
}

func TestCalls(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		rc := r.Does(engine.Call{Room: room, Name: "morestats"}, engine.Echoed, "")
		if answer, ok := rc.Answer.(map[string]any); !ok || answer["users"] != 1.0 {
			r.Errorf("the answer is %v", rc.Answer)
		}
		r.Does(engine.Call{Room: room, Name: "help", Params: map[string]any{"command": "kick"}}, engine.Echoed, "")
		r.Does(engine.Call{Room: room, Name: "changecolor", Params: map[string]any{"color": "abc"}}, engine.Echoed, "")
		r.Does(engine.Call{Room: room, Name: "nosuch"}, engine.Failed, engine.Unsupported)
		r.Does(engine.Call{Room: room, Name: "kick", Params: map[string]any{"nick": "x"}}, engine.Failed, engine.Denied)
		r.Does(engine.Call{Room: room, Name: "invite"}, engine.Failed, engine.Invalid)
		r.Does(engine.Call{Room: room, Name: "chat", Params: map[string]any{"text": 7}}, engine.Failed, engine.Invalid)
		r.Does(engine.Call{Room: room, Name: "chat", Params: map[string]any{"text": "x", "nosuch": "y"}}, engine.Failed, engine.Invalid)
	})
}

func TestProofMayNotCome(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		r.Stall()
		start := time.Now()
		r.Does(engine.Say{Room: room, Text: "lost"}, engine.Unknown, engine.Timeout)
		if d := time.Since(start); d != 20*time.Second {
			r.Errorf("gave up after %v", d)
		}
		r.Wait()
		r.Ended(engine.Timeout, "no sign of life")
		if d := time.Since(start); d > 46*time.Second {
			r.Errorf("the dead connection was noticed after %v", d)
		}
	})
}

// TestModeratorsAreUnlimited on the current server, and only there.
func TestModeratorsAreUnlimited(t *testing.T) {
	for name, gen := range generations {
		in(t, hackchattest.Options{Generation: gen}, func(r *rig) {
			r.settings.Password = hackchattest.ModPassword
			r.start()
			r.Does(engine.Say{Room: room, Text: "x"}, engine.Echoed, "")
			unlimited := !r.Session.Caps(room).Rate.Paced()
			if unlimited != (gen == hackchattest.Gen2026) {
				t.Errorf("%s: unlimited %v", name, unlimited)
			}
			for range 60 {
				if unlimited {
					r.Does(engine.Say{Room: room, Text: "x"}, engine.Echoed, "")
				}
			}
		})
	}
}

// TestAddressOfTheBot keeps the other tests honest: they name it.
func TestAddressOfTheBot(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		synctest.Wait()
		if q := r.Server.Requests(); len(q) != 1 || q[0].Addr != "pipe" {
			r.Errorf("requests %+v", q)
		}
	})
}

// TestServerFaults: what the simulator can do to its connections is seen as such.
func TestServerFaults(t *testing.T) {
	tests := map[string]struct {
		fault func(*rig)
		ends  string // "" if the session lives on
	}{
		"drop":      {func(r *rig) { r.Drop() }, "unexpected EOF"},
		"restart":   {func(r *rig) { r.Restart() }, "1001"},
		"oversized": {func(r *rig) { r.Oversized(1 << 20) }, "more than 262144 bytes"},
		"garbage":   {func(r *rig) { r.Garbage() }, ""},
		"lag":       {func(r *rig) { r.Lag(3 * time.Second) }, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in(t, current, func(r *rig) {
				r.start()
				tt.fault(r)
				r.Settle()
				if tt.ends != "" {
					r.Ended(engine.NotConnected, tt.ends)
					return
				}
				start := time.Now()
				r.Does(engine.Say{Room: room, Text: "still here"}, engine.Echoed, "")
				if late := time.Since(start) >= 3*time.Second; late != (name == "lag") {
					t.Errorf("the echo took %v", time.Since(start))
				}
			})
		})
	}
}

func TestCancelledActionIsNotSent(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		got := make(chan engine.Receipt, 1)
		r.Session.Do(ctx, engine.Say{Room: room, Text: "late"}, func(rc engine.Receipt) { got <- rc })
		if rc := <-got; rc.Status != engine.Failed || engine.CodeOf(rc.Error()) != engine.Cancelled {
			t.Errorf("%s %v", rc.Status, rc.Err)
		}
		if n := r.sent("chat"); n != 0 {
			t.Errorf("%d lines were sent", n)
		}
	})
}
