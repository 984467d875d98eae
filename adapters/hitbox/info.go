package hitbox

import (
	"regexp"
	"strings"
	"time"

	"botd/engine"
)

// class is what an infoMsg is about.
type class uint8

const (
	infoOther class = iota
	infoSubscribed
	infoBan
	infoTimeout
	infoRole
	infoWhispered
)

// class goes by what the frame says of itself, never by its English text.
func (p *infoParams) class() class {
	action := strings.ToLower(string(p.Action))
	switch {
	case p.Type == "subChannel":
		return infoSubscribed
	case action == "ban" || strings.HasSuffix(string(p.Lang), "has_been_banned"):
		return infoBan
	case action == "kickuser" || action == "kicked":
		return infoTimeout
	case action == "isadmin":
		return infoRole
	case action == "directmsg":
		return infoWhispered
	}
	return infoOther
}

// about says whether an infoMsg is about a user, as far as it tells.
func (p *infoParams) about(name string) bool {
	u := p.user()
	return u == "" || fold(u) == fold(name)
}

func (l *link) onInfo(p *infoParams) {
	at := p.at()
	switch p.class() {
	case infoSubscribed:
		l.emit(l.event(at, l.person(string(p.Subscriber)), engine.Notice{Text: plain(string(p.Text)), Code: "subChannel"}))
	case infoBan:
		l.onBanned(at, p.user())
	case infoTimeout:
		if p.user() == "" {
			l.notice(p, false)
			return
		}
		l.emit(l.event(at, engine.User{}, engine.TimedOut{Target: l.person(p.user())}))
	case infoRole:
		l.onRole(p)
	case infoWhispered:
		if !l.told {
			l.notice(p, false)
		}
		l.told = false
	default:
		l.notice(p, l.refused(p))
	}
}

func (l *link) notice(p *infoParams, warn bool) {
	code := string(p.Lang)
	if code == "" {
		code = string(p.Action)
	}
	l.emit(l.event(p.at(), engine.User{}, engine.Notice{Text: plain(string(p.Text)), Code: code, Warn: warn}))
}

// onBanned is told to everybody; who did it is not.
func (l *link) onBanned(at time.Time, name string) {
	if l.banned == nil {
		l.banned = map[string]string{}
	}
	l.banned[fold(name)] = name
	l.emit(l.event(at, engine.User{}, engine.Banned{Target: l.person(name)}))
}

// What tells a new moderator from a former one: only the text does.
var (
	removedMod = regexp.MustCompile(`(?i)remov|no longer|revok`)
	addedMod   = regexp.MustCompile(`(?i)add|promot|now a mod`)
	modName    = regexp.MustCompile(`(?i)(?:added|removed) (\S+) (?:as|from)`)
)

func (l *link) onRole(p *infoParams) {
	name, t := p.user(), string(p.Text)+" "+string(p.Lang)
	if m := modName.FindStringSubmatch(string(p.Text)); name == "" && m != nil {
		name = m[1]
	}
	r := moderator
	switch {
	case name == "":
		l.notice(p, false)
		return
	case removedMod.MatchString(t):
		r = anon
	case !addedMod.MatchString(t):
		l.notice(p, false)
		return
	}
	who := l.person(name)
	if l.isMe(name) {
		l.setRole(r, string(p.Text))
	}
	if m := l.roster[fold(name)]; m != nil {
		changed := *m
		changed.role, changed.user.Role = r, r.engine()
		changed.user.Roles = append([]string{r.level()}, m.user.Roles[1:]...)
		l.mu.Lock()
		l.roster[fold(name)] = &changed
		l.mu.Unlock()
	}
	l.emit(l.event(p.at(), engine.User{}, engine.RoleChanged{Target: who, Role: r.engine(), Labels: []string{r.level()}}))
}

// refusals of what somebody said, as far as their texts are known or can be guessed.
var refusals = []struct {
	text *regexp.Regexp
	code engine.Code
}{
	{regexp.MustCompile(`(?i)\byou('re| are|'ve been| have been)\b.*\b(banned|timed out|timeout|muted|kicked)\b`), engine.Denied},
	{regexp.MustCompile(`(?i)subscriber[s ]*only`), engine.Denied},
	{regexp.MustCompile(`(?i)slow ?mode|too (fast|quick|many)|\bwait\b|rate`), engine.RateLimited},
}

// refused gives a refusal to the first message it can be about.
func (l *link) refused(p *infoParams) bool {
	if p.Action != "" {
		return false
	}
	for _, r := range refusals {
		if !r.text.MatchString(string(p.Text)) {
			continue
		}
		if said, ok := l.asked.Take(func(p *pending) bool { return p.text != "" }); ok {
			l.forget(said.text)
			said.give(engine.Fail(&engine.Error{Code: r.code, Op: said.first().Method, Msg: plain(string(p.Text))}))
			return true
		}
	}
	return false
}

// onSlow is a change of slow mode if it names a time, 0 for the end of both modes, and else
// one of subscriber mode, on or off by its text.
func (l *link) onSlow(p *infoParams) {
	slow, paying := l.slow, false
	if p.SlowTime.Set {
		slow = max(0, p.SlowTime.Value)
	} else {
		paying = !disabled.MatchString(string(p.Text) + " " + string(p.Lang))
		if paying {
			slow = 0
		}
	}
	was, wasPaying := l.slow, l.paying
	l.mu.Lock()
	l.slow, l.paying = slow, paying
	l.mu.Unlock()
	if slow != was || p.SlowTime.Set && !wasPaying {
		l.mode(p.at(), "slow", slow > 0, slow)
	}
	if paying != wasPaying || !p.SlowTime.Set {
		l.mode(p.at(), "subscribers_only", paying, 0)
	}
}

var disabled = regexp.MustCompile(`(?i)disabl|\boff\b|deactiv|ended`)
