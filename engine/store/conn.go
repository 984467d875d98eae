package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	sqlite "modernc.org/sqlite"
)

// conn is a connection to a database without the pool of database/sql, whose locks and
// conversions cost more than the statements of a small write. One goroutine at a time may use it.
type conn struct{ c driver.Conn }

// The driver's connections and statements have these methods; what is not there shows
// when the store is opened.
type (
	driverConn interface {
		driver.ConnPrepareContext
		driver.ExecerContext
	}
	driverStmt interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

func connect(dsn string) (*conn, error) {
	c, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	if _, ok := c.(driverConn); !ok {
		return nil, errors.Join(errors.New("the SQLite driver has changed"), c.Close())
	}
	return &conn{c}, nil
}

// exec runs one or more statements.
func (c *conn) exec(text string, args ...driver.Value) error {
	_, err := c.c.(driverConn).ExecContext(context.Background(), text, named(nil, args))
	return err
}

// number reads a single one, 0 if there is none.
func (c *conn) number(text string) (n int64, err error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	defer s.close()
	var to [1]driver.Value
	_, err = s.row(to[:])
	n, _ = to[0].(int64)
	return n, err
}

func (c *conn) close() error { return c.c.Close() }

// statement is prepared once.
type statement struct {
	s    driver.Stmt
	args []driver.NamedValue // of the last execution, for the next
}

func (c *conn) prepare(text string) (*statement, error) {
	s, err := c.c.(driverConn).PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if _, ok := s.(driverStmt); !ok {
		return nil, errors.Join(errors.New("the SQLite driver has changed"), s.Close())
	}
	return &statement{s: s}, nil
}

// exec runs the statement; it returns the id of the row that was inserted, if one was, and
// how many rows were changed.
func (s *statement) exec(args ...driver.Value) (id, rows int64, err error) {
	s.args = named(s.args[:0], args)
	r, err := s.s.(driverStmt).ExecContext(context.Background(), s.args)
	if err != nil {
		return 0, 0, err
	}
	id, err = r.LastInsertId()
	if err == nil {
		rows, err = r.RowsAffected()
	}
	return id, rows, err
}

// row reads the first row into to; false if there is none.
func (s *statement) row(to []driver.Value, args ...driver.Value) (found bool, err error) {
	s.args = named(s.args[:0], args)
	rows, err := s.s.(driverStmt).QueryContext(context.Background(), s.args)
	if err != nil {
		return false, err
	}
	err = rows.Next(to)
	if errors.Is(err, io.EOF) {
		return false, rows.Close()
	}
	return err == nil, errors.Join(err, rows.Close())
}

func (s *statement) close() error { return s.s.Close() }

func named(to []driver.NamedValue, args []driver.Value) []driver.NamedValue {
	for i, a := range args {
		to = append(to, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return to
}
