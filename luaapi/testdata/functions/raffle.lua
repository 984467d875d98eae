--- raffle:wait works
local r = assert(room:raffle{prize = "a cake", duration = "1m"})
local winners, proof = r:wait()
same({#winners, winners[1].name, #proof.entries, r.status}, {1, "bob", 1, "drawn"})
--> bob:says("!join")
--> t.clock:advance("1m")

--- raffle:wait wrong: call it with a colon, as in raffle:wait(…)
room:raffle{prize = "a cake"}.wait()

--- raffle:wait fails: cancelled: the raffle was cancelled
local r = assert(room:raffle{prize = "a cake"})
after(1, function() r:cancel() end)
return r:wait()
--> t.clock:advance("1s")

--- raffle:winners works
local r = assert(room:raffle{prize = "a cake"})
same(r:winners(), {})
assert(r:enter(bob)) assert(r:close())
same(r:winners()[1], bob)

--- raffle:winners wrong: call it with a colon, as in raffle:winners(…)
room:raffle{prize = "a cake"}.winners()

--- raffle:proof works
local r = assert(room:raffle{prize = "a cake"})
same(r:proof(), nil)
assert(r:enter(bob)) assert(r:close())
same({r:proof().commitment, r.list_hash}, {r.commitment, r:proof().list_hash})

--- raffle:proof wrong: call it with a colon, as in raffle:proof(…)
room:raffle{prize = "a cake"}.proof()

--- raffle:winners cannot fail: isolated

--- raffle:proof cannot fail: isolated

--- raffle:enter works
local r = assert(room:raffle{prize = "a cake"})
same(r:enter(bob), true)
same(r:enter("ann"), true)
same(r.entries, 2)

--- raffle:enter wrong: argument 1 (user): expected a user or a name, got true
room:raffle{prize = "a cake"}:enter(true)

--- raffle:enter fails: denied
local r = assert(room:raffle{prize = "a cake", roles = {"moderator"}})
return r:enter(bob)

--- raffle:enter fails: conflict
local r = assert(room:raffle{prize = "a cake"})
assert(r:close())
return r:enter(bob)

--- raffle:draw works
local r = assert(room:raffle{prize = "a cake", question = "2 + 2?", answers = {"3", "4"}})
assert(r:enter(bob, 2)) assert(r:enter(ann, 1))
assert(r:close())
same(r.status, "ended")
assert(r:draw(2))
same({r.status, r:winners()[1].name}, {"drawn", "bob"})

--- raffle:draw wrong: argument 1 (answer): expected a whole number, got the string "four"
room:raffle{prize = "a cake"}:draw("four")

--- raffle:draw fails: invalid
local r = assert(room:raffle{prize = "a cake", question = "2 + 2?", answers = {"3", "4"}})
assert(r:close())
return r:draw(3)

--- raffle:reroll works
local r = assert(room:raffle{prize = "a cake"})
assert(r:enter(bob)) assert(r:enter(ann)) assert(r:close())
local first = r:winners()[1]
assert(r:reroll(first, "has left"))
assert(r:winners()[1] ~= first)

--- raffle:reroll wrong: argument 1 (user): expected a user or a name, got nil
room:raffle{prize = "a cake"}:reroll()

--- raffle:reroll fails: not_found
local r = assert(room:raffle{prize = "a cake"})
assert(r:enter(bob)) assert(r:close())
return r:reroll(ann)

--- raffle:pause works
local r = assert(room:raffle{prize = "a cake"})
assert(r:pause())
same(r.status, "paused")

--- raffle:pause wrong: call it with a colon, as in raffle:pause(…)
room:raffle{prize = "a cake"}.pause()

--- raffle:pause fails: conflict
local r = assert(room:raffle{prize = "a cake"})
assert(r:cancel())
return r:pause()

--- raffle:resume works
local r = assert(room:raffle{prize = "a cake"})
assert(r:pause()) assert(r:resume())
same(r.status, "started")

--- raffle:resume wrong: call it with a colon, as in raffle:resume(…)
room:raffle{prize = "a cake"}.resume()

--- raffle:resume fails: conflict
return room:raffle{prize = "a cake"}:resume()

--- raffle:close works
local r = assert(room:raffle{prize = "a cake"})
assert(r:enter(bob)) assert(r:close())
same(r.status, "drawn")
--> room:expect("bob")

--- raffle:close wrong: call it with a colon, as in raffle:close(…)
room:raffle{prize = "a cake"}.close()

--- raffle:close fails: conflict
local r = assert(room:raffle{prize = "a cake"})
assert(r:cancel())
return r:close()

--- raffle:hide works
local r = assert(room:raffle{prize = "a cake"})
assert(r:enter(bob)) assert(r:close()) assert(r:hide())
same(r.status, "hidden")

--- raffle:hide wrong: call it with a colon, as in raffle:hide(…)
room:raffle{prize = "a cake"}.hide()

--- raffle:hide fails: conflict
return room:raffle{prize = "a cake"}:hide()

--- raffle:cleanup works
local r = assert(room:raffle{prize = "a cake"})
assert(r:enter(bob)) assert(r:close()) assert(r:cleanup())
same(r.status, "removed")

--- raffle:cleanup wrong: call it with a colon, as in raffle:cleanup(…)
room:raffle{prize = "a cake"}.cleanup()

--- raffle:cleanup fails: conflict
return room:raffle{prize = "a cake"}:cleanup()

--- raffle:cancel works
local r = assert(room:raffle{prize = "a cake"})
assert(r:cancel())
same(r.status, "cancelled")

--- raffle:cancel wrong: call it with a colon, as in raffle:cancel(…)
room:raffle{prize = "a cake"}.cancel()

--- raffle:cancel fails: conflict
local r = assert(room:raffle{prize = "a cake"})
assert(r:cancel())
return r:cancel()
