package luaapi_test

import (
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/luaapi/luaapitest"
)

func as(name string, role engine.Role) engine.User {
	u := luaapitest.User(name)
	u.Role = role
	return u
}

// says lets a user say a line, in a room other than the usual one if it is given.
func says(b *luaapitest.Bot, u engine.User, text string, room ...engine.RoomID) {
	ev := engine.Event{User: u, Body: engine.Message{ID: "m", Text: text}}
	if len(room) > 0 {
		ev.Session, ev.Platform, ev.Room = luaapitest.Session, luaapitest.Platform, engine.Room{ID: room[0]}
	}
	b.Event(ev)
}

const show = `local function show(ev, a)
	local t = {}
	for k, v in pairs(a) do t[#t + 1] = k .. "=" .. tostring(v) end
	table.sort(t)
	ev:reply(#t > 0 and table.concat(t, " ") or "none")
end
`

func TestCommandArguments(t *testing.T) {
	tests := []struct{ args, line, want string }{
		{"who:user for:duration=2m reason:rest?", "!x bob", "for=120 who=bob"},
		{"who:user", "!x @BOB", "who=bob"},
		{"who:user", "!x me", "who=ann"},
		{"who:user", "!x id-bob", "who=bob"},
		{"who:user", "!x nobody", "who: nobody is not here. Usage: !x <who>"},
		{"r:room", "!x lobby/attic", "r=lobby/attic"},
		{"r:room", "!x Lobby", "r=lobby/lobby"},
		{"r:room", "!x lobby/atic", "r: no room lobby/atic, did you mean \"lobby/attic\"? Usage: !x <r>"},
		{"n:int q:num", "!x 7 2.5", "n=7 q=2.5"},
		{"on:bool --deep:bool", "!x yes --deep", "deep=true on=true"},
		{"d:dice", "!x d20", "d=1d20"},
		{"s:enum(small|large)", "!x lrage", `s: there is no "lrage", did you mean "large"? Usage: !x <small|large>`},
		{"n:int", "!x", "n is missing: a whole number. Usage: !x <n>"},
		{"", "!x", "none"},
		{"", "!x y", `too much: "y". Usage: !x`},
		{"t:time", `!x "in 1m"`, "t=946684860"},
	}
	for _, tt := range tests {
		t.Run(tt.args+" "+tt.line, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(show + `bot.command{"x", args = "` + tt.args + `", run = show}`)
				b.Says("ann", tt.line)
				b.Expect(tt.want)
			})
		})
	}
}

func TestCommandMisuse(t *testing.T) {
	spec := "bot.command: argument 1 (spec): "
	runSnippets(t, nil, []snippet{
		{"type", `bot.command{"x", args = "n:itn", run = print}`, "", spec + `args: "n:itn": no type "itn"`},
		{"near type", `bot.command{"x", args = "n:wrod", run = print}`, "", `did you mean "word"?`},
		{"option", `bot.command{"x", cooldwon = {}, run = print}`, "", spec + `unknown option "cooldwon", did you mean "cooldown"?`},
		{"cooldown is a table", `bot.command{"x", cooldown = 5, run = print}`, "", spec + "cooldown: expected a table, got the number 5"},
		{"cooldown option", `bot.command{"x", cooldown = {users = 5}, run = print}`, "", spec + `cooldown: unknown option "users", did you mean "user"?`},
		{"cooldown below 0", `bot.command{"x", cooldown = {user = -5}, run = print}`, "", "cooldown: user: expected a duration from 0 to a year"},
		{"mode", `bot.command{"x", mode = "singel", run = print}`, "", spec + `mode: unknown value "singel", did you mean "single"?`},
		{"per", `bot.command{"x", per = "session", run = print}`, "", spec + `per: unknown value "session"`},
		{"role", `bot.command{"x", roles = {"moderatr"}, run = print}`, "", `no role "moderatr", did you mean "moderator"?`},
		{"no role", `bot.command{"x", roles = {"No Such"}, run = print}`, "", `no role "No Such"; roles are guest`},
		{"example of another", `bot.command{"x", examples = {"!y"}, run = print}`, "", spec + `examples[1]: "!y": it does not begin with the command`},
		{"example with wrong arguments", `bot.command{"x", args = "n:int", examples = {{"!x 1", "ok"}, "!x one"}, run = print}`, "", spec + `examples[2]: "!x one": n: expected a whole number`},
		{"example of three", `bot.command{"x", examples = {{"!x", "y", "z"}}, run = print}`, "", "examples[1]: expected {line, answer}, got 3 texts"},
		{"example of a wrong type", `bot.command{"x", examples = {true}, run = print}`, "", "examples[1]: expected a line, or a line and its answer in a table, got true"},
		{"too much help", `bot.command{"x", help = ("x"):rep(5000), run = print}`, "", "longer than 4000 bytes"},
	})
}

func TestCooldown(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		code := `bot.command{{"x", "ex"}, args = "n:int?", cooldown = {user = "5s", room = "1s"}, run = function(ev) ev:reply(ev.user.name) end}`
		b.Must(code)
		ann, bob := as("ann", 0), as("bob", 0)
		says(b, ann, "!x oops")
		b.Expect(`n: expected a whole number, got "oops". Usage: !x [n]`) // costs nothing
		says(b, ann, "!x")
		says(b, bob, "!ex")
		b.Expect("ann")
		says(b, bob, "!x", "attic")
		says(b, ann, "!x", "attic")
		b.Expect("bob")
		time.Sleep(time.Second)
		says(b, bob, "!x", "attic") // his own five seconds
		says(b, ann, "!x oops")     // no answer to who is too early
		b.Expect()
		b.Must(code) // a new version knows
		says(b, ann, "!x")
		b.Expect()
		time.Sleep(4 * time.Second)
		says(b, ann, "!x")
		b.Expect("ann")
		found := false
		for _, l := range b.Logs() {
			found = found || l.Level == "debug" && l.Fields["reason"] == "cooldown" && l.Fields["command"] == "x" && l.Fields["left"] == 4.0
		}
		if !found {
			t.Errorf("the log does not say why nothing happened: %+v", b.Logs())
		}
	})
}

func TestCooldownOfAllAndTold(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command{"x", cooldown = {global = "10s", tell = true}, run = function(ev) ev:reply("ok") end}`)
		b.Says("ann", "!x")
		b.Says("bob", "!x")
		b.Expect("ok", "whisper: !x: wait 10s")
		b.Can.Can = b.Can.Can.Without(engine.CapWhisper)
		time.Sleep(6500 * time.Millisecond)
		b.Says("bob", "!x")
		b.Expect("!x: wait 4s")
	})
}

// One identity over two networks has one cooldown.
func TestCooldownFollowsTheIdentity(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command{"x", cooldown = {user = "10s"}, run = function(ev) ev:reply("ok") end}`)
		ann, other := as("ann", 0), as("ann2", 0)
		ann.Identity, other.Identity = "lobby/ann", "lobby/ann"
		says(b, ann, "!x")
		says(b, other, "!x")
		b.Expect("ok")
	})
}

func modeScript(mode, per string) string {
	return `bot.command{"x", mode = "` + mode + `", per = "` + per + `", args = "n:word", run = function(ev, a)
		ev:reply("begin " .. a.n) sleep(10) ev:reply("end " .. a.n) end}`
}

func TestModes(t *testing.T) {
	tests := []struct {
		mode, per string
		want      string
	}{
		{"parallel", "user", "begin 1,begin 2,begin 3,end 1,end 2,end 3"},
		{"single", "user", "begin 1,begin 3,end 1,end 3"},
		{"single", "room", "begin 1,end 1"},
		{"single", "global", "begin 1,end 1"},
		{"queue", "user", "begin 1,begin 3,end 1,begin 2,end 3,end 2"},
		{"queue", "room", "begin 1,end 1,begin 2,end 2,begin 3,end 3"},
		{"restart", "user", "begin 1,begin 2,begin 3,end 2,end 3"},
		{"restart", "global", "begin 1,begin 2,begin 3,end 3"},
	}
	for _, tt := range tests {
		t.Run(tt.mode+" "+tt.per, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(modeScript(tt.mode, tt.per))
				b.Says("ann", "!x 1")
				time.Sleep(time.Millisecond)
				b.Says("ann", "!x 2")
				time.Sleep(time.Millisecond)
				b.Says("bob", "!x 3")
				time.Sleep(time.Minute)
				b.Settle()
				if got := strings.Join(b.Said(), ","); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				for _, e := range b.Errors() {
					t.Error(e)
				}
				b.Says("ann", "!x 4")
				b.Expect("begin 4") // nothing is stuck
			})
		})
	}
}

func TestQueueIsBounded(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(modeScript("queue", "user"))
		for range 200 {
			b.Says("ann", "!x 1")
		}
		time.Sleep(time.Hour)
		b.Settle()
		if n := len(b.Said()); n != 2*101 {
			t.Errorf("%d lines", n)
		}
	})
}

// A handler that fails, or that a reload ends, gives its turn away.
func TestTurnsAfterFailuresAndReloads(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command{"x", mode = "queue", per = "global", args = "n:word", run = function(ev, a)
			sleep(1) if a.n == "bad" then error("oh") end ev:reply(a.n) end}`)
		b.Says("ann", "!x bad")
		b.Says("ann", "!x good")
		time.Sleep(time.Minute)
		b.Settle()
		if got := b.Said(); len(got) != 1 || got[0] != "good" || len(b.Errors()) != 1 {
			t.Errorf("said %v, errors %v", got, b.Errors())
		}
		b.Says("ann", "!x a")
		b.Says("ann", "!x b")
		b.Must(modeScript("queue", "global"))
		b.Says("ann", "!x c")
		time.Sleep(time.Minute)
		b.Settle()
		if got := strings.Join(b.Said(), ","); got != "begin c,end c" {
			t.Errorf("after the reload: %s", got)
		}
	})
}

// The scripts of the guide, unchanged.
func TestRollScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command{ "roll", args = "dice:dice=1d6", cooldown = {user = "5s"}, help = "Rolls dice",
  examples = { {"!roll 1d1", "1"} },
  run = function(ev, a) ev:reply(tostring(rng.dice(a.dice))) end }`)
		b.Says("ann", "!roll 1d1")
		b.Expect("1")
		b.Says("ann", "!roll 1d1")
		b.Expect()
		time.Sleep(5 * time.Second)
		b.Says("ann", "!roll 1x1")
		b.Expect(`dice: expected dice such as "2d6+1", got "1x1". Usage: !roll [dice=1d6]`)
	})
}

func TestCommandInGroup(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command{"x", roles = {"helpers", "admin"}, run = function(ev) ev:reply(ev.user.name) end}`)
		says(b, as("ann", engine.Moderator), "!x")
		helper := as("bob", engine.Guest)
		helper.Groups = []string{"helpers"}
		says(b, helper, "!x")
		says(b, as("mia", engine.Admin), "!x")
		b.Expect("bob", "mia")
	})
}
