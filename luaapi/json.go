package luaapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"botd/engine"
	"botd/engine/script"
)

// json turns plain data into text and back.
var jsonModule = script.Module{Name: "json", Pure: true, Members: []script.Member{
	script.Plain("encode", jsonEncode), script.Fn("decode", jsonDecode), script.Plain("array", jsonArray),
	script.Const("null", jsonNull),
}}

type jsonEncodeArgs struct {
	Value any            `lua:"value"`         // plain data; an empty table is {} unless json.array made it
	Opts  jsonEncodeOpts `lua:"opts,optional"` // how to write it
}

type jsonEncodeOpts struct {
	Indent bool `lua:"indent,optional"` // on several lines, for people
}

// jsonEncode writes plain data as JSON, the fields of a table in the order of their
// names.
func jsonEncode(c *script.Call, a jsonEncodeArgs) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if a.Opts.Indent {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(a.Value); err != nil { // plain data can always be written
		c.BadArg("value", "%s", err)
	}
	c.Charge(b.Len() / 16)
	return strings.TrimSuffix(b.String(), "\n")
}

// Bounds of json.decode: what a script can hold anyway, checked before memory is used.
const (
	maxJSONValues = 100_000
	maxJSONDepth  = 100
)

// jsonDecode reads JSON. A null becomes json.null, so that it does not get lost in a
// table; it counts as true in a condition, so compare with it: v ~= json.null.
func jsonDecode(c *script.Call, a textArgs) (script.Value, error) {
	c.Charge(1 + len(a.Text)/8)
	if err := checkJSONSize(a.Text); err != nil {
		return script.Value{}, err
	}
	var v any
	if err := json.Unmarshal([]byte(a.Text), &v); err != nil {
		return script.Value{}, jsonError(a.Text, err)
	}
	return c.PlainToLua(v, true), nil
}

// checkJSONSize counts values and depth without reading them.
func checkJSONSize(text string) error {
	values, depth, deepest := 1, 0, 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case inString && b == '\\':
			i++
		case b == '"':
			inString = !inString
		case inString:
		case b == '[' || b == '{':
			values++
			depth++
			deepest = max(deepest, depth)
		case b == ']' || b == '}':
			depth--
		case b == ',':
			values++
		}
	}
	if values > maxJSONValues || deepest > maxJSONDepth {
		return engine.Errorf(engine.Quota, "too much JSON: at most %d values, %d deep", maxJSONValues, maxJSONDepth)
	}
	return nil
}

// jsonError tells where the text is wrong.
func jsonError(text string, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return engine.Errorf(engine.Invalid, "%s", err.Error())
	}
	before := []byte(text[:min(len(text), int(syntax.Offset))])
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return engine.Errorf(engine.Invalid, "%s", fmt.Sprintf("line %d, column %d: %s", line, column, syntax.Error()))
}

type jsonArrayArgs struct {
	List script.Value `lua:"list,optional"` // a new list if not given
}

// jsonArray marks a table as a list, so that json.encode writes [] when it is empty.
// What json.decode made of a list is marked already.
func jsonArray(c *script.Call, a jsonArrayArgs) script.Value {
	if a.List.IsNil() {
		a.List = c.NewList(nil)
	}
	if !a.List.IsTable() {
		c.BadArg("list", "%s", script.Expected("a list", a.List))
	}
	return c.Array(a.List)
}

// jsonNull stands for null, which nil in a table cannot.
func jsonNull(c *script.Call) script.Value { return c.Null() }
