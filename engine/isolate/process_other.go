//go:build !linux

package isolate

import (
	"os"
	"syscall"
)

const supported = false

const killSignal = "killed"

func processAttributes() *syscall.SysProcAttr { return nil }

func signalOf(*os.ProcessState) string { return "" }

func confine(hello) (unfiltered string, err error) { return "", errUnsupported }
