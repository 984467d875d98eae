package luaapi_test

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func originOf(*luaapitest.Bot) script.Origin { return script.Origin{Script: "test"} }

func TestLog(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`log.debug("a") log.info(5) log.warn(nil, {n = 1, list = {1, 2}}) log.error(bot.room("lobby/lobby"), {}) log.info("bell\a")`)
		var got []luaapitest.LogLine
		for _, l := range b.Logs() {
			if l.Origin.Script != "test" {
				t.Errorf("logged for %+v", l.Origin)
			}
			l.Origin = script.Origin{}
			got = append(got, l)
		}
		want := []luaapitest.LogLine{
			{Level: slog.LevelDebug.String(), Msg: "a"}, {Level: slog.LevelInfo.String(), Msg: "5"},
			{Level: slog.LevelWarn.String(), Msg: "nil", Fields: map[string]any{"n": 1.0, "list": []any{1.0, 2.0}}},
			{Level: slog.LevelError.String(), Msg: "lobby/lobby", Fields: map[string]any{}}, {Level: slog.LevelInfo.String(), Msg: "bell�"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	runSnippets(t, nil, []snippet{
		{"fields", `log.info("x", {f = print})`, "", "log.info: argument 2 (fields): f: expected plain data"},
		{"fields are no list", `log.info("x", {1})`, "", "log.info: argument 2 (fields): expected named fields, got a list"},
	})
}

func TestRNG(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"int", `for i = 1, 200 do local n = rng.int(3, 5) assert(n >= 3 and n <= 5 and n % 1 == 0) n = rng.int(2) assert(n == 1 or n == 2) end out(rng.int(7, 7), rng.int(-3, -3))`, "7 -3", ""},
		{"float", `for i = 1, 200 do local n = rng.float() assert(n >= 0 and n < 1) end`, "", ""},
		{"pick", `local seen = {} for i = 1, 200 do seen[rng.pick{"a", "b"}] = true end out(seen.a, seen.b, rng.pick{})`, "true true nil", ""},
		{"pick an object", `out(rng.pick(bot.rooms("lobby/attic")).name)`, "attic", ""},
		{"shuffle", `local t = {1, 2, 3, 4, 5} local s = rng.shuffle(t) table.sort(s) out(table.concat(t), table.concat(s), #rng.shuffle{})`, "12345 12345 0", ""},
		{"weighted", `for i = 1, 100 do assert(rng.weighted{a = 0, b = 1, c = 0} == "b") end out(rng.weighted{}, rng.weighted{a = 0})`, "nil nil", ""},
		{"both weights", `local n = {a = 0, b = 0} for i = 1, 400 do local w = rng.weighted{a = 1, b = 3} n[w] = n[w] + 1 end out(n.a > 0, n.b > n.a)`, "true true", ""},
		{"dice", `for i = 1, 100 do local sum, rolls = rng.dice("2d6+1") assert(sum == rolls[1] + rolls[2] + 1 and #rolls == 2 and sum >= 3 and sum <= 13) end`, "", ""},
		{"forms of dice", `out(rng.dice("d1"), (rng.dice("3d1 - 1d1 - 2")), (rng.dice("5")), (rng.dice("-D1")))`, "1 0 5 -1", ""},
		{"no dice", `for _, s in ipairs{"", "x", "2d", "d0", "0d6", "101d6", "60d6+60d6", "1d6x", "2d6+", "1d99999"} do local n, err = rng.dice(s) assert(n == nil and err.code == "invalid", s) end`, "", ""},
		{"empty range", `rng.int(5, 3)`, "", "rng.int: expected a range that is not empty, got 5 to 3"},
		{"range of none", `rng.int(0)`, "", "got 1 to 0"},
		{"wide range", `local n = rng.int(-2^53, 2^53) out(n == math.floor(n))`, "true", ""},
		{"negative weight", `rng.weighted{a = -1}`, "", "rng.weighted: argument 1 (weights): a: expected a number of 0 or more, got -1"},
	})
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`bot.command("roll", function(ev) ev:reply(rng.int(6) .. " " .. rng.int(6)) end)`)
		b.Dice = []uint64{1 << 60, ^uint64(0)}
		b.Says("ann", "!roll")
		b.Expect("1 6")
	})
}

func TestText(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"fold", `out(text.fold("  Ångström ") == "angstrom", text.fold("STRASSE") == text.fold("straße"), text.fold("ﬁ Ⅳ"), text.fold(""), text.fold("\255x"))`, "true true fi iv  \uFFFDx", ""},
		{"distance", `out(text.distance("kitten", "sitting"), text.distance("", "abc"), text.distance("grün", "grun"), text.distance("a", "a"))`, "3 3 1 0", ""},
		{"distance costs", `local s = ("x"):rep(100000) text.distance(s, s)`, "", "stopped: more than"},
		{"truncate", `out(text.truncate("hello", 5), text.truncate("hello world", 7), text.truncate("héllo", 4), text.truncate("hello", 0) == "", text.truncate("😀😀😀", 5, "utf16"), text.truncate("ééé", 5, "bytes"))`, "hello hello… hél… true 😀😀… é…", ""},
		{"truncate below nothing", `text.truncate("x", -1)`, "", "text.truncate: argument 2 (max): expected a number of 0 or more, got -1"},
		{"split", `out(table.concat(text.split("one two three", 7), "|"), #text.split("", 5), table.concat(text.split("ééé", 4, "bytes"), "|"))`, "one two|three 0 éé|é", ""},
		{"split into nothing", `text.split("x", 0)`, "", "text.split: argument 2 (max)"},
		{"unit", `text.split("x", 5, "byte")`, "", `text.split: argument 3 (unit): unknown value "byte", did you mean "bytes"?`},
		{"tpl", `out(text.tpl("Hi {name}, {n} of {room.name} {{x} {nope} {a.b.c} {}", {name = "ann", n = 3, room = bot.room("lobby/lobby"), a = {}}))`, "Hi ann, 3 of Lobby {x} {nope} {a.b.c} {}", ""},
		{"tpl with an object", `out(text.tpl("{name} is {role}", bot.room("lobby/lobby"):user("ann")))`, "ann is user", ""},
		{"tpl with a function", `out(text.tpl("{x}", setmetatable({}, {__index = function(_, k) return k .. k end})))`, "xx", ""},
		{"tpl grows", `text.tpl(("{x}"):rep(1000), {x = ("x"):rep(10000)})`, "", "text.tpl: the result would be longer than 1048576 bytes"},
		{"fold grows", `text.fold(("\239\183\186"):rep(100000))`, "", "text.fold: argument 1 (text): longer than 64 KiB"},
		{"split into crumbs", `text.split(("x"):rep(1000000), 1)`, "", "stopped: more than"},
		{"plural", `out(text.plural(1, "vote"), text.plural(0, "vote"), text.plural(2, "die", "dice"), text.plural(1.5, "hour"))`, "1 vote 0 votes 2 dice 1.5 hours", ""},
		{"escape for patterns", `local s = "a.b*[c]%d-(e)^$+?" out(("x" .. s .. "y"):match(text.escape(s)) == s)`, "true", ""},
		{"escape for html", `out(text.escape("<b> & 'x'", "html"))`, "&lt;b&gt; &amp; &#39;x&#39;", ""},
		{"escape for a line", `out(text.escape(" a\n/kick\tb\0c ", "line"))`, "a /kick b c", ""},
		{"table", `out(text.table({{"ann", 10}, {"bartholomew", 5, "x"}}, {header = {"who", "n"}}))`, "who          n\nann          10\nbartholomew   5  x", ""},
		{"table with separator", `out(text.table({{1, 2}, {10, 20}}, {sep = "|"}), text.table({}) == "")`, " 1| 2\n10|20 true", ""},
		{"large table", `local rows, wide = {}, ("x"):rep(1e5) for i = 1, 5000 do rows[i] = {i, i} end rows[1][1] = wide text.table(rows)`, "", "the table would be longer"},
	})
}

func TestTime(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"now", `local a = time.now() sleep(1.5) out(time.now() - a)`, "", ""},
		{"parse", `out(time.parse("2026-03-01 18:30"), time.parse("2026-03-01T18:30:00+01:00"), time.parse(" 2026-03-01 "), time.parse("Sun, 01 Mar 2026 18:30:00 GMT"))`, "1772389800 1772386200 1772323200 1772389800", ""},
		{"parse in a zone", `out(time.parse("2026-07-01 12:00", nil, "Europe/Rome") - time.parse("2026-07-01 12:00"))`, "-7200", ""},
		{"parse a form", `out(time.parse("01.03.2026, 18h30", "%d.%m.%Y, %Hh%M"), time.parse("Mar 1 2026 6 PM", "%b %e %Y %I %p"), time.parse("20260301", "%Y%m%d"), time.parse("100%", "%%") == nil)`, "1772389800 1772388000 1772323200 true", ""},
		{"not a time", `out(time.parse("tomorrow"))`, `nil invalid: "tomorrow" is not a time; write it as 2026-03-01 18:30`, ""},
		{"not of the form", `out(time.parse("1.3.", "%d/%m"))`, `nil invalid: "1.3." is not a time of the form "%d/%m"`, ""},
		{"no such zone", `out(time.parse("2026-03-01", nil, "Europe/Roma")) out(time.format(0, nil, "../x")) out(time.format(0, nil, "Local"))`,
			"nil invalid: no time zone \"Europe/Roma\"; names are as in \"Europe/Rome\"\nnil invalid: no time zone \"../x\"; names are as in \"Europe/Rome\"\nnil invalid: no time zone \"Local\"; names are as in \"Europe/Rome\"", ""},
		{"no such verb", `time.parse("x", "%Q")`, "", `time.parse: argument 2 (layout): "%Q" is unknown`},
		{"half a verb", `time.format(0, "50%")`, "", `time.format: argument 2 (layout): a % at the end`},
		{"format", `out(time.format(0), time.format(1772389800, "%d.%m.%Y Jan 2 %H:%M %%"), time.format(1772389800, "%H:%M %Z", "Europe/Rome"))`, "1970-01-01 00:00:00 01.03.2026 Jan 2 18:30 % 19:30 CET", ""},
		{"ago", `local n = time.now() out(time.ago(n), time.ago(n - 61), time.ago(n - 7200), time.ago(n + 86400 * 3), time.ago(n - 86400 * 800))`, "just now 1 minute ago 2 hours ago in 3 days 2 years ago", ""},
		{"ago, rounded", `local n = time.now() out(time.ago(n + 7199.9), time.ago(n - 89), time.ago(n - 3599.6), time.ago(n - 1.4))`, "in 2 hours 1 minute ago 1 hour ago 1 second ago", ""},
		{"duration", `out(time.duration("1h30m"), time.duration("2d"), time.duration("1.5"), time.duration("90"), time.duration("1w"), time.duration("250ms"))`, "5400 172800 1.5 90 604800 0.25", ""},
		{"no duration", `for _, s in ipairs{"", "x", "5", "m", "5m5m", "1s1h", "-5m", "5 m", "1e99d", "inf", "nan", "."} do local d, err = time.duration(s) if d then out(s, d) end end`, "5 5", ""},
		{"span", `out(time.span("90m"), time.span(0), time.span(86400 + 5), time.span(-61), time.span("1d2h3m"))`, "1 hour 30 minutes 0 seconds 1 day minus 1 minute 1 second 1 day 2 hours", ""},
		{"span, rounded", `out(time.span(7199.98), time.span(59.6), time.span(3595.4), time.span(86400 * 365 - 1), time.span(0.6), time.span(1e300))`,
			"2 hours 1 minute 59 minutes 55 seconds 1 year 1 second 200 years", ""},
		{"a time that is none", `time.ago(0/0)`, "", "time.ago: argument 1 (t): expected a time in unix seconds"},
	})
}
