package luaapi

import (
	"botd/engine/script"
)

type hookArgs struct {
	Path string      `lua:"path"` // the last part of its address: letters, digits and -_./
	Opts hookOpts    `lua:"opts"`
	Fn   script.Func `lua:"fn" type:"fun(req: hook_request): integer?, string?"` // is called with each request; what it returns is the answer
}

type hookOpts struct {
	Secret string `lua:"secret"`       // callers sign with it; 16 characters at least
	Max    int    `lua:"max,optional"` // bytes of a body: 256 KiB if not given, 1 MiB is the most
}

// httpHook opens a webhook, at http://ADMIN_LISTEN/hooks/SCRIPT/PATH. Callers prove that they
// know the secret as GitHub, Gitea or GitLab do: by a header X-Hub-Signature-256 (or
// X-Signature, X-Gitea-Signature) with the HMAC-SHA256 of the body, or X-Gitlab-Token or
// "Authorization: Bearer" with the secret itself. The function returns a status and a text,
// or nothing for 200; an error in it answers 500. The webhook ends with this version of the
// script.
func httpHook(c *script.Call, a hookArgs) (script.OK, error) {
	if a.Opts.Max < 0 {
		c.BadArg("opts", "max: expected 0 or more")
	}
	handler := c.GoFunc(func(c *script.Call, args []script.Value) { answerHook(c, a.Fn, args[0]) }, a.Fn)
	start := c.Starter(handler)
	door, origin := c.Door(), c.Origin()
	open := func() (func(), error) {
		return door.Hook(origin, script.Hook{Path: a.Path, Secret: a.Opts.Secret, Max: a.Opts.Max}, func(call script.HookCall, reply func(script.HookReply)) {
			r := &hookRequest{call: call, reply: reply}
			start(func() bool { return true }, r.end, r)
		})
	}
	remove, err := open()
	if err != nil {
		return script.OK{}, err
	}
	c.Own(remove)
	return script.OK{}, nil
}

// answerHook calls the function of a webhook and tells the caller what it returned.
func answerHook(c *script.Call, fn script.Func, request script.Value) {
	r, ok := request.Object().(*hookRequest)
	if !ok {
		return
	}
	var a script.HookReply
	results := c.Call(fn, request)
	if len(results) > 0 && !results[0].IsNil() {
		n, ok := results[0].AsNumber()
		if !ok || n != float64(int(n)) || n < 200 || n > 599 {
			c.Raise("a webhook returns a status from 200 to 599 and a text, got %s", c.Text(results[0]))
		}
		a.Status = int(n)
	}
	if len(results) > 1 && !results[1].IsNil() {
		a.Body = c.Text(results[1])
	}
	r.answer(a)
}

// hookRequest is a call of a webhook.
type hookRequest struct {
	call  script.HookCall
	reply func(script.HookReply) // nil once it was called
}

func (r *hookRequest) answer(a script.HookReply) {
	if r.reply != nil {
		r.reply(a)
		r.reply = nil
	}
}

// end answers for a function that did not come to its end.
func (r *hookRequest) end(bool) { r.answer(script.HookReply{Status: 500, Body: "the script failed"}) }

var hookRequestClass = script.Class[*hookRequest]{
	Name: "hook_request",
	Members: []script.Member{
		script.Prop("path", hookPath), script.Prop("query", hookQuery), script.Prop("headers", hookHeaders), script.Prop("body", hookBody),
		script.Method("json", hookJSON).Reads(),
	},
}

// Keeps implements [script.Keeper].
func (r *hookRequest) Keeps(func(script.Value)) int { return len(r.call.Body) + 1024 }

// hookPath is the path of the webhook.
func hookPath(r *hookRequest) string { return r.call.Path }

// hookQuery has what stood behind the "?" of the address, decoded.
func hookQuery(r *hookRequest) map[string]string { return r.call.Query }

// hookHeaders are the headers by their names in lower case, without the signature.
func hookHeaders(r *hookRequest) map[string]string { return r.call.Headers }

// hookBody is what was sent: any bytes.
func hookBody(r *hookRequest) string { return string(r.call.Body) }

// hookJSON reads the body as json.decode does.
func hookJSON(c *script.Call, r *hookRequest, _ script.None) (script.Value, error) {
	return jsonDecode(c, textArgs{string(r.call.Body)})
}
