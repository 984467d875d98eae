package script

import (
	"fmt"
	"reflect"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Sizes in bytes of what gopher-lua makes of a value, with the runtime's overhead.
const (
	sizeSlot     = 20  // of an array: an interface, and the slack of its growth
	sizePage     = 256 // of boxed numbers: one number that is kept keeps all of it
	sizeString   = 16  // its header
	sizeTable    = 144 // empty
	sizeEntry    = 176 // of the hash part: two maps, a list of keys
	sizeHash     = 560 // of the smallest hash part: its maps begin with room for eight
	sizeKey      = 48  // of an entry that finds room there
	sizeFunction = 112
	sizeUpvalue  = 56
	sizeUserdata = 192
	sizeThread   = 2048     // without its stack of values
	sizeParked   = 12 << 10 // a waiting handler: thread, stack, goroutine
	sizeCall     = 1 << 10  // of the goroutine's stack, for each call a handler is inside of
	freeCalls    = 4        // that are in sizeParked
	sizeSource   = 5        // for each byte of source, itself and what it is compiled to
)

// walker sums up what can be reached.
type walker struct {
	seen  map[unsafe.Pointer]struct{}
	pages map[uintptr]struct{} // of numbers
	page  uintptr              // the last of them
	visit func(Value)          // push
	found func(*lua.LFunction) // is told each function, if not nil
	todo  []lua.LValue
	sum   int64
	limit int64
}

func newWalker(limit int64) *walker {
	w := &walker{seen: map[unsafe.Pointer]struct{}{}, pages: map[uintptr]struct{}{}, limit: limit}
	w.visit = func(v Value) { w.push(v.lua()) }
	return w
}

func (w *walker) push(value lua.LValue) {
	switch v := value.(type) {
	case lua.LNumber:
		w.number(value)
	case lua.LString:
		w.str(string(v))
	case *lua.LTable:
		w.ref(unsafe.Pointer(v), v)
	case *lua.LFunction:
		w.ref(unsafe.Pointer(v), v)
	case *lua.LUserData:
		w.ref(unsafe.Pointer(v), v)
	case *lua.LState:
		w.ref(unsafe.Pointer(v), v)
	}
}

func (w *walker) ref(p unsafe.Pointer, v lua.LValue) {
	if _, ok := w.seen[p]; ok || p == nil {
		return
	}
	w.seen[p] = struct{}{}
	w.todo = append(w.todo, v)
}

// number counts the page of boxes in which gopher-lua put a number. Only the address of
// the box is looked at.
func (w *walker) number(v lua.LValue) {
	page := (*[2]uintptr)(unsafe.Pointer(&v))[1] / sizePage
	if page == w.page {
		return
	}
	w.page = page
	if _, ok := w.pages[page]; !ok {
		w.pages[page] = struct{}{}
		w.sum += sizePage
	}
}

// str counts the bytes of a string once, however often it is referred to. Only the
// address tells one string from an equal copy, and nothing is read through it.
func (w *walker) str(s string) {
	w.sum += sizeString
	if len(s) < 64 {
		w.sum += int64(len(s))
		return
	}
	p := unsafe.Pointer(unsafe.StringData(s))
	if _, ok := w.seen[p]; !ok {
		w.seen[p] = struct{}{}
		w.sum += int64(len(s))
	}
}

// walk follows references until nothing is left or the limit is passed.
func (w *walker) walk() {
	for len(w.todo) > 0 && w.sum <= w.limit {
		v := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		switch v := v.(type) {
		case *lua.LTable:
			w.table(v)
		case *lua.LFunction:
			w.function(v)
		case *lua.LUserData:
			w.userdata(v)
		case *lua.LState:
			w.thread(v)
		}
	}
}

// hashed is the size of a hash part with n keys.
func hashed(n int) int {
	if n == 0 {
		return 0
	}
	return max(n*sizeEntry, sizeHash+n*sizeKey)
}

// table counts the room of the array part, whether anything is in it or not, and every
// key the table ever had: those of deleted entries are never let go, with all they lead
// to.
func (w *walker) table(t *lua.LTable) {
	array, keys := arrayOf(t), keysOf(t)
	w.sum += int64(sizeTable + cap(array)*sizeSlot*4/5 + hashed(len(keys)))
	for _, v := range array {
		w.push(v)
	}
	for i, k := range keys {
		w.push(k)
		w.push(t.RawGetH(k))
		if i%1024 == 0 && w.sum > w.limit {
			return
		}
	}
	w.push(t.Metatable)
}

func (w *walker) userdata(u *lua.LUserData) {
	w.sum += sizeUserdata
	if k, ok := u.Value.(Keeper); ok {
		w.sum += int64(k.Keeps(w.visit))
	}
	w.push(u.Metatable)
	if u.Env != nil {
		w.push(u.Env)
	}
}

func (w *walker) function(f *lua.LFunction) {
	if w.found != nil {
		w.found(f)
	}
	w.sum += sizeFunction + int64(len(f.Upvalues)*sizeUpvalue)
	for _, uv := range f.Upvalues {
		if uv != nil {
			w.push(uv.Value())
		}
	}
	if f.Env != nil {
		w.push(f.Env)
	}
}

// thread counts a thread's stack of values, in which the functions it is inside of are.
func (w *walker) thread(th *lua.LState) {
	values := valuesOf(th)
	w.sum += int64(sizeThread + len(values)*sizeSlot*4/5)
	for _, v := range values {
		if v != nil {
			w.push(v)
		}
	}
}

// The fields of gopher-lua's types that hold memory no public method shows.
var (
	tableArray  = offset(reflect.TypeFor[lua.LTable](), "array", reflect.TypeFor[[]lua.LValue]())
	tableKeys   = offset(reflect.TypeFor[lua.LTable](), "keys", reflect.TypeFor[[]lua.LValue]())
	stateValues = func() uintptr {
		reg := fieldOf(reflect.TypeFor[lua.LState](), "reg").Type.Elem()
		return offset(reg, "array", reflect.TypeFor[[]lua.LValue]())
	}()
	stateReg   = fieldOf(reflect.TypeFor[lua.LState](), "reg").Offset
	stateFrame = func() uintptr {
		f := fieldOf(reflect.TypeFor[lua.LState](), "currentFrame")
		if offset(f.Type.Elem(), "Idx", reflect.TypeFor[int]()) != 0 {
			panic("script: this version of gopher-lua counts its calls elsewhere; adapt walker.go")
		}
		return f.Offset
	}()
)

// fieldOf finds a field, and fails loudly at the start if another version of gopher-lua
// does not have it.
func fieldOf(t reflect.Type, name string) reflect.StructField {
	f, ok := t.FieldByName(name)
	if !ok {
		panic(fmt.Sprintf("script: this version of gopher-lua has no field %s in %s; adapt walker.go", name, t))
	}
	return f
}

func offset(t reflect.Type, name string, want reflect.Type) uintptr {
	f := fieldOf(t, name)
	if f.Type != want {
		panic(fmt.Sprintf("script: %s.%s is a %s in this version of gopher-lua, not a %s; adapt walker.go", t, name, f.Type, want))
	}
	return f.Offset
}

func arrayOf(t *lua.LTable) []lua.LValue {
	return *(*[]lua.LValue)(unsafe.Add(unsafe.Pointer(t), tableArray))
}

func keysOf(t *lua.LTable) []lua.LValue {
	return *(*[]lua.LValue)(unsafe.Add(unsafe.Pointer(t), tableKeys))
}

// valuesOf is the whole stack of values of a thread, with what lies above its top.
func valuesOf(th *lua.LState) []lua.LValue {
	reg := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(th), stateReg))
	return *(*[]lua.LValue)(unsafe.Add(reg, stateValues))
}

// depthOf is how many calls a thread is inside of; tail calls do not count.
func depthOf(th *lua.LState) int {
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(th), stateFrame))
	if frame == nil {
		return 0
	}
	return *(*int)(frame) + 1
}
