package simplex

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// seen is how far the items were told, so that after a break it shows where something is
// missing. The program numbers the items of all chats in one row. Which of those that are looked
// up again were told the daemon knows ([engine.Env.Delivered]). The session's mu guards it.
type seen struct {
	user    int64 // whose items they are
	known   bool  // whether anything is known of what was told
	floor   int64 // what is not above it was told, or is older than the bot
	ids     []int64
	at      time.Time // of the newest
	changed bool
}

// lookBack is how many items are read again to find those among them that were lost: a few
// events go with a connection, and what the bot says itself overtakes them.
const lookBack = 100

// begin says that what is there was told, or is older than the bot.
func (s *seen) begin(newest int64) {
	s.known, s.floor, s.changed = true, newest, true
}

// add takes note of an item that is told.
func (s *seen) add(id int64, at time.Time) {
	if !s.known {
		s.begin(id - 1)
	}
	s.changed = true
	s.ids = append(s.ids, id)
	if at.After(s.at) {
		s.at = at
	}
	if len(s.ids) > lookBack {
		s.floor = max(s.floor, s.ids[0])
		s.ids = s.ids[1:]
	}
}

// low is the number above which something may be missing.
func (s *seen) low() int64 {
	if len(s.ids) < lookBack {
		return s.floor
	}
	return slices.Min(s.ids) - 1
}

// newest is the highest number that was told.
func (s *seen) newest() int64 {
	if len(s.ids) == 0 {
		return s.floor
	}
	return slices.Max(s.ids)
}

// below forgets what is above the newest item there is: the database is an older one, or
// another, and gives those numbers again.
func (s *seen) below(newest int64) {
	s.floor = min(s.floor, newest)
	s.ids = slices.DeleteFunc(s.ids, func(id int64) bool { return id > newest })
}

// record is how it is saved.
type record struct {
	Floor int64     `json:"floor"`
	At    time.Time `json:"at"`
}

// save returns what is to be kept, nil if nothing has changed.
func (s *seen) save() []byte {
	if !s.changed {
		return nil
	}
	b, err := json.Marshal(record{Floor: s.low(), At: s.at})
	if err != nil {
		return nil // cannot be: there are only numbers in it, and a time of the network's
	}
	s.changed = false
	return b
}

// readSeen is what save returned, or nothing.
func readSeen(user int64, b []byte) seen {
	s := seen{user: user}
	var r record
	if json.Unmarshal(b, &r) != nil {
		return s
	}
	s.known, s.floor, s.at = true, r.Floor, r.At
	return s
}

func seenKey(user int64) string { return "seen/" + strconv.FormatInt(user, 10) }

// loadSeen reads how far items were told before the daemon started, unless it is known.
func (s *session) loadSeen(ctx context.Context) {
	user := s.userID()
	s.mu.Lock()
	loaded := s.book.seen.user == user
	s.mu.Unlock()
	if loaded {
		return
	}
	var b []byte
	if s.env.Keep != nil {
		var err error
		if b, err = s.env.Keep.Load(ctx, seenKey(user)); err != nil {
			s.log.Error("it is not known how far messages were told before", slog.Any("err", err))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.seen = readSeen(user, b)
}

const (
	// saveEvery is how often it is saved how far the items were told.
	saveEvery = time.Second
	// lastSave is how long a stopping session waits for scripts and the store.
	lastSave = 500 * time.Millisecond
)

// saveSeen saves how far the items were told, each time after scripts have handled them, until
// ctx ends, and then once more: after a crash what was not handled is told again.
func (s *session) saveSeen(ctx context.Context) {
	if s.env.Keep == nil {
		return
	}
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.saveNow(ctx)
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer cancel()
			s.saveNow(ctx)
			return
		}
	}
}

func (s *session) saveNow(ctx context.Context) {
	s.mu.Lock()
	user, b, newest := s.book.seen.user, s.book.seen.save(), s.book.seen.newest()
	s.mu.Unlock()
	if b == nil {
		return
	}
	err := error(nil)
	if s.env.Handled != nil {
		err = s.env.Handled(ctx)
	}
	if err == nil {
		err = s.env.Keep.Save(ctx, seenKey(user), b)
	}
	if err == nil {
		s.log.Debug("position saved", slog.Int64("newest", newest))
		return
	}
	s.mu.Lock()
	s.book.seen.changed = true // for the next time
	s.mu.Unlock()
	if ctx.Err() == nil {
		s.log.Error("it could not be saved how far messages were told; after a restart more is looked up", slog.Any("err", err))
	}
}
