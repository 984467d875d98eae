package script

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
)

func TestTakenIsToldEachEventInOrder(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		var taken []string
		b.m.taken = func(ev *engine.Event) { taken = append(taken, ev.Body.(engine.Message).Text) }
		b.mustLoad("a", `on("message", function(ev) if text(ev) == "1" then sleep(1) end out(text(ev)) end)`)
		for i := range 4 {
			b.say(fmt.Sprint(i))
		}
		b.idle()
		if got := strings.Join(taken, " "); got != "0 1 2 3" {
			t.Errorf("taken %q", got)
		}
	})
}

func TestChangedTellsOfRestAndOfOtherEvents(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		changed := make(chan struct{}, 100)
		b.m.changed = func() { changed <- struct{}{} }
		if b.m.Waits("a") != nil {
			t.Error("a script that is not there waits for something")
		}
		b.mustLoad("a", `on("message", function(ev) on("join", function() end) end)`)
		<-changed
		ev := prepared("x")
		if w := b.m.Waits("a"); w == nil || !w.Wants(&ev) {
			t.Errorf("waits for %v", w)
		}
		synctest.Wait()
		for len(changed) > 0 {
			<-changed
		}
		b.say("x")
		synctest.Wait()
		if len(changed) != 2 { // the table, and the rest
			t.Errorf("told %d times", len(changed))
		}
		if err := b.m.Unload(context.Background(), "a"); err != nil {
			t.Fatal(err)
		}
		if b.m.Waits("a") != nil {
			t.Error("an unloaded script waits for something")
		}
	})
}

func TestRunningIsThatOfTheLongestSlice(t *testing.T) {
	b := newBench(t)
	defer b.stop()
	hold, held := make(chan struct{}), make(chan struct{})
	b.m.onOpen = func(vm *VM) {
		b.globals(vm)
		vm.L.SetGlobal("hold", vm.L.NewFunction(func(*lua.LState) int { close(held); <-hold; return 0 }))
	}
	b.mustLoad("a", `on("message", function() hold() end)`)
	if d := b.m.Running(); d != 0 {
		t.Errorf("%s while nothing runs", d)
	}
	b.say("x")
	<-held
	for b.m.Running() < 5*time.Millisecond { // it grows, or the test never ends
		runtime.Gosched()
	}
	close(hold)
	b.idle()
	if d := b.m.Running(); d != 0 {
		t.Errorf("%s after the handler has ended", d)
	}
}

func TestGenerationAndModulesOfTheSource(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		var asked []string
		src := Source{
			Name: "a", File: "a.lua", Limits: testLimits, Generation: 7,
			Code: []byte(`out(require("words").greet) out((pcall(require, "none")))`),
			Modules: func(name string) (ModuleFile, error) {
				asked = append(asked, name)
				if name == "none" {
					return ModuleFile{Tried: []string{"/none.lua"}}, engine.Errorf(engine.NotFound, "no such thing")
				}
				return ModuleFile{File: "lib/words.lua", Code: []byte("return {greet = 'hi'}"), Tried: []string{"/words.lua"}}, nil
			},
		}
		if err := b.m.Load(context.Background(), src); err != nil {
			t.Fatal(err)
		}
		if got := b.got(); got != "hi\nfalse" || !slices.Equal(asked, []string{"words", "none"}) {
			t.Errorf("output %q, asked for %v", got, asked)
		}
		if g := b.m.Status()[0].Generation; g != 7 {
			t.Errorf("generation %d", g)
		}
		if len(b.m.Using("/none.lua")) != 1 || len(b.m.Using("/words.lua")) != 1 {
			t.Error("the files it looked for are not noted")
		}
		if err := b.m.Load(context.Background(), src); err != nil {
			t.Fatal(err)
		}
		if g := b.m.Status()[0].Generation; g != 8 {
			t.Errorf("generation %d after another load", g)
		}
	})
}
