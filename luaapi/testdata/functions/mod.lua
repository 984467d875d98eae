--- mod.rules works
assert(mod.rules{"house", {links = {allow = {"example.com"}}, why = "no links"}})
--> bob:says("see docs.example.com")
--> bob:expect_nothing()
--> bob:says("see evil.com")
--> bob:expect("no links")

--- mod.rules wrong: argument 1 (spec): [2]: unknown option "link", did you mean "links"?
mod.rules{"house", {link = {}}}

--- mod.rules wrong: argument 1 (spec): rules "house", rule 1: pattern: missing closing ): `(`
mod.rules{"house", {pattern = "("}}

--- mod.rules fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return mod.rules{"house", {links = {}}}

--- mod.check works
same(mod.check{words = {list = {"scam"}}}, true)

--- mod.check wrong: argument 1 (rule): unknown option "word", did you mean "words"?
mod.check{word = {list = {"scam"}}}

--- mod.check fails: invalid: pattern: missing closing ): `(`
return mod.check{pattern = "("}

--- mod.check fails: invalid: expected exactly one of links, caps
return mod.check{caps = {}, links = {}}

--- mod.ladder works
local l = mod.ladder{"patient", {"warn"}, {"timeout", "10m"}, "ban"}
same({l.name, l.steps}, {"patient", {"warn", "timeout 10m", "ban"}})

--- mod.ladder wrong: argument 1 (spec): [2]: no step "timeot"; steps are warn,
mod.ladder{"patient", {"timeot", "10m"}}

--- mod.ladder wrong: argument 1 (spec): the first item (name) is missing: expected a string
mod.ladder{decay = "1h"}

--- mod.ladder cannot fail: computes

--- mod.case works
local case = assert(bob:warn("be kind"))
same({mod.case(case.id).user, mod.case(case.id).why, mod.case(case.id).status}, {"bob", "be kind", "done"})

--- mod.case wrong: argument 1 (id): expected a string, got nil
mod.case()

--- mod.case fails: not_found: no case 7
return mod.case("7")

--- mod.cases works
assert(bob:warn("one")) assert(ann:warn("two"))
same({#mod.cases(), #mod.cases{user = "bob"}, mod.cases{limit = 1}[1].why}, {2, 1, "two"})

--- mod.cases wrong: argument 1 (opts): limit: expected 1 to 1000; since: a duration above 0
mod.cases{limit = 5000}

--- mod.cases fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return mod.cases()

--- mod.undo works
local case = assert(mod.act(bob, "ban", {why = "spam"}))
local undone = assert(mod.undo(case.id, ann))
same({undone.status, undone.undone_by}, {"undone", "ann"})
--> room:expect_action("ban", {user = "bob", reason = "spam"})
--> room:expect_action("unban", {user = "bob"})

--- mod.undo wrong: argument 2 (by): expected a user or a name, got a table
mod.undo("1", {})

--- mod.undo fails: not_found: no case 7
return mod.undo("7")

--- mod.permit works
assert(mod.rules{"house", {links = {}}})
assert(mod.permit(bob, "links", {count = 1}))
--> bob:says("see example.com")
--> bob:expect_nothing()
--> bob:says("see example.com")
--> bob:expect("links")

--- mod.permit wrong: argument 1 (user): expected a user, got the string "bob"
mod.permit("bob", "links")

--- mod.permit wrong: argument 3 (opts): count: expected
mod.permit(bob, "links", {count = "x"})

--- mod.permit fails: invalid: a permit is for a duration up to 366 days, and for up to 1000 lines
return mod.permit(bob, "links", {count = -1})

--- mod.permit fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return mod.permit(bob, "links")

--- mod.act works
local case = assert(mod.act(bob, {"timeout", "5m"}, {why = "too loud", by = ann}))
same({case.taken, case.by, case.until_}, {"timeout 5m", "ann"})
--> room:expect_action("timeout", {user = "bob", length = 300, reason = "too loud"})

--- mod.act works: gentler where the network cannot
--< t:room("lobby/lobby", {can = {"say", "kick"}})
local case = assert(mod.act(bob, {"timeout", "5m"}))
same({case.wanted, case.taken}, {"timeout 5m", "kick"})
--> room:expect_action("kick", {user = "bob"})

--- mod.act wrong: argument 2 (step): expected a step such as {"timeout", "10m"}
mod.act(bob, {})

--- mod.act fails: invalid: no step "smite"; steps are warn, delete
return mod.act(bob, "smite")

--- mod.act fails: invalid: a timeout needs a duration, such as timeout 10m
return mod.act(bob, {"timeout"})

--- mod.act fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return mod.act(bob, "warn", {why = "be kind"})

--- mod.nuke works
--< bob:says("follow for follow")
local found = assert(mod.nuke{pattern = "follow for"})
same({#found.messages, found.users, #found.cases}, {1, {"bob"}, 0})
found = assert(mod.nuke{pattern = "follow for", action = {"timeout", "10m"}, preview = false})
same(#found.cases, 1)
--> room:expect_action("timeout", {user = "bob", length = 600})
--> room:expect_action("delete")

--- mod.nuke wrong: argument 1 (opts): pattern is missing: expected
mod.nuke{}

--- mod.nuke wrong: argument 1 (opts): pattern: expected a regular expression, got true
mod.nuke{pattern = true}

--- mod.nuke fails: invalid: missing closing ): `(`
return mod.nuke{pattern = "("}

--- mod.nuke fails: invalid: the step timeout: "soon" is no duration, such as 10m
return mod.nuke{pattern = "x", action = "timeout soon"}

--- mod.nuke fails: denied: add "moderate" to its grants
--< opts.grants = {"chat"}
return mod.nuke{pattern = "x"}
