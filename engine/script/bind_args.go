package script

import (
	"fmt"
	"reflect"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"botd/engine/nearest"
	"botd/engine/script/lualib"
)

// argPlan says how the arguments of a call fill a struct.
type argPlan struct {
	fields []field
}

// field is one argument, or one option of an options table.
type field struct {
	name     string
	key      lua.LValue // in an options table
	index    int        // in the struct
	optional bool
	rest     bool
	items    bool // takes the list items of an options table, behind the first if that is taken
	decoder
}

// fields reads the tags of a struct type. Tags that make no sense are mistakes of a
// programmer and panic when the library is made.
func (b *binder) fields(t reflect.Type, where string) []field {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("script: %s: arguments must be a struct, not %s", where, t))
	}
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, ok := sf.Tag.Lookup("lua")
		if !ok {
			panic(fmt.Sprintf("script: %s: field %s of %s has no lua tag", where, sf.Name, t))
		}
		name, flags, _ := strings.Cut(tag, ",")
		f := field{name: name, key: lua.LString(name), index: i}
		for flag := range strings.SplitSeq(flags, ",") {
			switch flag {
			case "":
			case "optional":
				f.optional = true
			case "rest":
				f.rest, f.optional = true, true
			case "items":
				f.items, f.optional = true, true
			case "first": // the list item 1 of an options table
				f.key = lua.LNumber(1)
			default:
				panic(fmt.Sprintf("script: %s: unknown flag %q in the tag of %s.%s", where, flag, t, sf.Name))
			}
		}
		if f.rest || f.items {
			f.decoder = b.decoder(sf.Type.Elem(), where)
		} else {
			f.decoder = b.decoder(sf.Type, where)
		}
		out = append(out, f)
	}
	return out
}

func (b *binder) argPlan(t reflect.Type, where string) *argPlan {
	p := &argPlan{fields: b.fields(t, where)}
	for i, f := range p.fields {
		if f.rest && i != len(p.fields)-1 {
			panic(fmt.Sprintf("script: %s: %q takes the rest and is not last", where, f.name))
		}
	}
	return p
}

// decode fills dst from the arguments that start at index first, or raises.
func (f *Function) decode(c *Call, first int, dst reflect.Value) {
	p := f.plan
	at := first
	for i := range p.fields {
		fd := &p.fields[i]
		if fd.rest {
			f.decodeRest(c, fd, at, i+1, dst)
			return
		}
		v := c.L.Get(at)
		if v == lua.LNil && fd.optional {
			at++
			continue
		}
		if fd.optional && !fd.mask.has(v) && p.laterTakes(i+1, v) {
			continue
		}
		if err := fd.read(c, v, dst.Field(fd.index)); err != nil {
			c.Raise("%s: argument %d (%s): %s", f.path, i+1, fd.name, err.text())
		}
		at++
	}
}

func (f *Function) decodeRest(c *Call, fd *field, at, number int, dst reflect.Value) {
	n := max(0, c.L.GetTop()-at+1)
	list := reflect.MakeSlice(dst.Field(fd.index).Type(), n, n)
	for i := range n {
		if err := fd.read(c, c.L.Get(at+i), list.Index(i)); err != nil {
			c.Raise("%s: argument %d (%s): %s", f.path, number+i, fd.name, err.text())
		}
	}
	dst.Field(fd.index).Set(list)
}

// laterTakes reports whether v can be for one of the arguments from i on: up to the
// first that must be there.
func (p *argPlan) laterTakes(i int, v lua.LValue) bool {
	for ; i < len(p.fields); i++ {
		f := &p.fields[i]
		if f.mask.has(v) {
			return true
		}
		if !f.optional {
			return false
		}
	}
	return false
}

// fits reports whether the types of the arguments are those of the plan.
func (p *argPlan) fits(L *lua.LState, first int) bool {
	at := first
	for i := range p.fields {
		f := &p.fields[i]
		if f.rest {
			return true
		}
		v := L.Get(at)
		switch {
		case f.mask.has(v) && v != lua.LNil, f.optional && v == lua.LNil:
			at++
		case !f.optional:
			return false
		}
	}
	return at > L.GetTop()
}

// options decodes a table into a struct by the names of its fields.
func (b *binder) options(t reflect.Type, where string) decoder {
	fields := b.fields(t, where)
	names := make([]string, 0, len(fields))
	byKey := make(map[lua.LValue]*field, len(fields))
	var items *field
	begin := 1
	for i := range fields {
		if fields[i].items {
			items = &fields[i]
			continue
		}
		names = append(names, fields[i].name)
		byKey[fields[i].key] = &fields[i]
		if fields[i].key == lua.LNumber(1) {
			begin = 2
		}
	}
	read := func(c *Call, v lua.LValue, dst reflect.Value) *mismatch {
		tbl, ok := v.(*lua.LTable)
		if !ok {
			return wrongType("a table", v)
		}
		seen := make([]bool, t.NumField())
		err := eachPair(tbl, func(k, v lua.LValue) *mismatch {
			f := byKey[k]
			if f == nil && items != nil && k.Type() == lua.LTNumber {
				return nil // below, in their order
			}
			if f == nil {
				return unknownOption(k, names)
			}
			seen[f.index] = true
			return f.read(c, v, dst.Field(f.index)).at(f.name)
		})
		if err == nil && items != nil {
			err = items.readItems(c, tbl, begin, dst.Field(items.index))
		}
		if err != nil {
			return err
		}
		for i := range fields {
			if f := &fields[i]; !f.optional && !seen[f.index] {
				return &mismatch{msg: fmt.Sprintf("%s is missing: expected %s", f.label(), f.want)}
			}
		}
		return nil
	}
	return decoder{mask: maskTable, want: "a table", read: read}
}

// readItems fills a list from the items of a table from one on.
func (f *field) readItems(c *Call, tbl *lua.LTable, begin int, dst reflect.Value) *mismatch {
	tbl = lualib.Behind(tbl)
	n := max(0, tbl.Len()-begin+1)
	if n > maxItems {
		return &mismatch{msg: fmt.Sprintf("the list has more than %d items", maxItems)}
	}
	c.Charge(n)
	list := reflect.MakeSlice(dst.Type(), n, n)
	for i := range n {
		if err := f.read(c, tbl.RawGetInt(begin+i), list.Index(i)); err != nil {
			return err.at(fmt.Sprintf("[%d]", begin+i))
		}
	}
	dst.Set(list)
	return nil
}

// label is how messages name an option.
func (f *field) label() string {
	if f.key == lua.LNumber(1) {
		return "the first item (" + f.name + ")"
	}
	return f.name
}

func unknownOption(k lua.LValue, known []string) *mismatch {
	if k.Type() != lua.LTString {
		return &mismatch{msg: fmt.Sprintf("unexpected item [%s]; options are %s", shown(k), strings.Join(known, ", "))}
	}
	return &mismatch{msg: unknown("option", k.String(), known)}
}

// unknown says that a name is not among those known, and which may have been meant.
func unknown(what, got string, known []string) string {
	return fmt.Sprintf("unknown %s %q%s", what, clip(got), nearest.HintOrAll(got, known))
}
