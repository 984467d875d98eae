package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/script"
)

// hostile is a script of tests/hostile. Its first line says how it must be contained, and
// only that will do. On a busy machine the limit on time may come before any other: a
// script that does not name it gets so much of it that it does not.
//
// Lines of the same form after it say what it needs:
//
//	-- expect: stopped: time            what must come of it, see outcome
//	-- limits: steps: 1000, alloc: 1MiB its limits, as in config.yaml
//	-- config: {grants: [chat]}         more of its entry in config.yaml
//	-- say: some text                   lines said besides "hello" and "!attack"
//	-- with: lib/a.lua: return 1        a file beside it
//	-- link: lib/b.lua: /etc/passwd     a symbolic link beside it
//	-- generate: "a"*1000 + "b"         source text after what the file holds; in a
//	                                    repeated text # is the number of the repetition
//	-- whole: "..."                     the same in place of the file
//	-- why: ...                         a word to the reader
type hostile struct {
	name, code string
	expect     []outcome // any of these
	limits     string
	config     string
	says       []string
	files      [][2]string
	links      [][2]string
}

// outcome is how a script is contained:
//
//	refused at load: TEXT   it does not load, and the fault says TEXT
//	stopped: WHAT           a handler or the load is ended by the limit on instructions,
//	                        time, allocation or memory; or on effort, which is whichever
//	                        of the first three this machine comes to first
//	error: TEXT             a fault says TEXT
//	throttled: TEXT         a fault, its status or its log says TEXT
//	harmless: TEXT          it says TEXT in the room, and there is no fault
type outcome struct{ kind, text string }

var stoppedBy = map[string]string{
	"instructions": "stopped: more than",
	"time":         "stopped: ran longer than",
	"allocation":   "stopped: allocated more than",
	"memory":       "(limits.memory)",
}

// limitsCalled are the limits that an outcome names.
func limitsCalled(t testing.TB, o outcome) []string {
	switch _, known := stoppedBy[o.text]; {
	case o.kind != "stopped":
		return nil
	case o.text == "effort":
		return []string{"instructions", "time", "allocation"}
	case !known:
		t.Fatalf("no limit is called %q", o.text)
	}
	return []string{o.text}
}

func readHostile(t testing.TB, file string) *hostile {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{name: strings.TrimSuffix(filepath.Base(file), ".lua"), code: string(text)}
	if !strings.HasPrefix(h.code, "-- expect: ") {
		t.Fatalf("%s: the first line must say what is expected", file)
	}
	for line := range strings.Lines(h.code) {
		key, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "-- "), ": ")
		if !ok || !strings.HasPrefix(line, "-- ") {
			break
		}
		h.header(t, key, value)
	}
	if !slices.Contains(h.expect, outcome{"error", stoppedBy["time"]}) && !strings.Contains(h.limits, "_time:") {
		h.limit("handler_time: 20s, load_time: 80s") // in the proportion of the defaults
	}
	return h
}

// limit adds to the limits.
func (h *hostile) limit(more string) { h.limits = strings.TrimPrefix(h.limits+", "+more, ", ") }

// size is a limit in MiB, the default if the script sets none.
func (h *hostile) size(t testing.TB, name string, def int64) int64 {
	t.Helper()
	for l := range strings.SplitSeq(h.limits, ", ") {
		value, ok := strings.CutPrefix(l, name+": ")
		if !ok {
			continue
		}
		var n int64
		var unit string
		if _, err := fmt.Sscanf(value, "%d%s", &n, &unit); err != nil {
			t.Fatalf("%s: %q: %v", h.name, l, err)
		}
		switch unit {
		case "GiB":
			return n << 10
		case "KiB":
			return n >> 10
		}
		return n
	}
	return def
}

func (h *hostile) header(t testing.TB, key, value string) {
	t.Helper()
	switch key {
	case "expect":
		for alt := range strings.SplitSeq(value, " or ") {
			kind, text, _ := strings.Cut(alt, ": ")
			for _, limit := range limitsCalled(t, outcome{kind, text}) {
				h.expect = append(h.expect, outcome{"error", stoppedBy[limit]})
			}
			if kind != "stopped" {
				h.expect = append(h.expect, outcome{kind, text})
			}
		}
	case "limits":
		h.limits = value
	case "config":
		h.config = value
	case "say":
		h.says = append(h.says, value)
	case "with":
		name, text, _ := strings.Cut(value, ": ")
		h.files = append(h.files, [2]string{name, text})
	case "link":
		name, target, _ := strings.Cut(value, ": ")
		h.links = append(h.links, [2]string{name, target})
	case "generate":
		h.code += generate(t, value)
	case "whole":
		h.code = generate(t, value)
	case "why":
	default:
		t.Fatalf("%s: unknown header %q", h.name, key)
	}
}

// generate makes the text that a header describes: quoted texts, joined by +, each
// repeated by *n.
func generate(t testing.TB, spec string) string {
	t.Helper()
	var b strings.Builder
	for rest := spec; ; {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			t.Fatalf("generate %s: %v at %q", spec, err, rest)
		}
		text, _ := strconv.Unquote(quoted)
		rest = rest[len(quoted):]
		n := 1
		if after, ok := strings.CutPrefix(rest, "*"); ok {
			digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
			n, _ = strconv.Atoi(after[:digits])
			rest = after[digits:]
			for i := range n {
				b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)))
			}
		} else {
			b.WriteString(text)
		}
		if rest == "" {
			return b.String()
		}
		var ok bool
		if rest, ok = strings.CutPrefix(rest, " + "); !ok {
			t.Fatalf("generate %s: expected + at %q", spec, rest)
		}
	}
}

// entry is the script's place in config.yaml.
func (h *hostile) entry() string {
	s := "- name: " + h.name + "\n"
	if h.limits != "" {
		s += "  limits: {" + h.limits + "}\n"
	}
	if h.config != "" {
		s += "  " + h.config + "\n"
	}
	return s
}

// corpus reads the scripts of a class, or all if it is "".
func corpus(t testing.TB, class string) []*hostile {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("hostile", class+"*.lua"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var out []*hostile
	for _, f := range files {
		out = append(out, readHostile(t, f))
	}
	return out
}

// innocent is the script beside the hostile ones. Its answer changes if they change
// anything under it.
const innocent = `
local seen = 0
local function sum(...) local n = 0 for i = 1, select('#', ...) do n = n + select(i, ...) end return n end
bot.on("innocent.event", function() seen = seen + 1 end)
bot.command("ping", function(ev, n)
  local t = {3, 1, 2}
  table.sort(t)
  local ok, err = pcall(error, "x", 0)
  local co = coroutine.wrap(function() coroutine.yield(("a-b"):gsub("%-", "+")) end)
  assert(getmetatable("") == false and type(string.rep) == "function" and not _G.hostile)
  ev:reply(("innocent %s %s %s %s %d %s"):format(n, table.concat(t), err, co(), sum(1, 2, 3), json.encode({a = 1})))
end)
`

func innocentAnswer(n int) string { return fmt.Sprintf(`innocent %d 123 x a+b 6 {"a":1}`, n) }

// arena is a daemon in which an innocent script lives beside hostile ones that come
// and go.
type arena struct {
	*daemon
	ann, eve *guest
	pings    int
	slowest  time.Duration // answer of the innocent script
	peak     *peakMeter
}

func newArena(t testing.TB, scripts []*hostile) *arena {
	conf := "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nscripts:\n"
	for _, h := range scripts {
		conf += h.entry()
	}
	d := start(t, map[string]string{"config.yaml": conf, "scripts/innocent.lua": innocent, "scripts/lib/empty.lua": "return {}"})
	a := &arena{daemon: d, ann: d.join("lobby", "ann"), eve: d.join("lobby", "eve"), peak: measurePeak(t)}
	a.ping()
	return a
}

// ping checks that the innocent script answers.
func (a *arena) ping() {
	a.t.Helper()
	a.pings++
	want := innocentAnswer(a.pings)
	begin := time.Now()
	a.ann.say("!ping %d", a.pings)
	a.until(want, func() bool { return a.ann.has(want) })
	a.slowest = max(a.slowest, time.Since(begin))
}

func (g *guest) has(line string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.heard, line)
}

func (g *guest) forget() {
	g.mu.Lock()
	g.heard = g.heard[:0]
	g.mu.Unlock()
}

// install saves the script and waits until it runs or its fault is known.
func (a *arena) install(h *hostile) {
	a.t.Helper()
	for _, f := range h.files {
		a.write("scripts/"+f[0], f[1])
	}
	for _, l := range h.links {
		path := filepath.Join(a.dir, "scripts", l[0])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			a.t.Fatal(err)
		}
		if err := os.Symlink(strings.ReplaceAll(l[1], "$DIR", a.dir), path); err != nil {
			a.t.Fatal(err)
		}
	}
	a.write("scripts/"+h.name+".lua", h.code)
	a.until(h.name+" is loaded", func() bool {
		st, ok := a.script(h.name)
		return ok && st.Generation > 0 || len(a.faultsOf(h.name)) > 0
	})
}

// replace saves a harmless version, which ends the generation that runs.
func (a *arena) replace(h *hostile) {
	a.t.Helper()
	before, _ := a.script(h.name)
	a.write("scripts/"+h.name+".lua", "-- mended\n")
	a.until(h.name+" is mended", func() bool {
		st, _ := a.script(h.name)
		return st.State == "running" && st.Generation > before.Generation && st.Waiting == 0
	})
}

// uninstall removes scripts and all that came with them.
func (a *arena) uninstall(scripts []*hostile) {
	a.t.Helper()
	for _, h := range scripts {
		for _, f := range append(append(h.files, h.links...), [2]string{h.name + ".lua"}) {
			_ = os.Remove(filepath.Join(a.dir, "scripts", f[0])) // not there if its test was left out
		}
	}
	a.until("the scripts are gone", func() bool { return len(a.host.Status().Scripts) == 1 })
}

func (a *arena) script(name string) (script.Status, bool) {
	for _, s := range a.host.Status().Scripts {
		if s.Name == name {
			return s, true
		}
	}
	return script.Status{}, false
}

func (a *arena) faultsOf(name string) []*script.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*script.Error
	for _, e := range a.faults {
		if e.Script == name {
			out = append(out, e)
		}
	}
	return out
}

// met reports whether an outcome has come about.
func (a *arena) met(h *hostile, o outcome) bool {
	faults := a.faultsOf(h.name)
	said := func(load bool) bool {
		return slices.ContainsFunc(faults, func(e *script.Error) bool {
			return strings.Contains(e.Error(), o.text) && (!load || e.Load)
		})
	}
	switch o.kind {
	case "refused at load":
		return said(true)
	case "error":
		return said(false)
	case "throttled":
		st, _ := a.script(h.name)
		return said(false) || strings.Contains(st.Problem, o.text) || strings.Contains(a.log.String(), o.text)
	case "harmless":
		return len(faults) == 0 && a.ann.has(o.text)
	}
	a.t.Fatalf("%s: unknown outcome %q", h.name, o.kind)
	return false
}

// outcome describes what came of a script, for messages.
func (a *arena) outcome(h *hostile) string {
	var b strings.Builder
	for i, e := range a.faultsOf(h.name) {
		if i < 5 {
			fmt.Fprintf(&b, "fault: %s\n", e)
		}
	}
	a.ann.mu.Lock()
	defer a.ann.mu.Unlock()
	for _, line := range a.ann.heard {
		if !strings.HasPrefix(line, "innocent ") && b.Len() < 2000 {
			fmt.Fprintf(&b, "said: %.200s\n", line)
		}
	}
	st, _ := a.script(h.name)
	fmt.Fprintf(&b, "status: %+v", st)
	return b.String()
}

// attack lets a script do its worst and returns how long the slowest of its handlers
// that were stopped ran.
func (a *arena) attack(h *hostile) (longest time.Duration) {
	a.t.Helper()
	a.install(h)
	a.ping()
	var begins []time.Time
	for i, line := range append([]string{"hello", "!attack"}, h.says...) {
		begins = append(begins, time.Now())
		a.eve.say("%s", line)
		a.ping()
		if i == 0 {
			a.visit()
		}
	}
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	end := time.Now().Add(patience)
	for !slices.ContainsFunc(h.expect, func(o outcome) bool { return a.met(h, o) }) {
		if (<-look.C).After(end) {
			a.t.Errorf("want %v\n%s", h.expect, a.outcome(h))
			break
		}
	}
	a.ping()
	for _, e := range a.faultsOf(h.name) {
		if i, _ := slices.BinarySearchFunc(begins, e.At, time.Time.Compare); i > 0 && strings.HasPrefix(e.Msg, "stopped: ") {
			longest = max(longest, e.At.Sub(begins[i-1]))
		}
	}
	return longest
}

// visit lets somebody join and leave.
func (a *arena) visit() {
	a.t.Helper()
	p, err := a.hub.Room("lobby").Join(local.Visit{User: engine.User{Name: "bob"}})
	if err != nil {
		a.t.Fatal(err)
	}
	p.Do(engine.Leave{Room: "lobby"})
}

// peakMeter samples how much memory the process uses.
type peakMeter struct {
	heap atomic.Int64 // most bytes in heap objects and stacks since reset
}

func measurePeak(t testing.TB) *peakMeter {
	p := &peakMeter{}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				p.heap.Store(max(p.heap.Load(), memoryInUse()))
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return p
}

func memoryInUse() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() + s[1].Value.Uint64())
}

// settled is the memory in use once everything that can go is gone.
func (a *arena) settled() (heap int64, goroutines int) {
	a.t.Helper()
	a.idle()
	runtime.GC()
	runtime.GC()
	return memoryInUse(), runtime.NumGoroutine()
}

const mib = 1 << 20

func TestHostile(t *testing.T) {
	for _, class := range []string{"cpu", "memory", "stack", "parser", "escape", "flood"} {
		t.Run(class, func(t *testing.T) {
			scripts := corpus(t, class+"-")
			a := newArena(t, scripts)
			heap, goroutines := a.settled()
			var worst time.Duration
			var worstName string
			var peak int64
			var slowest time.Duration
			for _, h := range scripts {
				t.Run(h.name, func(t *testing.T) {
					outer := a.t
					a.t = t
					defer func() { a.t = outer }()
					a.peak.heap.Store(0)
					begin := time.Now()
					took := a.attack(h)
					a.replace(h)
					a.ping()
					used := a.peak.heap.Load() - heap
					// Since the class began: what happened last in the room and the store's caches are
					// kept, and runners. Other things go in their own time, such as what the message log holds.
					after, left := a.settled()
					gone := func() bool { return after <= heap+32*mib && left <= goroutines+40 }
					for end := time.Now().Add(patience); !gone() && time.Now().Before(end); after, left = a.settled() {
						time.Sleep(50 * time.Millisecond)
					}
					t.Logf("%s: innocent's slowest answer %s, longest handler %s, peak %d MiB, kept %d MiB", time.Since(begin).Round(time.Millisecond), a.slowest.Round(time.Millisecond), took.Round(time.Millisecond), used/mib, (after-heap)/mib)
					// The limits on memory of both scripts, and 64 MiB or what one handler may allocate.
					if most := h.size(t, "memory", 32) + 32 + max(64, h.size(t, "alloc", 64)); used > most*mib {
						t.Errorf("the process grew by %d MiB, more than %d", used/mib, most)
					}
					if !gone() {
						t.Errorf("%d MiB and %d goroutines are left behind", (after-heap)/mib, left-goroutines)
					}
					slowest, a.slowest = max(slowest, a.slowest), 0
					if i, _ := a.script("innocent"); i.Errors > 0 || i.Dropped > 0 {
						t.Errorf("the innocent script: %+v", i)
					}
					if i := strings.Index(a.log.String(), "panic"); i >= 0 {
						t.Errorf("a panic: %.2000s", a.log.String()[i:])
						a.log.forget()
					}
					if took > worst {
						worst, worstName = took, h.name
					}
					peak = max(peak, used)
					a.mu.Lock()
					a.faults = nil
					a.mu.Unlock()
					a.ann.forget()
					a.eve.forget()
				})
			}
			a.uninstall(scripts)
			a.ping()
			t.Logf("%s: %d scripts, innocent's slowest answer %s, longest stopped handler %s (%s), peak %d MiB",
				class, len(scripts), slowest.Round(time.Millisecond), worst.Round(time.Millisecond), worstName, peak/mib)
		})
	}
}
