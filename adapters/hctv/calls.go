package hctv

import (
	"slices"
	"time"

	"botd/engine"
)

// native is a command of the protocol as [engine.Call] reaches it. What it does and how
// its answer is recognised is that of the action which does the same.
type native struct {
	engine.Command
	plan func(l *link, p params) (*request, error)
}

// params have been checked against the command's description.
type params map[string]any

func (p params) str(name string) string { s, _ := p[name].(string); return s }

func (p params) user() engine.UserRef {
	return engine.UserRef{ID: engine.UserID(p.str("targetUserId"))}
}

// seconds is a duration, def if it is not there or 0: so does the server.
func (p params) seconds(name string, def time.Duration) time.Duration {
	n, _ := p[name].(float64)
	if n == 0 {
		return def
	}
	return time.Duration(min(n, longestTimeout.Seconds()) * float64(time.Second))
}

// defaultTimeout is what the server takes where no length is given.
const defaultTimeout = 5 * time.Minute

var (
	targetParam = engine.Param{Name: "targetUserId", Type: "string", Doc: "the id, not the name"}
	reasonParam = engine.Param{Name: "reason", Type: "string", Optional: true, Doc: "only the target sees it"}
)

const (
	moderator    = "moderator"
	systemAnswer = "the systemMsg frame"
)

// natives are all frames a client may send.
var natives = []native{
	{engine.Command{Name: "ping", Doc: "Asks for a sign of life.", Answer: "the pong frame"},
		func(*link, params) (*request, error) {
			return &request{lane: lanePing, frame: pingFrame, proves: func(*link, *inbound) (engine.Receipt, bool) { return engine.Receipt{}, true }}, nil
		}},
	{engine.Command{Name: "message", Doc: "Says a line.", Params: []engine.Param{{Name: "message", Type: "string"}}, Answer: "the message frame that came back"},
		func(l *link, p params) (*request, error) { return l.planSay(p.str("message")) }},
	{engine.Command{Name: "mod:deleteMessage", Doc: "Deletes a message of anybody.", Level: moderator,
		Params: []engine.Param{{Name: "msgId", Type: "string"}}, Answer: "the messageDeleted frame"},
		func(_ *link, p params) (*request, error) { return planDelete(engine.MessageID(p.str("msgId"))) }},
	{engine.Command{Name: "mod:timeoutUser", Doc: "Keeps a user from speaking for 10 s to 24 h; 5 minutes if nothing is said.", Level: moderator,
		Params: []engine.Param{targetParam, {Name: "durationSeconds", Type: "number", Optional: true}, reasonParam}, Answer: systemAnswer},
		func(l *link, p params) (*request, error) {
			return l.planTimeout(p.user(), p.seconds("durationSeconds", defaultTimeout), p.str("reason"))
		}},
	{engine.Command{Name: "mod:banUser", Doc: "Keeps a user from speaking.", Level: moderator, Params: []engine.Param{targetParam, reasonParam}, Answer: systemAnswer},
		func(l *link, p params) (*request, error) {
			return l.planOn(p.user(), "mod:banUser", verbBan, p.str("reason"))
		}},
	{engine.Command{Name: "mod:liftTimeout", Doc: "Lets a user speak again, whatever the reason.", Level: moderator, Params: []engine.Param{targetParam}, Answer: systemAnswer},
		func(l *link, p params) (*request, error) {
			return l.planOn(p.user(), "mod:liftTimeout", verbFree, "")
		}},
	{engine.Command{Name: "mod:unbanUser", Doc: "The same.", Level: moderator, Params: []engine.Param{targetParam}, Answer: systemAnswer},
		func(l *link, p params) (*request, error) {
			return l.planOn(p.user(), "mod:unbanUser", verbFree, "")
		}},
	{engine.Command{Name: "emojiMsg", Doc: "Looks up pictures of emoji.", Params: []engine.Param{{Name: "emojis", Type: "array", Doc: "names without colons"}},
		Answer: "the emojiMsgResponse frame; `emojis` has a URL for each name, empty for those nobody knows"},
		func(_ *link, p params) (*request, error) { return planEmojiCall(p["emojis"]) }},
	{engine.Command{Name: "emojiSearch", Doc: "Searches emoji by name.", Params: []engine.Param{{Name: "searchTerm", Type: "string", Doc: "1 to 50 characters"}},
		Answer: "the emojiSearchResponse frame; `results` has up to 10 names"},
		func(_ *link, p params) (*request, error) { return planSearch(p.str("searchTerm")) }},
}

func planEmojiCall(v any) (*request, error) {
	names, ok := v.([]string)
	list, _ := v.([]any)
	for _, e := range list {
		name, isName := e.(string)
		if !isName {
			return nil, engine.Errorf(engine.Invalid, "parameter emojis of emojiMsg holds a %T, want names", e)
		}
		names, ok = append(names, name), true
	}
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "parameter emojis of emojiMsg is empty")
	}
	return planEmoji(names)
}

// commands are what [engine.Adapter.Commands] lists.
func commands() []engine.Command {
	list := make([]engine.Command, len(natives))
	for i := range natives {
		list[i] = natives[i].Command
	}
	return list
}

// planCall sends a native command. Whether the bot may is the server's to say: rights
// may be newer than what the login said.
func (l *link) planCall(a engine.Call) (*request, error) {
	i := slices.IndexFunc(natives, func(n native) bool { return n.Name == a.Name })
	if i < 0 {
		return nil, engine.Errorf(engine.Unsupported, "hackclub.tv has no command %q", a.Name)
	}
	n := &natives[i]
	if err := n.Check(a.Params); err != nil {
		return nil, err
	}
	r, err := n.plan(l, a.Params)
	if err != nil {
		return nil, err
	}
	r.raw = true
	r.op = n.Name
	return r, nil
}
