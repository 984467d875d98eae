package luaapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"botd/luaapi/luaapitest"
)

const counting = `
local st = state{ count = 0, by = {} }
bot.on("message", function(ev)
	st.count = st.count + 1
	st.by[ev.user.name] = (st.by[ev.user.name] or 0) + 1
	ev:reply(bot.generation .. ": " .. st.count)
end)`

func TestStateOverReload(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(counting)
		b.Says("ann", "a")
		b.Says("bob", "b")
		b.Must(counting)
		b.Says("ann", "c")
		b.Expect("1: 1", "1: 2", "2: 3")
		time.Sleep(time.Second)
		if got, want := b.State("test"), `{"version":1,"data":{"by":{"ann":2,"bob":1},"count":3}}`; got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
	})
}

// The state is kept at most a second after a handler, also after one that goes on
// waiting, and not more than twice a second however much happens.
func TestStateIsWrittenInTime(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`local st = state{ n = 0 } bot.on("message", function() st.n = st.n + 1 sleep(100) end)`)
		time.Sleep(10 * time.Second)
		saves := b.Saves()
		for range 50 {
			b.Says("ann", "a")
			time.Sleep(100 * time.Millisecond)
		}
		if n := b.Saves() - saves; n < 5 || n > 10 {
			t.Errorf("kept %d times in 5 seconds", n)
		}
		time.Sleep(time.Second)
		if got := b.State("test"); !strings.Contains(got, `"n":50}`) {
			t.Errorf("kept %s", got)
		}
		saves = b.Saves()
		time.Sleep(time.Hour)
		if n := b.Saves() - saves; n > 0 {
			t.Errorf("kept %d times although nothing changed", n)
		}
	})
}

// What a handler that waits does until the swap is in the new version's table, and it does
// nothing afterwards.
func TestStateTakesOverFromAWaitingHandler(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`local st = state{ n = 0 } bot.spawn(function() while true do pcall(function() st.n = st.n + 1 sleep(1) end) st.n = st.n + 1000 end end)`)
		time.Sleep(2500 * time.Millisecond)
		b.Must(`local st = state{ n = 0 } log.info(st.n) bot.on("message", function(ev) ev:reply(tostring(st.n)) end)`)
		time.Sleep(time.Minute)
		b.Says("ann", "x")
		b.Expect("2003")
		if l := b.Logs(); len(l) != 1 || l[0].Msg != "2003" {
			t.Errorf("while it loads it sees %v", l)
		}
	})
}

// A version that does not load leaves the one before at work, with its table.
func TestStateAfterAFailedLoad(t *testing.T) {
	for name, broken := range map[string]string{
		"error after state": `local st = state{ count = 0 } st.count = 100 error("no")`,
		"failing migrate":   `state{ version = 2, migrate = function(old) return old.x.y end }`,
		"migrate waits":     `state{ version = 2, migrate = function(old) sleep(1) end }`,
		"migrate for ever":  `state{ version = 2, migrate = function(old) while true do end end }`,
		"bad migrate":       `state{ version = 2, migrate = function(old) return {print} end }`,
	} {
		t.Run(name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				b.Must(counting)
				b.Says("ann", "a")
				if err := b.Try(broken); err == nil {
					t.Fatal("it loads")
				}
				b.Says("ann", "a")
				if got := strings.Join(b.Said(), " "); got != "1: 1 1: 2" {
					t.Errorf("the bot said %q", got)
				}
				time.Sleep(time.Second)
				if got := b.State("test"); !strings.Contains(got, `"count":2`) {
					t.Errorf("kept %s", got)
				}
			})
		})
	}
}

func TestStateMigrates(t *testing.T) {
	for _, tt := range []struct{ name, kept, code, want string }{
		{"new", "", `version = 3, n = 1`, `{"version":3,"data":{"n":1}}`},
		{"same version", `{"version":3,"data":{"n":7}}`, `version = 3, n = 1, m = {2}, migrate = error`, `{"version":3,"data":{"n":7,"m":[2]}}`},
		{"new table", `{"version":1,"data":{"points":{"ann":2}}}`, `version = 2, karma = {}, migrate = function(old, from) if from == 1 then return { karma = old.points or {} } end end`,
			`{"version":2,"data":{"karma":{"ann":2}}}`},
		{"in place", `{"version":1,"data":{"n":2}}`, `version = 2, migrate = function(old, from) old.n = old.n * 10 + from end`, `{"version":2,"data":{"n":21}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				if tt.kept != "" {
					b.SetState("test", tt.kept)
				}
				b.Must("state{" + tt.code + "}")
				b.Settle()
				if got := b.State("test"); got != tt.want {
					t.Errorf("kept %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestStateMisuse(t *testing.T) {
	for _, tt := range []struct{ name, kept, code, want string }{
		{"no table", "", `state(1)`, "test.lua:1: state: argument 1 (fields): expected a table, got the number 1"},
		{"list", "", `state{"x"}`, "state: argument 1 (fields): [1]: expected named fields, such as state{ count = 0 }"},
		{"version", "", `state{version = 1.5}`, "version: expected a whole number from 1"},
		{"migrate", "", `state{migrate = 1}`, "migrate: expected a function(old, from_version)"},
		{"twice", "", `state{} state{}`, "state: it was called before; a script has one state"},
		{"function", "", `state{a = {b = {1, {print}}}}`, "state: argument 1 (fields): a.b[2][1]: expected plain data (booleans, numbers, strings and tables of them), got a function"},
		{"circle", "", `local t = {} t.x = {t} state{a = t}`, "a.x[1]: the table contains itself"},
		{"not finite", "", `state{a = {[5] = 0/0}}`, "a[5]: the number is not finite"},
		{"key", "", `state{a = {[true] = 1}}`, "a: a key that is true; keys must be strings or numbers"},
		{"object", "", `state{a = bot.room("lobby/lobby")}`, "a: expected plain data (booleans, numbers, strings and tables of them), got a room"},
		{"too large", "", `state{s = 1, big = ("x"):rep(2 ^ 20)}`, `it is larger than 1024 KiB; most of it is in the field "big"; what may grow without bound belongs in kv`},
		{"no migrate", `{"version":1,"data":{}}`, `state{version = 3}`, "what was kept has version 1 and the script version 3; add migrate = function(old, from_version) … end, or go back to version = 1"},
		{"newer", `{"version":4,"data":{}}`, `state{version = 3}`, "what was kept has version 4, newer than version 3 of the script; raise version to 4 or above"},
		{"migrate returns", `{"version":1,"data":{}}`, `state{version = 2, migrate = function() return 5 end}`, "migrate must return a table, or nothing to keep the old one; it returned the number 5"},
		{"damaged", `{"version":1,`, `state{}`, "what was kept is damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				if tt.kept != "" {
					b.SetState("test", tt.kept)
				}
				err := b.Try(tt.code)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %s", err, tt.want)
				}
			})
		})
	}
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		if _, problem := b.Eval(`state{}`); !strings.Contains(problem, "state: call it while the script loads, at the top of the file") {
			t.Errorf("in a handler: %s", problem)
		}
	})
}

// What is put into the table later and cannot be kept is reported once, with its place,
// and the state from before stays.
func TestStateThatCannotBeKept(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`local st = state{ n = 0, karma = {} }
			bot.command("bad", function(ev) st.karma[ev.user.name] = {print} end)
			bot.command("good", function(ev) st.karma[ev.user.name] = 5 end)
			bot.on("message", function(ev) st.n = st.n + 1 end)`)
		b.Says("ann", "x")
		time.Sleep(time.Second)
		b.Says("ann", "!bad")
		time.Sleep(time.Second)
		b.Says("ann", "x")
		time.Sleep(time.Minute)
		errs := b.Errors()
		if len(errs) != 1 || !strings.Contains(errs[0].Msg, "the state cannot be kept: karma.ann[1]: expected plain data") {
			t.Fatalf("reported %v", errs)
		}
		if got, want := b.State("test"), `{"version":1,"data":{"n":1,"karma":{}}}`; got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
		b.Says("ann", "!good")
		time.Sleep(time.Second)
		if got, want := b.State("test"), `{"version":1,"data":{"n":4,"karma":{"ann":5}}}`; got != want {
			t.Errorf("kept %s, want %s", got, want)
		}
	})
}

// Values come back as they were.
func TestStateValues(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		const values = `{
			text = "a\n\"\\\1\127é", bytes = "\255\0", ["$bytes"] = "x", [""] = true, no = false, n = -1.5, big = 2^60, tiny = 1e-300, zero = -0.0,
			list = {1, {2}, "3"}, hole = {1, nil, 3}, ids = {[1000001] = "a", [-2] = "b", x = "c"}, ["\254"] = {["\253"] = 1},
			null = json.null, empty = {}, array = json.array(), pairs = {["$pairs"] = {{"a", 1}}} }`
		show := `local function show(v)
			if type(v) ~= "table" then return type(v) .. ":" .. (type(v) == "string" and ("%q"):format(v) or tostring(v)) end
			local keys, out = {}, {}
			for k in pairs(v) do keys[#keys + 1] = k end
			table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
			for _, k in ipairs(keys) do out[#out + 1] = show(k) .. "=" .. show(v[k]) end
			return "{" .. table.concat(out, " ") .. "}"
		end `
		for _, code := range []string{"v = " + values, "v = {}", ""} {
			b.Must(show + "local st = state{" + code + "} log.info(show(st.v) .. json.encode(st.v.array))")
			b.Must(show + "log.info(show(" + values + ") .. '[]')")
			b.Must("local gone = 1") // a version without a state in between
		}
		logs := b.Logs()
		for i, l := range logs {
			if i == 2 || i == 3 { // the default of a second version does not count
				continue
			}
			if l.Msg != logs[1].Msg {
				t.Errorf("%d: %s\nwant %s", i, l.Msg, logs[1].Msg)
			}
		}
	})
}

// A script that is suspended keeps its state all the same.
func TestStateOfASuspendedScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`local st = state{ n = 0 } bot.on("message", function(ev) st.n = st.n + 1 while true do end end)`)
		for i := range 7 {
			b.Says("ann", fmt.Sprint(i))
		}
		if st := b.Manager.Status()[0]; st.State != "suspended" {
			t.Fatalf("it is %s", st.State)
		}
		time.Sleep(time.Second)
		if got := b.State("test"); !strings.Contains(got, `"n":5`) {
			t.Errorf("kept %s", got)
		}
		b.Must(`local st = state{} log.info(st.n)`)
		if l := b.Logs(); len(l) != 1 || l[0].Msg != "5" {
			t.Errorf("the next version sees %v", l)
		}
	})
}
