package hackchat

import (
	"context"
	"strconv"
	"strings"
	"time"

	"botd/adapters/internal/inflight"
	"botd/engine"
)

// Do implements [engine.Session].
func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	receipt, waits := s.do(ctx, a, done)
	if waits {
		return
	}
	if receipt.Err != nil && receipt.Err.Op == "" {
		e := *receipt.Err
		e.Op = engine.ActionName(a)
		receipt.Err = &e
	}
	receipt.At = time.Now()
	done(receipt)
}

// do carries out an action. Unless it waits for an answer, the receipt is final.
func (s *session) do(ctx context.Context, a engine.Action, done func(engine.Receipt)) (r engine.Receipt, waits bool) {
	if room := a.In(); room != "" && room != s.room {
		return engine.Fail(engine.Errorf(engine.NotFound, "this session is in %q, not in %q", s.room, room)), false
	}
	if !Adapter.Caps.Can.Has(a.Needs()) {
		return engine.Fail(engine.UnsupportedError(a)), false
	}
	l := s.current()
	if l == nil {
		return engine.Fail(inflight.NotConnected()), false
	}
	if err := ctx.Err(); err != nil {
		return engine.Fail(&engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: err}), false
	}
	o, err := l.plan(a)
	switch {
	case err != nil:
		return engine.Fail(err), false
	case o.receipt != nil:
		return *o.receipt, false
	}
	o.pending.done = done
	if err := l.send(ctx, o.pending, o.frame); err != nil {
		return engine.Fail(err), false
	}
	return engine.Receipt{Status: engine.Sent}, !o.pending.unanswered
}

// order is what an action becomes: a frame and what will answer it, or a receipt at
// once.
type order struct {
	receipt *engine.Receipt
	pending *pending
	frame   []byte
}

// plan turns an action into an order, with everything checked that the server would
// punish.
func (l *link) plan(a engine.Action) (order, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if say, ok := a.(engine.Say); ok && l.captcha {
		return l.answerCaptcha(say)
	}
	if l.me == nil || l.reason != nil || l.closed {
		return order{}, inflight.NotConnected()
	}
	if !l.capsLocked().Can.Has(a.Needs()) {
		return order{}, engine.UnsupportedError(a)
	}
	switch a := a.(type) {
	case engine.Say:
		return l.planSay(a)
	case engine.Emote:
		return l.planEmote(a)
	case engine.Whisper:
		return l.planWhisper(a)
	case engine.Edit:
		return l.planEdit(a)
	case engine.Rename:
		return l.planRename(a)
	case engine.Invite:
		return l.planInvite(a)
	case engine.Kick:
		return l.planKick(a)
	case engine.Ban:
		return l.planBan(a)
	case engine.Unban:
		return l.planUnban(a)
	case engine.Mute:
		return l.toward(a.User, "dumb", map[string]any{})
	case engine.Unmute:
		return l.byHash("speak", l.roster.hashOf(a.User), a.User)
	case engine.Lock:
		return l.planLock(a)
	case engine.Move:
		return l.planMove(a)
	case engine.Delete:
		return l.planDelete(a)
	case engine.ListUsers:
		return at(engine.Receipt{Status: engine.Echoed, Users: l.roster.users()})
	case engine.UserInfo:
		return l.planUserInfo(a)
	case engine.Call:
		return l.planCall(a)
	}
	return order{}, engine.UnsupportedError(a)
}

func at(r engine.Receipt) (order, error) { return order{receipt: &r}, nil }

func ask(p *pending, r request) (order, error) {
	p.cmd = r.Cmd
	return order{pending: p, frame: r.encode()}, nil
}

// answerCaptcha is the line that gets the bot in, or cut off; neither names it.
func (l *link) answerCaptcha(a engine.Say) (order, error) {
	if clean(a.Text) == "" {
		return order{}, engine.Errorf(engine.Invalid, "the text is empty")
	}
	l.captcha = false
	return order{pending: &pending{cmd: "chat", unanswered: true}, frame: request{Cmd: "chat", Text: &a.Text}.encode()}, nil
}

func (l *link) planSay(a engine.Say) (order, error) {
	text, err := sendable(a.Text)
	if err != nil {
		return order{}, err
	}
	wire := escape(text, l.gen)
	p := &pending{text: text}
	if l.gen == gen2018 {
		p.text = wire // it comes back as it went
	}
	if l.gen >= gen2025 {
		p.id = l.nextID()
	}
	return ask(p, request{Cmd: "chat", CustomID: p.id, Text: &wire})
}

// nextID is a customId not used before on this connection.
func (l *link) nextID() string {
	l.lastID++
	return strconv.FormatUint(l.lastID, 36)
}

func (l *link) planEmote(a engine.Emote) (order, error) {
	text, err := sendable(a.Text)
	if err != nil {
		return order{}, err
	}
	p := &pending{text: text}
	if l.gen == gen2018 {
		slash := "/me " + text
		o, err := ask(p, request{Cmd: "chat", Text: &slash})
		p.cmd = "emote" // as which it comes back
		return o, err
	}
	return ask(p, request{Cmd: "emote", Text: &text})
}

func (l *link) planWhisper(a engine.Whisper) (order, error) {
	return l.toward(a.User, "whisper", map[string]any{"text": a.Text})
}

// toward is a command about somebody an action names.
func (l *link) toward(ref engine.UserRef, cmd string, params map[string]any) (order, error) {
	m, err := l.target(ref)
	if err != nil {
		return order{}, err
	}
	params["nick"] = m.Nick
	return l.command(cmd, params)
}

// target finds whom an action means; the server is not asked about strangers.
func (l *link) target(ref engine.UserRef) (*member, error) {
	m := l.roster.byRef(ref)
	if m == nil {
		return nil, engine.Errorf(engine.NotFound, "nobody here is %s", describe(ref))
	}
	return m, nil
}

func describe(ref engine.UserRef) string {
	if ref.Name != "" {
		return strconv.Quote(ref.Name)
	}
	return strconv.Quote(string(ref.ID))
}

// ownMessage finds a message that may still be changed, and its customId.
func (l *link) ownMessage(id engine.MessageID) (old *edit, customID string, err error) {
	customID, ok := strings.CutPrefix(string(id), strconv.FormatInt(l.me.UserID, 10)+"/")
	old = l.edits[id]
	if !ok || old == nil || time.Since(old.at) > editTime {
		return nil, "", engine.Errorf(engine.NotFound, "only own messages of the last %v can be changed, from the same connection", editTime)
	}
	return old, customID, nil
}

// planDelete empties a message, which is all the server can do.
func (l *link) planDelete(a engine.Delete) (order, error) {
	_, id, err := l.ownMessage(a.Message)
	if err != nil {
		return order{}, err
	}
	text := ""
	return ask(&pending{id: id}, request{Cmd: "updateMessage", CustomID: id, Mode: "overwrite", Text: &text})
}

func (l *link) planEdit(a engine.Edit) (order, error) {
	old, id, err := l.ownMessage(a.Message)
	if err != nil {
		return order{}, err
	}
	text, mode := clean(a.Text), "overwrite"
	switch {
	case a.Append && text == "":
		return order{}, engine.Errorf(engine.Invalid, "the text is empty")
	case a.Append && text != a.Text && engine.UTF16.Count(old.text+a.Text) <= maxText:
		text = clean(old.text + a.Text) // the clean-up would take a newline at the seam
		if !l.s.pay(unitCost * float64(engine.UTF16.Count(old.text))) {
			return order{}, tooSoon() // the outbox has paid for what is new
		}
	case a.Append:
		mode = "append"
	}
	if err := checkLength(text); err != nil {
		return order{}, err
	}
	return ask(&pending{id: id, text: text}, request{Cmd: "updateMessage", CustomID: id, Mode: mode, Text: &text})
}

func (l *link) planRename(a engine.Rename) (order, error) {
	if err := checkNick(a.Name); err != nil {
		return order{}, err
	}
	return l.command("changenick", map[string]any{"nick": a.Name})
}

func (l *link) planInvite(a engine.Invite) (order, error) {
	params := map[string]any{}
	if a.To != "" {
		params["to"] = string(a.To)
	}
	return l.toward(a.User, "invite", params)
}

func (l *link) planKick(a engine.Kick) (order, error) {
	params := map[string]any{}
	if a.To != "" {
		params["to"] = string(a.To)
	}
	return l.toward(a.User, "kick", params)
}

// planMove moves somebody else; which channels the bot is in is not a connection's
// business.
func (l *link) planMove(a engine.Move) (order, error) {
	if a.User == (engine.UserRef{}) {
		return order{}, engine.Errorf(engine.Unsupported, "a connection is in one channel; the session moves by opening another")
	}
	if l.gen <= gen2020 {
		return l.toward(a.User, "moveuser", map[string]any{"channel": string(a.To)})
	}
	return l.toward(a.User, "kick", map[string]any{"to": string(a.To)})
}

func (l *link) planBan(a engine.Ban) (order, error) {
	if a.Length > 0 {
		return order{}, engine.Errorf(engine.Unsupported, "a ban on hack.chat has no length: it ends with an unban")
	}
	return l.toward(a.User, "ban", map[string]any{})
}

func (l *link) planUnban(a engine.Unban) (order, error) {
	hash := a.Address
	if hash == "" {
		hash = l.roster.hashOf(a.User)
	}
	return l.byHash("unban", hash, a.User)
}

// byHash is a command that lifts something, which the server ties to an address.
func (l *link) byHash(cmd, hash string, ref engine.UserRef) (order, error) {
	if hash == "" {
		return order{}, engine.Errorf(engine.NotFound, "the address hash of %s is not known", describe(ref))
	}
	return l.command(cmd, map[string]any{"hash": hash})
}

func (l *link) planLock(a engine.Lock) (order, error) {
	if a.On {
		return l.command("lockroom", nil)
	}
	return l.command("unlockroom", nil)
}

func (l *link) planUserInfo(a engine.UserInfo) (order, error) {
	m, err := l.target(a.User)
	if err != nil {
		return order{}, err
	}
	return at(engine.Receipt{Status: engine.Echoed, Users: []engine.User{m.user}, Answer: m.extra})
}
