package enginetest

import (
	"sync"

	"botd/engine"
)

// Told knows which events with a key a session has told, as the daemon does, which delivers none
// twice. The zero value knows none; keep it over two sessions to test a restart.
type Told struct {
	mu   sync.Mutex
	keys map[toldKey]bool
}

type toldKey struct {
	room engine.RoomID
	key  string
}

// Fresh reports whether an event is one that the daemon delivers, and takes note of it.
func (t *Told) Fresh(ev engine.Event) bool {
	if ev.Key == "" {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	k := toldKey{ev.Room.ID, ev.Key}
	if t.keys[k] {
		return false
	}
	if t.keys == nil {
		t.keys = map[toldKey]bool{}
	}
	t.keys[k] = true
	return true
}

// Delivered is [engine.Env.Delivered].
func (t *Told) Delivered(room engine.RoomID, key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys[toldKey{room, key}]
}
