package luaapi_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func failing(b *luaapitest.Bot) {
	b.Answer = func(script.Request) engine.Receipt {
		return engine.Fail(&engine.Error{Code: engine.RateLimited, Op: "secret", Msg: "slow down", RetryAfter: 1500 * time.Millisecond})
	}
}

// TestActions checks what each verb asks for.
func TestActions(t *testing.T) {
	const lobby = luaapitest.Room
	ann := engine.UserRef{ID: "id-ann", Name: "ann"}
	tests := []struct {
		code string
		want engine.Action
	}{
		{`room:say("hi")`, engine.Say{Room: lobby, Text: "hi"}},
		{`room:say("hi", {wait = true})`, engine.Say{Room: lobby, Text: "hi"}},
		{`room:emote("waves")`, engine.Emote{Room: lobby, Text: "waves"}},
		{`room:set_topic("t")`, engine.SetTopic{Room: lobby, Text: "t"}},
		{`room:slow("10s")`, engine.Slow{Room: lobby, Interval: 10 * time.Second}},
		{`room:slow(0)`, engine.Slow{Room: lobby}},
		{`room:subscribers_only(true)`, engine.SubscribersOnly{Room: lobby, On: true}},
		{`room:lock(false)`, engine.Lock{Room: lobby}},
		{`room:clear()`, engine.Clear{Room: lobby}},
		{`room:invite(ann)`, engine.Invite{Room: lobby, User: ann}},
		{`room:invite("eve", "attic")`, engine.Invite{Room: lobby, User: engine.UserRef{Name: "eve"}, To: "attic"}},
		{`room:leave()`, engine.Leave{Room: lobby}},
		{`room:move("attic")`, engine.Move{Room: lobby, To: "attic"}},
		{`ann:move("attic")`, engine.Move{Room: lobby, User: ann, To: "attic"}},
		{`room:call("x")`, engine.Call{Room: lobby, Name: "x"}},
		{`ann:whisper("psst")`, engine.Whisper{Room: lobby, User: ann, Text: "psst"}},
		{`ann:mute()`, engine.Mute{Room: lobby, User: ann}},
		{`ann:mute(nil, "spam")`, engine.Mute{Room: lobby, User: ann, Reason: "spam"}},
		{`ann:mute("5m", "spam")`, engine.TimeOut{Room: lobby, User: ann, Length: 5 * time.Minute, Reason: "spam"}},
		{`ann:unmute()`, engine.Unmute{Room: lobby, User: ann}},
		{`ann:timeout(90, "caps")`, engine.TimeOut{Room: lobby, User: ann, Length: 90 * time.Second, Reason: "caps"}},
		{`ann:kick("bye")`, engine.Kick{Room: lobby, User: ann, Reason: "bye"}},
		{`ann:ban()`, engine.Ban{Room: lobby, User: ann}},
		{`ann:ban{d = "1h30m", reason = "r", address = true}`, engine.Ban{Room: lobby, User: ann, Length: 90 * time.Minute, Reason: "r", Address: true}},
		{`ann:unban()`, engine.Unban{Room: lobby, User: ann}},
		{`ann:grant("moderator")`, engine.SetRole{Room: lobby, User: ann, Role: engine.Moderator}},
		{`ann:revoke("moderator")`, engine.SetRole{Room: lobby, User: ann, Role: engine.Moderator, Revoke: true}},
		{`room:emoji{"yay", "nope"}`, engine.Emoji{Room: lobby, Names: []string{"yay", "nope"}}},
		{`room:emoji_search("ya")`, engine.SearchEmoji{Room: lobby, Term: "ya"}},
		{`session:join("attic")`, engine.Join{Room: "attic"}},
		{`session:join("lobby/attic")`, engine.Join{Room: "attic"}},
		{`session:leave(room)`, engine.Leave{Room: lobby}},
		{`session:rename("botty")`, engine.Rename{Name: "botty"}},
		{`session:rename("botty", room)`, engine.Rename{Room: lobby, Name: "botty"}},
		{`session:call("changenick", {nick = "x", list = {1, 2}})`, engine.Call{Name: "changenick", Params: map[string]any{"nick": "x", "list": []any{1.0, 2.0}}}},
		{`session:call("x", nil, room)`, engine.Call{Room: lobby, Name: "x"}},
		{`room:say("a"):edit("b")`, engine.Edit{Room: lobby, Message: "sent1", Text: "b"}},
		{`room:say("a"):append("b")`, engine.Edit{Room: lobby, Message: "sent1", Text: "b", Append: true}},
		{`room:say("a"):delete()`, engine.Delete{Room: lobby, Message: "sent1", Own: true}},
		{`room:say("a"):react("+1")`, engine.React{Room: lobby, Message: "sent1", Emoji: "+1"}},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				got, problem := b.Eval(`local room = bot.room("lobby/lobby") local ann, session = room:user("ann"), room.session
					local r, err = ` + tt.code + ` out(r ~= nil, err)`)
				if got != "true nil" || problem != "" {
					t.Errorf("printed %q, error %q", got, problem)
				}
				actions := b.Actions()
				if len(actions) == 0 {
					t.Fatal("nothing was done")
				}
				if diff := cmp.Diff(tt.want, actions[len(actions)-1]); diff != "" {
					t.Errorf("action (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestSayOptions(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		_, problem := b.Eval(`local room = bot.room("lobby/lobby")
			room:say("a") room:say("b", {lane = "relay", drop_after = "30s", split = false}) room:say("c", {split = true})
			room:lock(true)`)
		if problem != "" {
			t.Fatal(problem)
		}
		var got []script.Request
		for _, r := range b.Requests() {
			r.Origin, r.Action = script.Origin{}, nil
			got = append(got, r)
		}
		want := []script.Request{
			{Session: "lobby", Lane: engine.LaneReply},
			{Session: "lobby", Lane: engine.LaneRelay, DropAfter: 30 * time.Second, NoSplit: true, Durable: true},
			{Session: "lobby", Lane: engine.LaneReply},
			{Session: "lobby", Lane: engine.LaneModeration},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// TestReceipts checks what a script knows of a message, and when.
func TestReceipts(t *testing.T) {
	slow := func(b *luaapitest.Bot) { b.Delay = time.Second }
	runSnippets(t, slow, []snippet{
		{"not yet known", `local m = bot.room("lobby/lobby"):say("x") out(m.id, m.receipt, m.text, m)`, "nil nil x x", ""},
		{"known later", `local m = bot.room("lobby/lobby"):say("x") sleep(2) out(m.id, m.receipt.status)`, "", ""},
	})
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Delay = time.Second
		b.Must(`bot.spawn(function()
			local room = bot.room("lobby/lobby")
			local start = time.now()
			local m = room:say("x", {wait = true})
			log.info(m.id .. " " .. m.receipt.status .. " " .. time.now() - start)
			m = room:say("y")
			assert(m:edit("z"))
			log.info(m.text .. " " .. m.id .. " " .. time.now() - start)
			local kept = bot.room("lobby/lobby"):say("w")
			sleep(1.5)
			log.info(kept.id)
		end)`)
		time.Sleep(10 * time.Second)
		b.Settle()
		want := []string{"sent1 echoed 1", "z sent2 3", "sent4"}
		for i, l := range b.Logs() {
			if i >= len(want) || l.Msg != want[i] {
				t.Errorf("line %d: %q", i, l.Msg)
			}
		}
		if len(b.Logs()) != len(want) || len(b.Errors()) > 0 {
			t.Errorf("%d lines, errors %v", len(b.Logs()), b.Errors())
		}
	})
}

func TestNativeAnswers(t *testing.T) {
	answer := func(v any) func(b *luaapitest.Bot) {
		return func(b *luaapitest.Bot) {
			b.Answer = func(script.Request) engine.Receipt { return engine.Receipt{Status: engine.Echoed, Answer: v} }
			b.Natives = []engine.Command{{Name: "who", Doc: "asks", Params: []engine.Param{{Name: "nick", Type: "string", Optional: true}}}}
		}
	}
	runSnippets(t, answer(map[string]any{"a": []any{1.0, nil, "x"}, "b": nil}), []snippet{
		{"answer", `local a = bot.session("lobby"):call("who") out(#a.a, a.a[2], a.b, json.encode(a))`, `2 x nil {"a":[1,"x"]}`, ""},
		{"commands", `local c = bot.session("lobby"):commands()[1] out(c.name, c.doc, c.params[1].name, c.params[1].optional)`, "who asks nick true", ""},
	})
	runSnippets(t, answer(nil), []snippet{
		{"no answer", `out(bot.session("lobby"):call("who"))`, "true", ""},
		{"wrong session", `bot.session("lobby"):join(bot.room("lobby/lobby")) out("fine")`, "fine", ""},
	})
}

func TestEmoji(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Answer = func(r script.Request) engine.Receipt {
			rec := engine.Receipt{Status: engine.Echoed}
			switch r.Action.(type) {
			case engine.Emoji:
				rec.Answer = map[string]any{"yay": "https://emoji.example.test/yay.png"}
			case engine.SearchEmoji:
				rec.Answer = []any{"yay", "yay-bounce"}
			}
			return rec
		}
		got, problem := b.Eval(`local room = bot.room("lobby/lobby")
			local urls, names = room:emoji{"yay", "nope"}, room:emoji_search("ya")
			out(urls.yay, urls.nope, #names, names[2], room:can("emoji"))`)
		if want := "https://emoji.example.test/yay.png nil 2 yay-bounce true"; got != want || problem != "" {
			t.Errorf("printed %q, error %q, want %q", got, problem, want)
		}
	})
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		failing(b)
		got, problem := b.Eval(`local room = bot.room("lobby/lobby")
			local _, a = room:emoji{"yay"} local _, b = room:emoji_search("ya") out(a.code, b.code)`)
		if got != "rate_limited rate_limited" || problem != "" {
			t.Errorf("printed %q, error %q", got, problem)
		}
	})
}

// Where nobody is told of those who come and go, the session is asked about people.
func TestUserWithoutPresence(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Can.Can = engine.AllCaps.Without(engine.CapPresence)
		b.Answer = func(r script.Request) engine.Receipt {
			info, _ := r.Action.(engine.UserInfo)
			if info.User.Name != "eve" {
				return engine.Fail(engine.Errorf(engine.NotFound, "never seen"))
			}
			return engine.Receipt{Status: engine.Echoed, Users: []engine.User{{ID: "id-eve", Name: "eve"}}}
		}
		got, problem := b.Eval(`local room = bot.room("lobby/lobby")
			local eve, nobody, err = room:user("eve"), room:user("zoe")
			local _, err = room:user("zoe")
			out(eve.id, nobody, err.code)`)
		if got != "id-eve nil not_found" || problem != "" {
			t.Errorf("printed %q, error %q", got, problem)
		}
	})
	luaapitest.Run(t, func(b *luaapitest.Bot) { // nor are commands
		b.Can.Can = engine.AllCaps.Without(engine.CapPresence)
		b.Must(`bot.command{"x", args = "who:user", run = function(ev, a) log.info("found " .. a.who.id) end}`)
		b.Answer = func(r script.Request) engine.Receipt {
			info, asks := r.Action.(engine.UserInfo)
			if asks && info.User.Name != "eve" {
				return engine.Fail(engine.Errorf(engine.NotFound, "never seen"))
			}
			return engine.Receipt{Status: engine.Echoed, Users: []engine.User{{ID: "id-eve", Name: "eve"}}}
		}
		b.Says("ann", "!x @eve")
		if logs := b.Logs(); len(logs) != 1 || logs[0].Msg != "found id-eve" {
			t.Errorf("logged %v", logs)
		}
		b.Says("ann", "!x zoe")
		if logs := b.Logs(); len(logs) != 1 { // as before
			t.Errorf("logged %v", logs)
		}
	})
}
