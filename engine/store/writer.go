package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// writer is the one connection that writes. Only the goroutine of [SQLite.serve] uses it
// once the store is open.
type writer struct {
	s     *SQLite
	db    *sql.DB
	conn  *sql.Conn
	find  *sql.Stmt
	put   *sql.Stmt
	alarm alarm

	used map[string]Usage
	rev  uint64
	// fresh are the rows of the group at hand that are decided on and not yet written.
	fresh map[place]*row

	removed   int // rows without a value
	forgotten atomic.Uint64
}

func (w *writer) init(ctx context.Context, s *SQLite, db *sql.DB) (err error) {
	w.s, w.db, w.fresh = s, db, map[place]*row{}
	w.alarm = alarm{clock: s.clock, ring: func() { s.enqueue(request{run: w.sweep, done: func(Result) {}}) }}
	if w.conn, err = db.Conn(ctx); err != nil {
		return err
	}
	if w.find, err = w.conn.PrepareContext(ctx, "SELECT "+columns+" FROM entries WHERE space = ? AND key = ?"); err != nil {
		return err
	}
	w.put, err = w.conn.PrepareContext(ctx, "INSERT OR REPLACE INTO entries (space, key, value, rev, expires) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	return w.load(ctx)
}

// load reads what the writer keeps in memory about the file.
func (w *writer) load(ctx context.Context) error {
	w.used, w.rev, w.removed = map[string]Usage{}, 0, 0
	var forgotten uint64
	if err := w.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'forgotten'").Scan(&forgotten); err != nil {
		return err
	}
	w.forgotten.Store(forgotten)
	rows, err := w.conn.QueryContext(ctx, "SELECT space, count(value), sum(length(key) * (value IS NOT NULL)) + sum(coalesce(length(value), 0)), count(*), max(rev) FROM entries GROUP BY space")
	if err != nil {
		return err
	}
	defer rows.Close()
	w.rev = forgotten
	for rows.Next() {
		var space string
		var u Usage
		var all int
		var rev uint64
		if err := rows.Scan(&space, &u.Keys, &u.Bytes, &all, &rev); err != nil {
			return err
		}
		w.used[space] = u
		w.removed += all - u.Keys
		w.rev = max(w.rev, rev)
	}
	return rows.Err()
}

func (w *writer) row(space, key string) (*row, error) {
	if r := w.fresh[place{space, key}]; r != nil {
		return r, nil
	}
	r, err := scanRow(w.find.QueryRow(space, []byte(key)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read", w.s.file, err)
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

func (w *writer) commit(group []request) {
	now := w.s.clock.Now()
	results := make([]Result, len(group))
	var rows []*row
	for i, q := range group {
		p := decide(q.batch, w, now)
		results[i] = p.result
		if p.result.Err != nil {
			continue
		}
		rows = append(rows, p.rows...)
		w.adopt(p)
	}
	err := w.write(rows)
	clear(w.fresh)
	if err != nil {
		_ = w.load(context.Background()) // if it cannot be read either, the next write tells
	}
	for i, q := range group {
		if err != nil && results[i].Err == nil {
			results[i] = Result{Err: err}
		}
		q.done(results[i])
	}
	if len(rows) > 0 && err == nil {
		w.s.bell.ring()
		w.forget()
	}
}

// adopt makes a plan part of the state that the next plan begins with.
func (w *writer) adopt(p plan) {
	for _, r := range p.rows {
		w.fresh[place{r.space, r.key}] = r
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

// write stores rows in one transaction. A single row needs none: a statement is one.
func (w *writer) write(rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	if len(rows) == 1 {
		return explain("write", w.s.file, w.insert(rows[0]))
	}
	return w.transaction(func() error {
		for _, r := range rows {
			if err := w.insert(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) insert(r *row) error {
	value := any(r.value)
	if r.gone {
		value = nil
	}
	_, err := w.put.Exec(r.space, []byte(r.key), value, r.rev, r.expires)
	return err
}

func (w *writer) transaction(f func() error) error {
	err := w.exec("BEGIN IMMEDIATE")
	if err == nil {
		if err = f(); err == nil {
			err = w.exec("COMMIT")
		}
		if err != nil {
			_ = w.exec("ROLLBACK") // a full disk has rolled back by itself
		}
	}
	return explain("write", w.s.file, err)
}

func (w *writer) exec(text string, args ...any) error {
	_, err := w.conn.ExecContext(context.Background(), text, args...)
	return err
}

// nextExpiry is when the next entry expires, in unix ms, 0 if none does.
func (w *writer) nextExpiry() int64 {
	var at sql.NullInt64
	if err := w.s.read.QueryRow("SELECT min(expires) FROM entries WHERE expires <> 0").Scan(&at); err != nil {
		return 0 // the next write with an end sets the alarm
	}
	return at.Int64
}

// sweep removes what has expired, a part at a time.
func (w *writer) sweep() error {
	now := w.s.clock.Now()
	found, err := w.s.rows(context.Background(), "SELECT "+columns+" FROM entries WHERE expires <> 0 AND expires <= ? ORDER BY expires LIMIT 1000", now.UnixMilli())
	p := plan{grown: map[string]Usage{}}
	for _, r := range found {
		p.rows = append(p.rows, removal(r, w.nextRev()))
		p.grow(p.rows[len(p.rows)-1], r)
	}
	if err == nil {
		err = w.write(p.rows)
	}
	if err != nil {
		w.alarm.set(now.Add(time.Minute).UnixMilli())
		return err
	}
	w.adopt(p)
	clear(w.fresh)
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
	var to uint64
	err := w.conn.QueryRowContext(context.Background(), "SELECT rev FROM entries WHERE value IS NULL ORDER BY rev LIMIT 1 OFFSET ?", maxRemoved/2).Scan(&to)
	if err == nil {
		err = w.transaction(func() error {
			if err := w.exec("DELETE FROM entries WHERE value IS NULL AND rev <= ?", to); err != nil {
				return err
			}
			return w.exec("UPDATE meta SET value = ? WHERE name = 'forgotten'", to)
		})
	}
	if err == nil {
		w.forgotten.Store(to)
	}
	_ = w.conn.QueryRowContext(context.Background(), "SELECT count(*) FROM entries WHERE value IS NULL").Scan(&w.removed)
}

func (w *writer) close() error {
	return errors.Join(w.find.Close(), w.put.Close(), w.conn.Close(), w.db.Close())
}
