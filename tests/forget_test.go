package tests

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"botd/engine"
	"botd/engine/chatlog"
)

// TestForgetModeration: who is forgotten is in no case any more, can be undone nothing, and
// begins anew, in the running bot and after a restart.
func TestForgetModeration(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{"config.yaml": withModeration(kind), "scripts/mod.lua": moderation}
			d := startIn(t, t.TempDir(), files)
			mia := d.join("lobby", "mia")
			eve := d.joinAs("lobby", engine.User{Name: "eve", Role: engine.Member, Account: "acc"})
			const warned = "please ask before you post links | pong to eve"
			eve.expect("!ping evil.com", warned)
			eve.expect("!ping evil.com", "")
			gone, err := d.host.Forget(t.Context(), chatlog.Query{User: "eve"})
			if err != nil || gone.Lines == 0 || gone.Cases != 2 || gone.Facts != 1 {
				t.Errorf("forgot %+v, %v", gone, err)
			}
			if files := holding(t, d.dir, "evil.com"); len(files) > 0 {
				t.Errorf("what was said is in %v", files)
			}
			const cases = "2 (forgotten) delete delete done, 1 (forgotten) warn warn done"
			mia.expect("!cases", cases)
			mia.expect("!undo 2", "conflict")
			eve.expect("!ping evil.com", warned)
			if _, err := d.host.Forget(t.Context(), chatlog.Query{Limit: 1}); engine.CodeOf(err) != engine.Invalid {
				t.Errorf("forget everything: %v", err)
			}
			if f := d.fault(); f != "" {
				t.Error(f)
			}
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			d.join("lobby", "mia").expect("!cases", "3 eve warn warn done, "+cases)
		})
	}
}

// holding lists the files of a bot's data that have a text in them.
func holding(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
