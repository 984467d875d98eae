package luaapi

import (
	"reflect"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/script"
)

// event is something that happened, as a handler gets it. All handlers of a script
// get the same object. It does not change; what it says about users and rooms is what
// was true when it happened.
type event = script.Delivery

var eventClass = script.Class[*event]{
	Name: "event",
	Members: []script.Member{
		script.Prop("kind", eventKind), script.Prop("id", eventID), script.Prop("time", eventTime),
		script.Prop("session", eventSession), script.Prop("platform", eventPlatform),
		script.Prop("room", eventRoom), script.Prop("user", eventUser), script.Prop("text", eventText), script.Prop("words", eventWords),
		script.Prop("self", eventSelf), script.Prop("history", eventHistory),
		script.Prop("mentions_me", eventMentionsMe), script.Prop("prefix", eventPrefix), script.Prop("extra", eventExtra),
		script.Method("reply", eventReply).Needs(engine.CapSay, engine.CapWhisper), script.Method("whisper", eventWhisper).Needs(engine.CapWhisper),
		script.Method("react", eventReact).Needs(engine.CapReact), script.Method("delete", eventDelete).Needs(engine.CapDelete, engine.CapDeleteOwn),
		script.Method("ask", eventAsk).Needs(engine.CapSay, engine.CapWhisper), script.Method("choose", eventChoose).Needs(engine.CapSay, engine.CapWhisper), script.Method("confirm", eventConfirm).Needs(engine.CapSay, engine.CapWhisper),
		script.PlainMethod("stop", eventStop), script.PlainMethod("table", eventTable),
	},
	String: func(d *event) string { return string(d.Event.Kind()) + " event " + string(d.Event.ID) },
	Equal:  func(a, b *event) bool { return a.Event == b.Event },
	Index:  eventField,
	Fields: bodyFields(),
}

// eventKind is what happened: "message", "join" and so on, or the name a script
// emitted it under.
func eventKind(d *event) script.Word { return script.Word(d.Event.Kind()) }

// eventID names the event in logs and error reports. It is not the id of a message:
// that is message_id.
func eventID(d *event) string { return string(d.Event.ID) }

// eventTime is when it happened, in unix seconds.
func eventTime(d *event) time.Time { return d.Event.At }

// eventSession is the session it came from; nil for an event of a script.
func eventSession(d *event) *session {
	if d.Event.Session == "" {
		return nil
	}
	return &session{d.Event.Session, d.Event.Platform}
}

// eventPlatform is the network: "hackchat", "local" and so on.
func eventPlatform(d *event) script.Word { return script.Word(d.Event.Platform) }

// eventRoom is where it happened; nil if it concerns a session as a whole.
func eventRoom(d *event) *room {
	if d.Event.Room.ID == "" {
		return nil
	}
	return &room{d.Event.Session, d.Event.Platform, d.Event.Room}
}

// eventUser is who did it; nil for the server.
func eventUser(d *event) *user {
	u := d.Event.User
	if u.ID == "" && u.Name == "" {
		return nil
	}
	return &user{u, d.Event.Session, d.Event.Platform, d.Event.Room.ID}
}

// eventText is the text of a message, or of another kind that has one; nil for the
// rest.
func eventText(d *event) script.Maybe {
	if m, ok := d.Event.Body.(engine.Message); ok {
		return script.Maybe{Text: m.Text, Given: true}
	}
	body := reflect.ValueOf(d.Event.Body)
	if i, ok := fieldsOf[body.Type()]["text"]; ok {
		return script.Maybe{Text: body.Field(i).String(), Given: true}
	}
	return script.Maybe{}
}

// eventWords are the words of the text, split at white space.
func eventWords(d *event) []string { return strings.Fields(eventText(d).Text) }

// eventSelf tells that the bot itself did it.
func eventSelf(d *event) bool { return d.Event.Self }

// eventHistory tells that it is from before the bot came.
func eventHistory(d *event) bool { return d.Event.History }

// eventMentionsMe tells that the text names the bot.
func eventMentionsMe(d *event) bool { return d.MentionsMe }

// eventPrefix is what commands begin with where the line was said, "!" perhaps; "" if it is no
// command. Answers that tell people of a command begin its name with it.
func eventPrefix(d *event) string { return d.Prefix }

// eventExtra holds what only this network tells, under its own names.
func eventExtra(d *event) map[string]any { return d.Event.Extra }

// eventReply answers: to a private message in private, else in the room, as an answer
// to the message where the network can show that.
//
//	bot.command("echo", function(ev, text) ev:reply(text) end)
//	-- ann: !echo hello
//	-- botd: hello
//	-- ann whispers: !echo psst
//	-- botd to ann: psst
func eventReply(c *script.Call, d *event, a sayArgs) (*message, error) {
	ev := d.Event
	body, _ := ev.Body.(engine.Message)
	if body.Private {
		return send(c, ev.Session, engine.Whisper{Room: ev.Room.ID, User: ev.User.Ref(), Text: a.Text}, a.Opts)
	}
	if ev.Room.ID == "" {
		return nil, engine.Errorf(engine.Invalid, "a %s event without a room has nowhere to reply to", ev.Kind())
	}
	return send(c, ev.Session, engine.Say{Room: ev.Room.ID, Text: a.Text, ReplyTo: body.ID}, a.Opts)
}

// eventWhisper tells the user of the event something in private.
//
//	bot.command("secret", function(ev) ev:whisper("the cake is in the attic") end)
//	-- ann: !secret
//	-- botd to ann: the cake is in the attic
func eventWhisper(c *script.Call, d *event, a sayArgs) (*message, error) {
	ev := d.Event
	if ev.User.Ref() == (engine.UserRef{}) {
		return nil, errNobody
	}
	return send(c, ev.Session, engine.Whisper{Room: ev.Room.ID, User: ev.User.Ref(), Text: a.Text}, a.Opts)
}

var errNobody = engine.Errorf(engine.Invalid, "the event has no user")

type reactArgs struct {
	Emoji  string `lua:"emoji"`           // such as "👍", or what the network calls it
	Remove bool   `lua:"remove,optional"` // take it off again
}

// eventReact puts an emoji on the message.
//
//	bot.hear("cake", function(ev) ev:react("🎂") end)
//	-- ann: there is cake
//	-- botd does: react emoji=🎂 message=line
func eventReact(c *script.Call, d *event, a reactArgs) (script.OK, error) {
	id, err := messageID(d.Event)
	if err != nil {
		return script.OK{}, err
	}
	return script.OK{}, act(c, d.Event.Session, engine.React{Room: d.Event.Room.ID, Message: id, Emoji: a.Emoji, Remove: a.Remove})
}

type reasonArgs struct {
	Reason string `lua:"reason,optional"` // shown where the network can
}

// eventDelete removes the message.
//
//	bot.hear("buy now", function(ev) ev:delete("advertising") end)
//	-- eve: buy now!
//	-- botd does: delete author=eve message=line reason=advertising
func eventDelete(c *script.Call, d *event, a reasonArgs) (script.OK, error) {
	ev := d.Event
	id, err := messageID(ev)
	if err != nil {
		return script.OK{}, err
	}
	return script.OK{}, act(c, ev.Session, engine.Delete{
		Room: ev.Room.ID, Message: id, Author: ev.User.Ref(), Reason: a.Reason, Own: ev.Self,
	})
}

// eventStop keeps the event from the handlers of this script that have not had it yet.
//
//	bot.on("message", function(ev) if ev.text == "hush" then ev:stop() end end)
//	bot.on("message", function(ev) ev:reply("I heard: " .. ev.text) end)
//	-- ann: hello
//	-- botd: I heard: hello
//	-- ann: hush
func eventStop(_ *script.Call, d *event, _ script.None) script.None {
	d.Stop()
	return script.None{}
}

// eventTable copies the event into a plain table, for pairs and json.encode.
//
//	bot.on("join", function(ev)
//	  local t = ev:table()
//	  log.info(t.kind .. " of " .. t.user.name)
//	end)
//	-- ann joins
//	-- log: join of ann
func eventTable(c *script.Call, d *event, _ script.None) map[string]any {
	ev := d.Event
	t := map[string]any{
		"kind": string(ev.Kind()), "id": string(ev.ID), "time": script.UnixSeconds(ev.At), "session": string(ev.Session),
		"platform": ev.Platform, "self": ev.Self, "history": ev.History,
	}
	if ev.Room.ID != "" {
		t["room"] = ev.Room
	}
	if ev.User.Ref() != (engine.UserRef{}) {
		t["user"] = ev.User
	}
	if ev.Extra != nil {
		t["extra"] = ev.Extra
	}
	body := reflect.ValueOf(ev.Body)
	for name, i := range fieldsOf[body.Type()] {
		if f := body.Field(i); !f.IsZero() {
			if t[name] = f.Interface(); f.Type() == privateType {
				t[name] = reveal(c, f.Interface().(engine.Private))
			}
		}
	}
	return t
}

func messageID(ev *engine.Event) (engine.MessageID, error) {
	body := reflect.ValueOf(ev.Body)
	if i, ok := fieldsOf[body.Type()]["message_id"]; ok {
		if id := engine.MessageID(body.Field(i).String()); id != "" {
			return id, nil
		}
	}
	return "", engine.Errorf(engine.Unsupported, "the message has no id on this network")
}

// fieldsOf maps the Lua names of the fields of each body to their place.
var fieldsOf = func() map[reflect.Type]map[string]int {
	out := map[reflect.Type]map[string]int{}
	for _, b := range engine.Bodies() {
		t := reflect.TypeOf(b)
		names := map[string]int{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			names[name] = i
		}
		out[t] = names
	}
	return out
}()

// bodyTypes are the Lua types of what [eventField] turns into something else.
var bodyTypes = map[reflect.Type]string{
	reflect.TypeFor[engine.User]():   "user",
	reflect.TypeFor[[]engine.User](): "user[]",
	reflect.TypeFor[engine.CapSet](): "string[]",
	privateType:                      "string",
}

var privateType = reflect.TypeFor[engine.Private]()

// reveal is what is private as a script may see it: nil without the grant.
func reveal(c *script.Call, p engine.Private) any {
	text, err := c.Door().Reveal(c.Origin(), p)
	if err != nil || text == "" {
		return nil
	}
	return text
}

// bodyFields describes the fields that depend on the kind of the event.
func bodyFields() []script.Dynamic {
	var out []script.Dynamic
	at := map[string]int{}
	for _, b := range engine.Bodies() {
		t := reflect.TypeOf(b)
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "text" { // a property of every event
				continue
			}
			n, ok := at[name]
			if !ok {
				n = len(out)
				at[name] = n
				out = append(out, script.Dynamic{Name: name, Type: bodyTypes[t.Field(i).Type]})
			}
			source := t.PkgPath() + "." + t.Name() + "." + t.Field(i).Name
			out[n].Types = append(out[n].Types, t.Field(i).Type)
			out[n].Of = append(out[n].Of, string(b.Kind()))
			out[n].Sources = append(out[n].Sources, source)
		}
	}
	return out
}

// eventField reads a field of the body. Users in it become objects, as ev.user is.
func eventField(c *script.Call, d *event, name string) (script.Value, bool) {
	ev := d.Event
	body := reflect.ValueOf(ev.Body)
	i, ok := fieldsOf[body.Type()][name]
	if !ok {
		return script.Value{}, false
	}
	switch v := body.Field(i).Interface().(type) {
	case engine.User:
		if v.Ref() == (engine.UserRef{}) {
			return script.Value{}, true
		}
		return c.ToLua(&user{v, ev.Session, ev.Platform, ev.Room.ID}), true
	case []engine.User:
		return c.ToLua(usersIn(v, ev.Session, ev.Platform, ev.Room.ID)), true
	case engine.CapSet:
		return c.ToLua(v.List()), true
	case engine.Private:
		return c.ToLua(reveal(c, v)), true
	default:
		return c.ToLua(v), true
	}
}
