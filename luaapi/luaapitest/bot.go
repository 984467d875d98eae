// Package luaapitest runs scripts with the whole library and without a network: a
// room full of people who exist only in the test, and a record of what the bot did.
package luaapitest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
	"botd/engine/trace"
	"botd/luaapi"
)

// The room that is there from the start.
const (
	Session  engine.SessionID = "lobby"
	Room     engine.RoomID    = "lobby"
	Platform                  = "local"
)

// Me is the bot in that room.
var Me = engine.User{ID: "bot", Name: "botd", Role: engine.Moderator, IsBot: true}

// Bot is a manager of scripts whose [Door] leads nowhere.
type Bot struct {
	*Door
	Manager *script.Manager
	t       testing.TB
	sieve   *dispatch.Sieve
	events  int
	loads   int

	mu     sync.Mutex
	errors []*script.Error
}

// Run runs f with a bot, in virtual time.
func Run(t *testing.T, f func(b *Bot)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := New(t)
		f(b)
	})
}

// New makes a bot that stops when the test ends.
func New(t testing.TB) *Bot {
	b := &Bot{t: t}
	b.Door = newDoor(b)
	b.Manager = script.NewManager(script.Options{
		Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}, Door: b.Door, Library: luaapi.New(),
		Report: func(e *script.Error) { b.mu.Lock(); b.errors = append(b.errors, e); b.mu.Unlock() },
	})
	b.sieve = b.newSieve()
	stopContests := b.runContests()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := b.Manager.Run(ctx); err != nil {
			t.Errorf("manager: %v", err)
		}
	}()
	t.Cleanup(func() { b.schedule.Close(); b.jobs.Close(); cancel(); <-ended; stopContests() })
	return b
}

// Try loads code as a new version of the script "test".
func (b *Bot) Try(code string) error { return b.Load(script.Source{Code: []byte(code)}) }

// Load loads a script; what src leaves out is filled in.
func (b *Bot) Load(src script.Source) error {
	if src.Name == "" {
		src.Name = "test"
	}
	if src.File == "" {
		src.File = src.Name + ".lua"
	}
	if src.Limits == (script.Limits{}) {
		// How long a busy machine takes is not what is tested; instructions are counted.
		src.Limits = script.DefaultLimits
		src.Limits.HandlerTime, src.Limits.LoadTime = time.Minute, time.Minute
	}
	if src.Reason == "" {
		if src.Reason = "start"; b.loads > 0 {
			src.Reason = "saved"
		}
	}
	b.loads++
	return b.Manager.Load(context.Background(), src)
}

// Must loads code and fails the test if it does not load.
func (b *Bot) Must(code string) {
	b.t.Helper()
	if err := b.Try(code); err != nil {
		b.t.Fatalf("load: %v", err)
	}
}

// MustFile loads a script file.
func (b *Bot) MustFile(path string) {
	b.t.Helper()
	code, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	name := strings.TrimSuffix(filepath.Base(path), ".lua")
	if err := b.Load(script.Source{Name: name, Code: code, Roots: []string{filepath.Dir(path)}}); err != nil {
		b.t.Fatalf("load %s: %v", path, err)
	}
}

// Eval runs statements in a handler and returns what they passed to out(…), a line for
// each call, and the error they ended with, "" if none.
func (b *Bot) Eval(code string) (output, problem string) {
	b.t.Helper()
	before := len(b.Logs())
	b.Must("local function out(...) local t = {...} for i = 1, select('#', ...) do t[i] = tostring(t[i]) end log.info(table.concat(t, ' ')) end\n" +
		"bot.spawn(function() " + code + "\nend)")
	b.Settle()
	var lines []string
	for _, l := range b.Logs()[before:] {
		lines = append(lines, l.Msg)
	}
	for _, e := range b.Errors() {
		problem = e.Error()
	}
	b.mu.Lock()
	b.errors = nil
	b.mu.Unlock()
	return strings.Join(lines, "\n"), problem
}

// Settle waits until nothing moves any more but time.
func (b *Bot) Settle() {
	synctest.Wait()
}

// Errors are the faults of scripts so far.
func (b *Bot) Errors() []*script.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*script.Error(nil), b.errors...)
}

// Says lets somebody say a line in the room, and waits for what comes of it.
func (b *Bot) Says(name, text string) {
	b.Event(engine.Event{User: User(name), Body: engine.Message{ID: engine.MessageID(fmt.Sprintf("line%d", b.events+1)), Text: text}})
}

// User is somebody in the room.
func User(name string) engine.User {
	return engine.User{ID: engine.UserID("id-" + name), Name: name, Role: engine.Member}
}

// Event lets something happen, in the room unless the event says where, and waits for
// what comes of it.
func (b *Bot) Event(ev engine.Event) {
	b.Deliver(ev)
	b.Settle()
}

// Deliver lets something happen and does not wait.
func (b *Bot) Deliver(ev engine.Event) { b.deliver(&ev) }

func (b *Bot) deliver(ev *engine.Event) {
	b.events++
	if ev.ID == "" {
		ev.ID = engine.EventID(fmt.Sprintf("e%d", b.events))
	}
	if ev.At.IsZero() {
		ev.At = time.Now().UTC()
	}
	if _, own := ev.Body.(engine.Custom); !own && ev.Session == "" {
		ev.Session, ev.Platform, ev.Room = Session, Platform, engine.Room{ID: Room, Name: "Lobby", Topic: "welcome"}
	}
	b.remember(ev)
	if !b.warden.Hear(ev) {
		b.sieve.Take(prepare(ev))
	}
}

func prepare(ev *engine.Event) dispatch.Prepared {
	return dispatch.Prepare(ev, Me, &dispatch.Prefixes{Default: "!"})
}

// newSieve has filters look at events first.
func (b *Bot) newSieve() *dispatch.Sieve {
	return dispatch.NewSieve(dispatch.SieveOptions{
		Clock: engine.SystemClock{}, Log: slog.New(slog.DiscardHandler), Any: b.Manager.Screens, Prepare: prepare, Trace: func(trace.Step) {},
		Next: func(p dispatch.Prepared, after *dispatch.Place) (dispatch.Stage, bool) {
			return b.Manager.NextScreen(&p, after, func(string) bool { return true })
		},
		Deliver: func(p dispatch.Prepared) {
			isCommand := func(p *dispatch.Prepared) bool { return b.Manager.Tables().Answers(p) }
			if !b.questions.Take(&p, isCommand) {
				b.contests.Hear(p.Event)
				b.Manager.Deliver(p)
			}
		},
	})
}

// Expect fails the test unless these are the lines the bot said since the last call.
func (b *Bot) Expect(want ...string) {
	b.t.Helper()
	got := b.Said()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("the bot said\n\t%s\nand not\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	for _, e := range b.Errors() {
		b.t.Errorf("script error: %v", e)
	}
}
