package hctv_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hctv"
	"botd/adapters/hctv/hctvtest"
	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/outbox"
	"botd/engine/supervisor"
)

// pipes are the listener of a server and the way to it, with as little between as can be.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error { return nil }
func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p <- far
	return near, nil
}

// crew is a supervisor with sessions on a simulated server, inside a bubble.
type crew struct {
	*testing.T
	*hctvtest.Server
	*supervisor.Supervisor
	keep   enginetest.Keep
	echoed atomic.Int64
	other  atomic.Int64
}

func newCrew(t *testing.T) *crew {
	c := &crew{T: t, Server: hctvtest.New(hctvtest.Options{})}
	wire := make(pipes)
	srv := &http.Server{Handler: c.Server}
	go srv.Serve(wire)
	t.Cleanup(func() {
		close(wire)
		srv.Close()
		c.Server.Close()
	})
	c.Supervisor = supervisor.New(supervisor.Options{
		Emit: func(*engine.Event) {}, Dial: wire.dial, Log: slog.New(slog.DiscardHandler),
		Keep: func(engine.SessionID) engine.Keep { return &c.keep },
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Supervisor.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *crew) begin(key engine.Secret, rooms ...engine.RoomID) {
	c.Helper()
	if err := c.Start(supervisor.Spec{Name: "tv", Adapter: hctv.Adapter, Settings: settingsWith(key), Rooms: rooms}); err != nil {
		c.Fatal(err)
	}
	time.Sleep(time.Second)
	synctest.Wait()
}

// put hands a line over as a script would, with time to wait.
func (c *crew) put(room engine.RoomID, text string) {
	c.Do("tv", outbox.Item{Action: engine.Say{Room: room, Text: text}, Lane: engine.LaneReply, DropAfter: time.Hour, Done: func(rc engine.Receipt) {
		if rc.Status == engine.Echoed {
			c.echoed.Add(1)
			return
		}
		if c.other.Add(1) < 5 {
			c.Errorf("%q in %s: %s %v", text, room, rc.Status, rc.Err)
		}
	}})
}

// TestHundredRooms: one account in a hundred channels talks for an hour and is never
// refused.
func TestHundredRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		var rooms []engine.RoomID
		for i := range 100 {
			rooms = append(rooms, engine.RoomID(fmt.Sprintf("room-%02d", i)))
			c.AddChannel(string(rooms[i]), hctvtest.Settings{})
		}
		c.begin(hctvtest.PlainBotKey, rooms...)
		lines := 0
		for minute := range 60 {
			for i, room := range rooms {
				burst := 0
				switch {
				case i == 0: // all that may be said
					burst = 23
				case minute%10 == i%10: // a dozen at once, now and then
					burst = 12
				}
				for n := range burst {
					c.put(room, fmt.Sprintf("line %d of minute %d", n, minute))
					lines++
				}
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := int(c.echoed.Load()); got != lines {
			t.Errorf("%d of %d lines came back", got, lines)
		}
		if n := c.Refused("RATE_LIMIT"); n != 0 {
			t.Errorf("%d refusals", n)
		}
		if c.Opened() != 100 || c.Connections() != 100 {
			t.Errorf("%d connections of %d made", c.Connections(), c.Opened())
		}
	})
}

// TestLearnedLimit: where the channel lets less through than usual, a few refusals teach
// it, nothing is lost, and a restart does not forget.
func TestLearnedLimit(t *testing.T) {
	for name, set := range map[string]hctvtest.Settings{
		"fewer":          {RateCount: 3, Window: 5 * time.Second},
		"longer":         {RateCount: 8, Window: time.Minute},
		"the least":      {RateCount: 3, Window: time.Minute},
		"slow mode":      {Slow: 7 * time.Second},
		"slow and fewer": {Slow: time.Second, RateCount: 3, Window: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrew(t)
				c.begin(hctvtest.PlainBotKey, "lounge")
				c.Configure("lounge", set) // nobody tells
				const lines = 20
				say := func(word string) (refused int) {
					before := c.Refused("RATE_LIMIT") + c.Refused("SLOW_MODE")
					for i := range lines {
						c.put("lounge", fmt.Sprint(word, i))
					}
					time.Sleep(50 * time.Minute)
					return c.Refused("RATE_LIMIT") + c.Refused("SLOW_MODE") - before
				}
				if n := say("first "); n > 6 {
					t.Errorf("%d refusals until it was learned", n)
				}
				if n := say("second "); n > 1 {
					t.Errorf("%d refusals after it was learned", n)
				}
				if err := c.Stop(t.Context(), "tv"); err != nil {
					t.Fatal(err)
				}
				c.begin(hctvtest.PlainBotKey, "lounge")
				if n := say("third "); n > 1 {
					t.Errorf("%d refusals after a restart", n)
				}
				if got := int(c.echoed.Load()); got != 3*lines {
					t.Errorf("%d of %d lines came back", got, 3*lines)
				}
				for i, text := range c.Lines("lounge") {
					if want := fmt.Sprint([]string{"first ", "second ", "third "}[i/lines], i%lines); text != want {
						t.Fatalf("line %d is %q, want %q", i, text, want)
					}
				}
			})
		})
	}
}

// TestModeratorsAreExempt: no limit of the channel's holds them up.
func TestModeratorsAreExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.begin(hctvtest.ModBotKey, "slow")
		for i := range 60 {
			c.put("slow", fmt.Sprint("line ", i))
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if got := c.echoed.Load(); got != 60 {
			t.Errorf("%d of 60 lines within 15 s", got)
		}
	})
}

// TestBadKeyFails: it ends in failed after few tries, not in a loop.
func TestBadKeyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.begin("hctvb_ffffffffffffffffffffffffffffffff", "lounge")
		time.Sleep(24 * time.Hour)
		if n := c.Opened(); n != 3 {
			t.Errorf("%d tries in a day, want 3", n)
		}
		for _, st := range c.Status() {
			if st.State != supervisor.Failed || !strings.Contains(st.Err, "token") {
				t.Errorf("%+v", st.Health)
			}
		}
	})
}
