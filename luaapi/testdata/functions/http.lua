--- http.get works
--< t:http("https://api.example.com/now", {body = "21", headers = {["X-From"] = "here"}})
local r = http.get("https://api.example.com/now", {query = {q = "Rome"}})
same({r.status, r.ok, r.body, r.headers["x-from"], r.url}, {200, true, "21", "here", "https://api.example.com/now?q=Rome"})

--- http.get wrong: argument 1 (url): expected a string, got nil
http.get()

--- http.get wrong: argument 2 (opts): unknown option "header", did you mean "headers"?
http.get("https://api.example.com/", {header = {}})

--- http.get wrong: argument 2 (opts): query: expected a table of names and values, got the string "q=1"
http.get("https://api.example.com/", {query = "q=1"})

--- http.get wrong: argument 2 (opts): query.q: expected a string, a number or a boolean, or a list of them
http.get("https://api.example.com/", {query = {q = {x = 1}}})

--- http.get wrong: argument 2 (opts): retry: expected 0 or more
http.get("https://api.example.com/", {retry = -1})

--- http.get fails: denied: add "http" to its grants
--< opts.grants = {"chat"}
return http.get("https://api.example.com/")

--- http.get fails: timeout: example.com
--< t:http("https://api.example.com/", {delay = "1m"})
return http.get("https://api.example.com/", {timeout = "5s"})
--> t.clock:advance("10s")

--- http.get fails: invalid
return http.get("ftp://example.com/")

--- http.get fails: denied: example.org
--< opts.grants = {"http(api.example.com)"}
return http.get("https://example.org/")

--- http.post works
--< t:http("https://api.example.com/", function(req) return {status = 201, body = req.method .. " " .. req.body .. " " .. req.headers["content-type"]} end)
local r = http.post("https://api.example.com/", {json = {a = 1}})
same({r.status, r.body}, {201, 'POST {"a":1} application/json'})

--- http.post wrong: argument 2 (opts): either body or json, not both
http.post("https://api.example.com/", {body = "a", json = {}})

--- http.post fails: not_connected
--< t:http("https://api.example.com/", {fail = true})
return http.post("https://api.example.com/", {body = "a"})

--- http.request works
--< t:http("https://api.example.com/", function(req) return {body = req.method} end)
same(http.request{url = "https://api.example.com/", method = "DELETE"}.body, "DELETE")

--- http.request wrong: argument 1 (request): url is missing: expected a string
http.request{method = "DELETE"}

--- http.request wrong: argument 1 (request): timeout: expected 0 or more
http.request{url = "https://api.example.com/", timeout = -1}

--- http.request fails: invalid: method
return http.request{url = "https://api.example.com/", method = "NO SUCH"}

--- http.json works
--< t:http("https://api.example.com/", {json = {temp = 21}})
same(http.json("https://api.example.com/"), {temp = 21})

--- http.json works: with headers in any case
--< t:http("https://api.example.com/", function(req) return {json = {accept = req.headers.accept}} end)
same(http.json("https://api.example.com/", {headers = {accept = "text/json"}}), {accept = "text/json"})

--- http.json wrong: argument 2 (opts): expected a table, got the string "x"
http.json("https://api.example.com/", "x")

--- http.json fails: not_found: api.example.com answered 404 Not Found
--< t:http("https://api.example.com/", {status = 404})
return http.json("https://api.example.com/")

--- http.json fails: rate_limited: 429
--< t:http("https://api.example.com/", {status = 429, headers = {["Retry-After"] = "7"}})
local got, err = http.json("https://api.example.com/")
same(err.retry_after, 7)
return got, err

--- http.json fails: invalid: line 1
--< t:http("https://api.example.com/", {body = "<html>"})
return http.json("https://api.example.com/")

--- http.hook works
assert(http.hook("push", {secret = "0123456789abcdef"}, function(req) return 201, req.path .. " " .. req.query.a .. " " .. req.body end))
--> local answer = t:post("http_hook_works", "push", {body = "hello", query = {a = "1"}})
--> expect(answer):equals({status = 201, body = "push 1 hello"})

--- http.hook wrong: argument 2 (opts): secret is missing: expected a string
http.hook("push", {}, print)

--- http.hook wrong: argument 2 (opts): max: expected 0 or more
http.hook("push", {secret = "0123456789abcdef", max = -1}, print)

--- http.hook fails: denied: add "http" to its grants
--< opts.grants = {"chat"}
return http.hook("push", {secret = "0123456789abcdef"}, print)

--- http.hook fails: invalid: the secret of a webhook needs
return http.hook("push", {secret = "short"}, print)
