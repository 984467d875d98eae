package luaapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/luaapi/luaapitest"
)

// handles loads a handler of one kind of event, lets the event happen and returns what
// the handler logged.
func handles(t *testing.T, ev engine.Event, code string) (output string) {
	t.Helper()
	return handlesWith(t, func(*luaapitest.Bot) {}, ev, code)
}

// handlesWith is handles in a world that prepare has changed.
func handlesWith(t *testing.T, prepare func(*luaapitest.Bot), ev engine.Event, code string) (output string) {
	t.Helper()
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		prepare(b)
		b.Must(`bot.on("` + string(ev.Kind()) + `", {self = true, history = true}, function(ev)
			local function out(...) local t = {...} for i = 1, select("#", ...) do t[i] = tostring(t[i]) end log.info(table.concat(t, " ")) end
			` + code + `
		end)`)
		b.Event(ev)
		var lines []string
		for _, l := range b.Logs() {
			lines = append(lines, l.Msg)
		}
		for _, e := range b.Errors() {
			lines = append(lines, "error: "+e.Error())
		}
		output = strings.Join(lines, "\n")
	})
	return output
}

func TestEventFields(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	ann, bob := luaapitest.User("ann"), luaapitest.User("bob")
	line := engine.Event{ID: "E1", At: at, User: ann, Extra: map[string]any{"cmd": "chat", "n": 1.0, "nothing": nil},
		Body: engine.Message{ID: "m7", Text: "hi  there botd", ReplyTo: "m1", Color: "f00"}}
	tests := []struct {
		name string
		ev   engine.Event
		code string
		want string
	}{
		{"what, where, who", line, `out(ev.kind, ev.id, ev.time, ev.session, ev.platform, ev.room, ev.user, ev.user.name)`, "message E1 1772366400.25 lobby local lobby/lobby ann ann"},
		{"message", line, `out(ev.text, #ev.words, ev.words[2], ev.private, ev.emote, ev.history, ev.self, ev.reply_to, ev.mentions_me, ev.message_id, ev.color)`,
			"hi  there botd 3 there false false false false m1 true m7 f00"},
		{"extra", line, `out(ev.extra.cmd, ev.extra.n, ev.extra.nothing, rawequal(ev.extra, ev.extra))`, "chat 1 nil true"},
		{"one object for all reads", line, `out(rawequal(ev.user, ev.user), ev.room == bot.room("lobby/lobby"), rawequal(ev.words, ev.words))`, "true true true"},
		{"field of another kind", line, `out(ev.target, ev.reason, ev.users)`, "nil nil nil"},
		{"no such field", line, `out(ev.txt)`, `error: test.lua:3: event: unknown field or method "txt", did you mean "text"?`},
		{"no such method", line, `ev:repli("x")`, `error: test.lua:3: event: unknown field or method "repli", did you mean "reply"?`},
		{"tostring", line, `out(ev)`, "message event E1"},
		{"self and history", engine.Event{Self: true, History: true, Body: engine.Message{}}, `out(ev.self, ev.history, ev.user, #ev.words, ev.text == "")`, "true true nil 0 true"},
		{"session event", engine.Event{Session: "hc", Platform: "hackchat", Body: engine.Connected{Me: luaapitest.Me}}, `out(ev.room, ev.user, ev.session, ev.me)`, "nil nil hc botd"},
		{"target", engine.Event{User: ann, Body: engine.Banned{Target: bob, Length: 90 * time.Second, Reason: "spam"}}, `out(ev.user, ev.target, ev.target.id, ev.length, ev.reason, ev.target == ev.room:user("bob"), ev.address)`,
			"ann bob id-bob 90 spam true "},
		{"users", engine.Event{Body: engine.Roster{Users: []engine.User{ann, bob}}}, `out(#ev.users, ev.users[2]:mention())`, "2 @bob"},
		{"nobody", engine.Event{Body: engine.Invited{To: "attic"}}, `out(ev.to, ev.target)`, "attic nil"},
		{"access", engine.Event{Body: engine.AccessChanged{Role: engine.Admin, Can: engine.Caps(engine.CapSay, engine.CapBan), Until: at}}, `out(ev.role, ev.can[1], ev.can[2], ev["until"])`, "admin say ban 1772366400.25"},
		{"poll", engine.Event{Body: engine.PollChanged{Poll: "p", Options: []engine.PollOption{{Text: "yes", Votes: 2}}}}, `out(ev.poll, ev.options[1].text, ev.options[1].votes)`, "p yes 2"},
		{"own event", engine.Event{Body: engine.Custom{Name: "karma.changed", Data: map[string]any{"n": 2.0}, From: "karma"}}, `out(ev.kind, ev.data.n, ev.from, ev.name, ev.session, ev.room)`, "karma.changed 2 karma karma.changed nil nil"},
		{"table", line, `local t = ev:table() out(type(t), t.kind, t.text, t.room.id, t.user.name, t.user.role, t.time, t.extra.cmd, t.reply_to) t.text = "mine" out(t.text, ev.text)`,
			"table message hi  there botd lobby ann user 1772366400.25 chat m1\nmine hi  there botd"},
		{"table as json", engine.Event{ID: "E", At: at, Body: engine.Joined{}}, `out(json.encode(ev:table()))`,
			`{"history":false,"id":"E","kind":"join","platform":"local","room":{"id":"lobby","name":"Lobby","topic":"welcome"},"self":false,"session":"lobby","time":1772366400.25}`},
		{"pairs", engine.Event{Body: engine.Left{Reason: "quit"}}, `local seen = {} for k, v in pairs(ev) do seen[k] = v end out(seen.kind, seen.reason, seen.reply)`, "leave quit nil"},
		{"stop", line, `ev:stop() out("first")`, "first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := handles(t, tt.ev, tt.code); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestEveryBodyField reads every field of every kind of event.
// TestContact: a script reads how to reach a winner only with the grant, and json has it
// only if the script itself puts it there.
func TestContact(t *testing.T) {
	ev := engine.Event{Body: engine.RaffleChanged{Raffle: "r", Status: "drawn", Winners: []engine.User{luaapitest.User("ann")}, Email: engine.NewPrivate("ann@example.org")}}
	const code = `out(ev.email, ev:table().email, #ev.winners, (json.encode(ev:table()):find("example", 1, true)))`
	if got, want := handles(t, ev, code), "nil nil 1 nil"; got != want {
		t.Errorf("without the grant: %s, want %s", got, want)
	}
	got := handlesWith(t, func(b *luaapitest.Bot) { b.Contacts = true }, ev, code)
	if !strings.HasPrefix(got, "ann@example.org ann@example.org 1 ") || strings.HasSuffix(got, "nil") {
		t.Errorf("with the grant: %s", got)
	}
	if got, want := handlesWith(t, func(b *luaapitest.Bot) { b.Contacts = true }, engine.Event{Body: engine.RaffleChanged{}}, `out(ev.email)`), "nil"; got != want {
		t.Errorf("without a contact: %s, want %s", got, want)
	}
}

func TestEveryBodyField(t *testing.T) {
	for _, body := range engine.Bodies() {
		if c, ok := body.(engine.Custom); ok {
			c.Name = "a.b"
			body = c
		}
		if got := handles(t, engine.Event{Body: body}, `for k in pairs(ev:table()) do local _ = ev[k] end for _ in pairs(ev) do end`); got != "" {
			t.Errorf("%s: %s", body.Kind(), got)
		}
	}
}

func TestEventVerbs(t *testing.T) {
	const lobby = luaapitest.Room
	ann := engine.UserRef{ID: "id-ann", Name: "ann"}
	line := engine.Event{User: luaapitest.User("ann"), Body: engine.Message{ID: "m7", Text: "hi"}}
	private := engine.Event{User: luaapitest.User("ann"), Body: engine.Message{ID: "m7", Text: "hi", Private: true}}
	join := engine.Event{User: luaapitest.User("ann"), Body: engine.Joined{}}
	own := engine.Event{Self: true, User: luaapitest.Me, Body: engine.Message{ID: "m8", Text: "hi"}}
	tests := []struct {
		name, code string
		ev         engine.Event
		want       engine.Action
		output     string
	}{
		{"reply", `ev:reply("yes")`, line, engine.Say{Room: lobby, Text: "yes", ReplyTo: "m7"}, ""},
		{"reply in private", `ev:reply("yes")`, private, engine.Whisper{Room: lobby, User: ann, Text: "yes"}, ""},
		{"reply to a join", `ev:reply("welcome")`, join, engine.Say{Room: lobby, Text: "welcome"}, ""},
		{"whisper", `ev:whisper("psst")`, line, engine.Whisper{Room: lobby, User: ann, Text: "psst"}, ""},
		{"react", `out(ev:react("+1"))`, line, engine.React{Room: lobby, Message: "m7", Emoji: "+1"}, "true"},
		{"take a reaction off", `ev:react("+1", true)`, line, engine.React{Room: lobby, Message: "m7", Emoji: "+1", Remove: true}, ""},
		{"delete", `ev:delete("rude")`, line, engine.Delete{Room: lobby, Message: "m7", Author: ann, Reason: "rude"}, ""},
		{"delete an own one", `ev:delete()`, own, engine.Delete{Room: lobby, Message: "m8", Author: luaapitest.Me.Ref(), Own: true}, ""},
		{"nothing to react to", `out(ev:react("+1"))`, join, nil, "nil unsupported: the message has no id on this network"},
		{"nobody to whisper to", `out(ev:whisper("x"))`, engine.Event{Body: engine.Notice{Text: "x"}}, nil, "nil invalid: the event has no user"},
		{"nowhere to reply", `out(ev:reply("x"))`, engine.Event{Body: engine.Custom{Name: "a.b"}}, nil, "nil invalid: a a.b event without a room has nowhere to reply to"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(`local function out(a, b) log.info(tostring(a) .. (b and " " .. tostring(b) or "")) end
					bot.on("` + string(tt.ev.Kind()) + `", {self = true}, function(ev) ` + tt.code + ` end)`)
				b.Event(tt.ev)
				var got engine.Action
				if all := b.Actions(); len(all) > 0 {
					got = all[0]
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("action (-want +got):\n%s", diff)
				}
				output := ""
				for _, l := range b.Logs() {
					output += l.Msg
				}
				if output != tt.output || len(b.Errors()) > 0 {
					t.Errorf("logged %q, want %q; errors %v", output, tt.output, b.Errors())
				}
			})
		})
	}
}

func TestSubscriptions(t *testing.T) {
	tests := []struct {
		name, code string
		lines      []string // said by ann
		want       []string
	}{
		{"on", `bot.on("message", function(ev) ev:reply("1" .. ev.text) end) bot.on("message", function(ev) ev:reply("2" .. ev.text) end)`, []string{"a", "b"}, []string{"1a", "2a", "1b", "2b"}},
		{"once", `bot.once("message", function(ev) ev:reply(ev.text) end)`, []string{"a", "b"}, []string{"a"}},
		{"once of several kinds", `bot.once({"message", "join"}, function(ev) ev:reply(ev.text) end)`, []string{"a", "b"}, []string{"a"}},
		{"off", `local s s = bot.on({"message", "join"}, function(ev) ev:reply(ev.text) s:off() s:off() end)`, []string{"a", "b"}, []string{"a"}},
		{"stop", `bot.on("message", function(ev) ev:stop() ev:reply("mine") end) bot.on("message", function(ev) ev:reply("never") end)`, []string{"a"}, []string{"mine"}},
		{"filter by user", `bot.on("message", {users = "bob"}, function(ev) ev:reply("bob!") end) bot.on("message", {users = {"x", "ann"}}, function(ev) ev:reply("ann!") end)`, []string{"a"}, []string{"ann!"}},
		{"filter by room", `bot.on("message", {rooms = "hc/*"}, function(ev) ev:reply("hc") end) bot.on("message", {rooms = {"hc/*", "lobby/*"}}, function(ev) ev:reply("lobby") end)`, []string{"a"}, []string{"lobby"}},
		{"filter by role", `bot.on("message", {roles = "moderator"}, function(ev) ev:reply("mod") end) bot.on("message", {roles = "user"}, function(ev) ev:reply("user") end)`, []string{"a"}, []string{"user"}},
		{"filter by network", `bot.on("message", {platforms = "hackchat"}, function(ev) ev:reply("hc") end) bot.on("message", {platforms = "local"}, function(ev) ev:reply("local") end)`, []string{"a"}, []string{"local"}},
		{"filter by text", `bot.on("message", {text = "^(%a+)=(%d+)$"}, function(ev, k, v) ev:reply(k .. " is " .. v) end)`, []string{"a", "x=1"}, []string{"x is 1"}},
		{"filter private", `bot.on("message", {private = true}, function(ev) ev:reply("private") end) bot.on("message", {private = false}, function(ev) ev:reply("public") end)`, []string{"a"}, []string{"public"}},
		{"hear", `bot.hear("(%w+)%+%+", function(ev, who) ev:reply(who .. " is at 1") end)`, []string{"hello", "thanks bob++ !"}, []string{"bob is at 1"}},
		{"hear without captures", `bot.hear("h%a+o", function(ev, what) ev:reply(what) end)`, []string{"oh hello"}, []string{"hello"}},
		{"hear a position", `bot.hear("()l", function(ev, at) ev:reply(at + 1) end)`, []string{"hello"}, []string{"4"}},
		{"hear in some rooms", `bot.hear("x", {rooms = "hc/*"}, function(ev) ev:reply("no") end)`, []string{"x"}, nil},
		{"command", `bot.command("add", function(ev, rest) ev:reply("<" .. rest .. ">") end)`, []string{"!add 1  2 ", "!ADD", "!adds", "add", "botd: add 3"}, []string{"<1  2>", "<>", "<3>"}},
		{"the prefix of a command", `bot.command("add", function(ev) ev:reply(ev.prefix .. "add") end) bot.hear("^hello", function(ev) ev:reply("<" .. ev.prefix .. ">") end)`,
			[]string{"!add", "botd: add", "hello"}, []string{"!add", "!add", "<>"}},
		{"a list", `bot.command{ "pick", args = "q:quoted? list:list", run = function(ev, a) ev:reply(tostring(a.q) .. ": " .. table.concat(a.list, "/")) end }`,
			[]string{`!pick "a, b" c,d`, `!pick c|d`}, []string{"a, b: c/d", "nil: c/d"}},
		{"command in full", `bot.command{ {"add", "plus"}, aliases = "sum", help = "adds", roles = "user", platforms = {"local"}, rooms = "lobby/*", run = function(ev, rest) ev:reply(rest) end }`,
			[]string{"!add 1", "!plus 2", "!sum 3"}, []string{"1", "2", "3"}},
		{"command for others", `bot.command{ "add", roles = "moderator", run = function(ev) ev:reply("no") end } bot.command{ "sub", rooms = "hc/*", run = function(ev) ev:reply("no") end }`, []string{"!add", "!sub"}, nil},
		{"command ended", `local c c = bot.command("add", function(ev) ev:reply("x") c:off() end)`, []string{"!add", "!add"}, []string{"x"}},
		{"list of commands", `bot.command("a", print) local b = bot.command{ {"b", "c"}, aliases = "d", help = "does b", run = print } bot.command("e", print):off()
			bot.command("list", function(ev) for _, x in ipairs(bot.commands()) do ev:reply(table.concat(x.names, ",") .. ":" .. x.help) end b:off() end)`,
			[]string{"!list", "!list"}, []string{"a:", "b,c,d:does b", "list:", "a:", "list:"}},
		{"own event", `bot.on("karma.changed", function(ev) bot.room("lobby/lobby"):say(ev.data.who .. ev.from) end) bot.command("k", function() bot.emit("karma.changed", {who = "ann"}) end)`, []string{"!k"}, []string{"anntest"}},
		{"own event without data", `bot.on("tick.tock", function(ev) bot.room("lobby/lobby"):say(tostring(ev.data)) end) bot.command("k", function() bot.emit("tick.tock") end)`, []string{"!k"}, []string{"nil"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(tt.code)
				for _, l := range tt.lines {
					b.Says("ann", l)
				}
				b.Expect(tt.want...)
			})
		})
	}
}

func TestRoomsOfTheScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		glob, err := engine.ParseRoomGlob("lobby/a*")
		if err != nil {
			t.Fatal(err)
		}
		src := source(`bot.on("message", function(ev) ev:reply("seen") end)
			bot.spawn(function() for _, r in ipairs(bot.rooms()) do log.info(r.id) end log.info(tostring(bot.room("lobby/lobby"))) end)`)
		src.Rooms = []engine.RoomGlob{glob}
		if err := b.Load(src); err != nil {
			t.Fatal(err)
		}
		b.Says("ann", "hi")
		b.Expect()
		if l := b.Logs(); len(l) != 2 || l[0].Msg != "lobby/attic" || l[1].Msg != "nil" {
			t.Errorf("rooms: %v", l)
		}
	})
}

func TestHistory(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command("last", function(ev, n) for _, e in ipairs(ev.room:history(n ~= "" and n or nil)) do log.info(e.user.name .. ": " .. e.text) end end)`)
		b.Says("ann", "one")
		b.Says("bob", "two")
		b.Says("ann", "!last 2")
		b.Says("ann", "!last")
		var got []string
		for _, l := range b.Logs() {
			got = append(got, l.Msg)
		}
		want := []string{"bob: two", "ann: !last 2", "ann: one", "bob: two", "ann: !last 2", "ann: !last"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
