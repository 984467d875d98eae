package hackmud

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"botd/engine"
)

// poll reads until ctx or the token ends.
func (l *link) poll(ctx context.Context) error {
	for {
		err := l.round(ctx)
		if err == nil {
			continue
		}
		if e := asCallError(err); e == nil || e.reason == noToken {
			return err
		}
		if err := l.rest(ctx, err); err != nil {
			return err
		}
	}
}

// round makes one chats call, after one of account_data if that is due.
func (l *link) round(ctx context.Context) error {
	l.warnOfEnd()
	if !time.Now().Before(l.refreshAt) {
		if err := l.refreshAgain(ctx); err != nil {
			return err
		}
	}
	gate := l.pace.chats
	if err := gate.enter(ctx, l.env.Clock, l.pace.gap(l.settings.Interval), 0); err != nil {
		return err
	}
	after, gap := l.reader.plan(time.Now())
	l.widen(gap)
	answer, when, err := l.client.chats(ctx, l.users, after)
	gate.leave(time.Now(), true)
	if err != nil {
		return l.complained(err)
	}
	l.pace.complaint(false)
	if err := l.recovered(ctx); err != nil {
		return err
	}
	l.dropUsers(answer.Invalid)
	l.deliver(l.reader.take(after, when, answer.Chats))
	return nil
}

// refreshAgain refreshes beside the polling, which goes on if the server only will not
// tell of the account now.
func (l *link) refreshAgain(ctx context.Context) error {
	err := l.refresh(ctx)
	if e := asCallError(err); e != nil && (e.reason == tooFast || e.reason == other) {
		l.log.Warn("the account could not be read", slog.Any("err", err))
		return nil
	}
	if err == nil && !l.offline {
		l.enterRooms()
	}
	return err
}

// widen remembers a gap until the server answers again: it grows with the outage.
func (l *link) widen(gap *hole) {
	switch {
	case gap == nil:
	case l.gap == nil:
		l.gap = gap
	default:
		l.gap.to = gap.to
	}
}

// complained takes note of what an error says beside being one.
func (l *link) complained(err error) error {
	e := asCallError(err)
	if e == nil {
		return err
	}
	if e.reason == tooFast && l.pace.complaint(true) {
		l.log.Warn("the server asks for fewer calls: another program uses the token; going slower", slog.Duration("interval", slowGap))
	}
	if e.reason == noUsers {
		l.refreshAt = time.Now()
	}
	return err
}

// rest waits after a failed call, longer with each but never so long that the server
// forgets what is still to be read. Scripts are told when it takes long.
func (l *link) rest(ctx context.Context, err error) error {
	now := time.Now()
	if l.silent.IsZero() {
		l.silent = now
		l.remember() // how far reading came before it stopped
	}
	if now.Sub(l.silent) >= offlineAfter {
		l.offline = true
		l.leaveAll(engine.AsError(err).Msg)
	}
	pause := min(2*time.Second<<min(l.failures, 10), maxBackoff)
	if left := window - guard - l.reader.age(now); left > 0 {
		pause = min(pause, max(chatsGap, left.duration()/4))
	}
	l.failures++
	pause = max(pause, engine.AsError(err).RetryAfter)
	l.log.Debug("call failed", slog.Int("attempt", l.failures), slog.Duration("retry", pause), slog.Any("err", err))
	return l.env.Clock.Sleep(ctx, pause)
}

// recovered brings everything back after failures.
func (l *link) recovered(ctx context.Context) error {
	if l.failures > 0 {
		l.log.Info("the server answers again", slog.Int("attempt", l.failures))
	}
	l.failures, l.silent = 0, time.Time{}
	if l.offline || l.gap != nil {
		l.refreshAt = time.Now()
	}
	if l.offline {
		l.offline = false
		l.enterRooms()
	}
	if l.gap != nil {
		l.tellGap(*l.gap)
		l.gap = nil
	}
	return ctx.Err()
}

func (l *link) tellGap(g hole) {
	l.log.Warn("an outage was longer than the server remembers: messages are lost", slog.Time("from", g.from.time()), slog.Time("to", g.to.time()))
	body := engine.Gap{From: g.from.time(), To: g.to.time()}
	l.emit(engine.Event{Body: body})
	l.mu.Lock()
	rooms := make([]engine.RoomID, 0, len(l.rooms))
	for id := range l.rooms {
		rooms = append(rooms, id)
	}
	l.mu.Unlock()
	slices.Sort(rooms)
	for _, id := range rooms {
		l.emit(engine.Event{Room: engine.Room{ID: id}, Body: body})
	}
}

// dropUsers stops asking for users the server does not take for ours.
func (l *link) dropUsers(invalid []string) {
	if len(invalid) == 0 {
		return
	}
	l.mu.Lock()
	l.users = slices.DeleteFunc(slices.Clone(l.users), func(u string) bool { return slices.Contains(invalid, u) })
	l.mu.Unlock()
	for _, u := range invalid {
		l.report("@"+u, engine.Room{}, "the account has no user "+u+" any more")
	}
	l.refreshAt = time.Now()
}

// deliver emits what is new and settles what it proves.
func (l *link) deliver(list []received) {
	for i := range list {
		it := &list[i]
		l.follow(it)
		ev := event(it, l.users)
		l.heard(it, ev)
		if it.odd != "" || it.kind() == "tell" || l.wanted(it.Channel) {
			l.emit(ev)
		}
	}
	l.reconcile()
	l.expire()
	if now := time.Now(); len(list) > 0 || now.Sub(l.savedAt) >= saveEvery {
		l.savedAt = now
		l.remember()
	}
	if l.reader.cut {
		l.log.Warn("an answer may have been cut by the server; reading on behind it", slog.Int("messages", full))
	}
}

// follow keeps the roster up with the messages.
func (l *link) follow(it *received) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kind := it.kind()
	moved := kind == "join" || kind == "leave"
	if moved {
		l.roster.move(it.Channel, it.From, kind == "join", it.T)
	}
	if moved && slices.Contains(l.users, it.From) || it.Channel != "" && l.roster.in[it.Channel] == nil {
		l.refreshAt = time.Now() // an own user moved, or the channel is new
	}
}
