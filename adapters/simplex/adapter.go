package simplex

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// Settings configure a session: one profile of one running program.
type Settings struct {
	// URL is where the program listens. Other machines than this one only by wss, since
	// whoever can connect controls the profile.
	URL string `config:"url"`
	// Command starts the program, by its path or its name in PATH, and ends it with the
	// session; it listens at url then. Without it the program has to run already.
	Command string `config:"command"`
	// Arguments are more of the program's own.
	Arguments []string `config:"arguments"`
	// Database is where the program that is started keeps its own: the beginning of the
	// names of two files. In the session's folder if empty.
	Database string `config:"database"`
	// DatabaseKey opens that database, if it is encrypted.
	DatabaseKey engine.Secret `config:"database_key"`
	// User is the name for a proxy in front of the program that asks for one.
	User string `config:"user"`
	// Password belongs to user.
	Password engine.Secret `config:"password"`
	// Profile is the display name of the profile to be; the active one if empty.
	Profile string `config:"profile"`
	// Create makes the profile, as that of a bot, if it is not there.
	Create bool `config:"create"`
	// Address creates the address under which people reach the bot, if there is none, and
	// keeps it set to the next three.
	Address bool `config:"address"`
	// AutoAccept accepts everybody who asks to be a contact; else scripts get an event.
	AutoAccept bool `config:"auto_accept"`
	// Business gives each customer a group of their own, into which others can be invited.
	Business bool `config:"business"`
	// Welcome is what the program says to everybody who comes by the address.
	Welcome string `config:"welcome"`
	// Menu is what people find behind the / in the conversation: entries with keyword,
	// label and perhaps params, or with label and menu for one below. Left alone if empty.
	Menu []MenuItem `config:"menu"`
	// Preferences say yes, no or always to files, calls, voice, reactions, full_delete and
	// sessions; what is not named is left alone.
	Preferences map[string]string `config:"preferences"`
	// FilesFolder is the --files-folder the program was started with, if it was; it has to
	// lie in the session's own folder.
	FilesFolder string `config:"files_folder"`
	// MaxFile is the largest file to be sent or received, in bytes.
	MaxFile int64 `config:"max_file"`
	// UnknownServers receives files also from servers the profile does not use. They see
	// the address of this machine.
	UnknownServers bool `config:"unknown_servers"`
	// KickDeletes takes the messages of those away who are kicked.
	KickDeletes bool `config:"kick_deletes"`
	// Backlog is how old a message may be to count as new; older ones come as history.
	Backlog time.Duration `config:"backlog"`
}

// MenuItem is an entry of the bot's menu.
type MenuItem struct {
	Keyword string     `config:"keyword"`
	Label   string     `config:"label"`
	Params  string     `config:"params"`
	Menu    []MenuItem `config:"menu"`
}

// maxFileSize is the network's own limit.
const maxFileSize = 1 << 30

// Adapter connects to SimpleX Chat. Sessions of one Adapter never share a program.
func Adapter() engine.Adapter {
	shared := &claims{}
	return engine.Adapter{
		Name: "simplex",
		Doc: "SimpleX Chat, by way of its command-line program, which runs beside botd or is started by it. One session serves all chats of " +
			"one profile: `@5` is a contact and `#7` a group, by number or by name.",
		Settings: func() any {
			return &Settings{URL: "ws://127.0.0.1:5225", MaxFile: 64 << 20, Backlog: 10 * time.Minute}
		},
		Caps:      capsOf(everything),
		TellsGaps: true,
		Commands:  commands(),
		Events:    origins(),
		Labels:    slices.Sorted(maps.Keys(roles)),
		New: func(settings any, env engine.Env) (engine.Session, error) {
			return newSession(shared, settings, env)
		},
	}
}

func (s *Settings) validate() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss":
		return engine.Errorf(engine.Invalid, "url %q is not an address like ws://127.0.0.1:5225", s.URL)
	case u.Scheme == "ws" && !isLocal(u.Hostname()):
		return engine.Errorf(engine.Invalid, "url %q is not on this machine: whoever can connect controls the profile; use wss and a proxy that asks for a password", s.URL)
	case s.Create && s.Profile == "":
		return engine.Errorf(engine.Invalid, "create needs the name of the profile")
	case (s.AutoAccept || s.Business || s.Welcome != "") && !s.Address:
		return engine.Errorf(engine.Invalid, "auto_accept, business and welcome belong to an address: set address to true")
	case s.MaxFile < 0 || s.MaxFile > maxFileSize:
		return engine.Errorf(engine.Invalid, "max_file is %d; the network takes files up to %d bytes", s.MaxFile, maxFileSize)
	case s.Backlog < 0:
		return engine.Errorf(engine.Invalid, "backlog cannot be negative")
	}
	if _, err := preferences(s.Preferences); err != nil {
		return err
	}
	_, err = menu(s.Menu)
	return err
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// claims are the programs that sessions are connected to.
type claims struct {
	mu   sync.Mutex
	held map[string]engine.SessionID
}

// claim takes the program at an address for a session, until release is called.
func (c *claims) claim(address string, who engine.SessionID) (release func(), err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "url %q is no address", address)
	}
	port, _ := strconv.Atoi(u.Port())
	key := net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
	if isLocal(u.Hostname()) {
		key = "local " + strconv.Itoa(port)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, taken := c.held[key]; taken {
		return nil, engine.Errorf(engine.Conflict, "session %q is connected to the program at %s; two would take each other's messages, so give each a program of its own", other, address)
	}
	if c.held == nil {
		c.held = map[string]engine.SessionID{}
	}
	c.held[key] = who
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.held, key)
	}, nil
}

// What a session can do in a chat, by what it is there.
var (
	anywhere   = engine.Caps(engine.CapCall, engine.CapJoin, engine.CapRename)
	reading    = anywhere.With(engine.CapUsers, engine.CapUserInfo, engine.CapReact, engine.CapPresence)
	talking    = reading.With(engine.CapSay, engine.CapReply, engine.CapEdit, engine.CapDeleteOwn, engine.CapFile, engine.CapWhisper)
	observing  = reading.With(engine.CapLeave, engine.CapWhisper)
	grouped    = talking.With(engine.CapLeave)
	moderating = grouped.With(engine.CapDelete, engine.CapMute, engine.CapUnmute)
	governing  = moderating.With(engine.CapKick, engine.CapRole, engine.CapInvite)
	everything = governing.With(engine.CapTopic)
)

// byRole is what the roles can.
var byRole = map[string]engine.CapSet{
	"relay": observing, "observer": observing, "author": grouped, "member": grouped,
	"moderator": moderating, "admin": governing, "owner": everything,
}

// pace is ours: the program takes any number of commands, and carries them out one by
// one.
var pace = engine.Rate{Burst: 40, PerSecond: 10}

func capsOf(can engine.CapSet) engine.Capabilities {
	return engine.Capabilities{Can: can, Text: engine.Limit{Max: maxText, Unit: engine.Bytes}, Rate: pace, Echo: true, KickLasts: true, Reactions: slices.Clone(api.Load().Type("MsgReaction").Emoji)}
}

// roles of the network on the ladder of all.
var roles = map[string]engine.Role{
	"relay": engine.Guest, "observer": engine.Guest, "author": engine.Member, "member": engine.Member,
	"moderator": engine.Moderator, "admin": engine.Admin, "owner": engine.Owner,
}

// roleNames are those that can be given.
var roleNames = map[engine.Role]string{
	engine.Guest: "observer", engine.Member: "member", engine.Moderator: "moderator", engine.Admin: "admin", engine.Owner: "owner",
}
