package script

import (
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script/lualib"
	"botd/engine/trace"
)

// GoFunc makes a Lua function of a Go function, for subscriptions and timers that end
// in Go. uses are the functions of the script that f calls, so that what they keep is
// seen.
func (c *Call) GoFunc(f func(c *Call, args []Value), uses ...Func) Func {
	upvalues := make([]lua.LValue, len(uses))
	for i, u := range uses {
		upvalues[i] = u.lua()
	}
	return Func{c.vm.L.NewClosure(func(L *lua.LState) int {
		args := make([]Value, L.GetTop())
		for i := range args {
			args[i] = Value{L.Get(i + 1)}
		}
		f(newCall(L), args)
		return 0
	}, upvalues...)}
}

// Post runs f with the baton, soon; while the script loads, once it serves. It is never
// run if the script does not load, or is loaded anew before.
func (c *Call) Post(f func()) { c.vm.post(f) }

// Starter returns a function that has fn called as a handler of its own, from any
// goroutine. First begin is called: false lets it be. When the handler has ended, end
// is, with whether it was left to end by itself: false if the generation ended before.
// Neither is called if that happens before its turn comes.
func (c *Call) Starter(fn Func) func(begin func() bool, end func(completed bool), args ...any) {
	vm := c.vm
	return func(begin func() bool, end func(completed bool), args ...any) {
		vm.post(func() {
			if !begin() {
				return
			}
			completed := false
			defer func() { end(completed) }()
			t := vm.task(nil)
			defer vm.finish(t)
			vm.pushGuarded(t.th, fn.fn)
			for _, a := range args {
				t.th.Push(vm.toLua(a))
			}
			vm.run(t, len(args), 0)
			completed = !cancelledBy(t.dead())
		})
	}
}

// Alarm calls f once, from any goroutine, after d. It is for waits; timers of scripts
// are [Call.After].
func (c *Call) Alarm(d time.Duration, f func()) (stop func() bool) {
	return c.vm.m.clock.AfterFunc(min(d, MaxWait), f)
}

// Deliver makes the object of an event that this script was not sent.
func (c *Call) Deliver(ev *engine.Event) *Delivery { return &Delivery{Event: ev} }

// NextEvent waits for an event that one of defs selects and that accept accepts.
// timeout 0 means as long as the generation lives.
func (c *Call) NextEvent(defs []dispatch.Sub, accept func(*Call, *Delivery) bool, timeout time.Duration) (*Delivery, error) {
	var found *Delivery
	var subs []*Sub
	stop := func() bool { return false }
	off := func() {
		stop()
		for _, s := range subs {
			s.Off()
		}
	}
	c.Wait(func(end func()) func() {
		handler := c.GoFunc(func(c *Call, args []Value) {
			d := args[0].Object().(*Delivery)
			if found == nil && accept(c, d) && found == nil { // accept may have waited
				found = d
				off()
				end()
			}
		})
		for _, def := range defs {
			s, err := c.Subscribe(def, handler, false)
			if err != nil {
				off()
				c.Rethrow(err)
			}
			subs = append(subs, s)
		}
		if timeout > 0 {
			stop = c.Alarm(timeout, end)
		}
		return off
	})
	off()
	if found == nil {
		return nil, engine.Errorf(engine.Timeout, "nothing came within %s", timeout)
	}
	return found, nil
}

// Cooldown takes keys of the script, each for a while, or none of them if one is taken:
// then left is how long the longest still is.
func (c *Call) Cooldown(holds []Hold) (left time.Duration) {
	if len(holds) == 0 {
		return 0
	}
	return c.vm.door.Cooldown(c.Origin(), holds)
}

// Question has the next messages of a user in a room go to answer, with the baton held,
// and to nobody else, until end is called, also when the handler unwinds. It waits until a
// crash does not make the question forgotten any more: nothing has been asked before.
func (c *Call) Question(q Question, answer func(*engine.Event)) (end func(), err error) {
	vm, t := c.vm, c.t
	var over func(lost bool)
	give := func(ev *engine.Event) {
		vm.slot.lost(ev, trace.Answer, "")
		vm.post(func() { answer(ev) })
	}
	c.Wait(func(kept func()) func() {
		if over, err = vm.door.Question(c.Origin(), q, give, kept); err != nil {
			kept()
			return nil
		}
		return func() { over(false) }
	})
	return func() { over(t.dead() != alive && vm.isRetired()) }, err
}

// isRetired reports whether the generation has ended. slot.mu is not held.
func (vm *VM) isRetired() bool {
	vm.slot.mu.Lock()
	defer vm.slot.mu.Unlock()
	return vm.retired
}

// Loading reports whether the script's main chunk is running, which may not wait.
func (c *Call) Loading() bool { return c.t.loading }

// String is the Lua value of a text.
func (c *Call) String(s string) Value { return Value{lua.LString(s)} }

// Printable is a text of a script cut to size, with control characters made visible.
func Printable(s string) string { return clean(s) }

// SeenRooms are patterns for the rooms the script may see; none means all.
func (c *Call) SeenRooms() []engine.RoomGlob { return c.vm.source.Rooms }

// Sees reports whether the script may see a room.
func (c *Call) Sees(s engine.SessionID, r engine.Room) bool {
	globs := c.vm.source.Rooms
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g engine.RoomGlob) bool { return g.Match(s, r) })
}

// TailCall calls a Lua function as the last thing that Go code called by Lua does.
func (c *Call) TailCall(f Func, args []Value) {
	c.L.Push(f.fn)
	for _, a := range args {
		c.L.Push(a.lua())
	}
	c.L.Call(len(args), 0)
}

// matchBudget bounds the work of all patterns of a script on one text, some ms: matching
// happens before a handler runs, so there is no budget of a handler to take it from.
const matchBudget = 1_000_000

// maxPattern bounds what is tried on every text.
const maxPattern = 1000

// textPattern is a Lua pattern that the dispatcher tries.
type textPattern struct {
	vm     *VM
	p      *lualib.Pattern
	weight int
}

// Pattern compiles a Lua pattern for a filter.
func (c *Call) Pattern(pattern string) (dispatch.Matcher, error) {
	if len(pattern) > maxPattern {
		return nil, engine.Errorf(engine.Invalid, "the pattern is longer than %d bytes", maxPattern)
	}
	c.Charge(len(pattern))
	p, err := lualib.CompilePattern(pattern)
	if err != nil {
		return nil, err
	}
	return textPattern{c.vm, p, 200 + 32*len(pattern)}, nil
}

// Weight is about what the pattern takes of memory.
func (t textPattern) Weight() int { return t.weight }

// Match returns the captures as string.match does: the whole match if there is none.
func (t textPattern) Match(text string) ([]string, bool) {
	if t.vm.matching < 0 {
		return nil, false
	}
	t.vm.matching -= 10
	found, ok := t.p.Match(text, 0, func(n int) bool {
		t.vm.matching -= n
		return t.vm.matching >= 0
	})
	if !ok {
		return nil, false
	}
	if len(found) > 1 {
		found = found[1:]
	}
	out := make([]string, len(found))
	for i, f := range found {
		if f.End < 0 { // a position
			out[i] = strconv.Itoa(f.Start + 1)
		} else {
			out[i] = text[f.Start:f.End]
		}
	}
	return out, true
}

// Where is the file and line of the script that made the call; "" and 0 if there is none.
func (c *Call) Where() (file string, line int) {
	m := position.FindStringSubmatch(lualib.Where(c.L))
	if m == nil {
		return "", 0
	}
	line, _ = strconv.Atoi(m[2])
	return m[1], line
}

// Equal compares values as == does.
func (c *Call) Equal(a, b Value) bool { return c.L.Equal(a.lua(), b.lua()) }

// Index is v[name] as Lua does it, metamethods included.
func (c *Call) Index(v Value, name string) Value { return Value{c.L.GetField(v.lua(), name)} }

// Alloc accounts for n bytes that a function is about to allocate in one piece, and
// ends the handler if that is too much.
func (c *Call) Alloc(n int) {
	if n >= 1<<10 && !c.t.Alloc(n) {
		c.Raise("%s", c.t.Err().Error())
	}
}

// Hold accounts for n bytes that a function keeps while it calls back into the script,
// which may wait there. The function calls it again with -n when they are free, also if
// the call raises.
func (c *Call) Hold(n int) { c.t.Hold(n) }
