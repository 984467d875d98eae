package rehearse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/rehearse"
	"botd/luaapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are those of botd test over a folder with these scripts.
func options(t testing.TB, files map[string]string) rehearse.Options {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, "scripts", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	lib := luaapi.New()
	return rehearse.Options{
		Adapters: adapters.All(local.NewHub(local.Options{})), Library: lib, Tests: rehearse.Library(luaapi.Pure()...),
		ScriptsDir: filepath.Join(dir, "scripts"), PluginsDir: filepath.Join(dir, "plugins.d"), Seed: 1,
	}
}

func runAll(t testing.TB, o rehearse.Options) rehearse.Summary {
	t.Helper()
	files, err := o.Find(nil)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := rehearse.Files(t.Context(), o, files)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// passes fails the test for each case that fails.
func passes(t testing.TB, sum rehearse.Summary, cases int) {
	t.Helper()
	for _, r := range sum.Results {
		if r.Failure != nil {
			t.Errorf("%s %q: %v\n%s%s", r.File, r.Name, r.Failure.Error, r.Failure.Detail, strings.Join(r.Failure.Trace, "\n"))
		}
	}
	if sum.Cases != cases {
		t.Errorf("%d cases ran, want %d", sum.Cases, cases)
	}
}

const orderScript = `
bot.command{ "order", mode = "single", run = function(ev)
  local size = ev:choose("Which size?", {"small", "medium", "large"}, {timeout = "60s"})
  if not size then return ev:reply("no answer, order dropped") end
  local n, why = ev:ask("How many?", {as = "int", tries = 3})
  if not n then return ev:reply("order dropped: " .. why.message) end
  if ev:confirm(("%d %s, right?"):format(n, size)) then
    ev:reply("ordered, your total: " .. kv.incr("orders/" .. ev.user.id, n))
  end
end }`

func TestOrder(t *testing.T) {
	passes(t, runAll(t, options(t, map[string]string{"order.lua": orderScript, "tests/order_test.lua": `
test.case("order times out politely", function(t)
  t:load("order.lua")
  local room = t:room("lobby/lobby")
  local ann = room:user("ann")
  ann:says("!order")
  room:expect("Which size")
  t.clock:advance("61s")
  room:expect("order dropped")
  t:expect_no_leaks()
end)
test.case("order", function(t)
  t:load("order.lua")
  local room = t:room("lobby/lobby")
  local ann, bob = room:user("ann"), room:user("bob")
  ann:says("!order")
  bob:says("large")
  ann:says("large")
  room:expect("How many")
  ann:says("3")
  room:expect("3 large, right?")
  ann:says("yes")
  room:expect("ordered, your total: 3")
  expect(t:kv("order", "orders/id-ann")):equals(3)
  t:crash()
  ann:says("!order")
  ann:says("small") ann:says("2") ann:says("yes")
  room:expect("total: 5")
end)`})), 2)
}

const weatherScript = `
bot.command{ "weather", args = "city:rest", run = function(ev, a)
  local now, err = http.json("https://api.example.com/now", { query = {q = a.city}, timeout = "5s" })
  ev:reply(now and ("%s: %d degrees"):format(a.city, now.temp) or "no answer: " .. err.code)
end }
bot.command("break", function(ev) local nothing = nil; return nothing.field end)
bot.command("wait", function(ev) sleep("1h") ev:reply("awake") end)
bot.command("kick", function(ev, who) ev.room:user(who):kick("out") end)
bot.on("disconnect", function() log.info("gone") end)
bot.on("gap", function() log.info("back") end)
bot.on("stream", function(ev) ev.room:say("live: " .. tostring(ev.live)) end)
bot.on("reaction", function(ev) ev.room:say("thanks for " .. ev.emoji) end)
bot.on("edit", function(ev) ev.room:say("edited: " .. ev.text) end)
bot.on("join", function(ev) ev.user:whisper("welcome") end)
bot.command("roll", function(ev) ev:reply(tostring(rng.int(1000000))) end)
bot.command("count", function(ev) ev:reply("n " .. kv.incr("n")) end)`

func TestWorld(t *testing.T) {
	passes(t, runAll(t, options(t, map[string]string{"w.lua": weatherScript, "tests/w_test.lua": `
local room, ann
local function world(t, opts)
  t:load("w.lua", { grants = { "chat", "store", "http", "moderate" } })
  room = t:room("lobby/lobby", opts)
  ann = room:user("ann")
end
test.case("web", function(t)
  world(t)
  t:http("https://api.example.com/", { json = { temp = 21 } })
  ann:says("!weather Rome")
  room:expect("Rome: 21 degrees")
  local asked
  t:http("https://api.example.com/now", function(req) asked = req return { json = { temp = 3 } } end)
  ann:says("!weather Oslo")
  room:expect("Oslo: 3")
  expect(asked.url):contains("q=Oslo")
  t:http("https://api.example.com/now", { delay = "1m" })
  ann:says("!weather Bonn")
  room:expect_nothing()
  t.clock:advance("5s")
  room:expect("no answer: timeout")
end)
test.case("errors", function(t)
  world(t)
  t:expect_error("attempt to index", function() ann:says("!break") end)
end)
test.case("disconnect", function(t)
  world(t)
  room:disconnect()
  t:expect_log("gone")
  expect(room.online):is_false()
  room:connect()
  expect(room.online):is_true()
  t:expect_log("back")
  ann:says("!roll")
  expect(#room:lines()):equals(1)
end)
test.case("reload ends waits", function(t)
  world(t)
  ann:says("!wait")
  expect(function() t:expect_no_leaks() end):raises("1 handler of script w")
  t:reload()
  t:expect_no_leaks()
  t.clock:advance("2h")
  room:expect_nothing()
end)
test.case("people", function(t)
  world(t)
  ann:expect("welcome")
  local m = ann:says("hello")
  ann:edits(m, "bye")
  room:expect("edited: bye")
  ann:reacts(m, "+1")
  room:expect("thanks for +1")
  room:event("stream", { live = true })
  room:expect("live: true", { exact = true })
  local bob = room:user("bob")
  ann:says("!kick bob")
  room:expect_action("kick", { user = "bob", reason = "out" })
  expect(bob.here):is_false()
end)
test.case("lag and slow", function(t)
  world(t)
  room:lag("2s")
  ann:says("!roll")
  room:expect_nothing()
  t.clock:advance("2s")
  expect(#room:lines()):equals(1)
end)
test.case("duplicates come twice", function(t)
  world(t)
  room:duplicate()
  ann:says("!count")
  room:expect_lines{ "n 1", "n 2" }
end)
test.case("refusal, crash", function(t)
  world(t)
  room:refuse("say", { times = 1 })
  ann:says("!count")
  ann:says("!count")
  expect(t:kv("w", "n")):equals(2)
  t:crash()
  ann:says("!count")
  room:expect("n 3")
end)
test.case("the pace of a network", function(t)
  world(t, { like = "hackchat" })
  for i = 1, 30 do ann:says("!count") end
  room:expect("n 30")
  expect(#room:lines()):equals(30)
end)
test.case("a limit of a network", function(t)
  world(t, { can = { "say" } })
  expect(function() room:expect_action("nonsense") end):raises("no")
end)
`})), 10)
}

// Each failure names the place in the test, and shows what was there instead.
func TestFailures(t *testing.T) {
	for body, want := range map[string][]string{
		`local ann = room:user("ann") ann:says("!roll") room:expect("pong")`: {"did not say \"pong\"", "it said:\n  say: "},
		`room:user("ann"):says("!break")`:                                    {"script w: w.lua:6: ", "attempt to index", "> "},
		`expect({1, {a = 2}}):equals({1, {a = 3}})`:                          {"expected { 1, { a = 3 } }, got { 1, { a = 2 } }"},
		`expect("a"):contains("b")`:                                          {`expected "b" in "a"`},
		`t:load("nothing.lua")`:                                              {`no script "nothing"`},
		`room:expect_lines{ "x" }`:                                           {"the bot said other lines", "-x"},
		`t:expect_log("x")`:                                                  {"no script logged"},
		`t:room("a/b", {like = "hackcat"})`:                                  {`did you mean "hackchat"?`},
	} {
		sum := runAll(t, options(t, map[string]string{"w.lua": weatherScript,
			"tests/f_test.lua": "test.case('f', function(t) t:load('w.lua') local room = t:room('lobby/lobby')\n" + body + "\nend)"}))
		f := sum.Results[0].Failure
		if f == nil {
			t.Errorf("%s: did not fail", body)
			continue
		}
		text := f.Text()
		for _, w := range append(want, "f_test.lua:2") {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", body, w, text)
			}
		}
	}
}

// What chance and chaos do follows from the seed.
func TestSeed(t *testing.T) {
	o := options(t, map[string]string{"w.lua": weatherScript, "tests/s_test.lua": `
test.case("s", function(t)
  t:load("w.lua")
  local room = t:room("lobby/lobby")
  local ann = room:user("ann")
  for i = 1, 20 do ann:says("!roll") end
  for _, l in ipairs(room:lines()) do print(l.text) end
  error("end")
end)`})
	o.Chaos = true
	got := func(seed uint64) string {
		o.Seed = seed
		f := runAll(t, o).Results[0].Failure
		return strings.Join(f.Output, " ") + strings.Join(f.Chaos, ",")
	}
	first := got(7)
	if again := got(7); again != first {
		t.Errorf("seed 7 did\n%s\nand then\n%s", first, again)
	}
	if got(8) == first {
		t.Error("seed 8 does what seed 7 does")
	}
}

func TestReports(t *testing.T) {
	sum := runAll(t, options(t, map[string]string{"tests/r_test.lua": "test.case('good', function() end)\ntest.case('bad <', function() error('oh') end)"}))
	var tap, junit strings.Builder
	if err := sum.TAP(&tap); err != nil {
		t.Fatal(err)
	}
	if err := sum.JUnit(&junit); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1..2\n", "ok 1 - ", "not ok 2 - ", "# seed 1\n"} {
		if !strings.Contains(tap.String(), want) {
			t.Errorf("no %q in\n%s", want, &tap)
		}
	}
	for _, want := range []string{`<testsuites tests="2" failures="1"`, `name="bad &lt;"`, `<failure message=`} {
		if !strings.Contains(junit.String(), want) {
			t.Errorf("no %q in\n%s", want, &junit)
		}
	}
}

// BenchmarkSteps measures steps of a scenario, lines that are answered.
func BenchmarkSteps(b *testing.B) {
	o := options(b, map[string]string{"w.lua": weatherScript, "tests/b_test.lua": `
test.case("b", function(t)
  t:load("w.lua")
  local room = t:room("lobby/lobby")
  local ann = room:user("ann")
  for i = 1, 1000 do ann:says("!roll") end
end)`})
	steps := 0
	for b.Loop() {
		sum := runAll(b, o)
		passes(b, sum, 1)
		steps += sum.Steps
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
}
