package tests

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"botd/engine/store"
)

// hoarder stores what it is told to, and says what became of it.
const hoarder = `bot.command("add", function(ev)
  local n, err = kv.incr("n")
  ev:reply(n and "n is " .. n or err.code .. ": " .. err.message)
end)
bot.command("get", function(ev) ev:reply("n was " .. kv.get("n", 0)) end)
`

// The real program on a disk that is really full: a limit on the size of its files, and a
// small file system where the test may mount one. The one who stores is told what is
// wrong where and what helps; the rest goes on; with room again it stores without a
// restart; and nothing acknowledged is lost, nor is there anything that was refused.
func TestDiskReallyFull(t *testing.T) {
	program := builtProgram(t)
	limit := func(h *hoard, bytes uint64) {
		if h.cmd == nil {
			return // it was killed
		}
		if err := unix.Prlimit(h.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: math.MaxUint64}, nil); err != nil {
			t.Fatal(err)
		}
	}
	const reached = "quota: write DIR/data/botd.db: it may not grow any further, because the limit on the size of files is reached; nothing of this was written. Raise the limit (ulimit -f, or LimitFSIZE= of systemd); botd then goes on by itself"
	t.Run("limit", func(t *testing.T) {
		newHoard(t, program).fills(reached, func(h *hoard) { limit(h, 1) }, func(h *hoard) { limit(h, math.MaxUint64) })
	})
	t.Run("limit in the middle of a write", func(t *testing.T) {
		newHoard(t, program).fills(reached, func(h *hoard) { limit(h, uint64(h.size("botd.db-wal"))+5000) }, func(h *hoard) { limit(h, math.MaxUint64) })
	})
	t.Run("small file system", func(t *testing.T) {
		h := newHoard(t, program)
		data := filepath.Join(h.dir, "data")
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", data, "tmpfs", 0, "size=2m"); errors.Is(err, unix.EPERM) {
			t.Log("this needs the right to mount; the cases before have tested the same")
			return
		} else if err != nil {
			t.Fatal(err)
		}
		defer func() {
			h.kill()
			if err := unix.Unmount(data, 0); err != nil {
				t.Error(err)
			}
		}()
		ballast := filepath.Join(data, "ballast")
		h.fills("quota: write DIR/data/botd.db: the disk is full; nothing of this was written. Make room on it, botd then goes on by itself",
			func(*hoard) { h.load(ballast) },
			func(*hoard) {
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
			})
	})
}

// hoard is a bot that stores, and somebody at its prompt.
type hoard struct {
	t       *testing.T
	program string
	dir     string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	log     lockedBuffer
}

func newHoard(t *testing.T, program string) *hoard {
	h := &hoard{t: t, program: program, dir: t.TempDir()}
	for name, text := range map[string]string{
		"config.yaml":   "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nadmin: {listen: ''}\n",
		"scripts/a.lua": hoarder,
	} {
		path := filepath.Join(h.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// fills runs the bot on a disk with room, without, and with room again.
func (h *hoard) fills(refusal string, fill, empty func(h *hoard)) {
	h.t.Helper()
	h.start()
	for n := range 3 {
		h.says("!add", fmt.Sprintf("n is %d", n+1))
	}
	fill(h)
	n := 3
	for refused := 0; refused < 5; { // a write or two may still have had room
		got := h.ask("!add")
		switch want := fmt.Sprintf("n is %d", n+1); {
		case got == want && n < 100:
			n++
		case !strings.HasPrefix(got, strings.ReplaceAll(refusal, "DIR", h.dir)):
			h.t.Fatalf("got  %s\nwant %s\n%s", got, refusal, &h.log)
		default:
			refused++
		}
		h.says("!get", fmt.Sprintf("n was %d", n))
	}
	empty(h)
	for range 3 {
		n++
		h.says("!add", fmt.Sprintf("n is %d", n))
	}
	fill(h)
	for h.ask("!add") == fmt.Sprintf("n is %d", n+1) {
		n++
	}
	h.kill()
	empty(h)
	s, err := store.Open(h.t.Context(), filepath.Join(h.dir, "data", "botd.db"), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	if e, err := s.Get(h.t.Context(), "kv/a", "n"); err != nil || string(e.Value) != fmt.Sprint(n) {
		h.t.Errorf("%s is stored, want %d: %v", e.Value, n, err)
	}
}

func (h *hoard) start() {
	h.t.Helper()
	h.cmd = exec.Command(h.program, "run", "--prompt", "-c", filepath.Join(h.dir, "config.yaml"))
	in, err := h.cmd.StdinPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	h.cmd.Stderr = &h.log
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.in, h.out = in, bufio.NewScanner(out)
	stuck := time.AfterFunc(patience/2, func() { _ = h.cmd.Process.Kill() })
	h.t.Cleanup(func() { stuck.Stop(); h.kill() })
}

// ask says a line and returns what the bot says next.
func (h *hoard) ask(line string) string {
	h.t.Helper()
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Fatalf("%v\n%s", err, &h.log)
	}
	for h.out.Scan() {
		if _, said, ok := strings.Cut(h.out.Text(), "botd> "); ok {
			return said
		}
	}
	h.t.Fatalf("no answer to %q\n%s", line, &h.log)
	return ""
}

func (h *hoard) says(line, want string) {
	h.t.Helper()
	if got := h.ask(line); got != want {
		h.t.Fatalf("%s: got %q, want %q\n%s", line, got, want, &h.log)
	}
}

// kill may be called again.
func (h *hoard) kill() {
	if h.cmd != nil {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
		h.cmd = nil
	}
}

func (h *hoard) size(name string) int64 {
	h.t.Helper()
	st, err := os.Stat(filepath.Join(h.dir, "data", name))
	if err != nil {
		h.t.Fatal(err)
	}
	return st.Size()
}

// load fills a file system.
func (h *hoard) load(file string) {
	h.t.Helper()
	f, err := os.Create(file)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			h.t.Fatal(err)
		}
	}
}
