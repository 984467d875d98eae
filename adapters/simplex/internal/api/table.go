package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed api.json
var tableJSON []byte

// Table is the whole language. It must not be changed.
type Table struct {
	Commands []Command `json:"commands"`
	Events   []Event   `json:"events"`
	Types    []Type    `json:"types"`

	commands map[string]*Command
	types    map[string]*Type
}

// Command is one command, by the name the program's sources give it.
type Command struct {
	Name    string `json:"name"`
	Group   string `json:"group"`
	Doc     string `json:"doc"`
	Network string `json:"network"` // no, background, or interactive: it waits for servers
	Role    string `json:"role"`    // the least role in the group it needs, "" if none
	Later   bool   `json:"later"`   // only newer programs have it
	Form
	// Older is how the command is written where nothing is asked for that only newer
	// programs have; nil if that makes no difference.
	Older   *Form     `json:"older"`
	Answers []Message `json:"answers"`
	Errors  []string  `json:"errors"`
}

// Form is a way to write a command.
type Form struct {
	Syntax Syntax  `json:"syntax"`
	Params []Field `json:"params"`
}

// Event is something the program tells by itself.
type Event struct {
	Tag    string  `json:"tag"`
	Group  string  `json:"group"`
	Doc    string  `json:"doc"`
	Since  string  `json:"since"` // the first version that is known to have it
	Fields []Field `json:"fields"`
}

// Message is an object whose "type" is Tag: an answer, or one variant of a union.
type Message struct {
	Tag    string
	Fields []Field
}

// UnmarshalJSON reads [tag, field, …].
func (m *Message) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("a message without a tag")
	}
	m.Tag = list[0]
	for _, s := range list[1:] {
		var f Field
		if err := f.UnmarshalText([]byte(s)); err != nil {
			return err
		}
		m.Fields = append(m.Fields, f)
	}
	return nil
}

// Field is a field of an object, or a parameter. Type is the name of a type, [T], or
// {string:T}.
type Field struct {
	Name, Type string
	Optional   bool
}

// UnmarshalText reads name:Type or name?:Type.
func (f *Field) UnmarshalText(b []byte) error {
	name, typ, ok := strings.Cut(string(b), ":")
	if !ok {
		return fmt.Errorf("field %q has no type", b)
	}
	f.Type = typ
	f.Name, f.Optional = strings.CutSuffix(name, "?")
	return nil
}

// Type describes a type of the program's JSON.
type Type struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`     // record, union or enum
	Fields   []Field   `json:"fields"`   // of a record
	Variants []Message `json:"variants"` // of a union
	Values   []string  `json:"values"`   // of an enum
	// Open types hold what is not listed as well.
	Open bool `json:"open"`
	// Written says how a value stands in a command where that is not JSON: by the value
	// of an enum, the tag of a union, or "" for a record.
	Written map[string]Syntax `json:"written"`
	Emoji   []string          `json:"emoji"` // all that may be reactions
}

// Load returns the table.
var Load = sync.OnceValue(func() *Table {
	t := &Table{commands: map[string]*Command{}, types: map[string]*Type{}}
	if err := json.Unmarshal(tableJSON, t); err != nil {
		panic(fmt.Sprintf("api.json: %v", err)) // a part of the program itself, which tests read
	}
	for i := range t.Commands {
		t.commands[t.Commands[i].Name] = &t.Commands[i]
	}
	for i := range t.Types {
		t.types[t.Types[i].Name] = &t.Types[i]
	}
	return t
})

// Command returns the command of a name, nil if there is none.
func (t *Table) Command(name string) *Command { return t.commands[name] }

// Type returns the type of a name, nil if it is a basic one or there is none.
func (t *Table) Type(name string) *Type { return t.types[name] }

func (t *Type) variant(tag string) *Message {
	for i := range t.Variants {
		if t.Variants[i].Tag == tag {
			return &t.Variants[i]
		}
	}
	return nil
}

// element is the type inside [T] or {string:T}.
func element(typ string) (elem string, list, object bool) {
	if inner, ok := strings.CutPrefix(typ, "["); ok {
		return strings.TrimSuffix(inner, "]"), true, false
	}
	if inner, ok := strings.CutPrefix(typ, "{string:"); ok {
		return strings.TrimSuffix(inner, "}"), false, true
	}
	return typ, false, false
}
