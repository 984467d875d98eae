package config_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/config"
)

type login struct {
	User     string        `config:"user"`
	Password engine.Secret `config:"password"`
}

type settings struct {
	URL      string            `config:"url"`
	Nick     string            `config:"nick"`
	Password engine.Secret     `config:"password"`
	Port     uint16            `config:"port"`
	Ratio    float64           `config:"ratio"`
	TLS      bool              `config:"tls"`
	Timeout  time.Duration     `config:"timeout,positive"`
	Buffer   config.Size       `config:"buffer"`
	Address  netip.Addr        `config:"address"`
	Users    []string          `config:"users"`
	Logins   []login           `config:"logins"`
	Login    login             `config:"login"`
	Proxy    *login            `config:"proxy"`
	Headers  map[string]string `config:"headers"`
	Extra    any               `config:"extra"`
	internal int
	Ignored  int
}

func session(t testing.TB, settings string, environ ...string) config.Session {
	t.Helper()
	text := "sessions:\n- name: hc\n  adapter: hackchat\n  settings: " + settings
	return parse(t, text, environ...).Sessions[0]
}

func TestDecodeSettings(t *testing.T) {
	s := session(t, `
    nick: 007
    password: "${env:PW}"
    port: "${env:PORT}"
    ratio: 1e-3
    tls: true
    timeout: 1.5s
    buffer: 4KiB
    address: ::1
    users: [ann, "${env:PW}"]
    logins: [{user: x, password: "a${env:PW}b"}, {user: y}]
    login: {user: z}
    proxy: {user: p}
    headers: {X-Token: "${env:PW}", Plain: "$${env:PW}"}
    extra: {A: [1, "${env:PW}"]}
`, "PW=hunter2", "PORT=99")
	got := settings{URL: "wss://default", Nick: "default", Login: login{Password: "kept"}, internal: 1, Ignored: 2}
	if err := s.DecodeSettings(&got); err != nil {
		t.Fatal(err)
	}
	want := settings{
		URL: "wss://default", Nick: "007", Password: "hunter2", Port: 99, Ratio: 0.001, TLS: true,
		Timeout: 1500 * time.Millisecond, Buffer: 4 * config.KiB, Address: netip.IPv6Loopback(),
		Users: []string{"ann", "hunter2"}, Logins: []login{{"x", "ahunter2b"}, {"y", ""}},
		Login: login{"z", "kept"}, Proxy: &login{User: "p"},
		Headers: map[string]string{"X-Token": "hunter2", "Plain": "${env:PW}"},
		Extra:   map[string]any{"A": []any{int64(1), engine.Secret("hunter2")}}, internal: 1, Ignored: 2,
	}
	if g, w := fmt.Sprintf("%#v", got.Proxy), fmt.Sprintf("%#v", want.Proxy); g != w {
		t.Errorf("proxy %s, want %s", g, w)
	}
	got.Proxy, want.Proxy = nil, nil
	if g, w := reveal(got), reveal(want); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// reveal prints settings with their secrets.
func reveal(s settings) string {
	text := fmt.Sprintf("%#v %q", s, s.Password.Reveal())
	for _, l := range append(s.Logins, s.Login) {
		text += fmt.Sprintf(" %q", l.Password.Reveal())
	}
	return text
}

func TestDecodeSettingsWithoutAny(t *testing.T) {
	for _, s := range []config.Session{config.Default().Sessions[0], session(t, ""), session(t, "{}"), session(t, "{nick: ~}")} {
		got := settings{Nick: "default"}
		if err := s.DecodeSettings(&got); err != nil || got.Nick != "default" {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestDecodeSettingsProblems(t *testing.T) {
	s := session(t, `
    nik: a
    url: [a]
    port: 70000
    ratio: .nan
    tls: "on"
    timeout: 0s
    address: here
    password: {a: b}
    logins: [{usr: x}]
    headers: x
    internal: 1
`)
	want := []string{
		`config.yaml:5: unknown key "nik" in settings, did you mean "nick"?`,
		`config.yaml:6: settings.url: want one value, got a list`,
		`config.yaml:7: settings.port: want a whole number from 0 to 65535, got "70000"`,
		`config.yaml:8: settings.ratio: want a number, got ".nan"`,
		`config.yaml:9: settings.tls: want true or false, got "on"`,
		`config.yaml:10: settings.timeout: must be more than 0; leave the key out for the default`,
		`config.yaml:11: settings.address: want a valid addr, got "here"`,
		`config.yaml:12: settings.password: want one value, got keys and values`,
		`config.yaml:13: unknown key "usr" in settings.logins[0], did you mean "user"?`,
		`config.yaml:14: settings.headers: want keys and values, got text`,
		`config.yaml:15: unknown key "internal" in settings; there are url, nick, password, port, ratio, tls, timeout, buffer, address, users, logins, login, proxy, headers, extra`,
	}
	var got settings
	diff(t, lines(t, s.DecodeSettings(&got)), want)
}

func TestDecodeSettingsIntoNoStruct(t *testing.T) {
	for _, into := range []any{nil, settings{}, new(int), (*settings)(nil)} {
		if err := session(t, "{}").DecodeSettings(into); engine.CodeOf(err) != engine.Internal {
			t.Errorf("into %T: %v", into, err)
		}
	}
	s := session(t, "{x: 1}")
	if err := s.DecodeSettings(&struct {
		X chan int `config:"x"`
	}{}); err == nil {
		t.Error("a channel was decoded")
	}
}

func TestErrorf(t *testing.T) {
	cfg := parse(t, "sessions:\n- name: hc\n  adapter: hackchatt\nscripts:\n- name: a\n  grants: [chat]\n")
	diff(t, lines(t, cfg.Sessions[0].Errorf("adapter", "no adapter %q", "hackchatt")), []string{`config.yaml:3: no adapter "hackchatt"`})
	diff(t, lines(t, cfg.Sessions[0].Errorf("settings", "x")), []string{`config.yaml:2: x`})
	diff(t, lines(t, cfg.Scripts[0].Errorf("grants", "a plugin asks for %q", "http")), []string{`config.yaml:6: a plugin asks for "http"`})
	diff(t, lines(t, config.Default().Sessions[0].Errorf("adapter", "no such adapter")), []string{`no such adapter`})
}
