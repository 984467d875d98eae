package script

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

// eval runs code in the script and returns what it printed and its values, or its fault.
func (b *bench) eval(e Evaluation) string {
	b.t.Helper()
	got, err := b.m.Eval(context.Background(), "a", e)
	if err != nil {
		return "error: " + err.Error()
	}
	lines := got.Printed
	if got.Fault != nil {
		lines = append(lines, "fault: "+got.Fault.Error())
	}
	return strings.Join(append(lines, got.Values...), "\n")
}

func reading(code string) Evaluation { return Evaluation{Session: "s", Code: code} }
func writing(code string) Evaluation { return Evaluation{Session: "s", Code: code, Write: true} }

type evalCase struct{ code, want string }

func (b *bench) evals(make func(string) Evaluation, cases []evalCase) {
	b.t.Helper()
	for _, tt := range cases {
		if got := b.eval(make(tt.code)); got != tt.want {
			b.t.Errorf("%s\n\tgot  %q\n\twant %q", tt.code, got, tt.want)
		}
	}
}

const evalScript = `
local count, seen, shadow = 1, {ann = {1, 2}}, "early"
local function early() return shadow end
local shadow = "late"
local unused = 5
words = {"a", "b"}
function bump(n) count = count + (n or 1) seen.total = count return count end
function look() return count, shadow end
local co = coroutine.create(function() coroutine.yield(1) end)
local wrapped = coroutine.wrap(function() return 1 end)
function keep() return co, wrapped end
self = {}
self.me = self
on("message", function(ev) out(count, #words, seen.total) end)
`

func TestEvalShowsValues(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", evalScript)
		b.evals(reading, []evalCase{
			{"1 + 1", "2"},
			{"", ""},
			{"nil", "nil"},
			{"1, nil, 'x'", "1\nnil\n\"x\""},
			{"count", "1"},
			{"seen", "{ann = {1, 2}}"},
			{"shadow", `"late"`},
			{"unused", "nil"}, // no function uses it, so it is gone
			{"words[2]", `"b"`},
			{"self", "{me = {… itself}}"},
			{"{['a b'] = 1, [true] = 2, [3] = {}}", "{nil, nil, {}, [true] = 2, [\"a b\"] = 1}"},
			{"'a\\n\\t\"\\1é\\255'", "\"a\\n\\009\\\"\\001é\uFFFD\""},
			{"bump", "function(n) a.lua:7"},
			{"print", "function (built in)"},
			{"print('x', 1) return 2", "x\t1\n2"},
			{"for i = 1, 2 do print(i) end", "1\n2"},
			{"local t = {} for i = 1, 300 do t[i] = 7 end return #t, t[300]", "300\n7"},
			{"error('no')", "fault: (repl).lua:1: no"},
			{"nothing.x", "fault: (repl).lua:1: attempt to index a nil value (global 'nothing'), reading 'x'"},
			{"= 1", "fault: (repl).lua:1: unexpected symbol near '='"},
			{"1 + + 2", "fault: (repl).lua:1: unexpected symbol near '+'"},
		})
		many := b.eval(reading("local t = {} for i = 1, 300 do t[i] = i end return t"))
		if !strings.HasSuffix(many, "200,\n  … 100 more\n}") {
			t.Errorf("many items: %q", many)
		}
		deep := b.eval(reading("local t = {} for i = 1, 20 do t = {t} end return t"))
		if deep != "{{{{{{{{{…}}}}}}}}}" {
			t.Errorf("deep: %q", deep)
		}
		wide := b.eval(reading("local s, t = ('x'):rep(3000), {} for i = 1, 100 do t[i] = s end return t"))
		if len(wide) > 40<<10 || !strings.Contains(wide, "(3000 bytes)") || !strings.Contains(wide, "more\n}") {
			t.Errorf("wide: %d bytes", len(wide))
		}
		lines := b.eval(reading("for i = 1, 1e4 do print(i) end"))
		if len(lines) > 20<<10 || !strings.HasSuffix(lines, "(more was printed than can be shown)") {
			t.Errorf("printed %d bytes", len(lines))
		}
	})
}

// Whatever an evaluation that only reads does, the script has what it had.
func TestEvalReads(t *testing.T) {
	const starts = "start it with --write"
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", evalScript)
		for _, tt := range []struct{ code, want string }{
			{"count = 7", "count is a variable of the script"},
			{"words = {}", "words is a variable of the script"},
			{"print = nil", "print is a variable of the script"},
			{"words[1] = 'z'", "this changes words[1] of the script"},
			{"words[3] = 'z'", "this changes words[3] of the script"},
			{"words[1] = nil", "this changes words[1] of the script"},
			{"words[words] = 1", "this changes words of the script"},
			{"table.insert(words, 'c')", "this changes words[3] of the script"},
			{"table.remove(words)", "this changes words[2] of the script"},
			{"table.sort(words, function(a, b) return a > b end)", "this changes words[1] of the script"},
			{"rawset(words, 'x', 1)", "this changes words.x of the script"},
			{"setmetatable(words, {})", "this changes the metatable of words of the script"},
			{"seen.ann[1] = 9", "this changes seen.ann[1] of the script"},
			{"self.me.me.x = 1", "this changes self.x of the script"},
			{"bump()", "this changes the variable count of the script"},
			{"_G.words[1] = 2", "this changes words[1] of the script"},
			{"_G.count = 2", "count is a variable of the script"},
			{"for k, v in pairs(_G) do if k == 'words' then v[1] = 0 end end", "this changes words[1] of the script"},
			{"coroutine.resume((keep()))", ""},
			{"select(2, keep())()", "the function may change what it belongs to"},
			{"require 'lib'", "the script has not loaded it"},
		} {
			got := b.eval(reading(tt.code))
			if !strings.Contains(got, tt.want) || tt.want != "" && !strings.HasSuffix(got, starts) && !strings.HasSuffix(got, "which is gone; "+starts) {
				t.Errorf("%s: %q", tt.code, got)
			}
		}
		b.evals(reading, []evalCase{
			{"coroutine.resume((keep()))", "false\n\"the coroutine is not of this evaluation, and this repl only reads; start it with --write\""},
			{"coroutine.wrap(function() coroutine.yield(3) end)()", "3"},
			{"coroutine.status((keep()))", `"suspended"`},
			{"getmetatable(_G)", "false"},
			{"mine = {1}", ""}, // a variable of the session
			{"mine[2] = 2 return mine", "{1, 2}"},
			{"function double(x) return 2 * x end", ""},
			{"double(count)", "2"},
			{"look()", "1\n\"late\""},
			{"words == words, self.me == self", "true\ntrue"},
			{"count, words, seen", "1\n{\"a\", \"b\"}\n{ann = {1, 2}}"},
			{"pcall(bump) return 1", "fault: this changes the variable count of the script, and this repl only reads: a copy was changed, which is gone; start it with --write"},
		})
		b.say("x")
		b.idle()
		if got := b.got(); got != "1 2 nil" {
			t.Errorf("the script has %q", got)
		}
	})
}

func TestEvalWrites(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", evalScript)
		b.evals(writing, []evalCase{
			{"count = 7", ""},
			{"bump(3)", "10"},
			{"words[3] = 'c'", ""},
			{"coroutine.resume((keep()))", "true\n1"},
			{"select(2, keep())()", "1"},
			{"fresh = {n = 1} return fresh", "{n = 1}"},
			{"function bump() return 'new' end", ""},
			{"bump()", `"new"`},
			{"on('message', function() out('mine', count, fresh.n) end)", ""},
		})
		b.say("x")
		b.idle()
		if got := b.got(); got != "10 3 10\nmine 10 1" {
			t.Errorf("the script has %q", got)
		}
		b.evals(reading, []evalCase{{"fresh", "{n = 1}"}, {"count", "10"}})
	})
}

// A session that only reads keeps its variables until the script is loaded anew, and they
// are bounded.
func TestEvalSessions(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", "x = 1")
		b.eval(reading("mine = 1"))
		if got := b.eval(Evaluation{Session: "other", Code: "mine"}); got != "nil" {
			t.Errorf("another session sees %s", got)
		}
		if got := b.eval(Evaluation{Code: "mine = 2"}) + b.eval(Evaluation{Code: "mine"}); got != "nil" {
			t.Errorf("without a session: %s", got)
		}
		b.evals(reading, []evalCase{{"mine", "1"}})
		for _, name := range []string{"1", "2", "3", "4", "5"} {
			b.eval(Evaluation{Session: name, Code: "mine = 5"})
		}
		b.evals(reading, []evalCase{{"mine", "nil"}, {"mine = 1", ""}})
		got, err := b.m.Eval(context.Background(), "a", reading("large = {} for i = 1, 1e5 do large[i] = {} end"))
		if err != nil || !strings.Contains(got.Note, "were dropped") {
			t.Errorf("large variables: %+v, %v", got, err)
		}
		b.evals(reading, []evalCase{{"mine", "nil"}, {"mine = 1", ""}})
		b.mustLoad("a", "x = 2")
		if got, err := b.m.Eval(context.Background(), "a", reading("mine, x")); err != nil || got.Generation != 2 || got.Reason != "start" || strings.Join(got.Values, " ") != "nil 2" {
			t.Errorf("after a reload: %+v, %v", got, err)
		}
	})
}

// An evaluation has the limits of a handler, and what it does wrong is no fault of the script.
func TestEvalLimits(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		limits := testLimits
		limits.Steps, limits.Memory = 2_000_000, 2<<20
		if err := b.loadLimits("a", evalScript+"big = {} for i = 1, 1000 do big[i] = {i} end", limits); err != nil {
			t.Fatal(err)
		}
		for range strikesAllowed + 1 {
			for _, make := range []func(string) Evaluation{reading, writing} {
				if got := b.eval(make("while true do end")); got != "fault: (repl).lua:1: stopped: more than 2000000 instructions in one handler (limits.steps)" {
					t.Fatalf("got %q", got)
				}
			}
		}
		if got := b.eval(reading("local s = ('x'):rep(2^19) local t = {} for i = 1, 200 do t[i] = s .. i end")); !strings.Contains(got, "(limits.alloc)") {
			t.Errorf("much memory: %q", got)
		}
		if got := b.eval(reading("for i = 1, 50 do big[i] = big[i] end return #big")); got != "1000" {
			t.Errorf("copies: %q", got)
		}
		b.say("x")
		b.idle()
		st := b.m.Status()[0]
		if b.got() != "1 2 nil" || st.State != "running" || st.Errors != 0 || b.faults() != "" {
			t.Errorf("the script: %q, %+v, %s", b.got(), st, b.faults())
		}
	})
}

func TestEvalWaits(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", evalScript)
		began := time.Now()
		if got := b.eval(reading("sleep(5) return 1")); got != "1" || time.Since(began) != 5*time.Second {
			t.Errorf("got %q after %s", got, time.Since(began))
		}

		// Whoever wanted it can take it back, while it waits and while it runs.
		ctx, cancel := context.WithCancel(context.Background())
		got := make(chan error, 1)
		go func() { _, err := b.m.Eval(ctx, "a", writing("sleep(100) count = 2")); got <- err }()
		synctest.Wait()
		cancel()
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("err %v", err)
		}
		synctest.Wait()
		if st := b.m.Status()[0]; st.Waiting != 0 {
			t.Errorf("%d still wait", st.Waiting)
		}

		// A reload ends it, and says so.
		ended := make(chan string, 1)
		go func() { ended <- b.eval(writing("sleep(100) count = 2")) }()
		synctest.Wait()
		b.mustLoad("a", evalScript)
		if got := <-ended; !strings.Contains(got, "cancelled: the script was reloaded") {
			t.Errorf("after a reload: %q", got)
		}
		b.evals(reading, []evalCase{{"count", "1"}})
	})
}

// What runs is stopped at its next instruction once nobody wants it.
func TestEvalCancelled(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	began := make(chan struct{})
	b.m.onOpen = func(vm *VM) {
		vm.L.SetGlobal("began", vm.L.NewFunction(func(*lua.LState) int { close(began); return 0 }))
	}
	limits := testLimits
	limits.Steps = 0
	if err := b.loadLimits("a", "x = 1", limits); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-began; cancel() }()
	if _, err := b.m.Eval(ctx, "a", writing("began() while true do end")); !errors.Is(err, context.Canceled) {
		t.Errorf("err %v", err)
	}
	if got := b.eval(reading("x")); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestEvalRefusals(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		limits := testLimits
		limits.Steps = 1000
		if err := b.loadLimits("a", "on('message', function() while true do end end)", limits); err != nil {
			t.Fatal(err)
		}
		if _, err := b.m.Eval(context.Background(), "b", reading("1")); engine.CodeOf(err) != engine.NotFound {
			t.Errorf("no script: %v", err)
		}
		for range strikesAllowed {
			b.say("x")
		}
		b.idle()
		_, err := b.m.Eval(context.Background(), "a", reading("1"))
		if engine.CodeOf(err) != engine.RateLimited || !strings.Contains(err.Error(), "script a is suspended, 10.0 s left") {
			t.Errorf("suspended: %v", err)
		}
		_ = b.load("c", "= 1")
		if _, err := b.m.Eval(context.Background(), "c", reading("1")); engine.CodeOf(err) != engine.NotConnected || !strings.Contains(err.Error(), "c.lua:1: unexpected symbol") {
			t.Errorf("broken: %v", err)
		}
	})
}

func TestEvalHidesSecrets(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		err := b.m.Load(context.Background(), Source{
			Name: "a", File: "a.lua", Limits: testLimits, Hidden: []string{"hun\"ter\n2", "hun\"ter\n2-and-more", "123", "44441111"},
			Code: []byte("token, more, pin, num = 'hun\"ter\\n2', 'hun\"ter\\n2-and-more', '123', 44441111"),
		})
		if err != nil {
			t.Fatal(err)
		}
		const h = `"[secret]"`
		for _, make := range []func(string) Evaluation{reading, writing} {
			b.evals(make, []evalCase{
				{"token", h}, {"more", h}, {"pin", h}, {"num", "[secret]"},
				{"{{a = {token}}, [token] = 1, [more] = 2, [num] = 3}", `{{a = {"[secret]"}}, [[secret]] = 3, ["[secret]"] = 1, ["[secret]"] = 2}`},
				{"'x' .. token .. 'y'", `"x[secret]y"`},
				{"'abc123'", `"abc123"`}, // too short to be more than chance
				{"print(token, {}, more)", ""},
				{"error(token)", "fault: (repl).lua:1: [secret]"},
				{"error({code = 'invalid', message = token})", "fault: invalid: [secret]"},
				{"(('x'):rep(1998) .. token):sub(1, 1995)", `"` + strings.Repeat("x", 1995) + `"`},
			}[:7])
			for _, code := range []string{"print(token, more)", "print({token}[1])", "error(token)", "error({message = more})", "error(('x'):rep(1996) .. token)", "('x'):rep(1996) .. token",
				"setmetatable({}, {__tostring = function() return token end})", "print(setmetatable({}, {__tostring = function() return token end}))", "token.x.y", "_G[token].x", "token()"} {
				got := b.eval(make(code))
				if strings.Contains(got, "hun") || strings.Contains(got, "ter\\n2") {
					t.Errorf("%s shows %q", code, got)
				}
			}
		}
	})
}

func TestIncomplete(t *testing.T) {
	for code, want := range map[string]bool{
		"": false, "1": false, "x = 1": false, "f(": true, "for i = 1, 2 do": true, "for i = 1, 2 do end": false, "{1,": true, "x =": true,
		"[[a": true, "[[a]]": false, "'a": false, "x x": false, "function f()": true, "function f() return 1": true, "if x then y() else": true, "-- x": false, "1 +": true, ")": false,
	} {
		if got := Incomplete(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}

func TestEvalCompletes(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		b.mustLoad("a", evalScript)
		b.eval(reading("countless = {one = 1}"))
		for code, want := range map[string]string{
			"cou": "count countless", "x = wor": "words", "seen.": "seen.ann", "print(self.me.m": "self.me.me", "countless.o": "countless.one", "nothing.x": "",
			"string.up": "string.upper", "look().": "", "('x'):": "", "1 + ": "",
		} {
			e := reading(code)
			e.Complete = true
			got, err := b.m.Eval(context.Background(), "a", e)
			if list := strings.Join(got.Values, " "); err != nil || want != "" && list != want {
				t.Errorf("%q: %q, %v", code, list, err)
			}
		}
	})
}
