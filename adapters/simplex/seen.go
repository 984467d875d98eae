package simplex

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// seen is which items were told, so that after a break it shows what is missing, and
// nothing is told twice. The program numbers the items of all chats in one row. The
// session's mu guards it.
type seen struct {
	user    int64 // whose items they are
	known   bool  // whether anything is known of what was told
	floor   int64 // what is not above it was told, or is older than the bot
	ids     []int64
	has     map[int64]bool
	at      time.Time // of the newest
	changed bool
}

const (
	// maxSeen is more than all that is looked up after a break and all that the program
	// keeps for a client that is away.
	maxSeen = 8192
	// maxSaved keeps what is saved small. What is in between was told.
	maxSaved = 1000
)

// begin says that what is there was told, or is older than the bot.
func (s *seen) begin(newest int64) {
	s.known, s.floor, s.changed = true, newest, true
}

// add takes note of an item, and reports whether it is new.
func (s *seen) add(id int64, at time.Time) bool {
	if s.has[id] {
		return false
	}
	if !s.known {
		s.begin(id - 1)
	}
	if s.has == nil {
		s.has = map[int64]bool{}
	}
	s.has[id], s.changed = true, true
	s.ids = append(s.ids, id)
	if at.After(s.at) {
		s.at = at
	}
	if len(s.ids) > maxSeen {
		delete(s.has, s.ids[0])
		s.floor = max(s.floor, s.ids[0])
		s.ids = s.ids[1:]
	}
	return true
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
	s.ids = slices.DeleteFunc(s.ids, func(id int64) bool {
		if id <= newest {
			return false
		}
		delete(s.has, id)
		return true
	})
}

// record is how it is saved.
type record struct {
	Floor int64     `json:"floor"`
	IDs   []int64   `json:"ids"`
	At    time.Time `json:"at"`
}

// save returns what is to be kept, nil if nothing has changed.
func (s *seen) save() []byte {
	if !s.changed {
		return nil
	}
	r := record{Floor: s.floor, IDs: s.ids, At: s.at}
	if cut := len(r.IDs) - maxSaved; cut > 0 {
		r.Floor, r.IDs = max(r.Floor, slices.Max(r.IDs[:cut])), r.IDs[cut:]
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil // cannot be: there are only numbers in it, and a time of the network's
	}
	s.changed = false
	return b
}

// readSeen is what save returned, or nothing.
func readSeen(user int64, b []byte) seen {
	s := seen{user: user, has: map[int64]bool{}}
	var r record
	if json.Unmarshal(b, &r) != nil {
		return s
	}
	s.known, s.floor, s.ids, s.at = true, r.Floor, r.IDs, r.At
	for _, id := range r.IDs {
		s.has[id] = true
	}
	return s
}

func seenKey(user int64) string { return "seen/" + strconv.FormatInt(user, 10) }

// loadSeen reads what was told before the daemon started, unless it is known.
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
			s.log.Error("it is not known which messages were told before", slog.Any("err", err))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.seen = readSeen(user, b)
}

const (
	// saveEvery is how much may be told again after a crash.
	saveEvery = time.Second
	// lastSave is how long a stopping session waits for scripts and the store.
	lastSave = 500 * time.Millisecond
)

// saveSeen saves which items were told, each time after scripts have handled them, until
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
		s.log.Error("it could not be saved which messages were told; after a restart some may come twice", slog.Any("err", err))
	}
}
