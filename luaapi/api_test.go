package luaapi_test

import (
	"strings"
	"testing"

	"botd/luaapi/luaapitest"
)

// snippet is a piece of Lua with what it must print through out(…), or the error it
// must end with.
type snippet struct {
	name, code, want, problem string
}

func runSnippets(t *testing.T, setup func(b *luaapitest.Bot), list []snippet) {
	t.Helper()
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				if setup != nil {
					setup(b)
				}
				got, problem := b.Eval(s.code)
				if got != s.want {
					t.Errorf("printed %q, want %q", got, s.want)
				}
				if s.problem == "" && problem != "" || !strings.Contains(problem, s.problem) {
					t.Errorf("error %q, want %q", problem, s.problem)
				}
			})
		})
	}
}

func TestMisuse(t *testing.T) {
	room := `local room = bot.room("lobby/lobby") `
	runSnippets(t, nil, []snippet{
		{"nil kind", `bot.on(nil, print)`, "", "test.lua:2: bot.on: argument 1 (kind): expected a string, got nil"},
		{"no handler", `bot.on("message")`, "", "bot.on: argument 3 (fn): expected a function, got nil"},
		{"wrong filter", `bot.on("message", 5, print)`, "", "bot.on: argument 2 (filter): expected a table, got the number 5"},
		{"misspelt kind", `bot.on("mesage", print)`, "", `bot.on: argument 1 (kind): no event kind "mesage", did you mean "message"?`},
		{"misspelt option", `bot.on("message", {room = "x"}, print)`, "", `bot.on: argument 2 (filter): unknown option "room", did you mean "rooms"?`},
		{"item in options", `bot.on("message", {"x"}, print)`, "", `unexpected item [1]; options are rooms, users`},
		{"bad room pattern", `bot.on("message", {rooms = "x"}, print)`, "", `bot.on: room pattern "x"`},
		{"bad role", `bot.on("message", {roles = {"admn"}}, print)`, "", `no role "admn", did you mean "admin"?`},
		{"bad element", `bot.on("message", {rooms = {"a/b", 1, {}}}, print)`, "", `argument 2 (filter): rooms[3]: expected a string, got a table`},
		{"text of a kind without", `bot.on("join", {text = "x"}, print)`, "", `events of kind "join" have no text to match`},
		{"bad pattern", `bot.hear("%", print)`, "", `bot.hear: argument 1 (pattern): the pattern "%"`},
		{"text twice", `bot.hear("x", {text = "y"}, print)`, "", `bot.hear: argument 2 (filter): text: the pattern`},
		{"unknown module member", `bot.comand("x", print)`, "", `bot: unknown field or function "comand", did you mean "command"?`},
		{"write to a module", `bot.on = 1`, "", "read-only"},
		{"unknown method", room + `room:emmote("x")`, "", `room: unknown field or method "emmote", did you mean "emote"?`},
		{"write to an object", room + `room.name = "x"`, "", "room.name cannot be set"},
		{"dot for colon", room + `room.say("x")`, "", "room:say: call it with a colon, as in room:say(…)"},
		{"move nowhere", room + `room:move()`, "", "room:move: argument 1 (to): expected a string, got nil"},
		{"text is a table", room + `room:say({})`, "", "room:say: argument 1 (text): expected a string, got a table"},
		{"text is an object", room + `room:say(room)`, "", "room:say: argument 1 (text): expected a string, got a room"},
		{"unknown lane", room + `room:say("x", {lane = "anounce"})`, "", `room:say: argument 2 (opts): lane: unknown value "anounce", did you mean "announce"?`},
		{"duration", `sleep("5 minutes")`, "", `sleep: argument 1 (d): expected a duration (seconds, or text such as "90s", "5m", "1h30m", "2d"), got the string "5 minutes"`},
		{"every too often", `every(0, print)`, "", "every: argument 1 (d): expected a duration of at least 10ms, got 0s"},
		{"a fraction for a count", room + `room:history(1.5)`, "", "room:history: argument 1 (n): expected a whole number, got the number 1.5"},
		{"too large a number", room + `room:history(1e300)`, "", "is too large"},
		{"unknown action", room + `room:can("tiemout")`, "", `room:can: argument 1 (action): unknown action "tiemout", did you mean "timeout"?`},
		{"command without run", `bot.command{"x"}`, "", "bot.command: argument 1 (spec): run is missing: expected a function"},
		{"command without name", `bot.command{run = print}`, "", "bot.command: argument 1 (spec): the first item (name) is missing"},
		{"command twice", `bot.command("x", print) bot.command("X", print)`, "", `bot.command: there is a command "X" already`},
		{"command name", `bot.command("a b", print)`, "", "a name is one word"},
		{"emit of our kind", `bot.emit("message")`, "", `bot.emit: argument 1 (name): "message" is the engine's own`},
		{"emit a function", `bot.emit("a.b", {x = {print}})`, "", "bot.emit: argument 2 (data): x[1]: expected plain data"},
		{"emit a circle", `local t = {} t.t = t bot.emit("a.b", t)`, "", "bot.emit: argument 2 (data): t: the table contains itself"},
		{"emit a mixture", `bot.emit("a.b", {1, x = 2})`, "", `a list with the key "x"`},
		{"emit a hole", `bot.emit("a.b", {[3] = 2})`, "", "a list without the item 1"},
		{"invite nobody", room + `room:invite()`, "", "room:invite: argument 1 (user): expected a user or a name, got nil"},
	})
}

func TestValues(t *testing.T) {
	room := `local room = bot.room("lobby/lobby") `
	runSnippets(t, nil, []snippet{
		{"room", room + `out(room, room.id, room.name, room.session, room.platform, room.topic)`, "lobby/lobby lobby/lobby Lobby lobby local now", ""},
		{"room without a name", `out(bot.room("lobby/attic").name)`, "attic", ""},
		{"room by name", `out(bot.room("lobby/Lobby").id, bot.room("lobby/x"), bot.room("x"))`, "lobby/lobby nil nil", ""},
		{"equal", room + `out(room == bot.room("lobby/lobby"), room == bot.room("lobby/attic"), room == 1, room.session == bot.session("lobby"))`, "true false false true", ""},
		{"rooms", `for _, r in ipairs(bot.rooms()) do out(r) end out(#bot.rooms("lobby/a*"), #bot.rooms("x/*"))`, "lobby/lobby\nlobby/attic\n1 0", ""},
		{"kept properties are one", room + `out(rawequal(room.session, room.session))`, "true", ""},
		{"sessions", `for _, s in ipairs(bot.sessions()) do out(s, s.name, s.platform, s.state, s.me, s.me.id, #s:rooms()) end out(bot.session("x"))`, "lobby lobby local online botd bot 2\nnil", ""},
		{"can", room + `out(room:can("ban"), room.session:can("say"))`, "true true", ""},
		{"limits", room + `local l = room:limits() out(l.text_max, l.text_unit, l.lines, l.per_second, l.burst)`, "500 runes nil 2 5", ""},
		{"users", room + `for _, u in ipairs(room:users()) do out(u, u.id, u.role, u.is_bot, u.trip, u.account, u.joined) end`,
			"ann id-ann user false nil nil nil\nbob id-bob user false nil nil nil\nbotd bot moderator true nil nil nil", ""},
		{"user", room + `out(room:user("ann").id, room:user("id-bob").name, room:user("ann"):mention(), room:user("ann") == room:user("id-ann"))`, "id-ann bob @ann true", ""},
		{"no such user", room + `local u, err = room:user("eve") out(u, err, err.code, err.message)`, "nil not_found: eve is not in lobby/lobby not_found eve is not in lobby/lobby", ""},
		{"is", room + `local u = room:user("botd") out(u:is("moderator"), u:is("user"), u:is("admin"), u:is("channelOwner"))`, "true true false false", ""},
		{"identity", `out(bot.name, bot.generation, bot.reload_reason, type(bot.version), next(bot.config))`, "test 1 start string nil", ""},
		{"tostring", room + `out(tostring(room:user("ann")), type(room), getmetatable(room))`, "ann userdata false", ""},
		{"numbers are text", room + `out(room:say(5).text)`, "5", ""},
		{"pairs of a module", `local n = 0 for k in pairs(json) do n = n + 1 end out(n >= 4)`, "true", ""},
	})
}

func TestFailures(t *testing.T) {
	runSnippets(t, failing, []snippet{
		{"an error value", `local ok, err = bot.room("lobby/lobby"):set_topic("x") out(ok, err, err.code, err.message, err.retry_after, getmetatable(err))`,
			"nil rate_limited: slow down rate_limited slow down 1.5 error", ""},
		{"assert", `assert(bot.room("lobby/lobby"):user("ann"):ban())`, "", "rate_limited: slow down"},
		{"assert in pcall", `local ok, err = pcall(function() assert(bot.room("lobby/lobby"):leave()) end) out(ok, err.code)`, "false rate_limited", ""},
		{"no new fields", `local _, err = bot.room("lobby/lobby"):leave() err.x = 1`, "", "an error cannot be changed"},
		{"refused at once", `local m, err = bot.room("lobby/lobby"):say("x") out(m, err.code)`, "nil rate_limited", ""},
		{"concatenated", `local m, err = bot.room("lobby/lobby"):say("x") out("say: " .. tostring(err))`, "say: rate_limited: slow down", ""},
	})
}
