package api

import (
	"fmt"
	"strings"
)

// Syntax is text with places for parameters; see the package's comment.
type Syntax struct {
	text  string
	parts []part
}

// part is a literal, a parameter, or something that depends on one.
type part struct {
	lit    string
	param  string
	quoted bool // {name:json}: as JSON, though its type would be written plainly
	when   string
	not    bool
	opt    []part
}

func (s Syntax) String() string { return s.text }

// UnmarshalText parses a syntax.
func (s *Syntax) UnmarshalText(b []byte) error {
	s.text = string(b)
	parts, rest, err := parseParts(s.text)
	if err == nil && rest != "" {
		err = fmt.Errorf("syntax %q ends too early", b)
	}
	s.parts = parts
	return err
}

// parseParts reads up to a closing bracket or the end.
func parseParts(s string) (parts []part, rest string, err error) {
	for s != "" && s[0] != ']' {
		var p part
		switch s[0] {
		case '{':
			name, after, ok := strings.Cut(s[1:], "}")
			if !ok {
				return nil, "", fmt.Errorf("a brace stays open before %q", s)
			}
			p.param, p.quoted = strings.CutSuffix(name, ":json")
			s = after
		case '[':
			name, after, ok := strings.Cut(s[1:], "?")
			if !ok {
				return nil, "", fmt.Errorf("no condition in %q", s)
			}
			p.when, p.not = strings.CutPrefix(name, "!")
			if p.opt, s, err = parseParts(after); err != nil {
				return nil, "", err
			}
			if !strings.HasPrefix(s, "]") {
				return nil, "", fmt.Errorf("a bracket stays open before %q", after)
			}
			s = s[1:]
		default:
			end := strings.IndexAny(s, "{[]")
			if end < 0 {
				end = len(s)
			}
			p.lit, s = s[:end], s[end:]
		}
		parts = append(parts, p)
	}
	return parts, s, nil
}

// needs reports whether nothing can be written without the parameter.
func (s Syntax) needs(param string) bool {
	for _, p := range s.parts {
		if p.param == param {
			return true
		}
	}
	return false
}

// Literal is the text before the first parameter.
func (s Syntax) Literal() string {
	if len(s.parts) == 0 {
		return ""
	}
	return s.parts[0].lit
}
