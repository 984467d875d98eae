package hackmud

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"botd/engine"
)

// Do implements [engine.Session].
func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	answer := func(r engine.Receipt) {
		if r.Err != nil && r.Err.Op == "" {
			e := *r.Err
			e.Op = engine.ActionName(a)
			r.Err = &e
		}
		done(r)
	}
	r, err := s.do(ctx, a, answer)
	if err != nil {
		r = &engine.Receipt{Status: engine.Failed, Err: engine.AsError(err)}
	}
	if r != nil {
		r.At = time.Now().UTC().Round(0)
		answer(*r)
	}
}

// do queues an action, or answers it at once.
func (s *session) do(ctx context.Context, a engine.Action, done func(engine.Receipt)) (*engine.Receipt, error) {
	if !caps(1).Can.Has(a.Needs()) {
		return nil, engine.UnsupportedError(a)
	}
	l := s.current()
	if l == nil {
		return nil, notConnected()
	}
	if err := ctx.Err(); err != nil {
		return nil, &engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: err}
	}
	switch a := a.(type) {
	case engine.Say:
		r, err := l.sayTo(a.Room, a.Text)
		return nil, l.send(ctx, r, err, done)
	case engine.Whisper:
		r, err := l.whisperTo(a)
		return nil, l.send(ctx, r, err, done)
	case engine.ListUsers:
		return l.list(a.Room)
	case engine.Call:
		return nil, l.call(ctx, a, done)
	}
	return nil, engine.UnsupportedError(a)
}

func (l *link) send(ctx context.Context, r createRequest, err error, done func(engine.Receipt)) error {
	if err != nil {
		return err
	}
	l.put(ctx, r.User, &job{done: done, do: func(ctx context.Context, j *job) { l.say(ctx, j, r) }})
	return nil
}

// sayTo addresses a line: to a channel, as the first own user in it, or to whom a
// private conversation is with.
func (l *link) sayTo(room engine.RoomID, text string) (createRequest, error) {
	text, err := sendable(text)
	if err != nil {
		return createRequest{}, err
	}
	if own, other, ok := parseTell(room); ok {
		return l.tell(own, other, text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	user := l.speaker(string(room))
	if user == "" || room == "" {
		return createRequest{}, engine.Errorf(engine.NotFound, "no user of this session is in channel %q", room)
	}
	return createRequest{User: user, Channel: string(room), Msg: text}, nil
}

// whisperTo addresses a tell: from the user of the conversation or channel it is said in.
func (l *link) whisperTo(a engine.Whisper) (createRequest, error) {
	text, err := sendable(a.Text)
	if err != nil {
		return createRequest{}, err
	}
	target := string(a.User.ID)
	if target == "" {
		target = a.User.Name
	}
	own, _, ok := parseTell(a.Room)
	if !ok {
		l.mu.Lock()
		own = l.speaker(string(a.Room))
		l.mu.Unlock()
	}
	return l.tell(own, target, text)
}

func (l *link) tell(own, target, text string) (createRequest, error) {
	target = strings.ToLower(target)
	if !validUser.MatchString(target) {
		return createRequest{}, engine.Errorf(engine.Invalid, "%q is no name of a user", target)
	}
	if !l.isOwn(own) {
		return createRequest{}, engine.Errorf(engine.NotFound, "this session has no user %q", own)
	}
	return createRequest{User: own, Tell: target, Msg: text}, nil
}

func (l *link) isOwn(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.users {
		if u == user {
			return true
		}
	}
	return false
}

// sendable is a text as the server should get it.
func sendable(text string) (string, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	for { // blank lines at the end
		head, last, found := cutLast(text, "\n")
		if !found || strings.TrimSpace(last) != "" {
			break
		}
		text = head
	}
	if strings.TrimSpace(text) == "" {
		return "", engine.Errorf(engine.Invalid, "the text is empty")
	}
	if !textLimit.Fits(text) {
		return "", engine.Errorf(engine.Invalid, "the text has %d UTF-16 units in %d lines; %d in %d go into one message",
			engine.UTF16.Count(text), 1+strings.Count(text, "\n"), maxText, maxLines)
	}
	return text, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (l *link) list(room engine.RoomID) (*engine.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.roster.in[string(room)] == nil {
		return nil, engine.Errorf(engine.NotFound, "no user of this session is in channel %q", room)
	}
	return &engine.Receipt{Status: engine.Echoed, Users: l.roster.users(string(room))}, nil
}

func str(name, doc string) engine.Param { return engine.Param{Name: name, Type: "string", Doc: doc} }

func optional(p engine.Param) engine.Param {
	p.Optional = true
	return p
}

// commands are the endpoints that [engine.Call] reaches. The token is added to them.
var commands = []engine.Command{
	{Name: createChat, Doc: "Says something as a user of choice, in a channel or to one user; paced and proved as all that is said.",
		Params: []engine.Param{str("username", "own user who speaks"), optional(str("channel", "")), optional(str("tell", "the other user; this or channel")), str("msg", "")},
		Answer: "`{ok = true}` once it has come back"},
	{Name: accountData, Doc: "The users of the account, their channels and who is in them. Not more than once in 5 s.", Answer: "`{users = {USER = {CHANNEL = {MEMBER, …}}}}`"},
	{Name: chats, Doc: "Messages of the last ten minutes. The pause between two calls is shared with the polling.",
		Params: []engine.Param{{Name: "usernames", Type: "array", Optional: true, Doc: "own users; those of the session if not given"},
			{Name: "after", Type: "number", Optional: true, Doc: "unix seconds"}, {Name: "before", Type: "number", Optional: true, Doc: "unix seconds; this or after"}},
		Answer: "`{chats = {USER = {message, …}}}`"},
}

// call queues a native command.
func (l *link) call(ctx context.Context, a engine.Call, done func(engine.Receipt)) error {
	var command *engine.Command
	for i := range commands {
		if commands[i].Name == a.Name {
			command = &commands[i]
		}
	}
	if command == nil {
		return engine.Errorf(engine.Unsupported, "hackmud has no command %q", a.Name)
	}
	if err := command.Check(a.Params); err != nil {
		return err
	}
	if a.Name == createChat {
		r, err := l.callCreate(a.Params)
		return l.send(ctx, r, err, func(rec engine.Receipt) {
			if rec.Err == nil {
				rec.Answer = map[string]any{"ok": true}
			}
			done(rec)
		})
	}
	request := map[string]any{"chat_token": l.client.token.Reveal()}
	for name, v := range a.Params {
		request[name] = v
	}
	if _, ok := request["usernames"]; !ok && a.Name == chats {
		l.mu.Lock()
		request["usernames"] = l.users
		l.mu.Unlock()
	}
	l.put(ctx, "", &job{done: done, do: func(ctx context.Context, j *job) { l.read(ctx, j, a.Name, request) }})
	return nil
}

func (l *link) callCreate(params map[string]any) (createRequest, error) {
	get := func(name string) string { s, _ := params[name].(string); return s }
	text, err := sendable(get("msg"))
	if err != nil {
		return createRequest{}, err
	}
	channel, target := get("channel"), get("tell")
	switch {
	case (channel == "") == (target == ""):
		return createRequest{}, engine.Errorf(engine.Invalid, "create_chat needs either channel or tell")
	case target != "":
		return l.tell(get("username"), target, text)
	case !l.isOwn(get("username")):
		return createRequest{}, engine.Errorf(engine.NotFound, "this session has no user %q", get("username"))
	}
	return createRequest{User: get("username"), Channel: channel, Msg: text}, nil
}

// read makes a call that changes nothing.
func (l *link) read(ctx context.Context, j *job, endpoint string, request any) {
	gate, gap := l.pace.chats, l.pace.gap(l.settings.Interval)
	if endpoint == accountData {
		gate, gap = l.pace.account, accountGap
	}
	if err := gate.enter(ctx, l.env.Clock, gap, 0); err != nil {
		j.giveUp(noProof(err))
		return
	}
	var answer json.RawMessage
	_, err := l.client.call(ctx, endpoint, request, &answer)
	gate.leave(time.Now(), true)
	var decoded any
	if err == nil {
		err = json.Unmarshal(answer, &decoded)
	}
	if err != nil {
		j.fail(err)
		return
	}
	j.settle(engine.Receipt{Status: engine.Echoed, Answer: decoded})
}
