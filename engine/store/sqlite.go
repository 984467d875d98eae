package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"botd/engine"
)

// readers is how many reads run at once.
const readers = 4

// SQLite is a store in one file, which ordinary tools can open. One goroutine writes;
// what is submitted while it waits for the disk shares the next sync.
type SQLite struct {
	file  string
	clock engine.Clock
	lock  *os.File
	read  *sql.DB
	w     writer
	bell  bell
	// newest has the revision of the last commit in each space, so that those who watch
	// one need not look because of another. What is not in it has none after what is forgotten.
	newest sync.Map      // of uint64 by name
	ended  chan struct{} // closed once the writer has

	mu     sync.Mutex // guards queue and closed
	queue  []request
	wake   chan struct{} // capacity 1
	closed bool
}

var _ Store = (*SQLite)(nil)

// request is work for the writer: a batch, or any other function.
type request struct {
	batch Batch
	done  func(Result)
	run   func() error // instead of batch
}

// Open opens the store in a file, or makes it. It fails if another process has it, if
// it was written by a newer version of botd, or if it is damaged, without having changed
// anything. A nil clock is the system's. The caller must close the store.
func Open(ctx context.Context, file string, clock engine.Clock) (*SQLite, error) {
	if clock == nil {
		clock = engine.SystemClock{}
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	lock, err := claim(file)
	if err != nil {
		return nil, err
	}
	s := &SQLite{file: file, clock: clock, lock: lock, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		lock.Close()
		return nil, explain("open", file, err)
	}
	go s.serve()
	s.w.alarm.set(s.w.nextExpiry())
	return s, nil
}

func (s *SQLite) open(ctx context.Context) error {
	if err := create(s.file); err != nil {
		return err
	}
	if err := settle(ctx, s.file); err != nil {
		return err
	}
	// The log is copied into the file once it has 16 MB instead of 4, so that keys that are
	// written often are copied less often.
	c, err := connect(dsn(s.file, "rw", "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "wal_autocheckpoint(4000)", "cache_size(-8000)"))
	if err != nil {
		return err
	}
	if err := migrate(c, s.file); err != nil {
		return errors.Join(err, c.close())
	}
	if s.read, err = sql.Open("sqlite", dsn(s.file, "rw", "query_only(1)", "busy_timeout(5000)")); err != nil {
		return errors.Join(err, c.close())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if err := s.w.init(ctx, s, c); err != nil {
		return errors.Join(err, s.read.Close(), c.close())
	}
	return nil
}

func (s *SQLite) Submit(b Batch, done func(Result)) {
	if !s.enqueue(request{batch: b, done: done}) {
		done(Result{Err: errClosed})
	}
}

func (s *SQLite) enqueue(r request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.queue = append(s.queue, r)
	s.poke()
	return true
}

func (s *SQLite) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// maxGroup bounds how many batches share a transaction, and so how long one waits.
const maxGroup = 512

// serve is the writer's goroutine. It ends when the store is closed and the queue empty.
func (s *SQLite) serve() {
	defer close(s.ended)
	for range s.wake {
		for {
			s.mu.Lock()
			n := min(len(s.queue), maxGroup)
			group := s.queue[:n:n]
			s.queue = s.queue[n:]
			over := s.closed
			s.mu.Unlock()
			if n == 0 {
				if over {
					return
				}
				break
			}
			s.w.group(group)
		}
	}
}

// alone has the writer run f between two commits, and waits.
func (s *SQLite) alone(f func() error) error {
	got := make(chan error, 1)
	if !s.enqueue(request{run: f, done: func(r Result) { got <- r.Err }}) {
		return errClosed
	}
	return <-got
}

// columns are what scanRow reads. An empty value scans like none.
const columns = "id, space, key, value, rev, expires, value IS NULL"

type scanner interface{ Scan(to ...any) error }

func scanRow(from scanner) (*row, error) {
	var r row
	var key []byte
	if err := from.Scan(&r.id, &r.space, &key, &r.value, &r.rev, &r.expires, &r.gone); err != nil {
		return nil, err
	}
	r.key = string(key)
	if !r.gone && r.value == nil {
		r.value = []byte{}
	}
	return &r, nil
}

func (s *SQLite) Get(ctx context.Context, space, key string) (Entry, error) {
	r, err := scanRow(s.read.QueryRowContext(ctx, "SELECT "+columns+" FROM entries WHERE space = ? AND key = ?", space, []byte(key)))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !r.live(s.clock.Now()) {
		return Entry{}, errAbsent(key)
	}
	if err != nil {
		return Entry{}, explain("read", s.file, err)
	}
	return r.entry(), nil
}

func (s *SQLite) List(ctx context.Context, q Query) ([]Entry, error) {
	low, high, order := []byte(q.Prefix), []byte(after(q.Prefix)), "ASC"
	text := "SELECT " + columns + " FROM entries WHERE space = ? AND key >= ?"
	args := []any{q.Space, low}
	if len(high) > 0 {
		text += " AND key < ?"
		args = append(args, high)
	}
	if q.Desc {
		order = "DESC"
	}
	if q.After != "" {
		text += map[bool]string{false: " AND key > ?", true: " AND key < ?"}[q.Desc]
		args = append(args, []byte(q.After))
	}
	text += " AND value IS NOT NULL AND (expires = 0 OR expires > ?) ORDER BY key " + order + " LIMIT ?"
	args = append(args, s.clock.Now().UnixMilli(), limit(q.Limit))
	rows, err := s.rows(ctx, q.Bytes, text, args...)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, r := range rows {
		out = append(out, r.entry())
	}
	return out, nil
}

func (s *SQLite) Changes(ctx context.Context, space, prefix string, from uint64, n int) ([]Change, error) {
	known := s.w.forgotten.Load()
	newest, ok := s.newest.Load(space)
	if ok && newest.(uint64) <= from || !ok && known <= from {
		return nil, nil
	}
	text := "SELECT " + columns + " FROM entries WHERE rev > ? AND space = ? AND key >= ?"
	args := []any{from, space, []byte(prefix)}
	if high := after(prefix); high != "" {
		text += " AND key < ?"
		args = append(args, []byte(high))
	}
	if from == 0 {
		text += " AND value IS NOT NULL"
	} else if from < known {
		return nil, engine.Errorf(engine.Conflict, "the removals after revision %d are not all known any more, only those after %d; begin again at 0", from, known)
	}
	rows, err := s.rows(ctx, 0, text+" ORDER BY rev LIMIT ?", append(args, limit(n))...)
	if err != nil {
		return nil, err
	}
	var out []Change
	for _, r := range rows {
		out = append(out, r.change())
	}
	return out, nil
}

func (s *SQLite) rows(ctx context.Context, maxBytes int, text string, args ...any) ([]*row, error) {
	found, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, explain("read", s.file, err)
	}
	defer found.Close()
	var out []*row
	size := 0
	for found.Next() {
		r, err := scanRow(found)
		if err != nil {
			return nil, explain("read", s.file, err)
		}
		out = append(out, r)
		if size += len(r.key) + len(r.value); maxBytes > 0 && size > maxBytes {
			break
		}
	}
	return out, explain("read", s.file, found.Err())
}

// number reads a single one.
func (s *SQLite) number(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, text, args...).Scan(&n)
	return n, err
}

func (s *SQLite) Usage(ctx context.Context, space string) (u Usage, err error) {
	err = s.alone(func() error { u = s.w.used[space]; return nil })
	return u, err
}

func (s *SQLite) Spaces(ctx context.Context) ([]string, error) {
	found, err := s.read.QueryContext(ctx, "SELECT DISTINCT space FROM entries WHERE value IS NOT NULL AND (expires = 0 OR expires > ?) ORDER BY space", s.clock.Now().UnixMilli())
	if err != nil {
		return nil, explain("read", s.file, err)
	}
	defer found.Close()
	var out []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return nil, explain("read", s.file, err)
		}
		out = append(out, name)
	}
	return out, explain("read", s.file, found.Err())
}

func (s *SQLite) Changed() <-chan struct{} { return s.bell.wait() }

// Close is called once.
func (s *SQLite) Close() error {
	s.mu.Lock()
	s.closed = true
	s.poke()
	s.mu.Unlock()
	<-s.ended
	s.w.alarm.stop()
	s.bell.ring()
	return errors.Join(s.read.Close(), s.w.close(), s.lock.Close())
}
