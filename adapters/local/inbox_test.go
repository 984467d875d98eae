package local_test

import (
	"context"
	"errors"
	"testing"

	"botd/adapters/local"
	"botd/engine"
)

func TestInbox(t *testing.T) {
	var in local.Inbox
	const n = 1000
	go func() {
		for i := range n {
			in.Put(engine.Event{Body: engine.ViewersCounted{Count: i}})
		}
	}()
	for i := range n {
		ev, err := in.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := ev.Body.(engine.ViewersCounted).Count; got != i {
			t.Fatalf("event %d, want %d", got, i)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next of an empty inbox: %v", err)
	}
	if evs := in.Take(); len(evs) != 0 {
		t.Errorf("Take of an empty inbox: %v", evs)
	}
}
