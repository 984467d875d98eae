package isolate

import (
	"botd/engine"
	"botd/engine/script"
)

// roleGift is a role that a script gives somebody, or takes back with guest.
type roleGift struct {
	Origin  origin
	Session engine.SessionID
	User    engine.User
	Role    engine.Role
}

// GiveRole is answered by kindKept, as it waits for the disk.
func (d *pipeDoor) GiveRole(o script.Origin, s engine.SessionID, u engine.User, role engine.Role, done func(error)) {
	booking{d: d}.keep(kindGiveRole, roleGift{originOf(o), s, u, role}, nil, done)
}

// giveRole hands a gift on; the outcome follows as kindKept.
func (c *child) giveRole(id uint64, g roleGift) error {
	if !c.mayAct() {
		c.kept(id, engine.Errorf(engine.Quota, "%d requests wait for an answer already", maxActions))
		return nil
	}
	c.m.opt.Door.GiveRole(c.origin(g.Origin), g.Session, g.User, g.Role, func(err error) {
		c.acted()
		c.kept(id, err)
	})
	return nil
}
