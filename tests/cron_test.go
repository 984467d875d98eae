package tests

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/admin"
)

// A scheduled entry is seen and run by an operator, goes on after a reload, and ends
// with its script.
func TestScheduledEntry(t *testing.T) {
	const code = `cron.at("0 9 * * 1-5", {id = "standup", tz = "Europe/Rome"}, function()
		for _, room in ipairs(bot.rooms()) do room:say("stand-up, generation " .. bot.generation) end
	end)`
	d := start(t, map[string]string{"scripts/plan.lua": code})
	ann := d.join("lobby", "ann")
	c := d.control()
	entries := func() string {
		list, err := c.Cron(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range list {
			out = append(out, e.Script+" "+e.ID+" "+e.Spec+" "+e.Zone)
		}
		return strings.Join(out, ", ")
	}
	d.until("the entry is there", func() bool { return entries() == "plan standup 0 9 * * 1-5 Europe/Rome" })
	heard := func(want string) {
		t.Helper()
		if err := c.CronRun(t.Context(), "plan", "standup"); err != nil {
			t.Fatal(err)
		}
		d.until("the bot says "+want, func() bool {
			ann.mu.Lock()
			defer ann.mu.Unlock()
			return len(ann.heard) > 0 && ann.heard[len(ann.heard)-1] == want
		})
	}
	heard("stand-up, generation 1")
	if err := c.Reload(t.Context(), "plan"); err != nil {
		t.Fatal(err)
	}
	d.until("no run is on", func() bool {
		list, err := c.Cron(t.Context())
		return err == nil && len(list) == 1 && list[0].Running == 0
	})
	heard("stand-up, generation 2")
	if err := c.CronRun(t.Context(), "plan", "sitdown"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("an entry that is not there: %v", err)
	}
	d.remove("scripts/plan.lua")
	d.until("the entry is gone", func() bool { return entries() == "" })
}

// Entries and jobs go on after a restart: the pause of an entry holds, and a job that was
// cut off is begun again.
func TestScheduleOverRestart(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{"config.yaml": withIsolation(kind, "plan"), "scripts/plan.lua": `
				cron.at("0 9 * * 1-5", {id = "standup"}, function() end)
				cron.define("remind", function(job)
					if job.attempt == 1 then sleep("1h") end
					log.info("remember " .. job.data .. ", attempt " .. job.attempt)
				end)
				bot.command("plan", function(ev, text)
					cron.pause("standup")
					assert(cron.once("1h", "remind", "later", {id = "later"}))
					assert(cron.once(0, "remind", text, {id = "now"}))
					ev:reply("planned")
				end)`}
			d := start(t, files)
			if got := d.join("lobby", "ann").ask("!plan tea"); !strings.HasPrefix(got, "planned") {
				t.Fatalf("got %q (%s)", got, d.fault())
			}
			entries := func() string {
				var out []string
				for _, e := range d.host.Cron() {
					out = append(out, fmt.Sprintf("%s %v %d", e.ID, e.Paused, e.Running))
				}
				return strings.Join(out, ", ")
			}
			d.until("it has begun", func() bool { return entries() == "standup true 0, now false 1, later false 0" })
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			d.until("it is done", func() bool { return strings.Contains(d.log.String(), "remember tea, attempt 2") })
			d.until("the rest is there", func() bool { return entries() == "standup true 0, later false 0" })
		})
	}
}

// Without the grant there is no schedule, and the error names the cure.
func TestCronGrant(t *testing.T) {
	d := start(t, map[string]string{
		"scripts/plan.lua": `local e, err = cron.at("@daily", print)
			bot.command("why", function(ev) ev:reply(tostring(e) .. " " .. err.code .. ": " .. err.message) end)`,
		"config.yaml": "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nscripts: [{name: plan, grants: [chat]}]\n",
	})
	want := `nil denied: script "plan" may not schedule anything: add "cron" to its grants in config.yaml (scripts: - name: plan, grants: [chat, cron])`
	if got := d.join("lobby", "ann").ask("!why"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// control is a client of the daemon's control socket.
func (d *daemon) control() *admin.Client {
	d.t.Helper()
	dir := d.t.TempDir()
	claim, err := admin.ClaimFolder(dir)
	if err != nil {
		d.t.Fatal(err)
	}
	l, err := claim.Listen()
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- admin.NewServer(d.host, slog.New(slog.DiscardHandler)).Serve(ctx, l) }()
	d.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("control socket: %v", err)
		}
		claim.Release()
	})
	return admin.NewClient(dir)
}
