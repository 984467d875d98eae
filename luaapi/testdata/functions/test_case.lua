--- test_case:load works
t:load("answers.lua", {config = {n = 7}})
ann:says("!config")
room:expect("7 start")
t:load("answers")
ann:says("!config")
room:expect("nil saved")

--- test_case:load wrong: argument 2 (opts): unknown option "grant", did you mean "grants"?
t:load("answers.lua", {grant = {}})

--- test_case:load fails: no script "nothing"
t:load("nothing.lua")

--- test_case:reload works
t:load("answers.lua")
ann:says("!count")
t:reload()
t:reload("answers")
ann:says("!config")
room:expect("saved")
expect(t:state("answers").n):equals(1)

--- test_case:reload wrong: argument 1 (script): "other" is not loaded; loaded are: answers
t:load("answers.lua")
t:reload("other")

--- test_case:reload cannot fail: tells

--- test_case:unload works
t:load("answers.lua")
t:unload("answers")
ann:says("!ping")
room:expect_nothing()

--- test_case:unload wrong: argument 1 (script): expected a string, got true
t:unload(true)

--- test_case:unload cannot fail: tells

--- test_case:crash works
t:load("answers.lua")
ann:says("!count")
t:crash()
ann:says("!count")
room:expect("n 2")

--- test_case:crash wrong: call it with a colon, as in test_case:crash(…)
t.crash()

--- test_case:crash cannot fail: tells

--- test_case:room works
local other = t:room("hc/x", {like = "hackchat", name = "hal", topic = "tea", users = {"eve"}, prefix = "?"})
t:load("answers.lua")
other:user("eve"):says("?ping 1")
other:expect("pong 1")
expect(tostring(other)):equals("hc/x")

--- test_case:room wrong: argument 2 (opts): no role "boss"
t:room("lobby/x", {role = "boss"})

--- test_case:room wrong: argument 2 (opts): language: "klingon!" is no language
t:room("lobby/x", {language = "klingon!"})

--- test_case:room fails: no adapter "hackcat", did you mean "hackchat"?
t:room("hc/x", {like = "hackcat"})

--- test_case:room fails: "x" is no room: write SESSION/ROOM
t:room("x")

--- test_case:http works
t:load("answers.lua")
t:http("https://api.example.com/", {body = "first", times = 1})
ann:says("!fetch")
room:expect("first")
t:http("https://api.example.com/now", function(req) return {body = req.method} end)
ann:says("!fetch")
room:expect("GET")

--- test_case:http wrong: argument 2 (answer): unknown option "state", did you mean "status"?
t:http("https://api.example.com/", {state = 404})

--- test_case:http fails: no such page
t:load("answers.lua")
t:http("https://api.example.com/", function() error("no such page") end) ann:says("!fetch")

--- test_case:post works
t:load("answers.lua")
local answer = t:post("answers", "push", {json = {branch = "main"}})
expect(answer):equals({status = 202, body = '{"branch":"main"} main'})

--- test_case:post wrong: argument 2 (path): script "answers" has no webhook "pull"
t:load("answers.lua")
t:post("answers", "pull")

--- test_case:post fails: script answers: answers.lua:29: attempt to index a nil value, reading 'branch'
t:load("answers.lua")
t:post("answers", "push", {body = "<html>"})

--- test_case:answers works
t:load("answers.lua", opts)
t:answers("lobby", "stats", {lines = 7})
ann:says("!stats")
room:expect('{"lines":7}')

--- test_case:answers wrong: argument 1 (session): no session "lobbi": make a room of it first
t:answers("lobbi", "stats", 7)

--- test_case:answers cannot fail: tells

--- test_case:emit works
t:load("answers.lua")
t:emit("karma.changed", {who = "bob"})
room:expect("karma of bob")

--- test_case:emit wrong: argument 2 (data): f: expected plain data
t:emit("karma.changed", {f = print})

--- test_case:emit fails: script answers: answers.lua:27: attempt to index a nil value (field 'data'), reading 'who'
t:load("answers.lua")
t:emit("karma.changed")

--- test_case:kv works
t:load("answers.lua")
expect(t:kv("answers", "n")):is_nil()
ann:says("!count")
expect(t:kv("answers", "n")):equals(1)

--- test_case:kv wrong: argument 2 (key): expected a string, got nil
t:kv("answers")

--- test_case:kv cannot fail: tells

--- test_case:set_kv works
t:set_kv("answers", "n", 41)
t:load("answers.lua")
ann:says("!count")
room:expect("n 42")

--- test_case:set_kv wrong: argument 3 (value): expected plain data
t:set_kv("answers", "n", print)

--- test_case:set_kv fails: a key has 1 to 256 bytes, not 300
t:set_kv("answers", ("k"):rep(300), 1)

--- test_case:state works
t:load("answers.lua")
ann:says("!count")
t.clock:advance("1s")
expect(t:state("answers")):equals({n = 1})
expect(t:state("other")):is_nil()

--- test_case:state wrong: argument 1 (script): expected a string, got nil
t:state()

--- test_case:state cannot fail: tells

--- test_case:expect_log works
t:load("answers.lua")
ann:says("!log careful")
t:expect_log("careful", "warn")

--- test_case:expect_log wrong: argument 2 (level): unknown value "warning"; there are debug, info, warn, error
t:expect_log("careful", "warning")

--- test_case:expect_log fails: no script logged "careful"
t:expect_log("careful")

--- test_case:expect_error works
t:load("answers.lua")
t:expect_error("broken", function() ann:says("!break") end)

--- test_case:expect_error wrong: argument 2 (fn): expected a function, got nil
t:expect_error("broken")

--- test_case:expect_error fails: no script failed; expected was an error with "broken" in it
t:expect_error("broken", function() ann:says("hello") end)

--- test_case:expect_error fails: expected an error with "whole" in it, got
t:load("answers.lua")
t:expect_error("whole", function() ann:says("!break") end)

--- test_case:expect_no_leaks works
t:load("answers.lua")
ann:says("!ping")
t:expect_no_leaks()

--- test_case:expect_no_leaks wrong: call it with a colon, as in test_case:expect_no_leaks(…)
t.expect_no_leaks()

--- test_case:expect_no_leaks fails: still there: 1 handler of script answers, 1 open question
t:load("answers.lua")
ann:says("!ask")
t:expect_no_leaks()
