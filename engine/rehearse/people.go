package rehearse

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/i18n"
	"botd/engine/script"
)

// place is a room as tests see it.
type place struct {
	t *trial
	r *room
}

var roomClass = script.Class[*place]{
	Name: "test_room",
	Members: []script.Member{
		script.PlainMethod("user", placeUser), script.PlainMethod("expect", placeExpect), script.PlainMethod("expect_lines", placeExpectLines),
		script.PlainMethod("expect_nothing", placeExpectNothing), script.PlainMethod("expect_action", placeExpectAction),
		script.PlainMethod("lines", placeLines), script.PlainMethod("last", placeLast), script.PlainMethod("event", placeEvent),
		script.PlainMethod("disconnect", placeDisconnect), script.PlainMethod("connect", placeConnect), script.PlainMethod("kick", placeKick),
		script.PlainMethod("lag", placeLag), script.PlainMethod("slow", placeSlow), script.PlainMethod("duplicate", placeDuplicate),
		script.PlainMethod("refuse", placeRefuse), script.Live("online", placeOnline), script.Live("topic", placeTopic),
	},
	String: func(p *place) string { return string(engine.Path(p.r.net.name, p.r.info.ID)) },
	Equal:  func(a, b *place) bool { return a.r == b.r },
}

type roomArgs struct {
	Path string   `lua:"path"` // SESSION/ROOM, as "lobby/lobby"
	Opts roomOpts `lua:"opts,optional"`
}

// roomOpts say what a room and its network are like.
type roomOpts struct {
	Like  string   `lua:"like,optional"`  // the adapter whose abilities, limits and pace the network has; "local" if nil
	Name  string   `lua:"name,optional"`  // of the bot; "botd" if nil
	Role  string   `lua:"role,optional"`  // of the bot; "moderator" if nil
	Can   []string `lua:"can,optional"`   // all that the bot can do there; what the adapter can if nil
	Topic string   `lua:"topic,optional"` // of the room
	Users []string `lua:"users,optional"` // who is there when the bot comes in

	Language string `lua:"language,optional"` // that is spoken there, such as "it"; "en" if nil
	Prefix   string `lua:"prefix,optional"`   // what commands begin with there; "!" if nil
}

// trialRoom makes a room and brings the bot into it. Rooms of one session are of one network. What the
// bot is able to do there, how long a line may be and how many a second are those of the real network:
//
//	local room = t:room("hc/programming", { like = "hackchat" })
func trialRoom(c *script.Call, t *trial, a roomArgs) *place {
	me := engine.User{ID: "bot", Name: "botd", Role: engine.Moderator, IsBot: true}
	if a.Opts.Name != "" {
		me.Name = a.Opts.Name
	}
	if a.Opts.Role != "" {
		me.Role = roleOf(c, a.Opts.Role)
	}
	if err := i18n.CheckTag(a.Opts.Language); a.Opts.Language != "" && err != nil {
		c.BadArg("opts", "language: %s", engine.AsError(err).Msg)
	}
	var r *room
	t.step(c, func() (err error) {
		t.w.customs(a.Path, a.Opts)
		r, err = t.w.join(t.ctx, engine.RoomPath(a.Path), a.Opts.Like, me, func(r *room) error { return r.furnish(a.Opts) })
		return err
	})
	return &place{t, r}
}

// customs are what the configuration says of a room.
func (w *world) customs(room string, o roomOpts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.Language != "" {
		w.cfg.Language.Rooms = append([]config.RoomLanguage{{Room: room, Language: o.Language}}, w.cfg.Language.Rooms...)
	}
	if o.Prefix != "" {
		w.cfg.Commands.Rooms = append([]config.RoomPrefix{{Room: room, Prefix: o.Prefix}}, w.cfg.Commands.Rooms...)
	}
}

// furnish makes a room what a test wants it to be. net.mu is held.
func (r *room) furnish(o roomOpts) error {
	if o.Can != nil {
		var can engine.CapSet
		if err := can.UnmarshalText([]byte(strings.Join(o.Can, ","))); err != nil {
			return err
		}
		r.net.caps.Can = can
	}
	if o.Topic != "" {
		r.info.Topic = o.Topic
	}
	for _, name := range o.Users {
		r.person(name).here = true
	}
	return nil
}

// person returns the one of that name, who is made if there is none. net.mu is held.
func (r *room) person(name string) *person {
	for _, p := range r.users {
		if p.user.Name == name {
			return p
		}
	}
	p := &person{room: r, user: engine.User{ID: engine.UserID("id-" + name), Name: name, Role: engine.Member}}
	r.users = append(r.users, p)
	return p
}

func roleOf(c *script.Call, name string) engine.Role {
	role, err := engine.ParseRole(name)
	if err != nil {
		c.BadArg("opts", "%s", engine.AsError(err).Msg)
	}
	return role
}

// actor is somebody in a room as tests see them.
type actor struct {
	t *trial
	p *person
}

var userClass = script.Class[*actor]{
	Name: "test_user",
	Members: []script.Member{
		script.PlainMethod("says", userSays), script.PlainMethod("whispers", userWhispers), script.PlainMethod("emotes", userEmotes),
		script.PlainMethod("edits", userEdits), script.PlainMethod("deletes", userDeletes), script.PlainMethod("reacts", userReacts),
		script.PlainMethod("joins", userJoins), script.PlainMethod("leaves", userLeaves), script.PlainMethod("renames", userRenames),
		script.PlainMethod("becomes", userBecomes), script.PlainMethod("expect", userExpect), script.PlainMethod("expect_nothing", userExpectNothing),
		script.Live("name", userName), script.Live("role", userRole), script.Live("here", userHere),
	},
	String: func(a *actor) string { return a.p.user.Name },
	Equal:  func(a, b *actor) bool { return a.p == b.p },
}

type userArgs struct {
	Name string   `lua:"name"`
	Opts userOpts `lua:"opts,optional"`
}

// userOpts say who somebody is.
type userOpts struct {
	Role    string `lua:"role,optional"`    // guest, user, regular, subscriber, moderator, admin or owner; "user" if nil
	ID      string `lua:"id,optional"`      // what the network knows them by
	Trip    string `lua:"trip,optional"`    // a proof of a password beside the name
	Account string `lua:"account,optional"` // what makes them the same one tomorrow
	Bot     bool   `lua:"bot,optional"`     // a bot
}

// placeUser is somebody in the room. They come in if they are not there.
func placeUser(c *script.Call, p *place, a userArgs) *actor {
	n := p.r.net
	n.mu.Lock()
	who := p.r.person(a.Name)
	n.mu.Unlock()
	who.describe(c, a.Opts)
	u := &actor{p.t, who}
	if !who.here {
		userJoins(c, u, script.None{})
	}
	return u
}

func (p *person) describe(c *script.Call, o userOpts) {
	u := &p.user
	if o.Role != "" {
		u.Role = roleOf(c, o.Role)
	}
	if o.ID != "" {
		u.ID = engine.UserID(o.ID)
	}
	if o.Trip != "" {
		u.Trip = o.Trip
	}
	if o.Account != "" {
		u.Account = o.Account
	}
	u.IsBot = u.IsBot || o.Bot
}

// does is one thing that somebody does.
func (a *actor) does(c *script.Call, b engine.Body) {
	a.t.step(c, func() error {
		n := a.p.room.net
		if err := a.t.w.chaos.before(a.t.ctx, n); err != nil {
			return err
		}
		n.emit(engine.Event{Room: a.p.room.info, User: a.p.user, Body: b})
		return nil
	})
}

type textArgs struct {
	Text string `lua:"text"`
}

type sayArgs struct {
	Text string   `lua:"text"`
	To   *message `lua:"to,optional"` // what it answers
}

// userSays has somebody say something, and all happen that follows from it.
func userSays(c *script.Call, a *actor, in sayArgs) *message {
	return a.posts(c, engine.Message{Text: in.Text}, in.To)
}

// userWhispers has somebody say something that only the bot sees.
func userWhispers(c *script.Call, a *actor, in textArgs) *message {
	return a.posts(c, engine.Message{Text: in.Text, Private: true}, nil)
}

// userEmotes has somebody say what they do: "waves".
func userEmotes(c *script.Call, a *actor, in textArgs) *message {
	return a.posts(c, engine.Message{Text: in.Text, Emote: true}, nil)
}

func (a *actor) posts(c *script.Call, m engine.Message, to *message) *message {
	n := a.p.room.net
	n.mu.Lock()
	m.ID = engine.MessageID(n.id("m"))
	a.p.room.posted[m.ID] = m.Text
	here := a.p.here
	n.mu.Unlock()
	if to != nil {
		m.ReplyTo = to.id
	}
	if !here {
		c.Misuse("%s is not in the room; call :joins() first", a.p.user.Name)
	}
	a.does(c, m)
	return &message{id: m.ID, text: m.Text}
}

type editArgs struct {
	Message *message `lua:"message"`
	Text    string   `lua:"text"`
}

// userEdits has somebody change what they said.
func userEdits(c *script.Call, a *actor, in editArgs) script.None {
	a.does(c, engine.Edited{ID: in.Message.id, Text: in.Text})
	return script.None{}
}

type messageArgs struct {
	Message *message `lua:"message"`
}

// userDeletes has somebody take back what they said.
func userDeletes(c *script.Call, a *actor, in messageArgs) script.None {
	a.does(c, engine.Deleted{ID: in.Message.id, Author: a.p.user})
	return script.None{}
}

type reactArgs struct {
	Message *message `lua:"message"`
	Emoji   string   `lua:"emoji"`
}

// userReacts has somebody react to a message, of the bot perhaps: ann:reacts(room:last(), "👍").
func userReacts(c *script.Call, a *actor, in reactArgs) script.None {
	a.does(c, engine.Reacted{ID: in.Message.id, Emoji: in.Emoji})
	return script.None{}
}

// presence is whether the network tells who comes and goes.
func (a *actor) presence() bool {
	caps := (&conn{net: a.p.room.net}).Caps("")
	return caps.Can.Has(engine.CapPresence)
}

// moves has somebody come or go.
func (a *actor) moves(c *script.Call, here bool, b engine.Body) {
	n := a.p.room.net
	n.mu.Lock()
	was := a.p.here
	a.p.here = here
	n.mu.Unlock()
	if was != here && a.presence() {
		a.does(c, b)
	}
}

// userJoins has somebody come into the room.
func userJoins(c *script.Call, a *actor, _ script.None) script.None {
	a.moves(c, true, engine.Joined{})
	return script.None{}
}

type leaveArgs struct {
	Reason string `lua:"reason,optional"`
}

// userLeaves has somebody leave the room.
func userLeaves(c *script.Call, a *actor, in leaveArgs) script.None {
	a.moves(c, false, engine.Left{Reason: in.Reason})
	return script.None{}
}

// userRenames has somebody take another name.
func userRenames(c *script.Call, a *actor, in textArgs) script.None {
	n := a.p.room.net
	n.mu.Lock()
	from := a.p.user.Name
	a.p.user.Name = in.Text
	n.mu.Unlock()
	a.does(c, engine.Renamed{From: from})
	return script.None{}
}

type roleArgs struct {
	Role string `lua:"role"`
}

// userBecomes gives somebody another role.
func userBecomes(c *script.Call, a *actor, in roleArgs) script.None {
	role, err := engine.ParseRole(in.Role)
	if err != nil {
		c.BadArg("role", "%s", engine.AsError(err).Msg)
	}
	n := a.p.room.net
	n.mu.Lock()
	a.p.user.Role = role
	who := a.p.user
	n.mu.Unlock()
	a.does(c, engine.RoleChanged{Target: who, Role: role})
	return script.None{}
}

// userName is the name they have now.
func userName(_ *script.Call, a *actor) string { return a.p.user.Name }

// userRole is the role they have now.
func userRole(_ *script.Call, a *actor) string { return a.p.user.Role.String() }

// userHere is whether they are in the room: false after they left, or were kicked.
func userHere(_ *script.Call, a *actor) bool { return a.p.here }

type eventArgs struct {
	Kind   string       `lua:"kind"`            // as bot.on takes it
	Fields script.Value `lua:"fields,optional"` // of the event, under the names of ev
	User   *actor       `lua:"user,optional"`   // who did it; the server if nil
}

// placeEvent lets anything happen that a network can tell: room:event("stream", {live = true}).
func placeEvent(c *script.Call, p *place, a eventArgs) script.None {
	fields, err := c.Plain(a.Fields)
	if err != nil {
		c.BadArg("fields", "%s", err)
	}
	if fields == nil {
		fields = map[string]any{}
	}
	raw, err := json.Marshal(map[string]any{"kind": a.Kind, "body": fields})
	if err != nil {
		c.BadArg("fields", "%s", err)
	}
	var kinds []string
	for _, b := range engine.Bodies() {
		kinds = append(kinds, string(b.Kind()))
	}
	if !slices.Contains(kinds, a.Kind) {
		c.BadArg("kind", "%s", script.UnknownName("event kind", a.Kind, kinds))
	}
	ev := engine.Event{}
	if err := json.Unmarshal(raw, &ev); err != nil {
		if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
			c.BadArg("fields", "%s: expected a %s, got a %s", te.Field, te.Type, te.Value)
		}
		c.BadArg("fields", "%s", err)
	}
	ev.Room = p.r.info
	if a.User != nil {
		ev.User = a.User.p.user
	}
	p.t.step(c, func() error { p.r.net.emit(ev); return nil })
	return script.None{}
}

// placeLines are all lines that the bot has said in the room.
func placeLines(_ *script.Call, p *place, _ script.None) []*message {
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	out := []*message{}
	for _, d := range p.r.all {
		if d.spoken() {
			out = append(out, d.message())
		}
	}
	return out
}

// placeLast is the last line that the bot said in the room, nil if there is none.
func placeLast(c *script.Call, p *place, _ script.None) *message {
	lines := placeLines(c, p, script.None{})
	if len(lines) == 0 {
		return nil
	}
	return lines[len(lines)-1]
}

// placeOnline is whether the bot is in the room.
func placeOnline(_ *script.Call, p *place) bool { return p.r.net.online(p.r.info.ID) }

// placeTopic is the topic that the room has now.
func placeTopic(_ *script.Call, p *place) string {
	p.r.net.mu.Lock()
	defer p.r.net.mu.Unlock()
	return p.r.info.Topic
}
