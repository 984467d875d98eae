package luaapitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Steps of an example: comments of this form in its code.
var (
	stepSays  = regexp.MustCompile(`^(?:(guest|regular|subscriber|moderator|admin|owner) )?(ann|bob|mia|eve)(?: in (\w+/\w+))?( whispers)?: (.*)$`)
	stepHears = regexp.MustCompile(`^botd(?: to (\w+))?: (.*)$`)
	stepDoes  = regexp.MustCompile(`^botd does: (.*)$`)
	stepLog   = regexp.MustCompile(`^log: (.*)$`)
	stepWait  = regexp.MustCompile(`^wait (\S+)$`)
	stepEvent = regexp.MustCompile(`^(ann|bob|mia|eve) (joins|leaves)$`)
)

// Example runs a piece of Lua as a script and carries out the steps in its comments, in
// order. It returns the first thing that is not as they say, or "".
//
//	-- ann: !ping             ann says that in the room; "moderator ann: …" as a moderator,
//	                          "ann in lobby/attic: …" elsewhere, "ann whispers: …" in private
//	-- ann joins              or leaves
//	-- wait 5s                time passes
//	-- botd: pong             the bot says that next, in the room; "botd to ann: …" in private
//	-- botd does: kick bob    another action, with its fields
//	-- log: text              the script logs that next
//
// What the bot says or logs and no step expects is a fault too, and so is an error of the
// script.
func (b *Bot) Example(code string) string {
	if err := b.Try(code); err != nil {
		return err.Error()
	}
	b.Settle()
	e := &exampleRun{b: b}
	for line := range strings.Lines(code) {
		_, step, ok := strings.Cut(line, "-- ")
		if !ok {
			continue
		}
		if fault := e.step(strings.TrimSpace(step)); fault != "" {
			return fault
		}
	}
	return e.rest()
}

type exampleRun struct {
	b            *Bot
	done, logged int // of the bot's actions and log lines
}

func (e *exampleRun) step(step string) string {
	if m := stepDoes.FindStringSubmatch(step); m != nil {
		return e.next(m[1])
	}
	if m := stepHears.FindStringSubmatch(step); m != nil {
		if m[1] != "" {
			return e.next("whisper text=" + m[2] + " user=" + m[1])
		}
		return e.next("say text=" + m[2])
	}
	if m := stepLog.FindStringSubmatch(step); m != nil {
		if logs := e.lines(); e.logged >= len(logs) || logs[e.logged].Msg != m[1] {
			return fmt.Sprintf("log has %+v; want %q next", logs[min(e.logged, len(logs)):], m[1])
		}
		e.logged++
		return ""
	}
	if m := stepSays.FindStringSubmatch(step); m != nil {
		return e.says(m)
	}
	if m := stepEvent.FindStringSubmatch(step); m != nil {
		ev := engine.Event{User: User(m[1]), Body: engine.Joined{}}
		if m[2] == "leaves" {
			ev.Body = engine.Left{}
		}
		return e.happens(ev)
	}
	if m := stepWait.FindStringSubmatch(step); m != nil {
		if d, ok := engine.ParseDuration(m[1]); ok {
			fault := e.rest()
			time.Sleep(d)
			e.b.Settle()
			return fault
		}
	}
	return "" // an ordinary comment
}

func (e *exampleRun) says(m []string) string {
	ev := engine.Event{User: User(m[2]), Body: engine.Message{ID: "line", Text: m[5], Private: m[4] != ""}}
	if m[1] != "" {
		if err := ev.User.Role.UnmarshalText([]byte(m[1])); err != nil {
			return err.Error()
		}
	}
	if s, r, ok := engine.RoomPath(m[3]).Split(); ok {
		ev.Session, ev.Platform, ev.Room = s, Platform, engine.Room{ID: r}
	}
	return e.happens(ev)
}

// happens lets something happen once all before it was as it should be.
func (e *exampleRun) happens(ev engine.Event) string {
	if fault := e.rest(); fault != "" {
		return fault
	}
	e.b.Event(ev)
	return ""
}

// lines are what the script logged, without what is for those who look for reasons.
func (e *exampleRun) lines() []LogLine {
	return slices.DeleteFunc(e.b.Logs(), func(l LogLine) bool { return l.Level == "debug" })
}

func (e *exampleRun) next(want string) string {
	actions := e.b.Actions()
	if e.done >= len(actions) {
		return fmt.Sprintf("the bot did nothing; want %q%s", want, e.errors())
	}
	got := actionText(actions[e.done])
	if got != want {
		return fmt.Sprintf("the bot did %q; want %q%s", got, want, e.errors())
	}
	e.done++
	return ""
}

// rest reports what the bot did or logged that no step was about.
func (e *exampleRun) rest() string {
	e.b.Settle()
	if actions := e.b.Actions(); e.done < len(actions) {
		return fmt.Sprintf("the bot did %q, which no step expects%s", actionText(actions[e.done]), e.errors())
	}
	if logs := e.lines(); e.logged < len(logs) {
		return fmt.Sprintf("the script logged %q, which no step expects", logs[e.logged].Msg)
	}
	return e.errors()
}

func (e *exampleRun) errors() string {
	for _, err := range e.b.Errors() {
		return " error: " + err.Error()
	}
	return ""
}

// actionText is an action as steps write it: its name and its fields by name, but the
// room.
func actionText(a engine.Action) string {
	raw, err := engine.MarshalAction(a)
	var w struct {
		Action string
		Fields map[string]any
	}
	if err == nil {
		err = json.Unmarshal(raw, &w)
	}
	if err != nil {
		return err.Error()
	}
	out := w.Action
	for _, k := range slices.Sorted(maps.Keys(w.Fields)) {
		if k != "room" && k != "reply_to" {
			out += " " + k + "=" + fieldText(k, w.Fields[k])
		}
	}
	return out
}

func fieldText(name string, v any) string {
	switch v := v.(type) {
	case map[string]any:
		if who, ok := v["name"]; ok { // a user
			return fmt.Sprint(who)
		}
		text, _ := json.Marshal(v) // it came from JSON
		return string(text)
	case float64:
		if name == "length" || name == "interval" {
			return time.Duration(v).String()
		}
	}
	return fmt.Sprint(v)
}
