--- hook_request:json works
assert(http.hook("push", {secret = "0123456789abcdef"}, function(req) return 200, req:json().branch end))
--> expect(t:post("hook_request_json_works", "push", {json = {branch = "main"}}).body):equals("main")

--- hook_request:json wrong: call it with a colon, as in hook_request:json(…)
assert(http.hook("push", {secret = "0123456789abcdef"}, function(req) return 200, req.json() end))
--> t:post("hook_request_json_wrong", "push", {body = "{}"})

--- hook_request:json fails: invalid: line 1
local got
assert(http.hook("push", {secret = "0123456789abcdef"}, function(req) got = {req:json()} end))
sleep(1)
return got[1], got[2]
--> t:post("hook_request_json_fails", "push", {body = "<html>"})
--> t.clock:advance("1s")
