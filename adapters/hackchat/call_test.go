package hackchat_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

type m = map[string]any

// callCase is a command as a script sends it to a server that has ann in the room.
type callCase struct {
	name         string
	since, until string // generations that have it; "" for all
	password     string // of the bot, with the rights it takes; an ordinary one if empty
	before       []engine.Call
	params       m
	sent         m             // if it differs from params
	status       engine.Status // Echoed if empty
	code         engine.Code   // of the error, if any
	answer       string        // regular expression over its JSON
	in           map[string]callCase
	// bad are parameters that never reach the server, with the error.
	bad map[engine.Code][]m
}

// plainChat is the chat of servers without customId.
var plainChat = callCase{params: m{"text": "hello"}, bad: map[engine.Code][]m{
	engine.Invalid: {{"text": " \n"}, {"txt": "x"}}, engine.Unsupported: {{"text": "x", "customId": "mine"}}}}

var callCases = []callCase{
	{name: "changecolor", since: "2020", params: m{"color": "#aBc"}, bad: map[engine.Code][]m{engine.Invalid: {{"color": "red"}, {"color": "12345"}, {}}}},
	{name: "changenick", params: m{"nick": "botty"}, bad: map[engine.Code][]m{engine.Invalid: {{"nick": "a b"}, {"nick": ""}}, engine.Conflict: {{"nick": "ANN"}}}},
	{name: "chat", params: m{"text": "hello", "customId": "mine"}, bad: map[engine.Code][]m{engine.Invalid: {{"text": " \n"}, {"text": "x", "customId": "toolong"}, {"txt": "x"}, {"text": 7.0}}},
		in: map[string]callCase{"2018": plainChat, "2020": plainChat}},
	{name: "emote", since: "2020", params: m{"text": "waves"}, bad: map[engine.Code][]m{engine.Invalid: {{"text": ""}}}},
	{name: "getchannels", since: "2025", answer: `^\[\{"count":0,"name":"lounge"\},\{"count":2,"name":"botdev"\}\]$`},
	{name: "help", params: m{"command": "kick"}, answer: `"text":".*kick`, bad: map[engine.Code][]m{engine.Invalid: {{"category": "mod"}}}},
	{name: "invite", params: m{"nick": "ann", "to": "den"}, answer: `^\{"channel":"den"\}$`,
		bad: map[engine.Code][]m{engine.NotFound: {{"nick": "nobody"}}, engine.Invalid: {{}}},
		in:  map[string]callCase{"2018": {params: m{"nick": "ann"}, answer: `^\{"channel":"\w{8}"\}$`}}},
	{name: "join", params: m{"channel": "x", "nick": "y"}, code: engine.Unsupported},
	{name: "leave", params: m{"channel": "x"}, code: engine.Unsupported},
	{name: "morestats", answer: `"banned":0,"chans":1,"invites":0,"joins":2,.*"users":2`},
	{name: "move", params: m{"channel": "x"}, code: engine.Unsupported},
	{name: "ping", status: engine.Sent},
	{name: "session", params: m{"token": "x"}, code: engine.Unsupported},
	{name: "stats", answer: `^\{"addresses":2,"channels":1,"text":"2 unique IPs in 1 channels"\}$`},
	{name: "updateMessage", since: "2025", before: []engine.Call{{Name: "chat", Params: m{"text": "one", "customId": "job"}}},
		params: m{"customId": "job", "text": "two", "mode": "append"},
		bad: map[engine.Code][]m{engine.NotFound: {{"customId": "other", "text": "x"}},
			engine.Invalid: {{"customId": "job", "text": "x", "mode": "odd"}, {"customId": "job", "text": "", "mode": "append"}}}},
	{name: "whisper", params: m{"nick": "@ann", "text": "psst"}, sent: m{"nick": "ann", "text": "psst"},
		bad: map[engine.Code][]m{engine.NotFound: {{"nick": "nobody", "text": "x"}, {"userid": 7.0, "text": "x"}}, engine.Invalid: {{"text": "x"}, {"nick": "ann", "text": ""}}},
		in:  map[string]callCase{"2018": {bad: map[engine.Code][]m{engine.Unsupported: {{"userid": 7.0, "text": "x"}}}}}},

	{name: "ban", password: hackchattest.ModPassword, params: m{"nick": "ann"}, answer: `^\{"hash":"\S{15}"\}$`,
		bad: map[engine.Code][]m{engine.NotFound: {{"nick": "nobody"}}}},
	{name: "disablecaptcha", since: "2025", password: hackchattest.ModPassword, answer: `^\{"text":"Captcha is not enabled\."\}$`},
	{name: "dumb", password: hackchattest.ModPassword, params: m{"nick": "ann", "allies": []any{"botd"}}, answer: `^\{"hash":"\S{15}"\}$`},
	{name: "mute", password: hackchattest.ModPassword, params: m{"nick": "ann"}, sent: m{"cmd": "dumb", "nick": "ann"}, answer: `hash`},
	{name: "enablecaptcha", since: "2025", password: hackchattest.ModPassword, answer: `^\{"text":"Captcha enabled on: botdev"\}$`},
	{name: "forcecolor", since: "2020", password: hackchattest.ModPassword, params: m{"nick": "ann", "color": "123456"},
		bad: map[engine.Code][]m{engine.Invalid: {{"nick": "ann", "color": "nope"}}, engine.NotFound: {{"nick": "nobody", "color": "fff"}}, engine.Denied: {{"nick": "botd", "color": "fff"}}}},
	{name: "forceflair", since: "2025", password: hackchattest.ModPassword, params: m{"nick": "ann", "flair": "🐟"},
		bad: map[engine.Code][]m{engine.Invalid: {{"nick": "ann", "flair": "long"}}}},
	{name: "hack", since: "2025", password: hackchattest.ModPassword, params: m{"nick": "ann", "lib": "https://example.com/x.js"}, status: engine.Sent,
		bad: map[engine.Code][]m{engine.Invalid: {{"nick": "ann", "lib": "http://example.com/x.js"}}}},
	{name: "kick", password: hackchattest.ModPassword, params: m{"nick": []any{"ann"}, "to": "lounge"},
		bad: map[engine.Code][]m{engine.NotFound: {{"nick": []any{"nobody"}}}, engine.Invalid: {{"nick": []any{}}, {"nick": 7.0}}},
		in: map[string]callCase{"2018": {params: m{"nick": []any{"ann"}},
			bad: map[engine.Code][]m{engine.Unsupported: {{"nick": "ann", "to": "lounge"}}}}}},
	{name: "lockroom", since: "2025", password: hackchattest.ModPassword, params: m{"level": "trustedUser"},
		bad: map[engine.Code][]m{engine.Invalid: {{"level": "king"}, {"level": true}}, engine.Denied: {{"level": "admin"}}}},
	{name: "moveuser", until: "2020", password: hackchattest.ModPassword, params: m{"nick": "ann", "channel": "lounge"},
		bad: map[engine.Code][]m{engine.NotFound: {{"nick": "nobody", "channel": "lounge"}}}},
	{name: "speak", password: hackchattest.ModPassword, params: m{"hash": "somebodyshash/1"}, answer: `^\{"hash":"somebodyshash/1"\}$`,
		bad: map[engine.Code][]m{engine.Invalid: {{}, {"hash": "x", "ip": "1.2.3.4"}}},
		in:  map[string]callCase{"2018": {bad: map[engine.Code][]m{engine.Unsupported: {{"ip": "1.2.3.4"}, {"hash": "*"}}}}}},
	{name: "unmute", since: "2020", password: hackchattest.ModPassword, params: m{"hash": "*"}, sent: m{"cmd": "speak", "hash": "*"}, answer: `unmuzzled all users`,
		in: map[string]callCase{"2018": {code: engine.Unsupported}}},
	{name: "unban", password: hackchattest.ModPassword, params: m{"ip": "192.0.2.7"}, answer: `^\{"hash":"\S{15}"\}$`, bad: map[engine.Code][]m{engine.Invalid: {{}}}},
	{name: "unbanall", password: hackchattest.ModPassword, answer: `^\{"text":"Unbanned all ip addresses"\}$`},
	{name: "unlockroom", since: "2025", password: hackchattest.ModPassword, before: []engine.Call{{Name: "lockroom"}}},

	{name: "claimchannel", since: "2025", code: engine.Unsupported, sent: m{}},
	{name: "makeprivate", since: "2025", password: hackchattest.OwnerPassword, code: engine.Conflict, sent: m{}},
	{name: "makepublic", since: "2025", password: hackchattest.OwnerPassword, answer: `^\{"captcha":`},
	{name: "renewclaim", since: "2025", password: hackchattest.OwnerPassword, answer: `^\{"captcha":`},
	{name: "setlevel", since: "2025", password: hackchattest.OwnerPassword, params: m{"trip": "cGbI/o", "level": "channelModerator"}, answer: `Changed permission level`,
		bad: map[engine.Code][]m{engine.Invalid: {{"trip": "bad", "level": "default"}, {"trip": "cGbI/o", "level": "king"}},
			engine.Denied: {{"trip": "cGbI/o", "level": "channelOwner"}}, engine.NotFound: {{"trip": "aaaaaa", "level": "default"}}}},
	{name: "setmotd", since: "2025", password: hackchattest.OwnerPassword, params: m{"motd": "welcome"}, answer: `MOTD changed by`},
	{name: "unclaimchannel", since: "2025", password: hackchattest.OwnerPassword, answer: `ownership has been removed`},

	{name: "addmod", password: hackchattest.AdminPassword, params: m{"trip": "cGbI/o"}, answer: `^\{"text":"Added mod trip: cGbI/o,`, bad: map[engine.Code][]m{engine.Invalid: {{"nick": "ann"}, {"trip": "a b"}}}},
	{name: "listusers", password: hackchattest.AdminPassword, answer: `^\[\{"channel":"botdev","hash":"\S{15}","nick":"ann","trip":"cGbI/o"\},\{.*"nick":"botd"`,
		in: map[string]callCase{"2018": {answer: `^\[\{"channel":"botdev","nick":"ann"\},\{"channel":"botdev","nick":"botd"\}\]$`},
			"2020": {answer: `^\[\{"channel":"botdev","nick":"ann"\},\{"channel":"botdev","nick":"botd"\}\]$`}}},
	{name: "reload", password: hackchattest.AdminPassword, params: m{"reason": "testing"}, answer: `oaded \d+ commands`,
		in: map[string]callCase{"2018": {params: m{}, bad: map[engine.Code][]m{engine.Unsupported: {{"reason": "testing"}}}}}},
	{name: "removemod", password: hackchattest.AdminPassword, params: m{"trip": "cGbI/o"}, answer: `^\{"text":"Removed mod trip: cGbI/o,`,
		in: map[string]callCase{"2018": {status: engine.Unknown, code: engine.Internal}}},
	{name: "saveconfig", password: hackchattest.AdminPassword, answer: `^\{"text":"Config saved!"\}$`},
	{name: "shout", password: hackchattest.AdminPassword, params: m{"text": "noon"}, answer: `^\{"text":"Server Notice: noon"\}$`},

	{name: "disconnectwallet", since: "2026", code: engine.Unsupported, sent: m{}},
	{name: "getwallet", since: "2026", params: m{"nick": "ann"}, code: engine.Conflict, sent: m{"nick": "ann"}},
	{name: "relaytx", params: m{"nick": "ann", "tx": "AA=="}, code: engine.Unsupported},
	{name: "sendsol", params: m{"nick": "ann", "amount": 1.0}, code: engine.Unsupported},
	{name: "signsiw", params: m{"signature": "x", "signedMessage": "y"}, code: engine.Unsupported},
	{name: "siw", params: m{"address": "x", "wallet": "y"}, code: engine.Unsupported},
	{name: "disconnect", params: m{"cmdKey": "x"}, code: engine.Unsupported},
	{name: "socketreply", params: m{"cmdKey": "x"}, code: engine.Unsupported},
}

// TestCallTable sends each command to each generation of the server: what goes out, what
// comes back, and what is refused before it costs anything.
func TestCallTable(t *testing.T) {
	for gen := range generations {
		for _, c := range callCases {
			t.Run(gen+"/"+c.name, func(t *testing.T) { c.on(gen).try(t, gen) })
		}
	}
	for _, cmd := range hackchat.Adapter.Commands {
		if !slices.ContainsFunc(callCases, func(c callCase) bool { return c.name == cmd.Name }) {
			t.Errorf("no case for %s", cmd.Name)
		}
	}
}

// on is the case with what is different on a generation.
func (c callCase) on(gen string) callCase {
	o, ok := c.in[gen]
	if !ok {
		return c
	}
	if o.params != nil {
		c.params, c.sent = o.params, o.sent
	}
	if o.answer != "" || o.code != "" {
		c.answer = o.answer
	}
	if o.status != "" {
		c.status = o.status
	}
	if o.code != "" {
		c.code = o.code
	}
	if o.bad != nil {
		c.bad = o.bad
	}
	return c
}

func (c callCase) try(t *testing.T, gen string) {
	missing := c.since != "" && gen < c.since || c.until != "" && gen > c.until
	in(t, hackchattest.Options{Generation: generations[gen]}, func(r *rig) {
		if c.password != "" {
			r.settings.Password = engine.Secret(c.password)
		}
		r.Own(room, "")
		r.Join(room, "ann#alice-pass")
		r.start()
		if c.password != "" { // until it speaks, nobody tells a bot on the oldest servers what it is
			r.Does(engine.Say{Room: room, Text: "hello"}, engine.Echoed, "")
		}
		if missing {
			r.never(c.name, c.params, engine.Unsupported)
			return
		}
		for code, list := range c.bad {
			for _, params := range list {
				r.never(c.name, params, code)
			}
		}
		for _, call := range c.before {
			call.Room = room
			r.Does(call, engine.Echoed, "")
		}
		if c.code != "" && c.sent == nil && c.status == "" {
			r.never(c.name, c.params, c.code)
			return
		}
		c.sends(r)
	})
	if c.password != "" && c.code == "" && !missing {
		in(t, hackchattest.Options{Generation: generations[gen]}, func(r *rig) {
			r.Join(room, "ann#alice-pass")
			r.start()
			r.never(c.name, c.params, engine.Denied)
		})
	}
}

// sends expects the frame on the wire and what came back for it.
func (c callCase) sends(r *rig) {
	status := c.status
	if status == "" && c.code != "" {
		status = engine.Failed
	} else if status == "" {
		status = engine.Echoed
	}
	start := time.Now()
	rc := r.Does(engine.Call{Room: room, Name: c.name, Params: c.params}, status, c.code)
	if d := time.Since(start); d > time.Second {
		r.Errorf("the answer took %v", d)
	}
	r.Settle()
	requests := r.Server.Requests()
	want := m{"cmd": c.name}
	maps.Copy(want, c.params)
	if c.sent != nil {
		want = m{"cmd": c.name}
		maps.Copy(want, c.sent)
	}
	if got := requests[len(requests)-1].Frame; asJSON(got) != asJSON(want) {
		r.Errorf("sent %s, want %s", asJSON(got), asJSON(want))
	}
	switch got := asJSON(rc.Answer); {
	case c.answer == "" && rc.Answer != nil:
		r.Errorf("unexpected answer %s", got)
	case c.answer != "" && !regexp.MustCompile(c.answer).MatchString(got):
		r.Errorf("answer %s, want %s", got, c.answer)
	}
}

// never expects a call to be refused without a frame.
func (r *rig) never(name string, params m, code engine.Code) {
	r.Helper()
	before := len(r.Server.Requests())
	rc := engine.Do(r.Context(), r.Session, engine.Call{Room: room, Name: name, Params: params})
	if rc.Status != engine.Failed || engine.CodeOf(rc.Error()) != code {
		r.Errorf("%s%s: %s %v (code %q), want failed with code %q", name, asJSON(params), rc.Status, rc.Err, engine.CodeOf(rc.Error()), code)
	}
	if sent := r.Server.Requests()[before:]; len(sent) > 0 {
		r.Errorf("%s%s was sent: %v", name, asJSON(params), sent)
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b)
}
