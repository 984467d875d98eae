package script

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// Plain data is what JSON can hold: nil, booleans, numbers, strings, lists and tables
// with named fields. It crosses between VMs and into stores, always as a copy.
const (
	maxPlainDepth = 32
	maxPlainNodes = 100_000
	maxPlainBytes = 1 << 20
)

// plainCopy is one deep copy of Lua values into Go.
type plainCopy struct {
	c     *Call
	nodes int
	bytes int
	above []*lua.LTable // the tables that the value at hand is in
}

// Plain copies a value of plain data. What cannot be in it (functions, objects, a
// table within itself), and what is too deep or too much, is an error.
func (c *Call) Plain(v Value) (any, error) {
	p := plainCopy{c: c}
	out, m := p.copy(v.lua())
	if m != nil {
		return nil, &mismatchError{m}
	}
	return out, nil
}

func readPlain(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
	p := plainCopy{c: c}
	out, err := p.copy(v)
	if err == nil && out != nil {
		dst.Set(reflect.ValueOf(out))
	}
	return err
}

func readPlainMap(c *Call, tbl *lua.LTable, dst reflect.Value) *mismatch {
	p := plainCopy{c: c}
	out, err := p.copy(tbl)
	if err != nil {
		return err
	}
	m, ok := out.(map[string]any)
	if !ok {
		return &mismatch{msg: "expected named fields, got a list"}
	}
	dst.Set(reflect.ValueOf(m).Convert(dst.Type()))
	return nil
}

func (p *plainCopy) copy(v lua.LValue) (any, *mismatch) {
	p.nodes++
	if p.nodes > maxPlainNodes || p.bytes > maxPlainBytes {
		return nil, &mismatch{msg: fmt.Sprintf("too much data: at most %d values and %d KiB of text", maxPlainNodes, maxPlainBytes>>10)}
	}
	p.c.Charge(1)
	switch v := v.(type) {
	case *lua.LNilType:
		return nil, nil
	case lua.LBool:
		return bool(v), nil
	case lua.LNumber:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, &mismatch{msg: "the number is not finite"}
		}
		return float64(v), nil
	case lua.LString:
		p.bytes += len(v)
		p.c.Charge(len(v) / 64)
		return string(v), nil
	case *lua.LTable:
		return p.table(lualib.Behind(v))
	case *lua.LUserData:
		if _, null := v.Value.(Null); null {
			return nil, nil
		}
	}
	return nil, &mismatch{msg: fmt.Sprintf("expected plain data (nil, booleans, numbers, strings and tables of them), got %s", described(v))}
}

func (p *plainCopy) table(t *lua.LTable) (any, *mismatch) {
	if slices.Contains(p.above, t) {
		return nil, &mismatch{msg: "the table contains itself"}
	}
	if len(p.above) >= maxPlainDepth {
		return nil, &mismatch{msg: fmt.Sprintf("tables within tables, more than %d deep", maxPlainDepth)}
	}
	p.above = append(p.above, t)
	defer func() { p.above = p.above[:len(p.above)-1] }()
	if t.Len() > 0 || isArray(p.c.vm, t) {
		return p.list(t)
	}
	out := map[string]any{}
	err := eachPair(t, func(k, v lua.LValue) *mismatch {
		name, ok := k.(lua.LString)
		if !ok {
			return &mismatch{msg: fmt.Sprintf("the key [%s]: keys must be strings, or 1, 2, 3 and so on without holes", shown(k))}
		}
		p.bytes += len(name)
		e, err := p.copy(v)
		out[string(name)] = e
		return err.at(string(name))
	})
	return out, err
}

func (p *plainCopy) list(t *lua.LTable) (any, *mismatch) {
	n := t.Len()
	out := make([]any, 0, min(n, 1024))
	for i := 1; i <= n; i++ {
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return nil, &mismatch{msg: fmt.Sprintf("a list without the item %d: keys must be strings, or 1, 2, 3 and so on without holes", i)}
		}
		e, err := p.copy(v)
		if err != nil {
			return nil, err.at(fmt.Sprintf("[%d]", i))
		}
		out = append(out, e)
	}
	return out, eachPair(t, func(k, _ lua.LValue) *mismatch {
		if f, ok := k.(lua.LNumber); ok && f >= 1 && int(f) <= n && f == lua.LNumber(int(f)) {
			return nil
		}
		return &mismatch{msg: fmt.Sprintf("a list with the key %q: it must be a list or a table with names, not both", shown(k))}
	})
}

// Null is the Go value of json.null, which stands for nothing where Lua's nil cannot:
// inside a table.
type Null struct{}

// Null is the one value of json.null in this VM.
func (c *Call) Null() Value { return Value{c.vm.bound.nullValue(c.vm)} }

// Array marks a table as a list, so that it stays one when it is empty. It raises if the
// table has a metatable already: that may be what makes it read-only.
func (c *Call) Array(v Value) Value {
	if t, ok := v.v.(*lua.LTable); ok && !isArray(c.vm, t) {
		if t.Metatable != lua.LNil {
			c.Misuse("the table has a metatable")
		}
		t.Metatable = c.vm.bound.arrayMeta(c.vm)
	}
	return v
}

func isArray(vm *VM, t *lua.LTable) bool {
	return vm.bound.array != nil && t.Metatable == lua.LValue(vm.bound.array)
}

// PlainToLua makes tables of plain data. With nulls, a null inside a list or table
// becomes json.null, else it is left out.
func (c *Call) PlainToLua(v any, nulls bool) Value {
	p := plainMaker{vm: c.vm}
	if nulls {
		p.null = c.vm.bound.nullValue(c.vm)
	}
	return Value{p.make(v)}
}

func (vm *VM) plainToLua(v any) lua.LValue {
	p := plainMaker{vm: vm}
	return p.make(v)
}

type plainMaker struct {
	vm   *VM
	null lua.LValue // nil: left out
}

func (p *plainMaker) make(v any) lua.LValue {
	switch v := v.(type) {
	case nil:
		if p.null != nil {
			return p.null
		}
		return lua.LNil
	case map[string]any:
		t := p.vm.L.CreateTable(0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) { // so that pairs goes in a fixed order
			if e := p.make(v[k]); e != lua.LNil {
				t.RawSetString(k, e)
			}
		}
		return t
	case []any:
		t := p.vm.L.CreateTable(len(v), 0)
		for _, e := range v {
			if e := p.make(e); e != lua.LNil {
				t.Append(e)
			}
		}
		t.Metatable = p.vm.bound.arrayMeta(p.vm)
		return t
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return lua.LString(v)
		}
		return lua.LNumber(f)
	}
	return p.vm.toLua(v)
}
