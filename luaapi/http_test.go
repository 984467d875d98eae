package luaapi_test

import (
	"encoding/json"
	"testing"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// answering is a web whose server tells what it was asked, under a status that the path
// names.
func answering(b *luaapitest.Bot) {
	statuses := map[string]int{"http://x/404": 404, "http://x/429": 429, "http://x/503": 503, "http://x/403": 403, "http://x/400": 400}
	b.Web = func(r script.FetchRequest) script.FetchAnswer {
		if r.Headers == nil {
			r.Headers = map[string]string{}
		}
		if r.URL == "http://denied/" {
			return script.FetchAnswer{Err: engine.Errorf(engine.Denied, "no such grant")}
		}
		a := script.FetchAnswer{Status: 200, URL: r.URL, Headers: map[string]string{"retry-after": "7", "x-one": "1"}}
		if s, ok := statuses[r.URL]; ok {
			a.Status = s
		}
		if r.URL == "http://x/text" {
			a.Body = []byte("no json\xff")
			return a
		}
		a.Body, _ = json.Marshal(map[string]any{
			"method": r.Method, "url": r.URL, "headers": r.Headers, "body": string(r.Body), "timeout": r.Timeout.Seconds(), "cache": r.Cache.Seconds(), "retry": r.Retry,
		})
		return a
	}
}

func TestHTTP(t *testing.T) {
	runSnippets(t, answering, []snippet{
		{"get", `local r = assert(http.get("http://x/")) local b = r:json() out(r.status, r.ok, r.url, r.cached, r.headers["x-one"], r:header("X-One"), r:header("x"), b.method, b.body == "")`,
			"200 true http://x/ false 1 1 nil GET true", ""},
		{"options", `local b = http.get("http://x/", {headers = {A = "b"}, timeout = "5s", cache = "1m", retry = 2}):json() out(b.headers.A, b.timeout, b.cache, b.retry)`, "b 5 60 2", ""},
		{"query", `for _, u in ipairs{"http://x/", "http://x/?", "http://x/?b=1", "http://x/?b=1&", "http://x/#top"} do out(http.get(u, {query = {a = "ü &", n = 1}}):json().url) end`,
			"http://x/?a=%C3%BC%20%26&n=1\nhttp://x/?a=%C3%BC%20%26&n=1\nhttp://x/?b=1&a=%C3%BC%20%26&n=1\nhttp://x/?b=1&a=%C3%BC%20%26&n=1\nhttp://x/?a=%C3%BC%20%26&n=1#top", ""},
		{"empty query", `out(http.get("http://x/", {query = {}}):json().url)`, "http://x/", ""},
		{"post", `local b = http.post("http://x/", {body = "a=b"}):json() out(b.method, b.body, b.headers["Content-Type"])`, "POST a=b nil", ""},
		{"post json", `local b = http.post("http://x/", {json = {list = {1, 2}}}):json() out(b.body, b.headers["Content-Type"])`, `{"list":[1,2]} application/json`, ""},
		{"post json under another name", `local b = http.post("http://x/", {json = {}, headers = {["content-type"] = "text/json"}}):json() out(b.headers["content-type"], b.headers["Content-Type"])`, "text/json nil", ""},
		{"request", `local b = http.request{url = "http://x/", method = "DELETE"}:json() out(b.method) out(http.request{url = "http://x/"}:json().method)`, "DELETE\nGET", ""},
		{"json", `local v = assert(http.json("http://x/", {query = {q = 1}})) out(v.method, v.url, v.headers.Accept)`, "GET http://x/?q=1 application/json", ""},
		{"json sends json", `local v = http.json("http://x/", {json = {1}}) out(v.method, v.body)`, "POST [1]", ""},
		{"statuses are answers", `out(http.get("http://x/404").status, http.get("http://x/404").ok)`, "404 false", ""},
		{"json of failures", `for _, s in ipairs{404, 429, 503, 403, 400} do local v, err = http.json("http://x/" .. s) out(v, err.code, err.retry_after, err.message) end`,
			"nil not_found 7 x answered 404 Not Found\nnil rate_limited 7 x answered 429 Too Many Requests\nnil not_connected 7 x answered 503 Service Unavailable\nnil denied 7 x answered 403 Forbidden\nnil invalid 7 x answered 400 Bad Request", ""},
		{"json of something else", `out(http.json("http://x/text"))`, "nil invalid: line 1, column 2: invalid character 'o' in literal null (expecting 'u')", ""},
		{"bytes", `out(http.get("http://x/text").body == "no json\255")`, "true", ""},
		{"an error", `out(http.get("http://denied/"))`, "nil denied: no such grant", ""},
		{"waits in pcall", `out(pcall(function() return assert(http.json("http://denied/")) end))`, "false denied: no such grant", ""},
		{"no address", `http.get()`, "", "http.get: argument 1 (url): expected a string, got nil"},
		{"unknown option", `http.get("http://x/", {header = {}})`, "", `http.get: argument 2 (opts): unknown option "header", did you mean "headers"?`},
		{"both bodies", `http.post("http://x/", {body = "x", json = {}})`, "", "http.post: argument 2 (opts): either body or json, not both"},
		{"below zero", `http.get("http://x/", {retry = -1})`, "", "http.get: argument 2 (opts): retry: expected 0 or more"},
		{"a function as json", `http.post("http://x/", {json = print})`, "", "http.post: argument 2 (opts): json: expected plain data"},
		{"a list as query", `http.get("http://x/", {query = {1}})`, "", "http.get: argument 2 (opts): query: expected names with values, got a list"},
		{"request without address", `http.request{}`, "", "http.request: argument 1 (request): url is missing: expected a string"},
	})
}

func TestHTTPCosts(t *testing.T) {
	runSnippets(t, func(b *luaapitest.Bot) {
		b.Web = func(script.FetchRequest) script.FetchAnswer {
			return script.FetchAnswer{Status: 200, Body: make([]byte, 1<<20)}
		}
	}, []snippet{
		{"allocates", `for i = 1, 100 do http.get("http://x/") end`, "", "stopped: allocated more than 64 MiB"},
	})
}

func TestHook(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`
			assert(http.hook("deploy", {secret = "secret"}, function(req)
				local body = assert(req:json())
				if body.wait then sleep(1) end
				if body.fail then error("no way") end
				if body.status then return body.status end
				if body.nothing then return end
				bot.room("lobby/lobby"):say("deployed " .. body.name)
				return 201, req.path .. " " .. req.query.q .. " " .. req.headers.x .. " " .. #req.body
			end))`)
		for _, tt := range []struct {
			body string
			want script.HookReply
			ok   bool
		}{
			{`{"name":"v1"}`, script.HookReply{Status: 201, Body: "deploy 1 y 13"}, true},
			{`{"nothing":true}`, script.HookReply{}, true},
			{`{"status":204}`, script.HookReply{Status: 204}, true},
			{`{"status":42}`, script.HookReply{Status: 500, Body: "the script failed"}, true},
			{`{"fail":true}`, script.HookReply{Status: 500, Body: "the script failed"}, true},
			{`no json`, script.HookReply{Status: 500, Body: "the script failed"}, true},
			{`{"wait":true}`, script.HookReply{}, false}, // not at once
		} {
			got, ok := b.CallHook("deploy", script.HookCall{Query: map[string]string{"q": "1"}, Headers: map[string]string{"x": "y"}, Body: []byte(tt.body)})
			if got != tt.want || ok != tt.ok {
				t.Errorf("%s: %+v, %t; want %+v", tt.body, got, ok, tt.want)
			}
		}
		if said := b.Said(); len(said) != 1 || said[0] != "deployed v1" {
			t.Errorf("said %q", said)
		}
		if n := len(b.Errors()); n != 3 {
			t.Errorf("%d errors reached the author", n)
		}
		b.Must(`bot.command("x", function() end)`)
		if _, ok := b.CallHook("deploy", script.HookCall{}); ok {
			t.Error("the webhook outlives its version of the script")
		}
	})
	runSnippets(t, nil, []snippet{
		{"short secret", `out(http.hook("x", {secret = "x"}, print))`, "nil invalid: the secret is too short", ""},
		{"no secret", `http.hook("x", {}, print)`, "", "http.hook: argument 2 (opts): secret is missing: expected a string"},
		{"no function", `http.hook("x", {secret = "xxxx"})`, "", "http.hook: argument 3 (fn): expected a function, got nil"},
		{"below zero", `http.hook("x", {secret = "xxxx", max = -1}, print)`, "", "http.hook: argument 2 (opts): max: expected 0 or more"},
	})
}
