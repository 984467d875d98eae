package store_test

import (
	"bytes"
	"database/sql"
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
