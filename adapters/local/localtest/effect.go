package localtest

import (
	"strings"

	"botd/engine"
)

// effect reports whether an event is what the room sees of an action.
func effect(a engine.Action, ev engine.Event) bool {
	if room := a.In(); room != "" && ev.Room.ID != room {
		return false
	}
	switch a := a.(type) {
	case engine.Say:
		m, ok := ev.Body.(engine.Message)
		return ok && m.Text == a.Text && m.ReplyTo == a.ReplyTo && !m.Emote
	case engine.Emote:
		m, ok := ev.Body.(engine.Message)
		return ok && m.Text == a.Text && m.Emote
	case engine.Edit:
		m, ok := ev.Body.(engine.Edited)
		return ok && m.ID == a.Message && edited(a, m.Text)
	case engine.Delete:
		m, ok := ev.Body.(engine.Deleted)
		return ok && m.ID == a.Message
	case engine.React:
		m, ok := ev.Body.(engine.Reacted)
		return ok && m.ID == a.Message && m.Emoji == a.Emoji && m.Removed == a.Remove
	}
	return moderation(a, ev) || presence(a, ev) || mode(a, ev) || game(a, ev)
}

func edited(a engine.Edit, text string) bool {
	if a.Append {
		return strings.HasSuffix(text, a.Text) && len(text) > len(a.Text)
	}
	return text == a.Text
}

func moderation(a engine.Action, ev engine.Event) bool {
	switch a := a.(type) {
	case engine.Kick:
		b, ok := ev.Body.(engine.Kicked)
		return ok && b.Target.Ref() == a.User && b.Reason == a.Reason
	case engine.Ban:
		b, ok := ev.Body.(engine.Banned)
		return ok && b.Target.Ref() == a.User && b.Length == a.Length && (b.Address != "") == a.Address
	case engine.Unban:
		b, ok := ev.Body.(engine.Unbanned)
		return ok && b.Target.Ref() == a.User
	case engine.TimeOut:
		b, ok := ev.Body.(engine.TimedOut)
		return ok && b.Target.Ref() == a.User && b.Length == a.Length
	case engine.Mute:
		b, ok := ev.Body.(engine.Muted)
		return ok && b.Target.Ref() == a.User
	case engine.Unmute:
		b, ok := ev.Body.(engine.Unmuted)
		return ok && b.Target.Ref() == a.User
	case engine.SetRole:
		b, ok := ev.Body.(engine.RoleChanged)
		return ok && b.Target.Ref() == a.User && (b.Role == a.Role) != a.Revoke
	}
	return false
}

func presence(a engine.Action, ev engine.Event) bool {
	switch a := a.(type) {
	case engine.Invite:
		b, ok := ev.Body.(engine.Invited)
		return ok && (a.To == "" || b.To == a.To)
	case engine.Join:
		_, ok := ev.Body.(engine.Joined)
		return ok
	case engine.Leave:
		_, ok := ev.Body.(engine.Left)
		return ok
	case engine.Move:
		if a.User == (engine.UserRef{}) {
			b, ok := ev.Body.(engine.Left)
			return ok && strings.HasSuffix(b.Reason, string(a.To))
		}
		b, ok := ev.Body.(engine.Kicked)
		return ok && b.Target.Ref() == a.User && b.To == a.To
	case engine.Rename:
		_, ok := ev.Body.(engine.Renamed)
		return ok && ev.User.Name == a.Name
	}
	return false
}

func mode(a engine.Action, ev engine.Event) bool {
	switch a := a.(type) {
	case engine.SetTopic:
		b, ok := ev.Body.(engine.TopicSet)
		return ok && b.Text == a.Text
	case engine.Slow:
		return ev.Body == engine.ModeChanged{Mode: "slow", On: a.Interval > 0, Value: a.Interval.Seconds()}
	case engine.SubscribersOnly:
		return ev.Body == engine.ModeChanged{Mode: "subscribers_only", On: a.On}
	case engine.Lock:
		return ev.Body == engine.ModeChanged{Mode: "locked", On: a.On}
	case engine.Clear:
		b, ok := ev.Body.(engine.Notice)
		return ok && b.Code == "clear"
	}
	return false
}

func game(a engine.Action, ev engine.Event) bool {
	switch a := a.(type) {
	case engine.OpenPoll:
		b, ok := ev.Body.(engine.PollChanged)
		return ok && b.Question == a.Question && b.Status == "started"
	case engine.SetPoll:
		b, ok := ev.Body.(engine.PollChanged)
		return ok && b.Poll == a.Poll && polled(a, b)
	case engine.OpenRaffle:
		b, ok := ev.Body.(engine.RaffleChanged)
		return ok && b.Prize == a.Prize && b.Status == "started"
	case engine.SetRaffle:
		b, ok := ev.Body.(engine.RaffleChanged)
		return ok && b.Raffle == a.Raffle && b.Status == raffleStatus[a.Verb]
	case engine.SendFile:
		b, ok := ev.Body.(engine.FileOffered)
		return ok && b.Name == a.Path && b.Status == "offered"
	}
	return false
}

func polled(a engine.SetPoll, b engine.PollChanged) bool {
	if a.Verb == "vote" {
		return b.Options[a.Option-1].Votes == 1
	}
	return b.Status == pollStatus[a.Verb]
}

var (
	pollStatus   = map[string]string{"pause": "paused", "resume": "started", "end": "ended"}
	raffleStatus = map[string]string{
		"pause": "paused", "resume": "started", "end": "ended", "draw": "drawn", "hide": "hidden", "cleanup": "cancelled",
	}
)
