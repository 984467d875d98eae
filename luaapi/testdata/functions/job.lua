--- job:cancel works
local n = 0
cron.define("remind", function() n = n + 1 end)
local job = assert(cron.once("1m", "remind"))
same(job:cancel(), true)
sleep("5m")
same({n, #cron.jobs()}, {0, 0})
--> t.clock:advance("5m")

--- job:cancel wrong: call it with a colon, as in job:cancel(…)
cron.define("remind", print)
cron.once("1m", "remind").cancel()

--- job:cancel fails: not_found: this script has no entry or job
cron.define("remind", print)
local job = assert(cron.once("1m", "remind"))
assert(job:cancel())
return job:cancel()
