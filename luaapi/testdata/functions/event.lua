--- event:reply works
local m = ev:reply("hello")
same(m.text, "hello")
--> room:expect("hello")

--- event:reply works: in private
bot.command("psst", function(e) e:reply("secret") end)
assert(true)
--> ann:whispers("!psst")
--> ann:expect("secret")

--- event:reply wrong: argument 1 (text): expected a string, got nil
ev:reply()

--- event:reply wrong: argument 2 (opts): unknown option "lanes", did you mean "lane"?
ev:reply("a", {lanes = "reply"})

--- event:reply fails: denied: add "chat" to its grants
--< opts.grants = {"store"}
return ev:reply("hello")

--- event:reply fails: invalid: event without a room has nowhere to reply to
local err
bot.once("some.thing", function(e) err = {e:reply("hello")} end)
bot.emit("some.thing")
sleep(1)
return unpack(err, 1, 2)
--> t.clock:advance("1s")

--- event:whisper works
ev:whisper("psst")
assert(ev.user == ann)
--> ann:expect("psst")

--- event:whisper wrong: argument 1 (text): expected a string, got true
ev:whisper(true)

--- event:whisper fails: unsupported: whisper
--< t:room("lobby/lobby", {can = {"say"}})
return ev:whisper("psst")

--- event:react works
assert(ev:react("🎂"))
--> room:expect_action("react", {emoji = "🎂"})

--- event:react wrong: argument 1 (emoji): expected a string, got nil
ev:react()

--- event:react fails: unsupported: react
--< t:room("lobby/lobby", {can = {"say"}})
return ev:react("🎂")

--- event:delete works
assert(ev:delete("spam"))
--> room:expect_action("delete", {reason = "spam"})

--- event:delete wrong: argument 1 (reason): expected a string, got a table
ev:delete({})

--- event:delete fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return ev:delete("spam")

--- event:ask works
same(ev:ask("How old?", {as = "int"}), 20)
--> room:expect("How old?")
--> bob:says("30")
--> ann:says("twenty")
--> room:expect("Expected a whole number")
--> ann:says("20")

--- event:ask wrong: argument 2 (opts): as: no type "integer"; there are bool
ev:ask("How old?", {as = "integer"})

--- event:ask fails: timeout: ann did not answer within 30s
return ev:ask("How old?", {timeout = "30s"})
--> t.clock:advance("31s")

--- event:ask fails: cancelled
return ev:ask("How old?")
--> ann:says("cancel")

--- event:ask fails: conflict
bot.spawn(function() ev:ask("First?") end)
sleep(1)
return ev:ask("Second?")
--> t.clock:advance("1s")
--> ann:says("answer")

--- event:choose works
same(ev:choose("Which?", {"green", "black"}), "black")
--> room:expect("1) green 2) black")
--> ann:says("2")

--- event:choose wrong: argument 2 (list): expected a list, got nil
ev:choose("Which?")

--- event:choose wrong: argument 2 (list): expected 1 to 50 items, got 0
ev:choose("Which?", {})

--- event:choose fails: timeout
return ev:choose("Which?", {"green", "black"}, {timeout = "10s"})
--> t.clock:advance("11s")

--- event:confirm works
same(ev:confirm("Sure?"), true)
same(ev:confirm("Really?"), false)
--> room:expect("Sure?")
--> ann:says("yes")
--> room:expect("Really?")
--> ann:says("no")

--- event:confirm wrong: argument 2 (opts): unknown option "as"
ev:confirm("Sure?", {as = "int"})

--- event:confirm fails: denied: add "chat" to its grants
--< opts.grants = {"store"}
return ev:confirm("Sure?")

--- event:stop works
local heard = {}
bot.on("message", function(e) heard[#heard + 1] = 1 if e.text == "hush" then e:stop() end end)
bot.on("message", function() heard[#heard + 1] = 2 end)
sleep(1)
same(heard, {1, 2, 1})
--> bob:says("hello")
--> bob:says("hush")
--> t.clock:advance("1s")

--- event:stop wrong: call it with a colon, as in event:stop(…)
ev.stop()

--- event:stop cannot fail: ends

--- event:table works
local t = ev:table()
same({t.kind, t.text, t.user.name, t.room.id, t.session}, {"message", "!row", "ann", "lobby", "lobby"})
assert(json.encode(t))

--- event:table wrong: call it with a colon, as in event:table(…)
ev.table()

--- event:table cannot fail: knows
