package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxFile  = 4 << 20 // bytes
	maxNodes = 100_000 // after aliases are written out: a few lines of them can stand for millions
	maxDepth = 64
)

// report receives what is wrong at a place of the file.
type report func(n *yaml.Node, format string, args ...any)

// parseTree reads the one document of a file into a tree of mappings, sequences and
// scalars in which aliases and merge keys are written out and every key of a mapping
// is a different scalar. It returns nil for an empty document and after a syntax error.
func parseTree(data []byte, fault report) *yaml.Node {
	if len(data) > maxFile {
		fault(nil, "the file is larger than %d MiB", maxFile>>20)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if err == nil {
		err = dec.Decode(&more)
		if err == nil {
			fault(&more, "a second document starts here; one file holds one configuration")
			return nil
		}
	}
	if !errors.Is(err, io.EOF) {
		fault(&yaml.Node{Line: syntaxLine(data, err), Column: 1}, "%s", syntaxMessage(err))
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	p := plainer{fault: fault, left: maxNodes}
	return p.plain(doc.Content[0], 0)
}

// plainer copies a tree without aliases and merge keys.
type plainer struct {
	fault report
	left  int // nodes it may still make
}

func (p *plainer) plain(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		// The alias is what the operator can move; its target may be used rightly elsewhere.
		n = &yaml.Node{Kind: n.Alias.Kind, Tag: n.Alias.Tag, Value: n.Alias.Value, Style: n.Alias.Style,
			Line: n.Line, Column: n.Column, Content: n.Alias.Content}
	}
	c := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Style: n.Style, Line: n.Line, Column: n.Column}
	if p.spent(n, depth) {
		return c
	}
	switch n.Kind {
	case yaml.MappingNode:
		p.mapping(n, c, depth)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			c.Content = append(c.Content, p.plain(item, depth+1))
		}
	}
	return c
}

// spent reports that the tree gets too large or too deep, and says so once.
func (p *plainer) spent(n *yaml.Node, depth int) bool {
	if p.left <= 0 {
		return true
	}
	p.left--
	switch {
	case depth > maxDepth:
		p.fault(n, "values are nested deeper than %d levels here", maxDepth)
		p.left = 0
	case p.left == 0:
		p.fault(n, "the file stands for more than %d values", maxNodes)
	}
	return p.left == 0
}

// mapping copies the pairs of n to c. A merge key (<<) adds the pairs of other
// mappings where n itself does not have the key.
func (p *plainer) mapping(n, c *yaml.Node, depth int) {
	first := make(map[string]*yaml.Node)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := p.plain(n.Content[i], depth+1), n.Content[i+1]
		switch earlier := first[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			p.fault(key, "a key must be one word, got %s", describe(key))
		case key.Tag == "!!merge":
			merged = append(merged, p.plain(value, depth+1))
		case earlier != nil:
			p.fault(key, "key %q is given twice, first on line %d; keep one of them", key.Value, earlier.Line)
		default:
			first[key.Value] = key
			c.Content = append(c.Content, key, p.plain(value, depth+1))
		}
	}
	for _, m := range merged {
		p.merge(m, c, first)
	}
}

func (p *plainer) merge(from, c *yaml.Node, have map[string]*yaml.Node) {
	switch from.Kind {
	case yaml.SequenceNode:
		for _, item := range from.Content {
			p.merge(item, c, have)
		}
	case yaml.MappingNode:
		for key, value := range pairs(from) {
			if have[key.Value] == nil {
				have[key.Value] = key
				c.Content = append(c.Content, key, value)
			}
		}
	default:
		p.fault(from, "<< takes keys and values, or a list of such, got %s", describe(from))
	}
}

// pairs iterates over keys and values of a mapping.
func pairs(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// child returns the value of a key, nil if n is no mapping or lacks it.
func child(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for key, value := range pairs(n) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// describe names a node in an error. It does not show text, which may be a secret.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	case n.Tag == "!!bool":
		return n.Value
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "the number " + n.Value
	}
	return "text"
}

// hints say what the parser's words mean for somebody who does not know its grammar.
var hints = []struct{ part, hint string }{
	{"found a tab character", "indent with spaces"},
	{"did not find expected key", "check the indentation of this line"},
	{"did not find expected '-' indicator", "check the indentation of this line"},
	{"did not find expected ',' or '}'", "close the { of this line, and quote a text with { or }"},
	{"did not find expected ',' or ']'", "close the [ of this line, and quote a text with [ or ]"},
	{"mapping values are not allowed", "check the indentation, and quote a text that holds \": \""},
	{"cannot start any token", "indent with spaces, and quote a text that starts with a special character"},
	{"could not find expected ':'", "write a key as \"key: value\""},
	{"found unexpected end of stream", "close the quote that opens on this line"},
}

func syntaxMessage(err error) string {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, rest, ok := cutLine(msg); ok {
		msg = rest
	}
	for _, h := range hints {
		if strings.Contains(msg, h.part) {
			return fmt.Sprintf("%s; %s", msg, h.hint)
		}
	}
	return msg
}

// cutLine takes the "line 3: " off a message of the YAML parser.
func cutLine(msg string) (line int, rest string, ok bool) {
	number, ok := strings.CutPrefix(msg, "line ")
	if !ok {
		return 0, "", false
	}
	number, rest, ok = strings.Cut(number, ": ")
	line, err := strconv.Atoi(number)
	return line, rest, ok && err == nil
}

// syntaxLine finds the line of a syntax error. The parser's own number is that of an
// enclosing block, or one too low, or missing, depending on the error. So the line is
// the first one from which on the file has this very error: without it and what follows
// the text is fine, or wrong in another way.
func syntaxLine(data []byte, err error) int {
	want := syntaxMessage(err)
	work := 2 * maxFile
	for end := len(data); end > 0; {
		start := bytes.LastIndexByte(data[:end-1], '\n') + 1
		if work -= start; work < 0 {
			break
		}
		var n yaml.Node
		if err := yaml.Unmarshal(data[:start], &n); err == nil || syntaxMessage(err) != want {
			return bytes.Count(data[:start], []byte("\n")) + 1
		}
		end = start
	}
	line, _, _ := cutLine(strings.TrimPrefix(err.Error(), "yaml: "))
	return max(line, 1)
}
