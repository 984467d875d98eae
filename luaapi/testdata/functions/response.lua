--- response:json works
--< t:http("https://api.example.com/", {json = {1, 2}})
same(http.get("https://api.example.com/"):json(), {1, 2})

--- response:json wrong: call it with a colon, as in response:json(…)
--< t:http("https://api.example.com/", {body = "a"})
http.get("https://api.example.com/").json()

--- response:json fails: invalid: line 1
--< t:http("https://api.example.com/", {body = "<html>"})
return http.get("https://api.example.com/"):json()

--- response:header works
--< t:http("https://api.example.com/", {headers = {["X-From"] = "here"}})
same(http.get("https://api.example.com/"):header("x-FROM"), "here")

--- response:header wrong: argument 1 (name): expected a string, got nil
--< t:http("https://api.example.com/", {body = "a"})
http.get("https://api.example.com/"):header()

--- response:header fails: nil
--< t:http("https://api.example.com/", {body = "a"})
return http.get("https://api.example.com/"):header("X-From")
