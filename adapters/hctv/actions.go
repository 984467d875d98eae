package hctv

import (
	"cmp"
	"context"
	"time"

	"botd/engine"
)

// A timeout is at least and at most this long; the server would change the number in
// silence.
const (
	shortestTimeout = 10 * time.Second
	longestTimeout  = 24 * time.Hour
)

// Do implements [engine.Session].
func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	r, rc, err := s.start(ctx, a, done)
	switch {
	case err != nil:
		rc = engine.Fail(err)
	case r != nil:
		return // it gets its receipt by itself
	}
	s.settle(&request{op: engine.ActionName(a), done: done}, rc)
}

// start puts an action on its way, unless it has its receipt at once.
func (s *session) start(ctx context.Context, a engine.Action, done func(engine.Receipt)) (r *request, rc engine.Receipt, err error) {
	if room := a.In(); room != "" && room != s.room {
		return nil, rc, engine.Errorf(engine.NotFound, "this session is in %q, not in %q", s.room, room)
	}
	if !moderatorCan.Has(a.Needs()) {
		return nil, rc, engine.UnsupportedError(a)
	}
	if err := ctx.Err(); err != nil {
		return nil, rc, &engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: err}
	}
	s.mu.Lock()
	l := s.link
	if l == nil || !l.online || l.closed || l.reason != nil {
		s.mu.Unlock()
		return nil, rc, notConnected()
	}
	if info, ok := a.(engine.UserInfo); ok {
		rc, err = l.userInfo(info)
		s.mu.Unlock()
		return nil, rc, err
	}
	if r, err = l.plan(a); err != nil {
		s.mu.Unlock()
		return nil, rc, err
	}
	r.done = done
	if r.op == "" {
		r.op = engine.ActionName(a)
	}
	l.put(ctx, r)
	return r, rc, nil
}

// plan turns an action into a request, with everything checked that the server would
// answer with silence or make the bot pay for. mu is held.
func (l *link) plan(a engine.Action) (*request, error) {
	if !l.s.caps().Can.Has(a.Needs()) {
		return nil, engine.UnsupportedError(a)
	}
	switch a := a.(type) {
	case engine.Say:
		return l.planSay(a.Text)
	case engine.Delete:
		return planDelete(a.Message)
	case engine.TimeOut:
		return l.planTimeout(a.User, a.Length, a.Reason)
	case engine.Ban:
		if a.Length > 0 { // a ban that ends is what the network calls a timeout
			return l.planTimeout(a.User, a.Length, a.Reason)
		}
		return l.planOn(a.User, "mod:banUser", verbBan, a.Reason)
	case engine.Unban:
		return l.planOn(a.User, "mod:unbanUser", verbFree, "")
	case engine.Unmute:
		return l.planOn(a.User, "mod:liftTimeout", verbFree, "")
	case engine.Emoji:
		return planEmoji(a.Names)
	case engine.SearchEmoji:
		return planSearch(a.Term)
	case engine.Call:
		return l.planCall(a)
	}
	return nil, engine.UnsupportedError(a)
}

func ask(r *request, f outbound) (*request, error) {
	var err error
	r.frame, err = f.encode()
	return r, err
}

func (l *link) planSay(text string) (*request, error) {
	text, err := sendable(text, l.s.memory.mode.max)
	if err != nil {
		return nil, err
	}
	if e := l.refuses(); e != nil {
		return nil, e
	}
	return ask(&request{lane: laneSay, text: text, proves: func(_ *link, f *inbound) (engine.Receipt, bool) {
		return engine.Receipt{Message: f.MsgID}, f.Message == text
	}}, outbound{"type": "message", "message": text})
}

func planDelete(id engine.MessageID) (*request, error) {
	if id == "" {
		return nil, engine.Errorf(engine.Invalid, "no message given")
	}
	return ask(&request{lane: laneMod, proves: func(_ *link, f *inbound) (engine.Receipt, bool) {
		return engine.Receipt{}, f.Type == "messageDeleted" && f.MsgID == id
	}}, outbound{"type": "mod:deleteMessage", "msgId": string(id)})
}

func (l *link) planTimeout(ref engine.UserRef, length time.Duration, reason string) (*request, error) {
	if length > longestTimeout {
		return nil, engine.Errorf(engine.Invalid, "a timeout here lasts %v at most; a ban without a length has no end", longestTimeout)
	}
	r, err := l.planOn(ref, "mod:timeoutUser", verbTimeout, reason, "durationSeconds", max(length, shortestTimeout).Seconds())
	if err == nil && l.s.memory.banned[r.target] {
		who, _ := l.s.memory.people.find(ref)
		return nil, engine.Errorf(engine.Conflict, "%s is banned, and a timeout would end the ban with it: unban first", cmp.Or(who.Name, string(r.target)))
	}
	return r, err
}

// planOn is a command against somebody. more are further fields and their values. The
// server refuses one against oneself, too; but what another did to the bot's account at
// that moment would be taken for its success.
func (l *link) planOn(ref engine.UserRef, name string, v verb, reason string, more ...any) (*request, error) {
	who, err := l.s.memory.people.target(ref)
	if err != nil {
		return nil, err
	}
	if who.ID == l.me.ID {
		return nil, engine.Errorf(engine.Invalid, "nobody can moderate themself here")
	}
	f := outbound{"type": name, "targetUserId": string(who.ID)}
	if reason = clip(reason); reason != "" {
		f["reason"] = reason
	}
	for i := 0; i < len(more); i += 2 {
		f[more[i].(string)] = more[i+1]
	}
	return ask(&request{lane: laneMod, target: who.ID, proves: provesVerb(v, who)}, f)
}

// maxNames is how many emoji one lookup asks for.
const maxNames = 500

func planEmoji(names []string) (*request, error) {
	if len(names) == 0 || len(names) > maxNames {
		return nil, engine.Errorf(engine.Invalid, "a lookup is for 1 to %d emoji, not %d", maxNames, len(names))
	}
	asked := make(map[string]bool, len(names))
	for _, name := range names {
		asked[name] = true
	}
	return ask(&request{lane: laneEmoji, proves: func(_ *link, f *inbound) (engine.Receipt, bool) {
		found := map[string]any{}
		for name, url := range f.Emojis {
			if !asked[name] {
				return engine.Receipt{}, false
			}
			if url != "" {
				found[name] = url
			}
		}
		return engine.Receipt{Answer: found}, len(f.Emojis) == len(asked)
	}}, outbound{"type": "emojiMsg", "emojis": names})
}

// maxTerm is how long a search may be, in UTF-16 units; for more there is nothing.
const maxTerm = 50

func planSearch(term string) (*request, error) {
	term = trim(term)
	if n := engine.UTF16.Count(term); n < 1 || n > maxTerm {
		return nil, engine.Errorf(engine.Invalid, "a search is for 1 to %d UTF-16 units, not %d", maxTerm, n)
	}
	return ask(&request{lane: laneSearch, proves: func(_ *link, f *inbound) (engine.Receipt, bool) {
		names := make([]any, len(f.Results))
		for i, name := range f.Results {
			names[i] = name
		}
		return engine.Receipt{Answer: names}, true
	}}, outbound{"type": "emojiSearch", "searchTerm": term})
}

// userInfo answers from memory: the network has no such question.
func (l *link) userInfo(a engine.UserInfo) (engine.Receipt, error) {
	who, ok := l.s.memory.people.find(a.User)
	if !ok {
		return engine.Receipt{}, strangerError(a.User)
	}
	rc := engine.Receipt{Status: engine.Echoed, Users: []engine.User{who}}
	if extra := l.s.memory.people.byID[who.ID].extra; extra != nil {
		rc.Answer = extra
	}
	return rc, nil
}
