package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"botd/engine/store"
)

// A store of an older schema is brought to the newest, once, and written on. A backup of the
// older one is restored, and left as it is.
func TestMigrate(t *testing.T) {
	file, backup := filepath.Join(t.TempDir(), "botd.db"), filepath.Join(t.TempDir(), "backup")
	s := open(t, file)
	put, err := store.Commit(t.Context(), s, store.Put("kv/karma", "ann", []byte("5")))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	store.AddMigration(t, "UPDATE entries SET value = CAST(value || 'x' AS BLOB)")
	for range 2 { // the second time there is nothing to do
		s = open(t, file)
		if got, err := s.Get(t.Context(), "kv/karma", "ann"); err != nil || string(got.Value) != "5x" || got.Revision != put[0].Revision {
			t.Errorf("%+v, %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, file)
	defer s.Close()
	if _, err := store.Commit(t.Context(), s, store.Delete("kv/karma", "ann").If(put[0].Revision)); err != nil {
		t.Errorf("written on: %v", err)
	}
	if err := s.Restore(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "kv/karma", "ann"); err != nil || string(got.Value) != "5x" {
		t.Errorf("restored %+v, %v", got, err)
	}
	if after, err := os.ReadFile(backup); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed: %v", err)
	}
}
