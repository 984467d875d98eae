package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"botd/engine"
)

// describe says in a few words what happened, for people who watch.
func describe(ev *engine.Event) string {
	who := userName(ev.User)
	text := describePeople(who, ev.Body)
	if text == "" {
		text = describeRoom(who, ev.Body)
	}
	if text == "" {
		text = describeSession(ev.Body)
	}
	if text == "" { // a game, a file, or something of a script's: its data speaks
		data, _ := json.Marshal(ev.Body)
		text = string(ev.Kind()) + " " + string(data)
	}
	return strings.ReplaceAll(printable(text), "\n", "\n    ")
}

func userName(u engine.User) string { return cmp.Or(u.Name, string(u.ID), "the server") }

func describePeople(who string, body engine.Body) string {
	switch b := body.(type) {
	case engine.Joined:
		return who + " joined"
	case engine.Left:
		return who + " left" + because(b.Reason)
	case engine.Renamed:
		return b.From + " is now " + who
	case engine.Kicked:
		return who + " kicked " + userName(b.Target) + because(b.Reason)
	case engine.Banned:
		return who + " banned " + userName(b.Target) + lasting(b.Length) + because(b.Reason)
	case engine.Unbanned:
		return who + " unbanned " + cmp.Or(b.Target.Name, b.Address)
	case engine.TimedOut:
		return who + " timed out " + userName(b.Target) + lasting(b.Length) + because(b.Reason)
	case engine.Muted:
		return who + " muted " + userName(b.Target) + lasting(b.Length) + because(b.Reason)
	case engine.Unmuted:
		return who + " unmuted " + userName(b.Target)
	case engine.RoleChanged:
		return userName(b.Target) + " is now " + b.Role.String()
	case engine.Roster:
		names := make([]string, len(b.Users))
		for i, u := range b.Users {
			names[i] = userName(u)
		}
		return "here: " + strings.Join(names, ", ")
	}
	return ""
}

func describeRoom(who string, body engine.Body) string {
	switch b := body.(type) {
	case engine.Edited:
		return who + " changed a message to: " + b.Text
	case engine.Deleted:
		return who + " deleted a message" + because(b.Reason)
	case engine.Reacted:
		if b.Removed {
			return who + " took " + b.Emoji + " off a message"
		}
		return who + " put " + b.Emoji + " on a message"
	case engine.TopicSet:
		return "topic: " + b.Text
	case engine.ModeChanged:
		return fmt.Sprintf("mode %s: %s", b.Mode, onOff(b.On, b.Value))
	case engine.Invited:
		return fmt.Sprintf("%s invites %s into %s", who, cmp.Or(b.Target.Name, "the bot"), b.To)
	case engine.Notice:
		return "notice: " + b.Text
	case engine.StreamChanged:
		if b.Live {
			return "the stream is live: " + b.Title
		}
		return "the stream is off"
	case engine.ViewersCounted:
		return fmt.Sprintf("%d viewers", b.Count)
	}
	return ""
}

func describeSession(body engine.Body) string {
	switch b := body.(type) {
	case engine.Connected:
		return "connected as " + userName(b.Me)
	case engine.Disconnected:
		if b.Retry > 0 {
			return "disconnected" + because(b.Reason) + ", next attempt in " + b.Retry.Round(time.Millisecond).String()
		}
		return "disconnected" + because(b.Reason)
	case engine.Gap:
		return "messages may be missing for " + b.To.Sub(b.From).Round(time.Second).String()
	case engine.AccessChanged:
		return "the bot is now " + b.Role.String() + because(b.Reason)
	case engine.CaptchaAsked:
		return "the server asks a riddle: " + b.Text
	case engine.Failure:
		return fmt.Sprintf("error %s: %s", b.Code, b.Message)
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func lasting(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return " for " + d.String()
}

func onOff(on bool, value float64) string {
	switch {
	case !on:
		return "off"
	case value != 0:
		return fmt.Sprintf("on, %g", value)
	}
	return "on"
}
