package hackchat

import (
	"context"
	"strings"
	"time"

	"botd/engine"
)

const (
	// maxJoins bounds the nicks tried on one connection; each costs points.
	maxJoins = 2
	// slowRetry is the pause after what only time or a person can change.
	slowRetry = time.Minute
	// tickTime is the rhythm in which the session looks after itself.
	tickTime = 30 * time.Second
	// reclaimTime is the pause between attempts to get the nick back, and probeTime how
	// long the session may be unsure whether it is still in its channel.
	reclaimTime = time.Minute
	probeTime   = 90 * time.Second
)

// longestBlock is the pause once a rate limit is out of the question.
const longestBlock = 5 * time.Minute

// purgatory is where the server puts who tries to enter a locked channel.
const purgatory = "purgatory"

// join asks for the channel under the wanted nick, or after a refusal the next one.
func (l *link) join() {
	l.s.mu.Lock()
	back := l.s.back
	l.s.back = false
	l.s.mu.Unlock()
	if t, ok := l.s.ghost(); back && ok {
		l.comeBack(t)
	} else {
		l.sendJoin()
	}
	l.loop.Set("join", joinTime, func() {
		l.quit(&engine.Error{Code: engine.Timeout, Op: "join", Msg: "the server did not answer the join"})
	})
}

func (l *link) sendJoin() {
	nick := spareNick(l.s.wantedNick(), l.tries)
	l.tries++
	if pass := l.s.settings.Password.Reveal(); pass != "" {
		nick += "#" + pass
	}
	// An error shows in the next read.
	l.conn.Write(context.Background(), request{Cmd: "join", Channel: string(l.s.room), Nick: nick}.encode())
}

// spareNick is the nick with n underscores after it, within the length allowed.
func spareNick(nick string, n int) string {
	return nick[:min(len(nick), 24-n)] + strings.Repeat("_", n)
}

// onOnlineSet is the answer to a join.
func (l *link) onOnlineSet(f *onlineSetFrame) {
	l.loop.Clear("join")
	channel := l.channelOf(f)
	switch {
	case channel == purgatory && string(l.s.room) != purgatory:
		l.quit(&engine.Error{Code: engine.NotConnected, Op: "join", RetryAfter: slowRetry,
			Msg: "the channel is locked: the server put the bot into ?" + purgatory})
		return
	case channel != "" && channel != string(l.s.room):
		l.kicked(channel)
		return
	}
	l.enter(f)
	l.s.mu.Lock()
	l.s.blocked = 0
	l.s.mu.Unlock()
	l.emit(l.event(f.at(), nil, engine.Roster{Users: l.roster.users()}))
	l.emit(l.event(f.at(), l.me, engine.Connected{Me: l.me.user}))
	l.loop.Set("tick", tickTime, l.tick)
	l.noteToken()
}

// channelOf is the channel the bot is in; the server of 2018 does not say. The bot's
// own entry is right where the frame is not.
func (l *link) channelOf(f *onlineSetFrame) string {
	for i := range f.Users {
		if f.Users[i].IsMe && f.Users[i].Channel != "" {
			return string(f.Users[i].Channel)
		}
	}
	return string(f.Channel)
}

// enter takes over who is in the channel.
func (l *link) enter(f *onlineSetFrame) {
	people := f.Users
	if len(people) == 0 {
		for _, nick := range f.Nicks {
			people = append(people, person{author: author{Nick: nick}})
		}
	}
	var fresh roster
	var me *member
	own := spareNick(l.s.wantedNick(), max(0, l.tries-1))
	for i := range people {
		m := newMember(&people[i], time.Time{})
		fresh.add(m)
		if m.IsMe || (me == nil && m.Nick == own) {
			me = m
		}
	}
	if me == nil { // a server that does not list the newcomer
		me = newMember(&person{author: author{Nick: own}}, f.at())
		fresh.add(me)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gen = max(l.gen, recognise(f))
	l.roster, l.me, l.captcha = fresh, me, false
	l.seen = time.Now()
}

// refusedJoin deals with a warning that came instead of the channel.
func (l *link) refusedJoin(f *noticeFrame, kind refusal) {
	e := &engine.Error{Code: kind.code, Op: "join", Msg: f.Text}
	switch kind.name {
	case refusedTaken:
		if _, ok := l.s.ghost(); ok {
			l.s.mu.Lock()
			l.s.back = true
			l.s.mu.Unlock()
			e.Msg = "the bot's own dead connection has the nick; coming back with its token"
			break
		}
		if l.tries < maxJoins && l.s.pay(joinCost) {
			l.sendJoin()
			return
		}
		e.RetryAfter = slowRetry
	case refusedRate:
		e.RetryAfter = l.s.blockedFor()
		if e.RetryAfter == longestBlock {
			e.Msg += " A rate limit would be over by now: the address is probably banned, ask a moderator."
		} else {
			e.Msg += " The server does not say which; it will be tried again."
		}
	case refusedCaptcha, refusedNothing:
		return // a riddle follows, or it does not concern the join
	case refusedLocked:
		e.RetryAfter = slowRetry
	case refusedChannel, refusedNick:
		e.Code = engine.Denied
	}
	if e.Code == engine.Invalid {
		e.Code = engine.Internal // a fault of the server's: our request was checked
	}
	l.quit(e)
}

// blockedFor is how long to stay away after one more login was refused as "rate-limited
// or blocked". The server does not say which; a rate limit is over in a minute.
func (s *session) blockedFor() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked++
	return min(30*time.Second<<min(s.blocked-1, 4), longestBlock)
}

// onCaptcha waits for somebody to solve it: the next line said is the answer.
func (l *link) onCaptcha(f *captchaFrame) {
	l.loop.Clear("join")
	l.mu.Lock()
	l.captcha = true
	l.mu.Unlock()
	l.emit(l.event(f.at(), nil, engine.CaptchaAsked{Text: f.Text}))
}

// kicked ends the connection because the bot is in another channel: there is no way
// back on the same one.
func (l *link) kicked(to string) {
	if l.me != nil {
		l.emit(l.event(time.Time{}, nil, engine.Kicked{Target: l.me.user, To: engine.RoomID(to)}))
	}
	msg := "the bot was removed from the channel"
	if to != "" {
		msg = "the bot was moved to ?" + to
	}
	l.quit(&engine.Error{Code: engine.NotConnected, Op: "stay", Msg: msg})
}

// tick looks after the nick and the channel.
func (l *link) tick() {
	now := time.Now()
	l.loop.Set("tick", tickTime, l.tick)
	if now.Sub(l.seen) >= probeTime && l.gen > gen2018 && l.s.pay(frameCost) {
		l.ask(&pending{cmd: "stats"}, request{Cmd: "stats"})
	}
	l.reclaim(now)
}

// reclaim asks for the wanted nick when nobody has it.
func (l *link) reclaim(now time.Time) {
	want := l.s.wantedNick()
	if l.me == nil || l.me.Nick == want || now.Sub(l.reclaimed) < reclaimTime {
		return
	}
	if m := l.roster.byFold(want); m != nil && m != l.me || !l.s.pay(renameCost) {
		return
	}
	l.reclaimed = now
	l.ask(&pending{cmd: "changenick", nick: want}, request{Cmd: "changenick", Nick: want})
}
