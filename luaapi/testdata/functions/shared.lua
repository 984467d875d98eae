--- shared.get works
same(shared.get("a", "none"), "none")
assert(shared.set("a", {1, "x\0"}))
same(shared.get("a"), {1, "x\0"})

--- shared.get wrong: argument 1 (key): expected a string, got nil
shared.get()

--- shared.get fails: denied: add "shared" to its grants
--< opts.grants = {"chat", "store"}
return shared.get("a")

--- shared.set works
same(shared.set("a", 1, {ttl = "1m"}), true)
sleep("2m")
same(shared.get("a"), nil)
--> t.clock:advance("2m")

--- shared.set wrong: argument 2 (value): expected plain data, got nil; to remove a key there is delete
shared.set("a", nil)

--- shared.set wrong: argument 2 (value): f: expected plain data
shared.set("a", {f = print})

--- shared.set wrong: argument 3 (opts): ttl: expected a duration above 0
shared.set("a", 1, {ttl = -1})

--- shared.set fails: quota: the value
return shared.set("a", ("x"):rep(70000))

--- shared.set fails: invalid: 256 bytes
return shared.set(("k"):rep(300), 1)

--- shared.delete works
assert(shared.set("a", 1))
same(shared.delete("a"), true)
same(shared.delete("a"), true)
same(shared.get("a"), nil)

--- shared.delete wrong: argument 1 (key): expected a string, got a table
shared.delete({})

--- shared.delete fails: denied: add "shared" to its grants
--< opts.grants = {"chat", "store"}
return shared.delete("a")

--- shared.incr works
same(shared.incr("n"), 1)
same(shared.incr("n", 2.5), 3.5)

--- shared.incr wrong: argument 2 (n): expected a number, got the string "many"
shared.incr("n", "many")

--- shared.incr fails: invalid: is no number
assert(shared.set("n", "text"))
return shared.incr("n")

--- shared.update works
same(shared.update("a", function(old) return (old or 10) + 1 end), 11)
same(shared.update("a", function(old) return old + 1 end), 12)
same(shared.update("a", function() return nil end), nil)
same(shared.get("a"), nil)

--- shared.update wrong: argument 2 (fn): expected a function, got the number 5
shared.update("a", 5)

--- shared.update fails: invalid: the function returned what cannot be stored
return shared.update("a", function() return print end)

--- shared.update fails: raises no such thing
shared.update("a", function() error("no such thing") end)

--- shared.scan works
for _, k in ipairs{"a/1", "a/2", "b"} do assert(shared.set(k, k)) end
same(shared.scan("a/"), {{key = "a/1", value = "a/1"}, {key = "a/2", value = "a/2"}})
same(shared.scan("", {limit = 1, desc = true}), {{key = "b", value = "b"}})

--- shared.scan wrong: argument 2 (opts): limit: expected 1 to 1000
shared.scan("a/", {limit = 2000})

--- shared.scan fails: quota: read fewer at a time, with limit and after
for i = 1, 6 do assert(shared.set("k" .. i, ("x"):rep(60000))) end
return shared.scan("k")

--- shared.top works
assert(shared.set("p/ann", 3)) assert(shared.set("p/bob", 5)) assert(shared.set("p/eve", "none"))
same(shared.top("p/", 1), {{key = "p/bob", value = 5}})

--- shared.top wrong: argument 2 (n): expected 1 to 1000, got 0
shared.top("p/", 0)

--- shared.top fails: denied: add "shared" to its grants
--< opts.grants = {"chat", "store"}
return shared.top("", 3)

--- shared.ns works
local n = shared.ns("votes/")
assert(n:set("ann", 1))
same(shared.get("votes/ann"), 1)

--- shared.ns wrong: argument 1 (prefix): longer than 256 bytes, as no key is
shared.ns(("k"):rep(300))

--- shared.ns cannot fail: computes
