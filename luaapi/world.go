package luaapi

import (
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/nearest"
	"botd/engine/script"
	"botd/luaapi/internal/args"
)

// world is what people can mean in the room of an event.
func world(c *script.Call, d *event) args.World {
	return args.World{
		Now:  c.Now().Local(),
		User: func(name string) (any, error) { return userNamed(c, d, name) },
		Room: func(name string) (any, error) { return roomNamed(c, d, name) },
	}
}

// userNamed finds who is meant by a name in the room of an event: by exact name, then in
// any case, then by id. "me" is who says it. Where the network does not tell who comes and
// goes it is whom the bot has seen there.
func userNamed(c *script.Call, d *event, name string) (*user, error) {
	ev := d.Event
	name = strings.TrimPrefix(name, "@")
	in := func(u engine.User) *user { return &user{u, ev.Session, ev.Platform, ev.Room.ID} }
	list := c.Door().Users(ev.Path())
	if u, ok := named(list, name); ok {
		return in(u), nil
	}
	if strings.EqualFold(name, "me") {
		return in(ev.User), nil
	}
	if r := (&room{ev.Session, ev.Platform, ev.Room}); r.unlisted(c) {
		if u, err := roomKnown(c, r, name); err == nil {
			return u, nil
		}
	}
	names := make([]string, len(list))
	for i, u := range list {
		names[i] = u.Name
	}
	return nil, engine.Errorf(engine.NotFound, "%s is not here%s", clip(name), nearest.Hint(name, names))
}

// named finds who is meant by a name among users: by exact name, then in any case, then by id.
func named(list []engine.User, name string) (engine.User, bool) {
	for _, same := range []func(u engine.User) bool{
		func(u engine.User) bool { return u.Name == name },
		func(u engine.User) bool { return strings.EqualFold(u.Name, name) },
		func(u engine.User) bool { return string(u.ID) == name },
	} {
		if i := slices.IndexFunc(list, same); i >= 0 {
			return list[i], true
		}
	}
	return engine.User{}, false
}

// roomNamed finds the room that is meant by a full name, or by that of a room of the
// same session.
func roomNamed(c *script.Call, d *event, name string) (*room, error) {
	var names []string
	for _, r := range c.Door().Rooms() {
		if !c.Sees(r.Session, r.Room) {
			continue
		}
		same := r.Session == d.Event.Session && (strings.EqualFold(r.Room.Name, name) || string(r.Room.ID) == name)
		if string(r.Path) == name || same {
			return roomOf(r), nil
		}
		names = append(names, string(r.Path))
	}
	return nil, engine.Errorf(engine.NotFound, "no room %s%s", clip(name), nearest.Hint(name, names))
}
