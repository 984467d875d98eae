package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	sqlite "modernc.org/sqlite"

	"botd/engine"
	"botd/engine/durable"
	"botd/engine/flock"
)

// appID marks a SQLite file as one of ours: "botd".
const appID = 0x626f7464

// migrations lead from one version of the schema to the next; their number is the
// version that this program writes.
var migrations = []string{
	// 1: the revision is the row's number, so that changes are read in their order.
	`CREATE TABLE entries (
		rev INTEGER PRIMARY KEY,
		space TEXT NOT NULL,
		key BLOB NOT NULL,
		value BLOB,               -- NULL: removed
		expires INTEGER NOT NULL, -- unix ms, 0: never
		UNIQUE (space, key)
	) STRICT;
	CREATE INDEX entries_expires ON entries (expires) WHERE expires <> 0;
	CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	INSERT INTO meta VALUES ('forgotten', 0); -- the newest removal that is not known any more`,

	// 2: a row stays where it is when its key is written again, which changes one page
	// instead of four.
	`ALTER TABLE entries RENAME TO entries_1;
	CREATE TABLE entries (
		id INTEGER PRIMARY KEY,
		space TEXT NOT NULL,
		key BLOB NOT NULL,
		value BLOB,               -- NULL: removed
		rev INTEGER NOT NULL,
		expires INTEGER NOT NULL, -- unix ms, 0: never
		UNIQUE (space, key)
	) STRICT;
	INSERT INTO entries (space, key, value, rev, expires) SELECT space, key, value, rev, expires FROM entries_1 ORDER BY rev;
	DROP TABLE entries_1;
	CREATE INDEX entries_removed ON entries (rev) WHERE value IS NULL;
	CREATE INDEX entries_expires ON entries (expires) WHERE expires <> 0;`,
}

// oldestSQLite is the first version whose write-ahead log cannot be damaged by
// checkpoints that meet writers.
const oldestSQLite = "3.51.3"

// dsn names a database file for the driver. Mode is rw, ro or rwc.
func dsn(file, mode string, pragmas ...string) string {
	v := url.Values{"mode": {mode}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file}).String() + "?" + v.Encode()
}

// claim keeps other processes from a database file until it is closed.
func claim(file string) (*os.File, error) {
	f, err := os.OpenFile(file+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain("open", file, err)
	}
	free, err := flock.Try(f)
	if err == nil && !free {
		err = engine.Errorf(engine.Conflict, "the store %s is in use by another botd; stop it first, or give this one a data_dir of its own", file)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// create makes an empty database, under another name until it is whole. So an existing
// file that is empty is always damaged.
func create(file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		return damaged(file, "it is gone, and what was written last to it is still there as "+filepath.Base(file)+"-wal")
	}
	fresh := file + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	c, err := connect(dsn(fresh, "rwc", "synchronous(FULL)"))
	if err != nil {
		return err
	}
	err = c.exec(fmt.Sprintf("PRAGMA application_id = %d", appID))
	if err == nil {
		err = migrate(c, fresh)
	}
	if err = errors.Join(err, c.close()); err != nil {
		os.Remove(fresh)
		return err
	}
	if err := os.Chmod(fresh, 0o600); err != nil {
		return err
	}
	if err := os.Rename(fresh, file); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(file))
}

// inspect proves, without writing, that a file is a sound database of ours and returns
// the version of its schema.
func inspect(ctx context.Context, file string) (int, error) {
	fi, err := os.Stat(file)
	if err != nil {
		return 0, explain("open", file, err)
	}
	if fi.Size() == 0 {
		return 0, damaged(file, "it is empty")
	}
	db, err := sql.Open("sqlite", dsn(file, "ro"))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var version, id int
	var lib, sound string
	ask := func(text string, to any) {
		if err == nil {
			err = db.QueryRowContext(ctx, text).Scan(to)
		}
	}
	ask("SELECT sqlite_version()", &lib)
	ask("PRAGMA application_id", &id)
	ask("PRAGMA user_version", &version)
	ask("PRAGMA quick_check(1)", &sound)
	if err != nil {
		return 0, explain("open", file, err)
	}
	switch {
	case id != appID:
		return 0, engine.Errorf(engine.Invalid, "%s is the database of another program", file)
	case older(lib, oldestSQLite):
		return 0, engine.Errorf(engine.Unsupported, "this botd was built with SQLite %s, which may damage its files; it needs %s", lib, oldestSQLite)
	case version > len(migrations):
		return 0, engine.Errorf(engine.Invalid, "%s was written by a newer botd: its schema has version %d, this botd knows up to %d; install that botd again, or restore a backup made before", file, version, len(migrations))
	case sound != "ok":
		return 0, damaged(file, sound)
	}
	return version, nil
}

// settle is inspect, after it has taken back what was cut off before the file had its
// write-ahead log: only who may write can do that. Files that are not ours are left alone.
func settle(ctx context.Context, file string) error {
	_, err := inspect(ctx, file)
	var se *sqlite.Error
	if !errors.As(err, &se) || se.Code() != sqliteReadonlyRollback || !marked(file) {
		return err
	}
	c, err := connect(dsn(file, "rw"))
	if err != nil {
		return err
	}
	_, err = c.number("PRAGMA user_version") // whatever reads takes it back first
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	_, err = inspect(ctx, file)
	return err
}

// marked reports whether the header of a file has our mark, at the place where the format of
// SQLite has it.
func marked(file string) bool {
	const at = 68
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	var b [4]byte
	_, err = f.ReadAt(b[:], at)
	return err == nil && binary.BigEndian.Uint32(b[:]) == appID
}

func damaged(file, how string) error {
	return engine.Errorf(engine.Internal, "the store %s is damaged (%s); nothing was changed. Put a backup in its place, or move the file away to begin with an empty store", file, how)
}

// migrate brings the schema to the newest version, each step whole or not at all.
func migrate(c *conn, file string) error {
	version, err := c.number("PRAGMA user_version")
	for ; err == nil && int(version) < len(migrations); version++ {
		err = c.exec("BEGIN IMMEDIATE;" + migrations[version] + "\n;PRAGMA user_version = " + strconv.FormatInt(version+1, 10) + ";COMMIT")
		if err != nil {
			_ = c.exec("ROLLBACK") // there may be nothing to roll back
		}
	}
	return explain("migrate", file, err)
}

func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range b {
		if i >= len(a) {
			return true
		}
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// Primary result codes of SQLite.
const (
	sqliteReadonly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNotADB   = 26

	sqliteReadonlyRollback = sqliteReadonly | 3<<8 // extended: a journal is to be rolled back
)

// sqliteIOErrSync is the extended code of a sync that failed.
const sqliteIOErrSync = sqliteIOErr | 4<<8

// explain gives an error of the database a code and says what to do about it.
func explain(op, file string, err error) error {
	var e *engine.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	var se *sqlite.Error
	code := 0
	if errors.As(err, &se) {
		code = se.Code() & 0xff
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrConnDone), strings.Contains(err.Error(), "database is closed"):
		return errClosed
	case code == sqliteFull:
		return engine.Errorf(engine.Quota, "%s %s: %s: %w", op, file, diskFull, err)
	case code == sqliteReadonly, code == sqliteCantOpen, errors.Is(err, fs.ErrPermission):
		return engine.Errorf(engine.Denied, "%s %s: the file or its folder cannot be written: %w", op, file, err)
	case code == sqliteCorrupt, code == sqliteNotADB:
		return damaged(file, err.Error())
	case code == sqliteIOErr:
		if se.Code() != sqliteIOErrSync { // else something may have been written
			if full := noRoom(op, file); full != nil {
				return full
			}
		}
		return engine.Errorf(engine.Timeout, "%s %s: the disk reports an error, and it is not known what was written: %w", op, file, err)
	}
	return engine.Errorf(engine.Internal, "%s %s: %w", op, file, err)
}
