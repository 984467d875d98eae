package hctv

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"botd/engine"
)

// maxRaw bounds a frame that is passed on as it came.
const maxRaw = 64 << 10

// origins say what becomes of the frames.
var origins = []engine.Origin{
	{Wire: "session", Kind: "connect", Doc: "the login; the user is the account"},
	{Wire: "session, SLOW_MODE, MESSAGE_TOO_LONG", Kind: "mode", Doc: "`slow` (seconds), `text_max` (UTF-16 units) and `blocked_terms`, when they differ from what was known"},
	{Wire: "chatAccess, TIMED_OUT, BANNED", Kind: "access", Doc: "what the bot may do, until when and why, when it changed; also when a timeout is over, which the server does not tell"},
	{Wire: "message", Kind: "message", Doc: "extra has `pfpUrl`; the role is that of the author's login"},
	{Wire: "history", Kind: "message", Doc: "those not seen before, as history; the time is that of the arrival"},
	{Wire: "history", Kind: "gap", Doc: "more was missed than the history holds"},
	{Wire: "messageDeleted", Kind: "delete", Doc: "author, and the text as extra `message`, if the bot saw it"},
	{Wire: "systemMsg", Kind: "timeout", Doc: "who did it is not told, except for the bot's own; extra has the text as `message`"},
	{Wire: "systemMsg", Kind: "ban", Doc: "the same"},
	{Wire: "systemMsg", Kind: "unban", Doc: "the same; also when a timeout was lifted, or nothing was there"},
	{Wire: "systemMsg", Kind: "notice", Doc: "any other text"},
	{Wire: "moderationError", Kind: "error", Doc: "extra has `code` and, if there is one, `restriction`; the action that caused it fails"},
	{Wire: "pong, emojiMsgResponse, emojiSearchResponse", Doc: "answers"},
	{Wire: "anything else", Kind: "raw", Doc: "the frame as it came"},
}

// receive handles one message of the server.
func (l *link) receive(b []byte) {
	if l.quitting() {
		return
	}
	f, err := decode(b)
	handle := handlers[f.Type]
	switch {
	case err != nil && (handle != nil || f.Type == ""):
		l.garbage(err)
		l.raw("", b)
	case handle == nil:
		l.s.log.Debug("a frame of an unknown type", "room", l.s.room, "type", f.Type)
		l.raw(f.Type, b)
	case !l.counts(f):
	default:
		handle(l, f, b)
	}
}

// handlers by the type of the frame.
var handlers = map[string]func(l *link, f *inbound, b []byte){
	"session":             func(l *link, f *inbound, _ []byte) { l.onSession(f) },
	"chatAccess":          func(l *link, f *inbound, _ []byte) { l.onAccess(f) },
	"history":             func(l *link, f *inbound, _ []byte) { l.onHistory(f) },
	"message":             (*link).onMessage,
	"messageDeleted":      (*link).onDeleted,
	"systemMsg":           (*link).onSystem,
	"moderationError":     (*link).onError,
	"pong":                func(l *link, f *inbound, b []byte) { l.prove(lanePing, f, b) },
	"emojiMsgResponse":    (*link).onEmoji,
	"emojiSearchResponse": (*link).onSearch,
}

// counts says whether a frame counts: before the login only the login and pongs do.
func (l *link) counts(f *inbound) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.online || f.Type == "session" || f.Type == "pong"
}

func (l *link) quitting() bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.reason != nil
}

// garbage is worth one warning for a connection.
func (l *link) garbage(err error) {
	level := slog.LevelDebug
	if l.bad == 0 {
		level = slog.LevelWarn
	}
	l.bad++
	l.s.log.Log(context.Background(), level, "a frame that is not of the protocol", "room", l.s.room, "err", err)
}

// event is one by a user; the zero user is the server.
func (l *link) event(who engine.User, body engine.Body) engine.Event {
	return engine.Event{Room: engine.Room{ID: l.s.room}, User: who, Self: l.isMe(who), Body: body}
}

// isMe goes by id and kind: names are not unique.
func (l *link) isMe(who engine.User) bool {
	return who.ID != "" && who.ID == l.me.ID && who.IsBot == l.me.IsBot
}

func (l *link) raw(name string, b []byte) {
	data := strings.ToValidUTF8(string(b[:min(len(b), maxRaw)]), "\uFFFD")
	l.emit(l.event(engine.User{}, engine.Raw{Name: strings.ToValidUTF8(name, "\uFFFD"), Data: data}))
}

// prove finishes what is on the way in a lane if the frame answers it.
func (l *link) prove(id laneID, f *inbound, b []byte) bool {
	r, rc := l.answered(id, f, b)
	if r != nil {
		l.finish(r, rc)
	}
	return r != nil
}

// answered returns what is on the way in a lane if the frame answers it, and its receipt.
func (l *link) answered(id laneID, f *inbound, b []byte) (*request, engine.Receipt) {
	r := l.current(id)
	if r == nil {
		return nil, engine.Receipt{}
	}
	rc, ok := r.proves(l, f)
	if !ok {
		return nil, engine.Receipt{}
	}
	rc.Status = engine.Echoed
	if r.raw {
		var answer any
		if json.Unmarshal(b, &answer) == nil {
			rc.Answer = answer
		}
	}
	return r, rc
}

// meet takes note of a message. It returns false if it was seen before.
func (l *link) meet(f *inbound) (who *person, fresh bool) {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.memory.seen.has(f.MsgID)
	who = s.memory.people.meet(f.User)
	copied := *who // the next message of theirs changes it
	s.memory.seen.add(line{id: f.MsgID, author: who.user, text: f.Message, link: l})
	s.memory.changed = true
	return &copied, !known
}

func (l *link) onMessage(f *inbound, b []byte) {
	if f.User == nil {
		l.raw(f.Type, b)
		return
	}
	who, fresh := l.meet(f)
	now := time.Now()
	ev := l.event(who.user, engine.Message{ID: f.MsgID, Text: f.Message})
	ev.Extra, ev.Key = who.extra, string(f.MsgID)
	l.s.mu.Lock()
	l.s.memory.seen.last = now.UTC().Round(0)
	l.s.mu.Unlock()
	if ev.Self {
		l.ownMessage(f, b, who.user)
	}
	if fresh {
		l.emit(ev)
	}
}

// ownMessage is the receipt of what was said, and shows the bot's own role.
func (l *link) ownMessage(f *inbound, b []byte, me engine.User) {
	l.s.mu.Lock()
	l.s.memory.accepted(time.Now())
	me.Role = max(me.Role, l.me.Role)
	l.me = me
	l.s.mu.Unlock()
	l.prove(laneSay, f, b)
}

// onHistory passes on what was not seen yet. The history may hold messages that came
// live, and ones that will.
func (l *link) onHistory(f *inbound) {
	s := l.s
	s.mu.Lock()
	seen := &s.memory.seen
	missed := len(f.Messages) >= historyLength && !seen.earlier(f.Messages, l)
	gap := engine.Gap{From: seen.last, To: time.Now().UTC().Round(0)}
	pending := l.lanes[laneSay].current
	s.mu.Unlock()
	if missed && !gap.From.IsZero() {
		l.emit(l.event(engine.User{}, gap))
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		if m.User == nil || pending != nil && l.isMe(m.User.user()) && m.Message == pending.text {
			continue // the echo is still to come
		}
		who, fresh := l.meet(m)
		if !fresh {
			continue
		}
		ev := l.event(who.user, engine.Message{ID: m.MsgID, Text: m.Message})
		ev.Extra, ev.Key, ev.History = who.extra, string(m.MsgID), true
		l.emit(ev)
	}
}

// historyLength is how many messages the server keeps.
const historyLength = 100

func (l *link) onDeleted(f *inbound, b []byte) {
	l.s.mu.Lock()
	old := l.s.memory.seen.byID[f.MsgID]
	l.s.mu.Unlock()
	ev := l.event(engine.User{}, engine.Deleted{ID: f.MsgID, Author: old.author})
	if old.text != "" {
		ev.Extra = map[string]any{"message": old.text}
	}
	if l.prove(laneMod, f, b) {
		ev.User, ev.Self = l.me, true
		l.knowRights(true)
	}
	l.emit(ev)
}

func (l *link) onEmoji(f *inbound, b []byte) {
	if !l.prove(laneEmoji, f, b) {
		l.raw(f.Type, b)
	}
}

func (l *link) onSearch(f *inbound, b []byte) {
	if !l.prove(laneSearch, f, b) {
		l.raw(f.Type, b)
	}
}
