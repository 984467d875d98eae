package script

import (
	"reflect"
	"slices"
	"strings"

	"botd/engine"
)

// Description says what scripts find, for generators, checks and editors. The texts are
// not in it: they are the doc comments of the Go names it gives as Source, in the form
// "package/path.name" or "package/path.type.field".
type Description struct {
	Globals []FuncDoc
	Modules []ModuleDoc
	Classes []ClassDoc
	Tables  []TableDoc // of options and results, by name
}

// FuncDoc describes a function. Params and the result are those of the first of
// Variants if there are any.
type FuncDoc struct {
	Name     string
	Source   string
	Method   bool
	Fails    bool // returns nil and an error when it does not work
	Params   []ParamDoc
	Result   string // "" if there is none
	OrNil    bool   // the result may be nil
	Variants []FuncDoc
	Caps     []engine.Capability // any of them must be there
	Grants   []engine.Grant
	Reads    bool // operators may call it while they only look
}

// ParamDoc describes an argument, or a field of a table.
type ParamDoc struct {
	Name     string
	Type     string
	Source   string
	Optional bool
	Rest     bool
	First    bool // the list item 1 of an options table
	Items    bool // the other list items of one
}

// PropDoc describes a property of an object or a module.
type PropDoc struct {
	Name      string
	Type      string
	OrNil     bool
	Source    string
	Of        []string // which objects have it; nil for all
	OfSources []string // the source for each of Of
}

// ModuleDoc describes a module.
type ModuleDoc struct {
	Name      string
	Functions []FuncDoc
	Props     []PropDoc
}

// ClassDoc describes a class of objects.
type ClassDoc struct {
	Name    string
	Source  string
	Methods []FuncDoc
	Props   []PropDoc
}

// TableDoc describes a table that is an argument or a result.
type TableDoc struct {
	Name   string
	Source string
	Fields []ParamDoc
}

// Describe describes the library.
func (l *Library) Describe() Description {
	l.ready()
	d := &describer{binder: l.binder, tables: map[reflect.Type]*TableDoc{}}
	out := Description{}
	for _, f := range l.Globals {
		out.Globals = append(out.Globals, d.function(f))
	}
	for _, m := range l.Modules {
		doc := ModuleDoc{Name: m.Name}
		doc.Functions, doc.Props = d.members(m.Members)
		out.Modules = append(out.Modules, doc)
	}
	for _, cl := range l.classList {
		doc := ClassDoc{Name: cl.name, Source: sourceOf(cl.typ.Elem())}
		doc.Methods, doc.Props = d.members(cl.members)
		for _, f := range cl.dynamic {
			if cl.byName[f.Name] != nil {
				continue
			}
			doc.Props = append(doc.Props, d.dynamic(f))
		}
		out.Classes = append(out.Classes, doc)
	}
	for _, t := range d.tables {
		out.Tables = append(out.Tables, *t)
	}
	slices.SortFunc(out.Tables, func(a, b TableDoc) int { return strings.Compare(a.Name, b.Name) })
	return out
}

type describer struct {
	*binder
	tables map[reflect.Type]*TableDoc
}

func sourceOf(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

func (d *describer) members(list []Member) (funcs []FuncDoc, props []PropDoc) {
	for _, m := range list {
		switch m := m.(type) {
		case *Function:
			funcs = append(funcs, d.function(m))
		case *Property:
			d.table(m.result)
			props = append(props, PropDoc{Name: m.Name, Type: d.resultType(m.result), OrNil: d.orNil(m.result), Source: m.source})
		}
	}
	return funcs, props
}

func (d *describer) function(f *Function) FuncDoc {
	if f.variants != nil {
		var all []FuncDoc
		for _, v := range f.variants {
			all = append(all, d.function(v))
		}
		doc := all[0]
		doc.Variants = all
		return doc
	}
	doc := FuncDoc{Name: f.Name, Source: f.source, Method: f.recv != nil, Fails: f.fails, Result: d.resultType(f.result), OrNil: d.orNil(f.result), Caps: f.caps, Grants: f.grants, Reads: f.reads}
	d.table(f.result)
	doc.Params = d.fields(f.args)
	return doc
}

// resultType is the Lua type of what comes out: durations are always numbers then.
func (d *describer) resultType(t reflect.Type) string {
	return strings.ReplaceAll(d.luaType(t), "duration", "number")
}

// fields describes the tagged fields of a struct.
func (d *describer) fields(t reflect.Type) []ParamDoc {
	var out []ParamDoc
	for i := range t.NumField() {
		sf := t.Field(i)
		name := fieldName(sf)
		if name == "" {
			continue
		}
		typ := sf.Type
		_, flags, _ := strings.Cut(sf.Tag.Get("lua"), ",")
		p := ParamDoc{Name: name, Source: sourceOf(t) + "." + sf.Name, Rest: strings.Contains(flags, "rest"), First: strings.Contains(flags, "first"), Items: strings.Contains(flags, "items")}
		p.Optional = mayLack(sf) || d.orNil(typ) || p.Items
		if p.Rest || p.Items {
			typ = typ.Elem()
		}
		d.table(typ)
		if p.Type = sf.Tag.Get("type"); p.Type == "" {
			p.Type = d.luaType(typ)
		}
		out = append(out, p)
	}
	return out
}

// table describes the struct that a type is or is made of, if there is one.
func (d *describer) table(t reflect.Type) {
	for d.classes[t] == nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	plain := t.Kind() == reflect.Struct && t.Name() == "" || t.Kind() != reflect.Struct || d.classes[t] != nil || d.classes[reflect.PointerTo(t)] != nil
	if plain || d.luaType(t) != snake(t.Name()) || d.tables[t] != nil || t == typeNone {
		return
	}
	for other := range d.tables {
		if snake(other.Name()) == snake(t.Name()) {
			panic("script: two tables would be called " + snake(t.Name()) + ": " + other.String() + " and " + t.String())
		}
	}
	doc := &TableDoc{Name: snake(t.Name()), Source: sourceOf(t)}
	d.tables[t] = doc
	doc.Fields = d.fields(t)
}

func (d *describer) dynamic(f Dynamic) PropDoc {
	doc := PropDoc{Name: f.Name, Of: f.Of, OrNil: true, Type: f.Type, OfSources: f.Sources}
	if doc.Type == "" {
		var types []string
		for _, t := range f.Types {
			d.table(t)
			if lt := d.resultType(t); !slices.Contains(types, lt) {
				types = append(types, lt)
			}
		}
		doc.Type = strings.Join(types, "|")
	}
	return doc
}
