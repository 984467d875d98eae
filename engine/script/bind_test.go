package script

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
)

// The arguments of the function "f" of the tests below: every type a call can take.
type allArgs struct {
	S    string             `lua:"s,optional"`
	I    int                `lua:"i,optional"`
	I8   int8               `lua:"i8,optional"`
	F    float64            `lua:"f,optional"`
	B    bool               `lua:"b,optional"`
	D    time.Duration      `lua:"d,optional"`
	T    time.Time          `lua:"t,optional"`
	P    *int               `lua:"p,optional"`
	L    []string           `lua:"l,optional"`
	LL   [][]int            `lua:"ll,optional"`
	M    map[string]float64 `lua:"m,optional"`
	Any  any                `lua:"any,optional"`
	Map  map[string]any     `lua:"map,optional"`
	One  List[int]          `lua:"one,optional"`
	Role engine.Role        `lua:"role,optional"`
	Enum color              `lua:"enum,optional"`
	Obj  *thing             `lua:"obj,optional"`
	Sub  subOptions         `lua:"sub,optional"`
	Fn   Func               `lua:"fn,optional"`
	V    Value              `lua:"v,optional"`
}

type subOptions struct {
	Must string `lua:"must"`
	May  int    `lua:"may,optional"`
}

type color string

func (color) Values() []string { return []string{"red", "green"} }

type thing struct{ name string }

var thingClass = Class[*thing]{
	Name:    "thing",
	Members: []Member{Prop("name", func(t *thing) string { return t.name }), PlainMethod("touch", func(_ *Call, _ *thing, _ None) None { return None{} })},
}

type wrapArgs struct {
	All allArgs `lua:"all"`
}

type restArgs struct {
	First string        `lua:"first"`
	Wait  time.Duration `lua:"wait,optional"`
	Rest  []int         `lua:"rest,rest"`
}

type midArgs struct {
	Kind string     `lua:"kind"`
	Opts subOptions `lua:"opts,optional"`
	Fn   Func       `lua:"fn"`
	More bool       `lua:"more,optional"`
}

type nameArgs struct {
	Name string `lua:"name"`
}

type tableArgs struct {
	Spec subOptions `lua:"spec"`
}

type result struct {
	Text  string        `lua:"text"`
	Maybe *int          `lua:"maybe"`
	Since time.Duration `json:"since,omitempty"`
	When  time.Time     `json:"when"`
	Role  engine.Role   `json:"role"`
	List  []uint8       `json:"list"`
	inner int
	None  int `json:"-"`
}

func testLibrary() *Library {
	return &Library{
		Classes: []AnyClass{thingClass},
		Modules: []*Module{{Name: "m", Members: []Member{
			Plain("take", func(_ *Call, a wrapArgs) string { return a.All.show() }),
			Plain("rest", func(_ *Call, a restArgs) string { return fmt.Sprint(a.First, a.Wait, a.Rest) }),
			Plain("mid", func(_ *Call, a midArgs) string { return fmt.Sprint(a.Kind, a.Opts.Must, !a.Fn.IsZero(), a.More) }),
			Overloads(Plain("over", func(_ *Call, a nameArgs) string { return "name " + a.Name }),
				Plain("over", func(_ *Call, a tableArgs) string { return "table " + a.Spec.Must })),
			Plain("thing", func(_ *Call, a nameArgs) *thing { return &thing{a.Name} }),
			Plain("nothing", func(*Call, None) *thing { return nil }),
			Fn("fail", func(_ *Call, a nameArgs) (string, error) {
				if a.Name == "plain" {
					return "", io.ErrUnexpectedEOF
				}
				return "", &engine.Error{Code: engine.Denied, Op: "secret", Msg: a.Name}
			}),
			Plain("many", func(c *Call, _ None) Values { return Values{c.ToLua(1), c.ToLua("x"), {}} }),
			Plain("result", func(*Call, None) result {
				n := 0
				return result{"t", &n, time.Minute, time.Unix(5, 5e8), engine.Admin, []uint8{1, 2}, 1, 2}
			}),
			Plain("bad", func(c *Call, a nameArgs) None { c.BadArg("name", "never %q", a.Name); return None{} }),
			Const("pi", func(*Call) float64 { return 3 }),
		}}},
	}
}

func (a allArgs) show() string {
	var out []string
	add := func(name string, set bool, v any) {
		if set {
			out = append(out, fmt.Sprintf("%s=%v", name, v))
		}
	}
	add("s", a.S != "", a.S)
	add("i", a.I != 0, a.I)
	add("i8", a.I8 != 0, a.I8)
	add("f", a.F != 0, a.F)
	add("b", a.B, a.B)
	add("d", a.D != 0, a.D)
	add("t", !a.T.IsZero(), a.T)
	if a.P != nil {
		add("p", true, *a.P)
	}
	add("l", a.L != nil, a.L)
	add("ll", a.LL != nil, a.LL)
	add("m", a.M != nil, a.M)
	add("any", a.Any != nil, a.Any)
	add("map", a.Map != nil, a.Map)
	add("one", a.One != nil, a.One)
	add("role", a.Role != 0, a.Role)
	add("enum", a.Enum != "", a.Enum)
	if a.Obj != nil {
		add("obj", true, a.Obj.name)
	}
	add("sub", a.Sub.Must != "", a.Sub)
	add("fn", !a.Fn.IsZero(), "set")
	add("v", !a.V.IsNil(), a.V.TypeName())
	return strings.Join(out, " ")
}

// recorder keeps what scripts print.
type recorder struct {
	nowhere
	mu    sync.Mutex
	lines []string
}

func (r *recorder) Log(_ Origin, _, msg string, _ map[string]any) {
	r.mu.Lock()
	r.lines = append(r.lines, msg)
	r.mu.Unlock()
}

// runs loads code with a library and returns what it printed and its error.
func runs(t *testing.T, lib *Library, code string) (output, problem string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		m := NewManager(Options{Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Door: r, Library: lib})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { _ = m.Run(ctx); close(ended) }()
		err := m.Load(ctx, Source{Name: "x", File: "x.lua", Code: []byte(code), Limits: testLimits})
		if err != nil {
			problem = err.Error()
		}
		cancel()
		<-ended
		output = strings.Join(r.lines, "\n")
	})
	return output, problem
}

func TestArguments(t *testing.T) {
	tests := []struct{ code, want, problem string }{
		{`m.take{}`, "", ""},
		{`m.take{s = "a", i = 5, i8 = -128, f = 1.5, b = true}`, "s=a i=5 i8=-128 f=1.5 b=true", ""},
		{`m.take{s = 5, i = "7", f = " 1e2 "}`, "s=5 i=7 f=100", ""},
		{`m.take{d = 1.5}`, "d=1.5s", ""},
		{`m.take{d = "1h30m"}`, "d=1h30m0s", ""},
		{`m.take{d = -3}`, "d=-3s", ""},
		{`m.take{d = math.huge}`, "d=1752000h0m0s", ""},
		{`m.take{t = 1.25}`, "t=1970-01-01 00:00:01.25 +0000 UTC", ""},
		{`m.take{p = 0}`, "p=0", ""},
		{`m.take{l = {"a", 1}, ll = {{1}, {}}}`, "l=[a 1] ll=[[1] []]", ""},
		{`m.take{m = {x = 1, y = 2}}`, "m=map[x:1 y:2]", ""},
		{`m.take{any = {1, {a = "x"}, false}}`, "any=[1 map[a:x] false]", ""},
		{`m.take{map = {a = {}}}`, "map=map[a:map[]]", ""},
		{`m.take{one = 3}`, "one=[3]", ""},
		{`m.take{one = {3, 4}}`, "one=[3 4]", ""},
		{`m.take{role = "admin", enum = "green"}`, "role=admin enum=green", ""},
		{`m.take{obj = m.thing("x")}`, "obj=x", ""},
		{`m.take{sub = {must = "y"}, fn = print, v = m.thing("z")}`, "sub={y 0} fn=set v=thing", ""},
		{`m.take{any = setmetatable({}, {__index = error, __pairs = error})}`, "any=map[]", ""},

		{`m.take{i = 1.5}`, "", `m.take: argument 1 (all): i: expected a whole number, got the number 1.5`},
		{`m.take{i = "x"}`, "", `i: expected a whole number, got the string "x"`},
		{`m.take{i = "0x10"}`, "i=16", ""},
		{`m.take{i = "1e999"}`, "", `i: expected a whole number, got the string "1e999"`},
		{`m.take{i8 = 128}`, "", `i8: the number 128 is too large`},
		{`m.take{i = 0/0}`, "", `i: expected a whole number, got the number -nan`},
		{`m.take{f = {}}`, "", `f: expected a number, got a table`},
		{`m.take{b = 1}`, "", `b: expected true or false, got the number 1`},
		{`m.take{d = true}`, "", `d: expected a duration`},
		{`m.take{d = 0/0}`, "", `d: expected a duration`},
		{`m.take{t = "now"}`, "", `t: expected a time in unix seconds, got the string "now"`},
		{`m.take{l = "x"}`, "", `l: expected a list, got the string "x"`},
		{`m.take{l = {a = 1}}`, "", `l: expected a list, got a table with the field "a"`},
		{`m.take{ll = {{1}, {2, "x"}}}`, "", `ll[2][2]: expected a whole number, got the string "x"`},
		{`m.take{m = {x = "y"}}`, "", `m.x: expected a number, got the string "y"`},
		{`m.take{m = {1}}`, "", `m: expected named fields, got the key 1`},
		{`m.take{map = {1}}`, "", `map: expected named fields, got a list`},
		{`m.take{one = {3, "x"}}`, "", `one[2]: expected a whole number`},
		{`m.take{one = "x"}`, "", `one: expected a whole number, got the string "x"`},
		{`m.take{role = "adm"}`, "", `role: no role "adm"`},
		{`m.take{enum = "grean"}`, "", `enum: unknown value "grean", did you mean "green"?`},
		{`m.take{enum = "blue"}`, "", `enum: unknown value "blue"; there are red, green`},
		{`m.take{enum = 1}`, "", `enum: expected one of red, green, got the number 1`},
		{`m.take{obj = "x"}`, "", `obj: expected a thing, got the string "x"`},
		{`m.take{sub = {}}`, "", `sub: must is missing: expected a string`},
		{`m.take{sub = {must = "x", may = "y"}}`, "", `sub.may: expected a whole number`},
		{`m.take{sub = {must = "x", musst = 1}}`, "", `sub: unknown option "musst", did you mean "must"?`},
		{`m.take{fn = "x"}`, "", `fn: expected a function, got the string "x"`},
		{`m.take{any = print}`, "", `any: expected plain data`},
		{`m.take{any = {[true] = 1}}`, "", `any: the key [true]`},
		{`m.take{s = ("x"):rep(100), i = ("y"):rep(100)}`, "", `got the string "` + strings.Repeat("y", 60) + `…"`},
		{`local l = {} for i = 1, 10001 do l[i] = "x" end m.take{l = l}`, "", `l: the list has more than 10000 items`},
		{`local l = {} for i = 1, 10001 do l["k" .. i] = 1 end m.take{m = l}`, "", `m: the table has more than 10000 fields`},
		{`m.take{any = ("x"):rep(2^20 - 100) .. "y"}`, "any=" + strings.Repeat("x", maxMessage-4) + "…", ""},
		{`local s = ("x"):rep(2^19) m.take{any = {s, s, s, s}}`, "", "any[4]: too much data"},

		{`m.rest("a")`, "a0s []", ""},
		{`m.rest("a", "5s", 1, 2)`, "a5s [1 2]", ""},
		{`m.rest("a", nil, 1, "2")`, "a0s [1 2]", ""},
		{`m.rest("a", 1, "x")`, "", `m.rest: argument 3 (rest): expected a whole number, got the string "x"`},
		{`m.rest("a", 1, 2, {})`, "", `m.rest: argument 4 (rest): expected a whole number, got a table`},
		{`m.mid("k", print)`, "ktrue false", ""},
		{`m.mid("k", nil, print, true)`, "ktrue true", ""},
		{`m.mid("k", {must = "x"}, print)`, "kxtrue false", ""},
		{`m.mid("k", print, true)`, "ktrue true", ""},
		{`m.mid("k", 5, print)`, "", `m.mid: argument 2 (opts): expected a table, got the number 5`},
		{`m.mid("k", true)`, "", `m.mid: argument 2 (opts): expected a table, got true`},
		{`m.mid("k", {must = "x"})`, "", `m.mid: argument 3 (fn): expected a function, got nil`},
		{`m.over("x")`, "name x", ""},
		{`m.over(5)`, "name 5", ""},
		{`m.over{must = "y"}`, "table y", ""},
		{`m.over(true)`, "", `m.over: argument 1 (spec): expected a table, got true`},
		{`m.over()`, "", `m.over: argument 1 (spec): expected a table, got nil`},
		{`m.bad("x")`, "", `x.lua:1: m.bad: argument 1 (name): never "x"`},

		{`m.thing("x").name`, "x", ""},
		{`m.nothing()`, "nil", ""},
		{`m.thing("x").touch()`, "", "thing:touch: call it with a colon"},
		{`m.thing("x").touch(m)`, "", "thing:touch: call it with a colon"},
		{`m.thing("x")[1]`, "", "thing has no field [1]"},
		{`m.thing("x"):touch()`, "", ""},
		{`m.fail("no")`, "nil\tdenied: no", ""},
		{`m.fail("plain")`, "nil\tinternal: internal error", ""},
		{`m.many()`, "1\tx\tnil", ""},
		{`m.pi`, "3", ""},
	}
	for _, tt := range tests {
		t.Run(tt.code[:min(60, len(tt.code))], func(t *testing.T) {
			code := "print(" + tt.code + ")"
			if i := strings.LastIndex(tt.code, " m.take"); i > 0 && strings.HasPrefix(tt.code, "local") {
				code = tt.code[:i] + " print(" + tt.code[i+1:] + ")"
			}
			output, problem := runs(t, testLibrary(), code)
			if output != tt.want {
				t.Errorf("printed %q, want %q", output, tt.want)
			}
			if tt.problem == "" && problem != "" || !strings.Contains(problem, tt.problem) {
				t.Errorf("error %q, want %q", problem, tt.problem)
			}
		})
	}
}

func TestResultTable(t *testing.T) {
	output, problem := runs(t, testLibrary(), `local r = m.result() print(r.text, r.maybe, r.since, r.when, r.role, #r.list, r.list[2], r.inner, r.None)`)
	if want := "t\t0\t60\t5.5\tadmin\t2\t2\tnil\tnil"; output != want || problem != "" {
		t.Errorf("printed %q, want %q; error %q", output, want, problem)
	}
}

// TestLibraryMistakes checks that a library that makes no sense does not start.
func TestLibraryMistakes(t *testing.T) {
	type untagged struct{ X string }
	type badFlag struct {
		X string `lua:"x,optoinal"`
	}
	type restFirst struct {
		X []string `lua:"x,rest"`
		Y string   `lua:"y"`
	}
	type channel struct {
		X chan int `lua:"x"`
	}
	type stranger struct {
		X *Manager `lua:"x"`
	}
	module := func(members ...Member) *Library { return &Library{Modules: []*Module{{Name: "m", Members: members}}} }
	tests := []struct {
		name string
		lib  *Library
		want string
	}{
		{"no tag", module(Plain("f", func(*Call, untagged) None { return None{} })), "has no lua tag"},
		{"bad flag", module(Plain("f", func(*Call, badFlag) None { return None{} })), `unknown flag "optoinal"`},
		{"rest is not last", module(Plain("f", func(*Call, restFirst) None { return None{} })), "takes the rest and is not last"},
		{"no way in", module(Plain("f", func(*Call, channel) None { return None{} })), "no way to take a chan int"},
		{"no such class", module(Plain("f", func(*Call, stranger) None { return None{} })), "of script.Manager has no lua tag"},
		{"no way out", module(Plain("f", func(*Call, None) chan int { return nil })), "no way to give a chan int"},
		{"no struct", module(Plain("f", func(*Call, string) None { return None{} })), "arguments must be a struct"},
		{"twice", module(Plain("f", func(*Call, None) None { return None{} }), Plain("f", func(*Call, None) None { return None{} })), `two members "f"`},
		{"wrong receiver", &Library{Classes: []AnyClass{Class[*thing]{Name: "t", Members: []Member{Prop("x", func(*Manager) string { return "" })}}}}, "is of *script.Manager, not *script.thing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, tt.want) {
					t.Errorf("panic %q, want %q", r, tt.want)
				}
			}()
			tt.lib.Describe()
		})
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90s", "5m", "1h30m", "2d", "1w2d3h4m5s6ms", "1.5h", "0", "1e3", "-1s", "5m5m", "..s", "9999999999d", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := engine.ParseDuration(s)
		if !ok {
			return
		}
		if d < 0 || d > engine.MaxDuration {
			t.Fatalf("%q is %v", s, d)
		}
		if again, ok := engine.ParseDuration(strconv.FormatFloat(d.Seconds(), 'f', -1, 64)); !ok || math.Abs(float64(again-d)) > 1000 {
			t.Fatalf("%q is %v, and its seconds are %v", s, d, again)
		}
	})
}
