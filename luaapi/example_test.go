package luaapi_test

import (
	"slices"
	"strings"
	"testing"

	"botd/engine/script"
	"botd/luaapi"
	"botd/luaapi/internal/doc"
	"botd/luaapi/luaapitest"
)

// withExample are the modules and classes each of whose functions must have an example;
// "" stands for the global functions.
var withExample = []string{"", "bot", "event", "room", "user", "session", "message", "sub", "task", "mod"}

// documented lists the functions with the Go names of their variants.
func documented() map[string][]string {
	out := map[string][]string{}
	add := func(prefix string, list []script.FuncDoc) {
		for _, f := range list {
			variants := f.Variants
			if variants == nil {
				variants = []script.FuncDoc{f}
			}
			for _, v := range variants {
				out[prefix+f.Name] = append(out[prefix+f.Name], v.Source)
			}
		}
	}
	lib := luaapi.New().Describe()
	add("", lib.Globals)
	for _, m := range lib.Modules {
		add(m.Name+".", m.Functions)
	}
	for _, c := range lib.Classes {
		add(c.Name+":", c.Methods)
	}
	return out
}

// TestExamples runs the examples of the reference.
func TestExamples(t *testing.T) {
	docs, err := doc.Read("..", "botd/luaapi")
	if err != nil {
		t.Fatal(err)
	}
	for name, sources := range documented() {
		owner := ""
		if i := strings.IndexAny(name, ".:"); i >= 0 {
			owner = name[:i]
		}
		for _, source := range sources {
			code := docs.Example(source)
			if code == "" {
				if slices.Contains(withExample, owner) {
					t.Errorf("%s: %s has no example", name, source)
				}
				continue
			}
			t.Run(name, func(t *testing.T) {
				luaapitest.Run(t, func(b *luaapitest.Bot) {
					if fault := b.Example(code); fault != "" {
						t.Errorf("%s\n%s", fault, code)
					}
				})
			})
		}
	}
}

// An example that does not do what it says is a fault.
func TestExampleFaults(t *testing.T) {
	ping := "bot.command('ping', function(ev) ev:reply('pong') log.info('x') end)\n"
	for name, tt := range map[string]struct{ code, want string }{
		"right":         {ping + "-- ann: !ping\n-- botd: pong\n-- log: x", ""},
		"another text":  {ping + "-- ann: !ping\n-- botd: peng", `the bot did "say text=pong"; want "say text=peng"`},
		"nothing":       {ping + "-- ann: ping\n-- botd: pong", "the bot did nothing"},
		"not expected":  {ping + "-- ann: !ping\n-- log: x", `which no step expects`},
		"log":           {ping + "-- ann: !ping\n-- botd: pong", `the script logged "x"`},
		"another log":   {ping + "-- ann: !ping\n-- botd: pong\n-- log: y", `want "y" next`},
		"error":         {"bot.command('x', function() error('no') end)\n-- ann: !x", "error: test.lua:1: no"},
		"does not load": {"x(", "test.lua"},
		"an action":     {"bot.command('x', function(ev) ev.user:kick('why') end)\n-- ann: !x\n-- botd does: kick reason=why user=ann", ""},
		"later":         {"after('5s', function() bot.room('lobby/lobby'):say('late') end)\n-- wait 5s\n-- botd: late", ""},
	} {
		luaapitest.Run(t, func(b *luaapitest.Bot) {
			got := b.Example(tt.code)
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		})
	}
}
