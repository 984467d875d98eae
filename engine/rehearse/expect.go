package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"botd/engine/script"
	"botd/engine/script/lualib"
)

// expectation is a value about which something is expected. Each of its functions returns it,
// so that several can follow one another.
type expectation struct{ v script.Value }

var expectationClass = script.Class[*expectation]{
	Name: "expectation",
	Members: []script.Member{
		script.PlainMethod("equals", expectEquals), script.PlainMethod("differs", expectDiffers),
		script.PlainMethod("contains", expectContains), script.PlainMethod("lacks", expectLacks),
		script.PlainMethod("matches", expectMatches), script.PlainMethod("raises", expectRaises),
		script.PlainMethod("is_true", expectTrue), script.PlainMethod("is_false", expectFalse), script.PlainMethod("is_nil", expectNil),
		script.PlainMethod("above", expectAbove), script.PlainMethod("below", expectBelow),
	},
}

type anyArgs struct {
	Value script.Value `lua:"value"`
}

// expect begins an expectation about a value: expect(1 + 1):equals(2).
func expect(_ *script.Call, a anyArgs) *expectation { return &expectation{a.Value} }

// expectEquals fails unless the value is the same. Tables are the same if they hold the same.
func expectEquals(c *script.Call, e *expectation, a anyArgs) *expectation {
	if !equal(c, e.v, a.Value) {
		got, want := show(c, e.v), show(c, a.Value)
		if strings.Contains(got+want, "\n") {
			failWith(c, diffOf(want, got), "expected the same, got another value")
		}
		failWith(c, "", "expected %s, got %s", want, got)
	}
	return e
}

// expectDiffers fails if the value is the same.
func expectDiffers(c *script.Call, e *expectation, a anyArgs) *expectation {
	if equal(c, e.v, a.Value) {
		failWith(c, "", "expected another value than %s", show(c, a.Value))
	}
	return e
}

// expectContains fails unless a text has the other in it, or a list has it as an item.
func expectContains(c *script.Call, e *expectation, a anyArgs) *expectation {
	if !contains(c, e.v, a.Value) {
		failWith(c, "", "expected %s in %s", show(c, a.Value), show(c, e.v))
	}
	return e
}

// expectLacks fails if a text has the other in it, or a list has it as an item.
func expectLacks(c *script.Call, e *expectation, a anyArgs) *expectation {
	if contains(c, e.v, a.Value) {
		failWith(c, "", "expected no %s in %s", show(c, a.Value), show(c, e.v))
	}
	return e
}

type patternArgs struct {
	Pattern string `lua:"pattern"` // a Lua pattern
}

// expectMatches fails unless a text matches a Lua pattern.
func expectMatches(c *script.Call, e *expectation, a patternArgs) *expectation {
	text, ok := e.v.AsString()
	if !ok || !matches(c, a.Pattern, text) {
		failWith(c, "", "expected a text that matches %q, got %s", a.Pattern, show(c, e.v))
	}
	return e
}

type raisesArgs struct {
	Text string `lua:"text,optional"` // must be in the message
}

// expectRaises calls a function, and fails unless it raises an error.
func expectRaises(c *script.Call, e *expectation, a raisesArgs) *expectation {
	fn, ok := e.v.AsFunc()
	if !ok {
		c.Misuse("expected a function in expect(…), got %s", show(c, e.v))
	}
	_, err := c.Protected(fn)
	if err == nil {
		failWith(c, "", "expected an error, and there was none")
	}
	var raised *script.RaisedError
	text := err.Error()
	if errors.As(err, &raised) {
		text = c.Text(raised.Value)
	}
	if !strings.Contains(text, a.Text) {
		failWith(c, "", "expected an error with %q in it, got %q", a.Text, text)
	}
	return e
}

// expectTrue fails unless Lua takes the value for true: anything but false and nil.
func expectTrue(c *script.Call, e *expectation, _ script.None) *expectation {
	if !e.v.Truthy() {
		failWith(c, "", "expected something true, got %s", show(c, e.v))
	}
	return e
}

// expectFalse fails unless the value is false or nil.
func expectFalse(c *script.Call, e *expectation, _ script.None) *expectation {
	if e.v.Truthy() {
		failWith(c, "", "expected false or nil, got %s", show(c, e.v))
	}
	return e
}

// expectNil fails unless the value is nil.
func expectNil(c *script.Call, e *expectation, _ script.None) *expectation {
	if !e.v.IsNil() {
		failWith(c, "", "expected nil, got %s", show(c, e.v))
	}
	return e
}

type boundArgs struct {
	Bound float64 `lua:"bound"`
}

// expectAbove fails unless the value is a number above a bound.
func expectAbove(c *script.Call, e *expectation, a boundArgs) *expectation {
	if n, ok := e.v.AsNumber(); !ok || n <= a.Bound {
		failWith(c, "", "expected a number above %g, got %s", a.Bound, show(c, e.v))
	}
	return e
}

// expectBelow fails unless the value is a number below a bound.
func expectBelow(c *script.Call, e *expectation, a boundArgs) *expectation {
	if n, ok := e.v.AsNumber(); !ok || n >= a.Bound {
		failWith(c, "", "expected a number below %g, got %s", a.Bound, show(c, e.v))
	}
	return e
}

// equal compares plain data by what it holds, all else by what it is.
func equal(c *script.Call, a, b script.Value) bool {
	if c.Equal(a, b) {
		return true
	}
	x, err := c.Plain(a)
	if err != nil {
		return false
	}
	y, err := c.Plain(b)
	return err == nil && reflect.DeepEqual(x, y)
}

func contains(c *script.Call, in, what script.Value) bool {
	if text, ok := in.AsString(); ok {
		part, ok := what.AsString()
		return ok && strings.Contains(text, part)
	}
	for i := range in.Len() {
		if equal(c, in.Item(i+1), what) {
			return true
		}
	}
	return false
}

// matches reports whether a text matches a Lua pattern; it raises if that is none.
func matches(c *script.Call, pattern, text string) bool {
	p, err := lualib.CompilePattern(pattern)
	if err != nil {
		c.BadArg("pattern", "%s", err)
	}
	_, ok := p.Match(text, 0, func(int) bool { return true })
	return ok
}

// show is a value as a test writes it.
func show(c *script.Call, v script.Value) string {
	if v.IsTable() {
		if plain, err := c.Plain(v); err == nil {
			return literal(plain, "")
		}
	}
	if s, ok := v.AsString(); ok && v.TypeName() == "string" {
		return strconv.Quote(s)
	}
	return c.Text(v)
}

// literal is plain data as Lua writes it, tables over several lines.
func literal(v any, indent string) string {
	deeper := indent + "  "
	var items []string
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return strconv.Quote(v)
	case []any:
		for _, e := range v {
			items = append(items, literal(e, deeper))
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			items = append(items, k+" = "+literal(v[k], deeper))
		}
	default:
		return fmt.Sprint(v)
	}
	if len(items) == 0 {
		return "{}"
	}
	if line := "{ " + strings.Join(items, ", ") + " }"; len(indent)+len(line) <= 60 && !strings.Contains(line, "\n") {
		return line
	}
	return "{\n" + deeper + strings.Join(items, ",\n"+deeper) + ",\n" + indent + "}"
}

// diffOf shows how two texts of several lines differ.
func diffOf(want, got string) string {
	return string(diff.Diff("expected", []byte(want+"\n"), "got", []byte(got+"\n")))
}

// failWith ends the case. detail may have many lines.
func failWith(c *script.Call, detail, format string, args ...any) {
	fileOf(c).detail = detail
	c.Raise(format, args...)
}
