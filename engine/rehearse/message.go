package rehearse

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// message is something that was said.
type message struct {
	id   engine.MessageID
	text string
	kind string
	to   string
}

var messageClass = script.Class[*message]{
	Name: "test_message",
	Members: []script.Member{
		script.Prop("id", messageID), script.Prop("text", messageText), script.Prop("kind", messageKind), script.Prop("to", messageTo),
	},
	String: func(m *message) string { return m.text },
}

// messageID is what the network knows it by.
func messageID(m *message) string { return string(m.id) }

// messageText is what was said.
func messageText(m *message) string { return m.text }

// messageKind is what the bot did: "say", "whisper", "emote", "kick" and so on.
func messageKind(m *message) string { return m.kind }

// messageTo is whom it is about: the one whispered to, or kicked.
func messageTo(m *message) string { return m.to }

func (d *act) message() *message { return &message{id: d.id, text: d.text, kind: d.name, to: d.to} }

// spoken reports whether an act is a line in the room.
func (d *act) spoken() bool { return d.name == "say" || d.name == "emote" || d.name == "reply" }

func (d *act) String() string {
	out := d.name
	if d.to != "" {
		out += " " + d.to
	}
	if d.text != "" {
		out += ": " + d.text
	}
	return out
}

type expectArgs struct {
	Text string         `lua:"text"` // must be in the line
	Opts expectTextOpts `lua:"opts,optional"`
}

// expectTextOpts say how a line must be.
type expectTextOpts struct {
	Exact   bool          `lua:"exact,optional"`   // the whole line is the text
	Pattern bool          `lua:"pattern,optional"` // the text is a Lua pattern
	Within  time.Duration `lua:"within,optional"`  // the time that may pass until then; none if nil
}

func (o expectTextOpts) fits(c *script.Call, want, text string) bool {
	switch {
	case o.Exact:
		return text == want
	case o.Pattern:
		return matches(c, want, text)
	}
	return strings.Contains(text, want)
}

// paceTime is the longest that an expectation waits for lines that the bot has said and
// that the pace of the network holds back.
const paceTime = 30 * time.Second

// seek looks for what f finds in what the bot has done. Until it is there lines leave that wait
// for their turn, and as much time passes as the test allows.
func (t *trial) seek(c *script.Call, within time.Duration, f func() bool) bool {
	t.step(c, func() error { return nil })
	end := t.w.clock.Now()
	for begin := end; !f(); {
		next, ok := t.w.clock.Next()
		switch {
		case !ok:
			return false
		case next.After(begin.Add(within)) && (t.w.host.Left().Unsent == 0 || next.After(begin.Add(paceTime))):
			return false
		}
		t.check(c, t.wait(c, func() error { return t.w.advance(t.ctx, next.Sub(t.w.clock.Now())) }))
	}
	return true
}

// placeExpect fails unless the bot has said a line with that text in it, since the line that the
// last expectation was about. It waits for lines that the network's pace holds back. It returns
// the line.
func placeExpect(c *script.Call, p *place, a expectArgs) *message {
	return p.t.expectText(c, p.r.net, &p.r.acts, (*act).spoken, a)
}

func (t *trial) expectText(c *script.Call, n *network, list *[]*act, is func(*act) bool, a expectArgs) *message {
	var found *act
	ok := t.seek(c, a.Opts.Within, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		i := slices.IndexFunc(*list, func(d *act) bool { return is(d) && a.Opts.fits(c, a.Text, d.text) })
		if i < 0 {
			return false
		}
		found = (*list)[i]
		rest := (*list)[i+1:]
		before := slices.DeleteFunc(slices.Clone((*list)[:i]), is)
		*list = append(before, rest...)
		return true
	})
	if !ok {
		n.mu.Lock()
		lines := actsText(*list, is)
		n.mu.Unlock()
		failWith(c, listed("it said", lines), "the bot did not say %q", a.Text)
	}
	return found.message()
}

func actsText(list []*act, is func(*act) bool) (out []string) {
	for _, d := range list {
		if is(d) {
			out = append(out, d.String())
		}
	}
	return out
}

// userExpect fails unless the bot has whispered a line with that text in it to somebody, since
// the one that the last expectation was about.
func userExpect(c *script.Call, u *actor, a expectArgs) *message {
	return u.t.expectText(c, u.p.room.net, &u.p.acts, func(*act) bool { return true }, a)
}

type linesArgs struct {
	Lines []string `lua:"lines"`
}

// placeExpectLines fails unless these are all the lines that the bot has said, in that order, since
// the one that the last expectation was about.
func placeExpectLines(c *script.Call, p *place, a linesArgs) script.None {
	var got []string
	ok := p.t.seek(c, 0, func() bool {
		p.r.net.mu.Lock()
		defer p.r.net.mu.Unlock()
		got = nil
		for _, d := range p.r.acts {
			if d.spoken() {
				got = append(got, d.text)
			}
		}
		if len(got) < len(a.Lines) {
			return false
		}
		p.r.acts = slices.DeleteFunc(p.r.acts, (*act).spoken)
		return true
	})
	if !ok || !slices.Equal(got, a.Lines) {
		failWith(c, diffOf(strings.Join(a.Lines, "\n"), strings.Join(got, "\n")), "the bot said other lines")
	}
	return script.None{}
}

// placeExpectNothing fails if the bot has done anything in the room that no expectation was about.
func placeExpectNothing(c *script.Call, p *place, _ script.None) script.None {
	p.t.seek(c, 0, func() bool { return p.t.w.host.Left().Unsent == 0 })
	p.r.net.mu.Lock()
	list := actsText(p.r.acts, func(*act) bool { return true })
	p.r.net.mu.Unlock()
	if len(list) > 0 {
		failWith(c, listed("it did", list), "expected nothing of the bot")
	}
	return script.None{}
}

// userExpectNothing fails if the bot has whispered anything to them that no expectation was about.
func userExpectNothing(c *script.Call, u *actor, _ script.None) script.None {
	u.t.seek(c, 0, func() bool { return u.t.w.host.Left().Unsent == 0 })
	u.p.room.net.mu.Lock()
	list := actsText(u.p.acts, func(*act) bool { return true })
	u.p.room.net.mu.Unlock()
	if len(list) > 0 {
		failWith(c, listed("it whispered", list), "expected no whisper to %s", u.p.user.Name)
	}
	return script.None{}
}

type actionArgs struct {
	Name   string         `lua:"name"`            // of the action: "kick", "ban", "delete", "react", "set_topic" …
	Fields map[string]any `lua:"fields,optional"` // what must be in it; user and author are names
}

// placeExpectAction fails unless the bot has done something in the room that no expectation was about
// yet: room:expect_action("kick", {user = "ann"}).
func placeExpectAction(c *script.Call, p *place, a actionArgs) *message {
	if known := actionNames(); !slices.Contains(known, a.Name) {
		c.BadArg("name", "%s", script.UnknownName("action", a.Name, known))
	}
	var found *act
	ok := p.t.seek(c, 0, func() bool {
		p.r.net.mu.Lock()
		defer p.r.net.mu.Unlock()
		i := slices.IndexFunc(p.r.acts, func(d *act) bool { return d.name == a.Name && d.has(a.Fields) })
		if i >= 0 {
			found = p.r.acts[i]
			p.r.acts = slices.Delete(p.r.acts, i, i+1)
		}
		return i >= 0
	})
	if !ok {
		p.r.net.mu.Lock()
		list := actsText(p.r.acts, func(*act) bool { return true })
		p.r.net.mu.Unlock()
		failWith(c, listed("it did", list), "the bot did not %s with %s", a.Name, literal(a.Fields, ""))
	}
	return found.message()
}

func actionNames() (names []string) {
	for _, a := range engine.Actions() {
		names = append(names, engine.ActionName(a))
	}
	return names
}

// has reports whether an action has these fields.
func (d *act) has(want map[string]any) bool {
	raw, err := engine.MarshalAction(d.action)
	var got struct{ Fields map[string]any }
	if err != nil || json.Unmarshal(raw, &got) != nil {
		return false
	}
	for name, v := range want {
		have := got.Fields[name]
		if who, ok := have.(map[string]any); ok && (name == "user" || name == "author") {
			have = who["name"]
		}
		if n, ok := have.(float64); ok && (name == "length" || name == "interval") {
			have = n / float64(time.Second)
		}
		if !sameData(have, v) {
			return false
		}
	}
	return true
}
