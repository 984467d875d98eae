--- cron.at works
local ran = {}
cron.at("30 12 * * *", {id = "lunch"}, function(at) ran[#ran + 1] = time.format(at, "%H:%M") end)
sleep("25h")
same(ran, {"12:30", "12:30"})
--> t.clock:advance("25h")

--- cron.at wrong: argument 1 (spec): hour
cron.at("0 25 * * *", print)

--- cron.at wrong: argument 2 (opts): tz: no time zone "Europe/Rom"
cron.at("0 9 * * *", {tz = "Europe/Rom"}, print)

--- cron.at wrong: argument 2 (opts): missed: unknown value "onse", did you mean "once"?
cron.at("0 9 * * *", {missed = "onse"}, print)

--- cron.at fails: denied: add "cron" to its grants
--< opts.grants = {"chat"}
return cron.at("0 9 * * *", print)

--- cron.every works
local n = 0
cron.every("10m", function() n = n + 1 end)
sleep("35m")
same(n, 3)
--> t.clock:advance("35m")

--- cron.every wrong: argument 1 (d): runs can be from 1s to 3660 days apart, not 100ms
cron.every(0.1, print)

--- cron.every fails: quota: entries already; end those it no longer needs with cron.cancel
for _ = 1, 100000 do
  local e, err = cron.every("1h", print)
  if not e then return e, err end
end

--- cron.list works
cron.every("1h", {id = "tick"}, print)
same({#cron.list(), cron.list()[1].id, cron.list()[1].spec}, {1, "tick", "@every 1h0m0s"})

--- cron.list cannot fail: knows

--- cron.cancel works
local n = 0
cron.every("1m", {id = "tick"}, function() n = n + 1 end)
assert(cron.cancel("tick"))
sleep("5m")
same({n, #cron.list()}, {0, 0})
--> t.clock:advance("5m")

--- cron.cancel wrong: argument 1 (id): expected a string, got nil
cron.cancel()

--- cron.cancel fails: not_found: this script has no entry or job "tick"
return cron.cancel("tick")

--- cron.pause works
local n = 0
local e = cron.every("1m", {id = "tick"}, function() n = n + 1 end)
assert(cron.pause("tick"))
sleep("5m")
same({n, e.paused}, {0, true})
--> t.clock:advance("5m")

--- cron.pause wrong: argument 1 (id): expected a string, got a table
cron.pause({})

--- cron.pause fails: not_found: this script has no entry "tick"
return cron.pause("tick")

--- cron.resume works
local n = 0
cron.every("1m", {id = "tick"}, function() n = n + 1 end)
assert(cron.pause("tick"))
assert(cron.resume("tick"))
sleep("3m30s")
same(n, 3)
--> t.clock:advance("4m")

--- cron.resume wrong: argument 1 (id): expected a string, got true
cron.resume(true)

--- cron.resume fails: not_found: this script has no entry "tick"
return cron.resume("tick")

--- cron.next works
same(cron.next("0 9 * * 1-5", 2, "Europe/Rome"), {1893571200, 1893657600})

--- cron.next wrong: argument 2 (n): expected a number from 1 to 1000, got 2000
cron.next("@daily", 2000)

--- cron.next wrong: argument 3 (tz): no time zone "Mars"
cron.next("@daily", 1, "Mars")

--- cron.next cannot fail: computes

--- cron.define works
local seen
cron.define("remind", function(job) seen = {job.name, job.data, job.attempt} end)
-- !row
assert(cron.once("1m", "remind", {who = "ann"}))
sleep("2m")
same(seen, {"remind", {who = "ann"}, 1})
--> t.clock:advance("2m")

--- cron.define wrong: argument 1 (name): expected 1 to 100 characters
cron.define("", print)

--- cron.define wrong: argument 1 (name): "a" is defined already
cron.define("a", print)
cron.define("a", print)

--- cron.define fails: denied: add "cron" to its grants
--< opts.grants = {"chat"}
return cron.define("a", print)

--- cron.once works
local n = 0
cron.define("remind", function() n = n + 1 end)
-- !row
local job = assert(cron.once(time.now() + 60, "remind", nil, {id = "r1"}))
same({job.id, job.at - time.now(), #cron.jobs()}, {"r1", 60, 1})
assert(cron.once("2m", "remind", nil, {id = "r1"}))
sleep("90s")
same(n, 0)
sleep("90s")
same({n, #cron.jobs()}, {1, 0})
--> t.clock:advance("5m")

--- cron.once wrong: argument 2 (name): nothing is defined under "remnd", did you mean "remind"?
cron.define("remind", print)
cron.once("1m", "remnd")

--- cron.once wrong: argument 1 (when): expected a duration or a time
cron.define("remind", print)
cron.once("soon", "remind")

--- cron.once fails: quota: the data has 69 KiB, more than 64 KiB
cron.define("remind", print)
return cron.once("1m", "remind", ("x"):rep(70000))

--- cron.jobs works
cron.define("remind", print)
assert(cron.once("2m", "remind", 2, {id = "b"}))
assert(cron.once("1m", "remind", 1, {id = "a"}))
same({#cron.jobs(), cron.jobs()[1].id, cron.jobs()[2].data}, {2, "a", 2})

--- cron.jobs cannot fail: knows
