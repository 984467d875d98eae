package local

import "botd/engine"

func (x *act) join(a engine.Join) error {
	r, err := x.door(x.client, a.Room)
	if err != nil {
		return err
	}
	err = r.enter(x.client, x.at)
	return err
}

// move is for everybody as far as they move themselves.
func (x *act) move(a engine.Move) error {
	if (a.User == engine.UserRef{}) {
		return x.moveSelf(a.To)
	}
	if x.by.user.Role < engine.Moderator {
		return engine.Errorf(engine.Denied, "moving others needs the role moderator in room %s", x.room.id)
	}
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	if a.To == "" {
		return engine.Errorf(engine.Invalid, "the room has no name")
	}
	return x.put(m, a.To, "")
}

func (x *act) moveSelf(to engine.RoomID) error {
	next, err := x.door(x.client, to)
	if err != nil {
		return err
	}
	x.room.leave(x.by, "moved to "+string(to), x.at)
	err = next.enter(x.client, x.at)
	return err
}

// invite picks a new room if none is named. An invitation from inside a locked room
// opens it for the guest.
func (x *act) invite(a engine.Invite) error {
	m, err := x.find(a.User)
	if err != nil {
		return err
	}
	if err := checkWords("room's name", string(a.To)); err != nil {
		return err
	}
	to := a.To
	if to == "" {
		to = engine.RoomID("room-" + x.hub.number())
	}
	if x.client.member(to) != nil {
		x.hub.room(to).invited[m.user.ID] = true
	}
	x.room.tell(m, x.by, x.at, engine.Invited{To: to})
	if m != x.by {
		x.room.tell(x.by, x.by, x.at, engine.Invited{To: to, Target: m.user})
	}
	return nil
}

// rename keeps the ID.
func (x *act) rename(a engine.Rename) error {
	in := x.client.in
	if a.Room != "" {
		in = []*member{x.by}
	}
	for _, m := range in {
		if err := m.room.nameFree(a.Name, m); err != nil {
			return err
		}
	}
	if a.Room == "" {
		x.client.user.Name = a.Name
	}
	for _, m := range in {
		from := m.user.Name
		m.user.Name = a.Name
		m.room.tellAll(m, x.at, engine.Renamed{From: from})
	}
	return nil
}

// userInfo shows addresses to moderators only.
func (x *act) userInfo(a engine.UserInfo) error {
	m, err := x.find(a.User)
	if err != nil {
		return err
	}
	x.receipt.Users = []engine.User{m.user}
	answer := map[string]any{
		"id":    string(m.user.ID),
		"name":  m.user.Name,
		"role":  m.user.Role.String(),
		"muted": x.room.muted(m, x.at),
	}
	if m.client.address != "" && x.by.user.Role >= engine.Moderator {
		answer["address"] = m.client.address
	}
	x.receipt.Answer = answer
	return nil
}
