package lualib

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// FormatNumber writes a number the way Lua 5.1 does, as C's "%.14g".
func FormatNumber(f float64) string {
	var buf [32]byte
	return string(appendNumber(buf[:0], f))
}

func appendNumber(b []byte, f float64) []byte {
	const exact = 1e14 // integers below it have at most 14 digits
	if i := int64(f); float64(i) == f && f < exact && f > -exact && (i != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(b, i, 10)
	}
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f) && math.Signbit(f):
		return append(b, "-nan"...) // what C prints for 0/0 on the same processor
	case math.IsNaN(f):
		return append(b, "nan"...)
	}
	return strconv.AppendFloat(b, f, 'g', 14, 64)
}

// ParseNumber reads a number as tonumber and arithmetic on strings do: decimal
// with fraction and exponent, or hexadecimal after 0x, with white space around it.
// A leading zero does not mean octal. Texts of more than 1,000 bytes are no numbers.
func ParseNumber(s string) (float64, bool) {
	s = trimSpace(s)
	if len(s) > maxNumeral {
		return 0, false
	}
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	f, ok := parseUnsigned(s)
	if neg {
		f = -f
	}
	return f, ok
}

const maxNumeral = 1000

func parseUnsigned(s string) (float64, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return parseHex(s[2:])
	}
	if s == "" || !isDecimal(s) {
		return 0, false
	}
	if len(s) <= 15 {
		if f, ok := parseDigits(s); ok {
			return f, true
		}
	}
	// The error can only be about the range, where the result is ±Inf or 0 as in C.
	f, _ := strconv.ParseFloat(s, 64)
	return f, true
}

func parseDigits(s string) (float64, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return float64(n), true
}

// isDecimal reports whether s is digits [. digits] [e [sign] digits].
// strconv alone would also take underscores, "inf" and "nan".
func isDecimal(s string) bool {
	i, digits := 0, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if i == len(s) {
			return false
		}
		for ; i < len(s) && isDigit(s[i]); i++ {
		}
	}
	return i == len(s)
}

// parseHex reads hex digits with an optional fraction and binary exponent.
func parseHex(s string) (float64, bool) {
	var f float64
	i, digits, scale := 0, 0, 0
	for ; i < len(s) && hexVal(s[i]) >= 0; i++ {
		f = f*16 + float64(hexVal(s[i]))
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && hexVal(s[i]) >= 0; i++ {
			f = f*16 + float64(hexVal(s[i]))
			digits++
			scale -= 4
		}
	}
	if digits == 0 {
		return 0, false
	}
	if i < len(s) && s[i]|0x20 == 'p' {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > maxInt || e < -maxInt {
			return 0, false
		}
		scale += e
		i = len(s)
	}
	return math.Ldexp(f, scale), i == len(s)
}

func hexVal(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// parseBase reads an integer in the given base, as tonumber(s, base) does.
func parseBase(s string, base int) (float64, bool) {
	s = trimSpace(s)
	if len(s) > maxNumeral {
		return 0, false
	}
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	if s == "" {
		return 0, false
	}
	var f float64
	for i := 0; i < len(s); i++ {
		d := digitVal(s[i])
		if d < 0 || d >= base {
			return 0, false
		}
		f = f*float64(base) + float64(d)
	}
	if neg {
		f = -f
	}
	return f, true
}

func digitVal(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// Numbers and one-byte strings that scripts ask for all the time, boxed once. They
// are never written to, so VMs may share them.
var (
	smallInts [256]lua.LValue
	byteStrs  [256]lua.LValue
	emptyStr  lua.LValue = lua.LString("")
)

func init() {
	for i := range smallInts {
		smallInts[i] = lua.LNumber(i)
		byteStrs[i] = lua.LString([]byte{byte(i)})
	}
}

func intValue(n int) lua.LValue {
	if 0 <= n && n < len(smallInts) {
		return smallInts[n]
	}
	return lua.LNumber(n)
}

func strValue(s string) lua.LValue {
	switch len(s) {
	case 0:
		return emptyStr
	case 1:
		return byteStrs[s[0]]
	}
	return lua.LString(s)
}

// subValue boxes a part of whole. A short part of a long string is copied: it
// would keep all of it in memory while counting as its own length only.
func subValue(whole, part string) lua.LValue {
	if len(part) < 2 {
		return strValue(part)
	}
	if len(whole) > 128 && len(part)*4 < len(whole) {
		return lua.LString(strings.Clone(part))
	}
	return lua.LString(part)
}
