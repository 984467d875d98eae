--- keyspace:get works
same(kv.ns("x/"):get("a", "none"), "none")
assert(kv.ns("x/"):set("a", {1, "x\0"}))
same(kv.ns("x/"):get("a"), {1, "x\0"})

--- keyspace:get wrong: argument 1 (key): expected a string, got nil
kv.ns("x/"):get()

--- keyspace:get fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.ns("x/"):get("a")

--- keyspace:set works
same(kv.ns("x/"):set("a", 1, {ttl = "1m"}), true)
sleep("2m")
same(kv.ns("x/"):get("a"), nil)
--> t.clock:advance("2m")

--- keyspace:set wrong: argument 2 (value): expected plain data, got nil; to remove a key there is delete
kv.ns("x/"):set("a", nil)

--- keyspace:set wrong: argument 2 (value): f: expected plain data
kv.ns("x/"):set("a", {f = print})

--- keyspace:set wrong: argument 3 (opts): ttl: expected a duration above 0
kv.ns("x/"):set("a", 1, {ttl = -1})

--- keyspace:set fails: quota: the value
return kv.ns("x/"):set("a", ("x"):rep(70000))

--- keyspace:set fails: invalid: 256 bytes
return kv.ns("x/"):set(("k"):rep(300), 1)

--- keyspace:delete works
assert(kv.ns("x/"):set("a", 1))
same(kv.ns("x/"):delete("a"), true)
same(kv.ns("x/"):delete("a"), true)
same(kv.ns("x/"):get("a"), nil)

--- keyspace:delete wrong: argument 1 (key): expected a string, got a table
kv.ns("x/"):delete({})

--- keyspace:delete fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.ns("x/"):delete("a")

--- keyspace:incr works
same(kv.ns("x/"):incr("n"), 1)
same(kv.ns("x/"):incr("n", 2.5), 3.5)

--- keyspace:incr wrong: argument 2 (n): expected a number, got the string "many"
kv.ns("x/"):incr("n", "many")

--- keyspace:incr fails: invalid: is no number
assert(kv.ns("x/"):set("n", "text"))
return kv.ns("x/"):incr("n")

--- keyspace:update works
same(kv.ns("x/"):update("a", function(old) return (old or 10) + 1 end), 11)
same(kv.ns("x/"):update("a", function(old) return old + 1 end), 12)
same(kv.ns("x/"):update("a", function() return nil end), nil)
same(kv.ns("x/"):get("a"), nil)

--- keyspace:update wrong: argument 2 (fn): expected a function, got the number 5
kv.ns("x/"):update("a", 5)

--- keyspace:update fails: invalid: the function returned what cannot be stored
return kv.ns("x/"):update("a", function() return print end)

--- keyspace:update fails: raises no such thing
kv.ns("x/"):update("a", function() error("no such thing") end)

--- keyspace:scan works
for _, k in ipairs{"a/1", "a/2", "b"} do assert(kv.ns("x/"):set(k, k)) end
same(kv.ns("x/"):scan("a/"), {{key = "a/1", value = "a/1"}, {key = "a/2", value = "a/2"}})
same(kv.ns("x/"):scan("", {limit = 1, desc = true}), {{key = "b", value = "b"}})

--- keyspace:scan wrong: argument 2 (opts): limit: expected 1 to 1000
kv.ns("x/"):scan("a/", {limit = 2000})

--- keyspace:scan fails: quota: read fewer at a time, with limit and after
for i = 1, 6 do assert(kv.ns("x/"):set("k" .. i, ("x"):rep(60000))) end
return kv.ns("x/"):scan("k")

--- keyspace:top works
assert(kv.ns("x/"):set("p/ann", 3)) assert(kv.ns("x/"):set("p/bob", 5)) assert(kv.ns("x/"):set("p/eve", "none"))
same(kv.ns("x/"):top("p/", 1), {{key = "p/bob", value = 5}})

--- keyspace:top wrong: argument 2 (n): expected 1 to 1000, got 0
kv.ns("x/"):top("p/", 0)

--- keyspace:top fails: denied: add "store" to its grants
--< opts.grants = {"chat"}
return kv.ns("x/"):top("", 3)

--- keyspace:ns works
local n = kv.ns("x/"):ns("votes/")
assert(n:set("ann", 1))
same(kv.get("x/votes/ann"), 1)

--- keyspace:ns wrong: argument 1 (prefix): longer than 256 bytes, as no key is
kv.ns("x/"):ns(("k"):rep(300))

--- keyspace:ns cannot fail: computes
