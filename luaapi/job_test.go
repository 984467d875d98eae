package luaapi_test

import (
	"strings"
	"testing"
	"time"

	"botd/luaapi/luaapitest"
)

func TestOnce(t *testing.T) {
	tests := []struct {
		name, code string
		sleep      time.Duration
		want       string
	}{
		{"in a while", `out(cron.once("90s", "n", {a = {1, 2}}).name)`, time.Hour, "00:00:00 n\n00:01:30 {\"a\":[1,2]} 1"},
		{"seconds", `cron.once(60, "n", "x")`, time.Hour, "00:01:00 \"x\" 1"},
		{"at a time", `cron.once(time.now() + 3600, "n")`, 2 * time.Hour, "01:00:00 null 1"},
		{"in the past", `cron.once(time.now() - 3600, "n", 5)`, time.Hour, "00:00:00 5 1"},
		{"with an id", `cron.once(60, "n", 1, {id = "x"}) cron.once(120, "n", 2, {id = "x"})`, time.Hour, "00:02:00 2 1"},
		{"list", `cron.once(60, "n", 1, {id = "x"}) cron.once(30, "n", 2, {id = "y"}) for _, j in ipairs(cron.jobs()) do out(tostring(j), time.format(j.at, "%H:%M:%S"), tostring(j.data)) end`, time.Second, "00:00:00 y 00:00:30 2\n00:00:00 x 00:01:00 1"},
		{"cancel", `cron.once(60, "n", 1):cancel() assert(cron.cancel(cron.once(60, "n", 2, {id = "z"}).id)) local ok, err = cron.cancel("z") out(err.message)`, time.Hour, "00:00:00 this script has no entry or job \"z\""},
		{"waits", `cron.once(60, "slow", 1)`, time.Hour, "00:01:00 slow\n00:02:00 done"},
		{"an error in it", `cron.once(60, "bad", 1) cron.once(120, "n", 1)`, time.Hour, "00:01:00 bad\n00:02:00 1 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				var seen int
				b.Must(stamp + `cron.define("n", function(job) out(json.encode(job.data), job.attempt) end)
					cron.define("slow", function(job) out("slow") sleep(60) out("done") end)
					cron.define("bad", function(job) out("bad") error("no") end)
					bot.spawn(function() ` + tt.code + ` end)`)
				time.Sleep(tt.sleep)
				if got := lines(b, &seen); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				for _, e := range b.Errors() {
					if !strings.Contains(e.Msg, "no") || tt.name != "an error in it" {
						t.Errorf("error %v", e)
					}
				}
			})
		})
	}
}

// Jobs outlive the version that ordered them: what it had begun is begun again by the next
// one, and what the next does not define waits.
func TestOnceOverReload(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		var seen int
		code := stamp + `cron.define("n", function(job) out(bot.generation .. " begins " .. job.data .. " #" .. job.attempt) sleep(60) out("ends") end)
			bot.on("message", function(ev) cron.once(60, "n", ev.text) end)`
		b.Must(code)
		b.Says("ann", "a")
		time.Sleep(90 * time.Second)
		b.Must(code)
		time.Sleep(90 * time.Second)
		if got, want := lines(b, &seen), "00:01:00 1 begins a #1\n00:01:30 2 begins a #2\n00:02:30 ends"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		b.Says("ann", "b")
		b.Must(`log.info("nothing")`)
		time.Sleep(time.Hour)
		b.Must(code)
		time.Sleep(2 * time.Minute)
		if got, want := lines(b, &seen), "nothing\n01:03:00 4 begins b #1\n01:04:00 ends"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestOnceMisuse(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"not defined", `cron.define("remind", print) cron.once(1, "remnd")`, "", `cron.once: argument 2 (name): nothing is defined under "remnd", did you mean "remind"?`},
		{"nothing defined", `cron.once(1, "n")`, "", `write cron.define(name, function(job) … end) at the top of the script`},
		{"twice", `cron.define("n", print) cron.define("n", print)`, "", `cron.define: argument 1 (name): "n" is defined already`},
		{"no time", `cron.define("n", print) cron.once("tomorrow", "n")`, "", `cron.once: argument 1 (when): expected a duration or a time (unix seconds, as time.parse gives them)`},
		{"too late", `cron.define("n", print) cron.once(9e11, "n")`, "", `expected a time within ten years`},
		{"id", `cron.define("n", print) cron.once(1, "n", nil, {id = "#1"})`, "", `id: expected at most 100 characters, the first of them no #`},
		{"id of an entry", `cron.define("n", print) cron.at("@daily", {id = "x"}, print) cron.once(1, "n", nil, {id = "x"})`, "", `id: there is an entry "x"`},
		{"function", `cron.define("n", print) cron.once(1, "n", {print})`, "", `cron.once: argument 3 (data): [1]: expected plain data`},
	})
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		if err := b.Try(`cron.define("n", print) cron.once(1, "n")`); err == nil || !strings.Contains(err.Error(), "cannot wait while the script loads") {
			t.Errorf("while it loads: %v", err)
		}
	})
}
