package script

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/script/lualib"
)

func enumDecoder(values []string) decoder {
	return decoder{maskString, "one of " + strings.Join(values, ", "), func(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
		s, ok := v.(lua.LString)
		if !ok {
			return wrongType("one of "+strings.Join(values, ", "), v)
		}
		if !slices.Contains(values, string(s)) {
			return &mismatch{msg: unknown("value", string(s), values)}
		}
		dst.SetString(string(s))
		return nil
	}}
}

func readString(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	switch v := v.(type) {
	case lua.LString:
		dst.SetString(string(v))
	case lua.LNumber: // as everywhere in Lua
		dst.SetString(shown(v))
	default:
		return wrongType("a string", v)
	}
	return nil
}

func readText(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	s, ok := v.(lua.LString)
	if !ok {
		return wrongType("a string", v)
	}
	if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		return &mismatch{msg: messageOf(err)}
	}
	return nil
}

func readBool(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	b, ok := v.(lua.LBool)
	if !ok {
		return wrongType("true or false", v)
	}
	dst.SetBool(bool(b))
	return nil
}

// number also reads a string, as Lua does; words of a chat line are strings.
func number(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		f, ok := lualib.ParseNumber(string(v))
		return f, ok && !math.IsInf(f, 0)
	}
	return 0, false
}

func readInt(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	f, ok := number(v)
	if !ok || f != math.Trunc(f) {
		return wrongType("a whole number", v)
	}
	if math.Abs(f) > 1<<53 || dst.OverflowInt(int64(f)) {
		return &mismatch{msg: fmt.Sprintf("the number %s is too large", shown(lua.LNumber(f)))}
	}
	dst.SetInt(int64(f))
	return nil
}

func readFloat(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	f, ok := number(v)
	if !ok {
		return wrongType("a number", v)
	}
	// Nothing that counts, weighs or measures can do with these, and JSON has no place for them.
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return wrongType("a finite number", v)
	}
	dst.SetFloat(f)
	return nil
}

func readFunc(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	fn, ok := v.(*lua.LFunction)
	if !ok {
		return wrongType("a function", v)
	}
	dst.Set(reflect.ValueOf(Func{fn}))
	return nil
}

func readValue(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	dst.Set(reflect.ValueOf(Value{v}))
	return nil
}

func readTime(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	f, ok := v.(lua.LNumber)
	if !ok || math.IsNaN(float64(f)) || math.Abs(float64(f)) > 1e11 {
		return wrongType("a time in unix seconds", v)
	}
	dst.Set(reflect.ValueOf(TimeOf(float64(f))))
	return nil
}

const wantDuration = `a duration (seconds, or text such as "90s", "5m", "1h30m", "2d")`

func readDuration(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
	switch v := v.(type) {
	case lua.LNumber:
		if f := float64(v); !math.IsNaN(f) {
			dst.SetInt(int64(engine.SecondsOf(f)))
			return nil
		}
	case lua.LString:
		if d, ok := engine.ParseDuration(string(v)); ok {
			dst.SetInt(int64(d))
			return nil
		}
	}
	return wrongType(wantDuration, v)
}
