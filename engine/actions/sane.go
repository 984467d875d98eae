package actions

import (
	"fmt"
	"slices"
	"strings"

	"botd/engine"
)

// sane finds what no network could make sense of, so that each adapter need not.
func sane(a engine.Action) error {
	problem := ""
	if what := missing(a); what != "" {
		problem = "no " + what + " given"
	} else {
		problem = outOfRange(a)
	}
	if problem == "" {
		return nil
	}
	return &engine.Error{Code: engine.Invalid, Op: engine.ActionName(a), Msg: problem}
}

// missing names the first thing the action cannot do without.
func missing(a engine.Action) string {
	if a.In() == "" && needsRoom(a) {
		return "room"
	}
	if user, required := target(a); required && user == (engine.UserRef{}) {
		return "user"
	}
	switch a := a.(type) {
	case engine.Say, engine.Whisper, engine.Emote:
		return unless(!blank(engine.TextOf(a)), "text")
	case engine.Edit:
		if a.Message == "" {
			return "message"
		}
		return unless(!blank(a.Text), "text")
	case engine.Delete:
		return unless(a.Message != "", "message")
	case engine.React:
		if a.Message == "" {
			return "message"
		}
		return unless(!blank(a.Emoji), "emoji")
	case engine.Move:
		return unless(a.To != "", "room to move to")
	case engine.Rename:
		return unless(!blank(a.Name), "name")
	case engine.OpenPoll:
		return unless(!blank(a.Question), "question")
	case engine.OpenRaffle:
		return unless(!blank(a.Prize), "prize")
	case engine.SendFile:
		return unless(a.Path != "", "path")
	case engine.ReceiveFile:
		return unless(a.File != "", "file")
	case engine.Emoji:
		return unless(len(a.Names) > 0, "emoji")
	case engine.SearchEmoji:
		return unless(!blank(a.Term), "term")
	case engine.Call:
		return unless(a.Name != "", "command")
	}
	return ""
}

func unless(ok bool, what string) string {
	if ok {
		return ""
	}
	return what
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// needsRoom is false for what can concern a session as a whole.
func needsRoom(a engine.Action) bool {
	switch a.(type) {
	case engine.Whisper, engine.Rename, engine.ReceiveFile, engine.Call:
		return false
	}
	return true
}

// target is whom an action is done to, and whether it must be somebody.
func target(a engine.Action) (user engine.UserRef, required bool) {
	switch a := a.(type) {
	case engine.Whisper:
		return a.User, true
	case engine.Delete:
		return a.Author, false
	case engine.Kick:
		return a.User, true
	case engine.Ban:
		return a.User, true
	case engine.Unban:
		return a.User, a.Address == ""
	case engine.TimeOut:
		return a.User, true
	case engine.Mute:
		return a.User, true
	case engine.Unmute:
		return a.User, true
	case engine.SetRole:
		return a.User, true
	case engine.Invite:
		return a.User, true
	case engine.Move:
		return a.User, false
	case engine.UserInfo:
		return a.User, true
	}
	return engine.UserRef{}, false
}

var (
	pollVerbs   = []string{"vote", "pause", "resume", "end"}
	raffleVerbs = []string{"pause", "resume", "end", "draw", "hide", "cleanup"}
)

// outOfRange says what is wrong with a value that is there.
func outOfRange(a engine.Action) string {
	switch a := a.(type) {
	case engine.Ban:
		return unless(a.Length >= 0, "the length of a ban cannot be negative")
	case engine.TimeOut:
		return unless(a.Length > 0, "a timeout needs a length")
	case engine.Slow:
		return unless(a.Interval >= 0, "the interval cannot be negative")
	case engine.SetRole:
		return unless(a.Role <= engine.Owner, "no such role")
	case engine.OpenPoll:
		switch {
		case len(a.Options) < 2:
			return "a poll needs two options or more"
		case a.Length < 0:
			return "the length of a poll cannot be negative"
		}
	case engine.SetPoll:
		switch {
		case !slices.Contains(pollVerbs, a.Verb):
			return fmt.Sprintf("a poll can %s, not %q", strings.Join(pollVerbs, ", "), a.Verb)
		case a.Verb == "vote" && a.Option < 1:
			return "options count from 1"
		}
	case engine.SetRaffle:
		switch {
		case !slices.Contains(raffleVerbs, a.Verb):
			return fmt.Sprintf("a raffle can %s, not %q", strings.Join(raffleVerbs, ", "), a.Verb)
		case a.Answer < 0:
			return "answers count from 1"
		}
	}
	return ""
}
