package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"botd/engine/durable"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	for _, content := range []string{"first, and longer", "second", ""} {
		if err := durable.Replace(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != content {
			t.Errorf("%q, %v; want %q", b, err, content)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	alone(t, path)
}

// What cannot be put in its place leaves what was there, and nothing beside it.
func TestReplaceFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.MkdirAll(filepath.Join(path, "in it"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("text"), 0o600); err == nil {
		t.Error("a folder was replaced")
	}
	if _, err := os.Stat(filepath.Join(path, "in it")); err != nil {
		t.Error(err)
	}
	alone(t, path)
	if err := durable.Replace(filepath.Join(path, "no", "folder"), nil, 0o600); err == nil {
		t.Error("written into a folder that is not there")
	}
}

// alone fails if there is anything beside the file.
func alone(t *testing.T, path string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
