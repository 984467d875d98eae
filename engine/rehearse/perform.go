package rehearse

import (
	"slices"

	"botd/engine"
)

// perform does what the bot asked for. It returns the proof, and what everybody in the room is
// told. mu is held.
func (n *network) perform(c *conn, a engine.Action) (engine.Receipt, []engine.Event) {
	name := engine.ActionName(a)
	did := &act{name: name, action: a, text: engine.TextOf(a), fate: engine.Echoed}
	if err := n.refused(name); err != nil {
		return engine.Fail(err), nil
	}
	r := n.room(a.In())
	if r == nil && a.In() != "" {
		if _, joins := a.(engine.Join); !joins {
			return engine.Fail(engine.Errorf(engine.NotFound, "no room %q", a.In())), nil
		}
	}
	rec := engine.Receipt{Status: engine.Sent}
	if n.caps.Echo {
		rec.Status = engine.Echoed
	}
	var bodies []engine.Body
	switch a := a.(type) {
	case engine.Join:
		r = n.addRoom(a.Room)
		if !slices.Contains(c.rooms, a.Room) {
			c.rooms = append(c.rooms, a.Room)
		}
		rec.Status = engine.Echoed
		r.note(did)
		return rec, []engine.Event{{Room: r.info, Body: engine.Connected{Me: n.me}}}
	case engine.Leave:
		bodies = append(bodies, engine.Left{})
		c.rooms = slices.DeleteFunc(c.rooms, func(id engine.RoomID) bool { return id == a.Room })
	case engine.Whisper:
		return n.whisper(r, a, did, rec)
	case engine.Call:
		return n.call(r, a, did)
	case engine.Rename:
		return n.rename(c, r, a, did, rec)
	default:
		if r != nil {
			var err *engine.Error
			if bodies, err = r.change(a, did, &rec); err != nil {
				return engine.Fail(err), nil
			}
		}
	}
	did.fate = rec.Status
	rec.Message = did.id
	if r == nil {
		return rec, nil
	}
	r.note(did)
	var events []engine.Event
	for _, b := range bodies {
		events = append(events, engine.Event{Room: r.info, User: n.me, Self: true, Body: b})
	}
	return rec, events
}

// rename tells every room that the bot is in, or the one it has another name in.
func (n *network) rename(c *conn, r *room, a engine.Rename, did *act, rec engine.Receipt) (engine.Receipt, []engine.Event) {
	from := n.me.Name
	n.me.Name = a.Name
	did.fate = rec.Status
	var events []engine.Event
	for _, id := range c.rooms {
		if of := n.room(id); r == nil || r == of {
			of.note(did)
			events = append(events, engine.Event{Room: of.info, User: n.me, Self: true, Body: engine.Renamed{From: from}})
		}
	}
	return rec, events
}

func (r *room) note(did *act) {
	r.acts = append(r.acts, did)
	r.all = append(r.all, did)
}

// refused is why the network does not do what is asked, nil if it does.
func (n *network) refused(name string) *engine.Error {
	for _, key := range []string{name, ""} {
		ref := n.refuse[key]
		if ref == nil {
			continue
		}
		if ref.left > 0 {
			if ref.left--; ref.left == 0 {
				delete(n.refuse, key)
			}
		}
		return ref.err
	}
	return nil
}

func (n *network) whisper(r *room, a engine.Whisper, did *act, rec engine.Receipt) (engine.Receipt, []engine.Event) {
	for _, of := range n.rooms {
		if p := of.find(a.User); p != nil && (r == nil || r == of) {
			did.to, did.fate = p.user.Name, rec.Status
			p.acts = append(p.acts, did)
			of.all = append(of.all, did)
			return rec, nil
		}
	}
	return engine.Fail(engine.Errorf(engine.NotFound, "nobody called %q is there", a.User.Name)), nil
}

func (n *network) call(r *room, a engine.Call, did *act) (engine.Receipt, []engine.Event) {
	did.text = a.Name
	if r == nil && len(n.rooms) > 0 {
		r = n.rooms[0]
	}
	if r != nil {
		r.note(did)
	}
	rec := engine.Receipt{Status: engine.Sent}
	if answer := n.calls[a.Name]; answer != nil {
		got, err := answer(a.Params)
		if err != nil {
			return engine.Fail(err), nil
		}
		rec.Status, rec.Answer = engine.Echoed, got
	}
	return rec, nil
}

// find is who a reference means, among those in the room.
func (r *room) find(ref engine.UserRef) *person {
	for _, p := range r.users {
		if p.here && (ref.ID != "" && p.user.ID == ref.ID || ref.ID == "" && p.user.Name == ref.Name) {
			return p
		}
	}
	return nil
}

// change does what concerns one room, and returns what everybody is told of it.
func (r *room) change(a engine.Action, did *act, rec *engine.Receipt) ([]engine.Body, *engine.Error) {
	echo := func(b engine.Message) []engine.Body {
		did.id = engine.MessageID(r.net.id("bot"))
		b.ID = did.id
		r.posted[did.id] = b.Text
		if !r.net.caps.Echo {
			return nil
		}
		return []engine.Body{b}
	}
	switch a := a.(type) {
	case engine.Say:
		return echo(engine.Message{Text: a.Text, ReplyTo: a.ReplyTo}), nil
	case engine.Emote:
		return echo(engine.Message{Text: a.Text, Emote: true}), nil
	case engine.Edit:
		old, ok := r.posted[a.Message]
		if !ok {
			return nil, engine.Errorf(engine.NotFound, "no message %q", a.Message)
		}
		text := a.Text
		if a.Append {
			text = old + text
		}
		r.posted[a.Message], did.id = text, a.Message
		return []engine.Body{engine.Edited{ID: a.Message, Text: text}}, nil
	case engine.Delete:
		if _, ok := r.posted[a.Message]; !ok {
			return nil, engine.Errorf(engine.NotFound, "no message %q", a.Message)
		}
		delete(r.posted, a.Message)
		did.id = a.Message
		return []engine.Body{engine.Deleted{ID: a.Message, Reason: a.Reason}}, nil
	case engine.React:
		did.text = a.Emoji
		return []engine.Body{engine.Reacted{ID: a.Message, Emoji: a.Emoji, Removed: a.Remove}}, nil
	case engine.SetTopic:
		r.info.Topic, did.text = a.Text, a.Text
		return []engine.Body{engine.TopicSet{Text: a.Text}}, nil
	case engine.Slow:
		return []engine.Body{engine.ModeChanged{Mode: "slow", On: a.Interval > 0, Value: a.Interval.Seconds()}}, nil
	case engine.SubscribersOnly:
		return []engine.Body{engine.ModeChanged{Mode: "subscribers_only", On: a.On}}, nil
	case engine.Lock:
		return []engine.Body{engine.ModeChanged{Mode: "locked", On: a.On}}, nil
	case engine.ListUsers:
		for _, p := range r.users {
			if p.here {
				rec.Users = append(rec.Users, p.user)
			}
		}
		rec.Status = engine.Echoed
		return nil, nil
	}
	return r.moderate(a, did, rec)
}

// moderate does what concerns one person.
func (r *room) moderate(a engine.Action, did *act, rec *engine.Receipt) ([]engine.Body, *engine.Error) {
	ref, concerns := target(a)
	if !concerns {
		return nil, nil
	}
	p := r.find(ref)
	who := engine.User{ID: ref.ID, Name: ref.Name}
	if p != nil {
		who = p.user
	}
	did.to = who.Name
	rec.Status = engine.Echoed
	gone := func() {
		if p != nil {
			p.here = false
		}
	}
	switch a := a.(type) {
	case engine.Kick:
		if p == nil {
			return nil, engine.Errorf(engine.NotFound, "nobody called %q is there", ref.Name)
		}
		gone()
		return []engine.Body{engine.Kicked{Target: who, Reason: a.Reason, To: a.To}}, nil
	case engine.Ban:
		gone()
		return []engine.Body{engine.Banned{Target: who, Reason: a.Reason, Length: a.Length}}, nil
	case engine.Unban:
		return []engine.Body{engine.Unbanned{Target: who}}, nil
	case engine.TimeOut:
		return []engine.Body{engine.TimedOut{Target: who, Length: a.Length, Reason: a.Reason}}, nil
	case engine.Mute:
		return []engine.Body{engine.Muted{Target: who, Reason: a.Reason}}, nil
	case engine.Unmute:
		return []engine.Body{engine.Unmuted{Target: who}}, nil
	case engine.SetRole:
		if p != nil {
			p.user.Role = a.Role
			if a.Revoke {
				p.user.Role = engine.Member
			}
			who = p.user
		}
		return []engine.Body{engine.RoleChanged{Target: who, Role: who.Role}}, nil
	case engine.UserInfo:
		rec.Users = []engine.User{who}
	}
	return nil, nil
}

// target is whom an action is about.
func target(a engine.Action) (engine.UserRef, bool) {
	switch a := a.(type) {
	case engine.Kick:
		return a.User, true
	case engine.Ban:
		return a.User, true
	case engine.Unban:
		return a.User, true
	case engine.TimeOut:
		return a.User, true
	case engine.Mute:
		return a.User, true
	case engine.Unmute:
		return a.User, true
	case engine.SetRole:
		return a.User, true
	case engine.UserInfo:
		return a.User, true
	case engine.Invite:
		return a.User, true
	}
	return engine.UserRef{}, false
}
