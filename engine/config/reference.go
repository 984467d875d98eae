package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSecret bounds a referenced file; larger ones are surely not meant.
const maxSecret = 64 << 10 // bytes

// references holds the texts of a file's scalars after ${env:X} and ${file:PATH} were
// looked up. They are looked up once, when the file is loaded, so that a Config stays
// what it was.
type references struct {
	dir    string // for relative paths
	lookup func(name string) (string, bool)
	texts  map[*yaml.Node]expansion
	files  []string
	fault  report
	warn   report
}

type expansion struct {
	text   string
	secret bool // at least a part came from a reference
	failed bool
}

const entryDepth = 2 // root, list, entry

// text is what the scalar n stands for; ok is false if a reference in it had no value.
func (r *references) text(n *yaml.Node) (text string, ok bool) {
	if e, found := r.texts[n]; found {
		return e.text, !e.failed
	}
	return n.Value, true
}

func (r *references) secret(n *yaml.Node) bool { return r.texts[n].secret }

// quote is a text as an error may show it. What an entry of a list says is not told from
// where it says so; a text that equals a secret is taken for one.
func (r *references) quote(text string) string {
	for _, e := range r.texts {
		if e.secret && e.text == text {
			return hiddenText
		}
	}
	return strconv.Quote(text)
}

// resolve looks up all references below n, which is depth levels below the root. What
// is missing goes to missing: it is no fault in a session or script that is turned off.
func (r *references) resolve(n *yaml.Node, depth int, missing report) {
	switch n.Kind {
	case yaml.ScalarNode:
		if strings.Contains(n.Value, "${") {
			r.texts[n] = r.expand(n, missing)
		}
	case yaml.MappingNode:
		if off := child(n, "enabled"); depth == entryDepth && off != nil && off.Value == "false" {
			missing = r.warn
		}
		for _, value := range pairs(n) {
			r.resolve(value, depth+1, missing)
		}
	default:
		for _, item := range n.Content {
			r.resolve(item, depth+1, missing)
		}
	}
}

func (r *references) expand(n *yaml.Node, missing report) expansion {
	var out strings.Builder
	var e expansion
	rest := n.Value
	for {
		before, after, found := strings.Cut(rest, "${")
		if !found {
			out.WriteString(rest)
			e.text = out.String()
			return e
		}
		if literal, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(literal + "${")
			rest = after
			continue
		}
		name, after, closed := strings.Cut(after, "}")
		if !closed {
			r.fault(n, `a reference starts with ${ and has no }; write $${ for a literal ${`)
			return expansion{failed: true}
		}
		value, err := r.value(n, name)
		if err != nil {
			missing(n, "%s", err)
			return expansion{failed: true, secret: true}
		}
		out.WriteString(before + value)
		e.secret, rest = true, after
	}
}

// value looks one reference up.
func (r *references) value(n *yaml.Node, name string) (string, error) {
	kind, arg, _ := strings.Cut(name, ":")
	switch {
	case arg == "" || kind != "env" && kind != "file":
		return "", fmt.Errorf(`${%s} is no reference; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${`, name)
	case kind == "env":
		value, ok := r.lookup(arg)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set; set it before botd starts", arg)
		}
		return value, nil
	}
	path := inDir(r.dir, arg)
	r.files = append(r.files, path)
	return r.file(n, path)
}

// file reads a secret. One newline at the end is the editor's, not the secret's.
func (r *references) file(n *yaml.Node, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret { // opening a pipe would wait
		return "", fmt.Errorf("the secret %s is no regular file of at most %d KiB", path, maxSecret>>10)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if info.Mode().Perm()&0o044 != 0 {
		r.warn(n, "others than its owner may read the secret %s; run: chmod 600 %s", path, path)
	}
	text := strings.TrimSuffix(string(b), "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

// inDir makes path relative to dir unless it is absolute.
func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
