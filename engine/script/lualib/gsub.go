package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// strGsub replaces as it goes. The callback may wait, and other handlers may then use
// the library: all that lasts over a callback is local.
func (l *lib) strGsub(L *lua.LState) int {
	s, pattern := checkString(L, 1, "gsub"), checkString(L, 2, "gsub")
	replace := l.replacer(L)
	limit := len(s) + 1
	if L.Get(4) != lua.LNil {
		limit = checkInt(L, 4, "gsub")
	}
	p := l.pattern(L, pattern, true)
	b := l.newBuffer(L)
	count, copied := 0, 0
	for pos := 0; count < limit && pos <= len(s); {
		m := l.search(L, p, s, pos)
		if m == nil {
			break
		}
		start, end := m.start, m.end
		count++
		b.string(s[copied:start])
		replace(&b, m, s)
		copied = end
		if pos = end; end == start {
			pos++ // an empty match must not be found again
		}
		if p.anchored {
			break
		}
	}
	if count == 0 {
		b.drop()
		L.Push(strValue(s))
	} else {
		b.string(s[copied:])
		L.Push(b.finish())
	}
	L.Push(intValue(count))
	return 2
}

// replacer returns what writes the replacement of a match.
func (l *lib) replacer(L *lua.LState) func(b *buffer, m *matcher, s string) {
	switch r := L.Get(3).(type) {
	case lua.LString, lua.LNumber:
		return replaceString(L, checkString(L, 3, "gsub"))
	case *lua.LTable:
		return func(b *buffer, m *matcher, s string) {
			start, end := m.start, m.end
			var v lua.LValue
			b.during(func() { v = L.GetTable(r, m.capture(s, 0)) })
			b.replacement(v, s[start:end])
		}
	case *lua.LFunction:
		return func(b *buffer, m *matcher, s string) {
			start, end := m.start, m.end
			L.Push(r)
			n := m.pushCaptures(L, s, true)
			b.during(func() { L.Call(n, 1) })
			v := L.Get(-1)
			L.Pop(1)
			b.replacement(v, s[start:end])
		}
	}
	argError(L, 3, "gsub", "string/function/table expected")
	return nil
}

// replacement writes what a callback or table gave for a match.
func (b *buffer) replacement(v lua.LValue, match string) {
	switch {
	case !lua.LVAsBool(v):
		b.string(match)
	case isText(v):
		b.value(v)
	default:
		raise(b.L, "invalid replacement value (a %s)", v.Type())
	}
}

// replaceString writes r with %0 to %9 replaced by captures.
func replaceString(L *lua.LState, r string) func(b *buffer, m *matcher, s string) {
	if strings.IndexByte(r, '%') < 0 {
		return func(b *buffer, _ *matcher, _ string) { b.string(r) }
	}
	return func(b *buffer, m *matcher, s string) {
		for i := 0; i < len(r); i++ {
			n := strings.IndexByte(r[i:], '%')
			if n < 0 {
				b.string(r[i:])
				return
			}
			b.string(r[i : i+n])
			i += n + 1
			switch {
			case i == len(r):
				raise(L, "invalid use of '%%' in replacement string")
			case !isDigit(r[i]):
				b.byte(r[i])
			case r[i] == '0':
				b.string(s[m.start:m.end])
			default:
				k := int(r[i] - '1')
				if k > 0 && k >= m.p.captures {
					raise(L, "invalid capture index")
				}
				b.value(m.capture(s, k))
			}
		}
	}
}
