package luaapi

import (
	"botd/engine"
	"botd/engine/script"
)

// session is one account on one network.
type session struct {
	name     engine.SessionID
	platform string
}

var sessionClass = script.Class[*session]{
	Name: "session",
	Members: []script.Member{
		script.Prop("name", sessionName), script.Prop("platform", sessionPlatform),
		script.Live("state", sessionState), script.Live("me", sessionMe),
		script.Method("join", sessionJoin).Needs(engine.CapJoin), script.Method("leave", sessionLeave).Needs(engine.CapLeave), script.Method("rename", sessionRename).Needs(engine.CapRename),
		script.PlainMethod("can", sessionCan).Reads(), script.PlainMethod("rooms", sessionRooms).Reads(),
		script.Method("call", sessionCall).Needs(engine.CapCall), script.PlainMethod("commands", sessionCommands).Reads(),
	},
	String: func(s *session) string { return string(s.name) },
	Equal:  func(a, b *session) bool { return a.name == b.name },
}

// sessionName is the name from the configuration.
func sessionName(s *session) script.Word { return script.Word(s.name) }

// sessionPlatform is the network: "hackchat", "local" and so on.
func sessionPlatform(s *session) script.Word { return script.Word(s.platform) }

func findSession(c *script.Call, name engine.SessionID) (script.SessionState, bool) {
	for _, s := range c.Door().Sessions() {
		if s.Name == name {
			return s, true
		}
	}
	return script.SessionState{}, false
}

// sessionState is "connecting", "online", "waiting" (for the next attempt) or "failed".
func sessionState(c *script.Call, s *session) script.Word {
	st, ok := findSession(c, s.name)
	if !ok {
		return "failed" // taken out of the configuration
	}
	return script.Word(st.State)
}

// sessionMe is the bot itself as the network knows it; nil before the first login.
func sessionMe(c *script.Call, s *session) *user {
	st, _ := findSession(c, s.name)
	if st.Me.Ref() == (engine.UserRef{}) {
		return nil
	}
	return &user{st.Me, s.name, s.platform, ""}
}

// place is an argument that names a room of a session: the object, or the room's own
// name, with or without the session before it.
type place struct {
	session engine.SessionID // "" if only a name was given
	name    string
}

func (p *place) FromLua(c *script.Call, v script.Value) error {
	if r, ok := v.Object().(*room); ok {
		p.session, p.name = r.session, string(r.room.ID)
		return nil
	}
	var ok bool
	if p.name, ok = v.AsString(); !ok || p.name == "" {
		return script.Expected("a room or the name of one", v)
	}
	return nil
}

func (place) LuaType() string { return "room|string" }

// in is the room's id within a session.
func (p place) in(c *script.Call, s *session) engine.RoomID {
	if p.session != "" && p.session != s.name {
		c.BadArg("room", "the room belongs to session %q, not to %q", p.session, s.name)
	}
	if sess, id, ok := engine.RoomPath(p.name).Split(); p.session == "" && ok && sess == s.name {
		return id
	}
	return engine.RoomID(p.name)
}

type placeArgs struct {
	Room place `lua:"room"` // a room or its name
}

// sessionJoin brings the bot into one more room.
//
//	bot.command{ "come", args = "where:word", roles = {"admin"}, run = function(ev, a) assert(ev.session:join(a.where)) end }
//	-- admin mia: !come cellar
//	-- botd does: join
func sessionJoin(c *script.Call, s *session, a placeArgs) (script.OK, error) {
	return script.OK{}, act(c, s.name, engine.Join{Room: a.Room.in(c, s)})
}

// sessionLeave takes the bot out of a room.
//
//	bot.command{ "leave", args = "where:room", roles = {"admin"}, run = function(ev, a) assert(ev.session:leave(a.where)) end }
//	-- admin mia: !leave lobby/attic
//	-- botd does: leave
func sessionLeave(c *script.Call, s *session, a placeArgs) (script.OK, error) {
	return script.OK{}, act(c, s.name, engine.Leave{Room: a.Room.in(c, s)})
}

type renameArgs struct {
	Nick string `lua:"nick"`          // the new name of the bot
	Room place  `lua:"room,optional"` // only there, where the network has names per room
}

// sessionRename changes the name of the bot.
//
//	bot.command{ "rename", args = "name:word", roles = {"admin"}, run = function(ev, a) assert(ev.session:rename(a.name)) end }
//	-- admin mia: !rename helper
//	-- botd does: rename name=helper
func sessionRename(c *script.Call, s *session, a renameArgs) (script.OK, error) {
	return script.OK{}, act(c, s.name, engine.Rename{Room: a.Room.in(c, s), Name: a.Nick})
}

// sessionCan tells whether the session can do something now, in some room at least.
//
//	bot.command("abilities", function(ev) ev:reply(ev.session:can("whisper") and "I can whisper" or "I cannot") end)
//	-- ann: !abilities
//	-- botd: I can whisper
func sessionCan(c *script.Call, s *session, a canArgs) bool {
	caps, err := c.Door().Caps(s.name, "")
	return err == nil && caps.Can.Has(engine.Capability(a.Action))
}

// sessionRooms lists the rooms the session is in and this script may see.
//
//	bot.command("rooms", function(ev)
//	  local names = {}
//	  for _, r in ipairs(ev.session:rooms()) do names[#names + 1] = r.id end
//	  ev:reply(table.concat(names, " "))
//	end)
//	-- ann: !rooms
//	-- botd: lobby/lobby lobby/attic
func sessionRooms(c *script.Call, s *session, _ script.None) []*room {
	var out []*room
	for _, r := range c.Door().Rooms() {
		if r.Session == s.name && c.Sees(r.Session, r.Room) {
			out = append(out, roomOf(r))
		}
	}
	return out
}

type callArgs struct {
	Command string         `lua:"command"`         // its name on the wire; session:commands() lists them
	Params  map[string]any `lua:"params,optional"` // its parameters by name
}

type sessionCallArgs struct {
	Command string         `lua:"command"`         // its name on the wire; session:commands() lists them
	Params  map[string]any `lua:"params,optional"` // its parameters by name
	Room    place          `lua:"room,optional"`   // where, for networks with one connection for each room
}

// sessionCall sends any command the network has, and waits for its answer.
//
//	bot.command{ "raw", args = "name:word", roles = {"owner"}, run = function(ev, a)
//	  local answer, err = ev.session:call(a.name, {loud = true})
//	  ev:reply(err and err.message or "done")
//	end }
//	-- owner mia: !raw ping
//	-- botd does: call name=ping params={"loud":true}
//	-- botd: done
func sessionCall(c *script.Call, s *session, a sessionCallArgs) (any, error) {
	return native(c, s.name, engine.Call{Room: a.Room.in(c, s), Name: a.Command, Params: a.Params})
}

// roomCall sends any command the network has to this room, and waits for its answer.
//
//	bot.command{ "nick", args = "name:word", roles = {"admin"}, run = function(ev, a)
//	  assert(ev.room:call("changenick", {nick = a.name}))
//	end }
//	-- admin mia: !nick helper
//	-- botd does: call name=changenick params={"nick":"helper"}
func roomCall(c *script.Call, r *room, a callArgs) (any, error) {
	return native(c, r.session, engine.Call{Room: r.room.ID, Name: a.Command, Params: a.Params})
}

// native is true for a command that worked and has no answer.
func native(c *script.Call, s engine.SessionID, a engine.Call) (any, error) {
	rec := c.DoWait(request(s, a))
	if err := rec.Error(); err != nil {
		return nil, err
	}
	if rec.Answer == nil {
		return true, nil
	}
	return rec.Answer, nil
}

// sessionCommands lists every command of the network with its parameters.
//
//	bot.command("native", function(ev) ev:reply(#ev.session:commands() .. " commands of its own") end)
//	-- ann: !native
//	-- botd: 0 commands of its own
func sessionCommands(c *script.Call, s *session, _ script.None) []engine.Command {
	return c.Door().Commands(s.name)
}
