//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allowedCalls are those the Go runtime, and the C library's threads under it, need to
// run a program that has its pipes already: memory, threads, signals, clocks. A worker
// can open, connect to, start, look at and send signals to nothing. Other calls fail as
// forbidden; they do not end the process, since libraries try things.
var allowedCalls = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_CLOSE, unix.SYS_FSTAT,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_SET_TID_ADDRESS,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETTID, unix.SYS_GETPID, unix.SYS_GETPPID,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGTIMEDWAIT, unix.SYS_SIGALTSTACK,
	unix.SYS_RESTART_SYSCALL, unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_DELETE, unix.SYS_SETITIMER,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PPOLL,
	unix.SYS_GETRANDOM, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

var auditArch = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// x32 marks the calls of a second table that kernels for amd64 may have.
const x32 = 0x40000000

// Offsets in struct seccomp_data. The first half of an argument is its low one: both
// architectures are little-endian.
const (
	dataCall = 0
	dataArch = 4
	dataArg0 = 16
)

// filterProgram is the filter of system calls for this process.
func filterProgram(pid int) []unix.SockFilter {
	const (
		allow   = unix.SECCOMP_RET_ALLOW
		forbid  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		missing = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
		kill    = unix.SECCOMP_RET_KILL_PROCESS
	)
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	// jump skips yes or no instructions.
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: k}
	}
	ret := func(k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
	}
	p := []unix.SockFilter{
		load(dataArch),
		jump(unix.BPF_JEQ, auditArch[runtime.GOARCH], 1, 0),
		ret(kill),
		load(dataCall),
		jump(unix.BPF_JGE, x32, 0, 1),
		ret(kill),
		// Threads yes, processes no. clone3 hides its flags from a filter; without it the C
		// library takes clone.
		jump(unix.BPF_JEQ, unix.SYS_CLONE3, 0, 1),
		ret(missing),
		jump(unix.BPF_JEQ, unix.SYS_CLONE, 0, 4),
		load(dataArg0),
		jump(unix.BPF_JSET, unix.CLONE_THREAD, 0, 1),
		ret(allow),
		ret(forbid),
		// Signals to threads of this process only: the runtime stops them with one.
		jump(unix.BPF_JEQ, unix.SYS_TGKILL, 0, 4),
		load(dataArg0),
		jump(unix.BPF_JEQ, uint32(pid), 0, 1),
		ret(allow),
		ret(forbid),
		// The C library names memory; nothing else of prctl.
		jump(unix.BPF_JEQ, unix.SYS_PRCTL, 0, 4),
		load(dataArg0),
		jump(unix.BPF_JEQ, unix.PR_SET_VMA, 0, 1),
		ret(allow),
		ret(forbid),
	}
	for _, call := range allowedCalls {
		p = append(p, jump(unix.BPF_JEQ, call, 0, 1), ret(allow))
	}
	return append(p, ret(forbid))
}

// filterCalls puts the filter in place for all threads of the process, and for good.
func filterCalls() error {
	program := filterProgram(os.Getpid())
	// The filter is attached to this thread and copied to the others, together with the
	// promise to gain no privileges.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	switch {
	case errno != 0:
		return fmt.Errorf("filter system calls: %w", errno)
	case thread != 0:
		return fmt.Errorf("filter system calls: thread %d has a filter of its own", thread)
	}
	return nil
}
