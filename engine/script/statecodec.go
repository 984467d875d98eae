package script

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// The state of a script is kept as JSON, which people can read. What JSON cannot hold has
// the forms that values in the store have: {"$bytes": base64} is a text that is no
// UTF-8, {"$pairs": [[key, value], …]} a table whose keys are not all plain names.
const (
	bytesForm = "$bytes"
	pairsForm = "$pairs"
)

// stateEncoder writes Lua values, straight from the tables: it runs where the script
// could, twice a second.
type stateEncoder struct {
	vm    *VM
	b     []byte
	above []*lua.LTable // the tables that the value at hand is in
}

// tooLarge is that the state is too large, most of it in a field.
func tooLarge(field string) *mismatch {
	msg := fmt.Sprintf("it is larger than %d KiB", MaxState>>10)
	if field != "" {
		msg += fmt.Sprintf("; most of it is in the field %q", clip(field))
	}
	return &mismatch{msg: msg + "; what may grow without bound belongs in kv"}
}

// fields writes the state itself, and finds its largest field if it is too large.
func (e *stateEncoder) fields(t *lua.LTable) *mismatch {
	m := e.value(t)
	if len(e.b) <= MaxState {
		return m
	}
	largest, most, sum := "", 0, 0
	_ = eachPair(t, func(k, v lua.LValue) *mismatch {
		f := stateEncoder{vm: e.vm}
		if sum < 4*MaxState { // what is shared counts each time: there may be no end to it
			_ = f.value(v)
		}
		if sum += len(f.b); len(f.b) > most {
			largest, most = shown(k), len(f.b)
		}
		return nil
	})
	return tooLarge(largest)
}

func (e *stateEncoder) value(v lua.LValue) *mismatch {
	if len(e.b) > MaxState {
		return tooLarge("")
	}
	switch v := v.(type) {
	case *lua.LNilType:
		e.b = append(e.b, "null"...)
		return nil
	case lua.LBool:
		e.b = strconv.AppendBool(e.b, bool(v))
		return nil
	case lua.LNumber:
		return e.number(float64(v))
	case lua.LString:
		e.text(string(v))
		return nil
	case *lua.LTable:
		return e.table(lualib.Behind(v))
	case *lua.LUserData:
		if _, null := v.Value.(Null); null {
			e.b = append(e.b, "null"...)
			return nil
		}
	}
	return &mismatch{msg: fmt.Sprintf("expected plain data (booleans, numbers, strings and tables of them), got %s", described(v))}
}

// exact is below what every whole number is a float64.
const exact = 1 << 53

func (e *stateEncoder) number(f float64) *mismatch {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return &mismatch{msg: "the number is not finite"}
	case f == math.Trunc(f) && math.Abs(f) < exact && (f != 0 || !math.Signbit(f)):
		e.b = strconv.AppendInt(e.b, int64(f), 10)
	default:
		e.b = strconv.AppendFloat(e.b, f, 'g', -1, 64)
	}
	return nil
}

func (e *stateEncoder) text(s string) {
	if !utf8.ValidString(s) {
		e.b = append(e.b, `{"`+bytesForm+`":"`...)
		e.b = base64.StdEncoding.AppendEncode(e.b, []byte(s))
		e.b = append(e.b, `"}`...)
		return
	}
	e.b = append(e.b, '"')
	rest := 0 // where what is still to be copied begins
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			e.b = append(e.b, s[rest:i]...)
			if c < ' ' {
				e.b = fmt.Appendf(e.b, `\u%04x`, c)
			} else {
				e.b = append(e.b, '\\', c)
			}
			rest = i + 1
		}
	}
	e.b = append(append(e.b, s[rest:]...), '"')
}

func (e *stateEncoder) table(t *lua.LTable) *mismatch {
	if slices.Contains(e.above, t) {
		return &mismatch{msg: "the table contains itself"}
	}
	if len(e.above) >= maxPlainDepth {
		return &mismatch{msg: fmt.Sprintf("tables within tables, more than %d deep", maxPlainDepth)}
	}
	e.above = append(e.above, t)
	defer func() { e.above = e.above[:len(e.above)-1] }()
	n := t.Len()
	switch {
	case n == 0 && isArray(e.vm, t) && isEmpty(t):
		e.b = append(e.b, "[]"...)
		return nil
	case n > 0 && isList(t, n):
		return e.list(t, n)
	case n == 0:
		start := len(e.b)
		if plain, m := e.object(t); plain || m != nil {
			return m
		}
		e.b = e.b[:start]
	}
	return e.pairs(t)
}

func isEmpty(t *lua.LTable) bool {
	k, _ := t.Next(lua.LNil)
	return k == lua.LNil
}

// isList reports whether the keys of a table are 1 to n and no others.
func isList(t *lua.LTable, n int) bool {
	count := 0
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		if f, ok := k.(lua.LNumber); !ok || f < 1 || f > lua.LNumber(n) || f != lua.LNumber(int(f)) {
			return false
		}
		count++
	}
	return count == n
}

func (e *stateEncoder) list(t *lua.LTable, n int) *mismatch {
	for i := 1; i <= n; i++ {
		e.b = append(e.b, separator(i == 1, '['))
		if m := e.value(t.RawGetInt(i)); m != nil {
			return m.at(fmt.Sprintf("[%d]", i))
		}
	}
	e.b = append(e.b, ']')
	return nil
}

func separator(first bool, open byte) byte {
	if first {
		return open
	}
	return ','
}

// object writes a table whose keys are plain names; plain is false if they are not all.
func (e *stateEncoder) object(t *lua.LTable) (plain bool, m *mismatch) {
	first := true
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		name, ok := k.(lua.LString)
		if !ok || strings.HasPrefix(string(name), "$") || !utf8.ValidString(string(name)) {
			return false, nil
		}
		e.b = append(e.b, separator(first, '{'))
		first = false
		e.text(string(name))
		e.b = append(e.b, ':')
		if m := e.value(v); m != nil {
			return true, m.at(string(name))
		}
	}
	if first {
		e.b = append(e.b, '{')
	}
	e.b = append(e.b, '}')
	return true, nil
}

// pairs writes a table with any keys.
func (e *stateEncoder) pairs(t *lua.LTable) *mismatch {
	e.b = append(e.b, `{"`+pairsForm+`":[`...)
	first := true
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		switch k.(type) {
		case lua.LString, lua.LNumber:
		default:
			return &mismatch{msg: fmt.Sprintf("a key that is %s; keys must be strings or numbers", described(k))}
		}
		if !first {
			e.b = append(e.b, ',')
		}
		first = false
		e.b = append(e.b, '[')
		m := e.value(k)
		e.b = append(e.b, ',')
		if m == nil {
			m = e.value(v)
		}
		if m != nil {
			return m.at(place(k))
		}
		e.b = append(e.b, ']')
	}
	e.b = append(e.b, "]}"...)
	return nil
}

func place(k lua.LValue) string {
	if name, ok := k.(lua.LString); ok {
		return clip(string(name))
	}
	return "[" + shown(k) + "]"
}

// decodeRecord reads what state.encode wrote.
func (vm *VM) decodeRecord(record []byte) (*lua.LTable, int, error) {
	var r struct {
		Version int             `json:"version"`
		Data    json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return nil, 0, err
	}
	v, err := vm.decodeState(r.Data)
	if err != nil {
		return nil, 0, err
	}
	t, ok := v.(*lua.LTable)
	if !ok {
		return nil, 0, errors.New("it is no table")
	}
	return t, r.Version, nil
}

func (vm *VM) decodeState(b []byte) (lua.LValue, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return vm.fromState(v), nil
}

func (vm *VM) fromState(v any) lua.LValue {
	switch v := v.(type) {
	case nil:
		return vm.bound.nullValue(vm)
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case []any:
		t := vm.L.CreateTable(len(v), 0)
		for _, e := range v {
			t.Append(vm.fromState(e))
		}
		if len(v) == 0 {
			t.Metatable = vm.bound.arrayMeta(vm)
		}
		return t
	case map[string]any:
		return vm.fromObject(v)
	}
	return lua.LNil
}

func (vm *VM) fromObject(v map[string]any) lua.LValue {
	if text, ok := v[bytesForm].(string); ok && len(v) == 1 {
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return lua.LString(b)
		}
	}
	t := vm.L.CreateTable(0, len(v))
	if pairs, ok := v[pairsForm].([]any); ok && len(v) == 1 {
		for _, p := range pairs {
			if p, ok := p.([]any); ok && len(p) == 2 {
				switch k := vm.fromState(p[0]).(type) {
				case lua.LString, lua.LNumber:
					t.RawSet(k, vm.fromState(p[1]))
				}
			}
		}
		return t
	}
	for _, name := range slices.Sorted(maps.Keys(v)) { // so that pairs goes in a fixed order
		t.RawSetString(name, vm.fromState(v[name]))
	}
	return t
}
