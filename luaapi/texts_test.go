package luaapi_test

import (
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/i18n"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func TestI18n(t *testing.T) {
	texts := &i18n.Texts{
		Default: "en", Rooms: []i18n.RoomLanguage{{Room: "*/attic", Language: "pl"}},
		Languages: map[string]i18n.Catalogue{
			"en": {"hi": {"other": "Hi {name}"}, "votes": {"one": "{n} vote", "other": "{n} votes"}, "only": {"other": "only here"}},
			"pl": {"hi": {"other": "Cześć {name}"}, "votes": {"one": "{n} głos", "few": "{n} głosy", "other": "{n} głosów"}},
		},
	}
	const code = `bot.command("t", function(ev)
		ev:reply(i18n.t("hi", {name = ev.user.name}) .. ", " .. i18n.t("votes", {n = 1}) .. ", " .. i18n.t("votes", {n = 3}) .. ", " .. i18n.t("only") .. ", " .. i18n.t("none") .. ", " .. i18n.language())
	end)
	bot.command("other", function(ev)
		ev:reply(i18n.t("votes", {n = 5}, {lang = "pl"}) .. " " .. i18n.t("votes", {n = 2}, {room = bot.room("lobby/attic")}) .. " " .. i18n.t("votes") .. " " .. i18n.t("hi", {}))
	end)
	after(1, function() bot.room("lobby/attic"):say(i18n.language()) end)`
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		if err := b.Load(script.Source{Code: []byte(code), Texts: texts}); err != nil {
			t.Fatal(err)
		}
		b.Says("ann", "!t")
		b.Event(engine.Event{Session: "lobby", Room: engine.Room{ID: "attic"}, User: luaapitest.User("ann"), Body: engine.Message{Text: "!t"}})
		b.Says("ann", "!other")
		b.Expect("Hi ann, 1 vote, 3 votes, only here, none, en", "Cześć ann, 1 głos, 3 głosy, only here, none, pl", "5 głosów 2 głosy {n} votes Hi {name}")
	})
	runSnippets(t, nil, []snippet{
		{"no texts", `out(i18n.t("a.b"), i18n.language())`, "a.b en", ""},
		{"no key", `i18n.t()`, "", "i18n.t: argument 1 (key): expected a string"},
		{"no language", `i18n.language{lang = "english please"}`, "", `i18n.language: argument 1 (opts): lang: "english please" is no language; write a tag such as en, it or pt-BR`},
	})
}

func TestSecret(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		load := func(secrets map[string]string) {
			t.Helper()
			code := `for _, name in ipairs{"token", "tokn", "x"} do local v, err = secret.get(name) log.info(v or err.message) end log.info(select(2, pcall(secret.get)))`
			if err := b.Load(script.Source{Code: []byte(code), Secrets: secrets}); err != nil {
				t.Fatal(err)
			}
		}
		load(map[string]string{"token": "s3cr3t"})
		load(nil)
		want := []string{
			"s3cr3t", `no secret "tokn", did you mean "token"?`, `no secret "x"; there are token: write secrets: {x: "${env:NAME}"} into the script's entry in config.yaml`,
			"secret.get: argument 1 (name): expected a string, got nil",
			`secrets need the grant secrets; add it to the grants of "test" in config.yaml`,
		}
		logs := b.Logs()
		for i, w := range want {
			if i >= len(logs) || logs[i].Msg != w {
				t.Errorf("line %d: %+v, want %q", i, logs, w)
				return
			}
		}
	})
}

func TestMetrics(t *testing.T) {
	runSnippets(t, nil, []snippet{
		{"count and observe", `out(metrics.count("a"), metrics.count("a", 2.5, {x = "y"}), metrics.observe("b", 0.5))`, "true true true", ""},
		{"both", `metrics.count("a") out(metrics.observe("a", 1))`, "nil conflict: a is counted and measured; use two names", ""},
		{"too many", `local ok, err for i = 1, 501 do ok, err = metrics.count("a", 1, {i = tostring(i)}) end out(ok, err.code)`, "nil quota", ""},
		{"name", `metrics.count("Songs played")`, "", `metrics.count: argument 1 (name): expected up to 64 small letters, digits and _, such as songs_played, got "Songs played"`},
		{"less", `metrics.count("a", -1)`, "", "metrics.count: argument 2 (n): a count only grows, got -1"},
		{"no value", `metrics.observe("a")`, "", "metrics.observe: argument 2 (value): expected a number"},
	})
}

func TestGivenRoles(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		ann := luaapitest.User("ann")
		ann.Account, ann.Identity, ann.Groups = "a", "person/x", []string{"crew"}
		b.People = []engine.User{ann, luaapitest.User("bob"), luaapitest.Me}
		b.Must(`bot.command{"g", args = "who:user role:word by:word?", run = function(ev, a)
			local done, ok, err = pcall(a.who.grant, a.who, a.role, a.by)
			ev:reply(tostring(not done and ok or ok or err))
		end}
		bot.command{"r", args = "who:user role:word", run = function(ev, a) ev:reply(tostring(a.who:revoke(a.role))) end}
		bot.command{"id", args = "who:user", run = function(ev, a) ev:reply(tostring(a.who.identity) .. " " .. table.concat(a.who.groups, ",") .. " " .. tostring(a.who:is("crew"))) end}`)
		for _, line := range []string{"!g ann moderator", "!g ann moderator bot", "!g ann regular", "!g bob regular", "!g ann king", "!g ann regular me", "!r ann regular", "!id ann", "!id bob"} {
			b.Says("eve", line)
		}
		b.Can.Can = b.Can.Can.Without(engine.CapRole)
		b.Says("eve", "!g ann admin")
		b.Expect("set_role: ", "true", "true", "true", "unsupported: bob has no account",
			`user:grant: argument 1 (role): no role "king"; roles are guest, user, regular, subscriber, moderator, admin, owner`,
			`user:grant: argument 2 (by): unknown value "me"; there are network, bot`, "true", "person/x crew true", "nil  false", "true")
		if got := strings.Join(b.Gifts, ", "); got != "ann moderator, ann regular, ann guest, ann admin" {
			t.Errorf("gifts %s", got)
		}
	})
}
