package hackmud

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"botd/engine"
)

// accountKey is where it is kept by when the last account_data call has reached the server:
// a restart must not call sooner than the server allows.
const accountKey = "account_data"

// refresh asks for the account's users and the members of their channels.
func (l *link) refresh(ctx context.Context) error {
	if err := l.awaitAccount(ctx); err != nil {
		return err
	}
	gate := l.pace.account
	if err := gate.enter(ctx, l.env.Clock, accountGap, 0); err != nil {
		return err
	}
	l.noteAccount(ctx, time.Now().Add(callTime))
	answer, when, err := l.client.account(ctx)
	gate.leave(time.Now(), true)
	l.noteAccount(ctx, time.Now())
	l.refreshAt = time.Now().Add(refreshEvery)
	if err != nil {
		return err
	}
	l.reader.learn(when)
	return l.adopt(answer, when)
}

// awaitAccount is for the first call of a process: the one before may have made one a
// moment ago.
func (l *link) awaitAccount(ctx context.Context) error {
	if l.env.Keep == nil || !l.refreshAt.IsZero() {
		return nil
	}
	var last time.Time
	if b, err := l.env.Keep.Load(ctx, accountKey); err != nil || last.UnmarshalText(b) != nil {
		return nil
	}
	wait := accountGap - time.Since(last)
	if wait <= 0 || wait > accountGap+callTime {
		return nil
	}
	return l.env.Clock.Sleep(ctx, wait)
}

func (l *link) noteAccount(ctx context.Context, by time.Time) {
	if l.env.Keep == nil {
		return
	}
	b, err := by.UTC().MarshalText()
	if err == nil {
		err = l.env.Keep.Save(ctx, accountKey, b)
	}
	if err != nil && ctx.Err() == nil {
		l.log.Warn("the time of the call could not be saved", slog.Any("err", err))
	}
}

// adopt takes an account over. Channels come and go as a whole at once, their members are
// compared once the messages up to then are in.
func (l *link) adopt(answer accountAnswer, when timing) error {
	own := slices.Sorted(maps.Keys(answer.Users))
	if len(l.settings.Users) > 0 {
		own = l.configured(answer)
	}
	if len(own) == 0 {
		return &callError{err: engine.Errorf(engine.NotConnected, "the account has none of the users of this session; it has %v", slices.Sorted(maps.Keys(answer.Users))), reason: noUsers}
	}
	now := membersOf(answer.Users, own)
	l.mu.Lock()
	l.users = own
	for channel, list := range now {
		if l.roster.in[channel] == nil {
			l.roster.in[channel] = maps.Clone(list)
		}
	}
	maps.DeleteFunc(l.roster.in, func(channel string, _ map[string]bool) bool { return now[channel] == nil })
	l.roster.pending, l.roster.at = now, l.reader.earliest(l.reader.local(when.sent))
	l.mu.Unlock()
	l.session.mu.Lock()
	l.session.own = len(own)
	l.session.mu.Unlock()
	l.reportRooms(now)
	return nil
}

// configured are the users of the settings that the account has.
func (l *link) configured(answer accountAnswer) []string {
	var own []string
	for _, u := range l.settings.Users {
		if _, ok := answer.Users[u]; ok {
			own = append(own, u)
			delete(l.missing, "@"+u)
		} else {
			l.report("@"+u, engine.Room{}, "the account has no user "+u)
		}
	}
	return own
}

func (l *link) reportRooms(now members) {
	for _, id := range l.env.Rooms {
		if _, _, tell := parseTell(id); tell || now[string(id)] != nil {
			delete(l.missing, string(id))
			continue
		}
		l.report(string(id), engine.Room{ID: id}, "no user of this session is in channel "+string(id)+"; join it in the game")
	}
}

// report says once that something configured is not there.
func (l *link) report(what string, room engine.Room, msg string) {
	if l.missing[what] {
		return
	}
	l.missing[what] = true
	l.log.Warn("the configuration names what is not there", slog.String("room", string(room.ID)), slog.String("err", msg))
	l.emit(engine.Event{Room: room, Body: engine.Failure{Code: engine.NotFound, Message: msg}})
}

// reconcile tells of the joins and leaves that no message told of.
func (l *link) reconcile() {
	l.mu.Lock()
	changes := l.roster.compare(l.reader.cursor, l.reader.overlap())
	own := l.users
	l.mu.Unlock()
	for _, c := range changes {
		if l.wanted(c.channel) {
			l.emit(c.event(own))
		}
	}
}
