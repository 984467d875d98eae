package local

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
)

func (x *act) kick(a engine.Kick) error {
	if err := checkWords("reason", a.Reason); err != nil {
		return err
	}
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	return x.put(m, a.To, a.Reason)
}

// put throws m out of the room and, unless to is empty, into another one that takes it.
func (x *act) put(m *member, to engine.RoomID, reason string) error {
	if to == "" {
		x.room.throw(m, x.by, engine.Kicked{Target: m.user, Reason: reason}, x.at)
		return nil
	}
	next, err := x.door(m.client, to)
	if err != nil {
		return err
	}
	x.room.throw(m, x.by, engine.Kicked{Target: m.user, Reason: reason, To: to}, x.at)
	err = next.enter(m.client, x.at)
	return err
}

// door is the room to, if c may come in.
func (x *act) door(c *client, to engine.RoomID) (*Room, error) {
	if to == "" {
		return nil, engine.Errorf(engine.Invalid, "the room has no name")
	}
	if c.member(to) != nil {
		return nil, engine.Errorf(engine.Conflict, "%s is in room %s already", c.user.Name, to)
	}
	if err := checkWords("room's name", string(to)); err != nil {
		return nil, err
	}
	r := x.hub.room(to)
	return r, r.admit(c, x.at)
}

// ban keeps a user out of a room, or all who come from an address.
type ban struct {
	user    engine.User
	address string    // empty: by user
	until   time.Time // zero: without end
}

func (b ban) covers(c *client, at time.Time) bool {
	if !b.until.IsZero() && !at.Before(b.until) {
		return false
	}
	if b.address != "" {
		return b.address == c.address
	}
	return b.user.ID == userID(c.user)
}

func (r *Room) banned(c *client, at time.Time) bool {
	return slices.ContainsFunc(r.bans, func(b ban) bool { return b.covers(c, at) })
}

// ban also works on somebody who is not there, except by address.
func (x *act) ban(a engine.Ban) error {
	if err := checkWords("reason or name", a.Reason, a.User.Name, string(a.User.ID)); err != nil {
		return err
	}
	target := engine.User{ID: a.User.ID, Name: a.User.Name}
	m, err := x.beneath(a.User)
	switch {
	case err == nil:
		target = m.user
	case engine.CodeOf(err) != engine.NotFound || a.Address || a.User == engine.UserRef{}:
		return err
	}
	target.ID = userID(target)
	b := ban{user: target, until: x.until(a.Length)}
	if a.Address {
		if b.address = m.client.address; b.address == "" {
			return engine.Errorf(engine.NotFound, "%s has no address", target.Name)
		}
	}
	x.room.bans = slices.DeleteFunc(x.room.bans, func(old ban) bool {
		return old.user.ID == b.user.ID && old.address == b.address
	})
	x.room.bans = append(x.room.bans, b)
	x.tellAll(engine.Banned{Target: target, Reason: a.Reason, Length: a.Length, Address: b.address})
	x.evict(b, m, a.Reason)
	return nil
}

// evict throws out the banned user and, for an address, those who share it and are
// beneath the one who bans.
func (x *act) evict(b ban, target *member, reason string) {
	for _, m := range slices.Clone(x.room.members) {
		shares := b.address != "" && m.client.address == b.address && m.user.Role < x.by.user.Role
		if m == target || shares {
			x.room.throw(m, x.by, engine.Kicked{Target: m.user, Reason: reason}, x.at)
		}
	}
}

// until is the end of a length, the zero time if it has none.
func (x *act) until(length time.Duration) time.Time {
	if length <= 0 {
		return time.Time{}
	}
	return x.at.Add(length)
}

func (x *act) unban(a engine.Unban) error {
	lifted := false
	x.room.bans = slices.DeleteFunc(x.room.bans, func(b ban) bool {
		if !b.named(a) {
			return false
		}
		lifted = true
		x.tellAll(engine.Unbanned{Target: b.user, Address: b.address})
		return true
	})
	if !lifted {
		return engine.Errorf(engine.NotFound, "no ban of %s%s in room %s", refName(a.User), a.Address, x.room.id)
	}
	return nil
}

// named reports whether a lifts the ban: by the address, or by the user however the
// ban was made.
func (b ban) named(a engine.Unban) bool {
	if a.Address != "" {
		return b.address == a.Address
	}
	return a.User.ID != "" && b.user.ID == a.User.ID ||
		a.User.Name != "" && strings.EqualFold(b.user.Name, a.User.Name)
}

func (x *act) timeOut(a engine.TimeOut) error {
	if a.Length <= 0 {
		return engine.Errorf(engine.Invalid, "a timeout needs a length")
	}
	if err := checkWords("reason", a.Reason); err != nil {
		return err
	}
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	x.room.mutes[m.user.ID] = x.until(a.Length)
	x.tellAll(engine.TimedOut{Target: m.user, Length: a.Length, Reason: a.Reason})
	x.tellAccess(m, a.Reason)
	return nil
}

func (x *act) mute(a engine.Mute) error {
	if err := checkWords("reason", a.Reason); err != nil {
		return err
	}
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	x.room.mutes[m.user.ID] = time.Time{}
	x.tellAll(engine.Muted{Target: m.user, Reason: a.Reason})
	x.tellAccess(m, a.Reason)
	return nil
}

func (x *act) unmute(a engine.Unmute) error {
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	if !x.room.muted(m, x.at) {
		return engine.Errorf(engine.NotFound, "%s is not muted in room %s", m.user.Name, x.room.id)
	}
	delete(x.room.mutes, m.user.ID)
	x.tellAll(engine.Unmuted{Target: m.user})
	x.tellAccess(m, "")
	return nil
}

func (r *Room) muted(m *member, at time.Time) bool {
	if len(r.mutes) == 0 {
		return false
	}
	until, ok := r.mutes[m.user.ID]
	return ok && (until.IsZero() || at.Before(until))
}

// setRole gives a role below the granter's own; an owner gives any.
func (x *act) setRole(a engine.SetRole) error {
	m, err := x.beneath(a.User)
	if err != nil {
		return err
	}
	if a.Role > engine.Owner {
		return engine.Errorf(engine.Invalid, "there is no role %d", a.Role)
	}
	if x.by.user.Role != engine.Owner && a.Role >= x.by.user.Role {
		return engine.Errorf(engine.Denied, "%s cannot make somebody %s", x.by.user.Name, a.Role)
	}
	role := a.Role
	if a.Revoke {
		if m.user.Role != a.Role {
			return engine.Errorf(engine.Conflict, "%s is %s, not %s", m.user.Name, m.user.Role, a.Role)
		}
		role = plainRole(m.user)
	}
	m.user.Role = role
	if m.user.Account != "" {
		x.room.roles[m.user.ID] = role
	}
	x.tellAll(engine.RoleChanged{Target: m.user, Role: role})
	x.tellAccess(m, "")
	return nil
}

// plainRole is what a user is whom nobody gave a role.
func plainRole(u engine.User) engine.Role {
	if u.Account != "" {
		return engine.Member
	}
	return engine.Guest
}

// tellAccess tells m alone what it may do from now on.
func (x *act) tellAccess(m *member, reason string) {
	body := engine.AccessChanged{Role: m.user.Role, Can: m.can(x.at), Reason: reason}
	if x.room.muted(m, x.at) {
		body.Until = x.room.mutes[m.user.ID]
	}
	x.room.tell(m, nil, x.at, body)
}
