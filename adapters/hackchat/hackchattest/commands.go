package hackchattest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// command is one the server has.
type command struct {
	since    Generation // the generations count down: Gen2018 is the oldest
	until    Generation // Gen2026: still there
	required []string
	level    int64
	early    bool // works before a join
	limbo    bool // works in purgatory
	run      func(*Peer, m)
}

// on says whether a generation has the command.
func (c *command) on(g Generation) bool { return c.until <= g && g <= c.since }

var commands map[string]*command

var aliases = map[string]string{"mute": "dumb", "muzzle": "dumb", "unmute": "speak", "unmuzzle": "speak"}

// init breaks the cycle between the table and the commands that run others.
func init() {
	commands = map[string]*command{
		"join":           {since: Gen2018, early: true, run: (*Peer).cmdJoin},
		"session":        {since: Gen2020, early: true, run: (*Peer).cmdSession},
		"leave":          {since: Gen2026, early: true, limbo: true, run: (*Peer).cmdLeave},
		"chat":           {since: Gen2018, run: (*Peer).cmdChat},
		"emote":          {since: Gen2020, required: []string{"text"}, limbo: true, run: (*Peer).cmdEmote},
		"updateMessage":  {since: Gen2025, required: []string{"customId"}, run: (*Peer).cmdUpdate},
		"whisper":        {since: Gen2018, run: (*Peer).cmdWhisper},
		"invite":         {since: Gen2018, run: (*Peer).cmdInvite},
		"changenick":     {since: Gen2018, required: []string{"nick"}, run: (*Peer).cmdNick},
		"changecolor":    {since: Gen2020, required: []string{"color"}, limbo: true, run: (*Peer).cmdColor},
		"stats":          {since: Gen2018, limbo: true, run: (*Peer).cmdStats},
		"morestats":      {since: Gen2018, limbo: true, run: (*Peer).cmdMoreStats},
		"help":           {since: Gen2018, limbo: true, run: (*Peer).cmdHelp},
		"getchannels":    {since: Gen2025, early: true, limbo: true, run: (*Peer).cmdChannels},
		"ping":           {since: Gen2018, early: true, limbo: true, run: func(*Peer, m) {}},
		"disconnect":     {since: Gen2018, required: []string{"cmdKey"}, early: true, limbo: true, run: (*Peer).cmdInternal},
		"socketreply":    {since: Gen2018, required: []string{"cmdKey"}, early: true, limbo: true, run: (*Peer).cmdInternal},
		"move":           {since: Gen2018, until: Gen2020, required: []string{"channel"}, run: (*Peer).cmdMove},
		"moveuser":       {since: Gen2018, until: Gen2020, required: []string{"nick", "channel"}, level: levelMod, run: (*Peer).cmdMoveUser},
		"kick":           {since: Gen2018, limbo: true, run: (*Peer).cmdKick},
		"ban":            {since: Gen2018, level: levelMod, limbo: true, run: (*Peer).cmdBan},
		"unban":          {since: Gen2018, level: levelMod, limbo: true, run: (*Peer).cmdUnban},
		"unbanall":       {since: Gen2018, level: levelMod, limbo: true, run: (*Peer).cmdUnbanAll},
		"dumb":           {since: Gen2018, level: levelMod, limbo: true, run: (*Peer).cmdDumb},
		"speak":          {since: Gen2018, level: levelMod, limbo: true, run: (*Peer).cmdSpeak},
		"lockroom":       {since: Gen2025, level: levelChanMod, limbo: true, run: (*Peer).cmdLock},
		"unlockroom":     {since: Gen2025, level: levelChanMod, limbo: true, run: (*Peer).cmdUnlock},
		"enablecaptcha":  {since: Gen2025, level: levelMod, limbo: true, run: (*Peer).cmdGuard},
		"disablecaptcha": {since: Gen2025, level: levelMod, limbo: true, run: (*Peer).cmdUnguard},
		"forcecolor":     {since: Gen2020, required: []string{"color"}, level: levelMod, limbo: true, run: (*Peer).cmdForceColor},
		"forceflair":     {since: Gen2025, required: []string{"flair"}, level: levelMod, limbo: true, run: (*Peer).cmdForceFlair},
		"hack":           {since: Gen2025, required: []string{"lib"}, limbo: true, run: (*Peer).cmdHack},

		"setmotd":        {since: Gen2025, required: []string{"motd"}, level: levelChanMod, run: (*Peer).cmdSetMOTD},
		"setlevel":       {since: Gen2025, required: []string{"trip", "level"}, level: levelChanMod, run: (*Peer).cmdSetLevel},
		"makepublic":     {since: Gen2025, run: (*Peer).cmdMakePublic},
		"makeprivate":    {since: Gen2025, run: (*Peer).cmdMakePrivate},
		"renewclaim":     {since: Gen2025, run: (*Peer).cmdRenewClaim},
		"claimchannel":   {since: Gen2025, run: (*Peer).cmdClaim},
		"unclaimchannel": {since: Gen2025, run: (*Peer).cmdUnclaim},

		"addmod":     {since: Gen2018, required: []string{"trip"}, level: levelAdmin, limbo: true, run: (*Peer).cmdAddMod},
		"removemod":  {since: Gen2018, required: []string{"trip"}, level: levelAdmin, limbo: true, run: (*Peer).cmdRemoveMod},
		"listusers":  {since: Gen2018, level: levelAdmin, limbo: true, run: (*Peer).cmdListUsers},
		"reload":     {since: Gen2018, level: levelAdmin, limbo: true, run: (*Peer).cmdReload},
		"saveconfig": {since: Gen2018, level: levelAdmin, limbo: true, run: (*Peer).cmdSaveConfig},
		"shout":      {since: Gen2018, required: []string{"text"}, level: levelAdmin, limbo: true, run: (*Peer).cmdShout},

		"siw":              {since: Gen2026, required: []string{"address", "wallet"}, run: (*Peer).cmdSignIn},
		"signsiw":          {since: Gen2026, run: func(*Peer, m) {}},
		"getwallet":        {since: Gen2026, run: (*Peer).cmdGetWallet},
		"disconnectwallet": {since: Gen2026, run: (*Peer).cmdDisconnectWallet},
		"relaytx":          {since: Gen2026, run: (*Peer).cmdNoWallet},
		"sendsol":          {since: Gen2026, run: (*Peer).cmdNoWallet},
	}
	for alias, name := range aliases {
		commands[alias] = commands[name]
	}
}

const tooMuch = "You are sending too much text. Wait a moment and try again.\nPress the up arrow key to restore your last message."

// charged is charge with the usual refusal.
func (p *Peer) charged(cost float64) bool {
	if p.charge(cost) {
		return true
	}
	p.warn(11, tooMuch, p.where())
	return false
}

func (p *Peer) cmdChat(f m) {
	text, ok := f["text"].(string)
	if !ok {
		return
	}
	if answer := p.answer; answer != nil {
		p.answer = nil
		answer(text)
		return
	}
	if strings.HasPrefix(text, "/") {
		if text, ok = p.slash(text); !ok {
			return
		}
	}
	text = parseText(text)
	if text == "" {
		p.charge(13)
		return
	}
	id, has := f["customId"]
	custom, isText := id.(string)
	if p.gen() > Gen2025 { // older servers do not know it
		custom, has = "", false
	}
	if has && (!isText || utf16Len(custom) > 6) {
		p.charge(13)
		return
	}
	allies, muted := p.srv.muted[p.addr]
	if muted {
		p.charge(9)
	}
	if !p.charged(lengthCost(text)) {
		return
	}
	p.srv.counts.messages++
	frame := p.chatFrame(text)
	if !p.played && p.srv.opts.Watch == nil {
		p.srv.lines[p.channel] = append(p.srv.lines[p.channel], text)
	}
	if muted {
		for _, q := range p.srv.in(p.channel) {
			if q.addr == p.addr || slices.Contains(allies, q.nick) {
				q.tell(frame)
			}
		}
		return
	}
	if custom != "" {
		frame["customId"] = custom
		p.srv.edits[editKey(p.userid, custom)] = time.Now()
	}
	if p.gen() == Gen2026 {
		frame["id"] = 1 + p.srv.randomInt(999999)
	}
	p.broadcast(frame)
}

func (p *Peer) chatFrame(text string) m {
	f := merge(m{"cmd": "chat", "nick": p.nick, "text": text}, p.flags())
	if p.trip != "" {
		f["trip"] = p.trip
	}
	if p.gen() == Gen2018 {
		return f
	}
	f = merge(f, m{"uType": p.uType(), "userid": p.userid, "channel": p.channel, "level": p.level})
	if p.gen() <= Gen2025 {
		f["flair"] = orFalse(p.flair)
	}
	if p.color != "" {
		f["color"] = p.color
	}
	return f
}

func (p *Peer) broadcast(f m) {
	for _, q := range p.srv.in(p.channel) {
		q.tell(f)
	}
}

func editKey(userid int64, custom string) string { return fmt.Sprintf("%d/%s", userid, custom) }

func (p *Peer) cmdEmote(f m) {
	text, _ := f["text"].(string)
	if text = parseText(text); text == "" {
		p.charge(8)
		return
	}
	if !p.charged(lengthCost(text)) {
		return
	}
	if !strings.HasPrefix(text, "'") {
		text = " " + text
	}
	frame := m{"cmd": "emote", "nick": p.nick, "userid": p.userid, "text": "@" + p.nick + text, "channel": p.channel}
	if p.trip != "" {
		frame["trip"] = p.trip
	}
	p.broadcast(frame)
}

func (p *Peer) cmdUpdate(f m) {
	mode, has := f["mode"].(string)
	if !has {
		mode = "overwrite"
	}
	if _, ok := f["text"]; !ok {
		p.warn(14, "Failed to execute 'updateMessage': missing required text\n\n", false)
		return
	}
	custom, okID := f["customId"].(string)
	text, okText := f["text"].(string)
	text = parseText(text)
	if mode == "overwrite" && okText && text == "" {
		text = "\x00"
	}
	known := slices.Contains([]string{"overwrite", "append", "prepend", "complete"}, mode)
	if !okID || !okText || !known || text == "" || utf16Len(custom) > 6 {
		p.charge(13)
		return
	}
	if !p.charged(lengthCost(text)) {
		return
	}
	at, ok := p.srv.edits[editKey(p.userid, custom)]
	if !ok || time.Since(at) > 5*time.Minute {
		p.charge(6)
		return
	}
	p.broadcast(merge(m{"cmd": "updateMessage", "userid": p.userid, "channel": p.channel, "level": p.level,
		"mode": mode, "text": text, "customId": custom}, p.flags()))
}

// target finds whom a command means: by nick, or for protocol 2 by userid and channel.
func (p *Peer) target(f m) *Peer {
	if id, ok := f["userid"].(float64); ok {
		channel, _ := f["channel"].(string)
		for _, q := range p.srv.in(channel) {
			if q.userid == int64(id) {
				return q
			}
		}
		return nil
	}
	nick, _ := f["nick"].(string)
	channel := p.channel
	if p.p2 {
		channel, _ = f["channel"].(string)
	}
	return p.srv.find(channel, nick)
}

func (p *Peer) noUser() {
	if p.gen() == Gen2018 {
		p.warn(12, "Could not find user in channel", nil)
		return
	}
	p.warn(12, "Could not find user in that channel", p.where())
}

func (p *Peer) cmdWhisper(f m) {
	for _, field := range []string{"nick", "text"} {
		if _, ok := f[field]; !ok {
			p.warn(14, "Failed to execute 'whisper': missing required "+field+"\n\n", false)
			return
		}
	}
	text, _ := f["text"].(string)
	if text = parseText(text); text == "" {
		p.charge(13)
		return
	}
	if !p.charged(lengthCost(text)) {
		return
	}
	q := p.target(f)
	if q == nil {
		p.noUser()
		return
	}
	if _, muted := p.srv.muted[p.addr]; !muted || p.gen() == Gen2018 {
		q.reply = p.nick
		q.tell(p.whisperTo(q, q, text, true))
	}
	p.tell(p.whisperTo(q, p, text, false))
}

// whisperTo is what the reader sees of a whisper from p to q.
func (p *Peer) whisperTo(q, reader *Peer, text string, incoming bool) m {
	if reader.p2 {
		return m{"cmd": "whisper", "channel": p.channel, "from": p.userid, "to": q.userid, "text": text}
	}
	f := m{"cmd": "info", "type": "whisper"}
	if p.gen() != Gen2018 {
		f["channel"], f["to"] = p.channel, q.userid
	}
	if incoming {
		f["from"], f["text"], f["trip"] = p.nick, p.nick+" whispered: "+text, p.trip
		if p.trip == "" {
			f["trip"] = "null"
		}
		return f
	}
	if p.gen() != Gen2018 {
		f["from"] = p.userid
	}
	f["text"] = "You whispered to @" + q.nick + ": " + text
	return f
}

func (p *Peer) cmdInvite(f m) {
	if !p.charge(2) {
		p.warn(51, "You are sending invites too fast. Wait a moment before trying again.", p.where())
		return
	}
	if _, ok := f["userid"]; p.p2 && !ok {
		return
	}
	if _, ok := f["nick"]; !p.p2 && !ok {
		return
	}
	q := p.target(f)
	if q == nil {
		p.noUser()
		return
	}
	to, _ := f["to"].(string)
	if to == "" || p.gen() == Gen2018 {
		to = p.srv.randomName(8)
	}
	p.srv.counts.invites++
	if _, muted := p.srv.muted[p.addr]; !muted {
		q.tell(p.inviteTo(q, q, to, true))
	}
	p.tell(p.inviteTo(q, p, to, false))
}

func (p *Peer) inviteTo(q, reader *Peer, to string, incoming bool) m {
	text := "You invited " + q.nick + " to ?" + to
	from := ""
	if incoming {
		text, from = p.nick+" invited you to ?"+to, p.nick
	}
	switch {
	case p.gen() == Gen2018 && incoming:
		return m{"cmd": "info", "invite": to, "text": text}
	case p.gen() == Gen2018:
		return m{"cmd": "info", "text": text}
	case reader.p2:
		return m{"cmd": "invite", "channel": p.channel, "from": p.userid, "to": q.userid, "inviteChannel": to}
	}
	return m{"cmd": "info", "channel": p.channel, "from": from, "to": q.userid, "inviteChannel": to, "type": "invite", "text": text}
}

const badNick = "Nickname must consist of up to 24 letters, numbers, and underscores"

func (p *Peer) cmdNick(f m) {
	nick, ok := f["nick"].(string)
	if !ok {
		return
	}
	if !p.charge(6) {
		p.warn(11, "You are changing nicknames too fast. Wait a moment before trying again.", p.where())
		return
	}
	if !nickPattern.MatchString(nick) {
		p.warn(32, badNick, p.where())
		return
	}
	if p.gen() == Gen2018 && strings.EqualFold(nick, adminNick) {
		p.warn(0, "You are not the admin, liar!", nil)
		return
	}
	if p.taken(nick) {
		p.warn(34, "Nickname taken", p.where())
		return
	}
	p.rename(nick)
}

// taken is about other people's nicks, and about one's own as it is.
func (p *Peer) taken(nick string) bool {
	return nick == p.nick || slices.ContainsFunc(p.srv.in(p.channel), func(q *Peer) bool {
		return q != p && strings.EqualFold(q.nick, nick)
	})
}

func (p *Peer) rename(nick string) {
	old := p.nick
	gone := p.removal(p.channel, false)
	p.nick = nick
	fresh := merge(p.describe(), p.online(), m{"cmd": "onlineAdd", "channel": p.channel})
	for _, q := range p.srv.in(p.channel) {
		switch {
		case p.gen() == Gen2018:
			q.tell(gone)
			q.tell(p.oldAdd())
		case q.p2:
			q.tell(merge(fresh, m{"cmd": "updateUser"}))
		default:
			q.tell(gone)
			q.tell(fresh)
		}
	}
	for _, q := range p.srv.in(p.channel) {
		q.info(1301, old+" is now "+nick, p.channel)
	}
}

var colorPattern = regexp.MustCompile(`(?i)^#?([0-9a-f]{6}|[0-9a-f]{3})$`)

func (p *Peer) cmdColor(f m) {
	color, ok := f["color"].(string)
	if !ok {
		return
	}
	if !p.charge(1) {
		p.warn(11, "You are changing colors too fast. Wait a moment before trying again.", p.where())
		return
	}
	if !colorPattern.MatchString(color) && color != "reset" {
		p.warn(151, "Invalid color! Color must be in hex value", p.where())
		return
	}
	color = strings.ToUpper(strings.TrimPrefix(color, "#"))
	if color == "RESET" {
		color = ""
	}
	if color == p.color {
		return
	}
	p.color = color
	p.broadcast(merge(p.describe(), p.online(), m{"cmd": "updateUser", "channel": p.channel}))
	if p.gen() == Gen2026 {
		p.tellSession(false)
	}
}
