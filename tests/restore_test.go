package tests

import (
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
)

// After a restore everything is as it was when the backup was made: what a script has in
// memory too, wherever it runs.
func TestRestoreWhileRunning(t *testing.T) {
	const code = `
		local st = state{ version = 1, word = "none" }
		cron.define("later", function() end)
		bot.command("set", function(ev)
			st.word = ev.words[2]
			kv.set("word", ev.words[2])
			cron.once("1h", "later", nil, { id = ev.words[2] })
			ev:reply("is set")
		end)
		bot.command("get", function(ev)
			local jobs = {}
			for _, j in ipairs(cron.jobs()) do jobs[#jobs + 1] = j.id end
			table.sort(jobs)
			ev:reply(st.word .. " " .. tostring(kv.get("word")) .. " " .. table.concat(jobs, "+") .. " " .. bot.reload_reason)
		end)
		bot.command{ "once", cooldown = { user = "1h" }, run = function(ev) ev:reply("done") end }`
	for _, place := range []string{"none", "process"} {
		t.Run(place, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml":   "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nscripts: [{name: a, isolation: " + place + "}]\n",
				"scripts/a.lua": code,
			})
			ann := d.join("lobby", "ann")
			want := func(say, want string) {
				t.Helper()
				if got := ann.ask(say); !strings.Contains(got, want) {
					t.Errorf("%s: %q, want %q\n%s", say, got, want, &d.log)
				}
			}
			want("!set first", "is set")
			want("!get", "first first first start")
			if err := d.host.Reload(t.Context(), "a"); err != nil { // its state is handed over, and kept
				t.Fatal(err)
			}
			backup := filepath.Join(t.TempDir(), "b.db")
			if err := d.host.Backup(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
			want("!set second", "is set")
			want("!once", "done")
			if err := d.host.Restore(t.Context(), filepath.Join(d.dir, "config.yaml")); engine.CodeOf(err) != engine.Invalid {
				t.Errorf("a file that is no backup: %v", err)
			}
			want("!get", "second second first+second")
			if err := d.host.Restore(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
			want("!get", "first first first restored")
			want("!once", "done")
		})
	}
}
