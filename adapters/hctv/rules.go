package hctv

import (
	"regexp"
	"strconv"
	"time"

	"botd/engine"
)

// learnMode tells what differs from what was known.
func (l *link) learnMode(now mode) {
	l.s.mu.Lock()
	old := l.s.memory.mode
	if now.max <= 0 {
		now.max = old.max
	}
	l.s.memory.mode = now
	l.s.mu.Unlock()
	tell := func(differs bool, m engine.ModeChanged) {
		if differs || !old.known {
			l.emit(l.event(engine.User{}, m))
		}
	}
	tell(now.slow != old.slow, engine.ModeChanged{Mode: "slow", On: now.slow > 0, Value: now.slow.Seconds()})
	tell(now.max != old.max, engine.ModeChanged{Mode: "text_max", On: true, Value: float64(now.max)})
	tell(now.blocked != old.blocked, engine.ModeChanged{Mode: "blocked_terms", On: now.blocked})
}

// fault is what an error code means, and in which lane the request is that caused it.
type fault struct {
	lane  laneID
	code  engine.Code
	learn func(l *link, f *inbound) (retry time.Duration)
}

// faults are all codes there are.
var faults = map[string]fault{
	"RATE_LIMIT":       {laneSay, engine.RateLimited, (*link).onRateLimit},
	"SLOW_MODE":        {laneSay, engine.RateLimited, (*link).onSlowMode},
	"TIMED_OUT":        {laneSay, engine.Denied, (*link).onRestricted},
	"BANNED":           {laneSay, engine.Denied, (*link).onRestricted},
	"MESSAGE_TOO_LONG": {laneSay, engine.Invalid, (*link).onTooLong},
	"BLOCKED_TERM":     {laneSay, engine.Invalid, (*link).onBlocked},
	"FORBIDDEN":        {laneMod, engine.Denied, (*link).onForbidden},
	"INVALID_TARGET":   {laneMod, engine.Invalid, nil},
	"INVALID_REQUEST":  {laneMod, engine.Invalid, nil},
	"NOT_FOUND":        {laneMod, engine.NotFound, nil},
}

// onError fails what caused it and tells everybody who wants to know.
func (l *link) onError(f *inbound, b []byte) {
	kind, known := faults[f.Code]
	if !known {
		kind.code = engine.Internal
		l.s.log.Warn("an error with an unknown code", "room", l.s.room, "code", f.Code)
	}
	if f.Message == goneText {
		kind.code = engine.NotFound
	}
	e := &engine.Error{Code: kind.code, Msg: f.Message}
	if kind.learn != nil {
		e.RetryAfter = kind.learn(l, f)
	}
	ev := l.event(engine.User{}, engine.Failure{Code: kind.code, Message: f.Message})
	ev.Extra = map[string]any{"code": f.Code}
	if r := f.Restriction; r != nil {
		told := map[string]any{"type": r.Type, "reason": r.Reason}
		if !r.ExpiresAt.IsZero() {
			told["expiresAt"] = r.ExpiresAt.UTC().Format(time.RFC3339Nano)
		}
		ev.Extra["restriction"] = told
	}
	l.emit(ev)
	r := l.current(kind.lane)
	if !known || r == nil {
		return
	}
	if e.RetryAfter > 0 && kind.code == engine.RateLimited {
		l.s.mu.Lock()
		l.paused = time.Now().Add(e.RetryAfter)
		l.s.mu.Unlock()
		l.holdBack(e)
	}
	l.finish(r, engine.Fail(e))
}

func (l *link) onRateLimit(*inbound) time.Duration {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.s.memory.refusedRate(time.Now())
}

var (
	waitText = regexp.MustCompile(`Wait (\d+)s`)
	longText = regexp.MustCompile(`exceeds (\d+) characters`)
)

// number reads the only number in a text, 0 if there is none.
func number(re *regexp.Regexp, text string) int {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > 1<<20 {
		return 0
	}
	return n
}

// onSlowMode also shows that slow mode is on, and for how long at least.
func (l *link) onSlowMode(f *inbound) time.Duration {
	left := time.Duration(max(1, number(waitText, f.Message))) * time.Second
	l.s.mu.Lock()
	now := l.s.memory.mode
	slow, retry := l.s.memory.refusedSlow(time.Now(), left)
	l.s.mu.Unlock()
	now.slow = slow
	l.learnMode(now)
	return retry
}

func (l *link) onTooLong(f *inbound) time.Duration {
	l.s.mu.Lock()
	l.s.memory.passed = time.Now() // it counts all the same
	now := l.s.memory.mode
	l.s.mu.Unlock()
	if n := number(longText, f.Message); n > 0 {
		now.max = n
		l.learnMode(now)
	}
	return 0
}

func (l *link) onBlocked(*inbound) time.Duration {
	l.s.mu.Lock()
	l.s.memory.passed = time.Now()
	now := l.s.memory.mode
	l.s.mu.Unlock()
	now.blocked = true
	l.learnMode(now)
	return 0
}

const (
	// noRights is the text of a FORBIDDEN that is not about the target.
	noRights = "You do not have permission to moderate this chat."
	// goneText is that of an INVALID_TARGET nobody has.
	goneText = "Target user no longer exists."
)

func (l *link) onForbidden(f *inbound) time.Duration {
	if f.Message == noRights {
		l.knowRights(false)
	}
	return 0
}

func (l *link) onRestricted(f *inbound) time.Duration {
	l.restrict(f.Restriction)
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if until := l.s.memory.access.until; !until.IsZero() {
		return max(0, time.Until(until))
	}
	return 0
}

// onAccess comes to people, not to bots: bots cannot be restricted.
func (l *link) onAccess(f *inbound) {
	if f.CanSend {
		l.restrict(nil)
		return
	}
	r := f.Restriction
	if r == nil {
		r = &restriction{Type: "ban"}
	}
	l.restrict(r)
}

// restrict takes note of what the bot's own account may do. Nil lifts everything.
func (l *link) restrict(r *restriction) {
	var now access
	if r != nil {
		now = access{restricted: true, ban: r.Type == "ban", reason: r.Reason, until: engine.ServerTime(r.ExpiresAt)}
	}
	l.s.mu.Lock()
	changed := l.s.memory.access != now
	l.s.memory.access = now
	l.s.mu.Unlock()
	if !changed {
		return
	}
	l.tellAccess()
	l.watchRestriction()
}

// watchRestriction waits for the end of a timeout, of which nobody tells.
func (l *link) watchRestriction() {
	l.loop.Clear("free")
	l.s.mu.Lock()
	a := l.s.memory.access
	l.s.mu.Unlock()
	if a.restricted && !a.until.IsZero() {
		l.loop.Set("free", max(0, time.Until(a.until)), func() { l.restrict(nil) })
	}
}

// tellAccess says what the bot may do now.
func (l *link) tellAccess() {
	l.s.mu.Lock()
	a, can, me := l.s.memory.access, l.s.caps().Can, l.me
	l.s.mu.Unlock()
	body := engine.AccessChanged{Role: me.Role, Can: can}
	if a.restricted {
		body.Can, body.Until, body.Reason = can.Without(engine.CapSay), a.until, a.reason
	}
	l.emit(l.event(engine.User{}, body))
}

// refuses says why nothing may be said now; it wants mu held.
func (l *link) refuses() *engine.Error {
	a := l.s.memory.access
	switch now := time.Now(); {
	case a.restricted && a.until.IsZero():
		return engine.Errorf(engine.Denied, "the bot is banned from this chat: %s", a.reason)
	case a.restricted && now.Before(a.until):
		e := engine.Errorf(engine.Denied, "the bot is timed out until %s: %s", a.until.Format(time.RFC3339), a.reason)
		e.RetryAfter = a.until.Sub(now)
		return e
	case now.Before(l.paused):
		e := engine.Errorf(engine.RateLimited, "the channel takes no more messages for %v", l.paused.Sub(now).Round(time.Second))
		e.RetryAfter = l.paused.Sub(now)
		return e
	}
	return nil
}
