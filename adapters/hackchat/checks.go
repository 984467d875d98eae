package hackchat

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// The plans of commands: what each checks before it is sent, and what will answer it.

func (l *link) callChat(inv *invocation) error {
	given := inv.str("text")
	if err := inv.text(); err != nil {
		return err
	}
	if strings.HasPrefix(given, "/") && escape(given, l.gen) != given {
		inv.pending.unanswered = true // it may become anything, or nothing
		return nil
	}
	if id, ok := inv.frame["customId"]; ok {
		inv.pending.id, _ = id.(string)
		return checkCustomID(inv.pending.id)
	}
	if l.gen >= gen2025 {
		inv.pending.id = l.nextID()
		inv.frame["customId"] = inv.pending.id
	}
	return nil
}

func checkCustomID(id string) error {
	if n := engine.UTF16.Count(id); n < 1 || n > 6 {
		return engine.Errorf(engine.Invalid, "customId %q is not 1 to 6 characters", id)
	}
	return nil
}

func (l *link) callEmote(inv *invocation) error { return inv.text() }

func (l *link) callUpdate(inv *invocation) error {
	p := inv.pending
	p.id, p.text = inv.str("customId"), clean(inv.str("text"))
	mode := inv.str("mode")
	switch {
	case mode != "" && !slices.Contains([]string{"overwrite", "append", "prepend", "complete"}, mode):
		return engine.Errorf(engine.Invalid, "mode %q is none of overwrite, append, prepend, complete", mode)
	case p.text == "" && mode != "" && mode != "overwrite":
		return engine.Errorf(engine.Invalid, "the text is empty")
	}
	if old := l.edits[messageID(l.me.UserID, p.id)]; old == nil || time.Since(old.at) > editTime {
		return engine.Errorf(engine.NotFound, "no message of the last %v has the customId %q", editTime, p.id)
	}
	return checkLength(p.text)
}

func (l *link) callWhisper(inv *invocation) error {
	if err := inv.text(); err != nil {
		return err
	}
	m, err := l.aim(inv)
	if err == nil && l.p2 {
		inv.frame["nick"] = m.Nick // must be there, too
	}
	return err
}

func (l *link) callInvite(inv *invocation) error {
	if to := inv.str("to"); to != "" {
		if err := checkChannel(engine.RoomID(to)); err != nil {
			return err
		}
	}
	_, err := l.aim(inv)
	return err
}

func (l *link) callNick(inv *invocation) error {
	nick := inv.str("nick")
	if err := checkNick(nick); err != nil {
		return err
	}
	if nick == l.me.Nick {
		inv.receipt = &engine.Receipt{Status: engine.Echoed}
		return nil
	}
	if m := l.roster.byFold(nick); m != nil && m != l.me {
		return engine.Errorf(engine.Conflict, "the nick %q is taken", nick)
	}
	inv.pending.nick = nick
	return nil
}

// colour brings the parameter color into the form the server tells it in.
func (inv *invocation) colour() (string, error) {
	given := inv.str("color")
	c := strings.ToUpper(strings.TrimPrefix(given, "#"))
	switch {
	case given == "reset":
		return "", nil
	case len(c) != 3 && len(c) != 6 || strings.Trim(c, "0123456789ABCDEF") != "":
		return "", engine.Errorf(engine.Invalid, "colour %q is not 3 or 6 hexadecimal digits, nor reset", given)
	}
	return c, nil
}

func (l *link) callColor(inv *invocation) error {
	c, err := inv.colour()
	if err == nil && c == string(l.me.Color) { // the server would say nothing
		inv.receipt = &engine.Receipt{Status: engine.Echoed}
	}
	return err
}

func (l *link) callForce(inv *invocation) error {
	m, err := l.aim(inv)
	if err != nil {
		return err
	}
	if inv.name == "forcecolor" {
		if m.level >= levelModerator {
			return engine.Errorf(engine.Denied, "%s is no ordinary user", m.Nick)
		}
		_, err = inv.colour()
		return err
	}
	if n := engine.UTF16.Count(inv.str("flair")); n > 2 {
		return engine.Errorf(engine.Invalid, "a flair has at most 2 UTF-16 units, this has %d", n)
	}
	return nil
}

func (l *link) callHack(inv *invocation) error {
	inv.pending.unanswered = true
	if lib := inv.str("lib"); !strings.HasPrefix(lib, "https://") || engine.UTF16.Count(lib) > 256 {
		return engine.Errorf(engine.Invalid, "lib is not an address with https:// of at most 256 characters")
	}
	_, err := l.aim(inv)
	return err
}

// callAgainst is a command against one user.
func (l *link) callAgainst(inv *invocation) error {
	inv.pending.unanswered = inv.name == "dumb" && l.untold()
	if to, ok := inv.frame["channel"].(string); ok {
		if err := checkChannel(engine.RoomID(to)); err != nil {
			return err
		}
	}
	m, err := l.aim(inv)
	if err != nil {
		return err
	}
	return l.outranks(m)
}

// untold: the server of 2018 tells its admin nothing of what moderators do.
func (l *link) untold() bool { return l.gen == gen2018 && l.me.level >= levelAdmin }

// outranks refuses what the server would.
func (l *link) outranks(m *member) error {
	if m.level >= l.me.level && m != l.me {
		return engine.Errorf(engine.Denied, "%s has the same rights as the bot, or more", m.Nick)
	}
	return nil
}

func (l *link) callKick(inv *invocation) error {
	if _, ok := inv.frame["to"]; ok && l.me.level < levelModerator {
		return engine.Errorf(engine.Unsupported, "only a moderator of the server can choose where a kicked user goes")
	}
	key := "nick"
	if inv.frame["userid"] != nil {
		key = "userid"
	}
	list, many := several(inv.frame[key])
	if !many {
		m, err := l.aim(inv)
		if err != nil {
			return err
		}
		return l.outranks(m)
	}
	var out []any
	for _, each := range list {
		one := &invocation{native: inv.native, frame: map[string]any{key: each}, pending: &pending{}}
		m, err := l.aim(one)
		if err != nil {
			return err
		}
		if err := l.outranks(m); err != nil {
			return err
		}
		if inv.pending.nick == "" {
			inv.pending.nick = m.Nick // the first stands for all
		}
		if l.p2 {
			out = append(out, one.frame["userid"])
		} else {
			out = append(out, one.frame["nick"])
		}
	}
	if len(out) == 0 {
		return engine.Errorf(engine.Invalid, "the list of whom to kick is empty")
	}
	delete(inv.frame, key)
	if l.p2 {
		inv.frame["userid"], inv.frame["channel"] = out, string(l.s.room)
	} else {
		inv.frame["nick"] = out
	}
	return nil
}

// several returns the elements of a parameter that is a list.
func several(v any) (list []any, many bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case []string:
		for _, s := range v {
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}

// callByHash is a command that lifts something, which the server ties to an address.
func (l *link) callByHash(inv *invocation) error {
	hash, ip := inv.str("hash"), inv.str("ip")
	switch {
	case (hash == "") == (ip == ""):
		return engine.Errorf(engine.Invalid, "%s needs a hash or an ip", inv.name)
	case inv.name == "unban":
	case l.untold():
		inv.pending.unanswered = true
	case hash == "*" && l.gen == gen2018:
		return engine.Errorf(engine.Unsupported, "this server, of %v, lifts one mute at a time", l.gen)
	case hash == "*" || ip == "*":
		return answeredBy(noticeOf([]int{1208}, l.me.Nick+" unmuzzled all users", l.me.Nick+"#"+l.me.user.Trip+" unmuzzled all users"))(l, inv)
	}
	inv.pending.hash = hash // with an ip the answer has a hash nobody knows
	return nil
}

func (l *link) callLock(inv *invocation) error {
	given, ok := inv.frame["level"]
	if !ok {
		return nil
	}
	level, ok := number(given)
	if name, isText := given.(string); isText {
		level, ok = levelNamed(name)
	}
	switch {
	case !ok:
		return engine.Errorf(engine.Invalid, "level %q is neither a number nor one of %s", given, levelNames())
	case level > l.me.level:
		return engine.Errorf(engine.Denied, "level %d is above the bot's own, %d", level, l.me.level)
	}
	return nil
}

// levelNamed is the level of a label.
func levelNamed(name string) (level int64, ok bool) {
	for _, r := range ranks {
		if r.label == name {
			return r.level, true
		}
	}
	plain, ok := map[string]int64{"default": levelDefault, "bot": levelBot}[name]
	return plain, ok
}

func levelNames() string {
	var names []string
	for _, r := range ranks {
		names = append(names, r.label)
	}
	return strings.Join(append(names, "default", "bot"), ", ")
}

func (l *link) callLevel(inv *invocation) error {
	trip, name := inv.str("trip"), inv.str("level")
	level, ok := levelNamed(name)
	switch {
	case len(trip) != 6:
		return engine.Errorf(engine.Invalid, "%q is no trip: it has 6 characters", trip)
	case !ok:
		return engine.Errorf(engine.Invalid, "level %q is none of %s", name, levelNames())
	case level >= l.me.level:
		return engine.Errorf(engine.Denied, "level %s is not below the bot's own, %d", name, l.me.level)
	case find(l.roster.members, func(m *member) bool { return m.user.Trip == trip }) == nil:
		return engine.Errorf(engine.NotFound, "nobody here has the trip %s, and levels go to people who are here", trip)
	}
	return answeredBy(noticeOf([]int{1111}, `Changed permission level of "`+trip+`"`))(l, inv)
}

func (l *link) callMOTD(inv *invocation) error {
	if n := engine.UTF16.Count(inv.str("motd")); n > 499 {
		return engine.Errorf(engine.Invalid, "the message has %d characters, at most 499 are allowed", n)
	}
	return answeredBy(noticeOf([]int{1111}, "MOTD changed by "))(l, inv)
}

func (l *link) callClaim(inv *invocation) error {
	if l.me.user.Trip == "" {
		return engine.Errorf(engine.Denied, "only who has a trip can own a channel; set a password")
	}
	return answeredBy(noticeOf([]int{1110, 1111}, "Channel ownership", "You now own"))(l, inv)
}

func (l *link) callTrip(inv *invocation) error {
	trip := inv.str("trip")
	if strings.ContainsAny(trip, " \t\n#") {
		return engine.Errorf(engine.Invalid, "%q is no trip", trip)
	}
	if inv.name == "addmod" {
		return answeredBy(noticeOf([]int{1102}, "Added mod trip: "+trip))(l, inv)
	}
	return answeredBy(noticeOf([]int{1108}, "Removed mod trip: "+trip))(l, inv)
}

func (l *link) callShout(inv *invocation) error {
	return answeredBy(noticeOf([]int{1111}, "Server Notice: "+inv.str("text")))(l, inv)
}

func (l *link) callWallet(inv *invocation) error {
	if _, err := l.aim(inv); err != nil {
		return err
	}
	return answeredBy(walletFrame)(l, inv)
}
