package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Command describes a native command, for documentation and to check the parameters
// of a [Call].
type Command struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitempty"`
	// Level is the least rank that may use it, in the network's own word; "" if anybody.
	Level  string  `json:"level,omitempty"`
	Params []Param `json:"params,omitempty"`
	// Answer says what the receipt of a Call holds; "" if the network answers with
	// events, or not at all.
	Answer string `json:"answer,omitempty"`
}

// Param is one parameter of a [Command]. Type is the name of a JSON type or several
// with bars between them, as "string|array"; "" takes anything.
type Param struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Optional bool   `json:"optional,omitempty"`
	Doc      string `json:"doc,omitempty"`
}

// Origin says which kind of event something on the wire becomes.
type Origin struct {
	Wire string // the network's name for it: "onlineAdd", "info 1205"
	Kind Kind   // "" if it becomes no event of its own
	Doc  string
}

// Check holds the parameters of a call to the command's description. Its error has
// code [Invalid] and names the parameter.
func (c *Command) Check(params map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		i := slices.IndexFunc(c.Params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			return Errorf(Invalid, "%s has no parameter %q; %s", c.Name, name, c.takes())
		}
		if got := jsonType(params[name]); !c.Params[i].accepts(got) {
			return Errorf(Invalid, "parameter %s of %s is of type %s, want %s", name, c.Name, got, strings.ReplaceAll(c.Params[i].Type, "|", " or "))
		}
	}
	for _, p := range c.Params {
		if _, ok := params[p.Name]; !ok && !p.Optional {
			return Errorf(Invalid, "%s needs the parameter %q", c.Name, p.Name)
		}
	}
	return nil
}

func (c *Command) takes() string {
	if len(c.Params) == 0 {
		return "it has none"
	}
	names := make([]string, len(c.Params))
	for i, p := range c.Params {
		names[i] = p.Name
	}
	return "it has " + strings.Join(names, ", ")
}

func (p *Param) accepts(jsonType string) bool {
	if p.Type == "" {
		return true
	}
	for t := range strings.SplitSeq(p.Type, "|") {
		if t == jsonType {
			return true
		}
	}
	return false
}

// jsonType names the type a value has in JSON.
func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64, int, int64, json.Number:
		return "number"
	case map[string]any:
		return "object"
	case []any, []string:
		return "array"
	}
	return "unknown"
}
