package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"botd/engine"
	"botd/engine/durable"
)

// Verify looks whether a file is a store of ours and whole, without changing it; a daemon
// may use it meanwhile.
func Verify(ctx context.Context, file string) error {
	_, err := inspect(ctx, file)
	return err
}

// Backup writes a database with everything in it, which is whole and checked before it
// gets its name. It refuses to replace a file.
func (s *SQLite) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return engine.Errorf(engine.Invalid, "%s exists already", file)
	}
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain("backup", file, err)
	}
	if err := s.copyTo(ctx, part); err != nil {
		os.Remove(part)
		return err
	}
	if err := os.Rename(part, file); err != nil {
		return explain("backup", file, err)
	}
	return durable.SyncDir(filepath.Dir(file))
}

func (s *SQLite) copyTo(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(s.file, "rw", "busy_timeout(5000)"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", file); err != nil {
		return explain("backup", file, err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return err
	}
	if _, err := inspect(ctx, file); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore writes all entries of the file as newer ones, and the removal of those it
// lacks, so that revisions grow and those who watch see what happened.
func (s *SQLite) Restore(ctx context.Context, file string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	version, err := inspect(ctx, file)
	if err != nil {
		return &engine.Error{Code: engine.Invalid, Op: "restore", Msg: engine.AsError(err).Msg, Err: err}
	}
	if version != len(migrations) {
		if file, err = migratedCopy(file); err != nil {
			return err
		}
		defer os.Remove(file)
	}
	return s.alone(func() error { return s.w.restore(file) })
}

// migratedCopy is a copy of an older backup in today's schema.
func migratedCopy(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "botd-restore-*.db")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	c, err := connect(dsn(f.Name(), "rw"))
	if err != nil {
		return "", err
	}
	return f.Name(), errors.Join(migrate(c, f.Name()), c.close())
}

func (w *writer) restore(file string) error {
	if err := w.conn.exec("ATTACH DATABASE ? AS old", dsn(file, "ro")); err != nil {
		return explain("restore", file, err)
	}
	defer func() { _ = w.conn.exec("DETACH DATABASE old") }() // fails only with the connection
	err := w.transaction(func() error {
		if err := w.conn.exec("CREATE TEMP TABLE present AS SELECT space, key FROM entries WHERE value IS NOT NULL"); err != nil {
			return err
		}
		defer func() { _ = w.conn.exec("DROP TABLE temp.present") }() // it ends with the connection
		if err := w.conn.exec("DELETE FROM main.entries"); err != nil {
			return err
		}
		if err := w.conn.exec(`INSERT INTO main.entries (rev, space, key, value, expires)
			SELECT ? + row_number() OVER (ORDER BY value IS NOT NULL, rev), space, key, value, expires FROM (
				SELECT rev, space, key, value, expires FROM old.entries WHERE value IS NOT NULL
				UNION ALL SELECT 0, space, key, NULL, 0 FROM temp.present p
				WHERE NOT EXISTS (SELECT 1 FROM old.entries o WHERE o.space = p.space AND o.key = p.key AND o.value IS NOT NULL))`, int64(w.rev)); err != nil {
			return err
		}
		return w.conn.exec("UPDATE main.meta SET value = ? WHERE name = 'forgotten'", int64(w.rev))
	})
	if err != nil {
		return err
	}
	if err := w.load(context.Background()); err != nil {
		return explain("restore", w.s.file, err)
	}
	w.alarm.set(w.nextExpiry())
	w.s.bell.ring()
	return nil
}
