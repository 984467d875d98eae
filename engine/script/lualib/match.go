package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// patternCache keeps the patterns a VM has used, up to a total size.
type patternCache struct {
	m    map[patternKey]*Pattern
	size int
}

type patternKey struct {
	src    string
	anchor bool
}

const maxCacheSize = 64 << 10 // bytes, roughly

func (c *patternCache) get(k patternKey) (*Pattern, error) {
	if p, ok := c.m[k]; ok {
		return p, nil
	}
	p, err := compile(k.src, k.anchor)
	if err != nil {
		return nil, err
	}
	size := 200 + len(k.src) + len(p.nodes)*8 + len(p.sets)*32
	if c.m == nil || c.size+size > maxCacheSize {
		c.m, c.size = make(map[patternKey]*Pattern), 0
	}
	k.src = strings.Clone(k.src) // it may be a part of a long string
	c.m[k] = p
	c.size += size
	return p, nil
}

// pattern compiles a pattern or raises. For gmatch, anchor is false: ^ has no
// meaning there.
func (l *lib) pattern(L *lua.LState, src string, anchor bool) *Pattern {
	charge(L, len(src)/bytesPerUnit)
	if _, ok := l.patterns.m[patternKey{src, anchor}]; !ok {
		charge(L, len(src)/stepsPerUnit)
	}
	p, err := l.patterns.get(patternKey{src, anchor})
	if err != nil {
		raise(L, "%s", err.Error())
	}
	return p
}

// search looks for p in s from init on. The matcher it returns is the VM's only one:
// its captures hold until script code may run. It is nil if there is no match.
func (l *lib) search(L *lua.LState, p *Pattern, s string, init int) *matcher {
	m := &l.m
	m.L = L
	m.reset(p, s)
	ok := m.find(init)
	m.s, m.L = "", nil
	if !ok {
		return nil
	}
	return m
}

func (l *lib) strFind(L *lua.LState) int  { return l.find(L, "find", true) }
func (l *lib) strMatch(L *lua.LState) int { return l.find(L, "match", false) }

func (l *lib) find(L *lua.LState, fn string, positions bool) int {
	s, pattern := checkString(L, 1, fn), checkString(L, 2, fn)
	init := min(max(fromEnd(optInt(L, 3, fn, 1), len(s))-1, 0), len(s))
	if positions && (L.ToBool(4) || !strings.ContainsAny(pattern, "^$*+?.([%-")) {
		return findPlain(L, s, pattern, init)
	}
	m := l.search(L, l.pattern(L, pattern, true), s, init)
	if m == nil {
		L.Push(lua.LNil)
		return 1
	}
	if positions {
		L.Push(intValue(m.start + 1))
		L.Push(intValue(m.end))
		return 2 + m.pushCaptures(L, s, false)
	}
	return m.pushCaptures(L, s, true)
}

func findPlain(L *lua.LState, s, sub string, init int) int {
	charge(L, (len(s)-init)/bytesPerUnit)
	i := strings.Index(s[init:], sub)
	if i < 0 {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(intValue(init + i + 1))
	L.Push(intValue(init + i + len(sub)))
	return 2
}

// pushCaptures pushes the captures in s, the subject, and returns how many. If there
// are none and whole is set, it pushes the whole match.
func (m *matcher) pushCaptures(L *lua.LState, s string, whole bool) int {
	if m.p.captures == 0 && whole {
		L.Push(subValue(s, s[m.start:m.end]))
		return 1
	}
	for i := range m.p.captures {
		L.Push(m.capture(s, i))
	}
	return m.p.captures
}

// capture returns capture i. Without captures, the first is the whole match.
func (m *matcher) capture(s string, i int) lua.LValue {
	if m.p.captures == 0 {
		return subValue(s, s[m.start:m.end])
	}
	c := m.caps[i]
	if c.End < 0 {
		return intValue(c.Start + 1)
	}
	return subValue(s, s[c.Start:c.End])
}

// strGmatch returns an iterator that looks for one match at a time. Its subject and
// pattern are upvalues, where the memory they hold can be seen.
func (l *lib) strGmatch(L *lua.LState) int {
	s, pattern := checkString(L, 1, "gmatch"), checkString(L, 2, "gmatch")
	l.pattern(L, pattern, false) // so that a wrong one raises here
	pos := 0
	L.Push(L.NewClosure(func(L *lua.LState) int {
		if pos > len(s) {
			return 0
		}
		m := l.search(L, l.pattern(L, pattern, false), s, pos)
		if m == nil {
			pos = len(s) + 1
			return 0
		}
		pos = m.end
		if m.end == m.start {
			pos++ // an empty match must not be found again
		}
		return m.pushCaptures(L, s, true)
	}, L.Get(1), L.Get(2)))
	return 1
}
