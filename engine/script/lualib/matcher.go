package lualib

import (
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

// Capture is one captured part of a subject, as Go indexes. For a position capture,
// written (), End is -1.
type Capture struct{ Start, End int }

// maxFreeSteps bounds a match that nobody counts: some milliseconds.
const maxFreeSteps = 1 << 20

// Match looks for the pattern in s from index init on. The first capture is the
// whole match, the others follow.
//
// budget is asked now and then whether the given number of steps, of some
// nanoseconds each, may be taken; if it says no, there is no match. With a nil budget
// a match is given up after a million steps.
func (p *Pattern) Match(s string, init int, budget func(int) bool) (captures []Capture, ok bool) {
	if init < 0 || init > len(s) {
		return nil, false
	}
	m := matchers.Get().(*matcher)
	defer matchers.Put(m)
	m.reset(p, s)
	m.left, m.free, m.budget = matchStride, maxFreeSteps, budget
	if m.findWithin(init) {
		captures = make([]Capture, 1+p.captures)
		captures[0] = Capture{m.start, m.end}
		copy(captures[1:], m.caps[:p.captures])
	}
	m.s, m.budget = "", nil
	return captures, captures != nil
}

// matchers spares [Pattern.Match] an allocation for each text.
var matchers = sync.Pool{New: func() any { return new(matcher) }}

// findWithin is find that ends when the budget does.
func (m *matcher) findWithin(init int) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != errSteps {
				panic(r)
			}
			ok = false
		}
	}()
	return m.find(init)
}

// matcher runs one pattern over one subject. It recurses once for each repetition
// on its way through the pattern, whatever the subject.
type matcher struct {
	p          *Pattern
	s          string
	start, end int // of the match
	left       int // steps until the next charge
	caps       [maxCaptures]Capture

	// Who pays: the handler of L, else budget, else what is left of free.
	L      *lua.LState
	budget func(int) bool
	free   int
}

// matchStride is how many steps are taken between two charges.
const matchStride = 256

// stepsPerUnit says how many steps cost one unit of a [Meter].
const stepsPerUnit = 4

type stepsError struct{}

var errSteps = &stepsError{}

// reset makes the matcher ready for a subject. Steps not paid for yet stay due.
func (m *matcher) reset(p *Pattern, s string) { m.p, m.s = p, s }

// pay charges for the steps taken since the last time.
func (m *matcher) pay() {
	n := matchStride - m.left
	m.left = matchStride
	switch {
	case m.L != nil:
		charge(m.L, n/stepsPerUnit)
	case m.budget != nil:
		if !m.budget(n) {
			panic(errSteps)
		}
	default:
		if m.free -= n; m.free < 0 {
			panic(errSteps)
		}
	}
}

func (m *matcher) step(n int) {
	if m.left -= n; m.left < 0 {
		m.pay()
	}
}

// find looks for a match that begins at init or later.
func (m *matcher) find(init int) bool {
	nodes := m.p.nodes
	for s := init; s <= len(m.s); s++ {
		if len(nodes) > 0 && nodes[0].op == opByte && (nodes[0].rep == 0 || nodes[0].rep == '+') && !m.p.anchored {
			i := strings.IndexByte(m.s[s:], nodes[0].a)
			if i < 0 {
				m.step((len(m.s) - s) / 16)
				return false
			}
			m.step(i / 16)
			s += i
		}
		if m.matchAt(s) {
			return true
		}
		if m.p.anchored {
			return false
		}
	}
	return false
}

// matchAt tries a match that begins at s.
func (m *matcher) matchAt(s int) bool {
	m.step(1)
	e := m.match(s, 0)
	if e < 0 {
		return false
	}
	m.start, m.end = s, e
	return true
}

// match matches the nodes from i on at s and returns where the match ends, or -1.
// Captures need not be restored when it fails: the nodes that read a capture come
// after those that set it, on every way.
func (m *matcher) match(s, i int) int {
	nodes := m.p.nodes
	for ; i < len(nodes); i++ {
		if m.left--; m.left < 0 {
			m.pay()
		}
		nd := &nodes[i]
		switch nd.rep {
		case 0:
			if s = m.one(nd, s); s < 0 {
				return -1
			}
		case '?':
			if s < len(m.s) && m.single(nd, m.s[s]) {
				if e := m.match(s+1, i+1); e >= 0 {
					return e
				}
			}
		case '-':
			return m.shortest(nd, s, i)
		default:
			return m.longest(nd, s, i)
		}
	}
	return s
}

// one matches a node that is not repeated.
func (m *matcher) one(nd *node, s int) int {
	switch nd.op {
	case opOpen:
		m.caps[nd.n].Start = s
		return s
	case opClose:
		m.caps[nd.n].End = s
		return s
	case opPosition:
		m.caps[nd.n] = Capture{s, -1}
		return s
	case opEnd:
		if s != len(m.s) {
			return -1
		}
		return s
	case opBack:
		return m.back(m.caps[nd.n], s)
	case opBalance:
		return m.balance(nd, s)
	case opFrontier:
		set := &m.p.sets[nd.n]
		if set.has(m.at(s-1)) || !set.has(m.at(s)) {
			return -1
		}
		return s
	}
	if s < len(m.s) && m.single(nd, m.s[s]) {
		return s + 1
	}
	return -1
}

func (m *matcher) single(nd *node, c byte) bool {
	switch nd.op {
	case opByte:
		return nd.a == c
	case opAny:
		return true
	default:
		return m.p.sets[nd.n].has(c)
	}
}

// at is the byte at i; there is a zero byte before and after the subject.
func (m *matcher) at(i int) byte {
	if i < 0 || i >= len(m.s) {
		return 0
	}
	return m.s[i]
}

// back matches the text of a capture again. A position never matches.
func (m *matcher) back(c Capture, s int) int {
	n := c.End - c.Start
	if c.End < 0 || len(m.s)-s < n {
		return -1
	}
	m.step(n / 64)
	if m.s[s:s+n] != m.s[c.Start:c.End] {
		return -1
	}
	return s + n
}

func (m *matcher) balance(nd *node, s int) int {
	if s >= len(m.s) || m.s[s] != nd.a {
		return -1
	}
	depth := 1
	for i := s + 1; i < len(m.s); i++ {
		switch m.s[i] {
		case nd.b:
			if depth--; depth == 0 {
				m.step((i - s) / 4)
				return i + 1
			}
		case nd.a:
			depth++
		}
	}
	m.step((len(m.s) - s) / 4)
	return -1
}

func (m *matcher) shortest(nd *node, s, i int) int {
	for {
		if e := m.match(s, i+1); e >= 0 {
			return e
		}
		if s >= len(m.s) || !m.single(nd, m.s[s]) {
			return -1
		}
		s++
		m.step(1)
	}
}

// longest matches * and +.
func (m *matcher) longest(nd *node, s, i int) int {
	n := m.run(nd, s)
	m.step(n / 4)
	least := 0
	if nd.rep == '+' {
		least = 1
	}
	if n < least {
		return -1
	}
	rest := m.p.nodes[i+1:]
	if len(rest) == 0 {
		return s + n
	}
	// The byte that must follow, if there is one, rules out most places at once.
	literal := rest[0].op == opByte && (rest[0].rep == 0 || rest[0].rep == '+')
	for ; n >= least; n-- {
		if literal && m.at(s+n) != rest[0].a {
			m.step(1)
			continue
		}
		if e := m.match(s+n, i+1); e >= 0 {
			return e
		}
	}
	return -1
}

// run counts how many bytes at s match the node.
func (m *matcher) run(nd *node, s int) int {
	rest := m.s[s:]
	switch nd.op {
	case opAny:
		return len(rest)
	case opByte:
		for i := 0; i < len(rest); i++ {
			if rest[i] != nd.a {
				return i
			}
		}
	default:
		set := &m.p.sets[nd.n]
		for i := 0; i < len(rest); i++ {
			if !set.has(rest[i]) {
				return i
			}
		}
	}
	return len(rest)
}
