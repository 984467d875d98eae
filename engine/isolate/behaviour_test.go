package isolate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/schedule"
	"botd/engine/script"
)

func TestReply(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("ping", function(ev, rest) ev:reply("pong" .. rest) end)
		bot.hear("^give (%w+)", function(ev, what) ev:reply(what .. " for " .. ev.user.name .. ", " .. ev.user.role) end)
		bot.on("message", {self = true}, function(ev) if ev.self then ev:reply("I said " .. ev.text) end end)`)
	for line, want := range map[string]string{"!ping": "pong", "!ping 7": "pong7", "botd: ping": "pong", "give tea now": "tea for ann, moderator", "x": ""} {
		if got := b.ask(line); got != want {
			t.Errorf("%s: got %q, want %q\n%s", line, got, want, b.fault())
		}
	}
	own := message("hi")
	own.Self = true
	b.deliver(own)
	b.idle()
	if got := b.take(); got != "I said hi" {
		t.Errorf("own message: got %q", got)
	}
}

// What a script finds out about the world is what the daemon says.
func TestQuestions(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("ask", function(ev)
			local room = bot.room("s/lobby")
			local names = {}
			for _, u in ipairs(room:users()) do names[#names + 1] = u.name end
			local s = bot.sessions()[1]
			local denied, err = room:set_topic("x")
			ev:reply(table.concat({
				room.topic, table.concat(names, ","), room:history(5)[1].text, tostring(room:can("say")), tostring(room:can("ban")),
				room:limits().text_unit, s.name, s.state, s:commands()[1].name, s:commands()[1].params[1].name,
				bot.name, tostring(bot.room("s/none")), ev.extra.colour,
			}, " "))
		end)`)
	if got, want := b.ask("!ask"), "x\nwelcome botd,ann earlier true false utf16 s online changenick nick a nil red"; got != want {
		t.Errorf("got %q, want %q\n%s", got, want, b.fault())
	}
}

// Only a script that may read how to reach people is sent it at all.
func TestContacts(t *testing.T) {
	for name, want := range map[string]string{"trusted": "ann ann@example.org", "other": "ann nil"} {
		b := newBench(t)
		b.mustLoad(name, `bot.on("raffle", function(ev) ev.room:say(ev.winners[1].name .. " " .. tostring(ev.email)) end)`)
		b.deliver(&engine.Event{ID: "r1", Session: "s", Platform: "local", Room: lobby, Body: engine.RaffleChanged{
			Raffle: "1", Status: "drawn", Winners: []engine.User{{Name: "ann"}}, Email: engine.NewPrivate("ann@example.org"),
		}})
		b.idle()
		if got := b.take(); got != want {
			t.Errorf("%s read %q, want %q\n%s", name, got, want, b.fault())
		}
	}
}

func TestReceipts(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("wait", function(ev) local m, err = ev.room:say("one", {wait = true}) ev:reply(m and m.id .. m.receipt.status or err.code) end)
		bot.command("refused", function(ev) local m, err = ev.room:say("two") log.info(tostring(m) .. " " .. err.code .. " " .. err.message .. " " .. err.retry_after) end)
		bot.command("edit", function(ev) local m = ev.room:say("three") assert(m:edit("four")) log.info(m.text) end)`)
	if got := b.ask("!wait"); got != "one\nm1echoed" {
		t.Errorf("wait: %q", got)
	}
	if got := b.ask("!edit"); got != "three\nfour" {
		t.Errorf("edit: %q", got)
	}
	b.door.mu.Lock()
	b.answer = func(r script.Request, done func(engine.Receipt)) {
		done(engine.Fail(&engine.Error{Code: engine.RateLimited, Msg: "slow down", RetryAfter: 3 * time.Second}))
	}
	b.door.mu.Unlock()
	b.ask("!refused")
	if got := strings.Join(b.log, "\n"); !strings.Contains(got, "nil rate_limited slow down 3") {
		t.Errorf("refused: %q", got)
	}
	if r := b.last; r.Origin.Script != "a" || r.Origin.Gen != 1 || !strings.HasPrefix(string(r.Origin.Event), "e") || r.Lane != engine.LaneReply {
		t.Errorf("request %+v", r)
	}
	if f := b.fault(); f != "" {
		t.Error(f)
	}
}

func TestLoadFaultKeepsTheOldVersion(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `bot.command("ping", function(ev) ev:reply("one") end)`)
	first := b.status()
	for _, bad := range []string{"bot.command('ping', function(ev\n  x y\nend)", "error('no')", "local x = nil\nx.y = 1", "while true do end"} {
		err := b.load("a", bad)
		e, ok := err.(*script.Error)
		if !ok || !e.Load || e.Script != "a" || e.File != "a.lua" || e.Line == 0 || len(e.Excerpt) == 0 {
			t.Errorf("%q: %#v", bad, err)
		}
		if st := b.status(); st.State != "broken" || st.Problem != err.Error() || st.Process != first.Process || st.Generation != 1 {
			t.Errorf("status %+v", st)
		}
		if !strings.HasSuffix(b.fault(), err.Error()) {
			t.Errorf("%q was not reported", err)
		}
	}
	if got := b.ask("!ping"); got != "one" {
		t.Errorf("got %q", got)
	}
	b.mustLoad("a", `bot.command("ping", function(ev) ev:reply("two " .. bot.generation) end)`)
	if got := b.ask("!ping"); got != "two 6" {
		t.Errorf("got %q", got)
	}
	if st := b.status(); st.State != "running" || st.Problem != "" || st.Generation != 6 || st.Process == first.Process || st.Handled < 2 {
		t.Errorf("status %+v", st)
	}
}

func TestHandlerFault(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", "bot.on('message', function(ev)\n  local x = nil\n  x.y = 1\nend)")
	ev := message("x")
	b.deliver(ev)
	b.idle()
	if len(b.faults) != 1 {
		t.Fatalf("faults %s", b.fault())
	}
	e := b.faults[0]
	if e.Script != "a" || e.File != "a.lua" || e.Line != 3 || e.Event != ev.ID || len(e.Excerpt) != 3 || len(e.Trace) == 0 || e.Load {
		t.Errorf("fault %+v", e)
	}
	if st := b.status(); st.Errors != 1 || st.Handled != 1 {
		t.Errorf("status %+v", st)
	}
}

func TestTimersTasksAndWaits(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("later", function(ev) sleep(0.01) ev:reply("slept") end)
		bot.command("join", function(ev) local t = bot.spawn(function() sleep(0.001) return "spawned" end) ev:reply(t:wait()) end)
		bot.command("conversation", function(ev) local a = ev.room:wait("message", function(e) return e.text == "answer" end) ev:reply("got " .. a.text) end)
		after(0.001, function() bot.room("s/lobby"):say("tick") end)
		bot.spawn(function() bot.room("s/lobby"):say("at once") end)`)
	b.until("the timer has fired", func() bool { b.door.mu.Lock(); defer b.door.mu.Unlock(); return len(b.said) == 2 })
	if got := b.take(); got != "at once\ntick" && got != "tick\nat once" { // a busy machine takes a millisecond to load
		t.Errorf("got %q", got)
	}
	for line, want := range map[string]string{"!later": "slept", "!join": "spawned"} {
		if got := b.ask(line); got != want {
			t.Errorf("%s: %q\n%s", line, got, b.fault())
		}
	}
	b.say("!conversation")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.m.WaitQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	if b.m.Idle() || b.status().Waiting != 1 {
		t.Errorf("idle %t, status %+v", b.m.Idle(), b.status())
	}
	b.say("something else")
	b.say("answer")
	b.idle()
	if got := b.take(); got != "got answer" {
		t.Errorf("got %q", got)
	}
}

func TestReloadEndsTheOldVersion(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		every(0.01, function() log.info("old") end)
		bot.command("wait", function(ev) local ok, err = pcall(sleep, 3600) ev:reply("woken " .. tostring(ok)) end)
		bot.on("message", function(ev) ev:reply("old " .. ev.text) end)`)
	b.say("!wait")
	old := b.status().Process
	b.mustLoad("a", `bot.on("message", function(ev) ev:reply("new " .. ev.text .. " " .. bot.reload_reason) end)`)
	b.door.mu.Lock()
	before := len(b.log)
	b.door.mu.Unlock()
	b.take()
	if got := b.ask("x"); got != "new x start" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	b.door.mu.Lock()
	after := len(b.log)
	b.door.mu.Unlock()
	if after != before {
		t.Error("a timer of the old version still runs")
	}
	b.until("its process is gone", func() bool { return !alive(old) })
	if f := b.fault(); f != "" {
		t.Errorf("faults %s", f)
	}
}

func TestReloadLosesAndDoublesNothing(t *testing.T) {
	b := newBench(t)
	code := `bot.on("message", function(ev) for i = 1, 200 do end ev:reply(ev.text) end) -- `
	b.mustLoad("a", code)
	const total, reloads = 3000, 30
	var loads sync.WaitGroup
	loads.Go(func() {
		for i := range reloads {
			if err := b.load("a", code+strconv.Itoa(i)); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range total { // fits the mailbox
		b.say(strconv.Itoa(i))
	}
	loads.Wait()
	b.idle()
	got := strings.Split(b.take(), "\n")
	if len(got) != total {
		t.Fatalf("%d answers to %d messages; %s %+v", len(got), total, b.fault(), b.status())
	}
	for i, line := range got {
		if line != strconv.Itoa(i) {
			t.Fatalf("answer %d is %q", i, line)
		}
	}
	if st := b.status(); st.Generation != reloads+1 || st.Dropped != 0 || st.Handled < total*9/10 || st.Handled > total {
		t.Errorf("status %+v", st)
	}
}

func TestRequire(t *testing.T) {
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib")
	files := map[string]string{"lib/words.lua": "return {greet = 'hi'}", "lib/late.lua": "return {n = 7}", "secret.txt": "secret"}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(lib, "out.lua")); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	src := source("a", `
		local w = require "words"
		bot.command("greet", function(ev) ev:reply(w.greet .. require("late").n) end)
		bot.command("try", function(ev, name) ev:reply(select(2, pcall(require, name))) end)`)
	src.Roots = []string{dir, lib}
	if err := b.m.Load(context.Background(), src); err != nil {
		t.Fatal(err)
	}
	if got := b.ask("!greet"); got != "hi7" {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{"../secret", "/etc/passwd", "out", "none", "secret.txt"} {
		if got := b.ask("!try " + name); !strings.Contains(got, "require") || strings.Contains(got, "root:") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, name := range []string{"words", "late", "none"} {
		if got := b.m.Using(filepath.Join(lib, name+".lua")); len(got) != 1 || got[0] != "a" {
			t.Errorf("%s is used by %v", name, got)
		}
	}
	if got := b.m.Using(filepath.Join(lib, "other.lua")); got != nil {
		t.Errorf("a file that nobody asked for is used by %v", got)
	}
}

func TestUnload(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("wait", function(ev) sleep(3600) end)
		bot.on("message", function(ev) ev:reply(ev.text) end)`)
	b.mustLoad("b", `bot.on("message", function(ev) ev:reply("b") end)`)
	b.say("!wait")
	pid := b.m.Status()[0].Process
	if err := b.m.Unload(context.Background(), "a"); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Error("its process is still there")
	}
	if got := b.ask("x"); got != "b" {
		t.Errorf("got %q", got)
	}
	if err := b.m.Unload(context.Background(), "a"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("err %v", err)
	}
	if st := b.status(); st.Name != "b" {
		t.Errorf("status %+v", st)
	}
	if f := b.fault(); f != "" {
		t.Errorf("faults %s", f)
	}
}

func TestEmitAndLog(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.on("karma.changed", function(ev) ev.room = nil end)
		bot.command("emit", function(ev)
			bot.emit("karma.changed", {who = "ann", list = {1, 2}})
			local ok, err = pcall(bot.emit, "not.granted", 1)
			print("x", 1, tostring(ok))
			log.warn("careful", {n = 1})
		end)`)
	b.ask("!emit")
	if len(b.emitted) != 1 || fmt.Sprint(b.emitted[0]) != "{karma.changed map[list:[1 2] who:ann] a}" {
		t.Errorf("emitted %+v", b.emitted)
	}
	if got := strings.Join(b.log, "\n"); !strings.Contains(got, "a INFO x\t1") || !strings.Contains(got, "a WARN careful map[n:1]") {
		t.Errorf("log %q", got)
	}
	b.deliver(&engine.Event{ID: "e", Body: engine.Custom{Name: "karma.changed", From: "b"}})
	b.idle()
	if len(b.faults) != 1 {
		t.Errorf("the handler of the event did not run: %s", b.fault())
	}
}

func TestStore(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("store", function(ev)
			assert(kv.set("k\255", {text = "\255\0", n = 1.5, list = {1, "x"}}))
			assert(kv.set("k2", 7))
			local v = kv.get("k\255")
			local none, err = kv.get("denied")
			local big, why = kv.set("k3", ("\1"):rep(300000))
			local keys = {}
			for _, e in ipairs(kv.scan("k")) do keys[#keys + 1] = e.key end
			ev:reply(table.concat({tostring(v.text == "\255\0"), v.n, v.list[2], tostring(kv.get("none", "?")), err.code, why.code, #keys}, " "))
		end)`)
	if got := b.ask("!store"); got != "true 1.5 x ? denied quota 2" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
}

func TestFetch(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("ask", function(ev)
			local r = assert(http.request{url = "http://x", method = "PUT", headers = {X = "\254"}, body = "\255", timeout = "3s", cache = "5s", retry = 2})
			ev:reply(table.concat({tostring(r.body == "a PUT http://x \254 3s 5s 2 \255\255"), r.status, tostring(r:header("X") == "\255"), r.url, tostring(r.cached)}, " "))
		end)
		bot.command("slow", function(ev) timeout("500ms", http.get, "http://slow/") ev:reply("gave up") end)
		bot.command("die", function(ev) http.get("http://slow/") end)`)
	if got := b.ask("!ask"); got != "true 404 true http://x/ true" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	if got := b.ask("!slow"); got != "gave up" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	b.until("the request is cancelled", func() bool { return b.door.aborted.Load() == 1 })
	b.say("!die")
	b.until("the next request is on its way", func() bool { return b.door.asked.Load() == 2 })
	b.mustLoad("a", `bot.command("x", function() end)`)
	b.until("the request of the old generation is cancelled", func() bool { return b.door.aborted.Load() == 2 })
}

func TestHook(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		assert(http.hook("deploy", {secret = "s\255", max = 7}, function(req)
			if req.body == "fail" then error("no") end
			sleep(0.001)
			return 201, req.path .. " " .. req.query.q .. " " .. req.headers.x .. " " .. req.body
		end))
		bot.command("denied", function(ev) local _, err = http.hook("denied", {secret = ""}, print) ev:reply(err.code) end)`)
	call := func(body string) script.HookReply {
		t.Helper()
		b.door.mu.Lock()
		serve := b.door.hooks["a deploy s\xff 7"]
		b.door.mu.Unlock()
		if serve == nil {
			t.Fatal("there is no webhook")
		}
		answers := make(chan script.HookReply, 1)
		serve(script.HookCall{Path: "deploy", Query: map[string]string{"q": "\xfe"}, Headers: map[string]string{"x": "y"}, Body: []byte(body)},
			func(a script.HookReply) { answers <- a })
		return <-answers
	}
	if got := call("\xff"); got.Status != 201 || got.Body != "deploy \xfe y \xff" {
		t.Errorf("answered %+v", got)
	}
	if got := call("fail"); got.Status != 500 || !strings.Contains(b.fault(), "no") {
		t.Errorf("answered %+v; %s", got, b.fault())
	}
	if got := b.ask("!denied"); got != "denied" {
		t.Errorf("got %q", got)
	}
	b.mustLoad("a", `bot.command("x", function() end)`)
	b.until("the webhook is gone", func() bool { b.door.mu.Lock(); defer b.door.mu.Unlock(); return len(b.door.hooks) == 0 })
}

func TestSchedule(t *testing.T) {
	b := newBench(t)
	code := `
		local e = cron.every("1h", {id = "hourly", only_if = {lines = 3, rooms = {"s/*"}}}, function(at) bot.room("s/lobby"):say("hour " .. type(at)) end)
		bot.command("entry", function(ev) ev:reply(e.id .. " " .. e.spec .. " " .. e.tz .. " " .. tostring(e.next - time.now() > 3500) .. " " .. tostring(e.paused)) end)
		bot.command("pause", function(ev) e:pause() end)
		bot.command("soon", function(ev) local f f = cron.every("1s", function() f:cancel() ev:reply("a second") end) end)
		bot.command("cancel", function(ev) e:cancel() end) -- `
	b.mustLoad("a", code)
	list := func() (ids []string) {
		for _, i := range b.door.schedule.List() {
			ids = append(ids, fmt.Sprint(i.Script, " ", i.ID, " ", i.Paused))
		}
		return ids
	}
	if got := b.ask("!entry"); got != "hourly @every 1h0m0s UTC true false" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	if err := b.door.schedule.RunNow(schedule.Key{Owner: "a", ID: "hourly"}); err != nil {
		t.Fatal(err)
	}
	b.idle()
	if got := b.take(); got != "hour number" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
	b.ask("!pause")
	b.mustLoad("a", code+"again")
	b.idle()
	if got := list(); !slices.Equal(got, []string{"a hourly true"}) {
		t.Errorf("after a reload: %q", got)
	}
	b.say("!soon")
	b.until("a second has passed", func() bool { return b.take() == "a second" })
	pid := b.status().Process
	killProcess(t, pid)
	b.until("it is replaced", func() bool { st := b.status(); return st.State == "running" && st.Process != pid })
	b.idle()
	if got := list(); !slices.Equal(got, []string{"a hourly true"}) {
		t.Errorf("after a crash: %q", got)
	}
	b.ask("!cancel")
	if got := list(); len(got) != 0 {
		t.Errorf("after it was cancelled: %q", got)
	}
	b.mustLoad("unscheduled", `
		local e, err = cron.every("1h", function() end)
		log.info(tostring(e) .. " " .. err.code)`)
	b.door.mu.Lock()
	defer b.door.mu.Unlock()
	if got := strings.Join(b.log, "\n"); !strings.Contains(got, "nil denied") || strings.Contains(got, "vain") {
		t.Errorf("log %s", got)
	}
}

func TestRoomsAndConfig(t *testing.T) {
	b := newBench(t)
	hc, err := engine.ParseRoomGlob("hc/*")
	if err != nil {
		t.Fatal(err)
	}
	src := source("a", `bot.on("message", function(ev) ev:reply(bot.config.word .. bot.config.list[2] .. ev.text) end)`)
	src.Rooms = []engine.RoomGlob{hc}
	src.Config = map[string]any{"word": "w", "list": []any{int64(1), int64(2)}}
	if err := b.m.Load(context.Background(), src); err != nil {
		t.Fatal(err)
	}
	if got := b.ask("other room"); got != "" {
		t.Errorf("got %q", got)
	}
	ev := message("x")
	ev.Session = "hc"
	b.deliver(ev)
	b.idle()
	if got := b.take(); got != "w2x" {
		t.Errorf("got %q\n%s", got, b.fault())
	}
}

func TestMailboxIsBounded(t *testing.T) {
	b := newBench(t)
	src := source("a", `bot.on("message", function(ev) ev:reply(ev.text) end)`)
	src.Limits.Mailbox = 100
	if err := b.m.Load(context.Background(), src); err != nil {
		t.Fatal(err)
	}
	stopProcess(t, b.status().Process)
	for i := range 150 {
		b.say(strconv.Itoa(i))
	}
	if st := b.status(); st.Queued != 100 || st.Dropped != 50 {
		t.Errorf("status %+v", st)
	}
	continueProcess(t, b.status().Process)
	b.idle()
	if got := strings.Split(b.take(), "\n"); len(got) != 100 || got[99] != "99" {
		t.Errorf("%d answers, %v; %s; %+v", len(got), got, b.fault(), b.status())
	}
}

// A script that hits its limits is stopped inside its process, as it would be without.
func TestLimitsInside(t *testing.T) {
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("spin", function() while true do end end)
		bot.command("ping", function(ev) ev:reply("pong") end)`)
	pid := b.status().Process
	b.ask("!spin")
	if !strings.Contains(b.fault(), "stopped: ") {
		t.Errorf("faults %q", b.fault())
	}
	if got := b.ask("!ping"); got != "pong" || b.status().Process != pid {
		t.Errorf("got %q, status %+v", got, b.status())
	}
	for range 5 {
		b.ask("!spin")
	}
	b.until("it is suspended", func() bool { return b.status().State == "suspended" })
	if st := b.status(); st.Until.IsZero() || st.Problem == "" {
		t.Errorf("status %+v", st)
	}
	if got := b.ask("!ping"); got != "" {
		t.Errorf("a suspended script answers %q", got)
	}
	b.mustLoad("a", `bot.command("ping", function(ev) ev:reply("mended") end)`)
	if got := b.ask("!ping"); got != "mended" {
		t.Errorf("got %q", got)
	}
}
