package hctv

import (
	"context"
	"encoding/json"
	"time"

	"botd/engine"
)

// memory is what a session knows of its channel over connections, and some of it over
// restarts. The session's mu guards it.
type memory struct {
	mode   mode
	access access

	configured limit
	limit      limit
	learned    time.Time   // when the limit was, zero if it is the configured one
	attempts   []time.Time // to say something, in the last minute
	inVain     bool        // the last attempt was refused for its rate
	passed     time.Time   // when the last one was not refused for rate or slow mode

	seen   seen
	people people
	banned map[engine.UserID]bool // as far as the bot saw

	changed bool // since it was saved
}

// mode is what the channel's owner has set.
type mode struct {
	known   bool
	slow    time.Duration
	max     int // UTF-16 units of a message
	blocked bool
}

// access is what the channel lets the bot's own account do.
type access struct {
	restricted bool
	ban        bool
	reason     string
	until      time.Time // zero: without end
}

func newMemory(l limit) memory {
	return memory{
		mode: mode{max: defaultLength}, configured: l, limit: l,
		seen: newSeen(), people: newPeople(), banned: map[engine.UserID]bool{},
	}
}

// saveTime is how long what changed may be lost in a crash.
const saveTime = 30 * time.Second

// kept is the memory over restarts.
type kept struct {
	At      time.Time `json:"at"` // when the last message came
	Limit   *limit    `json:"limit,omitempty"`
	Learned time.Time `json:"learned,omitzero"`
}

func (s *session) key() string { return "channel/" + string(s.room) }

// load is called at the begin of each Run and does something in the first.
func (s *session) load(ctx context.Context) {
	if s.loaded || s.env.Keep == nil {
		return
	}
	s.loaded = true
	b, err := s.env.Keep.Load(ctx, s.key())
	if err == nil && b != nil {
		err = s.recall(b)
	}
	if err != nil {
		s.log.Warn("memory of the channel is not readable", "room", s.room, "err", err)
	}
}

func (s *session) recall(b []byte) error {
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.seen.last = k.At
	if k.Limit != nil && k.Limit.Count > 0 && k.Limit.Window > 0 && time.Since(k.Learned) < lessonTime {
		s.memory.limit, s.memory.learned = *k.Limit, k.Learned
	}
	return nil
}

// save writes the memory if it changed. Errors are the log's.
func (s *session) save(ctx context.Context) {
	b := s.snapshot()
	if b == nil {
		return
	}
	if err := s.env.Keep.Save(ctx, s.key(), b); err != nil {
		s.log.Warn("memory of the channel is not saved", "room", s.room, "err", err)
	}
}

// snapshot is nil if there is nothing to save.
func (s *session) snapshot() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.memory
	if !m.changed || s.env.Keep == nil {
		return nil
	}
	m.changed = false
	k := kept{At: m.seen.last}
	if !m.learned.IsZero() {
		k.Limit, k.Learned = &m.limit, m.learned
	}
	b, _ := json.Marshal(k) // strings and numbers
	return b
}
