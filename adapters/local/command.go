package local

import (
	"slices"
	"time"

	"botd/engine"
)

// command is one of the network's own, for [engine.Call].
type command struct {
	engine.Command
	run func(x *act, params map[string]any) (any, error)
}

// table is a function because help reads the list it is in.
func table() []command {
	room := engine.Param{Name: "room", Type: "string", Optional: true, Doc: "the room of the call if left out"}
	return []command{
		{engine.Command{Name: "help", Doc: "Lists the commands, or describes one.",
			Params: []engine.Param{{Name: "command", Type: "string", Optional: true}},
			Answer: "a list of names, or {name, doc}"}, help},
		{engine.Command{Name: "stats", Doc: "Counts rooms, users and messages.", Answer: "{rooms, users, messages}"}, stats},
		{engine.Command{Name: "rooms", Doc: "Lists the rooms with their topics and how many users they have.",
			Answer: "a list of {room, topic, users}"}, rooms},
		{engine.Command{Name: "history", Doc: "Lists the latest messages of a room the caller is in.",
			Params: []engine.Param{room, {Name: "limit", Type: "number", Optional: true, Doc: "20 if left out"}},
			Answer: "a list of {message_id, user, text, emote, time}"}, history},
	}
}

func commands() []engine.Command {
	var cs []engine.Command
	for _, c := range table() {
		cs = append(cs, c.Command)
	}
	return cs
}

func (x *act) call(a engine.Call) (err error) {
	t := table()
	i := slices.IndexFunc(t, func(c command) bool { return c.Name == a.Name })
	if i < 0 {
		return engine.Errorf(engine.NotFound, "no command %q; call help for a list", a.Name)
	}
	if err := t[i].Check(a.Params); err != nil {
		return err
	}
	y := *x // through a func value x would escape, and every action pay for it
	x.receipt.Answer, err = t[i].run(&y, a.Params)
	return err
}

func help(_ *act, params map[string]any) (any, error) {
	want, one := params["command"].(string)
	var list []any
	for _, c := range commands() {
		if one && c.Name == want {
			return map[string]any{"name": c.Name, "doc": c.Doc}, nil
		}
		list = append(list, c.Name)
	}
	if one {
		return nil, engine.Errorf(engine.NotFound, "no command %q", want)
	}
	return list, nil
}

func stats(x *act, _ map[string]any) (any, error) {
	users := 0
	for _, r := range x.hub.order {
		users += len(r.members)
	}
	return map[string]any{
		"rooms": float64(len(x.hub.order)), "users": float64(users), "messages": float64(x.hub.messages),
	}, nil
}

func rooms(x *act, _ map[string]any) (any, error) {
	var list []any
	for _, r := range x.hub.order {
		list = append(list, map[string]any{"room": string(r.id), "topic": r.topic, "users": float64(len(r.members))})
	}
	return list, nil
}

func history(x *act, params map[string]any) (any, error) {
	r := x.room
	if id, ok := params["room"].(string); ok {
		m := x.client.member(engine.RoomID(id))
		if m == nil {
			return nil, engine.Errorf(engine.NotFound, "%s is not in room %q", x.client.user.Name, id)
		}
		r = m.room
	}
	limit := 20
	switch n := params["limit"].(type) {
	case float64:
		limit = int(n)
	case int:
		limit = n
	case int64:
		limit = int(n)
	}
	return r.lines.latest(limit), nil
}

// latest describes the last n messages, the oldest first.
func (ls *lines) latest(n int) []any {
	list := []any{}
	for i := max(0, len(ls.ring)-max(n, 0)); i < len(ls.ring); i++ {
		if l := ls.at(i); !l.deleted {
			list = append(list, map[string]any{
				"message_id": string(messageID(l.num)), "user": l.author.Name, "text": l.text,
				"emote": l.emote, "time": l.at.Format(time.RFC3339Nano),
			})
		}
	}
	return list
}
