package script

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// luaType is the Lua type of a Go type as far as it can be told without the classes.
func luaType(t reflect.Type) string { return (&binder{}).luaType(t) }

// luaType is the Lua type of a Go type, in the notation of LuaLS. Structs have the
// name of their Go type in snake_case; see [Table].
func (b *binder) luaType(t reflect.Type) string {
	if cl := b.classes[t]; cl != nil {
		return cl.name
	}
	if t.Implements(typeTyped) {
		return reflect.Zero(t).Interface().(Typed).LuaType()
	}
	switch t {
	case typeDuration:
		return "duration"
	case typeTime:
		return "number"
	case typeFunc:
		return "function"
	case typeValue, typeAny:
		return "any"
	case typeOK:
		return "true"
	case typeValues:
		return "any ..."
	case typeNone:
		return ""
	}
	if t.Implements(typeEnum) {
		var quoted []string
		for _, v := range reflect.Zero(t).Interface().(Enum).Values() {
			quoted = append(quoted, fmt.Sprintf("%q", v))
		}
		return strings.Join(quoted, "|")
	}
	if t.Kind() != reflect.Pointer && (t.Implements(typeMarshal) || reflect.PointerTo(t).Implements(typeText)) {
		return "string"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer"
	case reflect.Float64, reflect.Float32:
		return "number"
	case reflect.Pointer:
		return b.luaType(t.Elem())
	case reflect.Slice, reflect.Array:
		elem := b.luaType(t.Elem())
		if strings.Contains(elem, "|") {
			elem = "(" + elem + ")"
		}
		return elem + "[]"
	case reflect.Map:
		return "table<string, " + b.luaType(t.Elem()) + ">"
	case reflect.Struct:
		return snake(t.Name())
	}
	return "any"
}

// orNil reports whether values of a type can be nil in Lua, as far as the type tells:
// a text or number that may be missing.
func (b *binder) orNil(t reflect.Type) bool {
	return t == typeMaybe || t.Kind() == reflect.Pointer && b.classes[t] == nil
}

// snake turns "sayOpts" into "say_opts".
func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
