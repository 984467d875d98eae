package script

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	lua "github.com/yuin/gopher-lua"
)

// slowStore answers when it is told to, and notes how much is on its way to it.
type slowStore struct {
	nowhere
	open []func(StoreAnswer)
}

func (s *slowStore) Store(_ StoreRequest, done func(StoreAnswer)) { s.open = append(s.open, done) }

// What a script has on its way to the store is bounded: the rest waits its turn, also if
// those before it are ended while they wait.
func TestStoringIsBounded(t *testing.T) {
	inVirtualTime(t, func(b *bench) {
		st := &slowStore{}
		b.m.door = st
		b.m.onOpen = func(vm *VM) {
			b.globals(vm)
			vm.L.SetGlobal("list", vm.L.NewFunction(func(L *lua.LState) int {
				a := newCall(L).Store(StoreRequest{Op: StoreList, Limit: 1000})
				L.Push(lua.LNumber(len(a.Entries)))
				return 1
			}))
			vm.L.SetGlobal("cancel", vm.L.NewFunction(func(L *lua.LState) int {
				for _, task := range vm.tasks {
					if task != taskOf(L) {
						task.cancel(task.num)
					}
				}
				return 0
			}))
		}
		b.mustLoad("s", `
			on("message", function(ev)
				if text(ev) == "cancel" then cancel() return end
				list() out(text(ev))
			end)`)
		for i := range 10 {
			b.say(fmt.Sprint(i))
		}
		synctest.Wait()
		most := maxStoring / MaxListed
		if len(st.open) != most {
			t.Fatalf("%d requests are on their way, want %d", len(st.open), most)
		}
		answer := func() {
			synctest.Wait()
			done := st.open[0]
			st.open = st.open[1:]
			done(StoreAnswer{})
			synctest.Wait()
		}
		answer()
		answer()
		if len(st.open) != most || b.got() != "0\n1" {
			t.Errorf("%d requests, answered %q", len(st.open), b.got())
		}
		b.say("cancel") // those inside and those that wait
		synctest.Wait()
		for len(st.open) > 0 { // their answers come all the same
			answer()
		}
		for i := range 10 {
			b.say(fmt.Sprint("again", i))
		}
		synctest.Wait()
		if len(st.open) != most {
			t.Errorf("%d requests are on their way afterwards, want %d", len(st.open), most)
		}
		for len(st.open) > 0 {
			answer()
		}
		if got := b.got(); strings.Count(got, "again") != 10 || !strings.HasSuffix(got, "again9") {
			t.Errorf("got %q", got)
		}
		if vm := b.m.slot("s").cur; vm.storing.inside != 0 || len(vm.storing.queue) != 0 {
			t.Errorf("left: %+v", vm.storing)
		}
	})
}
