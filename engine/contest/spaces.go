package contest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/raffle"
	"botd/engine/store"
)

// spaces is what is kept. Keys of ballots, entries and lines are the id of their contest
// and a hash of who they are of; those of sayings a number that grows and the id.
type spaces struct {
	store   store.Store
	heads   store.Space[head]
	ballots store.Space[keptBallot]
	entries store.Space[keptEntry]
	lines   store.Space[keptLines]
	winners store.Space[keptWinner]
	sayings store.Space[keptSaying]
}

type keptBallot struct {
	Who string `json:"who"`
	poll.Ballot
}

type keptEntry struct {
	raffle.Entry
	User engine.User `json:"user"`
}

type keptLines struct {
	Who string `json:"who"`
	N   int    `json:"n"`
}

// keptWinner is when somebody won last in a room, and in which raffle.
type keptWinner struct {
	At     time.Time `json:"at"`
	Raffle string    `json:"raffle,omitempty"`
}

// keepWinners is how long that is known: the longest exclusion there can be.
const keepWinners = 366 * 24 * time.Hour

func newSpaces(s store.Store) spaces {
	return spaces{
		s, store.Space[head]{Store: s, Name: "contests/open"}, store.Space[keptBallot]{Store: s, Name: "contests/ballots"},
		store.Space[keptEntry]{Store: s, Name: "contests/entries"}, store.Space[keptLines]{Store: s, Name: "contests/lines"},
		store.Space[keptWinner]{Store: s, Name: "contests/winners"}, store.Space[keptSaying]{Store: s, Name: "contests/sayings"},
	}
}

func keyOf(id, who string) string {
	sum := sha256.Sum256([]byte(who))
	return id + "/" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// Open reads what is kept. Contests whose time came while the daemon was down are due at once.
func (m *Manager) Open(ctx context.Context, s store.Store) error {
	m.db = newSpaces(s)
	err := m.db.heads.Each(ctx, "", func(_ string, h head) error {
		c := newContest(h)
		m.contests[h.ID] = c
		if c.told = c.over(); !c.told {
			m.listen(c, 1)
		}
		return nil
	})
	for _, read := range []func(context.Context) error{m.readBallots, m.readEntries, m.readLines, m.readSayings} {
		if err == nil {
			err = read(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("read the polls and raffles: %w", err)
	}
	for id, c := range m.contests {
		if c.Raffle == nil || c.Raffle.Status == raffle.Removed { // with its entries
			continue
		}
		if err := c.Raffle.Reopen(); err != nil {
			m.opt.Log.Error("a raffle cannot go on", "raffle", id, "err", err)
			delete(m.contests, id)
		}
	}
	m.arm()
	return nil
}

// Reload takes what the store has for what there is, after a backup was restored. Who waits
// for a contest is told that it is gone.
func (m *Manager) Reload(ctx context.Context) error {
	got := make(chan error, 1)
	m.post(func() {
		for _, c := range m.contests {
			c.found()
			for w := range c.waiting {
				w.fail(engine.Errorf(engine.Cancelled, "a backup was restored"))
			}
		}
		m.mu.Lock()
		clear(m.rooms)
		m.mu.Unlock()
		clear(m.contests)
		err := m.Open(ctx, m.db.store)
		m.disown()
		got <- err
	})
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Manager) readBallots(ctx context.Context) error {
	return m.db.ballots.Each(ctx, "", func(key string, b keptBallot) error {
		if c := m.of(key); c != nil && c.Poll != nil && !c.over() {
			c.Poll.Restore(b.Who, b.Ballot)
			return nil
		}
		return m.db.ballots.Delete(ctx, key)
	})
}

func (m *Manager) readEntries(ctx context.Context) error {
	return m.db.entries.Each(ctx, "", func(key string, e keptEntry) error {
		if c := m.of(key); c != nil && c.Raffle != nil && c.Raffle.Status != raffle.Removed {
			c.Raffle.Restore(e.Entry)
			c.users[e.Who] = e.User
			return nil
		}
		return m.db.entries.Delete(ctx, key)
	})
}

func (m *Manager) readLines(ctx context.Context) error {
	return m.db.lines.Each(ctx, "", func(key string, l keptLines) error {
		if c := m.of(key); c != nil && c.Raffle != nil && c.Raffle.Status != raffle.Removed {
			c.Raffle.RestoreLines(l.Who, l.N)
			return nil
		}
		return m.db.lines.Delete(ctx, key)
	})
}

func (m *Manager) of(key string) *contest {
	id, _, _ := strings.Cut(key, "/")
	return m.contests[id]
}

// headOp keeps a contest; one that is over for a while.
func (m *Manager) headOp(c *contest) (store.Op, error) {
	op, err := m.db.heads.Op(c.ID, c.head)
	if c.over() {
		op = op.For(keepOver)
	}
	return op, err
}

func newContest(h head) *contest {
	return &contest{head: h, users: map[string]engine.User{}, waiting: map[*waiter]struct{}{}, scale: map[string]*scales{}}
}

// sorted lists the contests that are not over, the oldest first. Polls that were opened in
// the same moment have letters in their order.
func (m *Manager) sorted() []*contest {
	var out []*contest
	for _, c := range m.contests {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *contest) int {
		return cmp.Or(a.openedAt().Compare(b.openedAt()), strings.Compare(a.Tag, b.Tag), strings.Compare(a.ID, b.ID))
	})
	return out
}

func (c *contest) openedAt() time.Time {
	if c.Poll != nil {
		return c.Poll.Opened
	}
	return c.Raffle.Opened
}

// listen notes for those outside what a room listens to.
func (m *Manager) listen(c *contest, by int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.rooms[c.path()]
	if l == nil {
		l = &listening{words: map[string]int{}}
		m.rooms[c.path()] = l
	}
	l.contests += by
	if c.Poll != nil {
		l.words["vote"] += by
	} else if word, ok := strings.CutPrefix(c.Raffle.Keyword, m.opt.Prefix(c.Session, c.Room)); ok {
		l.words[strings.ToLower(word)] += by
	}
	if l.contests == 0 {
		delete(m.rooms, c.path())
	}
}

// Takes reports whether a command line of a room is for a contest.
func (m *Manager) Takes(p engine.RoomPath, word string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.rooms[p]
	return l != nil && l.words[word] > 0
}
