--- session:join works
assert(session:join("attic"))
sleep(1)
assert(bot.room("lobby/attic"))
--> t.clock:advance("1s")

--- session:join wrong: argument 1 (room): expected a room or the name of one, got nil
session:join()

--- session:join wrong: argument 1 (room): the room belongs to session "lobby", not to "other"
--< t:room("other/x")
bot.session("other"):join(room)

--- session:join fails: denied: you are not invited
--< room:refuse("join", {message = "you are not invited"})
return session:join("attic")

--- session:leave works
assert(session:leave(room))
sleep(1)
same(bot.room("lobby/lobby"), nil)
--> t.clock:advance("1s")
--> room:expect_action("leave")

--- session:leave wrong: argument 1 (room): expected a room or the name of one, got true
session:leave(true)

--- session:leave fails: not_found: no room "attic"
return session:leave("attic")

--- session:rename works
assert(session:rename("helper"))
sleep(1)
same(session.me.name, "helper")
--> t.clock:advance("1s")

--- session:rename wrong: argument 1 (nick): expected a string, got nil
session:rename()

--- session:rename fails: conflict: the name is taken
--< room:refuse("rename", {code = "conflict", message = "the name is taken"})
return session:rename("ann")

--- session:can works
--< t:room("lobby/lobby", {can = {"say"}})
same({session:can("say"), session:can("ban")}, {true, false})

--- session:can wrong: argument 1 (action): unknown action "sya"; there are say,
session:can("sya")

--- session:can cannot fail: knows

--- session:rooms works
--< t:room("other/x")
same({#session:rooms(), session:rooms()[1].id}, {1, "lobby/lobby"})

--- session:rooms wrong: call it with a colon, as in session:rooms(…)
session.rooms()

--- session:rooms cannot fail: knows

--- session:call works
--< t:answers("lobby", "stats", {lines = 7})
same(session:call("stats", {n = 1}), {lines = 7})

--- session:call wrong: argument 2 (params): expected a table, got true
session:call("stats", true)

--- session:call fails: conflict: not now
--< room:refuse("call", {code = "conflict", message = "not now"})
return session:call("stats")

--- session:commands works
--< t:room("hc/x", {like = "hackchat"})
local names = {}
for _, k in ipairs(bot.session("hc"):commands()) do names[k.name] = true end
assert(names.changenick)

--- session:commands wrong: call it with a colon, as in session:commands(…)
session.commands()

--- session:commands cannot fail: knows
