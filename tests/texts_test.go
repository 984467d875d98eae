package tests

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// Texts follow the language of the room, and change with their file, wherever the script
// runs.
func TestTexts(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			d := start(t, map[string]string{
				"config.yaml":                    "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nlanguage: {rooms: [{room: lobby/attic, language: it}]}\nscripts:\n- {name: a, isolation: " + kind + "}\n- {name: c, isolation: " + kind + "}\n- {name: greeter, enabled: true, grants: [chat], isolation: " + kind + "}\n",
				"scripts/a.lua":                  `bot.command("a", function(ev) ev:reply(i18n.t("hi", {name = ev.user.name}) .. i18n.t("n", {n = 2})) end)`,
				"scripts/i18n/a/en.yaml":         "hi: Hi {name}\nn: {one: one, other: many}\n",
				"scripts/i18n/a/it.yaml":         "hi: Ciao {name}\nn: {one: uno, other: molti}\n",
				"plugins.d/greeter/plugin.yaml":  manifest,
				"plugins.d/greeter/main.lua":     `bot.command("b", function(ev) ev:reply(i18n.t("hi")) end)`,
				"scripts/c.lua":                  `bot.command("c", function(ev) ev:reply(time.span("90m") .. ", " .. time.ago(time.now() + 3 * 86400) .. ", " .. time.ago(0, {lang = "de"}):gsub("%d+", "n")) end)`,
				"plugins.d/greeter/i18n/en.yaml": "hi: Hello\n",
			})
			ann, bob := d.join("lobby", "ann"), d.join("attic", "bob")
			for _, tt := range []struct{ got, want string }{
				{ann.ask("!a"), "Hi annmany"}, {bob.ask("!a"), "Ciao bobmolti"}, {bob.ask("!b"), "Hello"},
				{ann.ask("!c"), "1 hour 30 minutes, in 3 days, vor n Jahren"}, {bob.ask("!c"), "1 ora e 30 minuti, tra 3 giorni, vor n Jahren"},
			} {
				if tt.got != tt.want {
					t.Errorf("got %q, want %q (%s)", tt.got, tt.want, d.fault())
				}
			}
			d.write("scripts/i18n/a/en.yaml", "hi: Hey {name}\nn: {one: one, other: more}\n")
			d.write("plugins.d/greeter/i18n/it.yaml", "hi: Buongiorno\n")
			d.until("new texts", func() bool { return ann.ask("!a") == "Hey annmore" && bob.ask("!b") == "Buongiorno" })
			d.write("scripts/i18n/a/en.yaml", "hi: Hey {name}\nn: [1]\n")
			d.until("the fault is shown", func() bool {
				e := d.lastFault()
				return e != nil && e.File == "a/i18n/en.yaml" && e.Line == 2 && strings.Contains(e.Msg, "want a text")
			})
			if got := ann.ask("!a"); got != "Hey annmore" {
				t.Errorf("after the fault: %q", got)
			}
		})
	}
}

// A secret reaches the script that may have it, and no log.
func TestSecrets(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			entry := func(grants string) string {
				return oneRoom + "scripts:\n- {name: a, isolation: " + kind + ", grants: [" + grants + "], secrets: {token: \"hunter2-token\"}}\n"
			}
			files := map[string]string{
				"config.yaml": entry("chat, secrets"),
				"scripts/a.lua": `bot.command("use", function(ev) local s, err = secret.get("token") log.info("it is " .. tostring(s), {list = {s}}) ev:reply(s and #s or err.code) end)
bot.command("fail", function(ev) error("bad token " .. secret.get("token")) end)`,
			}
			d := start(t, files)
			tail := d.host.Tail()
			defer tail.Close()
			ann := d.join("lobby", "ann")
			if got := ann.ask("!use"); got != "13" {
				t.Errorf("got %q", got)
			}
			n := <-tail.Notes
			if text, _ := json.Marshal(n); strings.Contains(string(text), "hunter2") || n.Text != "it is [secret]" {
				t.Errorf("note %s", text)
			}
			ann.ask("!fail")
			d.until("the fault", func() bool { return d.lastFault() != nil })
			if e := d.lastFault(); e.Msg != "bad token [secret]" || strings.Contains(fmt.Sprint(e), "hunter2") {
				t.Errorf("fault %+v", e)
			}
			if log := d.log.String(); strings.Contains(log, "hunter2") || !strings.Contains(log, "it is [secret]") {
				t.Errorf("log\n%s", log)
			}
			d.write("config.yaml", entry("chat"))
			d.until("the grant is gone", func() bool { return ann.ask("!use") == "denied" })
		})
	}
}

// What scripts count is in the status and, with admin.listen, at /metrics.
func TestMetrics(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		d := start(t, map[string]string{
			"config.yaml":   withIsolation(kind, "a") + "admin: {listen: \"\"}\n",
			"scripts/a.lua": `bot.command("play", function(ev, what) ev:reply(tostring(metrics.count("songs", 1, {what = what}))) end)`,
		})
		ann := d.join("lobby", "ann")
		for range 3 {
			if got := ann.ask("!play jazz"); got != "true" {
				t.Fatalf("got %q", got)
			}
		}
		list := d.host.Status().Metrics
		if len(list) != 1 || list[0].Value != 3 || list[0].Labels["what"] != "jazz" {
			t.Errorf("%s: metrics %+v", kind, list)
		}
		w := httptest.NewRecorder()
		d.host.ServeMetrics(w, nil)
		if got := w.Body.String(); got != "# TYPE botd_script_songs_total counter\nbotd_script_songs_total{script=\"a\",what=\"jazz\"} 3\n" {
			t.Errorf("%s: exported\n%s", kind, got)
		}
	}
}
