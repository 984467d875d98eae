package hackchat

import (
	"encoding/json"
	"slices"
	"strings"

	"botd/engine"
)

// native is a command of the protocol as [engine.Call] reaches it.
type native struct {
	engine.Command
	since, until generation // until 0: still there
	level        int64
	cost         float64
	// answer recognises the frame that answers. Nil: nothing does, or it comes as events.
	answer func(name string, f *noticeFrame) bool
}

func (n *native) on(g generation) bool {
	return g >= n.since && (n.until == genUnknown || g <= n.until)
}

func str(name, doc string) engine.Param { return engine.Param{Name: name, Type: "string", Doc: doc} }

func opt(name, doc string) engine.Param {
	return engine.Param{Name: name, Type: "string", Doc: doc, Optional: true}
}

func info(id int, text func(string) bool) func(string, *noticeFrame) bool {
	return func(_ string, f *noticeFrame) bool { return !f.Warn && (f.ID == id || f.ID == 0 && text(f.Text)) }
}

func startsWith(prefixes ...string) func(string) bool {
	return func(s string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
	}
}

// natives are the commands that Call sends. What an action of the engine's own does
// is here too, for those who know the protocol.
var natives = []native{
	{Command: engine.Command{Name: "chat", Doc: "Says a line; a leading slash is a command.", Params: []engine.Param{str("text", "")}}},
	{Command: engine.Command{Name: "emote", Doc: "Says what the bot does.", Params: []engine.Param{str("text", "")}}, since: gen2020},
	{Command: engine.Command{Name: "whisper", Doc: "Tells one user something.", Params: []engine.Param{str("nick", ""), str("text", "")}}},
	{Command: engine.Command{Name: "invite", Doc: "Asks a user into another channel.", Params: []engine.Param{str("nick", ""), opt("to", "the channel; without it a random one")}}, cost: inviteCost},
	{Command: engine.Command{Name: "changenick", Doc: "Takes another nick.", Params: []engine.Param{str("nick", "")}}, cost: renameCost},
	{Command: engine.Command{Name: "changecolor", Doc: "Takes another colour.", Params: []engine.Param{str("color", "hexadecimal, or reset")}}, since: gen2020, cost: frameCost + 1},
	{Command: engine.Command{Name: "stats", Doc: "Counts addresses and channels."}, answer: info(1306, statsText.MatchString)},
	{Command: engine.Command{Name: "morestats", Doc: "The server's statistics."}, answer: info(1305, startsWith("# Server Statistics", "current-connections:"))},
	{Command: engine.Command{Name: "help", Doc: "The server's own help.", Params: []engine.Param{opt("command", "")}}, cost: frameCost + 2,
		answer: info(1303, startsWith("# All commands", "# ", "Listing all current commands", "Name: ", "Unknown command"))},
	{Command: engine.Command{Name: "kick", Doc: "Moves users to another channel.", Params: []engine.Param{str("nick", ""), opt("to", "")}}, level: levelChannelModerator},
	{Command: engine.Command{Name: "ban", Doc: "Bans the address of a user.", Params: []engine.Param{str("nick", "")}}, level: levelModerator},
	{Command: engine.Command{Name: "unban", Doc: "Lifts a ban.", Params: []engine.Param{opt("hash", ""), opt("ip", "")}}, level: levelModerator},
	{Command: engine.Command{Name: "dumb", Doc: "Mutes the address of a user; nobody is told.", Params: []engine.Param{str("nick", "")}}, level: levelModerator},
	{Command: engine.Command{Name: "speak", Doc: "Lifts a mute; hash * lifts all.", Params: []engine.Param{opt("hash", ""), opt("ip", "")}}, level: levelModerator},
	{Command: engine.Command{Name: "lockroom", Doc: "Lets nobody below a level in.", Params: []engine.Param{opt("level", "a label such as trustedUser")}}, since: gen2025, level: levelChannelModerator},
	{Command: engine.Command{Name: "unlockroom", Doc: "Lets everybody in again."}, since: gen2025, level: levelChannelModerator},
}

// commands lists natives for [engine.Adapter].
func commands() []engine.Command {
	list := make([]engine.Command, len(natives))
	for i := range natives {
		list[i] = natives[i].Command
	}
	return list
}

// planCall sends a native command. Its receipt has the frame that answers, or is
// Sent where the protocol has no answer or answers with events.
func (l *link) planCall(a engine.Call) (order, error) {
	i := slices.IndexFunc(natives, func(n native) bool { return n.Name == a.Name })
	if i < 0 {
		return order{}, engine.Errorf(engine.Unsupported, "hack.chat has no command %q", a.Name)
	}
	n := &natives[i]
	if !n.on(l.gen) {
		return order{}, engine.Errorf(engine.Unsupported, "this server (of %v) has no command %q", l.gen, a.Name)
	}
	if l.me.level < n.level {
		return order{}, engine.Errorf(engine.Denied, "%s needs level %d, the bot has %d", a.Name, n.level, l.me.level)
	}
	frame, err := n.encode(a.Params)
	if err != nil {
		return order{}, err
	}
	p := &pending{cmd: n.Name, cost: max(n.cost, frameCost), unanswered: n.answer == nil}
	if n.answer != nil {
		p.call = func(f *noticeFrame) bool { return n.answer(n.Name, f) }
	}
	return order{pending: p, frame: frame}, nil
}

// encode checks the parameters, whose mistakes the server punishes in silence.
func (n *native) encode(params map[string]any) ([]byte, error) {
	frame := map[string]any{"cmd": n.Name}
	for name, v := range params {
		if !slices.ContainsFunc(n.Params, func(p engine.Param) bool { return p.Name == name }) {
			return nil, engine.Errorf(engine.Invalid, "%s has no parameter %q", n.Name, name)
		}
		if _, ok := v.(string); !ok {
			return nil, engine.Errorf(engine.Invalid, "parameter %s of %s is a %T, want a string", name, n.Name, v)
		}
		frame[name] = v
	}
	for _, p := range n.Params {
		if v, _ := frame[p.Name].(string); v == "" && !p.Optional {
			return nil, engine.Errorf(engine.Invalid, "%s needs the parameter %q", n.Name, p.Name)
		}
	}
	if text, ok := frame["text"].(string); ok {
		if err := checkLength(text); err != nil {
			return nil, err
		}
	}
	return json.Marshal(frame)
}

// answerCall gives a frame to the call it answers.
func (l *link) answerCall(b []byte, f any) {
	n, ok := f.(*noticeFrame)
	if !ok || n.Warn {
		return
	}
	p := l.take(func(p *pending) bool { return p.call != nil && p.call(n) })
	if p == nil {
		return
	}
	var answer any
	if err := json.Unmarshal(b, &answer); err != nil {
		p.finish(engine.Receipt{Status: engine.Unknown, Err: engine.AsError(err)})
		return
	}
	p.finish(engine.Receipt{Status: engine.Echoed, At: n.at(), Answer: answer})
}
