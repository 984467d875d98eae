package script

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/script/lualib"
)

// decoder turns a Lua value into a Go value of one type. There is one for each type,
// made when the library is.
type decoder struct {
	mask typeMask
	want string // "a string": for messages
	read func(c *Call, v lua.LValue, dst reflect.Value) *mismatch
}

// Decoder is implemented by pointers to argument types that decode themselves. The
// type should also have a method LuaType (see [Typed]).
type Decoder interface{ FromLua(c *Call, v Value) error }

// Typed is implemented by types that name their Lua type for the reference, such as
// "string|string[]". Of the alternatives, the basic types also say whether an
// argument can be meant for it.
type Typed interface{ LuaType() string }

// Enum is implemented by string types that have a fixed set of values.
type Enum interface{ Values() []string }

// typeMask is a set of Lua types.
type typeMask uint16

const (
	maskString   = typeMask(1<<lua.LTString | 1<<lua.LTNumber) // a number does for a string
	maskNumber   = typeMask(1 << lua.LTNumber)
	maskBool     = typeMask(1 << lua.LTBool)
	maskTable    = typeMask(1 << lua.LTTable)
	maskFunction = typeMask(1 << lua.LTFunction)
	maskObject   = typeMask(1 << lua.LTUserData)
	maskAny      = ^typeMask(0)
)

func (m typeMask) has(v lua.LValue) bool { return m>>v.Type()&1 != 0 }

// maskOf reads the alternatives of a Lua type as [Typed] writes it.
func maskOf(luaType string) typeMask {
	var m typeMask
	for alt := range strings.SplitSeq(luaType, "|") {
		switch {
		case alt == "any":
			return maskAny
		case alt == "string" || alt == "duration":
			m |= maskString
		case alt == "number" || alt == "integer":
			m |= maskNumber
		case alt == "boolean":
			m |= maskBool
		case strings.HasPrefix(alt, "fun"):
			m |= maskFunction
		case alt == "table" || strings.HasSuffix(alt, "[]") || strings.HasPrefix(alt, "table<") || strings.HasPrefix(alt, "{"):
			m |= maskTable
		default:
			m |= maskObject
		}
	}
	return m
}

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeTime     = reflect.TypeFor[time.Time]()
	typeFunc     = reflect.TypeFor[Func]()
	typeValue    = reflect.TypeFor[Value]()
	typeAny      = reflect.TypeFor[any]()
	typeDecoder  = reflect.TypeFor[Decoder]()
	typeTyped    = reflect.TypeFor[Typed]()
	typeEnum     = reflect.TypeFor[Enum]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decoder returns the decoder of a type. A type that has none is a programmer's
// mistake and panics.
func (b *binder) decoder(t reflect.Type, where string) decoder {
	if d, ok := b.decoders[t]; ok {
		return d
	}
	d := b.makeDecoder(t, where)
	b.decoders[t] = d
	return d
}

func (b *binder) makeDecoder(t reflect.Type, where string) decoder {
	switch {
	case reflect.PointerTo(t).Implements(typeDecoder):
		return selfDecoder(t)
	case t == typeDuration:
		return decoder{maskString, wantDuration, readDuration}
	case t == typeTime:
		return decoder{maskNumber, "a time in unix seconds", readTime}
	case t == typeFunc:
		return decoder{maskFunction, "a function", readFunc}
	case t == typeValue:
		return decoder{maskAny, "a value", readValue}
	case t == typeAny:
		return decoder{maskAny, "plain data", readPlain}
	case t.Implements(typeEnum):
		return enumDecoder(reflect.Zero(t).Interface().(Enum).Values())
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(typeText):
		return decoder{maskString, "a string", readText}
	}
	switch t.Kind() {
	case reflect.String:
		return decoder{maskString, "a string", readString}
	case reflect.Bool:
		return decoder{maskBool, "true or false", readBool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decoder{maskNumber, "a whole number", readInt}
	case reflect.Float64, reflect.Float32:
		return decoder{maskNumber, "a number", readFloat}
	case reflect.Pointer:
		if cl := b.classes[t]; cl != nil {
			return objectDecoder(t, cl.name)
		}
		return b.pointer(t, where)
	case reflect.Slice:
		return b.list(t, where)
	case reflect.Map:
		return b.mapping(t, where)
	case reflect.Struct:
		return b.options(t, where)
	}
	panic(fmt.Sprintf("script: %s: no way to take a %s from Lua", where, t))
}

func selfDecoder(t reflect.Type) decoder {
	d := decoder{mask: maskAny, want: "a value"}
	if t.Implements(typeTyped) {
		name := reflect.Zero(t).Interface().(Typed).LuaType()
		d.mask, d.want = maskOf(name), "a value of type "+name
	}
	d.read = func(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
		err := dst.Addr().Interface().(Decoder).FromLua(c, Value{v})
		if err == nil {
			return nil
		}
		if m, ok := err.(*mismatchError); ok {
			return m.m
		}
		return &mismatch{msg: messageOf(err)}
	}
	return d
}

// Decode turns a value into what dst points to, by the rules for arguments. It is for
// a [Decoder] that has alternatives.
func (c *Call) Decode(v Value, dst any) error {
	p := reflect.ValueOf(dst).Elem()
	if m := c.vm.m.library.decoderOf(p.Type()).read(c, v.lua(), p); m != nil {
		return &mismatchError{m}
	}
	return nil
}

func objectDecoder(t reflect.Type, name string) decoder {
	want := article(name)
	return decoder{maskObject, want, func(_ *Call, v lua.LValue, dst reflect.Value) *mismatch {
		if ud, ok := v.(*lua.LUserData); ok && reflect.TypeOf(ud.Value) == t {
			dst.Set(reflect.ValueOf(ud.Value))
			return nil
		}
		return wrongType(want, v)
	}}
}

// pointer is for optional scalars whose zero is not the same as nothing.
func (b *binder) pointer(t reflect.Type, where string) decoder {
	d := b.decoder(t.Elem(), where)
	read := d.read
	d.read = func(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
		p := reflect.New(t.Elem())
		if err := read(c, v, p.Elem()); err != nil {
			return err
		}
		dst.Set(p)
		return nil
	}
	return d
}

// maxItems bounds the lists and maps a call can take.
const maxItems = 10_000

func (b *binder) list(t reflect.Type, where string) decoder {
	elem := b.decoder(t.Elem(), where)
	return decoder{maskTable, "a list", func(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
		tbl, ok := v.(*lua.LTable)
		if !ok {
			return wrongType("a list", v)
		}
		tbl = lualib.Behind(tbl)
		n := tbl.Len()
		if n > maxItems {
			return &mismatch{msg: fmt.Sprintf("the list has more than %d items", maxItems)}
		}
		c.Charge(n)
		if k, _ := tbl.Next(lua.LNil); n == 0 && k != lua.LNil {
			return &mismatch{msg: fmt.Sprintf("expected a list, got a table with the field %q", shown(k))}
		}
		out := reflect.MakeSlice(t, n, n)
		for i := range n {
			if err := elem.read(c, tbl.RawGetInt(i+1), out.Index(i)); err != nil {
				return err.at(fmt.Sprintf("[%d]", i+1))
			}
		}
		dst.Set(out)
		return nil
	}}
}

func (b *binder) mapping(t reflect.Type, where string) decoder {
	if t.Key().Kind() != reflect.String {
		panic(fmt.Sprintf("script: %s: a map from Lua has strings for keys, not %s", where, t.Key()))
	}
	elem := b.decoder(t.Elem(), where)
	return decoder{maskTable, "a table", func(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
		tbl, ok := v.(*lua.LTable)
		if !ok {
			return wrongType("a table", v)
		}
		if t.Elem() == typeAny { // as plain data, with its bounds
			return readPlainMap(c, tbl, dst)
		}
		out := reflect.MakeMap(t)
		err := eachPair(tbl, func(k, v lua.LValue) *mismatch {
			name, ok := k.(lua.LString)
			if !ok {
				return &mismatch{msg: fmt.Sprintf("expected named fields, got the key %s", shown(k))}
			}
			if out.Len() >= maxItems {
				return &mismatch{msg: fmt.Sprintf("the table has more than %d fields", maxItems)}
			}
			e := reflect.New(t.Elem()).Elem()
			if err := elem.read(c, v, e); err != nil {
				return err.at(string(name))
			}
			out.SetMapIndex(reflect.ValueOf(string(name)).Convert(t.Key()), e)
			return nil
		})
		c.Charge(out.Len())
		dst.Set(out)
		return err
	}}
}

// eachPair visits a table, without metamethods, until f objects.
func eachPair(tbl *lua.LTable, f func(k, v lua.LValue) *mismatch) *mismatch {
	tbl = lualib.Behind(tbl)
	for k, v := tbl.Next(lua.LNil); k != lua.LNil; k, v = tbl.Next(k) {
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}

// List is an argument that is a list, or one item alone.
type List[T any] []T

// FromLua makes List a [Decoder].
func (l *List[T]) FromLua(c *Call, v Value) error {
	if v.IsTable() {
		return c.Decode(v, (*[]T)(l))
	}
	*l = make([]T, 1)
	return c.Decode(v, &(*l)[0])
}

// LuaType makes List a [Typed].
func (List[T]) LuaType() string {
	one := luaType(reflect.TypeFor[T]())
	return one + "|" + one + "[]"
}
