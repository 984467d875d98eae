package script

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

// terms gives scripts term(name), which notes when name begins and ends and returns what
// ends it early, and hold(), which waits in Go until release is closed.
func (b *bench) terms() (noted func() string, release chan struct{}) {
	release = make(chan struct{})
	note := func(what string) func() {
		return func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.output = append(b.output, what)
		}
	}
	b.m.onOpen = func(vm *VM) {
		b.globals(vm)
		vm.L.SetGlobal("hold", vm.L.NewFunction(func(*lua.LState) int { <-release; return 0 }))
		vm.L.SetGlobal("term", vm.L.NewFunction(func(L *lua.LState) int {
			name := L.CheckString(1)
			over, err := (&Call{vm, taskOf(L), L}).Term(note("+"+name), note("-"+name))
			if err != nil {
				L.RaiseError("%s", err)
			}
			L.Push(L.NewFunction(func(*lua.LState) int { over(); return 0 }))
			return 1
		}))
	}
	noted = func() string {
		b.mu.Lock()
		defer b.mu.Unlock()
		out := strings.Join(b.output, " ")
		b.output = nil
		return out
	}
	return noted, release
}

// expectNoted compares what was noted since the last time.
func expectNoted(t *testing.T, noted func() string, when, want string) {
	t.Helper()
	if got := noted(); got != want {
		t.Errorf("%s: noted %q, want %q", when, got, want)
	}
}

// What holds while a generation serves changes with it in one moment, which is over when
// the load is.
func TestTermsFollowTheGeneration(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		noted, _ := b.terms()
		b.mustLoad("a", `term("a1") term("a2") out("loaded")`)
		expectNoted(t, noted, "the first load", "loaded +a1 +a2")
		b.mustLoad("a", `term("b")`)
		expectNoted(t, noted, "a reload", "+b -a1 -a2")
		if b.load("a", `term("c") error("no")`) == nil {
			t.Error("it loads")
		}
		expectNoted(t, noted, "a version that does not load", "-c")
		b.mustLoad("a", `local over = term("d") over() over() term("e")`)
		expectNoted(t, noted, "one that was given up before it began", "-d +e -b")
		if err := b.m.Unload(context.Background(), "a"); err != nil {
			t.Fatal(err)
		}
		expectNoted(t, noted, "unloaded", "-e")
	})
}

// While a generation serves they begin at once. One that was replaced begins nothing, and a
// handler of it that waits keeps nothing from ending.
func TestTermsOfAGenerationThatIsReplaced(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		noted, _ := b.terms()
		b.mustLoad("a", `
			local first = term("first")
			on("message", function(ev)
				first()
				term("second")
				sleep(60)
			end)`)
		old := b.m.slot("a").cur
		b.say("x")
		synctest.Wait()
		expectNoted(t, noted, "serving", "+first -first +second")
		b.mustLoad("a", `term("next")`)
		expectNoted(t, noted, "replaced", "+next -second")
		fail := func() { t.Error("called") }
		if _, err := (&Call{vm: old}).Term(fail, fail); engine.CodeOf(err) != engine.Cancelled {
			t.Errorf("one that was replaced may begin: %v", err)
		}
	})
}

// A busy generation keeps what is its own until it is between two events.
func TestTermsWaitForTheTurn(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		noted, release := b.terms()
		b.mustLoad("a", `term("old") on("message", function() hold() term("busy") end)`)
		b.say("x")
		synctest.Wait()
		loaded := make(chan error, 1)
		go func() {
			loaded <- b.load("a", `term("new")`)
			b.mu.Lock()
			defer b.mu.Unlock()
			b.output = append(b.output, "loaded")
		}()
		synctest.Wait()
		expectNoted(t, noted, "while it is busy", "+old")
		close(release)
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expectNoted(t, noted, "afterwards", "+busy +new -old -busy loaded")
	})
}
