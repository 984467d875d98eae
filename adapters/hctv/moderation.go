package hctv

import (
	"regexp"
	"strconv"
	"time"

	"botd/engine"
)

// verb is what a systemMsg says has happened.
type verb uint8

const (
	noVerb verb = iota
	verbTimeout
	verbBan
	verbFree
)

// systemTexts cannot be taken for one another: names have no blanks.
var systemTexts = map[verb]*regexp.Regexp{
	verbTimeout: regexp.MustCompile(`^(.+) was timed out for (\d+(?:\.\d+)?)s\.$`),
	verbBan:     regexp.MustCompile(`^(.+) was banned\.$`),
	verbFree:    regexp.MustCompile(`^(.+) can chat again\.$`),
}

// nameless stands for somebody without a channel of their own.
const nameless = "that user"

// parseSystem finds out what a text means; noVerb if it is not known.
func parseSystem(text string) (v verb, name string, length time.Duration) {
	for v, re := range systemTexts {
		m := re.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if v == verbTimeout {
			seconds, err := strconv.ParseFloat(m[2], 64)
			if err != nil || seconds > longestTimeout.Seconds() {
				continue
			}
			length = time.Duration(seconds * float64(time.Second))
		}
		return v, m[1], length
	}
	return noVerb, "", 0
}

// onSystem is a moderation everybody hears of, without who did it.
func (l *link) onSystem(f *inbound, b []byte) {
	v, name, length := parseSystem(f.Message)
	l.s.mu.Lock()
	target := l.s.memory.people.named(name)
	l.s.mu.Unlock()
	r, rc := l.answered(laneMod, f, b)
	ev := l.moderated(v, target, length, f.Message, r)
	if r != nil {
		l.finish(r, rc) // not before the memory is right: the next action follows at once
	}
	l.emit(ev)
}

// moderated takes note of it and makes the event; r is the bot's own request, if it was one.
func (l *link) moderated(v verb, target engine.User, length time.Duration, text string, r *request) engine.Event {
	if r != nil && target.ID == "" {
		target.ID = r.target
	}
	var body engine.Body
	switch v {
	case verbTimeout:
		body = engine.TimedOut{Target: target, Length: length}
	case verbBan:
		body = engine.Banned{Target: target}
	case verbFree:
		body = engine.Unbanned{Target: target}
	default:
		return l.event(engine.User{}, engine.Notice{Text: text})
	}
	l.s.mu.Lock()
	if target.ID != "" {
		l.s.memory.banned[target.ID] = v == verbBan
	}
	l.s.mu.Unlock()
	ev := l.event(engine.User{}, body)
	ev.Extra = map[string]any{"message": text}
	if r != nil {
		ev.User, ev.Self = l.me, true
		l.knowRights(true)
	}
	return ev
}

// provesVerb recognises the text about what was done to somebody. It does not say by
// whom, so the same deed of another moderator at that moment proves ours as well; the
// target is then as it was to be.
func provesVerb(v verb, target engine.User) func(*link, *inbound) (engine.Receipt, bool) {
	return func(l *link, f *inbound) (engine.Receipt, bool) {
		got, name, _ := parseSystem(f.Message)
		if f.Type != "systemMsg" || got != v {
			return engine.Receipt{}, false
		}
		l.s.mu.Lock()
		defer l.s.mu.Unlock()
		known := l.s.memory.people.named(name).ID
		return engine.Receipt{}, name == target.Name || name == nameless || known == "" || known == target.ID
	}
}

// knowRights takes note of what an answer says about the bot's rights: they are looked
// up at each command, and nobody tells when they change.
func (l *link) knowRights(moderates bool) {
	l.s.mu.Lock()
	changed := l.moderates != moderates
	l.moderates = moderates
	if changed {
		l.me.Role = engine.Member
		if moderates {
			l.me.Role = engine.Moderator
		}
	}
	l.s.mu.Unlock()
	if changed {
		l.tellAccess()
	}
}
