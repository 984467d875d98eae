package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

var stringShared = []sharedFunction{
	{"byte", shared(strByte)},
	{"char", shared(strChar)},
	{"len", shared(strLen)},
	{"sub", shared(strSub)},
}

func (l *lib) stringFuncs() []function {
	return []function{
		{"find", l.strFind},
		{"format", l.strFormat},
		{"gmatch", l.strGmatch},
		{"gsub", l.strGsub},
		{"lower", l.strLower},
		{"match", l.strMatch},
		{"rep", l.strRep},
		{"reverse", l.strReverse},
		{"upper", l.strUpper},
	}
}

// fromEnd turns an index of Lua, which may count from the end, into one from 1.
// It may be 0 or beyond the end.
func fromEnd(i, n int) int {
	if i < 0 {
		return max(n+i+1, 0)
	}
	return i
}

// span turns the two ends of a substring into Go's.
func span(i, j, n int) (int, int) {
	i, j = max(fromEnd(i, n), 1), min(fromEnd(j, n), n)
	if i > j {
		return 0, 0
	}
	return i - 1, j
}

func strByte(L *lua.LState) int {
	s := checkString(L, 1, "byte")
	i := optInt(L, 2, "byte", 1)
	from, to := span(i, optInt(L, 3, "byte", i), len(s))
	if to-from > maxResults {
		raise(L, "string slice too long (limit %d bytes)", maxResults)
	}
	for _, c := range []byte(s[from:to]) {
		L.Push(smallInts[c])
	}
	return to - from
}

func strLen(L *lua.LState) int {
	L.Push(intValue(len(checkString(L, 1, "len"))))
	return 1
}

func strSub(L *lua.LState) int {
	s := checkString(L, 1, "sub")
	from, to := span(checkInt(L, 2, "sub"), optInt(L, 3, "sub", -1), len(s))
	L.Push(subValue(s, s[from:to]))
	return 1
}

func strChar(L *lua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := checkInt(L, i+1, "char")
		if c < 0 || c > 255 {
			argError(L, i+1, "char", "invalid value")
		}
		b[i] = byte(c)
	}
	L.Push(strValue(string(b)))
	return 1
}

func (l *lib) strRep(L *lua.LState) int {
	s, n := checkString(L, 1, "rep"), checkInt(L, 2, "rep")
	if n <= 0 || s == "" {
		L.Push(emptyStr)
		return 1
	}
	n = min(n, l.maxString+1) // or the product might overflow
	l.checkLen(L, len(s)*n)
	L.Push(strValue(strings.Repeat(s, n)))
	return 1
}

func (l *lib) strReverse(L *lua.LState) int {
	s := checkString(L, 1, "reverse")
	b := l.newBuffer(L)
	b.grow(len(s))
	for i := len(s) - 1; i >= 0; i-- {
		b.b = append(b.b, s[i])
	}
	L.Push(b.finish())
	return 1
}

func (l *lib) strLower(L *lua.LState) int { return l.mapCase(L, "lower", 'A', 'Z') }
func (l *lib) strUpper(L *lua.LState) int { return l.mapCase(L, "upper", 'a', 'z') }

// mapCase flips the case of the ASCII letters from first to last. Bytes of UTF-8
// stay as they are.
func (l *lib) mapCase(L *lua.LState, fn string, first, last byte) int {
	s := checkString(L, 1, fn)
	b := l.newBuffer(L)
	b.string(s)
	for i, c := range b.b {
		if first <= c && c <= last {
			b.b[i] = c ^ 0x20
		}
	}
	L.Push(b.finish())
	return 1
}
