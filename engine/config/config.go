package config

import (
	"log/slog"
	"slices"
	"time"

	"botd/engine"
)

// Config is what config.yaml, the environment and the defaults say together. It and
// all it holds are immutable; a change of the file makes a new one. Printing, logging
// and encoding it show the configuration in effect without secrets.
type Config struct {
	// File is the path that was read, "" if there was none.
	File string
	// Warnings are sorted by line. They do not keep botd from starting.
	Warnings Problems
	// SecretFiles are the files that ${file:…} names. If one changes, so may the Config.
	SecretFiles []string

	// DataDir holds the store, the control socket and generated secrets. The three
	// folders are relative to the working directory here; in the file they are relative
	// to the folder of the file.
	DataDir    string `config:"data_dir"`
	ScriptsDir string `config:"scripts_dir"` // *.lua files, one script each
	PluginsDir string `config:"plugins_dir"` // one folder per plugin

	Log      Log       `config:"log"`
	Messages Messages  `config:"messages"`
	Admin    Admin     `config:"admin"`
	Commands Commands  `config:"commands"`
	Language Language  `config:"language"`
	People   People    `config:"people"`
	Limits   Limits    `config:"limits"` // of scripts that do not set their own; all set
	Sessions []Session `config:"sessions"`
	Scripts  []Script  `config:"scripts"` // the ones that are configured; others run with defaults

	// hidden are the paths of texts that came from a reference, "admin.listen".
	hidden map[string]bool
}

// Log says what is logged and how.
type Log struct {
	Level  slog.Level `config:"level"`
	Format string     `config:"format"` // "text" or "json"
}

// Messages says what is kept of what passes through rooms, for a look back and for rules of
// moderation that are tried on it.
type Messages struct {
	Enabled bool          `config:"enabled"`
	Keep    time.Duration `config:"keep"`    // nothing older stays; at least [MinMessagesKeep]
	Size    Size          `config:"size"`    // of all of it; at least [MinMessagesSize]
	Private bool          `config:"private"` // what people say to the bot alone is kept too
	Rooms   []RoomKept    `config:"rooms"`   // the first whose Room matches overrides Enabled
}

// RoomKept says whether what passes through some rooms is kept.
type RoomKept struct {
	Room    string `config:"room"` // an [engine.RoomGlob]
	Enabled bool   `config:"enabled"`
	place
}

// The least that [Messages] may have.
const (
	MinMessagesKeep = time.Hour
	MinMessagesSize = MiB
)

// Admin is the port for webhooks and metrics.
type Admin struct {
	Listen string `config:"listen"` // host:port, "" for none
}

// Commands says how a line in a room becomes a command.
type Commands struct {
	Prefix  string       `config:"prefix"`  // "" for none: then only the bot's name will do
	Rooms   []RoomPrefix `config:"rooms"`   // the first whose Room matches overrides Prefix
	Help    bool         `config:"help"`    // the bot answers !help unless a script does
	Link    bool         `config:"link"`    // the bot answers !link unless a script does
	Suggest string       `config:"suggest"` // when to say which command was meant
}

// What [Commands.Suggest] may be.
const (
	SuggestAddressed = "addressed" // if the bot was called by its name, or in private
	SuggestAlways    = "always"
	SuggestNever     = "never"
)

// RoomPrefix is the command prefix of some rooms.
type RoomPrefix struct {
	Room   string `config:"room"` // an [engine.RoomGlob]
	Prefix string `config:"prefix"`
	place
}

// People says who some people are. They are named by session and account, "hc/AbC123": a
// name alone proves nothing.
type People struct {
	Regular Regular      `config:"regular"`
	Roles   []RoleOf     `config:"roles"`
	Groups  []GroupNamed `config:"groups"`
}

// Regular says who is a regular. Both 0 is nobody.
type Regular struct {
	Days  int `config:"days"`  // on so many days they spoke
	Lines int `config:"lines"` // and so many lines
}

// RoleOf gives people a role at least.
type RoleOf struct {
	Role  engine.Role `config:"role"`
	Users []string    `config:"users"`
	place
}

// GroupNamed is a group that commands can be for, like a role.
type GroupNamed struct {
	Name  string   `config:"name"`
	Users []string `config:"users"`
	place
}

// Language says which language scripts speak where, if they have texts in it.
type Language struct {
	Default string         `config:"default"`
	Rooms   []RoomLanguage `config:"rooms"` // the first whose Room matches overrides Default
}

// RoomLanguage is the language of some rooms.
type RoomLanguage struct {
	Room     string `config:"room"`     // an [engine.RoomGlob]
	Language string `config:"language"` // a tag: "en", "pt-BR"
	place
}

// Limits bound one script. In [Config.Limits] all are set; in [Script.Limits] a zero
// means that the entry does not set it.
type Limits struct {
	Steps       int64         `config:"steps,positive"`        // instruction units of one handler call
	HandlerTime time.Duration `config:"handler_time,positive"` // running time of one handler call, waits not counted
	LoadTime    time.Duration `config:"load_time,positive"`    // running time of loading the script
	Alloc       Size          `config:"alloc,positive"`        // allocated by one handler call
	Memory      Size          `config:"memory,positive"`       // kept between handlers
	Mailbox     int           `config:"mailbox,positive"`      // events queued
	Waiting     int           `config:"waiting,positive"`      // handlers parked at once
	StoreKeys   int           `config:"store_keys,positive"`   // keys it keeps in the store
	StoreSize   Size          `config:"store_size,positive"`   // of them and their values together
	StoreValue  Size          `config:"store_value,positive"`  // of one value, at most MaxStoreValue
}

// MaxStoreValue is the most that [Limits.StoreValue] may be: what a store takes.
const MaxStoreValue = MiB

// Or returns l with what it does not set taken from base.
func (l Limits) Or(base Limits) Limits {
	return Limits{
		Steps:       or(l.Steps, base.Steps),
		HandlerTime: or(l.HandlerTime, base.HandlerTime),
		LoadTime:    or(l.LoadTime, base.LoadTime),
		Alloc:       or(l.Alloc, base.Alloc),
		Memory:      or(l.Memory, base.Memory),
		Mailbox:     or(l.Mailbox, base.Mailbox),
		Waiting:     or(l.Waiting, base.Waiting),
		StoreKeys:   or(l.StoreKeys, base.StoreKeys),
		StoreSize:   or(l.StoreSize, base.StoreSize),
		StoreValue:  or(l.StoreValue, base.StoreValue),
	}
}

func or[T comparable](v, base T) T {
	var zero T
	if v == zero {
		return base
	}
	return v
}

// Session is one account on one network.
type Session struct {
	Name     engine.SessionID `config:"name"`
	Adapter  string           `config:"adapter"` // a name the adapters know, not checked here
	Enabled  bool             `config:"enabled"` // true if the file does not say
	Rooms    []engine.RoomID  `config:"rooms"`   // to be in from the start
	Settings Settings         `config:"settings"`
	place
}

// Script is what the operator says about one script or plugin.
type Script struct {
	Name    string   `config:"name"`    // the file's without .lua, or the plugin's folder
	Enabled bool     `config:"enabled"` // true if the file does not say
	Rooms   []string `config:"rooms"`   // patterns over "session/room" it sees; nil if the file does not say
	Grants  []string `config:"grants"`  // nil if the file does not say; not checked here
	Limits  Limits   `config:"limits"`  // zero fields are not set here
	// Isolation is "none" (if the file does not say) or "process": the script has one of
	// its own.
	Isolation string `config:"isolation"`
	// Secrets are what secret.get gives the script, by name.
	Secrets map[string]engine.Secret `config:"secrets"`
	// Config is free: nil, bool, int64, float64, string, [engine.Secret] for what came
	// from a reference, []any and map[string]any. Keys keep their case.
	Config map[string]any `config:"config"`
	place
	absent bool // there is no entry
}

// What [Script.Isolation] may be.
const (
	IsolationNone    = "none"
	IsolationProcess = "process"
)

// Default returns the configuration of an empty file in the working directory: one
// embedded room, and scripts/.
func Default() *Config {
	return &Config{
		DataDir:    "data",
		ScriptsDir: "scripts",
		PluginsDir: "plugins.d",
		Log:        Log{Level: slog.LevelInfo, Format: "text"},
		Messages:   Messages{Enabled: true, Keep: 30 * 24 * time.Hour, Size: 256 * MiB},
		Admin:      Admin{Listen: "127.0.0.1:8420"},
		Commands:   Commands{Prefix: "!", Help: true, Link: true, Suggest: SuggestAddressed},
		Language:   Language{Default: "en"},
		Limits: Limits{
			Steps:       2_000_000,
			HandlerTime: 500 * time.Millisecond,
			LoadTime:    2 * time.Second,
			Alloc:       64 * MiB,
			Memory:      32 * MiB,
			Mailbox:     4096,
			Waiting:     1000,
			StoreKeys:   10_000,
			StoreSize:   16 * MiB,
			StoreValue:  64 * KiB,
		},
		Sessions: []Session{{Name: "lobby", Adapter: "local", Enabled: true, Rooms: []engine.RoomID{"lobby"}}},
	}
}

// Script returns the entry for a script or plugin. Without one it is enabled and has
// neither limits, grants, rooms nor config of its own.
func (c *Config) Script(name string) Script {
	if i := slices.IndexFunc(c.Scripts, func(s Script) bool { return s.Name == name }); i >= 0 {
		return c.Scripts[i]
	}
	return Script{Name: name, Enabled: true, Isolation: IsolationNone, absent: true}
}

// RevealedConfig is a copy of s.Config with the secrets in plain. It is for the script
// itself and for nobody else.
func (s Script) RevealedConfig() map[string]any {
	if s.Config == nil {
		return nil
	}
	return reveal(s.Config).(map[string]any)
}

func reveal(v any) any {
	switch v := v.(type) {
	case engine.Secret:
		return v.Reveal()
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = reveal(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = reveal(item)
		}
		return out
	}
	return v
}

// RevealedSecrets are s.Secrets in plain, for the script itself and for nobody else.
func (s Script) RevealedSecrets() map[string]string {
	out := make(map[string]string, len(s.Secrets))
	for name, v := range s.Secrets {
		out[name] = v.Reveal()
	}
	return out
}

// Hidden lists what must not be shown of the script's settings: its secrets, and what came
// from references.
func (s Script) Hidden() []string {
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case engine.Secret:
			out = append(out, v.Reveal())
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(s.Config)
	for _, v := range s.Secrets {
		out = append(out, v.Reveal())
	}
	return out
}

func (c *Config) sessionNames() []string {
	names := make([]string, len(c.Sessions))
	for i, s := range c.Sessions {
		names[i] = string(s.Name)
	}
	return names
}

// Session returns the entry of a session.
func (c *Config) Session(name engine.SessionID) (Session, bool) {
	if i := slices.IndexFunc(c.Sessions, func(s Session) bool { return s.Name == name }); i >= 0 {
		return c.Sessions[i], true
	}
	return Session{}, false
}

func (s *Session) prepare(at *located) { s.at, s.Enabled = at, true }
func (s *Script) prepare(at *located)  { s.at, s.Enabled, s.Isolation = at, true, IsolationNone }
