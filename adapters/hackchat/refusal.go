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

var (
	aimedAt   = []string{"whisper", "invite", "kick", "ban", "dumb", "moveuser", "forcecolor", "forceflair", "hack", "getwallet"}
	ownership = []string{"claimchannel", "makepublic", "makeprivate", "renewclaim", "unclaimchannel", "setlevel", "setmotd"}
	wallets   = []string{"claimchannel", "getwallet", "disconnectwallet"}
)

// refusals are the warnings of all generations. Numbers are those of 2026 and, partly,
// of 2025; older servers have texts alone.
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
		text: regexp.MustCompile(`^You may not join that channel|^Joining more than one channel`)},
	{name: "user", ids: []int{12}, code: engine.NotFound, cmds: aimedAt,
		text: regexp.MustCompile(`^Could not find user`)},
	{name: "rights", ids: []int{13}, code: engine.Denied, cmds: slices.Concat([]string{"lockroom", "unlockroom", "claimchannel"}, aimedAt),
		text: regexp.MustCompile(`^Cannot (ban|kick|mute|move)|^This trick wont work`)},
	{name: refusedCaptcha, ids: []int{21}, code: engine.Denied, cmds: []string{"join"},
		text: regexp.MustCompile(`^Enter the following to `)},
	{name: "state", ids: []int{19}, code: engine.Conflict, cmds: []string{"lockroom", "unlockroom", "getwallet"},
		text: regexp.MustCompile(`^Channel is (already|not) locked`)},
	{name: "trip", ids: []int{15}, code: engine.Denied, cmds: ownership,
		text: regexp.MustCompile(`^Failed to run command: You must have a trip code`)},
	{name: "wallet", ids: []int{18, 241, 242}, code: engine.Unsupported, cmds: wallets,
		text: regexp.MustCompile(`^You must connect a wallet|^No wallet currently connected`)},
	{name: "save", ids: []int{71}, code: engine.Internal, cmds: []string{"saveconfig"},
		text: regexp.MustCompile(`^Failed to save config`)},
	{name: "already", ids: []int{91, 92}, code: engine.Conflict, cmds: []string{"makepublic", "makeprivate"},
		text: regexp.MustCompile(`^Failed to make channel (private|public): This channel is already`)},
	{name: "ownership", ids: []int{81, 111, 112, 131, 132, 141, 142}, code: engine.Denied, cmds: ownership,
		text: regexp.MustCompile(`^Failed to (release|renew|claim) ownership|^Failed to make channel`)},
	{name: "level", ids: []int{121, 122, 123, 124, 125}, code: engine.Invalid, cmds: []string{"setlevel"},
		text: regexp.MustCompile(`^Failed to set level`)},
	{name: "color", ids: []int{151}, code: engine.Invalid, cmds: []string{"changecolor", "forcecolor"},
		text: regexp.MustCompile(`^Invalid color`)},
	{name: "flair", ids: []int{191, 192}, code: engine.Invalid, cmds: []string{"forceflair"},
		text: regexp.MustCompile(`^Invalid flair`)},
	{name: "address", ids: []int{201}, code: engine.Invalid, cmds: []string{"unban", "speak"},
		text: regexp.MustCompile(`^hash:'targethash' or ip:`)},
	{name: "hack", ids: []int{211, 212, 213, 214}, code: engine.Denied, cmds: []string{"hack"},
		text: regexp.MustCompile(`^You must be using a trip code that is|^Your URL should start`)},
	{name: "lock", ids: []int{231, 232}, code: engine.Invalid, cmds: []string{"lockroom", "unlockroom"},
		text: regexp.MustCompile(`^Target level|^Expected "level"`)},
	{name: "kick", ids: []int{221}, code: engine.Invalid, cmds: []string{"kick"},
		text: regexp.MustCompile(`^Refer to .*help kick`)},
	{name: "unknown", code: engine.Unsupported,
		text: regexp.MustCompile(`^Unknown command$|^Command not found`)},
	{name: "argument", ids: []int{16, 17, 161, 171, 172, 181}, code: engine.Invalid,
		text: regexp.MustCompile(`^Failed to execute|is required$|^Unknown command: |^Refer to `)},
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
	if l.me == nil && l.restoring {
		l.notBack()
		return
	}
	if l.me == nil {
		if kind.name != refusedTaken { // a second nick follows
			l.notice(f)
		}
		l.refusedJoin(f, kind)
		return
	}
	p, _ := l.asked.Take(func(p *pending) bool { return kind.answers(p, f.Text) })
	if p == nil || !p.own() {
		l.notice(f)
	}
	if p == nil {
		return
	}
	if l.gen == gen2018 && p.cmd == "removemod" {
		// It takes the trip off and then always stumbles: testdata/transcripts/old2018_admin.jsonl.
		p.finish(engine.Receipt{Status: engine.Unknown, At: f.at(), Err: &engine.Error{
			Code: engine.Internal, Op: p.cmd, Msg: "the server took the trip off its list and then failed: " + f.Text}})
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
