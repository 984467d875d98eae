package luaapi_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botd/engine"
	"botd/luaapi"
	"botd/luaapi/internal/doc"
	"botd/luaapi/luaapitest"
)

func TestFindings(t *testing.T) {
	tests := []struct {
		name, code string
		want       []string
	}{
		{"clean", `local n = 0
			bot.on("message", function(ev) n = n + 1 for i, w in ipairs(ev.words) do print(i, w, math.pi, ("x"):rep(2)) end end)
			local function f(x) if x > 0 then return f(x - 1) end end
			function helper(a, ...) return select("#", ...), helper end
			local t = {} function t.a.b:c() return self end
			repeat local done = true until done
			while n < 1 do n = n + 1 end
			for i = 1, 2 do after(i, f) end
			goto over ::over::
			return helper, t, _G, coroutine.wrap, string.format, {[n] = 1, n = 2, n}`, nil},
		{"unknown function", "\nbot.comand('x', print)", []string{"x.lua:2: there is no bot.comand, did you mean \"bot.command\"?"}},
		{"nothing near", `json.transmogrify()`, []string{"x.lua:1: there is no json.transmogrify; json has array, decode, encode, null"}},
		{"standard library", `table.insrt({}, 1) string.dump(print)`, []string{"x.lua:1: there is no table.insrt, did you mean \"table.insert\"?", "x.lua:1: there is no string.dump; string has "}},
		{"unknown global", "local a = logg\nreturn a, io.open('x')", []string{`x.lua:1: nothing sets "logg", did you mean "log"?`, `x.lua:2: nothing sets "io"`}},
		{"own global misspelt", "counter = 0\nreturn conter", []string{`x.lua:2: nothing sets "conter", did you mean "counter"?`}},
		{"replaced", "bot = 1\nfunction sleep() end", []string{`x.lua:1: "bot" is a name of the library`, `x.lua:2: "sleep" is a name of the library`}},
		{"a local of that name", "local bot, log = {}, {}\nbot.x = log.y", nil},
		{"out of scope", "do local x = 1 end\nreturn x", []string{`x.lua:2: nothing sets "x"`}},
		{"in conditions", "if foo1 or not bar2 then return -baz3 + #qux4 .. (nil == zap5) end", []string{"foo1", "bar2", "baz3", "qux4", "zap5"}},
		{"known besides", "return shared_thing, other", []string{`nothing sets "other"`}},
		{"does not compile", "return return", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := luaapi.New().Findings("x.lua", []byte(tt.code), "shared_thing")
			if len(got) != len(tt.want) {
				t.Fatalf("found %v, want %q", got, tt.want)
			}
			for i, f := range got {
				if !strings.Contains(f.String(), tt.want[i]) {
					t.Errorf("found %q, want %q", f, tt.want[i])
				}
			}
		})
	}
}

// Calls that cannot work are found where the types are certain, and nowhere else.
func TestCallFindings(t *testing.T) {
	on := func(body string) string { return "bot.on('message', function(ev)\n" + body + "\nend)" }
	tests := []struct {
		name, code string
		want       []string // line:column: message
	}{
		{"field of an event", on("return ev.usr"), []string{`2:11: an event has no usr, did you mean "user"?`}},
		{"field of a field", on("return ev.user.nam"), []string{`2:16: a user has no nam, did you mean "name"?`}},
		{"method", on("ev:replay('x')"), []string{"2:4: an event has no replay, did you mean \"reply\"?"}},
		{"nothing near", on("ev:transmogrify()"), []string{"2:4: an event has no transmogrify; it has "}},
		{"method called with a dot", on("ev.reply('x')"), []string{"2:4: call it with a colon, as in event:reply(…)"}},
		{"through a local", on("local u = ev.user\nu:kik()"), []string{"3:3: a user has no kik, did you mean \"kick\"?"}},
		{"a local that changes", on("local u = ev.user\nu = other()\nu:kik()"), []string{`3:5: nothing sets "other"`}},
		{"in a loop", "for _, r in ipairs(bot.rooms()) do\n  r:sayy('x')\nend", []string{"2:5: a room has no sayy, did you mean \"say\"?"}},
		{"in a command", "bot.command{ 'x', run = function(ev, a)\n  ev.room:shout(a.text)\nend }", []string{"2:11: a room has no shout"}},
		{"in a filter's handler", "bot.on('join', {rooms = 'hc/*'}, function(ev) ev:repli('x') end)", []string{"1:50: an event has no repli, did you mean \"reply\"?"}},
		{"result of a call", "local r = bot.room('a/b')\nr:slaw(5)", []string{"2:3: a room has no slaw, did you mean \"slow\"?"}},

		{"option", "bot.on('message', {room = 'x'}, print)", []string{`1:20: bot.on: argument 2 (filter): unknown option "room", did you mean "rooms"?`}},
		{"option of an option", "bot.command{ 'x', cooldown = {usr = '5s'}, run = print }", []string{`1:31: bot.command: argument 1 (spec): cooldown: unknown option "usr", did you mean "user"?`}},
		{"option that is missing", "bot.command{ 'x', help = 'y' }", []string{"1:12: bot.command: argument 1 (spec): run is missing: expected a function"}},
		{"first item that is missing", "bot.command{ run = print }", []string{"1:12: bot.command: argument 1 (spec): the first item (name) is missing"}},
		{"one item too many", "bot.command{ 'x', 'y', run = print }", []string{"unexpected item [2]"}},
		{"value of an enumeration", "bot.command{ 'x', mode = 'singel', run = print }", []string{`1:27: bot.command: argument 1 (spec): mode: unknown value "singel", did you mean "single"?`}},
		{"lane", on("ev.room:say('x', {lane = 'annonce'})"), []string{`unknown value "annonce", did you mean "announce"?`}},
		{"computed options", "local k = 'help'\nbot.command{ 'x', [k] = 'y', run = print }", nil},
		{"options in a variable", "local o = {}\nbot.on('message', o, print)", nil},

		{"argument that is missing", "sleep()", []string{"1:1: sleep: argument 1 (d) is missing: expected a duration"}},
		{"wrong type", "sleep({})", []string{"1:7: sleep: argument 1 (d): expected a duration (seconds, or text such as \"90s\", \"5m\", \"1h30m\", \"2d\"), got a table"}},
		{"no function", "bot.hear('x', 5)", []string{"1:15: bot.hear: argument "}},
		{"text for a table", on("ev:reply('x', 'y')"), []string{`2:16: event:reply: argument 2 (opts): expected a table, got the string "y"`}},
		{"boolean for a text", on("ev:reply(true)"), []string{"2:10: event:reply: argument 1 (text): expected a string, got true"}},
		{"nil for a text", on("ev:reply(nil)"), []string{"2:10: event:reply: argument 1 (text): expected a string, got nil"}},
		{"object for a text", on("ev:reply(ev.user)"), []string{"2:10: event:reply: argument 1 (text): expected a string, got a user"}},
		{"number for a text", on("ev:reply(5) ev:reply(#ev.text)"), nil},
		{"text for a duration", on("sleep('5s') sleep(ev.text)"), nil},
		{"unknown values", on("local x = ev.extra.x sleep(x) ev:reply(x) ev:reply(x, x)"), nil},
		{"as many as a call returns", on("local f = print ev:reply(f()) sleep(f()) kv.set(f())"), nil},
		{"varargs", "local function f(...) sleep(...) bot.on(...) end f()", nil},
		{"optional ones left out", on("kv.get('x') kv.get('x', nil) http.get('https://example.com') ev:reply('x', nil)"), nil},
		{"overload", "bot.command('x', function(ev, rest) ev:reply(rest) end)\nbot.command('x')", []string{"2:14: bot.command: argument 1 (spec): expected a table"}},
		{"a local of a module's name", "local bot = {on = function() end}\nbot.on(1, 2, 3)", nil},
		{"shadowed parameter", on("local ev = {}\nev.anything = 1 return ev.other"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := luaapi.New().Findings("x.lua", []byte(tt.code))
			if len(got) != len(tt.want) {
				t.Fatalf("found %v, want %q", got, tt.want)
			}
			for i, f := range got {
				if s := fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Msg); !strings.Contains(s, tt.want[i]) {
					t.Errorf("found %q, want %q", s, tt.want[i])
				}
			}
		})
	}
}

// What a call needs is part of the description of its function.
func TestNeeds(t *testing.T) {
	code := `bot.on("message", function(ev)
	if ev.room:can("slow") then ev.room:slow("5s") end
	ev.user:kick() kv.set("a", 1) shared.set("a", 1)
end)`
	var got []string
	for _, n := range luaapi.New().Inspect("x.lua", []byte(code)).Needs {
		got = append(got, fmt.Sprintf("%s %v %v %d:%d %t", n.Func, n.Caps, n.Grants, n.Line, n.Column, n.Asked))
	}
	want := []string{"room:slow [slow] [moderate] 2:38 true", "user:kick [kick] [moderate] 3:10 false", "kv.set [] [store] 3:20 false", "shared.set [] [shared] 3:39 false"}
	if !slices.Equal(got, want) {
		t.Errorf("needs %q\nwant  %q", got, want)
	}
}

// The description says of each function which capability it needs: an example does nothing
// that none of the functions in it declares.
func TestNeedsAreComplete(t *testing.T) {
	docs, err := doc.Read("..", "botd/luaapi")
	if err != nil {
		t.Fatal(err)
	}
	declared, seen := map[string]engine.CapSet{}, 0
	lib := luaapi.New().Describe()
	for _, c := range lib.Classes {
		for _, m := range c.Methods {
			declared[m.Name] = declared[m.Name].With(m.Caps...)
		}
	}
	for _, m := range lib.Modules {
		for _, f := range m.Functions {
			declared[m.Name+"."+f.Name] = engine.Caps(f.Caps...)
		}
	}
	call := regexp.MustCompile(`(?::|\b(\w+\.))(\w+)[({]`)
	for name, sources := range documented() {
		for _, source := range sources {
			code := docs.Example(source)
			var may engine.CapSet
			for _, m := range call.FindAllStringSubmatch(code, -1) {
				may |= declared[m[1]+m[2]]
			}
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Example(code)
				for _, r := range b.Requests() {
					seen++
					if need := r.Action.Needs(); !may.Has(need) {
						t.Errorf("%s: its example needs %s, and no function in it says so\n%s", name, need, code)
					}
				}
			})
		}
	}
	if seen < 50 {
		t.Errorf("the examples did only %d things", seen)
	}
}

func TestScriptsHaveNoFindings(t *testing.T) {
	files, err := filepath.Glob("../scripts/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range luaapi.New().Findings(file, code) {
			t.Error(f)
		}
	}
}
