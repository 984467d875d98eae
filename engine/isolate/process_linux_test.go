package isolate_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// alive reports whether there is a process, be it a dead one that nobody has waited for.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func signal(t testing.TB, pid int, sig syscall.Signal) {
	t.Helper()
	if pid <= 0 {
		t.Fatalf("no process %d", pid)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatalf("signal %d: %v", pid, err)
	}
}

func killProcess(t testing.TB, pid int)     { t.Helper(); signal(t, pid, syscall.SIGKILL) }
func stopProcess(t testing.TB, pid int)     { t.Helper(); signal(t, pid, syscall.SIGSTOP) }
func continueProcess(t testing.TB, pid int) { t.Helper(); signal(t, pid, syscall.SIGCONT) }

// children lists the processes that this one started and has not waited for.
func children(t testing.TB) []int {
	t.Helper()
	var out []int
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		list, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err != nil {
			continue // the thread has ended
		}
		for _, f := range strings.Fields(string(list)) {
			pid, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, pid)
		}
	}
	return out
}
