package bus_test

import (
	"fmt"
	"sync"
	"testing"

	"botd/engine"
	"botd/engine/bus"
)

func TestSubscription(t *testing.T) {
	b := bus.New(bus.Options{})
	b.Publish(message("lobby", "before"))
	s := b.Subscribe(2)
	for i := range 5 {
		b.Publish(message("lobby", fmt.Sprint(i)))
	}
	if got := s.Dropped(); got != 3 {
		t.Errorf("dropped %d; want 3", got)
	}
	s.Close()
	s.Close()
	b.Publish(message("lobby", "after"))
	var got []string
	for ev := range s.C {
		got = append(got, textOf(ev))
	}
	expect(t, "what was kept", got, "0", "1")
	if got := s.Dropped(); got != 3 {
		t.Errorf("dropped %d after the end; want 3", got)
	}
}

func TestSubscriptionsAreApart(t *testing.T) {
	b := bus.New(bus.Options{})
	slow, fast := b.Subscribe(0), b.Subscribe(10)
	defer fast.Close()
	for i := range 3 {
		b.Publish(message("lobby", fmt.Sprint(i)))
	}
	if slow.Dropped() != 2 || fast.Dropped() != 0 {
		t.Errorf("dropped %d and %d; want 2 and 0", slow.Dropped(), fast.Dropped())
	}
	slow.Close()
	b.Publish(message("lobby", "3"))
	if len(fast.C) != 4 {
		t.Errorf("the one that is left holds %d; want 4", len(fast.C))
	}
}

func TestObserversComeAfterSinks(t *testing.T) {
	b := bus.New(bus.Options{})
	s := b.Subscribe(1)
	defer s.Close()
	b.Attach(func(*engine.Event) {
		if len(s.C) != 0 {
			t.Error("the observer had the event before the sink")
		}
	})
	b.Publish(message("lobby", "a"))
	if len(s.C) != 1 {
		t.Error("the observer did not get the event")
	}
}

func TestSubscribeAndCloseWhilePublishing(t *testing.T) {
	b := bus.New(bus.Options{Ring: 10})
	var parts sync.WaitGroup
	for range 2 {
		parts.Go(func() {
			for range 2000 {
				b.Publish(message("lobby", "x"))
			}
		})
		parts.Go(func() {
			for range 200 {
				s := b.Subscribe(4)
				s.Close()
				for range s.C {
				}
			}
		})
	}
	parts.Wait()
}
