// Package disktest stands between SQLite and the disk, for tests of what happens when the
// disk is full or the machine stops. It is compiled into test programs alone.
package disktest

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Op is something that SQLite asks of the disk.
type Op struct {
	Kind   Kind
	File   string
	Data   []byte // of a write
	Offset int64  // of a write; of a truncation the new size
}

// Kind is what is asked.
type Kind string

const (
	Write    Kind = "write"
	Truncate Kind = "truncate"
	Sync     Kind = "sync"
	Delete   Kind = "delete"
)

// Result is what the disk answers.
type Result int32

const (
	OK      Result = sqlite3.SQLITE_OK
	Full    Result = sqlite3.SQLITE_FULL
	IOError Result = sqlite3.SQLITE_IOERR_WRITE
)

// Hook is asked about each operation, from any goroutine, and has it carried out by do,
// or not.
type Hook func(op Op, do func() Result) Result

var hook atomic.Pointer[Hook]

// Install has SQLite ask h about the files that it opens from then on. A nil h lets all
// pass, also what is asked about files that are open.
func Install(h Hook) {
	install()
	if h == nil {
		hook.Store(nil)
		return
	}
	hook.Store(&h)
}

func ask(op func() Op, do func() Result) Result {
	if h := hook.Load(); h != nil {
		return (*h)(op(), do)
	}
	return do()
}

// shim is the system's own way to files with some functions replaced. SQLite knows its
// address only, so it has to stay.
var shim struct {
	vfs    sqlite3.Tsqlite3_vfs
	system uintptr
	funcs  []any // those that the table points to

	mu     sync.Mutex // guards what follows
	tables map[uintptr]*sqlite3.Tsqlite3_io_methods
	names  map[uintptr]string // of open files
}

type (
	openFunc   = func(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32
	deleteFunc = func(tls *libc.TLS, vfs, path uintptr, sync int32) int32
	writeFunc  = func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32
	sizeFunc   = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc   = func(tls *libc.TLS, file uintptr, flags int32) int32
)

var install = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	shim.system = sqlite3.Xsqlite3_vfs_find(tls, 0)
	system := *at[sqlite3.Tsqlite3_vfs](shim.system)
	shim.vfs = system
	shim.tables, shim.names = map[uintptr]*sqlite3.Tsqlite3_io_methods{}, map[uintptr]string{}
	name, err := libc.CString("disktest")
	if err != nil {
		panic(err)
	}
	shim.vfs.FzName = name
	shim.vfs.FxOpen = address(openWith(function[openFunc](system.FxOpen)))
	remove := function[deleteFunc](system.FxDelete)
	shim.vfs.FxDelete = address(deleteFunc(func(tls *libc.TLS, _, path uintptr, sync int32) int32 {
		return int32(ask(func() Op { return Op{Kind: Delete, File: libc.GoString(path)} },
			func() Result { return Result(remove(tls, shim.system, path, sync)) }))
	}))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(&shim.vfs)), 1); rc != sqlite3.SQLITE_OK {
		panic("disktest: SQLite refuses to have its files watched")
	}
})

func openWith(open openFunc) openFunc {
	return func(tls *libc.TLS, _, path, file uintptr, flags int32, out uintptr) int32 {
		rc := open(tls, shim.system, path, file, flags, out)
		f := at[sqlite3.Tsqlite3_file](file)
		if rc != sqlite3.SQLITE_OK || f.FpMethods == 0 || path == 0 {
			return rc
		}
		shim.mu.Lock()
		defer shim.mu.Unlock()
		shim.names[file] = strings.Clone(libc.GoString(path))
		table := shim.tables[f.FpMethods]
		if table == nil {
			table = watched(*at[sqlite3.Tsqlite3_io_methods](f.FpMethods))
			shim.tables[f.FpMethods] = table
		}
		f.FpMethods = uintptr(unsafe.Pointer(table))
		return rc
	}
}

func nameOf(file uintptr) string {
	shim.mu.Lock()
	defer shim.mu.Unlock()
	return shim.names[file]
}

// watched is a copy of the functions of a file that asks before it changes it.
func watched(m sqlite3.Tsqlite3_io_methods) *sqlite3.Tsqlite3_io_methods {
	write, truncate, sync := function[writeFunc](m.FxWrite), function[sizeFunc](m.FxTruncate), function[syncFunc](m.FxSync)
	m.FxWrite = address(writeFunc(func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
		return int32(ask(func() Op { return Op{Write, nameOf(file), bytes.Clone(libc.GoBytes(data, int(n))), offset} },
			func() Result { return Result(write(tls, file, data, n, offset)) }))
	}))
	m.FxTruncate = address(sizeFunc(func(tls *libc.TLS, file uintptr, size int64) int32 {
		return int32(ask(func() Op { return Op{Kind: Truncate, File: nameOf(file), Offset: size} },
			func() Result { return Result(truncate(tls, file, size)) }))
	}))
	m.FxSync = address(syncFunc(func(tls *libc.TLS, file uintptr, flags int32) int32 {
		return int32(ask(func() Op { return Op{Kind: Sync, File: nameOf(file)} },
			func() Result { return Result(sync(tls, file, flags)) }))
	}))
	return &m
}

// The translated SQLite has addresses as numbers, and those of functions are what a func
// value holds.

func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

// address keeps f for ever.
func address[F any](f F) uintptr {
	shim.funcs = append(shim.funcs, f)
	return *(*uintptr)(unsafe.Pointer(&f))
}
