package dispatch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"botd/engine"
)

// Prefixes say what a line must begin with to be a command.
type Prefixes struct {
	Default string // "" for none: then only the bot's name will do
	// Rooms have their own; the first that matches counts.
	Rooms []RoomPrefix
}

// RoomPrefix is the prefix of some rooms.
type RoomPrefix struct {
	Rooms  engine.RoomGlob
	Prefix string
}

func (p *Prefixes) of(ev *engine.Event) string { return p.Of(ev.Session, ev.Room) }

// Of is what commands begin with in a room, "" if only the bot's name will do.
func (p *Prefixes) Of(s engine.SessionID, room engine.Room) string {
	for _, r := range p.Rooms {
		if r.Rooms.Match(s, room) {
			return r.Prefix
		}
	}
	return p.Default
}

// Prepared is an event with all that is worked out once for all scripts.
type Prepared struct {
	Event *engine.Event
	Kind  engine.Kind
	Text  string // of a message and other kinds that have one
	// Command is the command word in lower case, without prefix; "" if the event is
	// none. Args is the rest of the text, trimmed.
	Command, Args string
	// Prefix is what a command begins with in the room: "!", or "@name " if only the bot's
	// name will do. It is set if Command is.
	Prefix string
	// Addressed tells that the bot was called by its name, or told in private.
	Addressed  bool
	MentionsMe bool
	// Had reports whether a script is to be left out because it has acted on the event
	// before; nil if none is.
	Had func(script string) bool

	bit     uint64
	private bool
}

// Prepare works out what an event means to a bot that is called me in its room.
// Commands are messages that begin with the prefix or with the bot's name ("botd:
// ping", "@botd ping"), in public or private, unless they are emotes, from the bot
// itself or from before it came.
func Prepare(ev *engine.Event, me engine.User, prefixes *Prefixes) Prepared {
	p := prepared(ev)
	m, ok := ev.Body.(engine.Message)
	if !ok || ev.Self {
		return p
	}
	p.MentionsMe = m.MentionsMe || mentions(m.Text, me.Name) || me.Display != me.Name && mentions(m.Text, me.Display)
	if !m.Emote && !ev.History {
		prefix := prefixes.of(ev)
		p.Command, p.Args, p.Addressed = parse(m.Text, prefix, me)
		if p.Command != "" {
			p.Addressed = p.Addressed || m.Private
			p.Prefix = prefix
			if prefix == "" {
				p.Prefix = "@" + me.Name + " "
			}
		}
	}
	return p
}

// Found is what Prepare found in an event.
type Found struct {
	Command, Args, Prefix string
	Addressed, MentionsMe bool
}

// Found is what [Restore] needs besides the event.
func (p *Prepared) Found() Found {
	return Found{p.Command, p.Args, p.Prefix, p.Addressed, p.MentionsMe}
}

// Restore makes again what Prepare made in another process.
func Restore(ev *engine.Event, f Found) Prepared {
	p := prepared(ev)
	p.Command, p.Args, p.Prefix, p.Addressed, p.MentionsMe = f.Command, f.Args, f.Prefix, f.Addressed, f.MentionsMe
	return p
}

// prepared works out what does not depend on who the bot is.
func prepared(ev *engine.Event) Prepared {
	p := Prepared{Event: ev, Kind: ev.Kind()}
	p.bit = bitOf(ev.Body, p.Kind)
	p.Text, _ = textOf(ev.Body)
	if m, ok := ev.Body.(engine.Message); ok {
		p.private = m.Private
	}
	return p
}

// parse splits a command line; word is "" if the text is none. named tells that it began
// with the bot's name.
func parse(text, prefix string, me engine.User) (word, args string, named bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || prefix == "" {
		named = true
		if rest, ok = cutName(text, me.Name); !ok {
			rest, ok = cutName(text, me.Display)
		}
		if !ok {
			return "", "", false
		}
		rest = strings.TrimPrefix(strings.TrimSpace(rest), prefix)
	}
	end := strings.IndexFunc(rest, unicode.IsSpace)
	switch end {
	case 0:
		return "", "", false
	case -1:
		end = len(rest)
	}
	return strings.ToLower(rest[:end]), strings.TrimSpace(rest[end:]), named
}

// cutName cuts "name:", "name," or "@name " off the front of a text, in any case.
func cutName(text, name string) (rest string, ok bool) {
	text, at := strings.CutPrefix(text, "@")
	if name == "" || !foldPrefix(text, name) {
		return "", false
	}
	rest = text[len(name):]
	switch {
	case strings.HasPrefix(rest, ":"), strings.HasPrefix(rest, ","):
		return rest[1:], true
	case at && rest != "":
		r, _ := utf8.DecodeRuneInString(rest)
		return rest, unicode.IsSpace(r)
	}
	return "", false
}

// foldPrefix ignores those few characters whose cases differ in length.
func foldPrefix(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// mentions reports whether the text has the name as a whole word, in any case. It is
// asked for every line of chat, so it looks at bytes until one may begin the name.
func mentions(text, name string) bool {
	if name == "" {
		return false
	}
	first := name[0] | 0x20 // ASCII letters alike in both cases
	for i := 0; i+len(name) <= len(text); i++ {
		if b := text[i]; b|0x20 != first && (b < utf8.RuneSelf || first < utf8.RuneSelf) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(name):])
		if !isWord(before) && !isWord(after) && foldPrefix(text[i:], name) {
			return true
		}
	}
	return false
}

// isWord is false for utf8.RuneError, which stands for the ends of the text.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
