--- kv.get works
same(kv.get("a", "none"), "none")
assert(kv.set("a", {1, "x\0"}))
same(kv.get("a"), {1, "x\0"})

--- kv.get wrong: argument 1 (key): expected a string, got nil
kv.get()

--- kv.get fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.get("a")

--- kv.set works
same(kv.set("a", 1, {ttl = "1m"}), true)
sleep("2m")
same(kv.get("a"), nil)
--> t.clock:advance("2m")

--- kv.set wrong: argument 2 (value): expected plain data, got nil; to remove a key there is delete
kv.set("a", nil)

--- kv.set wrong: argument 2 (value): f: expected plain data
kv.set("a", {f = print})

--- kv.set wrong: argument 3 (opts): ttl: expected a duration above 0
kv.set("a", 1, {ttl = -1})

--- kv.set fails: quota: the value
return kv.set("a", ("x"):rep(70000))

--- kv.set fails: invalid: 256 bytes
return kv.set(("k"):rep(300), 1)

--- kv.delete works
assert(kv.set("a", 1))
same(kv.delete("a"), true)
same(kv.delete("a"), true)
same(kv.get("a"), nil)

--- kv.delete wrong: argument 1 (key): expected a string, got a table
kv.delete({})

--- kv.delete fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.delete("a")

--- kv.incr works
same(kv.incr("n"), 1)
same(kv.incr("n", 2.5), 3.5)

--- kv.incr wrong: argument 2 (n): expected a number, got the string "many"
kv.incr("n", "many")

--- kv.incr fails: invalid: is no number
assert(kv.set("n", "text"))
return kv.incr("n")

--- kv.update works
same(kv.update("a", function(old) return (old or 10) + 1 end), 11)
same(kv.update("a", function(old) return old + 1 end), 12)
same(kv.update("a", function() return nil end), nil)
same(kv.get("a"), nil)

--- kv.update wrong: argument 2 (fn): expected a function, got the number 5
kv.update("a", 5)

--- kv.update fails: invalid: the function returned what cannot be stored
return kv.update("a", function() return print end)

--- kv.update fails: raises no such thing
kv.update("a", function() error("no such thing") end)

--- kv.scan works
for _, k in ipairs{"a/1", "a/2", "b"} do assert(kv.set(k, k)) end
same(kv.scan("a/"), {{key = "a/1", value = "a/1"}, {key = "a/2", value = "a/2"}})
same(kv.scan("", {limit = 1, desc = true}), {{key = "b", value = "b"}})

--- kv.scan wrong: argument 2 (opts): limit: expected 1 to 1000
kv.scan("a/", {limit = 2000})

--- kv.scan fails: quota: read fewer at a time, with limit and after
for i = 1, 6 do assert(kv.set("k" .. i, ("x"):rep(60000))) end
return kv.scan("k")

--- kv.top works
assert(kv.set("p/ann", 3)) assert(kv.set("p/bob", 5)) assert(kv.set("p/eve", "none"))
same(kv.top("p/", 1), {{key = "p/bob", value = 5}})

--- kv.top wrong: argument 2 (n): expected 1 to 1000, got 0
kv.top("p/", 0)

--- kv.top fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.top("", 3)

--- kv.ns works
local n = kv.ns("votes/")
assert(n:set("ann", 1))
same(kv.get("votes/ann"), 1)

--- kv.ns wrong: argument 1 (prefix): longer than 256 bytes, as no key is
kv.ns(("k"):rep(300))

--- kv.ns cannot fail: computes
