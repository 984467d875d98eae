package simplex

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// commands are what [engine.Call] reaches: all there are.
func commands() []engine.Command {
	var list []engine.Command
	for _, c := range api.Load().Commands {
		if c.Name == "APIStopChat" {
			c.Doc += "; refused, because it ends the program"
		}
		cmd := engine.Command{Name: c.Name, Doc: c.Doc, Level: c.Role}
		for _, p := range c.Params {
			cmd.Params = append(cmd.Params, param(&c, p))
		}
		if c.Older != nil {
			cmd.Params = append(cmd.Params, olderParams(&c)...)
		}
		answers := make([]string, len(c.Answers))
		for i, a := range c.Answers {
			answers[i] = "`" + a.Tag + "`"
		}
		cmd.Answer = strings.Join(answers, " or ")
		list = append(list, cmd)
	}
	return list
}

func param(c *api.Command, p api.Field) engine.Param {
	out := engine.Param{Name: p.Name, Type: jsonType(p.Type), Optional: p.Optional || !c.Needs(p.Name) || p.Name == "userId"}
	switch {
	case p.Name == "userId":
		out.Doc = "the session's own if absent"
	case p.Type == "ChatRef":
		out.Type, out.Doc = "object|string", `a chat: "@5", "#7"`
	case out.Type == "object" || out.Type == "array":
		out.Doc = p.Type
		out.Type = "object|array" // an empty table is either
	}
	if c.Older != nil && !c.Older.Needs(p.Name) {
		out.Optional = true
	}
	if slices.Contains(ofRoom, p.Name) {
		out.Optional = true
		out.Doc = strings.TrimPrefix(out.Doc+"; that of room:call if absent", "; ")
	}
	return out
}

// olderParams are the names older programs had for parameters.
func olderParams(c *api.Command) (list []engine.Param) {
	known := map[string]bool{}
	for _, p := range c.Params {
		known[p.Name] = true
	}
	for _, p := range c.Older.Params {
		if !known[p.Name] {
			list = append(list, engine.Param{Name: p.Name, Type: jsonType(p.Type), Optional: true, Doc: "an older name"})
		}
	}
	return list
}

func jsonType(typ string) string {
	switch t := api.Load().Type(typ); {
	case strings.HasPrefix(typ, "["):
		return "array"
	case t != nil && t.Kind == "enum", typ == "string", typ == "UTCTime":
		return "string"
	case typ == "bool":
		return "boolean"
	case typ == "int", typ == "int64", typ == "word32", typ == "double":
		return "number"
	}
	return "object"
}

// ofRoom are the parameters that name the chat a command is about. A call in a room has it
// there already.
var ofRoom = []string{"groupId", "contactId", "chatRef", "sendRef", "toSendRef"}

// fillRoom gives a command the chat it was called in, where nothing else is said.
func (l *link) fillRoom(c *api.Command, room engine.RoomID, params map[string]any) error {
	if room == "" {
		return nil
	}
	l.s.mu.Lock()
	r, err := l.s.book.resolve(room)
	l.s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, p := range c.Params {
		switch {
		case params[p.Name] != nil || !slices.Contains(ofRoom, p.Name):
		case p.Name == "groupId" && r.kind == '#', p.Name == "contactId" && r.kind == '@' && c.Name != "APIAddMember":
			params[p.Name] = r.id
		case p.Type == "ChatRef":
			params[p.Name] = r.String()
		}
	}
	return nil
}

// planCall makes a job of a native command. Whether the bot may is the program's to say.
func (l *link) planCall(a engine.Call) (*job, error) {
	c := api.Load().Command(a.Name)
	if c == nil {
		return nil, engine.Errorf(engine.Unsupported, "SimpleX has no command %q", a.Name)
	}
	params := maps.Clone(a.Params)
	if params == nil {
		params = map[string]any{}
	}
	for _, p := range c.Params {
		if p.Name == "userId" && params["userId"] == nil {
			params["userId"] = l.s.userID()
		}
	}
	if err := l.fillRoom(c, a.Room, params); err != nil {
		return nil, err
	}
	if err := c.Safe(params); err != nil {
		return nil, err
	}
	text, err := c.Encode(params)
	if err != nil {
		return nil, err
	}
	return &job{op: a.Name, wait: waitOf(a.Name), write: func(*link) (string, error) { return text, nil },
		finish: func(v *body, f api.Frame) engine.Receipt {
			rc := said1(v)
			if err := json.Unmarshal(f.Body, &rc.Answer); err != nil {
				return engine.Fail(err)
			}
			return rc
		}}, nil
}
