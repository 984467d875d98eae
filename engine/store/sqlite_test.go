package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/store"
)

func open(t testing.TB, file string) *store.SQLite {
	t.Helper()
	s, err := store.Open(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReopen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "botd.db")
	s := open(t, file)
	if _, err := store.Open(t.Context(), file, nil); engine.CodeOf(err) != engine.Conflict || !strings.Contains(err.Error(), "another botd") {
		t.Errorf("opened twice: %v", err)
	}
	put, err := store.Commit(t.Context(), s, store.Put("s", "a", []byte("1")), store.Put("s", "b", nil))
	if err != nil {
		t.Fatal(err)
	}
	last, err := store.Commit(t.Context(), s, store.Delete("s", "b"))
	if err != nil || last[0].Revision != 0 {
		t.Fatal(last, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, file)
	defer s.Close()
	if got, err := s.Get(t.Context(), "s", "a"); err != nil || string(got.Value) != "1" || got.Revision != put[0].Revision {
		t.Errorf("after opening again: %+v, %v", got, err)
	}
	if u, err := s.Usage(t.Context(), "s"); err != nil || u != (store.Usage{Keys: 1, Bytes: 2}) {
		t.Errorf("usage %+v, %v", u, err)
	}
	again, err := store.Commit(t.Context(), s, store.Put("s", "b", nil))
	if err != nil || again[0].Revision <= put[1].Revision+1 {
		t.Errorf("revision %+v, %v after a removal with one above %d", again, err, put[1].Revision)
	}
}

// After it has been scrubbed nothing of what was removed or written over is in any file.
func TestScrub(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "botd.db")
	s := open(t, file)
	defer s.Close()
	ops := []store.Op{store.Put("s", "key-secret", []byte("1"))}
	for i := range 50 { // some in pages of their own
		ops = append(ops, store.Put("s", strings.Repeat("k", i+1), bytes.Repeat([]byte("secret "), 1+100*i)))
	}
	if _, err := store.Commit(t.Context(), s, ops...); err != nil {
		t.Fatal(err)
	}
	for i := range ops {
		ops[i] = store.Put("s", strings.Repeat("k", i), []byte("plain"))
	}
	ops[0] = store.Delete("s", "key-secret")
	if _, err := store.Commit(t.Context(), s, ops...); err != nil {
		t.Fatal(err)
	}
	if holding(t, dir, "secret") == 0 {
		t.Error("nothing has to be scrubbed")
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, dir, "secret"); n != 0 {
		t.Errorf("%d files still have it", n)
	}
	if holding(t, dir, "plain") == 0 {
		t.Error("what is there is in no file")
	}
}

// What was removed and forgotten is nothing that a watch may miss, also not after a restart.
func TestForgottenOverRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "botd.db")
	s := open(t, file)
	put, err := store.Commit(t.Context(), s, store.Put("s", "stays", nil), store.Put("s", "goes", nil), store.Put("empty", "goes", nil))
	if err == nil {
		_, err = store.Commit(t.Context(), s, store.Delete("s", "goes"), store.Delete("empty", "goes"))
	}
	if err = errors.Join(err, s.Scrub(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, file)
	defer s.Close()
	for _, space := range []string{"s", "empty"} {
		if page, err := s.Changes(t.Context(), space, "", put[2].Revision, 0); engine.CodeOf(err) != engine.Conflict {
			t.Errorf("%s: %+v, %v", space, page, err)
		}
	}
}

// holding counts the files in a folder that have a text in them.
func holding(t *testing.T, dir, text string) (n int) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			n++
		}
	}
	return n
}

// A file that cannot be used is left as it is.
func TestUnusableFiles(t *testing.T) {
	good := filepath.Join(t.TempDir(), "botd.db")
	s := open(t, good)
	for i := range 200 {
		if _, err := store.Commit(t.Context(), s, store.Put("s", strings.Repeat("k", i+1), make([]byte, 2000))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(t.TempDir(), "newer.db")
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	for file, text := range map[string]string{newer: "PRAGMA user_version = 99", foreign: "PRAGMA application_id = 7"} {
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", file)
		if err == nil {
			_, err = db.Exec(text)
			db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(file string) []byte {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	garbled := bytes.Clone(whole)
	for i := 8192; i < len(garbled)-4096; i++ {
		garbled[i] ^= 0x5a
	}
	for name, tc := range map[string]struct {
		content []byte
		code    engine.Code
		text    string
	}{
		"empty":           {nil, engine.Internal, "damaged (it is empty)"},
		"truncated":       {whole[:len(whole)/2], engine.Internal, "damaged"},
		"garbled":         {garbled, engine.Internal, "damaged"},
		"text":            {[]byte(strings.Repeat("no database\n", 1000)), engine.Internal, "damaged"},
		"newer":           {read(newer), engine.Invalid, "written by a newer botd"},
		"another program": {read(foreign), engine.Invalid, "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "botd.db")
			if err := os.WriteFile(file, tc.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.Open(t.Context(), file, nil)
			if engine.CodeOf(err) != tc.code || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("open: %v", err)
			}
			if !bytes.Equal(read(file), tc.content) {
				t.Error("the file was changed")
			}
			good := open(t, good)
			defer good.Close()
			if err := good.Restore(t.Context(), file); engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("restore: %v", err)
			}
			if u, err := good.Usage(t.Context(), "s"); err != nil || u.Keys != 200 {
				t.Errorf("after a refused restore: %+v, %v", u, err)
			}
		})
	}
}
