package hackchat

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// invocation is a native command on its way: its frame, and what will answer it.
type invocation struct {
	*native
	frame   map[string]any // as it will go out
	pending *pending
	receipt *engine.Receipt // set: there is nothing to send
}

// planCall sends a native command. Its receipt has the decoded answer, or is Sent where
// the protocol has none.
func (l *link) planCall(a engine.Call) (order, error) {
	name := a.Name
	if of := aliases[name]; of != "" {
		name = of
	}
	i := slices.IndexFunc(natives, func(n native) bool { return n.name == name })
	switch {
	case i < 0:
		return order{}, engine.Errorf(engine.Unsupported, "hack.chat has no command %q; session:commands() lists them", a.Name)
	case natives[i].never != "":
		return order{}, engine.Errorf(engine.Unsupported, "botd does not send %s: %s", name, natives[i].never)
	}
	if err := Adapter.Commands[i].Check(a.Params); err != nil {
		return order{}, err
	}
	o, err := l.invoke(&natives[i], a.Params)
	if err == nil && o.pending != nil && !l.s.pay(unitCost*float64(engine.UTF16.Count(o.pending.text))) {
		return order{}, tooSoon() // the outbox has paid for the frame, but not for its text
	}
	return o, err
}

// command is invoke for an action of the engine's own.
func (l *link) command(name string, params map[string]any) (order, error) {
	return l.invoke(&natives[slices.IndexFunc(natives, func(n native) bool { return n.name == name })], params)
}

// invoke turns a command into a frame for this server, or says why it cannot.
func (l *link) invoke(n *native, params map[string]any) (order, error) {
	if !n.on(l.gen) {
		return order{}, engine.Errorf(engine.Unsupported, "this server, of %v, has no command %s", l.gen, n.name)
	}
	for _, p := range n.params {
		v, given := params[p.Name]
		if given && l.gen < p.since {
			return order{}, engine.Errorf(engine.Unsupported, "%s has no %s on this server, of %v", n.name, p.Name, l.gen)
		}
		if v == "" && !p.Optional && n.name != "updateMessage" {
			return order{}, engine.Errorf(engine.Invalid, "parameter %s of %s is empty", p.Name, n.name)
		}
	}
	if level := n.levelOn(l.gen); l.me.level < level {
		return order{}, engine.Errorf(engine.Denied, "%s takes the rights of %s (level %d), the bot has level %d",
			n.name, label(level), level, l.me.level)
	}
	inv := &invocation{native: n, frame: maps.Clone(params), pending: &pending{cmd: n.name, unanswered: n.plan == nil}}
	if inv.frame == nil {
		inv.frame = map[string]any{}
	}
	inv.frame["cmd"] = n.name
	if n.plan != nil {
		if err := n.plan(l, inv); err != nil {
			return order{}, err
		}
	}
	if inv.receipt != nil {
		return order{receipt: inv.receipt}, nil
	}
	b, err := json.Marshal(inv.frame)
	if err != nil {
		return order{}, engine.Errorf(engine.Invalid, "%s: %w", n.name, err)
	}
	return order{pending: inv.pending, frame: b}, nil
}

func tooSoon() *engine.Error {
	return &engine.Error{Code: engine.RateLimited, Msg: "the server would refuse more text now", RetryAfter: 5 * time.Second}
}

func (inv *invocation) str(name string) string {
	s, _ := inv.frame[name].(string)
	return s
}

// text cleans the parameter text and refuses what cannot be sent.
func (inv *invocation) text() (err error) {
	inv.pending.text, err = sendable(inv.str("text"))
	inv.frame["text"] = inv.pending.text
	return err
}

// aim finds whom the parameters mean and names them the way the connection's protocol
// wants: by nick, or by userid and channel. The server is not asked about strangers.
func (l *link) aim(inv *invocation) (*member, error) {
	m, err := l.meant(inv.frame["nick"], inv.frame["userid"])
	if err != nil {
		return nil, err
	}
	inv.pending.nick = m.Nick
	delete(inv.frame, "userid")
	if l.p2 {
		delete(inv.frame, "nick")
		inv.frame["userid"], inv.frame["channel"] = m.UserID, string(l.s.room)
	} else {
		inv.frame["nick"] = m.Nick
	}
	return m, nil
}

func (l *link) meant(nick, id any) (*member, error) {
	var m *member
	switch {
	case id != nil:
		n, _ := number(id)
		m = find(l.roster.members, func(m *member) bool { return m.UserID == n && n != 0 })
	case nick != nil:
		name, _ := nick.(string)
		m = l.roster.byNick(strings.TrimPrefix(name, "@"))
		id = name
	default:
		return nil, engine.Errorf(engine.Invalid, "a nick or userid is missing")
	}
	if m == nil {
		return nil, engine.Errorf(engine.NotFound, "nobody here is %v", id)
	}
	return m, nil
}

// number reads a parameter of type number.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case float64:
		return int64(v), true
	case int:
		return int64(v), true
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}
