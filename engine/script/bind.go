package script

import (
	"reflect"
	"runtime"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/script/lualib"
)

// Function is a Go function that scripts call: global, in a [Module], or a method of
// a [Class]. It is made by [Fn], [Plain], [Method], [PlainMethod] or [Overloads] from
// a Go function whose arguments are the fields of one struct, in their order:
//
//	type sayArgs struct {
//		Text string  `lua:"text"`          // what to say
//		Opts sayOpts `lua:"opts,optional"` // an options table: a struct of its own
//	}
//
// The tag gives the name, and says "optional" or "rest" (a slice that takes all that
// follow). An optional argument is skipped if the value given is of a type that only
// a later one takes. These tags, the Go types and the doc comments are the only
// description there is: calls are decoded by them, and the reference is made of them.
type Function struct {
	Name string

	path     string // as messages write it: "bot.on", "room:say"
	source   string // the Go function: "botd/luaapi.roomSay"
	recv     reflect.Type
	args     reflect.Type
	result   reflect.Type
	fails    bool // returns nil, err
	variants []*Function
	reads    bool                // see Reads
	caps     []engine.Capability // any of which it needs, see Needs
	grants   []engine.Grant      // all of which it needs

	plan   *argPlan
	encode encoder
	run    func(c *Call) int
	fn     *lua.LFunction // has no state, so all VMs share it
}

// Member is a [Function] or a [Property].
type Member interface {
	memberName() string
	bind(b *binder, owner, sep string)
}

// None stands for no arguments, or no result.
type None struct{}

// OK is the result of a function that has nothing to tell but that it worked: true.
type OK struct{}

// Values are several results, or none.
type Values []Value

// Fn makes a function that can fail. A script gets the result, or nil and an error
// with the code and the message of err. A wrong call does not return: see
// [Call.Misuse].
func Fn[A, R any](name string, f func(*Call, A) (R, error)) *Function {
	fn := newFunction[A, R](name, goName(f))
	fn.fails = true
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		fn.decode(c, 1, reflect.ValueOf(&a).Elem())
		r, err := f(c, a)
		if err != nil {
			return c.pushError(err)
		}
		return push(c, r)
	}
	return fn
}

// Plain makes a function that cannot fail.
func Plain[A, R any](name string, f func(*Call, A) R) *Function {
	fn := newFunction[A, R](name, goName(f))
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		fn.decode(c, 1, reflect.ValueOf(&a).Elem())
		return push(c, f(c, a))
	}
	return fn
}

// Method is [Fn] with the object it is called on.
func Method[S, A, R any](name string, f func(*Call, S, A) (R, error)) *Function {
	fn := newFunction[A, R](name, goName(f))
	fn.recv, fn.fails = reflect.TypeFor[S](), true
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		self := receiver[S](c, fn)
		fn.decode(c, 2, reflect.ValueOf(&a).Elem())
		r, err := f(c, self, a)
		if err != nil {
			return c.pushError(err)
		}
		return push(c, r)
	}
	return fn
}

// Bound is [Method] for a [Module]: the object is always self.
func Bound[S, A, R any](name string, self S, f func(*Call, S, A) (R, error)) *Function {
	fn := newFunction[A, R](name, goName(f))
	fn.fails = true
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		fn.decode(c, 1, reflect.ValueOf(&a).Elem())
		r, err := f(c, self, a)
		if err != nil {
			return c.pushError(err)
		}
		return push(c, r)
	}
	return fn
}

// PlainBound is [Bound] for what cannot fail.
func PlainBound[S, A, R any](name string, self S, f func(*Call, S, A) R) *Function {
	fn := newFunction[A, R](name, goName(f))
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		fn.decode(c, 1, reflect.ValueOf(&a).Elem())
		return push(c, f(c, self, a))
	}
	return fn
}

// PlainMethod is [Plain] with the object it is called on.
func PlainMethod[S, A, R any](name string, f func(*Call, S, A) R) *Function {
	fn := newFunction[A, R](name, goName(f))
	fn.recv = reflect.TypeFor[S]()
	push := pushes[R](fn)
	fn.run = func(c *Call) int {
		var a A
		self := receiver[S](c, fn)
		fn.decode(c, 2, reflect.ValueOf(&a).Elem())
		return push(c, f(c, self, a))
	}
	return fn
}

// Overloads joins functions of one name. A call goes to the first whose arguments fit
// the types given, or to the last, which then says what is wrong.
func Overloads(variants ...*Function) *Function {
	first := variants[0]
	fn := &Function{Name: first.Name, recv: first.recv, variants: variants}
	fn.fn = &lua.LFunction{IsG: true, GFunction: fn.enter}
	skip := 1
	if fn.recv != nil {
		skip = 2
	}
	fn.run = func(c *Call) int {
		for _, v := range variants[:len(variants)-1] {
			if v.plan.fits(c.L, skip) {
				return v.run(c)
			}
		}
		return variants[len(variants)-1].run(c)
	}
	return fn
}

// Needs declares which capability a function needs where it is called; of several any one
// will do. With the first comes the grant.
func (f *Function) Needs(caps ...engine.Capability) *Function {
	f.caps = caps
	return f.Grants(caps[0].Grant())
}

// Grants declares what a script must be granted to use the function.
func (f *Function) Grants(grants ...engine.Grant) *Function {
	f.grants = append(f.grants, grants...)
	return f
}

// Reads declares that a function changes nothing that anybody can tell: operators may call
// it while they only look. All others refuse then.
func (f *Function) Reads() *Function {
	f.reads = true
	return f
}

func newFunction[A, R any](name, source string) *Function {
	fn := &Function{Name: name, source: source, args: reflect.TypeFor[A](), result: reflect.TypeFor[R]()}
	fn.fn = &lua.LFunction{IsG: true, GFunction: fn.enter}
	return fn
}

// goName is the full name of a Go function, by which its doc comment is found.
func goName(f any) string {
	return strings.TrimSuffix(runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name(), "-fm")
}

func (f *Function) enter(L *lua.LState) int {
	c := newCall(L)
	if c.t.eval != nil {
		c.t.eval.permit(c, f)
	}
	return f.run(c)
}

func newCall(L *lua.LState) *Call {
	t := taskOf(L)
	return &Call{vm: t.vm, t: t, L: L}
}

func (f *Function) memberName() string { return f.Name }

func (f *Function) bind(b *binder, owner, sep string) {
	f.path = owner + sep + f.Name
	for _, v := range f.variants {
		v.bind(b, owner, sep)
	}
	if f.variants == nil {
		f.plan = b.argPlan(f.args, f.path)
		f.encode = b.encoder(f.result)
	}
	b.functions[f.fn] = f
}

// receiver is the object before the colon.
func receiver[S any](c *Call, f *Function) S {
	if ud, ok := c.L.Get(1).(*lua.LUserData); ok {
		if self, ok := ud.Value.(S); ok {
			return self
		}
	}
	var none S
	c.Raise("%s: call it with a colon, as in %s(…)", f.path, f.path)
	return none
}

// pushes returns what puts a result of type R on the stack and counts it.
func pushes[R any](f *Function) func(c *Call, r R) int {
	var push any
	switch any(*new(R)).(type) {
	case None:
		push = func(*Call, None) int { return 0 }
	case Values:
		push = func(c *Call, vs Values) int {
			for _, v := range vs {
				c.L.Push(v.lua())
			}
			return len(vs)
		}
	case string:
		push = func(c *Call, s string) int {
			if len(s) > lualib.DefaultMaxString {
				c.Misuse("the result would be longer than %d bytes", lualib.DefaultMaxString)
			}
			c.Alloc(len(s))
			c.L.Push(lua.LString(s))
			return 1
		}
	default:
		to := encodes[R](&f.encode)
		return func(c *Call, r R) int {
			c.L.Push(to(c.vm, r))
			return 1
		}
	}
	return push.(func(*Call, R) int)
}
