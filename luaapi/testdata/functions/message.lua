--- message:edit works
local m = ev:reply("one")
assert(m:edit("two"))
same(m.text, "two")
--> room:expect_action("edit", {text = "two"})

--- message:edit wrong: argument 1 (text): expected a string, got nil
ev:reply("one"):edit()

--- message:edit fails: unsupported: edit
--< t:room("lobby/lobby", {can = {"say"}})
return ev:reply("one"):edit("two")

--- message:edit fails: conflict: not now
--< room:refuse("say", {code = "conflict", message = "not now"}) room:slow("1s")
return ev:reply("one"):edit("two")
--> t.clock:advance("1s")

--- message:append works
local m = ev:reply("one")
assert(m:append(", two"))
same(m.text, "one, two")
--> room:expect_action("edit", {text = ", two", append = true})

--- message:append wrong: argument 1 (text): expected a string, got a table
ev:reply("one"):append({})

--- message:append fails: not_found: it is gone
--< room:refuse("edit", {code = "not_found", message = "it is gone"})
return ev:reply("one"):append("two")

--- message:delete works
local m = ev:reply("one")
assert(m:delete())
--> room:expect_action("delete", {own = true})

--- message:delete wrong: call it with a colon, as in message:delete(…)
ev:reply("one").delete()

--- message:delete fails: unsupported: delete
--< t:room("lobby/lobby", {can = {"say"}})
return ev:reply("one"):delete()

--- message:react works
local m = ev:reply("one")
assert(m:react("👍"))
assert(m:react("👍", true))
--> room:expect_action("react", {emoji = "👍"})
--> room:expect_action("react", {emoji = "👍", remove = true})

--- message:react wrong: argument 2 (remove): expected true or false, got the string "yes"
ev:reply("one"):react("👍", "yes")

--- message:react fails: invalid: no emoji given
return ev:reply("one"):react("")
