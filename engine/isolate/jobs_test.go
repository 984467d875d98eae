package isolate_test

import (
	"strings"
	"testing"
)

// Jobs of a script with a process of its own: they outlive the version, what was cut off
// by the death of the process is begun again, and what is cancelled is not.
func TestJobs(t *testing.T) {
	b := newBench(t)
	const code = `
		cron.define("n", function(job)
			local bytes = job.data and job.data.bytes == "\255" and "bytes" or tostring(job.data)
			bot.room("s/lobby"):say(job.name .. " " .. job.attempt .. " " .. bytes)
		end)
		cron.define("die", function(job) if job.attempt == 1 then exit(1) end bot.room("s/lobby"):say("die " .. job.attempt) end)
		bot.command("now", function(ev) cron.once(0, "n", {bytes = "\255"}) end)
		bot.command("die", function(ev) cron.once(0, "die") end)
		bot.command("later", function(ev)
			assert(cron.once("1h", "n", 1, {id = "x"}))
			local list = {}
			for _, j in ipairs(cron.jobs()) do list[#list + 1] = j.id .. tostring(j.data) end
			ev:reply(table.concat(list, " ") .. tostring(cron.cancel("x")) .. select(2, cron.cancel("x")).code .. #cron.jobs())
		end)`
	b.mustLoad("a", code)
	if got := b.ask("!later"); got != "x1truenot_found0" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	said := func(want string) {
		t.Helper()
		var all string
		b.until("it says "+want, func() bool { all += b.take(); return strings.Contains(all, want) })
	}
	b.say("!now")
	said("n 1 bytes")
	b.say("!die")
	said("die 2")
	b.until("none is left", func() bool { return len(b.jobs.Of("")) == 0 })
	b.mustLoad("a", code)
	b.say("!now")
	said("n 1 bytes")
	b.stop()
	if list := b.jobs.Of(""); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
}
