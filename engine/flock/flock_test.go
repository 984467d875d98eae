package flock_test

import (
	"os"
	"path/filepath"
	"testing"

	"botd/engine/flock"
)

func TestTry(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	for i, step := range []struct {
		f    *os.File
		want bool
	}{{first, true}, {second, false}, {open(), false}} {
		if got, err := flock.Try(step.f); err != nil || got != step.want {
			t.Errorf("step %d: %t, %v", i, got, err)
		}
	}
	if _, err := first.WriteString("1234"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "1234" {
		t.Errorf("what is in the file: %q, %v", b, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := flock.Try(second); err != nil || !got {
		t.Errorf("after the first has closed it: %t, %v", got, err)
	}
}
