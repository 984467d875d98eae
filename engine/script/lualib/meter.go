package lualib

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// Meter is the budget of the handler that runs on a Lua thread. It is the
// thread's context; the thread's instructions are counted by its Done method, the
// work of library functions by Charge.
//
// One unit is about the work of one VM instruction, some tens of nanoseconds.
// Once Charge or Alloc has answered false, both must do so for ever, and Done
// must return a closed channel, or a script could go on after catching the error.
type Meter interface {
	context.Context
	// Charge takes n units. It reports whether the handler may go on; it also looks
	// at everything else that may stop it.
	Charge(n int) bool
	// Alloc announces an allocation of n bytes, before it is made. Only allocations
	// of 1 KiB and more are announced.
	Alloc(n int) bool
}

// charge takes n units from the budget of L's handler. If the budget is spent it
// raises the context's error. Without a Meter it does nothing.
func charge(L *lua.LState, n int) {
	if m, ok := L.Context().(Meter); ok && !m.Charge(n) {
		raiseSpent(L, m)
	}
}

// minAlloc is the size from which allocations are worth announcing.
const minAlloc = 1 << 10

// alloc announces an allocation of n bytes and raises if it is refused.
func alloc(L *lua.LState, n int) {
	if n < minAlloc {
		return
	}
	if m, ok := L.Context().(Meter); ok && !m.Alloc(n) {
		raiseSpent(L, m)
	}
}

// A Holder is a [Meter] that wants to know what library functions keep while they call
// back into the script, where it may wait for long. Nothing else shows that memory.
type Holder interface {
	// Hold is called with the number of bytes, and with its negative when they are free.
	Hold(n int)
}

// hold tells the meter of L's handler, if it wants to know, that n bytes are held from
// now on, or with a negative n no more.
func hold(L *lua.LState, n int) {
	if h, ok := L.Context().(Holder); ok {
		h.Hold(n)
	}
}

func raiseSpent(L *lua.LState, m Meter) {
	if err := m.Err(); err != nil {
		raise(L, "%s", err.Error())
	}
	raise(L, "limit reached")
}

// bytesPerUnit says how many bytes copied, compared or scanned cost one unit.
const bytesPerUnit = 64
