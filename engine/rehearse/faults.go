package rehearse

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/script"
)

type disconnectArgs struct {
	Reason string         `lua:"reason,optional"`
	Opts   disconnectOpts `lua:"opts,optional"`
}

// disconnectOpts say what happens after a connection broke.
type disconnectOpts struct {
	Stay bool `lua:"stay,optional"` // nobody can connect until room:connect()
}

// placeDisconnect breaks the connection. The bot connects again by itself after a while, which
// takes time: let it pass.
func placeDisconnect(c *script.Call, p *place, a disconnectArgs) script.None {
	if a.Reason == "" {
		a.Reason = "connection reset"
	}
	err := engine.Errorf(engine.NotConnected, "%s", a.Reason)
	p.t.step(c, func() error {
		if a.Opts.Stay {
			p.r.net.mu.Lock()
			p.r.net.down = err
			p.r.net.mu.Unlock()
		}
		p.r.net.drop("", err)
		return nil
	})
	return script.None{}
}

// placeConnect lets time pass until the bot is in the room again, at most an hour.
func placeConnect(c *script.Call, p *place, _ script.None) script.None {
	p.r.net.mu.Lock()
	p.r.net.down = nil
	p.r.net.mu.Unlock()
	if !p.t.seek(c, time.Hour, func() bool { return p.r.net.online(p.r.info.ID) }) {
		failWith(c, "", "the bot did not come back into %s within an hour", engine.Path(p.r.net.name, p.r.info.ID))
	}
	return script.None{}
}

type kickArgs struct {
	Reason string `lua:"reason,optional"`
}

// placeKick throws the bot out of the room, and breaks its connection.
func placeKick(c *script.Call, p *place, a kickArgs) script.None {
	p.t.step(c, func() error {
		n := p.r.net
		n.mu.Lock()
		me := n.me
		n.mu.Unlock()
		n.emit(engine.Event{Room: p.r.info, Body: engine.Kicked{Target: me, Reason: a.Reason}})
		n.drop(p.r.info.ID, engine.Errorf(engine.NotConnected, "kicked: %s", a.Reason))
		return nil
	})
	return script.None{}
}

type durationArgs struct {
	D time.Duration `lua:"d"` // 0 ends it
}

// placeLag has what happens on the network reach the bot late, from now on.
func placeLag(c *script.Call, p *place, a durationArgs) script.None {
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	p.r.net.lag = max(0, a.D)
	return script.None{}
}

// placeSlow has the network confirm late what the bot does, from now on. What is not confirmed when
// the connection breaks has the fate "unknown".
func placeSlow(c *script.Call, p *place, a durationArgs) script.None {
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	p.r.net.slow = max(0, a.D)
	return script.None{}
}

type duplicateArgs struct {
	N int `lua:"n,optional"` // how many; 1 if nil
}

// placeDuplicate has the network tell the next things twice, as networks do that are not sure what
// the bot has heard.
func placeDuplicate(c *script.Call, p *place, a duplicateArgs) script.None {
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	p.r.net.twice += max(1, a.N)
	return script.None{}
}

type refuseArgs struct {
	Action string     `lua:"action"` // its name, as "say" or "kick"
	Opts   refuseOpts `lua:"opts,optional"`
}

// refuseOpts say how the network refuses.
type refuseOpts struct {
	Code    errorCode `lua:"code,optional"`    // of the error; "denied" if nil
	Message string    `lua:"message,optional"` // of the error
	Times   int       `lua:"times,optional"`   // how often; always if nil
}

type errorCode string

func (errorCode) Values() []string {
	var list []string
	for _, c := range engine.Codes() {
		list = append(list, string(c))
	}
	return list
}

// placeRefuse has the network refuse what the bot wants to do, from now on.
func placeRefuse(c *script.Call, p *place, a refuseArgs) script.None {
	if known := actionNames(); !slices.Contains(known, a.Action) {
		c.BadArg("action", "%s", script.UnknownName("action", a.Action, known))
	}
	code := engine.Denied
	if a.Opts.Code != "" {
		code = engine.Code(a.Opts.Code)
	}
	msg := a.Opts.Message
	if msg == "" {
		msg = "the network refuses it"
	}
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	p.r.net.refuse[a.Action] = &refusal{err: engine.Errorf(code, "%s", msg), left: a.Opts.Times}
	return script.None{}
}

type answersArgs struct {
	Session string       `lua:"session"` // of a room that the test made
	Command string       `lua:"command"` // a native command, as session:call takes it
	Answer  script.Value `lua:"answer,optional"`
}

// trialAnswers has a network answer a native command of session:call with plain data.
func trialAnswers(c *script.Call, t *trial, a answersArgs) script.None {
	n := t.w.network(engine.SessionID(a.Session))
	if n == nil {
		c.BadArg("session", "no session %q: make a room of it first", a.Session)
	}
	v, err := c.Plain(a.Answer)
	if err != nil {
		c.BadArg("answer", "%s", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls[a.Command] = func(map[string]any) (any, error) { return v, nil }
	return script.None{}
}

type httpArgs struct {
	URL    string       `lua:"url"`                                        // what addresses must begin with
	Answer script.Value `lua:"answer" type:"table|fun(req: table): table"` // what they are answered with
}

// httpAnswer is what a server answers.
type httpAnswer struct {
	Status  int               `lua:"status,optional"`  // 200 if nil
	Headers map[string]string `lua:"headers,optional"` //
	Body    string            `lua:"body,optional"`    // the text of the answer
	JSON    script.Value      `lua:"json,optional"`    // data in the place of body
	Delay   time.Duration     `lua:"delay,optional"`   // how long it takes
	Fail    bool              `lua:"fail,optional"`    // the connection breaks instead
	Times   int               `lua:"times,optional"`   // how often; always if nil. Then the answer given before holds
}

// trialHTTP answers requests of scripts to addresses that begin with a text; the last that was given counts.
// A function is called with the request, a table with method, url, headers and body:
//
//	t:http("https://api.example.com/now", { json = { temp = 21 } })
//	t:http("https://api.example.com/", function(req) return { status = 404 } end)
//
// An answer is a table with status, headers, body or json (data in the place of body), delay, fail (the
// connection breaks instead) and times (how often, then the answer given before holds).
// What a script may reach is decided as always: without the grant the request is refused.
func trialHTTP(c *script.Call, t *trial, a httpArgs) script.None {
	p := &page{prefix: a.URL}
	if fn, ok := a.Answer.AsFunc(); ok {
		f := fileOf(c)
		p.call, p.number = true, len(f.pages)
		f.pages = append(f.pages, fn)
	} else {
		p.answer, p.left = answerOf(c, a.Answer)
	}
	t.w.web.add(p)
	return script.None{}
}

// answerOf reads what a server is to answer.
func answerOf(c *script.Call, v script.Value) (webAnswer, int) {
	var in httpAnswer
	if err := c.Decode(v, &in); err != nil {
		c.BadArg("answer", "%s", err)
	}
	a := webAnswer{status: in.Status, headers: in.Headers, body: []byte(in.Body), delay: in.Delay, fail: in.Fail}
	if a.status == 0 {
		a.status = 200
	}
	if !in.JSON.IsNil() {
		data, err := c.Plain(in.JSON)
		if err == nil {
			a.body, err = json.Marshal(data)
		}
		if err != nil {
			c.BadArg("answer", "json: %s", err)
		}
		if a.headers["Content-Type"] == "" {
			h := map[string]string{"Content-Type": "application/json"}
			for k, v := range in.Headers {
				h[k] = v
			}
			a.headers = h
		}
	}
	return a, in.Times
}

// answer has a function of the test answer a request.
func (f *testFile) answer(c *script.Call, call *pageCall) (webAnswer, error) {
	headers := make(map[string]any, len(call.req.headers))
	for k, v := range call.req.headers {
		headers[k] = v
	}
	req := map[string]any{"method": call.req.method, "url": call.req.url, "headers": headers, "body": string(call.req.body)}
	got, err := c.Protected(f.pages[call.page.number], c.PlainToLua(req, false))
	if err != nil {
		return webAnswer{fail: true}, err
	}
	if len(got) == 0 {
		return webAnswer{status: 204}, nil
	}
	a, _ := answerOf(c, got[0])
	return a, nil
}

// sameData compares data of JSON with data of Lua: all their numbers are one kind.
func sameData(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	if err != nil {
		return false
	}
	var p, q any
	return json.Unmarshal(x, &p) == nil && json.Unmarshal(y, &q) == nil && reflect.DeepEqual(p, q)
}
