package hitbox

import (
	"context"
	"slices"
	"strings"
	"time"

	"botd/adapters/internal/inflight"
	"botd/engine"
)

// Do implements [engine.Session].
func (s *session) Do(ctx context.Context, a engine.Action, done func(engine.Receipt)) {
	receipt, waits := s.do(ctx, a, done)
	if waits {
		return
	}
	if receipt.Err != nil && receipt.Err.Op == "" {
		e := *receipt.Err
		e.Op = engine.ActionName(a)
		receipt.Err = &e
	}
	receipt.At = time.Now()
	done(receipt)
}

// do carries out an action. Unless it waits for an answer, the receipt is final.
func (s *session) do(ctx context.Context, a engine.Action, done func(engine.Receipt)) (r engine.Receipt, waits bool) {
	if room := a.In(); room != "" && room != s.room {
		return engine.Fail(engine.Errorf(engine.NotFound, "this session is in %q, not in %q", s.room, room)), false
	}
	if !Adapter.Caps.Can.Has(a.Needs()) {
		return engine.Fail(engine.UnsupportedError(a)), false
	}
	l := s.current()
	if l == nil {
		return engine.Fail(inflight.NotConnected()), false
	}
	if err := ctx.Err(); err != nil {
		return engine.Fail(&engine.Error{Code: engine.Cancelled, Msg: "given up before it was sent", Err: err}), false
	}
	p, err := l.plan(a)
	switch {
	case err != nil:
		return engine.Fail(err), false
	case len(p.steps) == 0: // it is so already
		return engine.Receipt{Status: engine.Echoed}, false
	}
	p.done = done
	if err := l.send(ctx, p); err != nil {
		l.forget(p.text)
		return engine.Fail(err), false
	}
	return engine.Receipt{Status: engine.Sent}, !p.unanswered
}

// plan turns an action into requests, with everything checked that the server would meet
// with silence.
func (l *link) plan(a engine.Action) (*pending, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.online || l.reason != nil || l.closed {
		return nil, inflight.NotConnected()
	}
	if !caps(l.role, l.s.settings.TextMax, l.s.settings.Pace).Can.Has(a.Needs()) {
		return nil, &engine.Error{Code: engine.Denied, Msg: "the bot is " + l.role.level() + " here, which is not enough"}
	}
	switch a := a.(type) {
	case engine.Say:
		return l.native("chatMsg", map[string]any{"text": a.Text})
	case engine.Whisper:
		return l.native("directMsg", map[string]any{"to": l.name(a.User), "text": a.Text})
	case engine.TimeOut:
		return l.native("kickUser", map[string]any{"name": l.name(a.User), "timeout": wholeSeconds(a.Length)})
	case engine.Ban:
		return l.planBan(a)
	case engine.Unban:
		return l.native("unbanUser", map[string]any{"name": l.name(a.User)})
	case engine.SetRole:
		return l.planRole(a)
	case engine.SetTopic:
		return l.native("motdMsg", map[string]any{"text": a.Text})
	case engine.Slow:
		return l.planSlow(wholeSeconds(a.Interval))
	case engine.SubscribersOnly:
		return l.planPaying(a.On)
	case engine.ListUsers:
		return l.native("getChannelUserList", nil)
	case engine.UserInfo:
		return l.planUserInfo(a)
	case engine.OpenPoll:
		return l.planOpenPoll(a)
	case engine.SetPoll:
		return l.planSetPoll(a)
	case engine.OpenRaffle:
		return l.planOpenRaffle(a)
	case engine.SetRaffle:
		return l.planSetRaffle(a)
	case engine.Call:
		return l.planCall(a)
	}
	return nil, engine.UnsupportedError(a)
}

// name is how the server knows whom an action means.
func (l *link) name(ref engine.UserRef) string {
	if ref.ID == "" {
		return ref.Name
	}
	if m := l.roster[string(ref.ID)]; m != nil {
		return m.user.Name
	}
	if ref.Name != "" && fold(ref.Name) == string(ref.ID) {
		return ref.Name
	}
	return string(ref.ID)
}

// wholeSeconds rounds up, because 0 means something else.
func wholeSeconds(d time.Duration) float64 {
	return float64((d + time.Second - 1) / time.Second)
}

func (l *link) planBan(a engine.Ban) (*pending, error) {
	if a.Length > 0 {
		return nil, engine.Errorf(engine.Unsupported, "a ban on hitbox has no length: it ends with an unban, a timeout by itself")
	}
	params := map[string]any{"name": l.name(a.User)}
	if a.Address {
		params["banIP"] = true
	}
	return l.native("banUser", params)
}

func (l *link) planRole(a engine.SetRole) (*pending, error) {
	if a.Role != engine.Moderator {
		return nil, engine.Errorf(engine.Unsupported, "on hitbox the bot can only make moderators, not %s", a.Role)
	}
	method := "makeMod"
	if a.Revoke {
		method = "removeMod"
	}
	return l.native(method, map[string]any{"name": l.name(a.User)})
}

// planSlow ends subscriber mode first, which excludes slow mode. The end of slow mode is the
// end of both, so it is left alone if only the other is on.
func (l *link) planSlow(seconds float64) (*pending, error) {
	if seconds == 0 && l.paying {
		return &pending{}, nil
	}
	return l.planMode(map[string]any{"time": seconds}, seconds > 0 && l.paying)
}

func (l *link) planPaying(on bool) (*pending, error) {
	return l.planMode(map[string]any{"subscriber": on}, on && l.slow > 0)
}

// planMode sets a mode, after the end of the other one if that is on.
func (l *link) planMode(params map[string]any, other bool) (*pending, error) {
	p, err := l.native("slowMode", params)
	if err != nil || !other {
		return p, err
	}
	off, err := l.native("slowMode", map[string]any{"time": 0.0})
	if err != nil {
		return nil, err
	}
	p.steps = append(off.steps, p.steps...)
	return p, nil
}

func (l *link) planUserInfo(a engine.UserInfo) (*pending, error) {
	p, err := l.native("getChannelUser", map[string]any{"name": l.name(a.User)})
	if err == nil {
		p.answered = true
	}
	return p, err
}

func choices(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = map[string]any{"text": t}
	}
	return out
}

func (l *link) planOpenPoll(a engine.OpenPoll) (*pending, error) {
	if a.Length > 0 {
		return nil, engine.Errorf(engine.Unsupported, "a poll on hitbox has no length: end it when it is time")
	}
	return l.native("createPoll", map[string]any{
		"question": a.Question, "choices": choices(a.Options), "subscriberOnly": a.SubscribersOnly, "followerOnly": a.FollowersOnly,
	})
}

// planSetPoll: a poll has to be paused before it can end.
func (l *link) planSetPoll(a engine.SetPoll) (*pending, error) {
	if l.poll == nil || a.Poll != "" && a.Poll != l.poll.body.Poll {
		return nil, engine.Errorf(engine.NotFound, "there is no such poll in %s", l.s.room)
	}
	switch a.Verb {
	case "vote":
		return l.native("voteMsg", map[string]any{"choice": float64(a.Option - 1)})
	case "pause":
		return l.native("pausePoll", nil)
	case "resume":
		return l.native("startPoll", nil)
	case "end":
		if l.poll.body.Status != "started" {
			return l.native("endPoll", nil)
		}
		return l.sequence("pausePoll", "endPoll", nil)
	}
	return nil, engine.Errorf(engine.Invalid, "no verb %q; verbs are vote, pause, resume, end", a.Verb)
}

// planOpenRaffle: entering is to choose an answer on the site. Without answers there is one,
// the keyword.
func (l *link) planOpenRaffle(a engine.OpenRaffle) (*pending, error) {
	answers, question := a.Answers, a.Question
	if len(answers) == 0 {
		answers = []string{a.Keyword}
		if a.Keyword == "" {
			answers = []string{"join"}
		}
	}
	if question == "" {
		question = a.Prize
	}
	return l.native("createRaffle", map[string]any{
		"question": question, "prize": a.Prize, "choices": choices(answers), "subscriberOnly": a.SubscribersOnly, "followerOnly": a.FollowersOnly,
	})
}

// planSetRaffle ends a giveaway first where the verb wants it ended.
func (l *link) planSetRaffle(a engine.SetRaffle) (*pending, error) {
	if l.raffle == nil || a.Raffle != "" && a.Raffle != l.raffle.body.Raffle {
		return nil, engine.Errorf(engine.NotFound, "there is no such giveaway in %s", l.s.room)
	}
	switch a.Verb {
	case "pause":
		return l.native("pauseRaffle", nil)
	case "resume":
		return l.native("startRaffle", nil)
	case "end":
		return l.native("endRaffle", nil)
	case "draw":
		return l.planDraw(a.Answer)
	case "hide":
		return l.afterEnd("hideRaffle", nil)
	case "cleanup":
		return l.afterEnd("cleanupRaffle", nil)
	}
	return nil, engine.Errorf(engine.Invalid, "no verb %q; verbs are pause, resume, end, draw, hide, cleanup", a.Verb)
}

// planDraw: the right answer counts from 1. With one answer it need not be named.
func (l *link) planDraw(answer int) (*pending, error) {
	r := l.raffle
	if answer == 0 && len(r.body.Answers) == 1 {
		answer = 1
	}
	if answer < 1 || answer > len(r.body.Answers) {
		return nil, engine.Errorf(engine.Invalid, "which answer is right? There are %d, counted from 1", len(r.body.Answers))
	}
	if r.counted && r.body.Answers[answer-1].Entries == 0 && r.body.Status != "started" {
		return nil, engine.Errorf(engine.NotFound, "nobody has chosen the answer %q", r.body.Answers[answer-1].Text)
	}
	return l.afterEnd("winnerRaffle", map[string]any{"answer": float64(answer - 1)})
}

// afterEnd is a request that waits for the end of a giveaway that still runs.
func (l *link) afterEnd(method string, params map[string]any) (*pending, error) {
	if status := l.raffle.body.Status; status == "started" || status == "paused" {
		return l.sequence("endRaffle", method, params)
	}
	return l.native(method, params)
}

// checkRepeated refuses what the server would drop from an ordinary user.
func (l *link) checkRepeated(text string) error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.role == anon && l.s.said == text {
		return engine.Errorf(engine.Conflict, "hitbox drops a text that is the same as the one before; vary it")
	}
	l.s.said = text
	return nil
}

// forget allows a text again that the server did not take.
func (l *link) forget(text string) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if text != "" && l.s.said == text {
		l.s.said = ""
	}
}

// outranks refuses what the server would ignore.
func (l *link) outranks(name string) error {
	if m := l.roster[fold(name)]; m != nil && m.role >= l.role {
		return engine.Errorf(engine.Denied, "%s has the same rights as the bot, or more", name)
	}
	return nil
}

// mentions says whether a name is on a list.
func mentions(list []text, name string) bool {
	return slices.ContainsFunc(list, func(t text) bool { return strings.EqualFold(string(t), name) })
}
