package script

import (
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/i18n"
	"botd/engine/script/lualib"
	"botd/engine/trace"
)

// Call is one call from Lua into Go: what a function of luaapi gets to do its work. It
// is valid only until that function returns.
type Call struct {
	vm *VM
	t  *Task
	L  *lua.LState // of the caller: luaapi has no use for it, binding does
}

// Func is a Lua function a script handed over. It may be kept as long as the
// generation lives, and called through a [Call], [Call.Spawn] or a subscription.
type Func struct{ fn *lua.LFunction }

// IsZero reports whether no function was given.
func (f Func) IsZero() bool { return f.fn == nil }

// Value is any Lua value, passed through untouched. The zero Value is nil.
type Value struct{ v lua.LValue }

func (v Value) lua() lua.LValue {
	if v.v == nil {
		return lua.LNil
	}
	return v.v
}

// Script describes the running script.
type Script struct {
	Name         string
	Generation   uint64
	ReloadReason string // "start", "saved", "operator", "config", "restored"
	Config       map[string]any
	Places       map[string]string // where its parts stand, as in Source
	Secrets      map[string]string
	Texts        *i18n.Texts
}

func (c *Call) Script() Script {
	return Script{Name: c.vm.slot.name, Generation: c.vm.gen, ReloadReason: c.vm.reason, Config: c.vm.source.Config, Places: c.vm.source.Places,
		Secrets: c.vm.source.Secrets, Texts: c.vm.source.Texts}
}

// Event is the event the running handler was called for; nil in timers and tasks.
func (c *Call) Event() *engine.Event { return c.t.event }

// Origin names the script, generation and event on whose behalf the call acts.
func (c *Call) Origin() Origin { return c.vm.origin(c.t.event) }

func (vm *VM) origin(ev *engine.Event) Origin {
	o := Origin{Script: vm.slot.name, Gen: vm.gen}
	if ev != nil {
		o.Event = ev.ID
	}
	return o
}

// Door is the way out. Functions of luaapi use it for what has no method here.
func (c *Call) Door() Door { return c.vm.door }

// Now is the time scripts see.
func (c *Call) Now() time.Time { return c.vm.m.clock.Now() }

// Do hands an action over without waiting for proof. What is refused at once (no
// grant, no such ability, bad arguments, a full queue) comes back as an error; done,
// which may be nil, gets the receipt later, with the baton held.
func (c *Call) Do(r Request, done func(engine.Receipt)) error {
	vm := c.vm
	r.Origin = c.Origin()
	if err := c.permit(r); err != nil {
		c.Trace(trace.OtherRoom, r.Action, err.Error())
		return err
	}
	var mu sync.Mutex
	var refused error
	returned := false
	vm.door.Do(r, func(rec engine.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		if !returned && rec.Status == engine.Failed {
			refused = rec.Error()
		} else if done != nil {
			vm.post(func() { done(rec) })
		}
	})
	mu.Lock()
	defer mu.Unlock()
	returned = true
	return refused
}

// permit refuses what a script would do in a room it does not see.
func (c *Call) permit(r Request) error {
	room := r.Action.In()
	if len(c.vm.source.Rooms) == 0 || room == "" {
		return nil
	}
	known := engine.Room{ID: room}
	for _, s := range c.vm.door.Rooms() {
		if s.Session == r.Session && s.Room.ID == room {
			known = s.Room
		}
	}
	if c.Sees(r.Session, known) {
		return nil
	}
	return engine.Errorf(engine.Denied, "script %q does not have the room %s; its rooms are set by its entry under scripts in config.yaml", c.vm.slot.name, engine.Path(r.Session, room))
}

// DoWait hands an action over and waits for its receipt.
func (c *Call) DoWait(r Request) engine.Receipt {
	var got engine.Receipt
	r.Origin = c.Origin()
	if err := c.permit(r); err != nil {
		c.Trace(trace.OtherRoom, r.Action, err.Error())
		return engine.Fail(err)
	}
	c.Wait(func(end func()) func() {
		c.vm.door.Do(r, func(rec engine.Receipt) {
			got = rec
			end()
		})
		return nil
	})
	return got
}

// Wait parks the handler until end is called, from any goroutine. start runs at once
// and must not block; what it returns, if not nil, is called when the handler is ended
// while it waits. Results go into variables made for this one wait. Wait does not
// return when the handler is ended: it unwinds.
func (c *Call) Wait(start func(end func()) (cancel func())) { c.t.await(c.L, start) }

// MaxWait bounds every wait with a time of its own: nothing may stay parked for ever by
// a slip of the pen.
const MaxWait = 366 * 24 * time.Hour

// Sleep parks the handler for d.
func (c *Call) Sleep(d time.Duration) {
	clock := c.vm.m.clock
	c.Wait(func(end func()) func() {
		stop := clock.AfterFunc(d, end)
		return func() { stop() }
	})
}

// Call calls a Lua function now, on the caller's behalf; errors pass through to it.
// Results come back as they are.
func (c *Call) Call(f Func, args ...any) []Value {
	top := c.L.GetTop()
	c.L.Push(f.fn)
	for _, a := range args {
		c.L.Push(c.vm.toLua(a))
	}
	c.L.Call(len(args), lua.MultRet)
	out := make([]Value, 0, c.L.GetTop()-top)
	for i := top + 1; i <= c.L.GetTop(); i++ {
		out = append(out, Value{c.L.Get(i)})
	}
	c.L.SetTop(top)
	return out
}

// Protected calls a Lua function as pcall does: err carries what it raised. A task that
// must end still unwinds.
func (c *Call) Protected(f Func, args ...any) ([]Value, error) {
	top := c.L.GetTop()
	c.L.Push(c.vm.protected)
	c.L.Push(f.fn)
	for _, a := range args {
		c.L.Push(c.vm.toLua(a))
	}
	c.L.Call(1+len(args), lua.MultRet)
	ok := lua.LVAsBool(c.L.Get(top + 1))
	out := make([]Value, 0, c.L.GetTop()-top)
	for i := top + 2; i <= c.L.GetTop(); i++ {
		out = append(out, Value{c.L.Get(i)})
	}
	c.L.SetTop(top)
	if !ok {
		return nil, &RaisedError{Value: out[0]}
	}
	return out, nil
}

// RaisedError is a Lua error that [Call.Protected] caught.
type RaisedError struct{ Value Value }

func (e *RaisedError) Error() string { return lua.LVAsString(e.Value.lua()) }

// Raise ends the running handler with a Lua error, at the line that made this call.
func (c *Call) Raise(format string, args ...any) { lualib.Raise(c.L, format, args...) }

// Charge takes n instruction units for work done in Go on the script's behalf, and ends
// the handler if its budget is spent.
func (c *Call) Charge(n int) {
	if !c.t.Charge(n) {
		lualib.Raise(c.L, "%s", c.t.Err().Error())
	}
}

// Keep returns what make made for key the first time it was asked for in this VM. It is
// how a module holds state for one generation.
func (c *Call) Keep(key any, make func() any) any {
	v, ok := c.vm.lib[key]
	if !ok {
		v = make()
		c.vm.lib[key] = v
	}
	return v
}
