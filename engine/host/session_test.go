package host

import (
	"bytes"
	"path/filepath"
	"testing"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/store"
)

func TestSessionKeep(t *testing.T) {
	h := &Host{Storage: &Storage{store: store.NewMemory(engine.SystemClock{})}}
	defer h.store.Close()
	a, b := h.sessionKeep("a"), h.sessionKeep("b")
	load := func(k engine.Keep, want []byte) {
		t.Helper()
		got, err := k.Load(t.Context(), "seen")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("Load = %q, %v; want %q", got, err, want)
		}
	}
	load(a, nil)
	for _, v := range [][]byte{[]byte("one"), []byte("two"), nil} {
		if err := a.Save(t.Context(), "seen", v); err != nil {
			t.Fatal(err)
		}
		load(h.sessionKeep("a"), v)
		load(b, nil)
	}
	if err := a.Save(t.Context(), "seen", make([]byte, maxKept+1)); engine.CodeOf(err) != engine.Quota {
		t.Errorf("a value that is too large: %v", err)
	}
}

func TestSessionDir(t *testing.T) {
	h := &Host{opt: Options{Config: &config.Config{DataDir: "data"}}}
	for _, name := range []engine.SessionID{"hc", "..", "."} {
		dir := h.sessionDir(name)
		if in, err := filepath.Rel(filepath.Join("data", "files"), dir); err != nil || filepath.Dir(in) != "." || in == "." || in == ".." {
			t.Errorf("the folder of session %q is %q", name, dir)
		}
	}
}
