package cli

import (
	"os"
	"syscall"
)

// attributes put the process into a group of its own and let it end with the daemon,
// however that ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// interrupt asks a process to end. One that is gone is no error.
func interrupt(p *os.Process) { p.Signal(syscall.SIGTERM) }

// sweep kills what a process that has just ended left in its group.
func sweep(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }
