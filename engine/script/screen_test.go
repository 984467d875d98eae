package script

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/dispatch"
	"botd/engine/trace"
)

// screens gives scripts a global filter(fn).
func (b *bench) screens(vm *VM) {
	b.globals(vm)
	vm.L.SetGlobal("filter", vm.L.NewFunction(func(L *lua.LState) int {
		c := &Call{vm, taskOf(L), L}
		if _, err := c.Subscribe(dispatch.Sub{Screen: &dispatch.Screen{}}, Func{L.CheckFunction(1)}, false); err != nil {
			L.RaiseError("%s", err.Error())
		}
		return 0
	}))
}

// withScreens runs f in a bubble with a manager whose scripts can have filters.
func withScreens(t *testing.T, f func(b *bench)) {
	inVirtualTime(t, func(b *bench) {
		b.m.onOpen = b.screens
		f(b)
	})
}

// answers collects what filters said.
type answers struct {
	mu   sync.Mutex
	list []dispatch.Ruling
}

func (a *answers) add(r dispatch.Ruling) { a.mu.Lock(); a.list = append(a.list, r); a.mu.Unlock() }

func (a *answers) got() []dispatch.Ruling {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]dispatch.Ruling(nil), a.list...)
}

// one is the only answer there is.
func (a *answers) one(t *testing.T) dispatch.Ruling {
	t.Helper()
	synctest.Wait()
	list := a.got()
	if len(list) != 1 {
		t.Fatalf("the answers are %+v", list)
	}
	return list[0]
}

func everybody(string) bool { return true }

// ask asks the first filter about a text.
func (b *bench) ask(text string) (a *answers, giveUp func()) {
	b.t.Helper()
	p := prepared(text)
	st, ok := b.m.NextScreen(&p, nil, everybody)
	if !ok {
		b.t.Fatal("there is no filter")
	}
	a = &answers{}
	return a, st.Ask(&p, a.add)
}

func TestWhatFiltersReturn(t *testing.T) {
	long := strings.Repeat("x", dispatch.MaxText)
	for _, tt := range []struct {
		code string
		want dispatch.Ruling
	}{
		{`end`, dispatch.Ruling{}},
		{`return nil end`, dispatch.Ruling{}},
		{`return "pass" end`, dispatch.Ruling{}},
		{`return "drop", 1 end`, dispatch.Ruling{Drop: true}},
		{`return text(ev) .. "!" end`, dispatch.Ruling{Changed: true, Text: "hi!"}},
		{`return "" end`, dispatch.Ruling{Changed: true}},
		{`return "a\255b" end`, dispatch.Ruling{Changed: true, Text: "a\uFFFDb"}},
		{`sleep(1) return "drop" end`, dispatch.Ruling{Drop: true}},
		{`return ("x"):rep(16384) end`, dispatch.Ruling{Changed: true, Text: long}},
		{`return ("x"):rep(16385) end`, dispatch.Ruling{Failed: trace.HandlerError, Why: "a.lua:1: a filter returns a text of at most 16384 bytes, got 16385"}},
		{`return {} end`, dispatch.Ruling{Failed: trace.HandlerError, Why: `a.lua:1: a filter returns "pass", "drop" or a text, got a table`}},
		{`return true end`, dispatch.Ruling{Failed: trace.HandlerError, Why: `a.lua:1: a filter returns "pass", "drop" or a text, got a boolean`}},
		{`error("boom") end`, dispatch.Ruling{Failed: trace.HandlerError, Why: "a.lua:1: boom"}},
		{`while true do end end`, dispatch.Ruling{Failed: trace.Limit, Why: "stopped: more than 2000000 instructions in one handler (limits.steps)"}},
	} {
		withScreens(t, func(b *bench) {
			b.mustLoad("a", "filter(function(ev) "+tt.code+")")
			a, _ := b.ask("hi")
			time.Sleep(2 * time.Second)
			if got := a.one(t); got != tt.want {
				t.Errorf("%s: got %+v, want %+v", tt.code, got, tt.want)
			}
			if failed := tt.want.Failed != ""; failed != (b.faults() != "") {
				t.Errorf("%s: the author hears %q", tt.code, b.faults())
			}
		})
	}
}

func TestNextScreen(t *testing.T) {
	withScreens(t, func(b *bench) {
		p := prepared("hi")
		if _, ok := b.m.NextScreen(&p, nil, everybody); ok || b.m.Screens() {
			t.Fatal("a filter without a script")
		}
		b.mustLoad("b", `filter(function() end) filter(function() end)`)
		b.mustLoad("a", `filter(function() end)`)
		b.mustLoad("c", `on("message", function() end)`)
		var got []dispatch.Place
		var after *dispatch.Place
		for {
			st, ok := b.m.NextScreen(&p, after, func(name string) bool { return name != "x" })
			if !ok {
				break
			}
			got, after = append(got, st.Place), &st.Place
		}
		if len(got) != 3 || got[0].Script != "a" || got[1] != (dispatch.Place{Script: "b", Order: 1}) || got[2] != (dispatch.Place{Script: "b", Order: 2}) {
			t.Errorf("the filters are %+v", got)
		}
		if _, ok := b.m.NextScreen(&p, nil, func(string) bool { return false }); ok {
			t.Error("a filter of a script that may have none")
		}
		for _, name := range []string{"a", "b"} {
			if err := b.m.Unload(context.Background(), name); err != nil {
				t.Fatal(err)
			}
		}
		if b.m.Screens() {
			t.Error("filters are left of scripts that are gone")
		}
	})
}

// A question that has not begun when the script is reloaded is nobody's: there may be another
// filter. One that has begun and waits has failed.
func TestFilterAndReload(t *testing.T) {
	withScreens(t, func(b *bench) {
		const code = `filter(function(ev) out("v", text(ev)) sleep(1) return "drop" end)`
		b.mustLoad("a", code)
		free := b.hold("a")
		queued, _ := b.ask("queued")
		loaded := make(chan error)
		go func() { loaded <- b.load("a", code) }()
		synctest.Wait()
		free()
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := queued.got(); len(got) > 0 && !got[0].Again && got[0].Failed != trace.Cancelled {
			t.Errorf("a question that waited: %+v", got)
		}
		begun, _ := b.ask("begun")
		synctest.Wait()
		if err := b.load("a", code); err != nil {
			t.Fatal(err)
		}
		if got := begun.one(t); got.Failed != trace.Cancelled || got.Unasked {
			t.Errorf("one that had begun: %+v", got)
		}
		if got := queued.one(t); b.got() == "v begun" != got.Again {
			t.Errorf("the filter was called with %q, and answered %+v", b.got(), got)
		}
	})
}

// With the script go the answers to its questions.
func TestFilterAndUnload(t *testing.T) {
	withScreens(t, func(b *bench) {
		b.mustLoad("a", `filter(function() sleep(1) end)`)
		begun, _ := b.ask("begun")
		synctest.Wait()
		free := b.hold("a")
		queued, _ := b.ask("queued")
		unloaded := make(chan error)
		go func() { unloaded <- b.m.Unload(context.Background(), "a") }()
		synctest.Wait()
		if got := queued.got(); len(got) > 0 {
			t.Errorf("answered while the script was busy: %+v", got)
		}
		free()
		if err := <-unloaded; err != nil {
			t.Fatal(err)
		}
		if got := queued.one(t); got.Failed != trace.Cancelled || !got.Unasked {
			t.Errorf("the one that waited: %+v", got)
		}
		if got := begun.one(t); got.Failed != trace.Cancelled {
			t.Errorf("the one that had begun: %+v", got)
		}
	})
}

// A script that is suspended answers at once, also what it was asked before.
func TestFilterOfASuspendedScript(t *testing.T) {
	withScreens(t, func(b *bench) {
		limits := testLimits
		limits.Steps = 1000
		if err := b.loadLimits("a", `filter(function(ev) if text(ev) == "loop" then while true do end end end)`, limits); err != nil {
			t.Fatal(err)
		}
		var all []*answers
		free := b.hold("a")
		for range strikesAllowed {
			a, _ := b.ask("loop")
			all = append(all, a)
		}
		behind, _ := b.ask("behind")
		free()
		if got := behind.one(t); got.Failed != trace.Suspended || !got.Unasked {
			t.Errorf("the one behind: %+v", got)
		}
		for _, a := range all {
			if got := a.one(t); got.Failed != trace.Limit {
				t.Errorf("one that looped: %+v", got)
			}
		}
		after, _ := b.ask("after")
		if got := after.one(t); got.Failed != trace.Suspended || !strings.Contains(got.Why, "left: 5 handlers were stopped") {
			t.Errorf("one after: %+v", got)
		}
		time.Sleep(firstSuspension)
		synctest.Wait()
		later, _ := b.ask("later")
		if got := later.one(t); got != (dispatch.Ruling{}) {
			t.Errorf("after its end: %+v", got)
		}
	})
}

// A question that is given up ends the filter wherever it is, and has no answer.
func TestFilterGivenUp(t *testing.T) {
	withScreens(t, func(b *bench) {
		b.mustLoad("a", `filter(function(ev) out(text(ev)) sleep(3600) out("woke") end) on("message", function(ev) out("heard", text(ev)) end)`)
		parked, giveUp := b.ask("parked")
		synctest.Wait()
		giveUp()
		giveUp()
		synctest.Wait()
		free := b.hold("a")
		queued, giveUpQueued := b.ask("queued")
		giveUpQueued()
		free()
		synctest.Wait()
		if err := b.m.WaitIdle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if len(parked.got())+len(queued.got()) > 0 || b.got() != "parked" {
			t.Errorf("answers %+v %+v, output %q", parked.got(), queued.got(), b.got())
		}
		if !strings.Contains(b.faults(), "a filter has 5s to decide") {
			t.Errorf("the author hears %q", b.faults())
		}
		b.say("x")
		b.idle()
		if b.got() != "parked\nheard x" {
			t.Errorf("output %q", b.got())
		}
	})
}

// Questions and events of one script take turns: a handler is not the only piece of work that
// an event is, so there are two questions for each at first.
func TestFiltersAndHandlersTakeTurns(t *testing.T) {
	withScreens(t, func(b *bench) {
		b.mustLoad("a", `filter(function(ev) out("f") end) on("message", function() out("m") end)`)
		free := b.hold("a")
		for range 4 {
			b.ask("x")
			b.say("x")
		}
		free()
		b.idle()
		if got := strings.ReplaceAll(b.got(), "\n", ""); got != "ffmffmmm" {
			t.Errorf("got %q", got)
		}
		if !b.m.Quiet() {
			t.Error("it does not rest")
		}
	})
}
