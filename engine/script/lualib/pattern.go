package lualib

import (
	"errors"
	"fmt"
)

const (
	maxPattern  = 16 << 10 // bytes
	maxCaptures = 32
	maxRepeats  = 200 // each * + - ? may recurse once
)

// Pattern is a compiled Lua pattern. It does not change and may be used by any
// number of goroutines.
type Pattern struct {
	nodes    []node
	sets     []set
	captures int
	anchored bool // begins with ^
}

// node is one item of a pattern. The state of all captures at a node follows from
// its place alone, so that mistakes with captures are found when compiling.
type node struct {
	op   op
	rep  byte // 0 or one of * + - ?
	a, b byte // operand of opByte; both ends of opBalance
	n    uint16
}

type op uint8

const (
	opByte     op = iota // the byte a
	opAny                // any byte
	opSet                // a byte of set n
	opOpen               // capture n begins
	opClose              // capture n ends
	opPosition           // capture n is the position
	opBack               // the text of capture n again
	opBalance            // from a to the b that balances it
	opFrontier           // between a byte not in set n and one in it
	opEnd                // the end of the subject
)

// set is a set of bytes.
type set [8]uint32

func (s *set) add(c byte)      { s[c>>5] |= 1 << (c & 31) }
func (s *set) has(c byte) bool { return s[c>>5]&(1<<(c&31)) != 0 }

// CompilePattern compiles a pattern as string.match takes it. A ^ at its start
// anchors it.
func CompilePattern(p string) (*Pattern, error) { return compile(p, true) }

// compile compiles p; for gmatch, which knows no anchor, ^ stands for itself.
func compile(p string, anchor bool) (*Pattern, error) {
	if len(p) > maxPattern {
		return nil, fmt.Errorf("pattern too long (limit %s)", sizeText(maxPattern))
	}
	c := compiler{src: p}
	if anchor && p != "" && p[0] == '^' {
		c.anchored = true
		c.pos = 1
	}
	for c.pos < len(p) {
		if err := c.item(); err != nil {
			return nil, err
		}
	}
	if len(c.open) > 0 {
		return nil, errors.New("unfinished capture")
	}
	if c.repeats > maxRepeats {
		return nil, fmt.Errorf("pattern too complex (limit %d repetitions)", maxRepeats)
	}
	return &c.Pattern, nil
}

type compiler struct {
	Pattern
	src     string
	pos     int
	repeats int
	open    []int // captures that have begun
}

func (c *compiler) item() error {
	switch ch := c.src[c.pos]; {
	case ch == '(':
		c.pos++
		return c.openCapture()
	case ch == ')':
		c.pos++
		return c.closeCapture()
	case ch == '$' && c.pos+1 == len(c.src):
		c.pos++
		c.add(node{op: opEnd})
		return nil
	case ch == '%' && c.pos+1 < len(c.src):
		switch next := c.src[c.pos+1]; {
		case next == 'b':
			c.pos += 2
			return c.balance()
		case next == 'f':
			c.pos += 2
			return c.frontier()
		case isDigit(next):
			c.pos += 2
			return c.back(int(next - '1'))
		}
	}
	return c.single()
}

func (c *compiler) add(n node) { c.nodes = append(c.nodes, n) }

func (c *compiler) openCapture() error {
	if c.captures >= maxCaptures {
		return errors.New("too many captures")
	}
	n := node{op: opOpen, n: uint16(c.captures)}
	if c.pos < len(c.src) && c.src[c.pos] == ')' {
		c.pos++
		n.op = opPosition
	} else {
		c.open = append(c.open, c.captures)
	}
	c.captures++
	c.add(n)
	return nil
}

func (c *compiler) closeCapture() error {
	if len(c.open) == 0 {
		return errors.New("invalid pattern capture")
	}
	last := len(c.open) - 1
	c.add(node{op: opClose, n: uint16(c.open[last])})
	c.open = c.open[:last]
	return nil
}

func (c *compiler) back(i int) error {
	for _, open := range c.open {
		if open == i {
			i = -1
		}
	}
	if i < 0 || i >= c.captures {
		return errors.New("invalid capture index")
	}
	c.add(node{op: opBack, n: uint16(i)})
	return nil
}

func (c *compiler) balance() error {
	if c.pos+2 > len(c.src) {
		return errors.New("unbalanced pattern")
	}
	c.add(node{op: opBalance, a: c.src[c.pos], b: c.src[c.pos+1]})
	c.pos += 2
	return nil
}

func (c *compiler) frontier() error {
	if c.pos == len(c.src) || c.src[c.pos] != '[' {
		return errors.New("missing '[' after '%f' in pattern")
	}
	n, err := c.set()
	if err != nil {
		return err
	}
	c.add(node{op: opFrontier, n: n})
	return nil
}

// single compiles what stands for one byte, and the repetition after it.
func (c *compiler) single() error {
	n := node{op: opByte, a: c.src[c.pos]}
	switch n.a {
	case '.':
		n.op = opAny
		c.pos++
	case '[':
		i, err := c.set()
		if err != nil {
			return err
		}
		n = node{op: opSet, n: i}
	case '%':
		if c.pos+1 == len(c.src) {
			return errors.New("malformed pattern (ends with '%')")
		}
		n.a = c.src[c.pos+1]
		c.pos += 2
		if isClass(n.a) {
			var s set
			s.addClass(n.a)
			n = node{op: opSet, n: c.addSet(s)}
		}
	default:
		c.pos++
	}
	if c.pos < len(c.src) {
		switch r := c.src[c.pos]; r {
		case '*', '+', '-', '?':
			n.rep = r
			c.pos++
			c.repeats++
		}
	}
	c.add(n)
	return nil
}

// set compiles [set] at pos. The first character after [ or [^ may be a ], which
// then stands for itself.
func (c *compiler) set() (uint16, error) {
	end, err := c.setEnd()
	if err != nil {
		return 0, err
	}
	p := c.src[c.pos+1 : end+1] // with the ], which ends nothing here
	last := len(p) - 1
	invert := p[0] == '^'
	i := 0
	if invert {
		i = 1
	}
	var s set
	for ; i < last; i++ {
		switch {
		case p[i] == '%':
			i++
			s.addClass(p[i])
		case p[i+1] == '-' && i+2 < last:
			for ch := int(p[i]); ch <= int(p[i+2]); ch++ {
				s.add(byte(ch))
			}
			i += 2
		default:
			s.add(p[i])
		}
	}
	if invert {
		for i := range s {
			s[i] = ^s[i]
		}
	}
	c.pos = end + 1
	return c.addSet(s), nil
}

// setEnd returns the index of the ] that closes the set at pos.
func (c *compiler) setEnd() (int, error) {
	i := c.pos + 1
	if i < len(c.src) && c.src[i] == '^' {
		i++
	}
	for first := true; ; first = false {
		if i >= len(c.src) {
			return 0, errors.New("malformed pattern (missing ']')")
		}
		if c.src[i] == ']' && !first {
			return i, nil
		}
		if c.src[i] == '%' {
			i++
		}
		i++
	}
}

func (c *compiler) addSet(s set) uint16 {
	for i := max(0, len(c.sets)-4); i < len(c.sets); i++ {
		if c.sets[i] == s {
			return uint16(i)
		}
	}
	c.sets = append(c.sets, s)
	return uint16(len(c.sets) - 1)
}

func isClass(c byte) bool {
	switch c | 0x20 {
	case 'a', 'c', 'd', 'l', 'p', 's', 'u', 'w', 'x', 'z':
		return true
	}
	return false
}

// addClass adds the class %c, or c itself if it names no class.
func (s *set) addClass(c byte) {
	if !isClass(c) {
		s.add(c)
		return
	}
	s2 := &classes[c|0x20-'a']
	for i := range s {
		if c >= 'a' {
			s[i] |= s2[i]
		} else {
			s[i] |= ^s2[i]
		}
	}
}

// classes holds the classes of the C locale by their lower-case letter.
var classes = func() (t [26]set) {
	for i := range 256 {
		c := byte(i)
		lower := 'a' <= c && c <= 'z'
		upper := 'A' <= c && c <= 'Z'
		digit := isDigit(c)
		for letter, in := range map[byte]bool{
			'a': lower || upper,
			'c': c < ' ' || c == 127,
			'd': digit,
			'l': lower,
			'p': c > ' ' && c < 127 && !lower && !upper && !digit,
			's': isSpace(c),
			'u': upper,
			'w': lower || upper || digit,
			'x': hexVal(c) >= 0,
			'z': c == 0,
		} {
			if in {
				t[letter-'a'].add(c)
			}
		}
	}
	return t
}()
