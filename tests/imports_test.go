// Package tests checks what no single package can: that the parts keep apart, and that
// the whole works.
package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "botd"

// A layer is what the packages that match a pattern may import.
type layer struct {
	packages string
	imports  []string
	why      string
}

// layers say which packages of ours the code of a package may import, its tests aside.
// The first entry that matches a package holds for it. A pattern that ends in /... stands
// for a package and all below; * stands for one name. Packages below a common parent that
// is named by * may always import each other.
var layers = []layer{
	{"engine", nil,
		"the vocabulary depends on nothing, so everything can speak it"},
	{"engine/nearest", nil,
		"a suggestion needs a list of names and nothing else"},
	{"engine/soonest", nil,
		"an order by time needs nothing but times"},
	{"engine/durable", nil,
		"a file is put on the disk whole, whatever is in it"},
	{"engine/trace", []string{"engine"},
		"what is said of an event's way is a vocabulary that all parts on it speak"},
	{"engine/flock", nil,
		"a lock is the system's, and knows nothing of what it guards"},
	{"engine/i18n", []string{"engine"}, "picking a text needs nothing but the texts"},
	{"engine/metric", []string{"engine"}, "counting needs nothing but the names"},
	{"engine/config", []string{"engine", "engine/nearest", "engine/durable", "engine/i18n"},
		"the language of a room is checked where it is read"},
	{"engine/supervisor/...", []string{"engine", "engine/nearest", "engine/outbox/..."},
		"a session and its outbox live and die together"},
	{"engine/script/...", []string{"engine", "engine/nearest", "engine/trace", "engine/dispatch/...", "engine/schedule", "engine/i18n", "engine/metric", "engine/poll", "engine/raffle", "engine/moderate"},
		"handlers are matched in Go before Lua is entered; the doors to the schedule and to polls are a part of it"},
	{"engine/isolate/...", []string{"engine", "engine/nearest", "engine/trace", "engine/dispatch/...", "engine/script/...", "engine/schedule", "engine/i18n", "engine/metric", "engine/moderate", "engine/store"},
		"a child process runs what the daemon runs; what it asks for travels as it is kept"},
	{"engine/contest", []string{"engine", "engine/nearest", "engine/durable", "engine/poll", "engine/raffle", "engine/script", "engine/store"},
		"polls and raffles run for scripts, and are kept where everything durable is"},
	{"engine/people", []string{"engine", "engine/store"},
		"who people are is kept where everything durable is"},
	{"engine/seen", []string{"engine", "engine/store"},
		"what was delivered is kept where everything durable is"},
	{"engine/facts", []string{"engine", "engine/soonest", "engine/store"},
		"what ends by itself is kept where everything durable is"},
	{"engine/schema", []string{"engine", "engine/nearest"},
		"plugins and scripts describe their settings alike"},
	{"engine/plugin", []string{"engine", "engine/nearest", "engine/config", "engine/schema"},
		"a manifest is read as strictly as the configuration"},
	{"engine/doctor", []string{"engine/..."},
		"the doctor looks at what all parts stand on"},
	{"engine/rehearse", []string{"engine/..."},
		"a test of a script runs the whole daemon, with networks that exist only there"},
	{"engine/warden", []string{"engine", "engine/moderate", "engine/facts", "engine/store"},
		"cases, standings and permits are kept; what is done goes through whoever made it"},
	{"engine/chatlog", []string{"engine", "engine/durable", "engine/moderate"},
		"what was done about a line is kept with it, as its case says"},
	{"engine/backtest", []string{"engine", "engine/moderate", "engine/chatlog", "engine/warden", "engine/store"},
		"rules are tried in the parts that hold them to lines"},
	{"engine/host/...", []string{"engine/..."},
		"the host wires the parts together"},
	{"engine/admin/...", []string{"engine/..."},
		"the control API is a thin layer over the host"},
	{"engine/*/...", []string{"engine", "engine/nearest", "engine/soonest", "engine/trace", "engine/flock", "engine/durable"},
		"each part can be tested and replaced alone"},
	{"adapters", []string{"engine", "adapters/..."},
		"the list of adapters"},
	{"adapters/internal/...", []string{"engine", "engine/nearest", "adapters/internal/..."},
		"what adapters share"},
	{"adapters/adaptertest", []string{"engine", "engine/nearest", "engine/enginetest", "adapters/internal/..."},
		"the conformance suite is the world an adapter runs in"},
	{"adapters/*/*test/...", []string{"engine", "engine/nearest", "adapters/internal/...", "adapters/adaptertest"},
		"a simulator is what the conformance suite runs an adapter against"},
	{"adapters/*/...", []string{"engine", "engine/nearest", "adapters/internal/..."},
		"a protocol can be added or removed without a look at the others"},
	{"luaapi/internal/gen", []string{"engine/...", "luaapi/..."},
		"what tests of scripts find is described with what scripts find"},
	{"luaapi/luaapitest", []string{"engine", "engine/trace", "engine/dispatch/...", "engine/schedule", "engine/schema", "engine/i18n", "engine/metric", "engine/script/...", "engine/contest", "engine/moderate", "engine/warden", "engine/store", "luaapi"},
		"the scripts' world in tests is made of the real parts, as far as they need no network"},
	{"luaapi/...", []string{"engine", "engine/nearest", "engine/trace", "engine/script/...", "engine/dispatch/...", "engine/schedule", "engine/schema", "engine/i18n", "engine/metric", "engine/poll/...", "engine/raffle/...", "engine/moderate"},
		"scripts see the uniform model, never an adapter; bot.on and its kin are subscriptions of the dispatcher"},
	{"plugins.d", nil, "plugins are made of Lua, and nothing else"},
	{"cmd/...", []string{"engine/...", "adapters/...", "luaapi/...", "plugins.d"},
		"the program joins the parts"},
	{"tests/...", nil,
		"there is no code here, only tests"},
}

// An owner is where the code may import a module.
type owner struct{ module, packages, why string }

// owners say where the code may import a module of others. One that is not listed may be
// imported by one package.
var owners = []owner{
	{"github.com/yuin/gopher-lua", "engine/script/...", "the rest of botd does not know how Lua runs"},
	{"github.com/gorilla/websocket", "adapters/internal/wsconn", "limits, deadlines and pings are right in one place"},
	{"github.com/spf13/viper", "engine/config", "everybody else gets one typed value"},
	{"github.com/go-viper/mapstructure/v2", "engine/config", "as viper"},
	{"github.com/fsnotify/fsnotify", "engine/watch", "events of the system are trusted nowhere else"},
	{"github.com/robfig/cron/v3", "engine/schedule", "the loop that runs entries is ours"},
	{"modernc.org/sqlite", "engine/store/...", "the store is in it, and tests of the store stand in its way"},
	{"github.com/spf13/cobra", "cmd/botd", "flags end where the host begins"},
	{"go.yaml.in/yaml/v3", "...", "a format: the configuration is written in it, and scripts may read it"},
	{"golang.org/x/", "...", "extends the standard library"},
}

// A pkg is what go list says about a package.
type pkg struct {
	ImportPath   string
	Standard     bool
	Module       *struct{ Path string }
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImports(t *testing.T) {
	pkgs := list(t)
	if len(ours(pkgs)) < 2 {
		t.Fatalf("go list names %d packages of ours", len(ours(pkgs)))
	}
	for _, fault := range slices.Concat(layerFaults(pkgs), ownerFaults(pkgs), testFaults(pkgs)) {
		t.Error(fault)
	}
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Module,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// ours returns the packages of this module by their path below it.
func ours(pkgs []pkg) map[string]pkg {
	m := make(map[string]pkg)
	for _, p := range pkgs {
		if name, ok := below(p.ImportPath); ok {
			m[name] = p
		}
	}
	return m
}

func below(path string) (string, bool) { return strings.CutPrefix(path, module+"/") }

func layerFaults(pkgs []pkg) (faults []string) {
	for name, p := range ours(pkgs) {
		i := slices.IndexFunc(layers, func(l layer) bool { return matches(l.packages, name) })
		if i < 0 {
			faults = append(faults, name+" has no place in the table of layers; decide what it may import")
			continue
		}
		for _, imported := range p.Imports {
			to, isOurs := below(imported)
			if !isOurs || part(name) == part(to) {
				continue
			}
			if !slices.ContainsFunc(layers[i].imports, func(pattern string) bool { return matches(pattern, to) }) {
				faults = append(faults, name+" must not import "+to+": "+layers[i].why)
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// matches reports whether a package is one that a pattern stands for.
func matches(pattern, name string) bool {
	rest := strings.Split(name, "/")
	for want := range strings.SplitSeq(pattern, "/") {
		if want == "..." {
			return true
		}
		if len(rest) == 0 {
			return false
		}
		if fits, err := path.Match(want, rest[0]); err != nil || !fits {
			return false
		}
		rest = rest[1:]
	}
	return len(rest) == 0
}

// part is what a package belongs to: engine/script, adapters/hackchat, luaapi, cmd.
func part(name string) string {
	elements := strings.Split(name, "/")
	if elements[0] == "engine" || elements[0] == "adapters" {
		return path.Join(elements[:min(2, len(elements))]...)
	}
	return elements[0]
}

func ownerFaults(pkgs []pkg) (faults []string) {
	importers := make(map[string][]string) // of modules, by module
	modules := moduleOf(pkgs)
	for name, p := range ours(pkgs) {
		for _, imported := range p.Imports {
			if m := modules[imported]; m != "" && !slices.Contains(importers[m], name) {
				importers[m] = append(importers[m], name)
			}
		}
	}
	for m, names := range importers {
		slices.Sort(names)
		i := slices.IndexFunc(owners, func(o owner) bool {
			return o.module == m || strings.HasSuffix(o.module, "/") && strings.HasPrefix(m, o.module)
		})
		switch {
		case i >= 0:
			for _, name := range names {
				if !matches(owners[i].packages, name) {
					faults = append(faults, name+" must not import "+m+", only "+owners[i].packages+" may: "+owners[i].why)
				}
			}
		case len(names) > 1:
			faults = append(faults, m+" is imported by "+strings.Join(names, ", ")+"; one package may, or the table names a tree")
		}
	}
	slices.Sort(faults)
	return faults
}

// moduleOf maps import paths to the modules of others they belong to.
func moduleOf(pkgs []pkg) map[string]string {
	m := make(map[string]string)
	for _, p := range pkgs {
		if p.Module != nil && p.Module.Path != module {
			m[p.ImportPath] = p.Module.Path
		}
	}
	return m
}

// testFaults: tests may import more than code, but adapters stay apart even there. The
// conformance suite is tested with the reference adapter.
func testFaults(pkgs []pkg) (faults []string) {
	for name, p := range ours(pkgs) {
		if !matches("adapters/*/...", name) || matches("adapters/internal/...", name) {
			continue
		}
		allowed := []string{part(name) + "/...", "adapters/internal/...", "adapters/adaptertest"}
		if part(name) == "adapters/adaptertest" {
			allowed = append(allowed, "adapters/local/...")
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			to, _ := below(imported)
			isAllowed := slices.ContainsFunc(allowed, func(pattern string) bool { return matches(pattern, to) })
			if matches("adapters/*/...", to) && !isAllowed {
				faults = append(faults, "tests of "+name+" must not import "+to+": adapters stay apart")
			}
		}
	}
	slices.Sort(faults)
	return faults
}

// The checks must find what they are there for.
func TestImportFaults(t *testing.T) {
	lib := func(path, module string) pkg {
		return pkg{ImportPath: path, Module: &struct{ Path string }{module}}
	}
	libs := []pkg{
		lib("github.com/yuin/gopher-lua/parse", "github.com/yuin/gopher-lua"),
		lib("golang.org/x/sync/errgroup", "golang.org/x/sync"),
		lib("example.com/lib", "example.com/lib"),
	}
	tests := []struct {
		name string
		pkgs []pkg
		want []string
	}{
		{"leaf imports leaf", []pkg{{ImportPath: "botd/engine/bus", Imports: []string{"botd/engine", "botd/engine/watch", "fmt"}}},
			[]string{"engine/bus must not import engine/watch: each part can be tested and replaced alone"}},
		{"engine imports anything", []pkg{{ImportPath: "botd/engine", Imports: []string{"botd/engine/bus"}}},
			[]string{"engine must not import engine/bus: the vocabulary depends on nothing, so everything can speak it"}},
		{"engine imports an adapter", []pkg{{ImportPath: "botd/engine/host", Imports: []string{"botd/engine/bus", "botd/adapters/local"}}},
			[]string{"engine/host must not import adapters/local: the host wires the parts together"}},
		{"exceptions", []pkg{
			{ImportPath: "botd/engine/supervisor", Imports: []string{"botd/engine/outbox"}},
			{ImportPath: "botd/engine/script/sandbox", Imports: []string{"botd/engine/dispatch", "botd/engine/script/meter", "github.com/yuin/gopher-lua/parse"}},
			{ImportPath: "botd/cmd/botd", Imports: []string{"botd/engine/host", "botd/adapters", "botd/luaapi"}},
		}, nil},
		{"exceptions hold one way", []pkg{{ImportPath: "botd/engine/outbox", Imports: []string{"botd/engine/supervisor"}}},
			[]string{"engine/outbox must not import engine/supervisor: each part can be tested and replaced alone"}},
		{"adapter imports adapter", []pkg{{ImportPath: "botd/adapters/hackchat", Imports: []string{
			"botd/adapters/local", "botd/adapters/internal/wsconn", "botd/adapters/hackchat/hackchattest", "botd/engine/config"}}},
			[]string{
				"adapters/hackchat must not import adapters/local: a protocol can be added or removed without a look at the others",
				"adapters/hackchat must not import engine/config: a protocol can be added or removed without a look at the others",
			}},
		{"simulator", []pkg{{ImportPath: "botd/adapters/hackchat/hackchattest", Imports: []string{
			"botd/adapters/adaptertest", "botd/adapters/hackchat", "botd/adapters/local"}}},
			[]string{"adapters/hackchat/hackchattest must not import adapters/local: a simulator is what the conformance suite runs an adapter against"}},
		{"test of the conformance suite", []pkg{{ImportPath: "botd/adapters/adaptertest",
			XTestImports: []string{"botd/adapters/local/localtest", "botd/adapters/hackchat"}}},
			[]string{"tests of adapters/adaptertest must not import adapters/hackchat: adapters stay apart"}},
		{"test of an adapter", []pkg{{ImportPath: "botd/adapters/hackchat",
			TestImports:  []string{"botd/adapters/adaptertest", "botd/engine/supervisor"},
			XTestImports: []string{"botd/adapters/local/localtest"}}},
			[]string{"tests of adapters/hackchat must not import adapters/local/localtest: adapters stay apart"}},
		{"luaapi imports an adapter", []pkg{{ImportPath: "botd/luaapi", Imports: []string{"botd/adapters/local", "botd/engine/script"}}},
			[]string{"luaapi must not import adapters/local: scripts see the uniform model, never an adapter; bot.on and its kin are subscriptions of the dispatcher"}},
		{"unknown place", []pkg{{ImportPath: "botd/utils"}},
			[]string{"utils has no place in the table of layers; decide what it may import"}},
		{"module outside its tree", []pkg{{ImportPath: "botd/luaapi", Imports: []string{"github.com/yuin/gopher-lua/parse"}}},
			[]string{"luaapi must not import github.com/yuin/gopher-lua, only engine/script/... may: the rest of botd does not know how Lua runs"}},
		{"module in two packages", []pkg{
			{ImportPath: "botd/engine/bus", Imports: []string{"example.com/lib", "golang.org/x/sync/errgroup"}},
			{ImportPath: "botd/engine/host", Imports: []string{"example.com/lib", "golang.org/x/sync/errgroup"}},
		}, []string{"example.com/lib is imported by engine/bus, engine/host; one package may, or the table names a tree"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pkgs := append(slices.Clone(libs), tt.pkgs...)
			got := slices.Concat(layerFaults(pkgs), ownerFaults(pkgs), testFaults(pkgs))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}
