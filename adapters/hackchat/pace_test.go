package hackchat_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
	"botd/engine/outbox"
	"botd/engine/supervisor"
)

// crowd is a supervisor with sessions on a simulated server, as the daemon runs them.
type crowd struct {
	*testing.T
	*network
	sup *supervisor.Supervisor

	mu    sync.Mutex
	warns []string
	fates map[string]int
}

func newCrowd(t *testing.T, opts hackchattest.Options) *crowd {
	c := &crowd{T: t, network: newNetwork(t, opts), fates: map[string]int{}}
	c.sup = supervisor.New(supervisor.Options{Dial: c.wire.Dial, Emit: c.emit, Outbox: outbox.Config{Max: 20_000, MaxBytes: 1 << 30}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.sup.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *crowd) start(name engine.SessionID, nick, password string, rooms ...engine.RoomID) {
	c.Helper()
	err := c.sup.Start(supervisor.Spec{Name: name, Adapter: hackchat.Adapter, Rooms: rooms,
		Settings: &hackchat.Settings{URL: "ws://simulator/chat-ws", Nick: nick, Password: engine.Secret(password)}})
	if err != nil {
		c.Fatal(err)
	}
}

func (c *crowd) emit(ev *engine.Event) {
	if n, ok := ev.Body.(engine.Notice); ok && n.Warn {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warns = append(c.warns, n.Text)
	}
}

func (c *crowd) put(name engine.SessionID, a engine.Action) {
	c.sup.Do(name, outbox.Item{Action: a, Lane: engine.LaneAnnounce, DropAfter: 1000 * time.Hour, Done: func(r engine.Receipt) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fates[strings.TrimSpace(fmt.Sprint(r.Status, " ", engine.CodeOf(r.Error())))]++
	}})
}

// quiet expects everything to have arrived without a word from the limiter.
func (c *crowd) quiet(want int) {
	c.Helper()
	if err := c.sup.WaitIdle(c.Context()); err != nil {
		c.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.warns) > 0 {
		c.Errorf("%d warnings, the first: %s", len(c.warns), c.warns[0])
	}
	if c.fates["echoed"] != want || len(c.fates) != 1 {
		c.Errorf("receipts: %v, want %d echoed", c.fates, want)
	}
	worst := c.WorstScore("pipe")
	if worst >= 25 {
		c.Errorf("the score reached %.2f", worst)
	}
	c.Logf("worst score %.2f", worst)
}

// TestFlood: ten thousand lines through two sessions in nine rooms, behind one address.
// The nick of one is taken at first, everybody logs in at once, and the bots rename,
// invite, edit and ask between the lines.
func TestFlood(t *testing.T) {
	texts := []func(i int) string{
		func(int) string { return "x" },
		func(i int) string { return strings.Repeat("ab", 1+(i*i*37)%740) },
		func(int) string { return strings.Repeat("😀", 750) },
	}
	for name, gen := range generations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := 300
				if gen == hackchattest.Gen2026 {
					lines = 10_000
				}
				c := newCrowd(t, hackchattest.Options{Generation: gen})
				c.Join("r0", "botd")
				c.Join("r0", "ann")
				rooms := []engine.RoomID{"r0", "r1", "r2", "r3", "r4", "r5", "r6"}
				c.start("one", "botd", "bot-pass", rooms...)
				c.start("two", "other", "", "r0", "r7")
				time.Sleep(5 * time.Minute) // until all are in
				want := 0
				for i := range lines {
					text := texts[0]
					if i%50 == 0 {
						text = texts[1+i/50%2]
					}
					c.put("one", engine.Say{Room: rooms[i%len(rooms)], Text: text(i)})
					want++
					if i%100 == 0 {
						c.put("two", engine.Say{Room: "r7", Text: text(i)})
						c.put("two", engine.Rename{Room: "r7", Name: fmt.Sprint("other", i)})
						c.put("one", engine.Invite{Room: "r0", User: engine.UserRef{Name: "ann"}})
						c.put("one", engine.Call{Room: "r1", Name: "help"})
						want += 4
					}
				}
				c.quiet(want)
			})
		})
	}
}

// TestManyRooms: a session in more rooms than may log in at once gets into all.
func TestManyRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, current)
		var rooms []engine.RoomID
		for i := range 20 {
			rooms = append(rooms, engine.RoomID(fmt.Sprint("room", i)))
		}
		c.start("one", "botd", "bot-pass", rooms...)
		time.Sleep(time.Second)
		if s := c.sup.Status()[0]; s.State == supervisor.Online && len(c.Server.Requests()) == len(rooms) {
			t.Error("all came at once")
		}
		time.Sleep(5 * time.Minute)
		for _, room := range rooms {
			if got := c.Members(string(room)); len(got) != 1 {
				t.Errorf("in %s are %v", room, got)
			}
		}
		if worst := c.WorstScore("pipe"); worst >= 25 {
			t.Errorf("the score reached %.2f", worst)
		}
	})
}
