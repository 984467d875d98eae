package hackchat

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// retryAfter is how long a rate limit needs to pass: a score of 25 is below 18 then.
const retryAfter = 15 * time.Second

// Names of refusals that the login treats differently.
const (
	refusedNothing = "" // not known as a refusal
	refusedRate    = "rate"
	refusedNick    = "nick"
	refusedTaken   = "taken"
	refusedChannel = "channel"
	refusedLocked  = "locked"
	refusedCaptcha = "captcha"
)

// refusal is a kind of warning, and which requests it can be an answer to.
type refusal struct {
	name string
	ids  []int          // of 2026, partly earlier; 14 means many things
	text *regexp.Regexp // of all generations
	code engine.Code
	cmds []string // empty: any
}

var moderation = []string{"kick", "ban", "dumb", "moveuser"}

var refusals = []refusal{
	{name: refusedRate, ids: []int{11, 31, 51}, code: engine.RateLimited,
		text: regexp.MustCompile(`rate-limited or blocked|too fast|too much text|Wait a moment`)},
	{name: refusedNick, ids: []int{32}, code: engine.Invalid, cmds: []string{"changenick"},
		text: regexp.MustCompile(`^Nickname must consist|not the admin, liar`)},
	{name: refusedTaken, ids: []int{34}, code: engine.Conflict, cmds: []string{"changenick"},
		text: regexp.MustCompile(`^Nickname taken`)},
	{name: refusedLocked, ids: []int{35}, code: engine.NotConnected, cmds: []string{"join"},
		text: regexp.MustCompile(`^(This|That|The) channel is locked`)},
	{name: refusedChannel, ids: []int{33, 41, 42, 43}, code: engine.Denied, cmds: []string{"join"},
		text: regexp.MustCompile(`^You may not join that channel`)},
	{name: "user", ids: []int{12}, code: engine.NotFound, cmds: append([]string{"whisper", "invite"}, moderation...),
		text: regexp.MustCompile(`^Could not find user`)},
	{name: "rights", ids: []int{13}, code: engine.Denied, cmds: append([]string{"lockroom", "unlockroom"}, moderation...),
		text: regexp.MustCompile(`^Cannot (ban|kick|mute|move)|^This trick wont work`)},
	{name: refusedCaptcha, ids: []int{21}, code: engine.Denied, cmds: []string{"join"},
		text: regexp.MustCompile(`^Enter the following to join`)},
	{name: "state", ids: []int{19}, code: engine.Conflict, cmds: []string{"lockroom", "unlockroom"},
		text: regexp.MustCompile(`^Channel is (already|not) locked`)},
	{name: "unknown", code: engine.Unsupported,
		text: regexp.MustCompile(`^Unknown command$|^Command not found`)},
	{name: "argument", ids: []int{16, 17, 171, 172, 201, 231, 232, 151}, code: engine.Invalid,
		text: regexp.MustCompile(`^Failed to execute|is required$|^Unknown command: |^Target level`)},
}

// classify finds what a warning means; the zero refusal if it is none we know.
func classify(f *noticeFrame) refusal {
	for _, r := range refusals {
		if f.ID != 0 && f.ID != 14 && slices.Contains(r.ids, f.ID) {
			return r
		}
	}
	for _, r := range refusals {
		if r.text.MatchString(f.Text) {
			return r
		}
	}
	return refusal{}
}

// onWarn gives a refusal to the action it answers, which is the first it can answer.
func (l *link) onWarn(f *noticeFrame) {
	kind := classify(f)
	if l.me == nil {
		if kind.name != refusedTaken { // a second nick follows
			l.notice(f)
		}
		l.refusedJoin(f, kind)
		return
	}
	p := l.take(func(p *pending) bool { return kind.answers(p, f.Text) })
	if p == nil || !p.own() {
		l.notice(f)
	}
	if p == nil {
		return
	}
	e := &engine.Error{Code: kind.code, Op: p.cmd, Msg: f.Text}
	if kind.code == engine.RateLimited {
		e.RetryAfter = retryAfter
	}
	p.finish(engine.Receipt{Status: engine.Failed, At: f.at(), Err: e})
}

func (r *refusal) answers(p *pending, text string) bool {
	if r.name == refusedNothing {
		return false
	}
	if cmd, ok := strings.CutPrefix(text, "Failed to execute '"); ok {
		return strings.HasPrefix(cmd, p.cmd+"'")
	}
	return len(r.cmds) == 0 || slices.Contains(r.cmds, p.cmd)
}
