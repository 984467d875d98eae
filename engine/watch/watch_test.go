package watch_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"botd/engine/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is when a test gives up on the system. Nothing waits for it to pass.
const deadline = 30 * time.Second

func isLua(path string) bool { return strings.HasSuffix(path, ".lua") }

// watched is a running watcher on real files with the system's events.
type watched struct {
	t       testing.TB
	dir     string
	changes chan []watch.Change
}

// start watches the paths below a new folder, which setup fills first.
func start(t testing.TB, setup func(dir string), paths ...string) *watched {
	t.Helper()
	w := &watched{t: t, dir: t.TempDir(), changes: make(chan []watch.Change, 100)}
	setup(w.dir)
	for i := range paths {
		paths[i] = filepath.Join(w.dir, paths[i])
	}
	// Without rescans nothing but events can bring a change in time.
	opts := watch.Options{Paths: paths, Match: isLua, Rescan: time.Hour, Poll: time.Hour}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		watch.New(opts).Run(ctx, func(c []watch.Change) { w.changes <- c })
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	return w
}

func (w *watched) path(name string) string { return filepath.Join(w.dir, name) }

// next returns the next report as "op name content".
func (w *watched) next() string {
	w.t.Helper()
	select {
	case c := <-w.changes:
		return w.show(c)
	case <-time.After(deadline):
		w.t.Fatal("no report")
		return ""
	}
}

func (w *watched) expect(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(strings.Join(want, "\n"), w.next()); d != "" {
		w.t.Errorf("-want +got\n%s", d)
	}
}

// until collects reports up to one that holds want and returns all of them.
func (w *watched) until(want string) string {
	w.t.Helper()
	var all []string
	for {
		got := w.next()
		all = append(all, got)
		if strings.Contains(got, want) {
			return strings.Join(all, "\n")
		}
	}
}

// contents by hash; the tests write no others.
var contents = func() map[string]string {
	m := make(map[string]string)
	for _, text := range []string{"", "one", "two", "three", "twothree", "sentinel"} {
		m[hash(text)] = text
	}
	return m
}()

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (w *watched) show(changes []watch.Change) string {
	lines := make([]string, len(changes))
	for i, c := range changes {
		text, ok := contents[c.Hash]
		if !ok {
			text = "?" + c.Hash
		}
		name, err := filepath.Rel(w.dir, c.Path)
		must(w.t, err)
		lines[i] = string(c.Op) + " " + name + " " + text
	}
	return strings.Join(lines, "\n")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write truncates and writes, as WriteFile does.
func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// put makes the content appear in one step. Between the two of write a busy machine may
// pause for so long that a truncated file is rightly reported.
func put(t testing.TB, path, text string) {
	t.Helper()
	tmp := filepath.Join(filepath.Dir(path), ".put")
	write(t, tmp, text)
	must(t, os.Rename(tmp, path))
}

// Each way editors and tools replace the content "one" of a.lua by "two" is one change.
func TestWaysOfSaving(t *testing.T) {
	ways := map[string]func(t *testing.T, path string){
		"truncate and write": func(t *testing.T, path string) { write(t, path, "two") },
		"rename over": func(t *testing.T, path string) {
			write(t, path+".tmp", "two")
			must(t, os.Rename(path+".tmp", path))
		},
		"rename a matching file over": func(t *testing.T, path string) {
			tmp := filepath.Join(filepath.Dir(path), ".a.lua")
			write(t, tmp, "two")
			must(t, os.Rename(tmp, path))
		},
		"back up, then write": func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"~"))
			write(t, path, "two")
		},
		"delete, then create": func(t *testing.T, path string) {
			must(t, os.Remove(path))
			write(t, path, "two")
		},
		"in place without truncation": func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteString("two")
			must(t, err)
			must(t, f.Close())
		},
		"in pieces": func(t *testing.T, path string) {
			f, err := os.Create(path)
			must(t, err)
			for _, piece := range []string{"t", "w", "o"} {
				_, err = f.WriteString(piece)
				must(t, err)
				must(t, f.Sync())
			}
			must(t, f.Close())
		},
		"with the old times": func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			write(t, path, "two")
			must(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
		},
		"many times": func(t *testing.T, path string) {
			for range 50 {
				write(t, path, "three")
			}
			write(t, path, "two")
		},
		"as a link": func(t *testing.T, path string) {
			other := filepath.Join(t.TempDir(), "x.lua")
			write(t, other, "two")
			must(t, os.Remove(path))
			must(t, os.Symlink(other, path))
		},
		"as a hard link": func(t *testing.T, path string) {
			write(t, path+".new", "two")
			must(t, os.Remove(path))
			must(t, os.Link(path+".new", path))
		},
		"with its folder": func(t *testing.T, path string) {
			dir := filepath.Dir(path)
			write(t, filepath.Join(dir+".new", "a.lua"), "two")
			must(t, os.Rename(dir, dir+".old"))
			must(t, os.Rename(dir+".new", dir))
		},
	}
	for name, save := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(dir string) { write(t, dir+"/scripts/a.lua", "one") }, "scripts")
			w.expect("added scripts/a.lua one")
			save(t, w.path("scripts/a.lua"))
			// A slow machine may see a step in between, never a wrong end.
			all := w.until("scripts/a.lua two")
			if !strings.HasSuffix(all, "ed scripts/a.lua two") {
				t.Errorf("reports:\n%s", all)
			}
			write(t, w.path("scripts/a.lua"), "three") // it is still watched
			w.until("changed scripts/a.lua three")
		})
	}
}

func TestNoChange(t *testing.T) {
	ways := map[string]func(t *testing.T, path string){
		"touch":        func(t *testing.T, path string) { must(t, os.Chtimes(path, time.Now(), time.Now())) },
		"chmod":        func(t *testing.T, path string) { must(t, os.Chmod(path, 0o600)) },
		"same content": func(t *testing.T, path string) { put(t, path, "one") },
		"back and forth": func(t *testing.T, path string) {
			write(t, path, "two")
			write(t, path, "one")
		},
		"backup files": func(t *testing.T, path string) {
			dir := filepath.Dir(path)
			for _, name := range []string{"a.lua~", "a.lua.bak", "#a.lua#", ".a.lua.swp", ".hidden.lua", ".git/x.lua", "4913"} {
				put(t, filepath.Join(dir, name), "two")
			}
			must(t, os.Symlink("user@host.1:2", filepath.Join(dir, ".#a.lua")))
			must(t, os.Symlink("nowhere", filepath.Join(dir, "dangling.lua")))
			must(t, os.Mkdir(filepath.Join(dir, "folder.lua"), 0o755))
		},
		"a pipe": func(t *testing.T, path string) {
			must(t, syscall.Mkfifo(filepath.Join(filepath.Dir(path), "pipe.lua"), 0o600))
		},
	}
	for name, do := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(dir string) { put(t, dir+"/scripts/a.lua", "one") }, "scripts")
			w.expect("added scripts/a.lua one")
			do(t, w.path("scripts/a.lua"))
			put(t, w.path("scripts/z.lua"), "sentinel")
			w.until("added scripts/z.lua sentinel")
			put(t, w.path("scripts/z.lua"), "one")
			all := w.until("changed scripts/z.lua one")
			if name != "back and forth" && all != "changed scripts/z.lua one" {
				t.Errorf("reports:\n%s", all)
			}
		})
	}
}

func TestAddRenameRemove(t *testing.T) {
	w := start(t, func(dir string) {
		put(t, dir+"/scripts/a.lua", "one")
		put(t, dir+"/scripts/lib/deep/b.lua", "two")
		put(t, dir+"/scripts/c.txt", "two")
	}, "scripts")
	w.expect("added scripts/a.lua one", "added scripts/lib/deep/b.lua two")
	put(t, w.path("scripts/new/d.lua"), "three")
	w.expect("added scripts/new/d.lua three")
	must(t, os.Rename(w.path("scripts/a.lua"), w.path("scripts/e.lua")))
	w.expect("removed scripts/a.lua one", "added scripts/e.lua one") // at once, or both would run
	must(t, os.Rename(w.path("scripts/lib"), w.path("scripts/library")))
	w.expect("removed scripts/lib/deep/b.lua two", "added scripts/library/deep/b.lua two")
	put(t, w.path("scripts/library/deep/b.lua"), "three")
	w.expect("changed scripts/library/deep/b.lua three")
	must(t, os.RemoveAll(w.path("scripts/library")))
	w.expect("removed scripts/library/deep/b.lua three")
	must(t, os.Remove(w.path("scripts/e.lua")))
	w.expect("removed scripts/e.lua one")
}

func TestFolderComesAndGoes(t *testing.T) {
	w := start(t, func(string) {}, "some/where/scripts", "plugins.d")
	for range 3 {
		put(t, w.path("some/where/scripts/a.lua"), "one")
		w.expect("added some/where/scripts/a.lua one")
		must(t, os.RemoveAll(w.path("some")))
		w.expect("removed some/where/scripts/a.lua one")
	}
	put(t, w.path("plugins.d/x/main.lua"), "two")
	w.expect("added plugins.d/x/main.lua two")
}

func TestSwappedLinks(t *testing.T) {
	// relink makes the link at path point to target in one step.
	relink := func(t *testing.T, target, path string) {
		must(t, os.Symlink(target, path+".tmp"))
		must(t, os.Rename(path+".tmp", path))
	}
	tests := []struct {
		name  string
		setup func(dir string)
		swap  func(t *testing.T, dir string)
	}{
		{"the folder", func(dir string) { must(t, os.Symlink("v1/scripts", dir+"/scripts")) },
			func(t *testing.T, dir string) { relink(t, "v2/scripts", dir+"/scripts") }},
		{"above the folder", func(dir string) {
			must(t, os.Symlink("current/scripts", dir+"/scripts"))
			must(t, os.Symlink(dir+"/v1", dir+"/current"))
		}, func(t *testing.T, dir string) { relink(t, dir+"/v2", dir+"/current") }},
		{"a file", func(dir string) {
			must(t, os.Mkdir(dir+"/scripts", 0o755))
			must(t, os.Symlink("../v1/scripts/a.lua", dir+"/scripts/a.lua"))
		}, func(t *testing.T, dir string) { relink(t, "../v2/scripts/a.lua", dir+"/scripts/a.lua") }},
		{"as Kubernetes does", func(dir string) {
			must(t, os.Mkdir(dir+"/scripts", 0o755))
			must(t, os.Symlink("../v1/scripts", dir+"/scripts/..data"))
			must(t, os.Symlink("..data/a.lua", dir+"/scripts/a.lua"))
		}, func(t *testing.T, dir string) {
			relink(t, "../v2/scripts", dir+"/scripts/..data")
			must(t, os.RemoveAll(dir+"/v1"))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(dir string) {
				put(t, dir+"/v1/scripts/a.lua", "one")
				put(t, dir+"/v2/scripts/a.lua", "two")
				tt.setup(dir)
			}, "scripts")
			w.expect("added scripts/a.lua one")
			tt.swap(t, w.dir)
			w.expect("changed scripts/a.lua two")
			put(t, w.path("v2/scripts/a.lua"), "three")
			w.expect("changed scripts/a.lua three")
		})
	}
}

func TestSingleFile(t *testing.T) {
	w := start(t, func(string) {}, "etc/config.yaml")
	put(t, w.path("etc/config.yaml"), "one") // Match is not asked
	w.expect("added etc/config.yaml one")
	put(t, w.path("etc/other.yaml"), "two")
	put(t, w.path("etc/config.yaml.new"), "two")
	must(t, os.Rename(w.path("etc/config.yaml.new"), w.path("etc/config.yaml")))
	w.expect("changed etc/config.yaml two")
	must(t, os.Remove(w.path("etc/config.yaml")))
	w.expect("removed etc/config.yaml two")
}

func TestLinksInCircles(t *testing.T) {
	w := start(t, func(dir string) {
		put(t, dir+"/scripts/lib/a.lua", "one")
		must(t, os.Symlink("..", dir+"/scripts/lib/up"))
		must(t, os.Symlink("self.lua", dir+"/scripts/self.lua"))
	}, "scripts")
	w.expect("added scripts/lib/a.lua one")
}

func TestScan(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put(t, "scripts/b.lua", "two")
	put(t, "scripts/a.lua", "")
	w := watch.New(watch.Options{Paths: []string{"./scripts/"}})
	want := []watch.Change{{Path: "scripts/a.lua", Op: watch.Added, Hash: hash("")}, {Path: "scripts/b.lua", Op: watch.Added, Hash: hash("two")}}
	if d := cmp.Diff(want, w.Scan()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := w.Scan(); got != nil {
		t.Errorf("second Scan: %v", got)
	}
	must(t, os.Remove("scripts/a.lua"))
	want = []watch.Change{{Path: "scripts/a.lua", Op: watch.Removed, Hash: hash("")}}
	if d := cmp.Diff(want, w.Scan()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// BenchmarkSave measures from the save to the report; the quiet time is part of it.
func BenchmarkSave(b *testing.B) {
	for _, scripts := range []string{"1", "100"} {
		b.Run(scripts+" scripts", func(b *testing.B) {
			w := start(b, func(dir string) {
				for i := range map[string]int{"1": 1, "100": 100}[scripts] {
					put(b, filepath.Join(dir, "scripts", string(rune('a'+i%26))+strings.Repeat("x", i)+".lua"), "one")
				}
			}, "scripts")
			w.next()
			for i := 0; b.Loop(); i++ {
				put(b, w.path("scripts/a.lua"), []string{"two", "three"}[i%2])
				w.next()
			}
		})
	}
}
