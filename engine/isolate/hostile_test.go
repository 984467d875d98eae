package isolate_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"botd/engine"
	"botd/engine/isolate"
	"botd/engine/schedule"
	"botd/engine/script"
)

// enemy is a child that is no worker: it loads like one, and then does its worst.
type enemy struct {
	in  *bufio.Reader
	out *os.File
}

const (
	fromDaemonEvent  = isolate.KindEvent
	fromDaemonPing   = isolate.KindPing
	fromDaemonUnload = isolate.KindUnload

	ready    = isolate.KindReady
	loaded   = isolate.KindLoaded
	state    = isolate.KindState
	faulty   = isolate.KindFault
	logLine  = isolate.KindLog
	pong     = isolate.KindPong
	unloaded = isolate.KindUnloaded
	store    = isolate.KindStore
	do       = isolate.KindDo
	emit     = isolate.KindEmit
	recent   = isolate.KindRecent
	module   = isolate.KindModule
	entry    = isolate.KindSchedule
	begin    = isolate.KindBegin
	saved    = isolate.KindSaveState
)

// frame encodes a frame.
func frame(kind byte, id uint64, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, kind)
	b = binary.BigEndian.AppendUint64(b, id)
	return append(b, body...)
}

func (e enemy) send(kind byte, id uint64, body string) {
	if _, err := e.out.Write(frame(kind, id, body)); err != nil {
		os.Exit(0)
	}
}

// next reads a frame.
func (e enemy) next() (kind byte, id uint64) {
	var h [13]byte
	if _, err := io.ReadFull(e.in, h[:]); err != nil {
		os.Exit(0)
	}
	if _, err := e.in.Discard(int(binary.BigEndian.Uint32(h[:]))); err != nil {
		os.Exit(0)
	}
	return h[4], binary.BigEndian.Uint64(h[5:])
}

func (e enemy) await(kind byte) {
	for k := byte(0); k != kind; {
		k, _ = e.next()
	}
}

// attacks begin once the daemon has sent an event.
var attacks = map[string]func(e enemy){
	"garbage":         func(e enemy) { e.out.WriteString(strings.Repeat("\xff", 100)) },
	"unknown frame":   func(e enemy) { e.send(200, 0, "{}") },
	"daemon's frame":  func(e enemy) { e.send(fromDaemonEvent, 0, "{}") },
	"large frame":     func(e enemy) { e.send(logLine, 0, `{"Msg":"`+strings.Repeat("x", 2<<20)+`"}`) },
	"no JSON":         func(e enemy) { e.send(state, 0, "{") },
	"wrong JSON":      func(e enemy) { e.send(logLine, 0, `{"Msg":7}`) },
	"deep JSON":       func(e enemy) { e.send(logLine, 0, `{"Fields":`+strings.Repeat(`{"a":`, 50_000)) },
	"half a frame":    func(e enemy) { e.out.Write(frame(logLine, 0, `{"Msg":"x"}`)[:20]); e.out.Close(); os.Exit(5) },
	"loaded twice":    func(e enemy) { e.send(loaded, 0, "{}") },
	"taken too much":  func(e enemy) { e.send(state, 0, `{"Taken":99}`) },
	"seen too much":   func(e enemy) { e.send(state, 0, `{"Seen":99}`) },
	"bad interest":    func(e enemy) { e.send(state, 0, `{"Interest":{"Kinds":[{"Kind":"mesage"}]}}`) },
	"commands twice":  func(e enemy) { e.send(state, 0, `{"Interest":{"Commands":["a","a"]}}`) },
	"unasked pong":    func(e enemy) { e.send(pong, 7, "{}") },
	"unloaded wrong":  func(e enemy) { e.send(unloaded, 0, `{"Taken":7}`) },
	"unknown action":  func(e enemy) { e.send(do, 1, `{"Action":{"action":"format_disk","fields":{}}}`) },
	"no action":       func(e enemy) { e.send(do, 1, `{}`) },
	"bad value":       func(e enemy) { e.send(store, 1, `{"Op":"set","Value":{"$bytes":1}`) },
	"unknown lane":    func(e enemy) { e.send(do, 1, `{"Action":{"action":"say","fields":{"room":"r","text":"x"}},"Lane":9}`) },
	"deaf":            func(e enemy) { drown(e); select {} },
	"stops talking":   func(e enemy) { select {} },
	"closes its pipe": func(e enemy) { e.out.Close(); select {} },
	"saves": func(e enemy) {
		for range 100 {
			e.send(saved, 0, "{}")
		}
	},
	"leaves at once": func(e enemy) { os.Exit(0) },
}

// drown asks and never reads the answers.
func drown(e enemy) {
	e.out.SetWriteDeadline(time.Time{})
	for i := range uint64(20_000) {
		e.send(recent, i, `{"Room":"s/lobby","N":1000}`)
	}
}

// pretend is the main function of an enemy.
func pretend(attack string) {
	e := enemy{bufio.NewReader(os.Stdin), os.Stdout}
	e.send(ready, 0, `{"Unfiltered":"it is hostile\u001b[2J"}`)
	e.send(loaded, 0, `{"Interest":{"Kinds":[{"Kind":"message"}]}}`)
	e.await(fromDaemonEvent)
	attacks[attack](e)
	e.await(0)
}

func fighting(what string) func(*isolate.Options) {
	return func(o *isolate.Options) { o.Args = []string{"hostile", what} }
}

func TestEnemiesAreKilledAndReported(t *testing.T) {
	why := map[string]string{
		"half a frame": "ended by itself with code 5", "leaves at once": "ended by itself with code 0",
		"deaf": "does not read", "stops talking": "has not answered", "closes its pipe": "closed its pipe",
		"saves":       "saves its state too often",
		"large frame": "1048576 are allowed", "garbage": "4294967295 bytes",
	}
	for name := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, fighting(name), func(o *isolate.Options) {
				if name == "stops talking" {
					o.Deadline = short
				}
			})
			b.mustLoad("a", "whatever")
			pid := b.status().Process
			b.say("x")
			b.until("it was reported", func() bool { return len(b.reported()) > 0 })
			want := why[name]
			if want == "" {
				want = "broke the protocol: "
			}
			if f := b.fault(); !strings.Contains(f, want) || strings.Contains(f, "\x1b") || !utf8.ValidString(f) {
				t.Errorf("reported %q, want %q", f, want)
			}
			if running(pid) {
				t.Error("it lives")
			}
			b.stop() // also in the middle of a restart
			if strings.Contains(b.slog.String(), "\x1b") {
				t.Errorf("log %q", &b.slog)
			}
		})
	}
}

// What the daemon cannot see to be hostile it bounds.
var nuisances = map[string]func(e enemy){
	"log": func(e enemy) {
		for range 30_000 {
			e.send(logLine, 0, `{"Level":"NONSENSE","Msg":"\u001b[31mred","Fields":{"a":1}}`)
		}
	},
	"faults": func(e enemy) {
		for range 5000 {
			e.send(faulty, 0, `{"script":"other","message":"\u001b[31mred","trace":["\u0007"],"excerpt":[{"line":1,"text":"\u0007"}]}`)
		}
	},
	"emit": func(e enemy) {
		e.send(emit, 1, `{"Name":"message","Data":1}`)
		e.send(emit, 2, `{"Name":"deep.data","Data":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}`)
		e.send(emit, 3, `{"Name":"fine.data","Data":[1]}`)
	},
	"actions": func(e enemy) {
		for i := range uint64(6000) {
			e.send(do, i+1, `{"Action":{"action":"say","fields":{"room":"r","text":"x"}},"Session":"s","Lane":1}`)
		}
	},
	"entries": func(e enemy) {
		for i, def := range []string{
			`"Speakers":1000000000`, `"Lines":-1`, `"Jitter":-1`, `"Grace":-1`, `"DST":"x"`, `"Missed":"x"`, `"Overlap":"x"`, `"Rooms":["x"]`,
			`"Spec":"x"`, `"Zone":"../etc/passwd"`, `"ID":""`, `"ID":"` + strings.Repeat("x", 1000) + `"`,
		} {
			e.send(entry, uint64(i), `{"Number":`+fmt.Sprint(i)+`,"ID":"i","Spec":"@every 1h","Zone":"UTC",`+def+`}`)
		}
		for i := range uint64(3000) {
			e.send(entry, 100+i, fmt.Sprintf(`{"Number":%d,"ID":"fine%d","Spec":"@every 1h","Zone":"UTC"}`, 100+i, i))
		}
		e.send(begin, 9999, "77")
	},
	"modules": func(e enemy) {
		for i := range uint64(3000) {
			e.send(module, i, fmt.Sprintf(`{"Name":"m%d"}`, i))
		}
		e.send(module, 1, `{"Name":"../../etc/passwd"}`)
	},
}

// nag is the main function of a nuisance. It reads all the time, and says when all it
// had to send is sent.
func nag(what string) {
	e := enemy{bufio.NewReader(os.Stdin), os.Stdout}
	e.send(loaded, 0, `{"Interest":{"Kinds":[{"Kind":"message"}]}}`)
	e.await(fromDaemonEvent)
	go func() {
		nuisances[what](e)
		e.send(state, 0, `{"Taken":1,"Seen":1,"Quiet":true,"Status":{"s":{"Why":"\u001b[31mred"}}}`)
	}()
	for {
		switch k, id := e.next(); k {
		case fromDaemonPing:
			e.send(pong, id, "{}")
		case fromDaemonUnload:
			os.Exit(0)
		}
	}
}

func nuisance(t *testing.T, what string, check func(b *bench)) {
	t.Run(what, func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(o *isolate.Options) { o.Args = []string{"nuisance", what} })
		if what == "actions" {
			b.answer = func(script.Request, func(engine.Receipt)) {} // never
		}
		src := source("a", "whatever")
		src.Roots = []string{t.TempDir()}
		if err := b.m.Load(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		b.say("x")
		b.until("it has done its worst", func() bool { return b.status().State == "suspended" })
		if strings.Contains(b.status().Problem, "\x1b") {
			t.Errorf("status %+v", b.status())
		}
		check(b)
		b.door.mu.Lock()
		defer b.door.mu.Unlock()
		if all := strings.Join(b.log, "\n") + b.fault() + b.slog.String(); strings.ContainsAny(all, "\x1b\x07") {
			t.Errorf("control characters: %q", all[:min(len(all), 1000)])
		}
	})
}

func TestNuisancesAreBounded(t *testing.T) {
	nuisance(t, "log", func(b *bench) {
		if n := len(b.log); n < 1000 || n > 10_000 { // so many at once, and some a second
			t.Errorf("%d lines", n)
		}
	})
	nuisance(t, "faults", func(b *bench) {
		if n := len(b.reported()); n < 1000 || n >= 5000 {
			t.Errorf("%d faults", n)
		}
		for _, e := range b.reported() {
			data, err := json.Marshal(e)
			if err != nil || e.Script != "a" || strings.Contains(string(data), `\u0007`) {
				t.Fatalf("fault %s", data)
			}
		}
	})
	nuisance(t, "emit", func(b *bench) {
		if len(b.emitted) != 1 || b.emitted[0].Name != "fine.data" || b.emitted[0].From != "a" {
			t.Errorf("emitted %v", b.emitted)
		}
	})
	nuisance(t, "actions", func(b *bench) {
		if n := len(strings.Split(b.take(), "\n")); n != 4096 {
			t.Errorf("%d actions are under way", n)
		}
	})
	nuisance(t, "entries", func(b *bench) {
		if n := len(b.door.schedule.List()); n != schedule.MaxEntries {
			t.Errorf("%d entries", n)
		}
		b.stop()
		if n := len(b.door.schedule.List()); n != 0 {
			t.Errorf("%d entries are left", n)
		}
	})
	nuisance(t, "modules", func(b *bench) {
		if f := b.fault(); f != "" {
			t.Errorf("faults %s", f)
		}
	})
}
