package lualib

import (
	"math/rand/v2"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// DefaultMaxString is the longest string a script can make unless Options say
// otherwise.
const DefaultMaxString = 1 << 20

func init() {
	// Assigning to index n of a table fills its array part up to n, in one step. This
	// variable of gopher-lua is the only bound on n; its default stands for a
	// gigabyte. It is read by every VM without a lock, so it is set here, once.
	lua.MaxArrayIndex = 1 << 18
}

// Options are what the library needs from its VM. The zero value will do.
type Options struct {
	// Rand feeds math.random until the script calls math.randomseed. Nil means a
	// generator with a random seed.
	Rand *rand.Rand
	// Now is the time os.time and os.date tell, and its Location is the zone they
	// use. Nil means time.Now.
	Now func() time.Time
	// MaxString is the longest string in bytes that a script can make.
	// 0 means DefaultMaxString.
	MaxString int
}

// lib is the library's state in one VM. Whoever runs the VM owns it.
type lib struct {
	rand      *rand.Rand
	now       func() time.Time
	start     time.Time
	maxString int
	patterns  patternCache
	m         matcher        // free while script code runs
	scratch   []byte         // see buffer
	concat    *lua.LFunction // what the loader makes of the operator ..
	refuse    *lua.LFunction // the __newindex of read-only tables
}

// registryKey leads from a VM to its lib. Scripts cannot reach the registry.
const registryKey = "botd.lualib"

// Open puts the library into the globals of L's VM. It is called once for a VM,
// on its main thread, before any script.
func Open(L *lua.LState, o Options) {
	l := &lib{rand: o.Rand, now: o.Now, maxString: o.MaxString}
	if l.rand == nil {
		l.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.maxString == 0 {
		l.maxString = DefaultMaxString
	}
	l.start = l.now()
	l.m.left = matchStride
	l.concat = L.NewFunction(l.concatArgs)
	l.refuse = L.NewClosure(refuseWrite, readOnlyMark)
	L.G.Registry.RawSetString(registryKey, &lua.LUserData{Value: l})

	openBase(L)
	str := newModule(L, stringShared, l.stringFuncs())
	L.SetGlobal("string", l.readOnly(L, str))
	L.SetGlobal("table", l.readOnly(L, newModule(L, tableShared, l.tableFuncs())))
	L.SetGlobal("math", l.readOnly(L, l.mathModule(L)))
	L.SetGlobal("os", l.readOnly(L, newModule(L, osShared, l.osFuncs())))
	l.setTypeMetatables(L, str)
}

// of returns the library of L's VM.
func of(L *lua.LState) *lib {
	return L.G.Registry.RawGetString(registryKey).(*lua.LUserData).Value.(*lib)
}

// function is one of the library that belongs to a VM.
type function struct {
	name string
	fn   lua.LGFunction
}

// sharedFunction is one that needs no state. There is one value of it in the process:
// gopher-lua never writes to a function of Go without upvalues, and it spares each VM
// some kilobytes.
type sharedFunction struct {
	name string
	fn   *lua.LFunction
}

func shared(fn lua.LGFunction) *lua.LFunction { return &lua.LFunction{IsG: true, GFunction: fn} }

func newModule(L *lua.LState, common []sharedFunction, own []function) *lua.LTable {
	t := L.CreateTable(0, len(common)+len(own))
	for _, f := range common {
		t.RawSetString(f.name, f.fn)
	}
	for _, f := range own {
		t.RawSetString(f.name, L.NewFunction(f.fn))
	}
	return t
}
