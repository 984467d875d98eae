package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"

	"botd/engine"
)

// writer is the one connection that writes. Only the goroutine of [SQLite.serve] uses it
// once the store is open.
type writer struct {
	s     *SQLite
	conn  *conn
	stmt  statements
	alarm alarm

	used  map[string]Usage
	rev   uint64
	cache cache

	removed   int // rows without a value
	forgotten atomic.Uint64
}

type statements struct{ find, insert, update, begin, commit *statement }

func (w *writer) init(ctx context.Context, s *SQLite, c *conn) (err error) {
	w.s, w.conn = s, c
	w.alarm = alarm{clock: s.clock, ring: func() { s.enqueue(request{run: w.sweep, done: func(Result) {}}) }}
	for text, to := range map[string]**statement{
		"SELECT id, value, rev, expires, value IS NULL FROM entries WHERE space = ? AND key = ?": &w.stmt.find,
		"INSERT INTO entries (space, key, value, rev, expires) VALUES (?, ?, ?, ?, ?)":           &w.stmt.insert,
		"UPDATE entries SET value = ?, rev = ?, expires = ? WHERE id = ?":                        &w.stmt.update,
		"BEGIN IMMEDIATE": &w.stmt.begin,
		"COMMIT":          &w.stmt.commit,
	} {
		if *to, err = c.prepare(text); err != nil {
			return err
		}
	}
	return w.load(ctx)
}

// load reads what the writer keeps in memory about the file.
func (w *writer) load(ctx context.Context) error {
	w.used, w.rev, w.removed = map[string]Usage{}, 0, 0
	w.cache.clear()
	forgotten, err := w.s.number(ctx, "SELECT value FROM meta WHERE name = 'forgotten'")
	if err != nil {
		return err
	}
	w.forgotten.Store(uint64(forgotten))
	rows, err := w.s.read.QueryContext(ctx, "SELECT space, count(value), sum(length(key) * (value IS NOT NULL)) + sum(coalesce(length(value), 0)), count(*), max(rev) FROM entries GROUP BY space")
	if err != nil {
		return err
	}
	defer rows.Close()
	w.rev = uint64(forgotten)
	for rows.Next() {
		var space string
		var u Usage
		var all int
		var rev uint64
		if err := rows.Scan(&space, &u.Keys, &u.Bytes, &all, &rev); err != nil {
			return err
		}
		w.used[space] = u
		w.s.newest.Store(space, max(rev, uint64(forgotten))) // a removal that is forgotten may have come after
		w.removed += all - u.Keys
		w.rev = max(w.rev, rev)
	}
	return rows.Err()
}

func (w *writer) row(space, key string) (*row, error) {
	if r := w.cache.get(space, key); r != nil {
		return r, nil
	}
	var to [5]driver.Value
	found, err := w.stmt.find.row(to[:], space, []byte(key))
	if err != nil || !found {
		return nil, explain("read", w.s.file, err)
	}
	r := &row{id: to[0].(int64), space: space, key: key, rev: uint64(to[2].(int64)), expires: to[3].(int64), gone: to[4].(int64) != 0}
	if r.value, _ = to[1].([]byte); r.value == nil && !r.gone {
		r.value = []byte{}
	}
	return r, nil
}

func (w *writer) usage(space string) Usage { return w.used[space] }

func (w *writer) nextRev() uint64 { w.rev++; return w.rev }

// group carries out what was submitted together, with one sync for all.
func (w *writer) group(group []request) {
	for len(group) > 0 {
		n := 0
		for n < len(group) && group[n].run == nil {
			n++
		}
		if n == 0 {
			group[0].done(Result{Err: group[0].run()})
			n = 1
		} else {
			w.commit(group[:n])
		}
		group = group[n:]
	}
}

// commit carries out batches in one transaction, reads included: outside of one each read
// would take the locks of the file anew.
func (w *writer) commit(group []request) {
	now := w.s.clock.Now()
	results := make([]Result, len(group))
	var written []*row
	err := w.transaction(func() error {
		for i, q := range group {
			p := decide(q.batch, w, now)
			results[i] = p.result
			if p.result.Err != nil {
				continue
			}
			if err := w.write(p.rows); err != nil {
				return err
			}
			w.adopt(p)
			written = append(written, p.rows...)
		}
		return nil
	})
	if err != nil {
		_ = w.load(context.Background()) // if it cannot be read either, the next write tells
	} else {
		w.raise(written)
	}
	for i, q := range group {
		if err != nil && results[i].Err == nil {
			results[i] = Result{Err: err}
		}
		q.done(results[i])
	}
	if len(written) > 0 && err == nil {
		w.s.bell.ring()
		w.forget()
	}
}

// raise tells those who watch that rows are there to be read.
func (w *writer) raise(rows []*row) {
	for _, r := range rows {
		w.s.newest.Store(r.space, r.rev)
	}
}

// adopt makes a plan part of the state that the next plan begins with.
func (w *writer) adopt(p plan) {
	for _, r := range p.rows {
		w.cache.put(r)
		w.alarm.set(r.expires)
		if r.gone {
			w.removed++
		}
	}
	for space, g := range p.grown {
		u := w.used[space]
		w.used[space] = Usage{u.Keys + g.Keys, u.Bytes + g.Bytes}
	}
}

// write stores rows, inside a transaction.
func (w *writer) write(rows []*row) (err error) {
	for _, r := range rows {
		value := driver.Value(r.value)
		if r.gone {
			value = nil
		}
		if r.id == 0 {
			r.id, _, err = w.stmt.insert.exec(r.space, []byte(r.key), value, int64(r.rev), r.expires)
		} else {
			var n int64
			_, n, err = w.stmt.update.exec(value, int64(r.rev), r.expires, r.id)
			if err == nil && n != 1 {
				err = engine.Errorf(engine.Internal, "the row of %q is gone", r.key)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) transaction(f func() error) error {
	_, _, err := w.stmt.begin.exec()
	if err == nil {
		if err = f(); err == nil {
			_, _, err = w.stmt.commit.exec()
		}
		if err != nil {
			_ = w.conn.exec("ROLLBACK") // a full disk has rolled back by itself
		}
	}
	return explain("write", w.s.file, err)
}

// nextExpiry is when the next entry expires, in unix ms, 0 if none does.
func (w *writer) nextExpiry() int64 {
	at, err := w.s.number(context.Background(), "SELECT coalesce(min(expires), 0) FROM entries WHERE expires <> 0")
	if err != nil {
		return 0 // the next write with an end sets the alarm
	}
	return at
}

// sweep removes what has expired, a part at a time.
func (w *writer) sweep() error {
	now := w.s.clock.Now()
	found, err := w.s.rows(context.Background(), 0, "SELECT "+columns+" FROM entries WHERE expires <> 0 AND expires <= ? ORDER BY expires LIMIT 1000", now.UnixMilli())
	p := plan{grown: map[string]Usage{}}
	for _, r := range found {
		p.rows = append(p.rows, removal(r, w.nextRev()))
		p.grow(p.rows[len(p.rows)-1], r)
	}
	if err == nil {
		err = w.transaction(func() error { return w.write(p.rows) })
	}
	if err != nil {
		w.alarm.set(now.Add(time.Minute).UnixMilli())
		return err
	}
	w.adopt(p)
	w.raise(p.rows)
	w.alarm.set(w.nextExpiry())
	w.s.bell.ring()
	return nil
}

// maxRemoved is how many removed keys are remembered for those who watch.
const maxRemoved = 10_000

// forget drops the older half of the removed keys if there are too many.
func (w *writer) forget() {
	if w.removed <= maxRemoved {
		return
	}
	ctx := context.Background()
	to, err := w.s.number(ctx, "SELECT rev FROM entries WHERE value IS NULL ORDER BY rev LIMIT 1 OFFSET ?", maxRemoved/2)
	if err == nil {
		err = w.transaction(func() error {
			if err := w.conn.exec("DELETE FROM entries WHERE value IS NULL AND rev <= ?", to); err != nil {
				return err
			}
			return w.conn.exec("UPDATE meta SET value = ? WHERE name = 'forgotten'", to)
		})
	}
	if err == nil {
		w.cache.clear() // of rows that were deleted
		w.forgotten.Store(uint64(to))
	}
	if left, err := w.s.number(ctx, "SELECT count(*) FROM entries WHERE value IS NULL"); err == nil {
		w.removed = int(left)
	}
}

func (w *writer) close() error {
	var err error
	for _, s := range []*statement{w.stmt.find, w.stmt.insert, w.stmt.update, w.stmt.begin, w.stmt.commit} {
		err = errors.Join(err, s.close())
	}
	return errors.Join(err, w.conn.close())
}
