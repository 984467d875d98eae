--- bot.on works
local seen = {}
bot.on({"edit", "message"}, {rooms = {"lobby/*"}, text = "^thank (%w+)"}, function(e, whom) seen[#seen + 1] = e.kind .. " " .. tostring(whom) end)
sleep(1)
same(seen, {"message bob"})
--> ann:says("thank bob")
--> ann:says("hello")
--> t.clock:advance("1s")

--- bot.on wrong: argument 1 (kind): no event kind "mesage", did you mean "message"?
bot.on("mesage", print)

--- bot.on wrong: argument 2 (filter): unknown option "room", did you mean "rooms"?
bot.on("message", {room = "x"}, print)

--- bot.on wrong: argument 3 (fn): expected a function, got nil
bot.on("message")

--- bot.on cannot fail: registers

--- bot.once works
local n = 0
bot.once("message", function() n = n + 1 end)
sleep(1)
same(n, 1)
--> bob:says("one")
--> bob:says("two")
--> t.clock:advance("1s")

--- bot.once wrong: argument 2 (filter): expected a table, got the number 5
bot.once("message", 5, print)

--- bot.once cannot fail: registers

--- bot.hear works
local sum
bot.hear("(%d+)%+(%d+)", function(_, a, b) sum = a + b end)
sleep(1)
same(sum, 5)
--> bob:says("what is 2+3")
--> t.clock:advance("1s")

--- bot.hear wrong: argument 1 (pattern): the pattern "%"
bot.hear("%", print)

--- bot.hear cannot fail: registers

--- bot.command works
local got
bot.command("ping", function(_, rest) got = rest end)
sleep(1)
same(got, "7")
--> bob:says("!ping 7")
--> t.clock:advance("1s")

--- bot.command works: with arguments
bot.command{"add", args = "a:int b:int=1", run = function(e, a) e:reply(a.a + a.b) end}
assert(true)
--> bob:says("!add 2 3")
--> room:expect("5", {exact = true})
--> bob:says("!add two")
--> room:expect("expected a whole number")

--- bot.command wrong: argument 1 (spec): unknown option "arg", did you mean "args"?
bot.command{"add", arg = "a:int", run = print}

--- bot.command wrong: argument 1 (spec): args: "a:integer": no type "integer"; there are bool
bot.command{"add", args = "a:integer", run = print}

--- bot.command wrong: command name "a b": a name is one word
bot.command("a b", print)

--- bot.command fails: raises there is a command "row" already
bot.command("row", print)

--- bot.commands works
bot.command{"add", args = "a:int", help = "adds", run = print}
local found
for _, k in ipairs(bot.commands()) do
  if k.names[1] == "add" then found = k end
end
same({found.usage, found.help}, {"<a>", "adds"})
same(bot.commands{name = "ADD"}[1].script, bot.name)
same({bot.commands{all = true, name = "help"}[1].script, #bot.commands{room = room, name = "nothing"}}, {"botd", 0})
same(#bot.commands{room = room, name = "row"}, 1)

--- bot.commands wrong: argument 1 (opts): unknown option "rooms", did you mean "room"?
bot.commands{rooms = "lobby/*"}

--- bot.commands cannot fail: knows

--- bot.filter works
local got = {}
assert(bot.filter{ run = function(e) if e.text == "spam" then return "drop" elseif e.text == "one" then return "two" end end })
bot.on("message", function(e) got[#got + 1] = e.text .. "/" .. e.original end)
sleep(1)
same(got, {"two/one", "three/"})
--> bob:says("one")
--> bob:says("spam")
--> bob:says("three")
--> t.clock:advance("1s")

--- bot.filter wrong: argument 1 (spec): fail: unknown value "close", did you mean "closed"?
bot.filter{ fail = "close", run = print }

--- bot.filter fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bot.filter{ run = print }

--- bot.emit works
local got
bot.on("karma.changed", function(e) got = e.data.who end)
assert(bot.emit("karma.changed", {who = "bob"}))
sleep(1)
same(got, "bob")
--> t.clock:advance("1s")

--- bot.emit wrong: argument 1 (name): "message" is the engine's own
bot.emit("message")

--- bot.emit wrong: argument 2 (data): f: expected plain data
bot.emit("a.b", {f = print})

--- bot.emit fails: denied: add "emit" to its grants
--< opts.grants = {"chat"}
return bot.emit("a.b")

--- bot.emit fails: rate_limited: the script emits too many events
for _ = 1, 100000 do
  local ok, err = bot.emit("a.b")
  if not ok then return ok, err end
end

--- bot.rooms works
--< t:room("other/x")
same({#bot.rooms(), #bot.rooms("lobby/*"), #bot.rooms("x/*")}, {2, 1, 0})

--- bot.rooms wrong: argument 1 (glob): expected a string, got a table
bot.rooms({})

--- bot.rooms cannot fail: knows

--- bot.room works
same(bot.room("lobby/lobby"), room)

--- bot.room wrong: argument 1 (path): expected a string, got nil
bot.room()

--- bot.room fails: nil
return bot.room("lobby/attic")

--- bot.poll works
local p = assert(room:poll{question = "Tea?", options = {"yes", "no"}})
same(bot.poll(p.id).question, "Tea?")

--- bot.poll wrong: argument 1 (id): expected a string, got nil
bot.poll()

--- bot.poll fails: not_found: no poll
return bot.poll("p7")

--- bot.raffle works
local r = assert(room:raffle{prize = "a cake"})
same(bot.raffle(r.id).prize, "a cake")

--- bot.raffle wrong: argument 1 (id): expected a string, got a table
bot.raffle({})

--- bot.raffle fails: not_found: no raffle
return bot.raffle("r7")

--- bot.sessions works
--< t:room("other/x")
local names = {}
for i, s in ipairs(bot.sessions()) do names[i] = s.name end
table.sort(names)
same(names, {"lobby", "other"})

--- bot.sessions cannot fail: knows

--- bot.session works
same({bot.session("lobby").state, bot.session("lobby").me.name}, {"online", "botd"})

--- bot.session wrong: argument 1 (name): expected a string, got nil
bot.session()

--- bot.session fails: nil
return bot.session("other")

--- bot.spawn works
local got
bot.spawn(function(a, b) got = {a, b} end, 1, "x")
sleep(1)
same(got, {1, "x"})
--> t.clock:advance("1s")

--- bot.spawn wrong: argument 1 (fn): expected a function, got nil
bot.spawn()

--- bot.spawn fails: quota: tasks have been spawned and not begun
for _ = 1, 100000 do
  local task, err = bot.spawn(print)
  if not task then return task, err end
end
