package store

import (
	"context"
	"database/sql/driver"

	"botd/engine"
)

func (s *SQLite) Scrub(context.Context) error { return s.alone(s.w.scrub) }

// scrub writes the file anew, which leaves out free pages and what is free in others, and
// empties the write-ahead log, which has older states of pages.
func (w *writer) scrub() error {
	err := w.transaction(func() error {
		if err := w.conn.exec("DELETE FROM entries WHERE value IS NULL"); err != nil {
			return err
		}
		return w.conn.exec("UPDATE meta SET value = ? WHERE name = 'forgotten'", int64(w.rev))
	})
	if err != nil {
		return err
	}
	w.cache.clear() // of rows that are gone
	w.forgotten.Store(w.rev)
	w.removed = 0
	if err := w.conn.exec("VACUUM"); err != nil {
		return explain("scrub", w.s.file, err)
	}
	return explain("scrub", w.s.file, w.emptyLog())
}

// emptyLog brings the write-ahead log into the file and cuts it to nothing. It waits for
// reads under way.
func (w *writer) emptyLog() error {
	s, err := w.conn.prepare("PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return err
	}
	defer s.close()
	var busy [3]driver.Value // and two sizes
	_, err = s.row(busy[:])
	if err == nil && busy[0] != int64(0) {
		err = engine.Errorf(engine.Timeout, "the store is being read; try again")
	}
	return err
}

// Scrub has nothing to do: there are no files.
func (m *Memory) Scrub(ctx context.Context) error {
	err := m.open(ctx)
	if err == nil {
		m.mu.Unlock()
	}
	return err
}
