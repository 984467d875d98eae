package simplextest

import "slices"

// An op is a command being carried out, with the server's lock held.
type op struct {
	*Server
	user  *user // the active one, nil if there is none
	after []func()
}

// An action carries a command out. Its error is a refusal.
type action func(*op) (m, error)

// answer makes a response of the active profile.
func (o *op) answer(tag string, fields m) (m, error) {
	f := tagged(tag, fields)
	if o.user != nil {
		f["user"] = o.user.json(o.Server)
	}
	return f, nil
}

func (o *op) cmdOk() (m, error) {
	f := m{"type": "cmdOk"}
	if o.user != nil {
		f["user_"] = o.user.json(o.Server)
	}
	return f, nil
}

// later runs f when the answer is on its way.
func (o *op) later(f func()) { o.after = append(o.after, f) }

// needUser refuses without a profile.
func (o *op) needUser() error {
	if o.user == nil {
		return failure("noActiveUser", nil)
	}
	return nil
}

// own refuses a profile that is not the active one.
func (o *op) own(id int64) error {
	if err := o.needUser(); err != nil {
		return err
	}
	if id != o.user.id {
		return failure("differentActiveUser", m{"commandUserId": id, "activeUserId": o.user.id})
	}
	return nil
}

func (o *op) contact(id int64) (*contact, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.contacts, func(c *contact) bool { return c.id == id && c.user == o.user })
	if i < 0 {
		return nil, missing("contactNotFound", m{"contactId": id})
	}
	return o.contacts[i], nil
}

func (o *op) group(id int64) (*group, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.groups, func(g *group) bool { return g.id == id && g.user == o.user })
	if i < 0 {
		return nil, missing("groupNotFound", m{"groupId": id})
	}
	return o.groups[i], nil
}

// groupAs finds a group in which the bot has at least a role.
func (o *op) groupAs(id int64, least string) (*group, error) {
	g, err := o.group(id)
	if err != nil {
		return nil, err
	}
	return g, o.require(g, least)
}

func (o *op) require(g *group, least string) error {
	if rank(g.me.role) < rank(least) {
		return failure("groupUserRole", m{"groupInfo": g.json(o.Server), "requiredRole": least})
	}
	return nil
}

// members finds those with some IDs, all of which have to be there.
func (o *op) members(g *group, ids []int64) ([]*member, error) {
	var list []*member
	for _, id := range ids {
		mb := g.member(id)
		if mb == nil {
			return nil, failure("groupMemberNotFound", nil)
		}
		list = append(list, mb)
	}
	return list, nil
}

// chat finds what a reference names.
func (o *op) chat(r ref) (*chat, error) {
	switch r.kind {
	case '@':
		c, err := o.contact(r.id)
		if err != nil {
			return nil, err
		}
		return c.chat, nil
	case '#':
		g, err := o.group(r.id)
		if err != nil {
			return nil, err
		}
		if r.scope.member != 0 && g.member(r.scope.member) == nil {
			return nil, missing("groupMemberNotFound", m{"groupMemberId": r.scope.member})
		}
		return g.chat, nil
	}
	if err := o.needUser(); err != nil {
		return nil, err
	}
	if r.id != o.user.notes.ref.id {
		return nil, missing("noteFolderNotFound", m{"noteFolderId": r.id})
	}
	return o.user.notes, nil
}
