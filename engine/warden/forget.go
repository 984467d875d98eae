package warden

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"botd/engine"
	"botd/engine/facts"
	"botd/engine/moderate"
	"botd/engine/store"
)

// Gone is how much was forgotten.
type Gone struct {
	Cases int // that tell no more who it was, or who did it
	Facts int // standings and permits that have ended
}

// Forget takes people out of the cases, and ends the standings and permits of somebody who is
// to be forgotten everywhere. What is on its way is written, and told, without them from
// now on. It is on the disk when it returns.
func (w *Warden) Forget(ctx context.Context, f moderate.Forgetting) (Gone, error) {
	now := w.opt.Clock.Now().UTC()
	of := persons{map[string]bool{}, map[string]bool{}}
	var found []string
	err := w.eachCase(ctx, func(key string, c *moderate.Case) bool {
		before := *c
		if c.Forget(&f, now) {
			found = append(found, key)
			w.remember(c.ID, f, now)
		}
		if before.Forgotten.IsZero() && !c.Forgotten.IsZero() {
			of.add(&before)
		}
		return true
	})
	if err != nil {
		return Gone{}, err
	}
	for keys := range slices.Chunk(found, forgetAtOnce) {
		if err := w.rewrite(ctx, keys, &f, now); err != nil {
			return Gone{}, err
		}
	}
	gone := Gone{Cases: len(found)}
	if f.Everywhere() {
		gone.Facts = w.endFacts(&f, of)
	}
	return gone, w.written(ctx)
}

// forgetAtOnce is how many cases one batch changes: others have their turn between.
const forgetAtOnce = 200

// rewrite changes cases as they are when their turn comes: they may have been settled since.
func (w *Warden) rewrite(ctx context.Context, keys []string, f *moderate.Forgetting, now time.Time) error {
	batch := make(store.Batch, len(keys))
	for i, k := range keys {
		batch[i] = store.Modify(caseSpace, k, func(old store.Entry, found bool) ([]byte, error) {
			var c moderate.Case
			if !found || json.Unmarshal(old.Value, &c) != nil {
				return nil, nil // it has made room for a newer one
			}
			c.Forget(f, now)
			return json.Marshal(c)
		})
	}
	_, err := store.Commit(ctx, w.opt.Store, batch...)
	return err
}

// persons are those that cases were about, as [moderate.Who] writes them, and the keys of
// their standings, which can be too long to be read.
type persons struct{ whos, standings map[string]bool }

func (p persons) add(c *moderate.Case) {
	p.whos[moderate.Who(c.Session, c.User)] = true
	p.standings[standingKey(c)] = true
}

// endFacts ends what is known of somebody.
func (w *Warden) endFacts(f *moderate.Forgetting, of persons) (n int) {
	for _, book := range []*facts.Book{w.standings, w.permits} {
		for _, e := range book.List("") {
			parts := facts.Parts(e.Key)
			if who := parts[len(parts)-1]; of.whos[who] || of.standings[e.Key] || f.AboutWho(who) {
				book.Delete(e.Key, nil)
				n++
			}
		}
	}
	return n
}

// oblivion is what a case has to be without, whenever it is written.
type oblivion struct {
	moderate.Forgetting
	at time.Time
}

func (w *Warden) remember(id string, f moderate.Forgetting, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgotten[id] = append(w.forgotten[id], oblivion{f, now})
}

// known is a case without who was forgotten since it was read. mu is held.
func (w *Warden) known(c *moderate.Case) *moderate.Case {
	list := w.forgotten[c.ID]
	if len(list) == 0 {
		return c
	}
	out := *c
	for _, o := range list {
		out.Forget(&o.Forgetting, o.at)
	}
	return &out
}

// Forget is [Warden.Forget] for a store that no daemon uses.
func Forget(ctx context.Context, s store.Store, f moderate.Forgetting) (Gone, error) {
	w, err := read(ctx, Options{Store: s, Clock: engine.SystemClock{}})
	if err != nil {
		return Gone{}, err
	}
	return w.Forget(ctx, f)
}
