package lualib

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// verb is one conversion of string.format: %[flags][width][.prec]verb.
type verb struct {
	minus, plus, space, alt, zero bool
	width, prec                   int // prec is -1 if not given
	char                          byte
}

func (l *lib) strFormat(L *lua.LState) int {
	f := checkString(L, 1, "format")
	b := l.newBuffer(L)
	arg := 1
	for {
		n := strings.IndexByte(f, '%')
		if n < 0 {
			break
		}
		b.string(f[:n])
		f = f[n+1:]
		if f != "" && f[0] == '%' {
			b.byte('%')
			f = f[1:]
			continue
		}
		v, n := parseVerb(L, f)
		f = f[n:]
		arg++
		v.write(&b, arg)
	}
	b.string(f)
	L.Push(b.finish())
	return 1
}

// parseVerb reads a conversion after its % and returns its length.
func parseVerb(L *lua.LState, f string) (verb, int) {
	v := verb{prec: -1}
	i := 0
flags:
	for ; i < len(f); i++ {
		switch f[i] {
		case '-':
			v.minus = true
		case '+':
			v.plus = true
		case ' ':
			v.space = true
		case '#':
			v.alt = true
		case '0':
			v.zero = true
		default:
			break flags
		}
	}
	if i > 5 {
		raise(L, "invalid format (repeated flags)")
	}
	digits := func() (n int) {
		for end := i + 2; i < len(f) && i < end && isDigit(f[i]); i++ {
			n = n*10 + int(f[i]-'0')
		}
		return n
	}
	v.width = digits()
	if i < len(f) && f[i] == '.' {
		i++
		v.prec = digits()
	}
	if i < len(f) && isDigit(f[i]) {
		raise(L, "invalid format (width or precision too long)")
	}
	if i == len(f) {
		raise(L, "invalid option '%%' to 'format'")
	}
	v.char = f[i]
	return v, i + 1
}

// write formats argument n.
func (v verb) write(b *buffer, n int) {
	L := b.L
	if n > L.GetTop() {
		argError(L, n, "format", "no value")
	}
	switch v.char {
	case 'd', 'i':
		v.integer(b, checkNumber(L, n, "format"))
	case 'u', 'o', 'x', 'X':
		v.unsigned(b, checkNumber(L, n, "format"))
	case 'c':
		v.text(b, string([]byte{byte(checkInt(L, n, "format"))}))
	case 'e', 'E', 'f', 'g', 'G':
		v.float(b, checkNumber(L, n, "format"))
	case 'q':
		quote(b, checkString(L, n, "format"))
	case 's':
		var s string
		b.during(func() { s = ToString(L, L.Get(n)) })
		if v.prec >= 0 && v.prec < len(s) {
			s = s[:v.prec]
		}
		v.text(b, s)
	default:
		raise(L, "invalid option '%%%c' to 'format'", v.char)
	}
}

func (v verb) text(b *buffer, s string) {
	pad := v.width - len(s)
	if v.minus {
		b.string(s)
	}
	for ; pad > 0; pad-- {
		b.byte(' ')
	}
	if !v.minus {
		b.string(s)
	}
}

// sign is what stands before a number that is not negative.
func (v verb) sign() string {
	switch {
	case v.plus:
		return "+"
	case v.space:
		return " "
	}
	return ""
}

func (v verb) integer(b *buffer, f float64) {
	sign := v.sign()
	i := toInt64(f)
	u := uint64(i)
	if i < 0 {
		sign, u = "-", -u
	}
	var buf [64]byte
	v.digits(b, sign, strconv.AppendUint(buf[:0], u, 10))
}

func (v verb) unsigned(b *buffer, f float64) {
	u := uint64(toInt64(f))
	if f >= 1<<63 {
		u = math.MaxUint64
		if f < 1<<64 {
			u = uint64(f)
		}
	}
	base, prefix := 10, ""
	switch v.char {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
		if v.alt && u != 0 {
			prefix = "0" + string(v.char)
		}
	}
	var buf [64]byte
	d := strconv.AppendUint(buf[:0], u, base)
	if v.char == 'X' {
		d = []byte(strings.ToUpper(string(d)))
	}
	if v.char == 'o' && v.alt && v.prec <= len(d) && d[0] != '0' {
		v.prec = len(d) + 1
	}
	v.digits(b, prefix, d)
}

// toInt64 converts as C does on the usual processors: what does not fit becomes the
// smallest integer.
func toInt64(f float64) int64 {
	if f >= -1<<63 && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// digits writes an integer, with at least prec digits.
func (v verb) digits(b *buffer, prefix string, d []byte) {
	if v.prec == 0 && len(d) == 1 && d[0] == '0' {
		d = d[:0]
	}
	if v.prec >= 0 {
		v.zero = false
	}
	v.number(b, prefix, max(0, v.prec-len(d)), string(d))
}

// number writes prefix, zeros and digits, padded to the width.
func (v verb) number(b *buffer, prefix string, zeros int, d string) {
	pad := v.width - len(prefix) - zeros - len(d)
	if v.zero && !v.minus && pad > 0 {
		zeros, pad = zeros+pad, 0
	}
	if !v.minus {
		for ; pad > 0; pad-- {
			b.byte(' ')
		}
	}
	b.string(prefix)
	for ; zeros > 0; zeros-- {
		b.byte('0')
	}
	b.string(d)
	for ; pad > 0; pad-- {
		b.byte(' ')
	}
}

func (v verb) float(b *buffer, f float64) {
	sign := v.sign()
	if math.Signbit(f) {
		sign, f = "-", math.Abs(f)
	}
	var d string
	switch {
	case math.IsInf(f, 0):
		d, v.zero = "inf", false
	case math.IsNaN(f):
		d, v.zero = "nan", false
	default:
		d = v.floatDigits(f)
	}
	if v.char == 'E' || v.char == 'G' {
		d = strings.ToUpper(d)
	}
	v.number(b, sign, 0, d)
}

func (v verb) floatDigits(f float64) string {
	prec := v.prec
	if prec < 0 {
		prec = 6
	}
	kind := v.char | 0x20
	if kind == 'g' && v.alt {
		return alternateG(f, max(prec, 1))
	}
	if kind == 'g' && prec == 0 {
		prec = 1
	}
	d := strconv.FormatFloat(f, kind, prec, 64)
	if v.alt && prec == 0 {
		if e := strings.IndexByte(d, 'e'); e >= 0 {
			return d[:e] + "." + d[e:]
		}
		return d + "."
	}
	return d
}

// alternateG is %#g, which keeps trailing zeros.
func alternateG(f float64, prec int) string {
	d := strconv.FormatFloat(f, 'e', prec-1, 64)
	e := strings.IndexByte(d, 'e')
	if exp, _ := strconv.Atoi(d[e+1:]); exp >= -4 && exp < prec {
		d = strconv.FormatFloat(f, 'f', prec-1-exp, 64)
		if exp == prec-1 {
			d += "."
		}
		return d
	}
	if prec == 1 {
		return d[:e] + "." + d[e:]
	}
	return d
}

// quote writes s so that the Lua reader gets it back.
func quote(b *buffer, s string) {
	b.byte('"')
	for n := 1; ; n++ {
		i := strings.IndexAny(s, "\"\\\n\r\x00")
		if i < 0 {
			break
		}
		if n%256 == 0 {
			charge(b.L, 64)
		}
		b.string(s[:i])
		switch s[i] {
		case '\r':
			b.string("\\r")
		case 0:
			b.string("\\000")
		default:
			b.byte('\\')
			b.byte(s[i])
		}
		s = s[i+1:]
	}
	b.string(s)
	b.byte('"')
}
