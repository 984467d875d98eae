package config

import (
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"botd/engine"
	"botd/engine/i18n"
	"botd/engine/nearest"
)

// validator checks what the types cannot: that names are names, that nothing is there
// twice, that one part fits the other.
type validator struct {
	fault func(path, format string, args ...any) // at a setting outside lists
	entry report                                 // at an entry of a list
	warn  report
	quote func(text string) string // for an error, unless the text is a secret
}

func (v validator) check(c *Config) {
	v.folders(c)
	if c.Log.Format != "text" && c.Log.Format != "json" {
		v.fault("log.format", `want "text" or "json"`)
	}
	v.messages(c)
	if err := checkListen(c.Admin.Listen); err != "" {
		v.fault("admin.listen", "%s", err)
	}
	if c.Commands.Prefix != strings.TrimSpace(c.Commands.Prefix) {
		v.fault("commands.prefix", "%s", wantPrefix)
	}
	if s := c.Commands.Suggest; s != SuggestAddressed && s != SuggestAlways && s != SuggestNever {
		v.fault("commands.suggest", `want "addressed", "always" or "never"`)
	}
	for _, r := range c.Commands.Rooms {
		v.roomPrefix(c, r)
	}
	v.people(c)
	if err := i18n.CheckTag(c.Language.Default); err != nil {
		v.fault("language.default", "%s", engine.AsError(err).Msg)
	}
	for _, r := range c.Language.Rooms {
		v.pattern(c, r.place, "room", r.Room)
		if err := i18n.CheckTag(r.Language); err != nil {
			v.entry(r.node("language"), "language: %s", engine.AsError(err).Msg)
		}
	}
	if c.Limits.StoreValue > MaxStoreValue {
		v.fault("limits.store_value", "%s", wantStoreValue)
	}
	v.sessions(c)
	v.scripts(c)
}

func (v validator) messages(c *Config) {
	if c.Messages.Keep < MinMessagesKeep {
		v.fault("messages.keep", "must be at least 1h; messages.enabled: false keeps nothing at all")
	}
	if c.Messages.Size < MinMessagesSize {
		v.fault("messages.size", "must be at least %s; messages.enabled: false keeps nothing at all", MinMessagesSize)
	}
	for _, r := range c.Messages.Rooms {
		v.pattern(c, r.place, "room", r.Room)
		if !r.has("enabled") {
			v.entry(r.node("enabled"), "enabled is missing; write true or false")
		}
	}
}

func (v validator) people(c *Config) {
	if c.People.Regular.Days < 0 {
		v.fault("people.regular.days", "must not be negative")
	}
	if c.People.Regular.Lines < 0 {
		v.fault("people.regular.lines", "must not be negative")
	}
	for _, r := range c.People.Roles {
		if !r.has("role") {
			v.entry(r.node("role"), "role is missing")
		}
		v.users(c, r.place, r.Users)
	}
	seen := map[string]bool{}
	for _, g := range c.People.Groups {
		if _, err := engine.ParseRole(g.Name); err == nil {
			v.entry(g.node("name"), "name: %s is a role; a group needs another name", v.quote(g.Name))
		}
		if g.Name == "" || strings.ContainsFunc(g.Name, isSpaceOrControl) || seen[g.Name] {
			v.entry(g.node("name"), "name: want one word of its own")
		}
		seen[g.Name] = true
		v.users(c, g.place, g.Users)
	}
}

// users checks how people are named.
func (v validator) users(c *Config, at place, users []string) {
	for _, u := range users {
		name, _, err := engine.CutAccount(u)
		switch _, there := c.Session(name); {
		case err != nil:
			v.entry(at.node("users"), "users: %s", strings.Replace(engine.AsError(err).Msg, strconv.Quote(u), v.quote(u), 1))
		case !there:
			v.warn(at.node("users"), "users: %s: there is no session %s", v.quote(u), v.quote(string(name)))
		}
	}
}

const wantStoreValue = "must not be more than 1MiB, the most that the store takes"

func (v validator) folders(c *Config) {
	seen := make(map[string]string)
	for _, f := range []struct{ key, path string }{
		{"data_dir", c.DataDir}, {"scripts_dir", c.ScriptsDir}, {"plugins_dir", c.PluginsDir},
	} {
		clean := filepath.Clean(f.path)
		switch other := seen[clean]; {
		case f.path == "":
			v.fault(f.key, "must name a folder; leave the key out for the default")
		case other != "":
			v.fault(f.key, "is the same folder as %s; give each its own", other)
		}
		seen[clean] = f.key
	}
}

// checkListen returns what is wrong with an address to listen on.
func checkListen(addr string) string {
	if addr == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return `want host:port such as "127.0.0.1:8420", or "" to turn it off`
	}
	return ""
}

const wantPrefix = `want characters without space around them, such as "!", or "" to answer to the bot's name alone`

func (v validator) roomPrefix(c *Config, r RoomPrefix) {
	v.pattern(c, r.place, "room", r.Room)
	if !r.has("prefix") || r.Prefix != strings.TrimSpace(r.Prefix) {
		v.entry(r.node("prefix"), "prefix: %s", wantPrefix)
	}
}

// pattern checks one over "session/room". That no session fits is worth a warning only:
// the session may be one that is to come.
func (v validator) pattern(c *Config, at place, key, pattern string) {
	n := at.node(key)
	glob, err := engine.ParseRoomGlob(pattern)
	if err != nil {
		v.entry(n, `%s: %s is no pattern of rooms; write session/room, as in "hc/*" or "*/lobby"`, key, v.quote(pattern))
		return
	}
	if slices.ContainsFunc(c.Sessions, func(s Session) bool { return glob.MatchSession(s.Name) }) {
		return
	}
	session, _, _ := strings.Cut(pattern, "/")
	v.warn(n, "%s: %s matches no session%s", key, v.quote(pattern), nearest.Hint(session, c.sessionNames()))
}

func (v validator) sessions(c *Config) {
	first := make(map[engine.SessionID]Session)
	for _, s := range c.Sessions {
		v.name(first[s.Name].at, s.place, string(s.Name), "session", "/*?", `they mean something in "session/room" and "session/*"`)
		first[s.Name] = s
		if s.Adapter == "" {
			v.entry(s.node("adapter"), `adapter is missing; write the name of a network, such as "local"`)
		}
		for i, room := range s.Rooms {
			switch {
			case room == "":
				v.entry(s.node("rooms"), "rooms: a room's name is empty")
			case slices.Index(s.Rooms, room) < i:
				v.entry(s.node("rooms"), "rooms: %s is there twice", v.quote(string(room)))
			}
		}
	}
}

func (v validator) scripts(c *Config) {
	first := make(map[string]Script)
	for _, s := range c.Scripts {
		v.name(first[s.Name].at, s.place, s.Name, "script", `/\`, "it is the name of a file or folder, not a path")
		first[s.Name] = s
		if strings.HasSuffix(s.Name, ".lua") {
			v.entry(s.node("name"), "name: leave out the .lua of %s", v.quote(s.Name))
		}
		for _, room := range s.Rooms {
			v.pattern(c, s.place, "rooms", room)
		}
		if s.Isolation != IsolationNone && s.Isolation != IsolationProcess {
			v.entry(s.node("isolation"), `isolation: want "none" or "process"`)
		}
		if s.Limits.StoreValue > MaxStoreValue {
			v.entry(s.node("limits"), "limits.store_value: %s", wantStoreValue)
		}
		for _, grant := range s.Grants {
			v.grant(s, grant)
		}
	}
}

func (v validator) grant(s Script, name string) {
	_, _, err := engine.CutGrant(name)
	if err == nil {
		return
	}
	if bare, _, scoped := strings.Cut(name, "("); scoped && slices.Contains(engine.GrantNames(), bare) {
		v.entry(s.node("grants"), "grants: %s", engine.AsError(err).Msg)
		return
	}
	v.entry(s.node("grants"), "grants: there is no grant %s%s", v.quote(name), nearest.HintOrAll(name, engine.GrantNames()))
}

// name checks that of an entry. Names stand in paths, patterns and log lines.
func (v validator) name(earlier *located, at place, name, what, banned, why string) {
	n := at.node("name")
	switch {
	case name == "":
		v.entry(n, "name is missing; every %s needs one", what)
	case strings.ContainsAny(name, banned):
		v.entry(n, "name: %s must have none of %s, because %s", v.quote(name), strings.Join(strings.Split(banned, ""), " "), why)
	case strings.ContainsFunc(name, isSpaceOrControl):
		v.entry(n, "name: %s must be one word", v.quote(name))
	case earlier != nil:
		v.entry(n, "name: there are two %ss named %s, the first on line %d; rename one", what, v.quote(name), firstLine(earlier.node))
	}
}

func isSpaceOrControl(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune("\u0085\u00a0\u2028\u2029", r)
}

func firstLine(n *yaml.Node) int {
	if name := child(n, "name"); name != nil {
		return name.Line
	}
	return n.Line
}
