package seen

import (
	"context"
	"fmt"
	"slices"

	"botd/engine"
	"botd/engine/store"
)

// Waits has a value when there is something to settle.
func (b *Book) Waits() <-chan struct{} { return b.waits }

// Newest is the number of the last event of which note was taken, for [Book.Settle].
func (b *Book) Newest() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// Settle writes down that the events up to one were handled, with all that came of it. It
// returns when that is durable.
func (b *Book) Settle(ctx context.Context, upTo uint64) error {
	b.settling.Lock()
	defer b.settling.Unlock()
	for {
		list, last := b.oldest(upTo)
		if len(list) > 0 {
			if err := b.write(ctx, list); err != nil {
				return err
			}
		}
		b.mu.Lock()
		b.unsure = slices.Delete(b.unsure, 0, max(0, len(b.unsure)-int(b.last-last)))
		b.advance(last)
		b.mu.Unlock()
		if last >= upTo || len(list) == 0 {
			return nil
		}
	}
}

// maxSettle is how many events share a batch: each may fill a page, begin one and end one.
const maxSettle = store.MaxBatch / 4

// oldest are the oldest of what is unsure, as many as share a batch, and the number of the last
// event that is settled once they are written. Of a room only the latest Keep need be.
func (b *Book) oldest(upTo uint64) (list []delivered, last uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last = min(upTo, b.last)
	all := b.unsure[:max(0, len(b.unsure)-int(b.last-last))]
	later := map[*room]int{}
	for _, d := range all {
		later[d.in]++
	}
	for i, d := range all {
		if len(list) == maxSettle {
			return list, last - uint64(len(all)-i)
		}
		if later[d.in]--; later[d.in] < Keep {
			list = append(list, d)
		}
	}
	return list, last
}

// write writes down some events. No other write is under way.
func (b *Book) write(ctx context.Context, list []delivered) error {
	grown, ops, err := b.grow(list)
	if err != nil {
		return err
	}
	if _, err := store.Commit(ctx, b.store, ops...); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for in, pages := range grown {
		in.pages = pages
	}
	return nil
}

// advance tells who waits that events are settled. mu is held.
func (b *Book) advance(upTo uint64) {
	if upTo > b.settled {
		b.settled = upTo
		close(b.moved)
		b.moved = make(chan struct{})
	}
}

// Wait returns when the events up to one are settled. It fails when ctx ends, and with Cancelled
// when [Book.End] was called before.
func (b *Book) Wait(ctx context.Context, upTo uint64) error {
	for {
		b.mu.Lock()
		done, over, moved := b.settled >= upTo, b.over, b.moved
		b.mu.Unlock()
		switch {
		case done:
			return nil
		case over:
			return engine.Errorf(engine.Cancelled, "the scripts have ended")
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// End says that nothing will be settled any more.
func (b *Book) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over {
		b.over = true
		close(b.moved)
		b.moved = make(chan struct{})
	}
}

// grow works out the pages of the rooms with some keys more, and how to write them.
func (b *Book) grow(list []delivered) (map[*room][]page, []store.Op, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	grown, touched, gone := map[*room][]page{}, map[uint64]bool{}, []uint64(nil)
	for _, d := range list {
		pages, ok := grown[d.in]
		if !ok {
			pages = slices.Clone(d.in.pages)
		}
		if len(pages) == 0 || len(pages[len(pages)-1].keys) >= pageKeys {
			b.page++
			pages = append(pages, page{number: b.page})
		}
		p := &pages[len(pages)-1]
		if !touched[p.number] {
			p.keys = append(make([]string, 0, pageKeys), p.keys...)
			touched[p.number] = true
		}
		p.keys = append(p.keys, d.key)
		if len(pages) > maxPages {
			gone = append(gone, pages[0].number)
			pages = pages[1:]
		}
		grown[d.in] = pages
	}
	var ops []store.Op
	for in, pages := range grown {
		for _, p := range pages {
			if !touched[p.number] {
				continue
			}
			op, err := b.records().Op(keyOf(p.number), record{in.place.session, in.place.room, p.keys})
			if err != nil {
				return nil, nil, err
			}
			ops = append(ops, op.For(life))
		}
	}
	for _, number := range gone {
		ops = append(ops, store.Delete(space, keyOf(number)))
	}
	return grown, ops, nil
}

func keyOf(number uint64) string { return fmt.Sprintf("%016x", number) }
