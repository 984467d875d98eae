package enginetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
)

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func TestAdvanceRunsTimersInOrder(t *testing.T) {
	c := enginetest.NewClock(start)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+" "+c.Now().Sub(start).String()) }
	}
	c.AfterFunc(3*time.Second, note("c"))
	c.AfterFunc(time.Second, note("a"))
	c.AfterFunc(2*time.Second, func() {
		note("b1")()
		c.AfterFunc(500*time.Millisecond, note("made on the way"))
		c.AfterFunc(time.Hour, note("too late"))
	})
	c.AfterFunc(2*time.Second, note("b2"))
	c.AfterFunc(-time.Second, note("at once"))
	if stop := c.AfterFunc(time.Second, note("stopped")); !stop() || stop() {
		t.Error("stop must report true once")
	}
	if len(got) != 0 {
		t.Errorf("ran before Advance: %v", got)
	}
	c.Advance(3 * time.Second)
	want := []string{"at once 0s", "a 1s", "b1 2s", "b2 2s", "made on the way 2.5s", "c 3s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if next, ok := c.Next(); c.Timers() != 1 || !ok || !next.Equal(start.Add(2*time.Second+time.Hour)) {
		t.Errorf("%d timers, next %v", c.Timers(), next)
	}
	c.Advance(500 * time.Millisecond)
	if d := c.Now().Sub(start); d != 3500*time.Millisecond {
		t.Errorf("the clock shows %v", d)
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := enginetest.NewClock(start)
		woke := make(chan error, 2)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { woke <- c.Sleep(t.Context(), time.Second) }()
		synctest.Wait()
		go func() { woke <- c.Sleep(ctx, time.Minute) }()
		synctest.Wait()
		c.Advance(time.Second)
		if err := <-woke; err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-woke; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if c.Timers() != 0 {
			t.Error("a timer is left")
		}
	})
}

func TestSession(t *testing.T) {
	net := &enginetest.Network{}
	a := net.Adapter()
	conn, err := a.New(a.Settings(), engine.Env{Rooms: []engine.RoomID{"a", "b"}, Clock: enginetest.NewClock(start)})
	if err != nil {
		t.Fatal(err)
	}
	s := net.In("b")
	if s != conn || net.In("c") != nil {
		t.Fatal("In finds the wrong session")
	}
	if r := engine.Do(t.Context(), conn, engine.Say{Text: "early"}); engine.CodeOf(r.Error()) != engine.NotConnected {
		t.Errorf("receipt %+v", r)
	}
	lost := errors.New("lost")
	var got []string
	err = conn.Run(t.Context(), func(ev engine.Event) {
		got = append(got, string(ev.Room.ID)+" "+string(ev.Kind()))
		if ev.Room.ID == "b" && ev.Kind() == "connect" {
			s.Hear("b", "ann", "hi")
			engine.Do(t.Context(), conn, engine.Say{Room: "b", Text: "hello"})
			s.Drop(lost)
		}
	})
	if err != lost {
		t.Errorf("run: %v", err)
	}
	if want := []string{"a connect", "b connect", "b message"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"hello"}; !slices.Equal(s.Texts(), want) || s.Runs() != 1 {
		t.Errorf("texts %q after %d runs", s.Texts(), s.Runs())
	}
	if s.Drop(lost) {
		t.Error("dropped what was not connected")
	}
}
