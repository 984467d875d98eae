--- user:is works
same({ann:is("user"), ann:is("moderator"), ann:is("admin"), bob:is("moderator")}, {true, true, false, false})

--- user:is wrong: argument 1 (role): expected a string, got nil
ann:is()

--- user:is cannot fail: knows

--- user:mention works
same(bob:mention(), "@bob")

--- user:mention wrong: call it with a colon, as in user:mention(…)
bob.mention()

--- user:mention cannot fail: knows

--- user:whisper works
local m = bob:whisper("psst")
same(m.text, "psst")
--> bob:expect("psst")

--- user:whisper wrong: argument 1 (text): expected a string, got a user
bob:whisper(ann)

--- user:whisper fails: unsupported: whisper
--< t:room("lobby/lobby", {can = {"say"}})
return bob:whisper("psst")

--- user:warn works
local case = assert(bob:warn("be kind"))
same({case.user, case.taken, case.why}, {"bob", "warn", "be kind"})
--> bob:expect("be kind")

--- user:warn wrong: argument 1 (reason): expected a string, got nil
bob:warn()

--- user:warn fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bob:warn("be kind")

--- user:permit works
assert(bob:permit("links", {["for"] = "2m"}))
mod.rules{"house", {links = {}}}
--> bob:says("see example.com")
--> room:expect_nothing()
--> bob:expect_nothing()

--- user:permit wrong: argument 1 (what): unknown value "link", did you mean "links"?
bob:permit("link")

--- user:permit fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bob:permit("links")

--- user:mute works
assert(bob:mute())
assert(bob:mute("5s", "loud"))
--> room:expect_action("mute", {user = "bob"})
--> room:expect_action("timeout", {user = "bob", length = 5, reason = "loud"})

--- user:mute wrong: argument 1 (d): expected a duration above 0
bob:mute(-5)

--- user:mute wrong: argument 1 (d): expected a duration (seconds, or text such as "90s", "5m", "1h30m", "2d"), got a table
bob:mute({})

--- user:mute fails: unsupported: mute
--< t:room("lobby/lobby", {can = {"say", "timeout"}})
return bob:mute()

--- user:unmute works
assert(bob:unmute())
--> room:expect_action("unmute", {user = "bob"})

--- user:unmute wrong: call it with a colon, as in user:unmute(…)
bob.unmute()

--- user:unmute fails: not_found: bob is not muted
--< room:refuse("unmute", {code = "not_found", message = "bob is not muted"})
return bob:unmute()

--- user:timeout works
assert(bob:timeout("10m", "spam"))
--> room:expect_action("timeout", {user = "bob", length = 600, reason = "spam"})

--- user:timeout wrong: argument 1 (d): expected a duration above 0
bob:timeout(0)

--- user:timeout fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bob:timeout("10m")

--- user:kick works
assert(bob:kick("out"))
--> room:expect_action("kick", {user = "bob", reason = "out"})
--> expect(bob.here):is_false()

--- user:kick wrong: argument 1 (reason): expected a string, got a table
bob:kick({})

--- user:kick fails: not_found: nobody called "bob" is there
sleep(1)
return bob:kick()
--> bob:leaves()
--> t.clock:advance("2s")

--- user:kick fails: denied: you are no moderator
--< room:refuse("kick", {message = "you are no moderator"})
return bob:kick()

--- user:move works
assert(bob:move("attic"))
--> room:expect_action("move", {user = "bob", to = "attic"})

--- user:move wrong: argument 1 (to): expected a string, got nil
bob:move()

--- user:move fails: unsupported: move
--< t:room("lobby/lobby", {can = {"say"}})
return bob:move("attic")

--- user:ban works
assert(bob:ban{d = "1d", reason = "spam"})
--> room:expect_action("ban", {user = "bob", length = 86400, reason = "spam"})

--- user:ban wrong: argument 1 (opts): d: expected a duration above 0
bob:ban{d = -1}

--- user:ban wrong: argument 1 (opts): unknown option "reson", did you mean "reason"?
bob:ban{reson = "spam"}

--- user:ban fails: unsupported: ban
--< t:room("lobby/lobby", {can = {"say", "kick"}})
return bob:ban()

--- user:unban works
assert(bob:unban())
--> room:expect_action("unban", {user = "bob"})

--- user:unban wrong: call it with a colon, as in user:unban(…)
bob.unban()

--- user:unban fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bob:unban()

--- user:grant works
assert(bob:grant("moderator"))
--> room:expect_action("set_role", {user = "bob", role = "moderator"})
--> expect(bob.role):equals("moderator")

--- user:grant works: by the bot
--< room:user("eve", {account = "eve7"})
assert(room:user("eve"):grant("regular"))
sleep(1)
--> t.clock:advance("1s")
same(room:user("eve").role, "regular")

--- user:grant wrong: argument 1 (role): no role "modrator"; roles are guest, user
bob:grant("modrator")

--- user:grant fails: unsupported: bob has no account
return bob:grant("regular")

--- user:revoke works
--< room:user("bob", {role = "moderator"})
assert(bob:revoke("moderator"))
--> room:expect_action("set_role", {user = "bob", revoke = true})
--> expect(bob.role):equals("user")

--- user:revoke wrong: argument 2 (by): unknown value "bots", did you mean "bot"?
bob:revoke("moderator", "bots")

--- user:revoke fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return bob:revoke("moderator")
