package hitbox

import (
	"strings"

	"botd/engine"
)

// byMethod is proved by any frame of a method.
func byMethod(method string) func(*link, map[string]any) func(string, any) bool {
	return func(*link, map[string]any) func(string, any) bool {
		return func(m string, _ any) bool { return m == method }
	}
}

// frame makes a proof of a condition on one type of parameters.
func frame[T any](ok func(*T) bool) func(string, any) bool {
	return func(_ string, params any) bool {
		p, is := params.(*T)
		return is && ok(p)
	}
}

// proofChat is the echo.
func proofChat(l *link, params map[string]any) func(string, any) bool {
	sent := params["text"].(string)
	return frame(func(p *chatParams) bool {
		return !bool(p.Buffer) && l.isMe(string(p.Name)) && same(sent, string(p.Text))
	})
}

// proofDirect is an infoMsg that names nobody for sure.
func proofDirect(_ *link, params map[string]any) func(string, any) bool {
	to := params["to"].(string)
	return frame(func(p *infoParams) bool { return p.class() == infoWhispered && p.about(to) })
}

// finishDirect tells what was whispered as an event; the service does not send it back.
func finishDirect(l *link, params map[string]any) func(any, *engine.Receipt) {
	return func(answer any, r *engine.Receipt) {
		p := answer.(*infoParams)
		ev := l.event(p.at(), l.me, engine.Message{Text: params["text"].(string), Private: true})
		ev.Extra = map[string]any{"to": params["to"]}
		l.told = true
		l.emit(ev)
		r.At = p.at()
	}
}

func finishUsers(l *link, _ map[string]any) func(any, *engine.Receipt) {
	return func(answer any, r *engine.Receipt) { r.Users = users(l.listed(answer.(*userListParams))) }
}

func proofUser(_ *link, params map[string]any) func(string, any) bool {
	name := params["name"].(string)
	return frame(func(p *userInfoParams) bool { return strings.EqualFold(string(p.Name), name) })
}

// finishUser has the user, and in the answer also that it is banned.
func finishUser(l *link, _ map[string]any) func(any, *engine.Receipt) {
	return func(answer any, r *engine.Receipt) {
		p := answer.(*userInfoParams)
		r.At, r.Users = p.Timestamp.Time, []engine.User{p.member(l.s.channel).user}
	}
}

func proofMedia(_ *link, params map[string]any) func(string, any) bool {
	kind := params["type"].(string)
	return frame(func(p *mediaLogParams) bool { return p.Type == "" || string(p.Type) == kind })
}

func proofMotd(_ *link, params map[string]any) func(string, any) bool {
	sent := params["text"].(string)
	return frame(func(p *motdParams) bool { return same(sent, string(p.Text)) })
}

// proofInfo is an infoMsg of a class about the user, as far as it says about whom.
func proofInfo(c class) func(*link, map[string]any) func(string, any) bool {
	return func(_ *link, params map[string]any) func(string, any) bool {
		name := params["name"].(string)
		return func(method string, answer any) bool {
			p, ok := answer.(*infoParams)
			return ok && method == "infoMsg" && p.class() == c && p.about(name)
		}
	}
}

// proofUnban is the list without the name, or a notice that speaks of it.
func proofUnban(_ *link, params map[string]any) func(string, any) bool {
	name := params["name"].(string)
	return func(_ string, answer any) bool {
		switch p := answer.(type) {
		case *banListParams:
			return !mentions(p.Data, name)
		case *infoParams:
			return p.class() == infoOther && strings.Contains(strings.ToLower(string(p.Text)+string(p.Lang)), "unban") &&
				p.user() != "" && p.about(name)
		}
		return false
	}
}

// proofSlow tells the modes apart by the time that is named, or is not.
func proofSlow(_ *link, params map[string]any) func(string, any) bool {
	seconds, timed := params["time"].(float64)
	on, _ := params["subscriber"].(bool)
	return func(method string, answer any) bool {
		p, ok := answer.(*infoParams)
		switch {
		case !ok || method != "slowMsg":
			return false
		case timed:
			return p.SlowTime.Set && p.SlowTime.Value == seconds
		}
		return !p.SlowTime.Set && on != disabled.MatchString(string(p.Text)+" "+string(p.Lang))
	}
}

func proofPoll(status string) func(*link, map[string]any) func(string, any) bool {
	return func(_ *link, params map[string]any) func(string, any) bool {
		question, _ := params["question"].(string)
		return frame(func(p *pollParams) bool {
			return string(p.Status) == status && (question == "" || same(question, string(p.Question)))
		})
	}
}

// proofVote is the bot's name among the voters.
func proofVote(l *link, _ map[string]any) func(string, any) bool {
	me := l.me.Name
	return frame(func(p *pollParams) bool { return mentions(p.Voters, me) })
}

func proofRaffle(status string) func(*link, map[string]any) func(string, any) bool {
	return func(_ *link, params map[string]any) func(string, any) bool {
		question, _ := params["question"].(string)
		return frame(func(p *raffleParams) bool {
			return string(p.Status) == status && (question == "" || same(question, string(p.Question)))
		})
	}
}

func proofWinner(_ *link, params map[string]any) func(string, any) bool {
	answer := params["answer"].(int)
	return frame(func(p *winnerParams) bool { return p.Answer.int() == answer })
}
