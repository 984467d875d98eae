package isolate_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// attempt tries something that a worker must not be able to do, and returns the error.
func attempt(what string) string {
	var err error
	switch what {
	case "read":
		_, err = os.ReadFile("/etc/passwd")
	case "write":
		err = os.WriteFile("/tmp/botd-isolate-test", nil, 0o600)
	case "list":
		_, err = os.ReadDir("/")
	case "exec":
		err = exec.Command("/bin/true").Run()
	case "fork":
		_, _, errno := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)
		err = errnoError(errno)
	case "connect":
		_, err = net.Dial("tcp", "127.0.0.1:1")
	case "listen":
		_, err = net.Listen("tcp", "127.0.0.1:0")
	case "kill parent":
		err = syscall.Kill(os.Getppid(), 0)
	case "signal parent's thread":
		_, _, errno := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getppid()), uintptr(os.Getppid()), 0)
		err = errnoError(errno)
	case "trace parent":
		err = syscall.PtraceAttach(os.Getppid())
	case "raise limit":
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 100, Max: 100})
	case "clear parent death signal":
		_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, 0, 0)
		err = errnoError(errno)
	case "own files":
		_, err = os.Readlink("/proc/self/exe")
	default:
		err = fmt.Errorf("no such attempt")
	}
	if err == nil {
		return "done"
	}
	return err.Error()
}

func errnoError(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}
