package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"botd/engine"
	"botd/engine/store"
)

// old copies a database that was written by the botd of an older schema. It holds what
// checkOld expects.
func old(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "botd.db")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var oldEntries = []store.Entry{
	{Space: "kv/karma", Key: "ann", Value: []byte("5"), Revision: 1},
	{Space: "kv/karma", Key: "\xff\x00", Value: []byte(`{"$bytes":"/wA="}`), Revision: 2},
	{Space: "shared", Key: "empty", Value: []byte{}, Revision: 4},
	{Space: "kv/karma", Key: "soon", Value: []byte("true"), Revision: 6},
	{Space: "kv/karma", Key: "bob", Value: []byte(`"last"`), Revision: 7},
}

func checkOld(t *testing.T, s store.Store) {
	t.Helper()
	for _, want := range oldEntries {
		got, err := s.Get(t.Context(), want.Space, want.Key)
		if err != nil || !bytes.Equal(got.Value, want.Value) || got.Expires.IsZero() != (want.Key != "soon") {
			t.Errorf("%q: %+v, %v", want.Key, got, err)
		}
	}
	if u, err := s.Usage(t.Context(), "kv/karma"); err != nil || u != (store.Usage{Keys: 4, Bytes: 12 + 28}) {
		t.Errorf("usage %+v, %v", u, err)
	}
	if _, err := s.Get(t.Context(), "shared", "gone"); engine.CodeOf(err) != engine.NotFound {
		t.Errorf("removed long ago: %v", err)
	}
}

// A store of each older schema is opened, kept, and written on.
func TestMigrate(t *testing.T) {
	file := old(t, "schema1.db")
	for range 2 { // the second time there is nothing to do
		s := open(t, file)
		checkOld(t, s)
		for _, want := range oldEntries {
			if got, err := s.Get(t.Context(), want.Space, want.Key); err != nil || got.Revision != want.Revision {
				t.Errorf("revision of %q: %d, %v; want %d", want.Key, got.Revision, err, want.Revision)
			}
		}
		removed, err := s.Changes(t.Context(), "shared", "", 4, 0)
		if err != nil || len(removed) != 1 || removed[0].Key != "gone" || !removed[0].Gone {
			t.Errorf("removals: %+v, %v", removed, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, file)
	defer s.Close()
	put, err := store.Commit(t.Context(), s, store.Put("kv/karma", "ann", []byte("6")).If(1), store.Put("kv/karma", "new", nil))
	if err != nil || put[0].Revision != 8 || put[1].Revision != 9 {
		t.Errorf("written on: %+v, %v", put, err)
	}
}

// A backup of an older schema is restored, and left as it is.
func TestRestoreOlder(t *testing.T) {
	file := old(t, "schema1.db")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(t.TempDir(), "botd.db"))
	defer s.Close()
	if err := s.Restore(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	checkOld(t, s)
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed: %v", err)
	}
}
