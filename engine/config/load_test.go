package config_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"botd/engine"
	"botd/engine/config"
)

// parse loads text as the file config.yaml of the working directory.
func parse(t testing.TB, text string, environ ...string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("config.yaml", []byte(text), environ)
	if err != nil {
		t.Fatalf("Parse:\n%v", err)
	}
	return cfg
}

// problems returns what is wrong with text, a line each.
func problems(t testing.TB, text string, environ ...string) []string {
	t.Helper()
	cfg, err := config.Parse("config.yaml", []byte(text), environ)
	if err == nil {
		t.Fatalf("Parse succeeded: %v", cfg)
	}
	return lines(t, err)
}

func lines(t testing.TB, err error) []string {
	t.Helper()
	var ps config.Problems
	if !errors.As(err, &ps) || engine.CodeOf(err) != engine.Invalid {
		t.Fatalf("error %#v has code %s and no Problems", err, engine.CodeOf(err))
	}
	return strings.Split(err.Error(), "\n")
}

func diff(t testing.TB, got, want any, opts ...cmp.Option) {
	t.Helper()
	opts = append(opts,
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(config.Config{}, "File"),
		cmpopts.IgnoreUnexported(config.Config{}, config.Session{}, config.Settings{}, config.Script{}, config.RoomPrefix{}, config.RoomLanguage{}, config.RoleOf{}, config.GroupNamed{}))
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "comments": "# nothing\n", "document": "---\n", "null": "null\n",
		"empty keys": "admin:\nlimits:\n  steps:\nsessions:\nscripts: ~\nlog: {level: }\n",
	} {
		t.Run(name, func(t *testing.T) { diff(t, parse(t, text), config.Default()) })
	}
}

func TestDefaultRoundTrips(t *testing.T) {
	diff(t, parse(t, config.Default().String()), config.Default())
}

func TestAnnotated(t *testing.T) {
	file, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != config.Annotated {
		t.Error("default.yaml is not the config.yaml of the repository: run go generate ./engine/config")
	}
	cfg := parse(t, config.Annotated)
	var on []string
	for _, s := range cfg.Scripts {
		on = append(on, s.Name)
		if !s.On() || !slices.Equal(s.Rooms, []string{"lobby/*"}) || !slices.Equal(s.Grants, []string{"chat"}) {
			t.Errorf("entry %+v", s)
		}
	}
	if want := []string{"polls", "raffles"}; !slices.Equal(on, want) {
		t.Errorf("switched on are %v, want %v", on, want)
	}
	cfg.Scripts = nil // what is on in the lobby is on nowhere by default
	diff(t, cfg, config.Default())
	for line := range strings.Lines(config.Default().String()) {
		name, _, isKey := strings.Cut(strings.TrimLeft(line, " -"), ":")
		if isKey && !strings.Contains(config.Annotated, name+":") {
			t.Errorf("key %q is not in the annotated file", name)
		}
	}
}

// The examples in the annotated file must work once their comment signs are gone.
func TestAnnotatedExamples(t *testing.T) {
	text := config.Annotated
	for _, sign := range []string{"  # - ", "  #   ", "# - ", "#   "} {
		text = strings.ReplaceAll(text, "\n"+sign, "\n"+strings.Replace(sign, "# ", "", 1))
	}
	text = strings.NewReplacer("rooms: []    #", "rooms:       #", "roles: []    #", "roles:       #", "groups: []   #", "groups:      #").Replace(text)
	cfg := parse(t, text, "HC_PASSWORD=x")
	if len(cfg.Sessions) != 2 || len(cfg.Scripts) != 3 || len(cfg.Commands.Rooms) != 1 || len(cfg.Warnings) != 0 {
		t.Errorf("the examples did not load: %v\nwarnings %v", cfg, cfg.Warnings)
	}
}

const full = `
data_dir: state
scripts_dir: /srv/scripts
plugins_dir: ../plugins
log: {level: debug, format: json}
admin: {listen: ""}
commands: {prefix: "?", rooms: [{room: "hc/*", prefix: "."}]}
limits:
  steps: 1_000
  handler_time: 1m30s
  memory: 1GiB
  mailbox: 0x10
sessions:
  - name: hc
    adapter: hackchat
    rooms: [programming, 007, a/b]
    settings: {nick: botd}
  - {name: off, adapter: local, enabled: false}
scripts:
  - name: moderation
    enabled: false
    rooms: ["hc/*"]
    grants: []
    config:
      Caps_Percent: 70
      ratio: .5
      deep: {List: [1, true, ~, x, {a: 2019-01-01}]}
    limits: {memory: 64MiB}
    isolation: process
`

func TestFull(t *testing.T) {
	cfg, err := config.Parse("/etc/botd/config.yaml", []byte(full), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.DataDir, want.ScriptsDir, want.PluginsDir = "/etc/botd/state", "/srv/scripts", "/etc/plugins"
	want.Log = config.Log{Level: slog.LevelDebug, Format: "json"}
	want.Admin.Listen = ""
	want.Commands = config.Commands{Prefix: "?", Help: true, Link: true, Suggest: "addressed", Rooms: []config.RoomPrefix{{Room: "hc/*", Prefix: "."}}}
	want.Limits.Steps, want.Limits.HandlerTime = 1000, 90*time.Second
	want.Limits.Memory, want.Limits.Mailbox = config.GiB, 16
	want.Sessions = []config.Session{
		{Name: "hc", Adapter: "hackchat", Enabled: true, Rooms: []engine.RoomID{"programming", "007", "a/b"}},
		{Name: "off", Adapter: "local"},
	}
	want.Scripts = []config.Script{{
		Name: "moderation", Rooms: []string{"hc/*"}, Grants: []string{},
		Limits: config.Limits{Memory: 64 * config.MiB}, Isolation: config.IsolationProcess,
		Config: map[string]any{
			"Caps_Percent": int64(70), "ratio": 0.5,
			"deep": map[string]any{"List": []any{int64(1), true, nil, "x", map[string]any{"a": "2019-01-01"}}},
		},
	}}
	diff(t, cfg, want)
	if cfg.Scripts[0].Grants == nil {
		t.Error("an empty list of grants became the default ones")
	}
	if len(cfg.Warnings) != 0 {
		t.Errorf("warnings: %v", cfg.Warnings)
	}
	if got := cfg.Script("moderation").Limits.Or(cfg.Limits); got.Memory != 64*config.MiB || got.Steps != 1000 {
		t.Errorf("limits of the script: %+v", got)
	}
}

func TestShownConfigLoadsAgain(t *testing.T) {
	cfg := parse(t, full)
	text := strings.Replace(cfg.String(), "- nick", "nick: botd", 1) // only the keys of settings are shown
	diff(t, parse(t, text), cfg)
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	cfg := parse(t, `
sessions:
  - &hc {name: a, adapter: hackchat, rooms: &rooms [x]}
  - {<<: *hc, name: b}
  - {name: c, adapter: local, rooms: *rooms}
`)
	want := []config.Session{
		{Name: "a", Adapter: "hackchat", Enabled: true, Rooms: []engine.RoomID{"x"}},
		{Name: "b", Adapter: "hackchat", Enabled: true, Rooms: []engine.RoomID{"x"}},
		{Name: "c", Adapter: "local", Enabled: true, Rooms: []engine.RoomID{"x"}},
	}
	diff(t, cfg.Sessions, want)
}

func TestEnvironment(t *testing.T) {
	cfg := parse(t, "admin: {listen: \"127.0.0.1:1\"}\nlimits: {steps: 5}\n",
		"BOTD_ADMIN_LISTEN=", "BOTD_LOG_LEVEL=warn", "BOTD_DATA_DIR=state", "BOTD_LIMITS_STEPS=7",
		"BOTD_LIMITS_ALLOC=1KiB", "BOTD_LIMITS_LOAD_TIME=3s", "BOTD_COMMANDS_PREFIX=.", "HOME=/root", "odd")
	want := config.Default()
	want.Admin.Listen, want.Log.Level, want.DataDir, want.Commands.Prefix = "", slog.LevelWarn, "state", "."
	want.Limits.Steps, want.Limits.Alloc, want.Limits.LoadTime = 7, config.KiB, 3*time.Second
	diff(t, cfg, want)
}

func TestUnknownVariables(t *testing.T) {
	cfg := parse(t, "", "BOTD_ADMIN_LISTN=x", "BOTD_SESSIONS=x", "BOTD_TEST_SEED=1", "BOTD_HACKCHAT_URL=ws://x", "NOTBOTD_X=1")
	var got []string
	for _, w := range cfg.Warnings {
		got = append(got, w.String())
	}
	diff(t, got, []string{
		"BOTD_ADMIN_LISTN: no setting has this name, did you mean \"BOTD_ADMIN_LISTEN\"?",
		"BOTD_SESSIONS: no setting has this name",
	})
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	cfg, err := config.Load("", []string{"BOTD_LOG_LEVEL=error"})
	if err != nil || cfg.File != "" || cfg.Log.Level != slog.LevelError {
		t.Errorf("without a file: %v, %v", cfg, err)
	}
	if _, err := config.Load("other.yaml", nil); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("a named file that is missing: %v", err)
	}
	if _, err := config.Load(dir, nil); err == nil || engine.CodeOf(err) == engine.NotFound {
		t.Errorf("a folder: %v", err)
	}
	if err := os.WriteFile("config.yaml", []byte("data_dir: x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if cfg, err = config.Load("", nil); err != nil || cfg.File != "config.yaml" || cfg.DataDir != "x" {
		t.Errorf("the default file: %v, %v", cfg, err)
	}
	path := filepath.Join(dir, "config.yaml")
	if cfg, err = config.Load(path, nil); err != nil || cfg.DataDir != filepath.Join(dir, "x") {
		t.Errorf("a file elsewhere: %v, %v", cfg, err)
	}
}
