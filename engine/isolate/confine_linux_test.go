package isolate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Seen from inside: there are no variables, and nothing works that is not needed to run
// Lua.
func TestConfinementFromInside(t *testing.T) {
	t.Setenv("BOTD_SECRET", "hunter2")
	b := newBench(t)
	b.mustLoad("a", `
		bot.command("environ", function(ev) ev:reply("[" .. environ() .. "]") end)
		bot.command("attempt", function(ev, what) ev:reply(attempt(what)) end)
		bot.command("zone", function(ev) ev:reply(time.format(0, "%H:%M", "Asia/Tokyo")) end)`)
	if got := b.ask("!environ"); got != "[]" {
		t.Errorf("environment %s", got)
	}
	if got := b.ask("!zone"); got != "09:00" {
		t.Errorf("time in another zone: %q %s", got, b.fault())
	}
	if strings.Contains(b.slog.String(), "filter") {
		t.Logf("no filter of system calls here: %s", &b.slog)
		return
	}
	for _, what := range []string{
		"read", "write", "list", "exec", "fork", "connect", "listen", "kill parent", "signal parent's thread", "trace parent",
		"raise limit", "clear parent death signal", "own files",
	} {
		if got := b.ask("!attempt " + what); !strings.Contains(got, "not permitted") {
			t.Errorf("%s: %q", what, got)
		}
	}
	if _, err := os.Stat("/tmp/botd-isolate-test"); err == nil {
		t.Error("a file was written")
	}
}

// Seen from outside: what the system says of the process.
func TestConfinementFromOutside(t *testing.T) {
	// A file that is passed on by mistake, as a shell may do.
	leak, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(leak)
	b := newBench(t)
	b.mustLoad("a", answers)
	b.ask("x") // all its threads run
	pid := b.status().Process
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if env := read("environ"); env != "" {
		t.Errorf("environment %q", env)
	}
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err != nil || cwd != "/" {
		t.Errorf("working directory %s %v", cwd, err)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	pipes := 0
	for _, f := range files {
		to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, f.Name()))
		switch {
		case strings.HasPrefix(to, "pipe:"):
			pipes++
		case strings.HasPrefix(to, "anon_inode:"), strings.HasPrefix(to, "/sys/fs/cgroup/"): // of the Go runtime
		default:
			t.Errorf("file %s is %s %v", f.Name(), to, err)
		}
	}
	if pipes != 3 {
		t.Errorf("%d pipes", pipes)
	}
	if cmd := strings.Split(read("cmdline"), "\x00"); cmd[len(cmd)-2] != "a" {
		t.Errorf("command line %q", cmd)
	}
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("process group %d of %d, %v", group, pid, err)
	}
	limits := map[string]string{}
	for line := range strings.Lines(read("limits")) {
		if f := strings.Fields(line); strings.HasPrefix(line, "Max ") && len(line) > 40 {
			limits[strings.TrimSpace(line[:25])] = f[len(strings.Fields(line[:25]))+1] // the hard one
		}
	}
	for name, want := range map[string]string{
		"Max file size": "0", "Max core file size": "0", "Max open files": "16", "Max locked memory": "0", "Max msgqueue size": "0",
	} {
		if limits[name] != want {
			t.Errorf("%s: %q, want %s", name, limits[name], want)
		}
	}
	if n, err := strconv.ParseInt(limits["Max data size"], 10, 64); err != nil || n < 256<<20 {
		t.Errorf("data size %q", limits["Max data size"])
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		status := read("task/" + task.Name() + "/status")
		if !slices.Contains(strings.Split(status, "\n"), "NoNewPrivs:\t1") {
			t.Errorf("thread %s may gain privileges", task.Name())
		}
		if !strings.Contains(status, "Seccomp:\t2") && !strings.Contains(b.slog.String(), "filter") {
			t.Errorf("thread %s has no filter, and nobody was told", task.Name())
		}
		stat := read("task/" + task.Name() + "/stat")
		_, rest, _ := strings.Cut(stat, ") ")
		if nice := strings.Fields(rest)[16]; nice != "10" {
			t.Errorf("thread %s has the niceness %s", task.Name(), nice)
		}
	}
}
