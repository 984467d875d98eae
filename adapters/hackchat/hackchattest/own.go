package hackchattest

import (
	"fmt"
	"slices"
	"strings"
)

// OwnerPassword is that of the owner of channels made with [Server.Own].
const OwnerPassword = "owner-pass"

// estate is what a channel with an owner has of its own.
type estate struct {
	owner  string           // trip
	levels map[string]int64 // by trip
	motd   string
	public bool
}

// Own gives a channel to who has [OwnerPassword]. An empty motd is a random one.
func (s *Server) Own(channel, motd string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.estates[channel] = &estate{owner: trip(OwnerPassword), levels: map[string]int64{}, motd: motd}
}

// rank is the level a trip has in a channel.
func (s *Server) rank(channel, trip string) int64 {
	level := int64(levelDefault)
	if s.modTrips[trip] {
		level = levelMod
	}
	e := s.estates[channel]
	if e == nil || trip == "" {
		return level
	}
	if own, ok := e.levels[trip]; ok {
		return own
	}
	if e.owner == trip {
		return levelOwner
	}
	return level
}

// dress gives the client the looks of its level.
func (p *Peer) dress() {
	p.flair = ""
	looks, ok := map[int64]struct{ color, flair string }{
		levelAdmin: {"d73737", "🌟"}, levelMod: {"1fad83", "⭐"}, levelOwner: {"dd8800", "👑"}, levelChanMod: {"2fa1ee", "💫"},
	}[p.level]
	switch {
	case p.gen() > Gen2025:
	case ok:
		p.color, p.flair = looks.color, looks.flair
	default:
		p.color = fmt.Sprintf("%06x", p.srv.randomInt(1<<24))
	}
}

// looks tells a channel about a change of a member.
func (p *Peer) looks() {
	p.broadcast(merge(p.describe(), p.online(), m{"cmd": "updateUser", "channel": p.channel}))
}

func (p *Peer) motd() string {
	if e := p.srv.estates[p.channel]; e != nil && e.motd != "" {
		return e.motd
	}
	return motd
}

// owns refuses who has no trip; the estate is nil if the channel has none.
func (p *Peer) owns() (*estate, bool) {
	if p.trip == "" {
		p.warn(15, "Failed to run command: You must have a trip code to do this.", p.where())
		return nil, false
	}
	return p.srv.estates[p.channel], true
}

func (p *Peer) cmdSetMOTD(f m) {
	text, _ := f["motd"].(string)
	e := p.srv.estates[p.channel]
	if !p.charged(6) || e == nil || utf16Len(text) > 499 {
		return
	}
	e.motd = text
	for _, r := range p.srv.roomMods(p.channel) {
		r.info(1111, fmt.Sprintf("MOTD changed by [%s]%s, new motd:", p.trip, p.nick), p.channel)
		r.info(1304, text, p.channel)
	}
}

func (p *Peer) cmdSetLevel(f m) {
	who, _ := f["trip"].(string)
	name, _ := f["level"].(string)
	const failed = "Failed to set level: "
	if len(who) != 6 {
		p.warn(121, failed+"Invalid trip. Refer to `/help setlevel` for instructions on how to use this command.", p.where())
		return
	}
	var names []string
	level := int64(-1)
	for _, l := range labels {
		names = append(names, l.name)
		if l.name == name {
			level = l.level
		}
	}
	switch {
	case level < 0:
		p.warn(122, failed+"Invalid level label; choices are case sensitive: "+strings.Join(names, ", "), p.where())
		return
	case level >= p.level:
		p.warn(125, failed+"New level may not be the same or greater than your own.", p.where())
		return
	}
	if e := p.srv.estates[p.channel]; e != nil {
		e.levels[who] = level
	}
	for _, q := range p.srv.in(p.channel) {
		if q.trip == who {
			q.level = level
			q.dress()
			q.looks()
		}
	}
	for _, r := range p.srv.in(p.channel) {
		r.info(1111, fmt.Sprintf(`Changed permission level of "%s" to "%s"`, who, name), p.channel)
	}
}

// puzzle puts a captcha before an owner's command; the next line said is the answer.
func (p *Peer) puzzle(what string, done func(*estate)) {
	p.warn(21, "Enter the following to "+what+" (case-sensitive):", p.where())
	p.tell(m{"cmd": "captcha", "channel": p.channel, "text": "  #  \n # # \n#   #"})
	p.answer = func(text string) {
		if text != CaptchaAnswer {
			p.charge(7)
			p.cut(0)
			return
		}
		if e := p.srv.estates[p.channel]; e != nil {
			done(e)
		}
	}
}

func (p *Peer) cmdMakePublic(m) {
	switch e, ok := p.owns(); {
	case !ok:
	case e == nil || p.level < levelOwner:
		p.warn(91, "Failed to make channel public: You may not do that", p.where())
	default:
		p.puzzle("make channel public", func(e *estate) {
			e.public = true
			p.info(1110, "Channel is now public", p.where())
		})
	}
}

func (p *Peer) cmdMakePrivate(m) {
	switch e, ok := p.owns(); {
	case !ok:
	case e == nil || p.level < levelOwner:
		p.warn(91, "Failed to make channel private: You may not do that", p.where())
	case !e.public:
		p.warn(92, "Failed to make channel private: This channel is already private", p.where())
	default:
		e.public = false
		p.info(1110, "Channel is now private", p.where())
	}
}

func (p *Peer) cmdRenewClaim(m) {
	switch e, ok := p.owns(); {
	case !ok:
	case e == nil || p.level < levelOwner:
		p.warn(112, "Failed to renew ownership: You may not do that", p.where())
	default:
		p.puzzle("renew ownership", func(*estate) { p.info(1110, "Channel ownership has been renewed", p.where()) })
	}
}

func (p *Peer) cmdClaim(m) {
	if _, ok := p.owns(); !ok {
		return
	}
	if p.level >= levelMod {
		p.warn(81, "Failed to claim ownership: Global moderators may not own channels", p.where())
		return
	}
	p.warn(18, "You must connect a wallet first", p.where())
}

func (p *Peer) cmdUnclaim(m) {
	switch e, ok := p.owns(); {
	case !ok:
		return
	case e == nil:
		p.warn(141, "Failed to release ownership: That which is not owned may not be unowned, and with strange aeons. . .", p.where())
		return
	case p.level < levelOwner:
		p.warn(142, "Failed to release ownership: You may not do that", p.where())
		return
	}
	delete(p.srv.estates, p.channel)
	room := p.srv.in(p.channel)
	for _, q := range room {
		q.info(1111, "Channel ownership has been removed and the channel settings have been reset", p.channel)
		q.level = p.srv.rank(p.channel, q.trip)
		q.dress()
	}
	for _, q := range room { // the real one tells everybody of everybody
		q.looks()
	}
}

// Administration.

func (p *Peer) cmdAddMod(f m) {
	who, _ := f["trip"].(string)
	p.srv.modTrips[who] = true
	for _, q := range slices.Clone(p.srv.peers) {
		if q.trip != who || q.channel == "" {
			continue
		}
		q.level = levelMod
		q.info(1101, "You are now a mod.", q.channel)
		if p.gen() != Gen2018 {
			q.looks() // as it was until now
			q.dress()
		}
	}
	p.info(1102, "Added mod trip: "+who+", remember to run 'saveconfig' to make it permanent", p.where())
	p.tellMods(1103, "Added mod: "+who)
}

func (p *Peer) cmdRemoveMod(f m) {
	who, _ := f["trip"].(string)
	delete(p.srv.modTrips, who)
	if p.gen() == Gen2018 {
		p.warn(14, "Failed to execute 'removemod': ReferenceError: newMod is not defined", nil)
		return
	}
	for _, q := range slices.Clone(p.srv.peers) {
		if q.trip != who || q.channel == "" {
			continue
		}
		q.level = p.srv.rank(q.channel, who)
		q.info(1107, "You are now a user.", q.channel)
		q.looks()
		q.dress()
	}
	p.info(1108, "Removed mod trip: "+who+", remember to run 'saveconfig' to make it permanent", p.where())
	p.tellMods(1109, "Removed mod: "+who)
}

func (p *Peer) cmdListUsers(m) {
	var channels []string
	users := 0
	for _, q := range p.srv.peers {
		if q.channel != "" && !slices.Contains(channels, q.channel) {
			channels = append(channels, q.channel)
		}
	}
	slices.Sort(channels)
	var b strings.Builder
	if p.gen() <= Gen2025 {
		b.WriteString("| Channel | Trip | Nick | Hash |\n| :--- | :--- | :--- | :--- |\n")
	}
	for i, c := range channels {
		var nicks []string
		for _, q := range p.srv.in(c) {
			users++
			nicks = append(nicks, q.nick)
			if p.gen() <= Gen2025 {
				fmt.Fprintf(&b, "| ?%s | %s | %s | %s |\n", c, q.trip, q.nick, hash(q.addr))
			}
		}
		if p.gen() > Gen2025 {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "?%s %s", c, strings.Join(nicks, ", "))
		}
	}
	if p.gen() <= Gen2025 {
		fmt.Fprintf(&b, "\n---\n**Total Channels:** %d\n**Total Users:** %d", len(channels), users)
	}
	p.info(1105, b.String(), p.where())
}

// tellStaff is tellMods, with the admin of the oldest servers.
func (p *Peer) tellStaff(id int, text string) {
	if p.gen() == Gen2018 {
		p.info(id, text, nil)
	}
	p.tellMods(id, text)
}

func (p *Peer) cmdReload(f m) {
	if p.gen() >= Gen2020 {
		p.tellStaff(1106, "Loaded 25 commands, 0 errors")
		return
	}
	text := "Reloaded 49 commands, no modules changed, 0 errors"
	if reason, _ := f["reason"].(string); reason != "" {
		text += ". Reason: " + reason
	}
	p.tellStaff(1106, text)
}

func (p *Peer) cmdSaveConfig(m) { p.tellStaff(1110, "Config saved!") }

func (p *Peer) cmdShout(f m) {
	for _, q := range p.srv.peers {
		q.info(1111, fmt.Sprintf("Server Notice: %v", f["text"]), false)
	}
}

// Looks of others, and tricks.

func (p *Peer) cmdForceColor(f m) {
	color, _ := f["color"].(string)
	if !colorPattern.MatchString(color) && color != "reset" {
		p.warn(151, "Invalid color! Color must be in hex value", p.where())
		return
	}
	q := p.target(f)
	if q == nil {
		p.noUser()
		return
	}
	if q.level >= levelMod {
		return
	}
	q.color = strings.ToUpper(strings.TrimPrefix(color, "#"))
	if q.color == "RESET" {
		q.color = ""
	}
	q.looks()
}

func (p *Peer) cmdForceFlair(f m) {
	flair, _ := f["flair"].(string)
	if utf16Len(flair) > 2 {
		p.warn(191, "Invalid flair", p.where())
		return
	}
	q := p.target(f)
	if q == nil {
		p.noUser()
		return
	}
	q.flair = flair
	q.looks()
}

func (p *Peer) cmdHack(f m) {
	lib, _ := f["lib"].(string)
	p.charge(4)
	q := p.target(f)
	switch {
	case p.level < levelChanMod:
		p.warn(211, "You must be using a trip code that is channelModerator or higher.", p.where())
	case !strings.HasPrefix(lib, "https://"):
		p.warn(214, "Your URL should start with https://", p.where())
	case q == nil:
		p.noUser()
	default:
		q.tell(m{"cmd": "hackAttempt", "channel": p.channel, "from": p.userid, "fromNick": p.nick, "lib": lib})
	}
}

// Wallets: nobody has one here.

func (p *Peer) cmdGetWallet(f m) {
	if q := p.target(f); q != nil {
		p.warn(19, "@"+q.nick+" has not connected a wallet", p.where())
		return
	}
	if nick, ok := f["nick"].(string); ok && p.srv.find(p.channel, nick) != nil {
		p.warn(19, "@"+nick+" has not connected a wallet", p.where())
		return
	}
	p.noUser()
}

func (p *Peer) cmdNoWallet(m) { p.warn(18, "You must connect a wallet first", p.where()) }

func (p *Peer) cmdDisconnectWallet(m) { p.warn(18, "No wallet currently connected", p.where()) }

func (p *Peer) cmdSignIn(f m) {
	p.tell(m{"cmd": "signMessage", "wallet": f["wallet"], "message": fmt.Sprintf("hack.chat wants you to sign in with your Solana account:\n%v", f["address"])})
}
