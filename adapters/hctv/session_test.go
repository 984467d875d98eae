package hctv_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
)

func ref(id string) engine.UserRef { return engine.UserRef{ID: engine.UserID(id)} }

func aliceSaid(text, id string) map[string]any {
	return map[string]any{"type": "message", "message": text, "msgId": id, "user": map[string]any{
		"id": "u_alice", "username": "alice", "pfpUrl": "", "isBot": false, "isPlatformAdmin": false, "channelRole": nil}}
}

// TestFrames has a row for each type of frame, and what becomes of it.
func TestFrames(t *testing.T) {
	type f = map[string]any
	tests := []struct {
		name   string
		frames []f
		want   []string
	}{
		{"message", []f{aliceSaid("hi", "1")}, []string{"alice: hi"}},
		{"message twice", []f{aliceSaid("hi", "1"), aliceSaid("hi", "1")}, []string{"alice: hi"}},
		{"message overtaken", []f{aliceSaid("second", "2"), aliceSaid("first", "1")}, []string{"alice: second", "alice: first"}},
		{"message of the old form", []f{{"message": "hi", "msgId": "1", "user": f{"id": "u_alice", "username": "alice"}}}, []string{"alice: hi"}},
		{"message of nobody", []f{{"type": "message", "message": "hi"}}, []string{`raw "message" {"message":"hi","type":"message"}`}},
		{"message of a user with the bot's name", []f{{"type": "message", "message": "me?", "msgId": "1", "user": f{"id": "u_plainbot", "username": "plainbot"}}}, []string{"plainbot: me?"}},
		{"history", []f{{"type": "history", "messages": []f{aliceSaid("one", "1"), aliceSaid("two", "2")}}}, []string{"alice said: one", "alice said: two"}},
		{"history after live", []f{aliceSaid("two", "2"), {"type": "history", "messages": []f{aliceSaid("one", "1"), aliceSaid("two", "2")}}}, []string{"alice: two", "alice said: one"}},
		{"live after history", []f{{"type": "history", "messages": []f{aliceSaid("one", "1")}}, aliceSaid("one", "1"), aliceSaid("two", "2")}, []string{"alice said: one", "alice: two"}},
		{"messageDeleted", []f{aliceSaid("oops", "1"), {"type": "messageDeleted", "msgId": "1"}}, []string{"alice: oops", `delete of "alice" by nobody: oops`}},
		{"messageDeleted, never seen", []f{{"type": "messageDeleted", "msgId": "9"}}, []string{`delete of "" by nobody: <nil>`}},
		{"systemMsg: timeout", []f{aliceSaid("hi", "1"), {"type": "systemMsg", "message": "alice was timed out for 12.5s."}}, []string{"alice: hi", "timeout alice(u_alice) 12.5s by nobody"}},
		{"systemMsg: ban", []f{{"type": "systemMsg", "message": "carol was banned."}}, []string{"ban carol() by nobody"}},
		{"systemMsg: free", []f{{"type": "systemMsg", "message": "that user can chat again."}}, []string{"unban that user() by nobody"}},
		{"systemMsg: other", []f{{"type": "systemMsg", "message": "maintenance at noon"}}, []string{"notice maintenance at noon"}},
		{"systemMsg: too long a timeout", []f{{"type": "systemMsg", "message": "x was timed out for 99999999999999999999s."}}, []string{"notice x was timed out for 99999999999999999999s."}},
		{"chatAccess, nothing new", []f{{"type": "chatAccess", "canSend": true, "restriction": nil}}, nil},
		{"chatAccess", []f{
			{"type": "chatAccess", "canSend": false, "restriction": f{"type": "ban", "reason": "spam", "expiresAt": nil}},
			{"type": "chatAccess", "canSend": false, "restriction": f{"type": "ban", "reason": "spam", "expiresAt": nil}},
			{"type": "chatAccess", "canSend": true, "restriction": nil},
		}, []string{"access user say=false ban=false for ever spam", "access user say=true ban=false for ever"}},
		{"moderationError", []f{{"type": "moderationError", "code": "NEW_CODE", "message": "what?"}}, []string{"error internal NEW_CODE: what?"}},
		{"pong", []f{{"type": "pong"}}, nil},
		{"emojiMsgResponse nobody asked for", []f{{"type": "emojiMsgResponse", "emojis": f{}}}, []string{`raw "emojiMsgResponse" {"emojis":{},"type":"emojiMsgResponse"}`}},
		{"emojiSearchResponse nobody asked for", []f{{"type": "emojiSearchResponse", "results": []string{}}}, []string{`raw "emojiSearchResponse" {"results":[],"type":"emojiSearchResponse"}`}},
		{"session once more", []f{{"type": "session", "viewer": f{"id": "b_plainbot", "username": "plainbot"}, "moderation": f{"slowModeSeconds": 3, "maxMessageLength": 400}}}, []string{"mode slow true 3"}},
		{"a type of the future", []f{{"type": "poll", "message": f{"any": "thing"}}}, []string{`raw "poll" {"message":{"any":"thing"},"type":"poll"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in(t, func(r *rig) {
				r.start()
				r.Tells("connect plainbot", "mode slow false 0", "mode text_max true 400", "mode blocked_terms false 0")
				for _, frame := range tt.frames {
					r.Broadcast("lounge", frame)
				}
				r.Tells(tt.want...)
			})
		})
	}
}

// TestErrors has a row for each code of an error: what causes it, what becomes of the
// action, and what is told.
func TestErrors(t *testing.T) {
	tests := []struct {
		code  string
		who   string // a bot's key, or a user
		do    func(r *rig) engine.Receipt
		want  engine.Code
		retry time.Duration
		story []string
	}{
		{"RATE_LIMIT", hctvtest.PlainBotKey, func(r *rig) engine.Receipt {
			for i := range 8 {
				r.says(fmt.Sprint(i))
			}
			r.Story()
			return r.Does(r.say("too much"), engine.Failed, engine.RateLimited)
		}, engine.RateLimited, 10 * time.Second, []string{"error rate_limited RATE_LIMIT: You are sending messages too fast."}},
		{"SLOW_MODE", hctvtest.PlainBotKey, func(r *rig) engine.Receipt {
			r.Configure("lounge", hctvtest.Settings{Slow: 5 * time.Second})
			r.says("one")
			r.Story()
			return r.Does(r.say("two"), engine.Failed, engine.RateLimited)
		}, engine.RateLimited, 5600 * time.Millisecond, []string{"mode slow true 5", "error rate_limited SLOW_MODE: Slow mode is on. Wait 5s."}},
		{"TIMED_OUT", "alice", func(r *rig) engine.Receipt {
			r.Restrict("lounge", "u_alice", "calm down", time.Minute)
			return r.Does(r.say("hi"), engine.Failed, engine.Denied)
		}, engine.Denied, time.Minute, []string{"access user say=false ban=false 1m0s calm down", "error denied TIMED_OUT: You are currently timed out in this chat."}},
		{"BANNED", "alice", func(r *rig) engine.Receipt {
			r.Restrict("lounge", "u_alice", "spam", 0)
			return r.Does(r.say("hi"), engine.Failed, engine.Denied)
		}, engine.Denied, 0, []string{"access user say=false ban=false for ever spam", "error denied BANNED: You are currently banned from this chat."}},
		{"MESSAGE_TOO_LONG", hctvtest.PlainBotKey, func(r *rig) engine.Receipt {
			r.Configure("lounge", hctvtest.Settings{MaxLength: 60})
			return r.Does(r.say(strings.Repeat("x", 61)), engine.Failed, engine.Invalid)
		}, engine.Invalid, 0, []string{"mode text_max true 60", "error invalid MESSAGE_TOO_LONG: Message exceeds 60 characters."}},
		{"BLOCKED_TERM", hctvtest.PlainBotKey, func(r *rig) engine.Receipt {
			r.Configure("lounge", hctvtest.Settings{Blocked: []string{"badword"}})
			return r.Does(r.say("a BADWORD here"), engine.Failed, engine.Invalid)
		}, engine.Invalid, 0, []string{"mode blocked_terms true 0", "error invalid BLOCKED_TERM: Message blocked by channel moderation."}},
		{"FORBIDDEN", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			return r.Does(engine.Ban{Room: r.room, User: ref("u_manager")}, engine.Failed, engine.Denied)
		}, engine.Denied, 0, []string{"error denied FORBIDDEN: You cannot moderate a user with an equal or higher role than yours."}},
		{"FORBIDDEN", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			r.SetRole("lounge", "b_modbot", "")
			return r.Does(engine.Ban{Room: r.room, User: ref("u_bob")}, engine.Failed, engine.Denied)
		}, engine.Denied, 0, []string{"access user say=true ban=false for ever", "error denied FORBIDDEN: You do not have permission to moderate this chat."}},
		{"INVALID_TARGET", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			return r.Does(engine.Ban{Room: r.room, User: ref("u_owner")}, engine.Failed, engine.Invalid)
		}, engine.Invalid, 0, []string{"error invalid INVALID_TARGET: Invalid moderation target."}},
		{"INVALID_TARGET", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			return r.Does(engine.TimeOut{Room: r.room, User: ref("u_ghost"), Length: time.Minute}, engine.Failed, engine.NotFound)
		}, engine.NotFound, 0, []string{"error not_found INVALID_TARGET: Target user no longer exists."}},
		{"INVALID_REQUEST", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			id := r.Does(r.say("hi"), engine.Echoed, "").Message
			r.Story()
			r.Swallow(true) // the adapter never sends what would cause it
			got := make(chan engine.Receipt, 1)
			r.Session.Do(r.Context(), engine.Delete{Room: r.room, Message: id}, func(rc engine.Receipt) { got <- rc })
			r.Settle()
			r.Broadcast("lounge", map[string]any{"type": "moderationError", "code": "INVALID_REQUEST", "message": "Invalid message id."})
			return <-got
		}, engine.Invalid, 0, []string{"error invalid INVALID_REQUEST: Invalid message id."}},
		{"NOT_FOUND", hctvtest.ModBotKey, func(r *rig) engine.Receipt {
			return r.Does(engine.Delete{Room: r.room, Message: "gone"}, engine.Failed, engine.NotFound)
		}, engine.NotFound, 0, []string{"error not_found NOT_FOUND: Message not found."}},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		seen[tt.code] = true
		t.Run(tt.code, func(t *testing.T) {
			in(t, func(r *rig) {
				if r.settings.Token = engine.Secret(tt.who); !strings.HasPrefix(tt.who, "hctvb_") {
					r.as(tt.who)
				}
				r.start()
				r.Story()
				rc := tt.do(r)
				if engine.CodeOf(rc.Error()) != tt.want || rc.Err.RetryAfter.Round(100*time.Millisecond) != tt.retry {
					r.Errorf("%v, code %q, again after %v; want %q after %v", rc.Err, engine.CodeOf(rc.Error()), rc.Err.RetryAfter, tt.want, tt.retry)
				}
				r.Tells(tt.story...)
			})
		})
	}
	if len(seen) != 10 {
		t.Errorf("%d codes are tried, there are 10", len(seen))
	}
}

// TestCommands calls each native command and looks at the frame that comes back.
func TestCommands(t *testing.T) {
	type p = map[string]any
	tests := []struct {
		name   string
		params p
		want   string // type of the answer
	}{
		{"ping", nil, "pong"},
		{"message", p{"message": "  hi "}, "message"},
		{"mod:timeoutUser", p{"targetUserId": "u_bob", "durationSeconds": 1.0, "reason": "r"}, "systemMsg"},
		{"mod:liftTimeout", p{"targetUserId": "u_bob"}, "systemMsg"},
		{"mod:banUser", p{"targetUserId": "u_bob"}, "systemMsg"},
		{"mod:unbanUser", p{"targetUserId": "u_bob"}, "systemMsg"},
		{"emojiMsg", p{"emojis": []any{"aga", "nope", "aga"}}, "emojiMsgResponse"},
		{"emojiSearch", p{"searchTerm": "yay"}, "emojiSearchResponse"},
	}
	in(t, func(r *rig) {
		r.settings = settingsWith(hctvtest.ModBotKey)
		r.start()
		tried := map[string]bool{}
		for _, tt := range tests {
			tried[tt.name] = true
			rc := r.Does(engine.Call{Room: r.room, Name: tt.name, Params: tt.params}, engine.Echoed, "")
			if answer, _ := rc.Answer.(p); answer["type"] != tt.want {
				r.Errorf("%s: the answer is %v, want a %s", tt.name, rc.Answer, tt.want)
			}
		}
		said := r.Does(r.say("to be deleted"), engine.Echoed, "")
		rc := r.Does(engine.Call{Room: r.room, Name: "mod:deleteMessage", Params: p{"msgId": string(said.Message)}}, engine.Echoed, "")
		if answer, _ := rc.Answer.(p); answer["type"] != "messageDeleted" {
			r.Errorf("mod:deleteMessage: the answer is %v", rc.Answer)
		}
		tried["mod:deleteMessage"] = true
		for _, c := range hctv.Adapter.Commands {
			if !tried[c.Name] {
				r.Errorf("%s is not tried", c.Name)
			}
		}
		for _, bad := range []engine.Call{
			{Name: "mod:kickUser"}, {Name: "message"}, {Name: "message", Params: p{"message": 7.0}}, {Name: "message", Params: p{"message": " \n"}},
			{Name: "emojiMsg", Params: p{"emojis": []any{1.0}}}, {Name: "emojiMsg", Params: p{"emojis": []any{}}}, {Name: "emojiSearch", Params: p{"searchTerm": ""}},
			{Name: "ping", Params: p{"id": "1"}},
		} {
			before := len(r.Server.Requests())
			if rc := engine.Do(r.Context(), r.Session, bad); rc.Status != engine.Failed || len(r.Server.Requests()) != before {
				r.Errorf("%+v: %s %v", bad, rc.Status, rc.Err)
			}
		}
	})
}

// The receipts of moderation, and what the room and the bot hear of it.
func TestModeration(t *testing.T) {
	in(t, func(r *rig) {
		r.settings = settingsWith(hctvtest.ModBotKey)
		r.start()
		bob := r.Join("lounge", "bob")
		bob.Say("hello")
		r.Story()
		byName := engine.UserRef{Name: "bob"}
		r.Does(engine.TimeOut{Room: r.room, User: byName, Length: time.Second, Reason: "  " + strings.Repeat("r", 300)}, engine.Echoed, "")
		r.Does(engine.Unmute{Room: r.room, User: byName}, engine.Echoed, "")
		r.Does(engine.Ban{Room: r.room, User: byName}, engine.Echoed, "")
		r.Does(engine.TimeOut{Room: r.room, User: byName, Length: time.Minute}, engine.Failed, engine.Conflict)
		r.Does(engine.Unban{Room: r.room, User: byName}, engine.Echoed, "")
		r.Does(engine.Ban{Room: r.room, User: byName, Length: time.Hour}, engine.Echoed, "")
		r.Does(engine.Ban{Room: r.room, User: byName, Length: 25 * time.Hour}, engine.Failed, engine.Invalid)
		r.Does(engine.TimeOut{Room: r.room, User: engine.UserRef{Name: "carol"}, Length: time.Minute}, engine.Failed, engine.NotFound)
		r.says("I am a bot")
		r.Does(engine.Ban{Room: r.room, User: ref("b_modbot")}, engine.Failed, engine.Invalid)
		r.Tells("timeout bob(u_bob) 10s by me", "unban bob(u_bob) by me", "ban bob(u_bob) by me", "unban bob(u_bob) by me", "timeout bob(u_bob) 1h0m0s by me", "me: I am a bot")
		for _, f := range bob.Frames() {
			told, _ := f["restriction"].(map[string]any)
			if reason, ok := told["reason"].(string); ok && reason != "Banned by moderator" && reason != "Timed out by moderator" && reason != strings.Repeat("r", 250) {
				r.Errorf("bob was told %q as the reason", reason)
			}
		}
	})
}

// Nobody moderates themself, whatever else is known of them: it is refused without asking,
// as what another does to the same account at that moment would prove it.
func TestModeratesItself(t *testing.T) {
	in(t, func(r *rig) {
		r.as("manager")
		r.start()
		me := r.Join("lounge", "manager")
		me.Say("hello")
		owner := r.Join("lounge", "owner")
		owner.Handle([]byte(`{"type":"mod:banUser","targetUserId":"u_manager"}`))
		r.Settle()
		for _, a := range []engine.Action{
			engine.TimeOut{Room: r.room, User: engine.UserRef{Name: "manager"}, Length: time.Minute}, engine.Unban{Room: r.room, User: ref("u_manager")},
			engine.Ban{Room: r.room, User: ref("u_manager")}, engine.Unmute{Room: r.room, User: engine.UserRef{Name: "manager"}},
		} {
			before := len(r.Server.Requests())
			r.Does(a, engine.Failed, engine.Invalid)
			if len(r.Server.Requests()) != before {
				r.Errorf("%+v was sent", a)
			}
		}
	})
}

// A bot that was promoted learns so by a call that works, and by the answer what it may.
func TestPromoted(t *testing.T) {
	in(t, func(r *rig) {
		r.start()
		r.Story()
		r.Does(engine.Ban{Room: r.room, User: ref("u_bob")}, engine.Failed, engine.Unsupported)
		r.SetRole("lounge", "b_plainbot", hctvtest.BotModerator)
		r.Does(engine.Call{Room: r.room, Name: "mod:banUser", Params: map[string]any{"targetUserId": "u_bob"}}, engine.Echoed, "")
		r.Does(engine.Unban{Room: r.room, User: ref("u_bob")}, engine.Echoed, "")
		r.Tells("access moderator say=true ban=true for ever", "ban bob(u_bob) by me", "unban bob(u_bob) by me")
	})
}

// A person who is timed out sends nothing, says until when, and is free without a word of
// the server.
func TestTimedOut(t *testing.T) {
	in(t, func(r *rig) {
		r.as("alice")
		r.start()
		r.says("hi")
		mod := r.Join("lounge", "mod")
		mod.Send(map[string]any{"type": "mod:timeoutUser", "targetUserId": "u_alice", "durationSeconds": 60.0, "reason": "calm down"})
		r.Story()
		before := r.sent("message")
		rc := r.Does(r.say("but"), engine.Failed, engine.Denied)
		if !strings.Contains(rc.Err.Msg, "calm down") || rc.Err.RetryAfter < 50*time.Second || r.sent("message") != before {
			r.Errorf("%v, again after %v, %d messages sent", rc.Err, rc.Err.RetryAfter, r.sent("message")-before)
		}
		r.Tells()
		time.Sleep(time.Minute)
		r.Tells("access user say=true ban=false for ever")
		r.says("free again")
	})
}

// What stays without an answer is unknown in time, and the next is sent then.
func TestSilence(t *testing.T) {
	in(t, func(r *rig) {
		r.start()
		r.Swallow(true)
		first, second := make(chan engine.Receipt, 1), make(chan engine.Receipt, 1)
		begun := time.Now()
		r.Session.Do(r.Context(), r.say("one"), func(rc engine.Receipt) { first <- rc })
		r.Session.Do(r.Context(), r.say("two"), func(rc engine.Receipt) { second <- rc })
		r.Settle()
		if n := r.sent("message"); n != 1 {
			r.Errorf("%d messages are on the way, want one", n)
		}
		if rc := <-first; rc.Status != engine.Unknown || time.Since(begun) > 11*time.Second {
			r.Errorf("after %v: %+v", time.Since(begun), rc)
		}
		r.Swallow(false)
		r.Settle()
		if n := r.sent("message"); n != 2 {
			r.Errorf("%d messages were sent, want two", n)
		}
		<-second
		r.Does(engine.Emoji{Room: r.room, Names: []string{"yay"}}, engine.Echoed, "")
	})
}

// Reconnects tell nothing twice, what was missed as history, and of a gap only where
// more was missed than the server keeps. So does a restart.
func TestHistory(t *testing.T) {
	in(t, func(r *rig) {
		post := func(from, to int) {
			for i := from; i < to; i++ {
				r.Post("lounge", "u_owner", fmt.Sprint("m", i), 0)
			}
		}
		post(0, 3)
		r.start()
		r.Tells("connect plainbot", "mode slow false 0", "mode text_max true 400", "mode blocked_terms false 0", "owner said: m0", "owner said: m1", "owner said: m2")
		post(3, 4)
		r.Tells("owner: m3")
		r.wire.Break(adaptertest.Drop)
		r.Wait()
		post(4, 6)
		r.Begin()
		r.Tells("connect plainbot", "owner said: m4", "owner said: m5")
		r.Stop()
		r.make() // the daemon restarts
		post(6, 7)
		r.Begin()
		r.Tells("connect plainbot", "mode slow false 0", "mode text_max true 400", "mode blocked_terms false 0", "owner said: m6")
		post(7, 8)
		r.Tells("owner: m7")
		r.Stop()
		time.Sleep(2 * time.Hour)
		post(8, 120)
		r.Begin()
		if story := r.Story(); !strings.HasPrefix(story, "connect plainbot\ngap of 2h0m0s\nowner said: m20\n") || strings.Count(story, "said") != 100 {
			r.Errorf("after more than the history holds:\n%s", story)
		}
		r.Stop()
		post(120, 219) // one of those it knows is still there
		r.Begin()
		if story := r.Story(); !strings.HasPrefix(story, "connect plainbot\nowner said: m120\n") {
			r.Errorf("without a gap:\n%s", story)
		}
	})
}

// A message said between the login and the history is told once, as it came back.
func TestSaidBeforeHistory(t *testing.T) {
	in(t, func(r *rig) {
		r.Greet(hctvtest.Greeting{History: time.Second})
		r.Post("lounge", "u_owner", "old", 0)
		r.start()
		r.Story()
		r.says("early")
		time.Sleep(time.Second)
		r.Tells("me: early", "owner said: old")
	})
}

func TestLogin(t *testing.T) {
	t.Run("another account", func(t *testing.T) {
		in(t, func(r *rig) {
			r.settings.Name = "modbot"
			r.start()
			r.Ended(engine.Denied, "we are plainbot, the configuration says modbot")
			r.Tells()
		})
	})
	t.Run("the account", func(t *testing.T) {
		in(t, func(r *rig) {
			r.settings.Name = "plainbot"
			r.start()
			r.says("it is me")
		})
	})
	t.Run("a grant reads", func(t *testing.T) {
		in(t, func(r *rig) {
			r.settings = settingsWith("")
			r.settings.Grant = engine.Secret(hctvtest.Grant("lounge"))
			r.start()
			r.Join("lounge", "alice").Say("hi")
			r.Tells("connect overlay", "mode slow false 0", "mode text_max true 400", "mode blocked_terms false 0", "alice: hi")
			r.Does(r.say("hi"), engine.Failed, engine.Unsupported)
			r.Does(engine.Emoji{Room: r.room, Names: []string{"yay"}}, engine.Failed, engine.Unsupported)
		})
	})
	t.Run("no session", func(t *testing.T) {
		in(t, func(r *rig) {
			r.Greet(hctvtest.Greeting{Session: time.Minute})
			r.start()
			r.Does(r.say("early"), engine.Failed, engine.NotConnected)
			time.Sleep(20 * time.Second)
			r.Ended(engine.Timeout, "did not say who we are")
			time.Sleep(time.Minute)
		})
	})
	for _, base := range []string{"ws://simulator/api/stream/chat/ws", "ws://simulator/api/chat/ws/"} {
		t.Run(base, func(t *testing.T) {
			in(t, func(r *rig) {
				r.settings.URL = base
				r.start()
				r.says("on this path")
			})
		})
	}
}

// A key that is revoked while the bot was in gets more patience than one that never
// worked, and neither gets tried for ever.
func TestRefusedLogins(t *testing.T) {
	for name, tries := range map[string]int{"stranger": 3, "regular": 5} {
		t.Run(name, func(t *testing.T) {
			in(t, func(r *rig) {
				if name == "regular" {
					r.start()
					r.Stop()
				}
				r.Rotate(hctvtest.PlainBotKey, hctvtest.PlainBotKey2)
				if r.Session == nil {
					r.make()
				}
				var waited time.Duration
				for i := range tries {
					r.Begin()
					if i == tries-1 {
						r.Ended(engine.Denied, "token")
						break
					}
					r.Ended(engine.NotConnected, "without a word")
					pause := engine.AsError(r.Wait()).RetryAfter
					if waited += pause; pause <= 0 {
						t.Error("no pause is asked for")
					}
					time.Sleep(pause)
				}
				if waited > 10*time.Minute {
					t.Errorf("it took %v", waited)
				}
				r.Rotate(hctvtest.PlainBotKey2, hctvtest.PlainBotKey)
				r.Begin() // somebody restarts it
				r.says("back")
			})
		})
	}
}

func TestSettings(t *testing.T) {
	for name, change := range map[string]func(*hctv.Settings){
		"no credential":  func(s *hctv.Settings) { s.Token = "" },
		"two":            func(s *hctv.Settings) { s.Cookie = "x" },
		"no bot's key":   func(s *hctv.Settings) { s.Token = "secret" },
		"header in key":  func(s *hctv.Settings) { s.Token = "hctvb_1\r\nX: y" },
		"no address":     func(s *hctv.Settings) { s.URL = "https://hackclub.tv" },
		"query":          func(s *hctv.Settings) { s.URL += "?botAuth=hctvb_1" },
		"no messages":    func(s *hctv.Settings) { s.Messages = 0 },
		"no window":      func(s *hctv.Settings) { s.Window = 0 },
		"channel":        nil,
		"several rooms ": nil,
	} {
		t.Run(name, func(t *testing.T) {
			set, rooms := settingsWith(hctvtest.PlainBotKey), []engine.RoomID{"lounge"}
			switch {
			case change != nil:
				change(set)
			case name == "channel":
				rooms[0] = "../admin"
			default:
				rooms = append(rooms, "early")
			}
			_, err := hctv.Adapter.New(set, engine.Env{Rooms: rooms})
			if engine.CodeOf(err) != engine.Invalid || strings.Contains(fmt.Sprint(err), "hctvb_0") {
				t.Errorf("%v, code %q", err, engine.CodeOf(err))
			}
		})
	}
}
