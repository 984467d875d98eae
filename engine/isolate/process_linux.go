package isolate

import (
	"os"
	"syscall"
)

// processAttributes put a child into a group of its own, out of reach of the terminal,
// and let it end with the daemon, however that ends.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

var killSignal = syscall.SIGKILL.String()

// signalOf is the signal that ended a process, "" if none did.
func signalOf(end *os.ProcessState) string {
	if ws, ok := end.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}

const supported = true
