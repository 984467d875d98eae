--- poll:wait works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}, duration = "1m"})
local result = p:wait()
same({result.winner, result.winner_text, result.voters, result.status}, {2, "no", 1, "ended"})
--> bob:says("2")
--> t.clock:advance("1m")

--- poll:wait wrong: call it with a colon, as in poll:wait(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.wait()

--- poll:wait fails: cancelled: the poll was cancelled
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
after(1, function() p:cancel() end)
return p:wait()
--> t.clock:advance("1s")

--- poll:vote works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
same(p:vote(bob, 1), true)
same(p:vote("ann", 1), true)
same(p:results().options, {{text = "yes", votes = 2, label = "1) yes"}, {text = "no", votes = 0, label = "2) no"}})

--- poll:vote wrong: argument 2 (n): expected the number of an option or a list of them
room:poll{question = "Tea?", options = {"yes", "no"}}:vote(bob, "yes")

--- poll:vote wrong: argument 1 (user): expected a user or a name, got nil
room:poll{question = "Tea?", options = {"yes", "no"}}:vote(nil, 1)

--- poll:vote fails: conflict
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:close())
return p:vote(bob, 1)

--- poll:vote fails: denied
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}, roles = {"moderator"}})
return p:vote(bob, 1)

--- poll:vote fails: invalid
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
return p:vote(bob, 3)

--- poll:vote fails: not_found: eve is not in lobby/lobby
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
return p:vote("eve", 1)

--- poll:results works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}, hidden = true})
assert(p:vote(bob, 1))
same({p:results().voters, p:results().decided, p:results().options[1].votes}, {1, "", 0})
assert(p:close())
same({p:results().decided, p:results().options[1].votes}, {"votes", 1})

--- poll:results wrong: call it with a colon, as in poll:results(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.results()

--- poll:results cannot fail: isolated

--- poll:pause works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:pause())
same(p.status, "paused")

--- poll:pause wrong: call it with a colon, as in poll:pause(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.pause()

--- poll:pause fails: conflict
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:close())
return p:pause()

--- poll:resume works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:pause()) assert(p:resume())
same(p.status, "started")

--- poll:resume wrong: call it with a colon, as in poll:resume(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.resume()

--- poll:resume fails: conflict
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
return p:resume()

--- poll:close works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:close())
same(p.status, "ended")
--> room:expect("Poll has ended: Tea?")

--- poll:close wrong: call it with a colon, as in poll:close(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.close()

--- poll:close fails: conflict
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:close())
return p:close()

--- poll:cancel works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:cancel())
same(p.status, "cancelled")

--- poll:cancel wrong: call it with a colon, as in poll:cancel(…)
room:poll{question = "Tea?", options = {"yes", "no"}}.cancel()

--- poll:cancel fails: conflict
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
assert(p:close())
return p:cancel()
