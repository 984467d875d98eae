package hackmud

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"botd/engine"
)

const (
	refreshEvery = time.Minute
	// offlineAfter is how long the server may be silent before scripts are told.
	offlineAfter = 30 * time.Second
	maxBackoff   = time.Minute
	// saveEvery is how often the position is saved while nothing comes.
	saveEvery = 10 * time.Second
)

// link is one Run of a session. One goroutine polls and emits; each own user that
// speaks has one that sends.
type link struct {
	*session
	client *client
	pace   *pace
	reader *reader
	emit   func(engine.Event)

	// The poller's.
	refreshAt time.Time
	gap       *hole     // not told yet
	silent    time.Time // since when no call was answered, zero if the last was
	failures  int
	offline   bool // scripts were told that the server is gone
	savedAt   time.Time
	warnAt    time.Time       // when to warn of the token's end again
	missing   map[string]bool // users and rooms that were reported as missing

	snapshots chan snapshot // capacity 1: the newest that is not saved

	mu     sync.Mutex
	users  []string // own, in the order of the settings
	roster roster
	rooms  map[engine.RoomID]bool // those the bot is in
	lanes  map[string]*lane
	// recalled are the users whose messages of the process before are counted.
	recalled map[string]bool
	awaited  []*awaited
	clock    clock // as the poller knew it last
	closed   bool
	sending  sync.WaitGroup

	life   context.Context // of what the lanes do; they start when they are needed, and end with Run
	cancel context.CancelFunc
}

func newLink(ctx context.Context, s *session, token engine.Secret, emit func(engine.Event)) *link {
	l := &link{
		session: s, client: newClient(s.settings.URL, token, s.env.Dial), pace: s.tokens.of(s.settings.URL, token), emit: emit,
		missing: map[string]bool{}, snapshots: make(chan snapshot, 1),
		roster: roster{in: members{}, moved: map[place]millis{}}, rooms: map[engine.RoomID]bool{}, lanes: map[string]*lane{}, recalled: map[string]bool{},
	}
	l.life, l.cancel = context.WithCancel(ctx)
	return l
}

// start gets the account, and with it the server's time, and decides where reading
// begins. With something to catch up on it does not leave an outage to the pauses of
// others, which may be longer than the server remembers.
func (l *link) start(ctx context.Context) error {
	l.reader = l.session.reader
	if l.reader == nil {
		l.reader = l.restart(ctx, time.Now())
	}
	for {
		err := l.refresh(ctx)
		if err == nil {
			break
		}
		if e := asCallError(err); e == nil || e.reason == noToken || l.reader.cursor == 0 {
			return err
		}
		l.log.Warn("the server does not answer; trying again", slog.Any("err", err))
		if err := l.rest(ctx, err); err != nil {
			return err
		}
	}
	l.failures, l.silent = 0, time.Time{}
	if l.session.reader == nil && l.reader.cursor != 0 { // the process before may have asked a moment ago
		if err := l.pace.chats.recall(ctx, []time.Time{time.Now()}); err != nil {
			return err
		}
	}
	if now := time.Now(); l.session.reader == nil && !l.reader.resume(now, l.reader.cursor) {
		if l.reader.cursor != 0 {
			l.log.Error("the saved position is in the future; starting at now", slog.Time("position", l.reader.cursor.time()))
		}
		l.reader.begin(now, l.settings.Backlog)
		l.saveNow(ctx)
	}
	l.session.reader = l.reader
	l.clock = l.reader.clock
	return nil
}

// online tells of the rooms the account is in.
func (l *link) online() {
	l.enterRooms()
	l.mu.Lock()
	none := len(l.rooms) == 0
	l.mu.Unlock()
	if none { // the session as a whole is there all the same, for private messages
		l.emit(engine.Event{Body: engine.Connected{Me: l.me("")}})
	}
}

// me is who speaks in a channel, or the first user for "".
func (l *link) me(channel string) engine.User {
	l.mu.Lock()
	defer l.mu.Unlock()
	if user := l.speaker(channel); user != "" {
		return userOf(user)
	}
	return engine.User{}
}

// speaker is the first own user in a channel; mu is held.
func (l *link) speaker(channel string) string {
	for _, u := range l.users {
		if channel == "" || l.roster.in[channel][u] {
			return u
		}
	}
	return ""
}

// wanted reports whether the configuration names a channel, or none at all.
func (l *link) wanted(channel string) bool {
	return len(l.env.Rooms) == 0 || slices.Contains(l.env.Rooms, engine.RoomID(channel))
}

// enterRooms enters each wanted channel that has own users and was not entered, and leaves
// those that have none left.
func (l *link) enterRooms() {
	l.mu.Lock()
	var entered, left []engine.RoomID
	for _, channel := range slices.Sorted(maps.Keys(l.roster.in)) {
		if id := engine.RoomID(channel); l.wanted(channel) && !l.rooms[id] {
			l.rooms[id] = true
			entered = append(entered, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.rooms)) {
		if l.roster.in[string(id)] == nil {
			delete(l.rooms, id)
			left = append(left, id)
		}
	}
	l.mu.Unlock()
	for _, id := range entered {
		l.enter(id)
	}
	for _, id := range left {
		l.emit(engine.Event{Room: engine.Room{ID: id}, Body: engine.Disconnected{Reason: "no user of the account is in the channel any more"}})
	}
}

func (l *link) enter(id engine.RoomID) {
	l.mu.Lock()
	users := l.roster.users(string(id))
	l.mu.Unlock()
	room := engine.Room{ID: id}
	l.emit(engine.Event{Room: room, Body: engine.Roster{Users: users}})
	l.emit(engine.Event{Room: room, Body: engine.Connected{Me: l.me(string(id))}})
}

// leaveAll tells that the server is gone; the rooms are entered anew when it is back.
func (l *link) leaveAll(reason string) {
	l.mu.Lock()
	rooms := slices.Sorted(maps.Keys(l.rooms))
	clear(l.rooms)
	l.mu.Unlock()
	for _, id := range rooms {
		l.emit(engine.Event{Room: engine.Room{ID: id}, Body: engine.Disconnected{Reason: reason}})
	}
}
