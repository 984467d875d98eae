package hackchattest

import (
	"strings"
)

// slash runs a line that begins with a slash. It returns the text to say and true if
// there is one.
func (p *Peer) slash(text string) (string, bool) {
	if p.gen() == Gen2018 {
		if rest, ok := strings.CutPrefix(text, "/me "); ok {
			p.broadcast(m{"cmd": "info", "type": "emote", "text": "@" + p.nick + " " + rest})
			return "", false
		}
		return text, true
	}
	if strings.HasPrefix(text, "//") {
		return text[1:], true
	}
	if rest, ok := strings.CutPrefix(text, "/shrug"); ok {
		return `¯\\\_(ツ)\_/¯` + rest, true
	}
	p.slashCommand(text)
	return "", false
}

// slashCommand runs a line of which nothing is said as it is.
func (p *Peer) slashCommand(text string) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "/myhash":
		p.info(1302, "Your hash: "+hash(p.addr), p.where())
	case "/me":
		if rest == "" {
			p.warn(16, "Unknown command: "+text, p.where())
			break
		}
		p.cmdEmote(m{"text": rest})
	case "/whisper", "/w":
		nick, said, ok := strings.Cut(rest, " ")
		if !ok {
			p.warn(171, "Refer to `/help whisper` for instructions on how to use this command.", p.where())
			break
		}
		p.cmdWhisper(m{"nick": strings.TrimPrefix(nick, "@"), "channel": p.channel, "text": said})
	case "/reply", "/r":
		if p.reply == "" {
			p.warn(172, "Cannot reply to nobody", p.where())
			break
		}
		p.cmdWhisper(m{"nick": p.reply, "channel": p.channel, "text": rest})
	case "/nick":
		p.cmdNick(m{"nick": strings.TrimPrefix(rest, "@")})
		if rest == "" {
			p.warn(14, "Hook failure, 'in', 'chat': TypeError: Cannot read properties of undefined (reading 'text')", false)
		}
	case "/color":
		p.cmdColor(m{"color": rest})
	case "/stats":
		p.cmdMoreStats(nil)
	case "/help":
		p.cmdHelp(m{"command": rest})
	case "/leave":
		p.command("leave", m{"channel": p.channel})
	case "/kick":
		p.command("kick", m{"nick": strings.TrimPrefix(rest, "@")})
	case "/forcecolor", "/forceflair":
		nick, look, _ := strings.Cut(rest, " ")
		p.command(word[1:], m{"nick": strings.TrimPrefix(nick, "@"), "channel": p.channel, "color": look, "flair": look})
	case "/lockroom":
		f := m{}
		if rest != "" {
			f["level"] = rest
		}
		p.command("lockroom", f)
	case "/unlockroom":
		p.command("unlockroom", m{})
	default:
		p.warn(16, "Unknown command: "+text, p.where())
	}
}
