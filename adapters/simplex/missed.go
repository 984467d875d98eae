package simplex

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// What is looked up after a break: in each chat the newest messages, up to so many pages.
const (
	pageSize  = 100
	maxPages  = 10
	maxListed = 1000 // chats that are listed, those with something new first
	maxAsked  = 300  // chats that are looked into
)

// missed is what was not told while the connection was broken or the program was away.
type missed struct {
	items []*item
	gaps  []engine.Event // where there is more than was looked up
}

// findMissed looks up what was not told. What the program kept for its client comes by
// itself, too, and is left out then.
func (l *link) findMissed(ctx context.Context) error {
	l.s.loadSeen(ctx)
	chats, newest, err := l.changedChats(ctx)
	if err != nil {
		return err
	}
	l.s.mu.Lock()
	known, floor := l.s.book.seen.known, l.s.book.seen.low()
	if !known && newest >= 0 { // the first time
		l.s.book.seen.begin(newest)
		l.s.book.seen.at = time.Now()
	}
	l.s.mu.Unlock()
	if !known {
		return nil
	}
	for i, ref := range chats {
		var found missed
		if err = nil; i < maxAsked {
			found, err = l.missedIn(ctx, ref, floor)
		}
		switch {
		case hopeless(err):
			return err
		case err != nil || i >= maxAsked:
			found = missed{gaps: l.gap(ref, time.Now())}
		}
		l.missed.items = append(l.missed.items, found.items...)
		l.missed.gaps = append(l.missed.gaps, found.gaps...)
	}
	slices.SortStableFunc(l.missed.items, func(a, b *item) int { return cmp.Compare(a.Item.Meta.ID, b.Item.Meta.ID) })
	return nil
}

// hopeless errors end the connection, as opposed to one command.
func hopeless(err error) bool {
	code := engine.CodeOf(err)
	return code == engine.NotConnected || code == engine.Timeout || code == engine.Cancelled
}

// changedChats are those that may have an item which was not told, and support conversations,
// which are not listed; newest is the highest number of an item there is, negative
// if that cannot be found out.
func (l *link) changedChats(ctx context.Context) (changed []chatRef, newest int64, err error) {
	v, err := l.ask(ctx, "APIGetChats", map[string]any{
		"userId": l.s.userID(), "pagination": map[string]any{"type": "last", "count": maxListed},
		"query": map[string]any{"type": "filters", "favorite": false, "unread": false},
	})
	switch {
	case hopeless(err):
		return nil, 0, err
	case err != nil: // an old program does not know the command
		l.s.log.Warn("the program does not list its chats; all are looked into", slog.Any("err", err))
		return l.s.heardChats(), -1, nil
	}
	for _, c := range v.Chats {
		for _, it := range c.Items {
			newest = max(newest, it.Meta.ID)
		}
	}
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.seen.below(newest)
	low := s.book.seen.low()
	for _, c := range v.Chats {
		ref, ok := c.Info.ref()
		isNew := slices.ContainsFunc(c.Items, func(it chatItem) bool { return it.Meta.ID > low })
		if ok && isNew && s.hearsChat(ref) {
			changed = append(changed, ref)
		}
	}
	return append(changed, s.book.supportChats()...), newest, nil
}

// heardChats are all that scripts want to know of.
func (s *session) heardChats() (list []chatRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.book.groups {
		if r := (chatRef{'#', id, ""}); s.hearsChat(r) {
			list = append(list, r)
		}
	}
	for id := range s.book.contacts {
		list = append(list, chatRef{'@', id, ""})
	}
	slices.SortFunc(list, func(a, b chatRef) int { return cmp.Compare(b.id, a.id) })
	return append(list, s.book.supportChats()...)
}

func (s *session) hearsChat(r chatRef) bool {
	if r.kind == '@' {
		return true
	}
	g := s.book.groups[r.id]
	return g != nil && s.hears(g.info)
}

// missedIn is what came in a chat after an item. It goes back page by page from the newest.
func (l *link) missedIn(ctx context.Context, ref chatRef, after int64) (missed, error) {
	var found missed
	from := ""
	for range maxPages {
		text := fmt.Sprintf("/_get chat %s %scount=%d", ref, from, pageSize)
		v, err := l.askText(ctx, localTime, func(*link) (string, error) { return text, nil })
		if err != nil {
			return found, err
		}
		if v.Chat == nil || len(v.Chat.Items) == 0 {
			return found, nil
		}
		oldest := v.Chat.Items[0].Meta.ID
		for _, it := range v.Chat.Items {
			oldest = min(oldest, it.Meta.ID)
			if it.Meta.ID > after && it.Content.isMessage() && it.Meta.Deleted == nil {
				found.items = append(found.items, &item{Info: v.Chat.Info, Item: it})
			}
		}
		if oldest <= after || len(v.Chat.Items) < pageSize {
			return found, nil
		}
		from = fmt.Sprintf("before=%d ", oldest)
	}
	to := time.Now()
	for _, it := range found.items {
		if at := it.Item.Meta.At; at.Before(to) {
			to = at
		}
	}
	found.gaps = l.gap(ref, to)
	return found, nil
}

// gap says that messages in a chat may be missing from the last that was told until then.
func (l *link) gap(ref chatRef, until time.Time) []engine.Event {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	room := engine.Room{ID: engine.RoomID(ref.String())}
	switch g, c := l.s.book.groups[ref.id], l.s.book.contacts[ref.id]; {
	case ref.kind == '#' && g != nil && ref.scope == "":
		room = groupRoom(g.info)
	case ref.kind == '@' && c != nil:
		room = contactRoom(c)
	}
	return []engine.Event{{Room: room, Body: engine.Gap{From: l.s.book.seen.at.UTC(), To: until.UTC().Round(0)}}}
}

// tellMissed tells what was found, and then what came while the session was logging in.
func (l *link) tellMissed() {
	for _, ev := range l.missed.gaps {
		l.emit(ev)
	}
	for _, it := range l.missed.items {
		l.onItem(it)
	}
	l.missed = missed{}
	if l.overflow > 0 {
		l.s.log.Warn("more came during the login than could be kept", slog.Int("lost", l.overflow))
		l.emit(engine.Event{Body: engine.Gap{From: l.since.UTC().Round(0), To: time.Now().UTC().Round(0)}})
	}
	early := l.early
	l.early = nil
	for _, b := range early {
		if f, err := api.Decode(b); err == nil {
			l.handle(f)
		}
	}
}
