package luaapi_test

import (
	"context"
	"fmt"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi"
	"botd/luaapi/luaapitest"
)

// writer makes a program of bytes: each chooses what comes next, and when none is left
// everything ends as soon as it can. Nearly all programs load; what they do makes little
// sense, and some of it is meant to harm.
type writer struct {
	data  []byte
	b     strings.Builder
	depth int
	lib   []string // what there is to call: "kv.get"
}

func (w *writer) n(n int) int {
	if len(w.data) == 0 {
		return 0
	}
	c := w.data[0]
	w.data = w.data[1:]
	return int(c) % n
}

func (w *writer) pick(options ...string) string { return options[w.n(len(options))] }

var fuzzMethods = strings.Fields(`reply whisper react delete stop table say emote users user history wait can limits set_topic call is mention mute kick ban
	grant join rename rooms commands off cancel wait stop edit append get set incr scan rep format gsub find byte upper find match all split test`)

var fuzzFields = strings.Fields("text room user kind name id session topic x y __index __call extra words receipt")

func (w *writer) name() string { return w.pick("a", "b", "c", "ev", "t", "f", "_G", "string") }

func (w *writer) exprs(most int) string {
	list := []string{w.expr()}
	for range w.n(most) {
		list = append(list, w.expr())
	}
	return strings.Join(list, ", ")
}

func (w *writer) expr() string {
	w.depth++
	defer func() { w.depth-- }()
	kinds := 20
	if w.depth > 4 {
		kinds = 5
	}
	switch w.n(kinds) {
	case 1:
		return w.pick("1", "0", "-1", "0.5", "1e9", "1/0", "0/0", "2^53", "1000000")
	case 2:
		return w.pick(`"x"`, `""`, `"%s%d"`, `("x"):rep(1e5)`, `"(a*)*b"`, `"lobby/lobby"`, `"message"`, `"!a"`, `"1d6"`, `"\0\255"`, `"* * * * *"`, `"[[[]]]"`)
	case 3:
		return w.pick("true", "false", "nil", "...", "{}", "json.null", "print")
	case 4, 5:
		return w.name()
	case 6, 7, 8:
		return w.lib[w.n(len(w.lib))] + "(" + w.exprs(3) + ")"
	case 9, 10:
		return fmt.Sprintf("(%s):%s(%s)", w.expr(), fuzzMethods[w.n(len(fuzzMethods))], w.exprs(3))
	case 11:
		return fmt.Sprintf("(%s).%s", w.expr(), fuzzFields[w.n(len(fuzzFields))])
	case 12:
		return fmt.Sprintf("(%s %s %s)", w.expr(), w.pick("+", "-", "*", "/", "%", "^", "..", "==", "<", "<=", "and", "or"), w.expr())
	case 13:
		return fmt.Sprintf("(%s %s)", w.pick("not", "-", "#"), w.expr())
	case 14, 15:
		return w.function()
	case 16:
		return fmt.Sprintf("{%s, x = %s, [%s] = %s}", w.exprs(3), w.expr(), w.pick("1", "'k'", "1e6", "a"), w.expr())
	case 17:
		return fmt.Sprintf("setmetatable({%s}, {%s = %s})", w.exprs(2), w.pick("__index", "__newindex", "__call", "__tostring", "__concat", "__lt", "__eq", "__len", "__pairs"), w.function())
	case 18:
		return fmt.Sprintf("%s(%s, %s)", w.pick("pcall", "xpcall", "coroutine.wrap", "coroutine.create", "select", "timeout", "race", "bot.spawn", "table.sort", "string.gsub"), w.expr(), w.exprs(3))
	case 19:
		return fmt.Sprintf("(%s)(%s)", w.expr(), w.exprs(2))
	}
	return "a"
}

func (w *writer) function() string {
	outer := w.b
	w.b = strings.Builder{}
	w.block(3)
	body := w.b.String()
	w.b = outer
	return "function(ev, ...) " + body + " return " + w.expr() + " end"
}

func (w *writer) block(most int) {
	w.depth++
	defer func() { w.depth-- }()
	for range 1 + w.n(most) {
		w.statement()
	}
}

func (w *writer) inside(open, close string) {
	w.b.WriteString(open)
	w.block(3)
	w.b.WriteString(close)
}

func (w *writer) statement() {
	kinds := 16
	if w.depth > 4 {
		kinds = 6
	}
	switch w.n(kinds) {
	case 1, 2:
		fmt.Fprintf(&w.b, "%s = %s\n", w.pick("a", "b", "c", "t", "f", "local a", "local b"), w.expr())
	case 3:
		fmt.Fprintf(&w.b, "%s[%s] = %s\n", w.name(), w.expr(), w.expr())
	case 4, 5:
		fmt.Fprintf(&w.b, "pcall(function() return %s end)\n", w.expr())
	case 6:
		w.inside("for i = 1, "+w.pick("10", "1000", "1e9")+" do a = i ", "end\n")
	case 7:
		w.inside("while true do ", "end\n")
	case 8:
		w.inside("if "+w.expr()+" then ", "end\n")
	case 9:
		w.inside("for k, v in "+w.pick("pairs", "ipairs")+"("+w.expr()+") do a, b = k, v ", "end\n")
	case 10:
		fmt.Fprintf(&w.b, "f = %s\n", w.function())
	case 11:
		fmt.Fprintf(&w.b, "sleep(%s)\n", w.pick("0", "0.001", "1e9", "a"))
	case 12:
		fmt.Fprintf(&w.b, "t[#t + 1] = ('x'):rep(1e4) .. #t\n")
	case 13:
		fmt.Fprintf(&w.b, "error(%s)\n", w.expr())
	case 14:
		w.inside("repeat ", "until "+w.expr()+"\n")
	case 15:
		fmt.Fprintf(&w.b, "coroutine.yield(%s)\n", w.expr())
	default:
		fmt.Fprintf(&w.b, "pcall(%s, %s)\n", w.lib[w.n(len(w.lib))], w.exprs(3))
	}
}

// program is a script whose handlers are reached by every event of the test.
func (w *writer) program() string {
	w.b.WriteString("a, b, c, t = 1, 'b', {}, {}\nf = function() end\n")
	for range 1 + w.n(4) {
		switch w.n(6) {
		case 1:
			fmt.Fprintf(&w.b, "bot.command('a', %s)\n", w.function())
		case 2:
			fmt.Fprintf(&w.b, "bot.on('join', %s)\n", w.function())
		case 3:
			fmt.Fprintf(&w.b, "every(0.01, %s)\n", w.function())
		case 4:
			fmt.Fprintf(&w.b, "bot.spawn(%s)\n", w.function())
		case 5:
			w.statement()
		default:
			fmt.Fprintf(&w.b, "bot.on('message', %s)\n", w.function())
		}
	}
	return w.b.String()
}

func fuzzLibrary() []string {
	lib := luaapi.New()
	out := strings.Fields(`string.rep string.gsub string.find string.format string.byte table.concat table.insert table.remove table.sort unpack next rawset rawget
		tostring tonumber setmetatable getmetatable coroutine.resume coroutine.status os.date os.time math.random require print select`)
	for _, module := range lib.Names("") {
		members := lib.Names(module)
		for _, m := range members {
			out = append(out, module+"."+m)
		}
		if members == nil {
			out = append(out, module)
		}
	}
	return out
}

// FuzzScript: whatever a script is, and whatever comes to its handlers, the process lives,
// the limits hold, another script answers, and nothing of it is left once it is unloaded.
func FuzzScript(f *testing.F) {
	f.Add([]byte{})
	for i := range byte(40) {
		seed := make([]byte, 200)
		for k := range seed {
			seed[k] = byte(k*k)*i + byte(k)*(i+3) ^ byte(k>>3)
		}
		f.Add(seed)
	}
	lib := fuzzLibrary()
	limits := script.Limits{
		Steps: 100_000, HandlerTime: 200 * time.Millisecond, LoadTime: 400 * time.Millisecond,
		Alloc: 16 << 20, Memory: 8 << 20, Mailbox: 50, Waiting: 50,
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w := &writer{data: data, lib: lib}
		code := w.program()
		bot := luaapitest.New(t)
		answered := make(chan string, 100)
		bot.Answer = func(r script.Request) engine.Receipt {
			if r.Origin.Script == "innocent" {
				answered <- engine.TextOf(r.Action)
			}
			return engine.Receipt{Status: engine.Sent}
		}
		bot.Discard = true
		if err := bot.Load(script.Source{Name: "innocent", Code: []byte(`bot.hear("^ping (%d+)$", function(ev, n) ev:reply("pong " .. n) end)`)}); err != nil {
			t.Fatal(err)
		}
		ask := func(n int) {
			t.Helper()
			bot.Deliver(engine.Event{User: luaapitest.User("ann"), Body: engine.Message{Text: fmt.Sprint("ping ", n)}})
			select {
			case got := <-answered:
				if got != fmt.Sprint("pong ", n) {
					t.Fatalf("the innocent script answered %q beside\n%s", got, code)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("no answer beside\n%s", code)
			}
		}
		_ = bot.Load(script.Source{Name: "test", Code: []byte(code), Limits: limits})
		for n, ev := range []engine.Event{
			{User: luaapitest.User("ann"), Body: engine.Message{ID: "m1", Text: "!a some text"}},
			{User: luaapitest.User("bob"), Body: engine.Joined{}},
			{Body: engine.Custom{Name: "fuzz.event", Data: map[string]any{"x": 1.0}}},
			{User: luaapitest.User("bob"), Body: engine.Message{ID: "m2", Text: "message (a*)*b"}},
		} {
			bot.Deliver(ev)
			ask(n)
		}
		if d := bot.Manager.Running(); d > 10*time.Second {
			t.Errorf("a handler has run for %s:\n%s", d, code)
		}
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		if metrics.Read(s); s[0].Value.Uint64() > 400<<20 {
			t.Errorf("%d MiB in use:\n%s", s[0].Value.Uint64()>>20, code)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := bot.Manager.Unload(ctx, "test"); err != nil {
			t.Fatalf("%v:\n%s", err, code)
		}
		ask(9)
		for _, e := range bot.Errors() {
			if e.Script == "innocent" || strings.Contains(e.Msg, "internal error") {
				t.Errorf("%s: %v\n%s", e.Script, e, code)
			}
		}
	})
}
