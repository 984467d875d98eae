--- test_room:user works
t:load("answers.lua")
local eve = room:user("eve", {role = "admin"})
room:expect("welcome eve")
expect(eve.role):equals("admin")
expect(room:user("eve")):equals(eve)

--- test_room:user wrong: argument 2 (opts): no role "boss"
room:user("eve", {role = "boss"})

--- test_room:user wrong: argument 1 (name): expected a string, got a table
room:user({})

--- test_room:user cannot fail: tells

--- test_room:expect works
t:load("answers.lua")
ann:says("!ping 1")
expect(room:expect("pong %d", {pattern = true}).text):equals("pong 1")
ann:says("!late")
room:expect("late", {within = "2m"})

--- test_room:expect wrong: argument 2 (opts): unknown option "exactly", did you mean "exact"?
room:expect("a", {exactly = true})

--- test_room:expect fails: the bot did not say "pong"
ann:says("!ping")
room:expect("pong")

--- test_room:expect_lines works
t:load("answers.lua")
ann:says("!ping 1")
ann:says("!ping 2")
room:expect_lines{"pong 1", "pong 2"}

--- test_room:expect_lines wrong: argument 1 (lines): expected a list, got the string "pong"
room:expect_lines("pong")

--- test_room:expect_lines fails: the bot said other lines
t:load("answers.lua")
ann:says("!ping 1")
room:expect_lines{"pong 1", "pong 2"}

--- test_room:expect_nothing works
ann:says("hello")
room:expect_nothing()

--- test_room:expect_nothing wrong: call it with a colon, as in test_room:expect_nothing(…)
room.expect_nothing()

--- test_room:expect_nothing fails: expected nothing of the bot
t:load("answers.lua")
ann:says("!ping")
room:expect_nothing()

--- test_room:expect_action works
t:load("answers.lua", opts)
ann:says("!kick bob")
room:expect_action("kick", {user = "bob", reason = "out"})

--- test_room:expect_action wrong: argument 1 (name): unknown action "kik", did you mean "kick"?
room:expect_action("kik")

--- test_room:expect_action fails: the bot did not kick with { user = "bob" }
room:expect_action("kick", {user = "bob"})

--- test_room:lines works
t:load("answers.lua")
ann:says("!ping 1")
expect(#room:lines()):equals(1)
expect(room:lines()[1].kind):equals("say")

--- test_room:lines wrong: call it with a colon, as in test_room:lines(…)
room.lines()

--- test_room:lines cannot fail: tells

--- test_room:last works
expect(room:last()):is_nil()
t:load("answers.lua")
ann:says("!ping 1")
expect(room:last().text):equals("pong 1")

--- test_room:last wrong: call it with a colon, as in test_room:last(…)
room.last()

--- test_room:last cannot fail: tells

--- test_room:event works
t:load("answers.lua")
room:event("stream", {live = true}, ann)
room:expect("live: true")

--- test_room:event wrong: argument 1 (kind): unknown event kind "steam", did you mean "stream"?
room:event("steam")

--- test_room:event wrong: argument 2 (fields): expected plain data
room:event("stream", print)

--- test_room:event wrong: argument 2 (fields): live: expected a bool, got a string
room:event("stream", {live = "yes"})

--- test_room:event cannot fail: tells

--- test_room:disconnect works
t:load("answers.lua")
room:disconnect("the cable is cut", {stay = true})
t:expect_log("gone: the cable is cut")
expect(room.online):is_false()
t.clock:advance("1h")
expect(room.online):is_false()

--- test_room:disconnect wrong: argument 2 (opts): unknown option "stays", did you mean "stay"?
room:disconnect("gone", {stays = true})

--- test_room:disconnect cannot fail: tells

--- test_room:connect works
room:disconnect("gone", {stay = true})
room:connect()
expect(room.online):is_true()

--- test_room:connect wrong: call it with a colon, as in test_room:connect(…)
room.connect()

--- test_room:connect fails: the bot did not come back into lobby/lobby within an hour
t:load("leaves.lua", opts)
ann:says("!leave")
room:connect()

--- test_room:kick works
room:kick("out")
expect(room.online):is_false()
room:connect()
expect(room.online):is_true()

--- test_room:kick wrong: argument 1 (reason): expected a string, got a table
room:kick({})

--- test_room:kick cannot fail: tells

--- test_room:lag works
t:load("answers.lua")
room:lag("2s")
ann:says("!ping")
room:expect_nothing()
t.clock:advance("2s")
room:expect("pong")

--- test_room:lag wrong: argument 1 (d): expected a duration
room:lag("soon")

--- test_room:lag cannot fail: tells

--- test_room:slow works
t:load("answers.lua", opts)
room:slow("1m")
ann:says("!kick bob")
t:expect_error("the connection was lost before proof came", function() room:disconnect() end)

--- test_room:slow wrong: argument 1 (d): expected a duration
room:slow()

--- test_room:slow cannot fail: tells

--- test_room:duplicate works
t:load("answers.lua")
room:duplicate()
ann:says("!count")
ann:says("!count")
room:expect_lines{"n 1", "n 2", "n 3"}

--- test_room:duplicate wrong: argument 1 (n): expected a whole number, got the number 1.5
room:duplicate(1.5)

--- test_room:duplicate cannot fail: tells

--- test_room:refuse works
t:load("answers.lua", opts)
room:refuse("kick", {code = "conflict", message = "not now", times = 1})
t:expect_error("conflict: not now", function() ann:says("!kick bob") end)
ann:says("!kick bob")
room:expect_action("kick")

--- test_room:refuse wrong: argument 1 (action): unknown action "kik", did you mean "kick"?
room:refuse("kik")

--- test_room:refuse wrong: argument 2 (opts): code: unknown value "denid", did you mean "denied"?
room:refuse("kick", {code = "denid"})

--- test_room:refuse cannot fail: tells
