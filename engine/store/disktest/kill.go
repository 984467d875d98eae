package disktest

import (
	"os"
	"strings"
	"sync/atomic"
)

// Way is how the process ends at an operation.
type Way string

const (
	Before Way = "before" // the operation is not begun
	Torn   Way = "torn"   // of a write the first half is there
	After  Way = "after"  // it is done, and nobody was told
)

// KillAt ends the process as kill -9 would, at the nth operation on files of a store.
func KillAt(n int64, way Way) {
	var count atomic.Int64
	Install(func(op Op, do func() Result) Result {
		if !strings.Contains(op.File, "botd.db") || count.Add(1) != n {
			return do()
		}
		switch {
		case way == After:
			do()
		case way == Torn && op.Kind == Write:
			half(op)
		}
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = p.Kill()
		}
		if err != nil {
			panic(err)
		}
		select {} // the signal is on its way
	})
}

func half(op Op) {
	f, err := os.OpenFile(op.File, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	if _, err := f.WriteAt(op.Data[:len(op.Data)/2], op.Offset); err != nil {
		panic(err)
	}
}

// FullWhile has writes find no room while a file exists.
func FullWhile(file string) {
	Install(func(op Op, do func() Result) Result {
		if op.Kind == Write {
			if _, err := os.Stat(file); err == nil {
				return Full
			}
		}
		return do()
	})
}
