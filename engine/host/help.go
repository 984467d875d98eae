package host

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/config"
	"botd/engine/dispatch"
	"botd/engine/facts"
	"botd/engine/nearest"
	knowledge "botd/engine/people"
)

// people is what the daemon keeps about those who talk to the bot.
type people struct {
	commands  atomic.Pointer[config.Commands]
	cooldowns *facts.Book // from Run on
	questions dispatch.Questions
	known     atomic.Pointer[knowledge.Book] // from Run on
}

// ownName is the name under which the daemon itself answers people.
const ownName = "botd"

// ownCommands are the commands of the daemon itself, by their names. A script that has a
// command of the same name answers in its place.
func (h *Host) ownCommand(name string) func(p *dispatch.Prepared) {
	switch c := h.commands.Load(); {
	case name == "help" && c.Help:
		return h.help
	case name == "link" && c.Link:
		return h.link
	case name == "unlink" && c.Link:
		return h.unlink
	}
	return nil
}

// isCommand reports whether somebody answers a command line, a script or the daemon.
func (h *Host) isCommand(p *dispatch.Prepared) bool {
	return h.scripts.Tables().Answers(p) || h.ownCommand(p.Command) != nil
}

// answer deals with a command line that no script answers.
func (h *Host) answer(p *dispatch.Prepared) {
	if p.Event.User.IsBot || h.scripts.Tables().Answers(p) {
		return
	}
	if own := h.ownCommand(p.Command); own != nil {
		own(p)
		return
	}
	if h.contests.Takes(p.Event.Path(), p.Command) {
		return
	}
	h.suggest(p)
}

// reply answers in private what was said in private.
func (h *Host) reply(p *dispatch.Prepared, text string) {
	ev := p.Event
	m, _ := ev.Body.(engine.Message)
	var a engine.Action = engine.Say{Room: ev.Room.ID, Text: text, ReplyTo: m.ID}
	if m.Private {
		a = engine.Whisper{Room: ev.Room.ID, User: ev.User.Ref(), Text: text}
	}
	h.gate.Do(actions.Request{Origin: actions.Origin{Script: ownName, Event: ev.ID}, Session: ev.Session, Action: a}, nil)
}

// help answers !help and !help NAME: of what the user may use where they ask.
func (h *Host) help(p *dispatch.Prepared) {
	list := h.offered(p)
	name := strings.TrimPrefix(p.Args, strings.TrimSpace(p.Prefix))
	if name == "" {
		h.reply(p, overview(p.Prefix, list))
		return
	}
	for _, s := range list {
		if slices.Contains(s.Commands, strings.ToLower(name)) {
			h.reply(p, describe(p.Prefix, s))
			return
		}
	}
	text := "There is no command " + p.Prefix + clip(name) + " here"
	if near, ok := nearest.Name(name, commandNames(list)); ok {
		text += ", did you mean " + p.Prefix + near + "?"
	}
	h.reply(p, text)
}

// offered are the commands of scripts, and those of the daemon that they leave to it.
func (h *Host) offered(p *dispatch.Prepared) []*dispatch.Sub {
	list := h.scripts.Tables().Offered(p)
	if _, known := knowledge.Key(p.Event.Session, &p.Event.User); known && h.ownCommand("link") != nil {
		list = append(list, linkCommands...) // who has no account can link none
	}
	return list
}

func overview(prefix string, list []*dispatch.Sub) string {
	var names []string
	for _, s := range list {
		if !s.About.Hidden {
			names = append(names, prefix+s.Commands[0])
		}
	}
	if len(names) == 0 {
		return "There are no commands here."
	}
	slices.Sort(names)
	return "Commands: " + strings.Join(slices.Compact(names), ", ") + ". " + prefix + "help NAME tells more about one."
}

// describe is a command in full: "!roll [dice=1d6]: rolls dice. Example: !roll 2d6".
func describe(prefix string, s *dispatch.Sub) string {
	text := prefix + s.Commands[0]
	if s.About.Usage != "" {
		text += " " + s.About.Usage
	}
	if s.About.Help != "" {
		text += ": " + strings.TrimSuffix(s.About.Help, ".")
	}
	text += "."
	if len(s.About.Examples) > 0 {
		text += " Example: " + strings.Join(s.About.Examples, " or ")
	}
	if len(s.Commands) > 1 {
		text += " (also " + prefix + strings.Join(s.Commands[1:], ", "+prefix) + ")"
	}
	return text
}

// commandNames are those people may be told of.
func commandNames(list []*dispatch.Sub) []string {
	names := []string{"help"}
	for _, s := range list {
		if !s.About.Hidden {
			names = append(names, s.Commands...)
		}
	}
	return names
}

// politePause keeps two programs that do not know each other's commands from talking for
// ever.
const politePause = 3 * time.Second

// suggest tells somebody which command they may have meant. Other bots listen to the
// same prefixes, so unless the configuration says otherwise the bot speaks up only when
// it was addressed itself.
func (h *Host) suggest(p *dispatch.Prepared) {
	switch mode := h.commands.Load().Suggest; {
	case mode == config.SuggestNever, mode == config.SuggestAddressed && !p.Addressed:
		return
	}
	near, ok := nearest.Name(p.Command, commandNames(h.offered(p)))
	if !ok || near == p.Command {
		return
	}
	ev := p.Event
	if h.cooldowns.Hold(facts.Hold{Key: facts.Key(ownName, "suggest", string(ev.Path())), For: politePause}) > 0 {
		return
	}
	h.reply(p, "There is no command "+p.Prefix+clip(p.Command)+", did you mean "+p.Prefix+near+"?")
}

// clip shortens what somebody wrote.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
