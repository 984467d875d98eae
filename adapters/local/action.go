package local

import (
	"time"

	"botd/engine"
)

// act is one action on its way through the hub. The lock is held from begin to end.
type act struct {
	hub     *Hub
	client  *client
	by      *member // who acts; nil only for actions that need no room
	room    *Room   // where; nil if by is
	at      time.Time
	file    []byte // of SendFile
	receipt engine.Receipt
}

// do carries out an action of a client and says what came of it.
func (h *Hub) do(c *client, a engine.Action) engine.Receipt {
	x := act{hub: h, client: c, at: h.now()}
	if send, ok := a.(engine.SendFile); ok {
		var err error
		if x.file, err = h.load(send.Path); err != nil { // before the lock: files may be slow
			return engine.Receipt{Status: engine.Failed, At: x.at, Err: engine.AsError(err)}
		}
	}
	h.mu.Lock()
	defer h.unlock()
	if len(h.queue) > maxQueue {
		return x.result(&engine.Error{Code: engine.RateLimited, Msg: "the hub is flooded", RetryAfter: time.Second})
	}
	return x.result(x.run(a))
}

func (x *act) result(err error) engine.Receipt {
	if err != nil {
		return engine.Receipt{Status: engine.Failed, At: x.at, Err: engine.AsError(err)}
	}
	x.receipt.Status, x.receipt.At = engine.Echoed, x.at
	return x.receipt
}

func (x *act) run(a engine.Action) error {
	if err := x.locate(a); err != nil {
		return err
	}
	if err := x.allowed(a); err != nil {
		return err
	}
	return x.dispatch(a)
}

// locate finds out where a takes place.
func (x *act) locate(a engine.Action) error {
	if x.client.gone || len(x.client.in) == 0 && x.client.cut == nil {
		return engine.Errorf(engine.NotConnected, "%s is in no room", x.client.user.Name)
	}
	if _, ok := a.(engine.Join); ok {
		return nil // the room may not even exist
	}
	id := a.In()
	if id == "" && x.client.standsFor(a) {
		id = x.client.in[0].room.id
	}
	if x.by = x.client.member(id); x.by == nil {
		return engine.Errorf(engine.NotFound, "%s is not in room %q", x.client.user.Name, id)
	}
	x.room = x.by.room
	return nil
}

// standsFor reports whether the first room of the client is meant by an action that
// names none. A session in several rooms has to say which, unless a is for all.
func (c *client) standsFor(a engine.Action) bool {
	switch a.(type) {
	case engine.Whisper, engine.Rename, engine.ReceiveFile, engine.Call:
		return len(c.in) > 0
	}
	return len(c.in) == 1 || c.cut == nil
}

// allowed checks the role. Voting is for everybody, though opening a poll is not.
func (x *act) allowed(a engine.Action) error {
	if x.by == nil {
		return nil
	}
	if vote, ok := a.(engine.SetPoll); ok && vote.Verb == "vote" {
		return nil
	}
	if need := a.Needs(); !byRole[x.by.user.Role].Has(need) {
		return engine.Errorf(engine.Denied, "%s needs the role %s in room %s; %s is %s",
			engine.ActionName(a), needs[need], x.room.id, x.by.user.Name, x.by.user.Role)
	}
	return nil
}

func (x *act) dispatch(a engine.Action) error {
	switch a := a.(type) {
	case engine.Say:
		return x.say(a)
	case engine.Whisper:
		return x.whisper(a)
	case engine.Emote:
		return x.emote(a)
	case engine.Edit:
		return x.edit(a)
	case engine.Delete:
		return x.delete(a)
	case engine.React:
		return x.react(a)
	case engine.Kick:
		return x.kick(a)
	case engine.Ban:
		return x.ban(a)
	case engine.Unban:
		return x.unban(a)
	case engine.TimeOut:
		return x.timeOut(a)
	case engine.Mute:
		return x.mute(a)
	case engine.Unmute:
		return x.unmute(a)
	case engine.SetRole:
		return x.setRole(a)
	case engine.SetTopic:
		return x.setTopic(a)
	case engine.Slow:
		return x.slow(a)
	case engine.SubscribersOnly:
		return x.subscribersOnly(a)
	case engine.Lock:
		return x.lock(a)
	case engine.Clear:
		return x.clear()
	case engine.Invite:
		return x.invite(a)
	case engine.Join:
		return x.join(a)
	case engine.Leave:
		x.room.leave(x.by, "", x.at)
		return nil
	case engine.Move:
		return x.move(a)
	case engine.Rename:
		return x.rename(a)
	case engine.ListUsers:
		x.receipt.Users = x.room.users()
		return nil
	case engine.UserInfo:
		return x.userInfo(a)
	case engine.OpenPoll:
		return x.openPoll(a)
	case engine.SetPoll:
		return x.setPoll(a)
	case engine.OpenRaffle:
		return x.openRaffle(a)
	case engine.SetRaffle:
		return x.setRaffle(a)
	case engine.SendFile:
		return x.sendFile(a)
	case engine.ReceiveFile:
		return x.receiveFile(a)
	case engine.Emoji:
		x.receipt.Answer = x.hub.lookUp(a.Names)
		return nil
	case engine.SearchEmoji:
		x.receipt.Answer = x.hub.search(a.Term)
		return nil
	case engine.Call:
		return x.call(a)
	}
	return engine.UnsupportedError(a)
}

// tellAll tells the whole room what the acting member did.
func (x *act) tellAll(body engine.Body) { x.room.tellAll(x.by, x.at, body) }

// find looks up a user of the room.
func (x *act) find(ref engine.UserRef) (*member, error) {
	if m := x.room.find(ref); m != nil {
		return m, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no user %s in room %s", refName(ref), x.room.id)
}

func refName(ref engine.UserRef) string {
	if ref.Name != "" {
		return ref.Name
	}
	return string(ref.ID)
}

// beneath looks up a user on whom the acting member may act.
func (x *act) beneath(ref engine.UserRef) (*member, error) {
	m, err := x.find(ref)
	if err != nil {
		return nil, err
	}
	if by := x.by.user; by.Role != engine.Owner && by.Role <= m.user.Role {
		return nil, engine.Errorf(engine.Denied, "%s is %s, as %s is", m.user.Name, m.user.Role, by.Name)
	}
	return m, nil
}

// can is what a member may do as of now.
func (m *member) can(at time.Time) engine.CapSet {
	set := byRole[m.user.Role]
	if m.room.muted(m, at) {
		set &^= speech
	}
	return set
}
