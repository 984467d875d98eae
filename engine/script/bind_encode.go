package script

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// encoder turns a Go value of one type into a Lua value.
type encoder func(vm *VM, v reflect.Value) lua.LValue

// Word is a text that comes again and again, such as the name of a room: its Lua
// value is made once for each VM.
type Word string

// Maybe is a text, or nil.
type Maybe struct {
	Text  string
	Given bool
}

// LuaType makes Maybe a [Typed].
func (Maybe) LuaType() string { return "string" }

var (
	typeEvent   = reflect.TypeFor[*Delivery]()
	typeNone    = reflect.TypeFor[None]()
	typeOK      = reflect.TypeFor[OK]()
	typeValues  = reflect.TypeFor[Values]()
	typeWord    = reflect.TypeFor[Word]()
	typeMaybe   = reflect.TypeFor[Maybe]()
	typeMarshal = reflect.TypeFor[encoding.TextMarshaler]()
)

// encodes returns what makes Lua values of an R. The common types do without
// reflection; for the others *slow is filled in when the library is made.
func encodes[R any](slow *encoder) func(vm *VM, r R) lua.LValue {
	var f any
	switch any(*new(R)).(type) {
	case string:
		f = func(_ *VM, s string) lua.LValue { return lua.LString(s) }
	case Word:
		f = func(vm *VM, s Word) lua.LValue { return vm.bound.word(string(s)) }
	case Maybe:
		f = func(_ *VM, m Maybe) lua.LValue {
			if !m.Given {
				return lua.LNil
			}
			return lua.LString(m.Text)
		}
	case bool:
		f = func(_ *VM, b bool) lua.LValue { return lua.LBool(b) }
	case float64:
		f = func(_ *VM, n float64) lua.LValue { return lua.LNumber(n) }
	case int:
		f = func(_ *VM, n int) lua.LValue { return lua.LNumber(n) }
	case Value:
		f = func(_ *VM, v Value) lua.LValue { return v.lua() }
	case OK:
		f = func(*VM, OK) lua.LValue { return lua.LTrue }
	default:
		return func(vm *VM, r R) lua.LValue { return (*slow)(vm, reflect.ValueOf(&r).Elem()) }
	}
	return f.(func(*VM, R) lua.LValue)
}

func (b *binder) encoder(t reflect.Type) encoder {
	if e, ok := b.encoders[t]; ok {
		return *e
	}
	// A type may lead back to itself; the encoder found then is complete when used.
	slot := new(encoder)
	b.encoders[t] = slot
	*slot = b.makeEncoder(t)
	return *slot
}

func (b *binder) makeEncoder(t reflect.Type) encoder {
	if t == typeEvent {
		return nilOr(func(vm *VM, v reflect.Value) lua.LValue { return vm.deliveryValue(v.Interface().(*Delivery)) })
	}
	if cl := b.classes[t]; cl != nil {
		return nilOr(func(vm *VM, v reflect.Value) lua.LValue { return vm.object(cl, v.Interface()) })
	}
	if t == typeNone || t == typeValues { // as a result they are no single value
		return nil
	}
	if e := encodeNamed(t); e != nil {
		return e
	}
	if t.Kind() != reflect.Pointer && t.Implements(typeMarshal) {
		return encodeText
	}
	if e := encodeScalar(t.Kind()); e != nil {
		return e
	}
	switch t.Kind() {
	case reflect.Interface:
		return nilOr(func(vm *VM, v reflect.Value) lua.LValue { return vm.toLua(v.Interface()) })
	case reflect.Pointer:
		elem := b.encoder(t.Elem())
		return nilOr(func(vm *VM, v reflect.Value) lua.LValue { return elem(vm, v.Elem()) })
	case reflect.Slice, reflect.Array:
		return b.encodeList(t)
	case reflect.Map:
		return b.encodeMap(t)
	case reflect.Struct:
		return b.encodeStruct(t)
	}
	panic(fmt.Sprintf("script: no way to give a %s to Lua", t))
}

// nilOr gives Lua nil for nil, else what e makes of it.
func nilOr(e encoder) encoder {
	return func(vm *VM, v reflect.Value) lua.LValue {
		if v.IsNil() {
			return lua.LNil
		}
		return e(vm, v)
	}
}

// encodeNamed is for the types that are not what their kind says, nil for others.
func encodeNamed(t reflect.Type) encoder {
	switch t {
	case typeDuration:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LNumber(time.Duration(v.Int()).Seconds()) }
	case typeTime:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LNumber(UnixSeconds(v.Interface().(time.Time))) }
	case typeValue:
		return func(_ *VM, v reflect.Value) lua.LValue { return v.Interface().(Value).lua() }
	case typeFunc:
		return func(_ *VM, v reflect.Value) lua.LValue { return v.Interface().(Func).lua() }
	case typeOK:
		return func(*VM, reflect.Value) lua.LValue { return lua.LTrue }
	case typeWord:
		return func(vm *VM, v reflect.Value) lua.LValue { return vm.bound.word(v.String()) }
	}
	return nil
}

// encodeScalar is for texts, truth values and numbers, nil for others.
func encodeScalar(k reflect.Kind) encoder {
	switch k {
	case reflect.String:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LString(v.String()) }
	case reflect.Bool:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LBool(v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LNumber(v.Int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LNumber(v.Uint()) }
	case reflect.Float64, reflect.Float32:
		return func(_ *VM, v reflect.Value) lua.LValue { return lua.LNumber(v.Float()) }
	}
	return nil
}

func encodeText(_ *VM, v reflect.Value) lua.LValue {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return lua.LNil
	}
	return lua.LString(text)
}

func (b *binder) encodeList(t reflect.Type) encoder {
	elem := b.encoder(t.Elem())
	return func(vm *VM, v reflect.Value) lua.LValue {
		tbl := vm.L.CreateTable(v.Len(), 0)
		for i := range v.Len() {
			tbl.RawSetInt(i+1, elem(vm, v.Index(i)))
		}
		return tbl
	}
}

func (b *binder) encodeMap(t reflect.Type) encoder {
	if t.Key().Kind() != reflect.String {
		panic(fmt.Sprintf("script: no way to give a %s to Lua: keys must be strings", t))
	}
	elem := b.encoder(t.Elem())
	return func(vm *VM, v reflect.Value) lua.LValue {
		tbl := vm.L.CreateTable(0, v.Len())
		for it := v.MapRange(); it.Next(); {
			tbl.RawSetString(it.Key().String(), elem(vm, it.Value()))
		}
		return tbl
	}
}

// encodeStruct makes a table of the fields under their Lua or JSON names. Zeros and empty lists are
// in it unless their tags say that they may be left out; times and objects that are none are not.
func (b *binder) encodeStruct(t reflect.Type) encoder {
	type member struct {
		name  string
		index int
		enc   encoder
		whole bool // also if it is zero
	}
	var members []member
	for i := range t.NumField() {
		if name := fieldName(t.Field(i)); name != "" {
			members = append(members, member{name, i, b.encoder(t.Field(i).Type), tellsZero(t.Field(i))})
		}
	}
	return func(vm *VM, v reflect.Value) lua.LValue {
		tbl := vm.L.CreateTable(0, len(members))
		for _, m := range members {
			if f := v.Field(m.index); m.whole || !f.IsZero() {
				tbl.RawSetString(m.name, m.enc(vm, f))
			}
		}
		return tbl
	}
}

// tellsZero reports whether a field is in a table when it is zero: its zero says something.
func tellsZero(f reflect.StructField) bool {
	switch f.Type.Kind() {
	case reflect.Bool, reflect.String:
		return true
	case reflect.Struct, reflect.Pointer, reflect.Interface, reflect.Func:
		return false
	}
	return !mayLack(f)
}

// mayLack reports whether the tags of a field say that it may be left out.
func mayLack(f reflect.StructField) bool {
	_, flags, _ := strings.Cut(f.Tag.Get("lua"), ",")
	return strings.Contains(flags, "optional") || strings.Contains(f.Tag.Get("json"), ",omit")
}

// fieldName is the name of a struct field in Lua: its lua tag, else its JSON name; ""
// for one that Lua does not see.
func fieldName(f reflect.StructField) string {
	tag, ok := f.Tag.Lookup("lua")
	if !ok {
		tag = f.Tag.Get("json")
	}
	name, _, _ := strings.Cut(tag, ",")
	if name == "-" || !f.IsExported() {
		return ""
	}
	return name
}

// toLua makes a Lua value of whatever type the library knows.
func (vm *VM) toLua(v any) lua.LValue {
	switch v := v.(type) {
	case nil:
		return lua.LNil
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case float64:
		return lua.LNumber(v)
	case int:
		return lua.LNumber(v)
	case Value:
		return v.lua()
	case lua.LValue:
		return v
	case map[string]any, []any:
		return vm.plainToLua(v)
	}
	return vm.m.library.encoderOf(reflect.TypeOf(v))(vm, reflect.ValueOf(v))
}

// ToLua makes a Lua value of a Go value: of the types results may have.
func (c *Call) ToLua(v any) Value { return Value{c.vm.toLua(v)} }
