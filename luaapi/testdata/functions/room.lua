--- room:say works
local m = room:say("hello", {wait = true})
same(m.text, "hello")
same(m.receipt.status, "echoed")
--> room:expect("hello")

--- room:say wrong: argument 1 (text): expected a string, got a table
room:say({})

--- room:say wrong: argument 2 (opts): lane: unknown value "anounce", did you mean "announce"?
room:say("a", {lane = "anounce"})

--- room:say fails: denied: add "chat" to its grants
--< opts.grants = {"store"}
return room:say("hello")

--- room:say fails: invalid: no text given
return room:say(" ")

--- room:say fails: conflict: not now
--< room:refuse("say", {code = "conflict", message = "not now"})
return room:say("hello", {wait = true})

--- room:say fails: not_connected: the connection was lost before proof came
--< room:slow("1m")
return room:say("hello", {wait = true})
--> room:disconnect()

--- room:emote works
room:emote("waves")
--> room:expect_action("emote", {text = "waves"})

--- room:emote wrong: argument 1 (text): expected a string, got nil
room:emote()

--- room:emote fails: unsupported: emote
--< t:room("lobby/lobby", {can = {"say"}})
return room:emote("waves")

--- room:users works
local names = {}
for _, u in ipairs(room:users()) do names[#names + 1] = u.name end
table.sort(names)
same(names, {"ann", "bob", "botd"})

--- room:users wrong: call it with a colon, as in room:users(…)
room.users()

--- room:users cannot fail: knows

--- room:user works
same(room:user("ann"), ann)
same(room:user("id-bob").name, "bob")

--- room:user wrong: argument 1 (name): expected a string, got nil
room:user()

--- room:user fails: not_found: eve is not in lobby/lobby
return room:user("eve")

--- room:history works
--< ann:says("before")
local list = room:history(2)
same({#list, list[1].text, list[2].text}, {2, "before", "!row"})

--- room:history wrong: argument 1 (n): expected a number above 0, got -1
room:history(-1)

--- room:history cannot fail: knows

--- room:wait works
local e = room:wait("message", function(e) return e.user.name == "bob" end, "1m")
same(e.text, "me")
--> ann:says("not me")
--> bob:says("me")

--- room:wait wrong: argument 1 (kind): no event kind "mesage", did you mean "message"?
room:wait("mesage")

--- room:wait fails: timeout: nothing came within 10s
return room:wait("topic", "10s")
--> t.clock:advance("11s")

--- room:wait fails: cancelled: the bot is no longer in lobby/lobby
after(1, function() room:leave() end)
return room:wait("topic")
--> t.clock:advance("1s")

--- room:can works
--< t:room("lobby/lobby", {can = {"say", "kick"}})
same(room:can("kick"), true)
same(room:can("ban"), false)

--- room:can wrong: argument 1 (action): unknown action "tiemout", did you mean "timeout"?
room:can("tiemout")

--- room:can cannot fail: knows

--- room:limits works
local l = room:limits()
same(type(l.text_max), "number")
same(l.text_unit, "runes")

--- room:limits wrong: call it with a colon, as in room:limits(…)
room.limits()

--- room:limits fails: not_found: no room "hc/x"
--< t:room("hc/x", {like = "hackchat"})
local r = bot.room("hc/x")
assert(r:leave())
sleep(1)
return r:limits()
--> t.clock:advance("1s")

--- room:set_topic works
assert(room:set_topic("tea at five"))
sleep(1) -- the network tells of it, and the bot hears it
same(room.topic, "tea at five")
--> t.clock:advance("1s")
--> room:expect_action("set_topic", {text = "tea at five"})

--- room:set_topic wrong: argument 1 (text): expected a string, got true
room:set_topic(true)

--- room:set_topic fails: denied: only for the owner
--< room:refuse("set_topic", {message = "only for the owner"})
return room:set_topic("mine")

--- room:slow works
assert(room:slow("10s"))
--> room:expect_action("slow", {interval = 10})

--- room:slow wrong: argument 1 (interval): expected a duration of 0 or more
room:slow(-5)

--- room:slow fails: unsupported: slow
--< t:room("lobby/lobby", {can = {"say"}})
return room:slow("10s")

--- room:subscribers_only works
assert(room:subscribers_only(true))
--> room:expect_action("subscribers_only", {on = true})

--- room:subscribers_only wrong: argument 1 (on): expected true or false, got nil
room:subscribers_only()

--- room:subscribers_only fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return room:subscribers_only(true)

--- room:lock works
assert(room:lock(true))
--> room:expect_action("lock", {on = true})

--- room:lock wrong: argument 1 (on): expected true or false, got the string "yes"
room:lock("yes")

--- room:lock fails: timeout: the server is busy
--< room:refuse("lock", {code = "timeout", message = "the server is busy"})
return room:lock(true)

--- room:clear works
assert(room:clear())
--> room:expect_action("clear")

--- room:clear wrong: call it with a colon, as in room:clear(…)
room.clear()

--- room:clear fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return room:clear()

--- room:invite works
assert(room:invite(bob, "attic"))
--> room:expect_action("invite", {user = "bob", to = "attic"})

--- room:invite wrong: argument 1 (user): expected a user or a name, got a room
room:invite(room)

--- room:invite fails: not_found: nobody called eve
--< room:refuse("invite", {code = "not_found", message = "nobody called eve"})
return room:invite("eve")

--- room:leave works
assert(room:leave())
sleep(1)
same(bot.room("lobby/lobby"), nil)
--> t.clock:advance("1s")
--> room:expect_action("leave")

--- room:leave wrong: call it with a colon, as in room:leave(…)
room.leave()

--- room:leave fails: denied: add "session" to its grants
--< opts.grants = {"chat"}
return room:leave()

--- room:move works
assert(room:move("attic"))
--> room:expect_action("move", {to = "attic"})

--- room:move wrong: argument 1 (to): expected a string, got nil
room:move()

--- room:move fails: invalid: no room to move to given
return room:move("")

--- room:emoji works
same(room:emoji{"yay"}, {})
--> room:expect_action("emoji", {names = {"yay"}})

--- room:emoji wrong: argument 1 (names): expected a list, got the string "yay"
room:emoji("yay")

--- room:emoji fails: unsupported: emoji
--< t:room("lobby/lobby", {can = {"say"}})
return room:emoji{"yay"}

--- room:emoji_search works
same(room:emoji_search("ya"), {})
--> room:expect_action("search_emoji", {term = "ya"})

--- room:emoji_search wrong: argument 1 (term): expected a string, got nil
room:emoji_search()

--- room:emoji_search fails: invalid: no term given
return room:emoji_search(" ")

--- room:poll works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
same({p.question, p.status, p.options}, {"Tea?", "started", {"yes", "no"}})
--> room:expect("Poll: Tea?")

--- room:poll wrong: argument 1 (spec): options is missing: expected a list
room:poll{question = "Tea?"}

--- room:poll fails: invalid: a poll needs 2 to 20 options, got 1
return room:poll{question = "Tea?", options = {"yes"}}

--- room:poll fails: denied: add "chat" to its grants
--< opts.grants = {"store"}
return room:poll{question = "Tea?", options = {"yes", "no"}}

--- room:polls works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
same({#room:polls(), room:polls()[1].id}, {1, p.id})
p:close()
same(#room:polls(), 0)
same({p.tag, room:polls{over = true}[1].id}, {"a", p.id})

--- room:polls wrong: argument 1 (opts): unknown option "all"
room:polls{all = true}

--- room:polls wrong: call it with a colon, as in room:polls(…)
room.polls()

--- room:raffle works
local r = assert(room:raffle{prize = "a cake"})
same({r.prize, r.keyword, r.status, #r.commitment}, {"a cake", "!join", "started", 64})
--> room:expect("a cake")

--- room:raffle wrong: argument 1 (spec): prize is missing: expected a string
room:raffle{}

--- room:raffle fails: invalid: a raffle has 2 to 10 answers
return room:raffle{prize = "a cake", answers = {"red"}}

--- room:raffle fails: denied: add "chat" to its grants
--< opts.grants = {"store"}
return room:raffle{prize = "a cake"}

--- room:raffles works
local r = assert(room:raffle{prize = "a cake"})
same({#room:raffles(), room:raffles()[1].id}, {1, r.id})
r:cancel()
same(#room:raffles(), 0)
same({r.answers, room:raffles{over = true}[1].id}, {{}, r.id})
same(assert(room:raffle{prize = "a pie", answers = {"red", "blue"}}).answers, {"red", "blue"})

--- room:raffles wrong: argument 1 (opts): unknown option "all"
room:raffles{all = true}

--- room:raffles wrong: call it with a colon, as in room:raffles(…)
room.raffles()

--- room:call works
--< t:answers("lobby", "stats", {lines = 7})
same(room:call("stats", {n = 1}), {lines = 7})
--> room:expect_action("call", {name = "stats", params = {n = 1}})

--- room:call wrong: argument 1 (command): expected a string, got nil
room:call()

--- room:call fails: denied: add "call" to its grants
--< opts.grants = {"chat"}
return room:call("stats")

--- room:polls cannot fail: isolated

--- room:raffles cannot fail: isolated
