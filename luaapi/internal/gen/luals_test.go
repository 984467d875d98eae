package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botd/engine/script/luasrc"
)

// The grammar of annotations as the parser of lua-language-server has it (its file
// script/parser/luadoc.lua, and the page "Annotations" of its wiki), for the tags that are
// generated. It is written from that description and shares nothing with the generator.
//
//	line    = "---" text | "---@" tag
//	tag     = "meta" | "class" name [":" name {"," name}] | "alias" name type
//	        | "field" [scope] (name | "[" (type | literal) "]") ["?"] type
//	        | "param" (name | "...") ["?"] type | "return" result {"," result} | "overload" function
//	result  = type ["?"] [name | "..."]
//	type    = unit {"|" unit} ["?"]
//	unit    = (function | table | string | integer | boolean | "(" type ")" | name | "...") {"<" type {"," type} ">"} {"[]"}
//	function = ["async"] "fun" "(" [arg {"," arg}] ")" [":" (results | "(" results ")")]
//	arg     = (name | "...") ["?"] [":" type]
//	results = [name ":"] type ["?"] {"," [name ":"] type ["?"]}
//	table   = "{" [field {("," | ";") field}] "}", field = (name | "[" type "]") ["?"] ":" type
//
// What follows a complete tag is a comment; it begins with "#" here.
var lualsTokens = regexp.MustCompile(`^(?:` +
	`(?P<space>[ \t]+)|` +
	`(?P<integer>-?[0-9]+)|` + // before a name, as there
	`(?P<name>[A-Za-z0-9_\x80-\xff][A-Za-z0-9_.*\x80-\xff-]*)|` +
	`(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|` +
	"(?P<code>`[^`]*`)|" +
	`(?P<symbol>\.\.\.|\[\]|[:|,;<>()?+#{}\[\]]|-))`)

type lualsToken struct{ kind, text string }

type lualsParser struct {
	toks []lualsToken
	at   int
}

type lualsError string

func (p *lualsParser) fail(format string, args ...any) {
	panic(lualsError(fmt.Sprintf(format, args...)))
}

// tokens cuts a line up to its comment.
func (p *lualsParser) tokens(s string) {
	for s != "" && s[0] != '#' {
		m := lualsTokens.FindStringSubmatch(s)
		if m == nil {
			p.fail("no token begins with %q", s)
		}
		for i, kind := range lualsTokens.SubexpNames() {
			if kind != "" && kind != "space" && m[i] != "" {
				p.toks = append(p.toks, lualsToken{kind, m[i]})
			}
		}
		s = s[len(m[0]):]
	}
}

func (p *lualsParser) peek() lualsToken {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return lualsToken{}
}

func (p *lualsParser) symbol(s string) bool {
	if p.peek() == (lualsToken{"symbol", s}) {
		p.at++
		return true
	}
	return false
}

func (p *lualsParser) need(s string) {
	if !p.symbol(s) {
		p.fail("%q is missing before %q", s, p.peek().text)
	}
}

func (p *lualsParser) name() (string, bool) {
	if t := p.peek(); t.kind == "name" {
		p.at++
		return t.text, true
	}
	return "", false
}

func (p *lualsParser) needName() string {
	n, ok := p.name()
	if !ok {
		p.fail("a name is missing before %q", p.peek().text)
	}
	return n
}

// typ notes the names of types in used.
func (p *lualsParser) typ(used map[string]bool) {
	for {
		p.unit(used)
		if !p.symbol("|") {
			break
		}
	}
	p.symbol("?")
}

func (p *lualsParser) unit(used map[string]bool) {
	switch t := p.peek(); {
	case t.text == "fun" || t.text == "async":
		p.function(used)
	case p.symbol("{"):
		p.table(used)
	case t.kind == "string" || t.kind == "integer" || t.text == "true" || t.text == "false":
		p.at++
	case p.symbol("("):
		p.typ(used)
		p.need(")")
	case t.kind == "name":
		p.at++
		used[t.text] = true
	case !p.symbol("..."):
		p.fail("a type is missing before %q", t.text)
	}
	for p.symbol("<") {
		p.typ(used)
		for p.symbol(",") {
			p.typ(used)
		}
		p.need(">")
	}
	for p.symbol("[]") {
	}
}

func (p *lualsParser) table(used map[string]bool) {
	for !p.symbol("}") {
		if p.symbol("[") {
			p.typ(used)
			p.need("]")
		} else {
			p.needName()
		}
		p.symbol("?")
		p.need(":")
		p.typ(used)
		if !p.symbol(",") && !p.symbol(";") {
			p.need("}")
			return
		}
	}
}

func (p *lualsParser) function(used map[string]bool) {
	if p.peek().text == "async" {
		p.at++
	}
	if p.needName() != "fun" {
		p.fail("fun is missing")
	}
	p.need("(")
	for !p.symbol(")") {
		if !p.symbol("...") {
			p.needName()
		}
		p.symbol("?")
		if p.symbol(":") {
			p.typ(used)
		}
		if !p.symbol(",") {
			p.need(")")
			break
		}
	}
	if !p.symbol(":") {
		return
	}
	paren := p.symbol("(")
	for {
		if next := p.at + 1; next < len(p.toks) && p.toks[next] == (lualsToken{"symbol", ":"}) {
			p.at += 2 // its name
		}
		p.typ(used)
		p.symbol("?")
		if !p.symbol(",") {
			break
		}
	}
	if paren {
		p.need(")")
	}
}

// annotation is what a line says.
type annotation struct {
	tag, name string
	used      map[string]bool
}

// parseAnnotation reads a line that begins with "---@".
func parseAnnotation(line string) (a annotation, err error) {
	defer func() {
		if e, ok := recover().(lualsError); ok {
			err = fmt.Errorf("%s: %s", line, string(e))
		}
	}()
	tag, rest, _ := strings.Cut(strings.TrimPrefix(line, "---@"), " ")
	a = annotation{tag: tag, used: map[string]bool{}}
	p := &lualsParser{}
	p.tokens(rest)
	switch tag {
	case "meta":
	case "class":
		a.name = p.needName()
		if p.symbol(":") {
			a.used[p.needName()] = true
			for p.symbol(",") {
				a.used[p.needName()] = true
			}
		}
	case "alias":
		a.name = p.needName()
		p.typ(a.used)
	case "field":
		if t := p.peek().text; slices.Contains([]string{"public", "protected", "private", "package"}, t) && len(p.toks) > 2 && p.toks[1].kind == "name" {
			p.at++
		}
		if p.symbol("[") {
			p.at++
			p.need("]")
		} else {
			a.name = p.needName()
		}
		p.symbol("?")
		p.typ(a.used)
	case "param":
		if !p.symbol("...") {
			a.name = p.needName()
		}
		p.symbol("?")
		p.typ(a.used)
	case "return":
		for {
			p.typ(a.used)
			p.symbol("?")
			if !p.symbol("...") {
				p.name()
			}
			if !p.symbol(",") {
				break
			}
		}
	case "overload":
		p.function(a.used)
	default:
		p.fail("there is no tag @%s", tag)
	}
	if p.at < len(p.toks) {
		p.fail("%q is left over", p.peek().text)
	}
	return a, nil
}

func TestAnnotationGrammar(t *testing.T) {
	for line, valid := range map[string]bool{
		`---@meta`:       true,
		`---@class room`: true, `---@class a: b, c # more`: true, `---@class`: false, `---@class a b`: false,
		`---@field id string`: true, `---@field [1] string # first`: true, `---@field x? (a|b)[]`: true, `---@field id`: false, `---@field private x string`: true, `---@field private string`: true,
		`---@param x table<string, any>`: true, `---@param ... fun(...): ...`: true, `---@param x fun(a: string, b?: integer): string?, error?`: true,
		`---@param x fun(a: string`: false, `---@param x table<string`: false, `---@param x string|`: false, `---@param x "a"|'b'|1`: true, `---@param x {a: string, [integer]: b}[]`: true,
		`---@param x {a string}`: false, `---@param x string]`: false, `---@param x a description without a mark`: false, `---@param = string`: false,
		`---@return string? result`: true, `---@return any ...`: true, `---@return string a, integer b`: true, `---@return`: false,
		`---@overload fun(self: room): (a: string, b: string)`: true, `---@overload room`: false,
		`---@alias duration number|string # such as "90s"`: true, `---@alias duration`: false, `---@parm x string`: false,
	} {
		if _, err := parseAnnotation(line); (err == nil) != valid {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestMetaParses holds the generated types to the grammar, and looks that every type there
// is one, that the parameters are those of the function below, and that it is Lua.
func TestMetaParses(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, n := range strings.Fields("nil any boolean string number integer function table thread userdata") {
		known[n] = true
	}
	used, lines := map[string]string{}, 0
	for _, f := range files {
		if !strings.HasPrefix(f.path, "luaapi/meta/") {
			continue
		}
		if _, err := luasrc.Compile(f.path, f.data, luasrc.Limits{}); err != nil {
			t.Error(err)
		}
		var params []string
		for i, line := range strings.Split(string(f.data), "\n") {
			where := fmt.Sprintf("%s:%d", f.path, i+1)
			switch {
			case i == 0 && line != "---@meta":
				t.Errorf("%s: the file does not begin with @meta", where)
			case strings.HasPrefix(line, "---@"):
				lines++
				a, err := parseAnnotation(line)
				if err != nil {
					t.Errorf("%s: %v", where, err)
				}
				if a.tag == "class" || a.tag == "alias" {
					if known[a.name] {
						t.Errorf("%s: there are two types %s", where, a.name)
					}
					known[a.name] = true
				}
				if a.tag == "param" {
					params = append(params, cmp.Or(a.name, "..."))
				}
				for n := range a.used {
					used[n] = where
				}
			case strings.HasPrefix(line, "function "):
				_, list, _ := strings.Cut(strings.TrimSuffix(line, ") end"), "(")
				if got := strings.Join(params, ", "); got != list {
					t.Errorf("%s: the parameters (%s) are described as (%s)", where, list, got)
				}
				params = nil
			}
		}
	}
	for n, where := range used {
		if !known[n] {
			t.Errorf("%s: there is no type %s", where, n)
		}
	}
	if lines < 500 {
		t.Errorf("only %d annotations were read", lines)
	}
}
