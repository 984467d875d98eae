package luaapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// lines are what the script logged since the last call.
func lines(b *luaapitest.Bot, seen *int) string {
	b.Settle()
	var out []string
	for _, l := range b.Logs()[*seen:] {
		out = append(out, l.Msg)
	}
	*seen += len(out)
	return strings.Join(out, "\n")
}

// The clock of these tests begins at midnight UTC, on the first of January 2000.
const stamp = `local function out(...) log.info(time.format(nil, "%H:%M:%S") .. " " .. table.concat({...}, " ")) end` + "\n"

func TestCron(t *testing.T) {
	tests := []struct {
		name, code string
		sleep      time.Duration
		want       string
	}{
		{"at", `cron.at("*/20 * * * *", function(t) out(time.format(t, "%H:%M")) end)`, time.Hour, "00:20:00 00:20\n00:40:00 00:40\n01:00:00 01:00"},
		{"every", `cron.every("25m", {id = "x"}, function() out("x") end)`, time.Hour, "00:25:00 x\n00:50:00 x"},
		{"zone", `cron.at("30 2 * * *", {tz = "Europe/Rome"}, function() out("x") end)`, 3 * time.Hour, "01:30:00 x"},
		{"seconds", `cron.at("*/30 * * * * *", function() out("x") end)`, time.Minute, "00:00:30 x\n00:01:00 x"},
		{"overlap", `cron.at("* * * * *", function() out("x") sleep(90) end)`, 3*time.Minute + time.Second, "00:01:00 x\n00:03:00 x"},
		{"queue", `cron.at("* * * * *", {overlap = "queue"}, function() out("x") sleep(90) end)`, 3 * time.Minute, "00:01:00 x\n00:02:30 x"},
		{"parallel", `cron.at("* * * * *", {overlap = "parallel"}, function() out("x") sleep(150) end)`, 3 * time.Minute, "00:01:00 x\n00:02:00 x\n00:03:00 x"},
		{"cancel", `local e e = cron.at("* * * * *", function() out("x") e:cancel() e:cancel() end)`, 3 * time.Minute, "00:01:00 x"},
		{"cancel while loading", `cron.at("* * * * *", {id = "x"}, function() out("x") end) assert(cron.cancel("x"))`, 3 * time.Minute, ""},
		{"pause while loading", `cron.at("* * * * *", {id = "x"}, function() out("x") end):pause() after(90, function() cron.resume("x") end)`, 2 * time.Minute, "00:02:00 x"},
		{"in a handler", `after(90, function() cron.at("* * * * *", function() out("x") end) end)`, 3 * time.Minute, "00:02:00 x\n00:03:00 x"},
		{"only if", `cron.at("* * * * *", {only_if = {lines = 1}}, function() out("x") end)`, 3 * time.Minute, ""},
		{"an error in it", `local n = 0 cron.at("* * * * *", function() n = n + 1 out(n) if n == 1 then pcall(error, "x") end end)`, 2 * time.Minute, "00:01:00 1\n00:02:00 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				var seen int
				b.Must(stamp + tt.code)
				time.Sleep(tt.sleep)
				if got := lines(b, &seen); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				b.Expect()
			})
		})
	}
}

func TestCronValues(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"entry", `local e = cron.at("0 9 * * 1-5", {id = "standup", tz = "Europe/Rome"}, print) out(e, e.id, e.spec, e.tz, e.paused, time.format(e.next, "%F %R"), e.last)`,
			"standup standup 0 9 * * 1-5 Europe/Rome false 2000-01-03 08:00 nil", ""},
		{"list", `cron.at("@daily", print) cron.every(90, {id = "x"}, print) cron.pause("x") for _, e in ipairs(cron.list()) do out(e.id, e.spec, e.paused, e.next) end cron.cancel("#1") out(#cron.list())`,
			"#1 @daily false 946771200\nx @every 1m30s true nil\n1", ""},
		{"next", `for _, t in ipairs(cron.next("30 2 * * *", 2, "Europe/Rome")) do out(time.format(t, "%F %R")) end out(#cron.next("@hourly"))`, "2000-01-01 01:30\n2000-01-02 01:30\n1", ""},
		{"no such entry", `local ok, err = cron.cancel("x") out(ok, err.code, err.message) out(cron.pause("y")) out(cron.resume("y"))`,
			"nil not_found this script has no entry or job \"x\"\nnil not_found: this script has no entry \"y\"\nnil not_found: this script has no entry \"y\"", ""},
		{"wrong field", `cron.at("0 25 * * *", print)`, "", `cron.at: argument 1 (spec): hour: "25" is not right`},
		{"wrong spec of next", `cron.next("TZ=")`, "", `cron.next: argument 1 (spec): the time zone "TZ=" stands in the spec`},
		{"wrong zone", `cron.at("@daily", {tz = "Europe/Rom"}, print)`, "", `cron.at: argument 2 (opts): tz: no time zone "Europe/Rom"`},
		{"wrong rule", `cron.at("@daily", {missed = "onse"}, print)`, "", `missed: unknown value "onse", did you mean "once"?`},
		{"wrong mood", `cron.at("@daily", {only_if = {speaker = 2}}, print)`, "", `only_if: unknown option "speaker", did you mean "speakers"?`},
		{"wrong room", `cron.at("@daily", {only_if = {lines = 2, rooms = "x"}}, print)`, "", `only_if: room pattern "x"`},
		{"no function", `cron.at("@daily")`, "", "cron.at: argument 3 (fn): expected a function, got nil"},
		{"too often", `cron.every(0.5, print)`, "", "cron.every: argument 1 (d): runs can be from 1s to 3660 days apart, not 500ms"},
		{"twice", `cron.at("@daily", {id = "x"}, print) cron.every(5, {id = "x"}, print)`, "", `cron.every: argument 2 (opts): id: there is an entry "x" already`},
		{"an id of ours", `cron.at("@daily", {id = "#1"}, print)`, "", "id: expected at most 100 characters"},
		{"too many times", `cron.next("@daily", 5000)`, "", "cron.next: argument 2 (n): expected a number from 1 to 1000"},
		{"too many", `local e, err for i = 1, 1001 do e, err = cron.at("@daily", print) end out(e, err.code)`, "nil quota", ""},
		{"many, ended", `for i = 1, 3000 do cron.at("@daily", print):cancel() end out(#cron.list())`, "0", ""},
	})
}

// TestCronReload: entries end with their version; those with an id go on.
func TestCronReload(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		var seen int
		code := func(version string) string {
			return stamp + `
				cron.every("1h", {id = "kept"}, function() out("kept ` + version + `") end)
				cron.every("1h", function() out("begun anew ` + version + `") end)
				cron.at("@hourly", {id = "paused"}, function() out("paused") end)`
		}
		b.Must(code("one") + ` cron.pause("paused")`)
		time.Sleep(30 * time.Minute)
		b.Must(code("two"))
		time.Sleep(61 * time.Minute)
		if got, want := lines(b, &seen), "01:00:00 kept two\n01:30:00 begun anew two"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if err := b.Try(code("three") + ` error("x")`); err == nil {
			t.Error("a script with an error loaded")
		}
		time.Sleep(time.Hour)
		if got, want := lines(b, &seen), "02:00:00 kept two\n02:30:00 begun anew two"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if err := b.Manager.Unload(context.Background(), "test"); err != nil {
			t.Error(err)
		}
		time.Sleep(3 * time.Hour)
		if got := lines(b, &seen); got != "" {
			t.Errorf("after the end: %s", got)
		}
	})
}

func TestCronMood(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		var seen int
		glob, err := engine.ParseRoomGlob("lobby/lobby")
		if err != nil {
			t.Fatal(err)
		}
		code := stamp + `cron.at("@hourly", {only_if = {speakers = 2, lines = 3}}, function() out("lively") end)`
		if err := b.Load(script.Source{Code: []byte(code), Rooms: []engine.RoomGlob{glob}}); err != nil {
			t.Fatal(err)
		}
		b.Settle()
		b.Says("ann", "one")
		b.Says("ann", "two")
		b.Event(engine.Event{Self: true, User: luaapitest.Me, Body: engine.Message{Text: "mine"}})
		time.Sleep(time.Hour)
		if got := lines(b, &seen); got != "" {
			t.Errorf("one speaker: %s", got)
		}
		b.Says("bob", "three")
		time.Sleep(2 * time.Hour)
		if got, want := lines(b, &seen), "02:00:00 lively"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
