package lualib

import (
	lua "github.com/yuin/gopher-lua"
)

// concatArgs is the function that compiled code calls for "..".
func (l *lib) concatArgs(L *lua.LState) int {
	n := L.GetTop()
	if n == 2 {
		a, oka := L.Get(1).(lua.LString)
		b, okb := L.Get(2).(lua.LString)
		if oka && okb {
			l.checkLen(L, len(a)+len(b))
			L.Push(a + b)
			return 1
		}
	}
	if n == 0 {
		return 0
	}
	L.Push(l.concatStack(L, 1, n))
	return 1
}

// concatStack joins n values of the stack, the first at index base, from the right
// and in runs as long as the operands are strings or numbers.
func (l *lib) concatStack(L *lua.LState, base, n int) lua.LValue {
	last := base + n - 1
	acc := L.Get(last)
	for last > base {
		if lhs := L.Get(last - 1); !isText(lhs) || !isText(acc) {
			acc = concatMeta(L, lhs, acc, last-base, n)
			last--
			continue
		}
		first := last - 1
		for first > base && isText(L.Get(first-1)) {
			first--
		}
		b := l.newBuffer(L)
		for i := first; i < last; i++ {
			b.value(L.Get(i))
		}
		b.value(acc)
		acc = b.finish()
		last = first
	}
	return acc
}

func isText(v lua.LValue) bool {
	switch v.(type) {
	case lua.LString, lua.LNumber:
		return true
	}
	return false
}

// concatMeta joins a and b, operands n-1 and n of a chain, with a metamethod.
func concatMeta(L *lua.LState, a, b lua.LValue, n, of int) lua.LValue {
	fn, ok := L.GetMetaField(a, "__concat").(*lua.LFunction)
	if !ok {
		fn, ok = L.GetMetaField(b, "__concat").(*lua.LFunction)
	}
	if !ok {
		if isText(a) {
			a = b
		} else {
			n--
		}
		raise(L, "attempt to concatenate a %s value%s", a.Type(), joinedName(L, n, of))
	}
	L.Push(fn)
	L.Push(a)
	L.Push(b)
	L.Call(2, 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

// buffer builds a string. It grows up to the cap on strings and charges for what it
// is given. It uses the VM's scratch memory while no other buffer has it: script code
// may run, and other handlers while it waits, before finish.
type buffer struct {
	l *lib
	L *lua.LState
	b []byte
}

func (l *lib) newBuffer(L *lua.LState) buffer {
	b := buffer{l, L, l.scratch[:0]}
	l.scratch = nil
	return b
}

func (b *buffer) string(s string) {
	b.grow(len(s))
	b.b = append(b.b, s...)
}

func (b *buffer) byte(c byte) {
	b.grow(1)
	b.b = append(b.b, c)
}

func (b *buffer) number(f float64) {
	b.grow(24)
	b.b = appendNumber(b.b, f)
}

// value adds a string or number.
func (b *buffer) value(v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		b.string(string(v))
	case lua.LNumber:
		b.number(float64(v))
	}
}

// grow makes room for n bytes.
func (b *buffer) grow(n int) {
	need := len(b.b) + n
	if need <= cap(b.b) {
		return
	}
	b.l.checkLen(b.L, need)
	size := max(64, need, min(2*cap(b.b), b.l.maxString+24))
	alloc(b.L, size)
	b.b = append(make([]byte, 0, size), b.b...)
}

// minHeld is the size from which a buffer is worth telling of.
const minHeld = 4 << 10

// during calls back into the script, which may wait there while the buffer lives on.
func (b *buffer) during(call func()) {
	n := cap(b.b)
	if n < minHeld {
		call()
		return
	}
	hold(b.L, n)
	defer hold(b.L, -n)
	call()
}

// finish returns the string. The buffer must not be used after it.
func (b *buffer) finish() lua.LValue {
	b.l.checkLen(b.L, len(b.b))
	var v lua.LValue
	switch len(b.b) {
	case 0:
		v = emptyStr
	case 1:
		v = byteStrs[b.b[0]]
	default:
		v = lua.LString(b.b)
	}
	b.drop()
	return v
}

// maxScratch is how much memory a VM keeps for the next buffer.
const maxScratch = 4 << 10

// drop gives the memory back. Buffers lost to an error are left to the collector.
func (b *buffer) drop() {
	if cap(b.b) <= maxScratch && cap(b.b) > cap(b.l.scratch) {
		b.l.scratch = b.b
	}
	b.b = nil
}

// checkLen charges for a string of n bytes that is about to be made, and raises if
// it would be too long.
func (l *lib) checkLen(L *lua.LState, n int) {
	if n > l.maxString {
		raise(L, "string too long (limit %s)", sizeText(l.maxString))
	}
	if n >= bytesPerUnit {
		charge(L, n/bytesPerUnit)
		alloc(L, n)
	}
}

func sizeText(n int) string {
	switch {
	case n%(1<<20) == 0:
		return FormatNumber(float64(n>>20)) + " MiB"
	case n%(1<<10) == 0:
		return FormatNumber(float64(n>>10)) + " KiB"
	}
	return FormatNumber(float64(n)) + " bytes"
}
