package luaapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"botd/engine/script"
	"botd/luaapi"
	"botd/luaapi/luaapitest"
)

// evaluate runs code for an operator and returns what it came to.
func evaluate(t *testing.T, b *luaapitest.Bot, code string, write bool) string {
	t.Helper()
	got, err := b.Manager.Eval(context.Background(), "test", script.Evaluation{Session: "s", Code: code, Write: write})
	if err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	out := got.Printed
	if got.Fault != nil {
		out = append(out, "fault: "+got.Fault.Msg)
	}
	return strings.Join(append(out, got.Values...), "\n")
}

// Whoever declares that a function reads says so here too.
func TestFunctionsThatRead(t *testing.T) {
	var got []string
	add := func(prefix string, list []script.FuncDoc) {
		for _, f := range list {
			if f.Reads {
				got = append(got, prefix+f.Name)
			}
		}
	}
	pure := map[string]bool{"log": true, "i18n": true}
	for _, m := range luaapi.Pure() {
		pure[m.Name] = true
	}
	d := luaapi.New().Describe()
	add("", d.Globals)
	for _, m := range d.Modules {
		if !pure[m.Name] {
			add(m.Name+".", m.Functions)
			continue
		}
		for _, f := range m.Functions {
			if !f.Reads {
				t.Errorf("%s.%s only computes, and does not say so", m.Name, f.Name)
			}
		}
	}
	for _, c := range d.Classes {
		add(c.Name+":", c.Methods)
	}
	want := strings.Fields(`sleep bot.rooms bot.room bot.sessions bot.session cron.list cron.next cron.jobs
		kv.get kv.scan kv.top kv.ns mod.check mod.case mod.cases secret.get shared.get shared.scan shared.top shared.ns
		room:users room:user room:history room:can room:limits room:polls room:raffles user:is user:mention
		session:can session:rooms session:commands poll:results raffle:winners raffle:proof
		keyspace:get keyspace:scan keyspace:top keyspace:ns regex:find regex:match regex:all regex:gsub regex:split regex:test
		response:json response:header hook_request:json`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const lookedInto = `
local st = state{ karma = {ann = 3} }
local timer = every("1h", function() log.info("tick") end)
local sub = bot.on("join", function() end)
local task = bot.spawn(function() sleep("1h") end)
local entry = cron.every("1h", {id = "e"}, function() end)
local settings = bot.config
function held() return timer, sub, task, entry, settings end
local last
bot.on("message", function(ev) last = ev end)
function seen() return last end
bot.command("count", function(ev) ev:reply(st.karma.ann .. " " .. tostring(settings.limits and settings.limits.n)) end)
`

// Every way out of a script is shut for those who only look.
func TestLookingChangesNothing(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		if err := b.Load(script.Source{Code: []byte(lookedInto), Config: map[string]any{"limits": map[string]any{"n": 1.0}}}); err != nil {
			t.Fatal(err)
		}
		b.Says("ann", "hello")
		const r = "bot.room('lobby/lobby')"
		for _, code := range []string{
			"kv.set('a', 1)", "kv.delete('a')", "kv.incr('a')", "kv.update('a', function() return 1 end)", "kv.ns('a/'):set('b', 1)", "shared.set('a', 1)", "shared.incr('a')",
			r + ":say('x')", r + ":emote('x')", r + ":clear()", r + ":wait('message')", r + ":set_topic('x')", r + ":leave()", r + ":call('x', {})", r + ":poll{}", r + ":raffle{}",
			r + ":user('ann'):kick('x')", r + ":user('ann'):whisper('x')", "seen().user:ban()", "seen():reply('x')", "seen():stop()", "seen():ask('x')", "seen():react('x')",
			"bot.session('lobby'):call('x', {})", "bot.session('lobby'):join('x')", "bot.poll('x')", "bot.raffle('x')",
			"bot.on('message', print)", "bot.once('message', print)", "bot.hear('x', print)", "bot.command('x', print)", "bot.emit('x', {})", "bot.spawn(print)",
			"cron.at('@daily', print)", "cron.every('1h', print)", "cron.once('1h', 'x')", "cron.define('x', print)", "cron.cancel('e')", "cron.pause('e')", "cron.resume('e')",
			"http.get('https://example.com')", "http.post('https://example.com')", "http.request{url = 'https://example.com'}", "http.json('https://example.com')", "http.hook('x', {}, print)",
			"after(1, print)", "every(1, print)", "timeout(1, print)", "race(print)", "all(print)", "state.karma.ann = 4", "state.karma = nil", "st.karma.bob = 1",
			"config.schema{}", "metrics.count('x')", "metrics.observe('x', 1)", "mod.rules{}", "mod.ladder{}", "mod.undo('x')", "mod.permit('x', 'links')", "mod.nuke{}",
			"(held()):stop()", "select(2, held()):off()", "select(3, held()):cancel()", "select(3, held()):wait()", "select(4, held()):cancel()", "select(4, held()):pause()",
			"select(5, held()).limits.n = 2",
		} {
			if got := evaluate(t, b, code, false); !strings.HasPrefix(got, "fault: ") || !strings.HasSuffix(got, "start it with --write") {
				t.Errorf("%s: %q", code, got)
			}
		}
		// The module's own table of settings is another than the script's.
		if got := evaluate(t, b, "bot.config.limits.n = 2 return bot.config.limits.n", false); got != "2" {
			t.Errorf("settings: %q", got)
		}
		if n := len(b.Requests()); n != 0 {
			t.Errorf("%d actions left", n)
		}
		b.Says("ann", "!count")
		b.Expect("3 1")
		if got := evaluate(t, b, "#cron.list(), cron.list()[1].id", false); got != "1\n\"e\"" {
			t.Errorf("schedule: %q", got)
		}
	})
}

func TestLooking(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.People = append(b.People, luaapitest.User("ann"))
		b.Must(lookedInto)
		b.Says("ann", "hello")
		for code, want := range map[string]string{
			"state":                         "{karma = {ann = 3}}",
			"st.karma.ann + 1":              "4",
			"bot.room('lobby/lobby').topic": `"now"`,
			"bot.name":                      `"test"`,
			"text.truncate('abcdef', 3)":    `"ab…"`,
			"json.encode{a = 1}":            `"{\"a\":1}"`,
			"json.null":                     "json.null",
			"re.compile('a+'):find('xaa')":  "2\n3",
			"{bot.room('lobby/lobby')}":     "{room lobby/lobby}",
			"base64":                        "module base64: encode, decode",
			"kv.get":                        "function kv.get",
			"log.info('hi')":                "",
			"secret.get('x')":               "nil\nerror: denied: secrets need the grant secrets; add it to the grants of \"test\" in config.yaml",
			"seen().text, seen().user.name": "\"hello\"\n\"ann\"",
			"bot.room('lobby/lobby'):user('ann').name": `"ann"`,
			"bot.romms()": "fault: bot: unknown field or function \"romms\", did you mean \"rooms\"?",
		} {
			if got := evaluate(t, b, code, false); got != want {
				t.Errorf("%s\n\tgot  %q\n\twant %q", code, got, want)
			}
		}
		if got := evaluate(t, b, "seen()", false); !strings.HasPrefix(got, "event ") || !strings.Contains(got, `text = "hello"`) || !strings.Contains(got, "user = user ann") {
			t.Errorf("an event: %q", got)
		}
		for code, want := range map[string]string{
			"bot.ro": "bot.room bot.rooms", "x = st.ka": "st.karma", "seen": "seen", "tex": "text", "ev": "every", "st": "st state string", "text.trunc": "text.truncate", "csv.e": "csv.encode",
			"last:rep": "last:reply last:reply_to",
		} {
			got, err := b.Manager.Eval(context.Background(), "test", script.Evaluation{Session: "s", Code: code, Complete: true})
			if list := strings.Join(got.Values, " "); err != nil || list != want {
				t.Errorf("%q is completed to %q, %v", code, list, err)
			}
		}
	})
}

// With --write it is the script itself.
func TestChangingByHand(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(lookedInto)
		for _, code := range []string{
			"state.karma.ann = 10", "bot.room('lobby/lobby'):say('by hand')", "bot.command('new', function(ev) ev:reply('made by hand') end)", "(held()):stop()",
		} {
			if got := evaluate(t, b, code, true); strings.HasPrefix(got, "fault") {
				t.Errorf("%s: %q", code, got)
			}
		}
		b.Says("ann", "!count")
		b.Says("ann", "!new")
		b.Expect("by hand", "10 nil", "made by hand")
	})
}
