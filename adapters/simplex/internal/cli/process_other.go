//go:build !linux

package cli

import (
	"os"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return nil }

func interrupt(p *os.Process) { p.Signal(os.Interrupt) }

func sweep(int) {}
