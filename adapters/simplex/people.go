package simplex

import (
	"fmt"
	"strconv"

	"botd/engine"
)

// inGroup calls f with the room of the group an event is about, if scripts want to know
// of it; it reports whether the event names a group.
func (l *link) inGroup(v *body, f func(engine.Room)) bool {
	if v.Group == nil {
		return false
	}
	if l.hearsRoom(&chatInfo{Group: v.Group}) {
		f(groupRoom(v.Group))
	}
	return true
}

// keepMember takes note of a member, and reports who it was before.
func (l *link) keepMember(g *groupInfo, m *member) (before *member) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	known := l.s.book.learnGroup(g)
	before = known.members[m.ID]
	known.members[m.ID] = m
	return before
}

func (l *link) onRequest(v *body) bool {
	r := v.ContactRequest
	if r == nil {
		return false
	}
	id := "r" + strconv.FormatInt(r.ID, 10)
	if r.ContactID != 0 {
		id = "c" + strconv.FormatInt(r.ContactID, 10)
	}
	who := engine.User{ID: engine.UserID(id), Name: r.Name, Display: r.Profile.DisplayName, IsBot: r.Profile.PeerType == "bot"}
	l.emit(engine.Event{User: who, Body: engine.Contacted{Request: true, Contact: strconv.FormatInt(r.ID, 10)}})
	return true
}

func (l *link) onContact(v *body) bool {
	if v.Contact == nil {
		return false
	}
	l.s.mu.Lock()
	l.s.book.contacts[v.Contact.ID] = v.Contact
	l.s.mu.Unlock()
	l.enterContact(v.Contact)
	l.event(contactRoom(v.Contact), v.Contact.user(), engine.Contacted{Contact: strconv.FormatInt(v.Contact.ID, 10)})
	return true
}

func (l *link) onCustomer(v *body) bool {
	return l.inGroup(v, func(room engine.Room) {
		l.enterGroup(v.Group.ID)
		l.emit(engine.Event{Room: room, Body: engine.Contacted{Contact: strconv.FormatInt(v.Group.ID, 10)},
			Extra: map[string]any{"businessChat": any(clone(v.Group.Business))}})
	})
}

func (l *link) onContactGone(v *body) bool {
	if v.Contact == nil {
		return false
	}
	l.event(contactRoom(v.Contact), v.Contact.user(), engine.Left{Reason: "ended the connection"})
	return true
}

func (l *link) onContactUpdated(v *body) bool {
	if v.FromContact == nil || v.ToContact == nil {
		return false
	}
	l.s.mu.Lock()
	l.s.book.contacts[v.ToContact.ID] = v.ToContact
	l.s.mu.Unlock()
	if v.FromContact.Name != v.ToContact.Name {
		l.event(contactRoom(v.ToContact), v.ToContact.user(), engine.Renamed{From: v.FromContact.Name})
	}
	return true
}

func (l *link) onInvitation(v *body) bool {
	if v.Group == nil || v.Contact == nil {
		return false
	}
	l.s.mu.Lock()
	l.s.book.learnGroup(v.Group)
	l.s.mu.Unlock()
	room := groupRoom(v.Group)
	l.emit(engine.Event{Room: contactRoom(v.Contact), User: v.Contact.user(), Body: engine.Invited{To: room.ID},
		Extra: map[string]any{"name": room.Name, "memberRole": v.MemberRole}})
	return true
}

func (l *link) onJoinedSelf(v *body) bool {
	return l.inGroup(v, func(engine.Room) { l.enterGroup(v.Group.ID) })
}

// onMember tells of a member once, however many steps the connection takes. Who was there
// before the bot did not join.
func (l *link) onMember(v *body) bool {
	if v.Member == nil {
		return false
	}
	return l.inGroup(v, func(room engine.Room) {
		before := l.keepMember(v.Group, v.Member)
		if v.Member.present() && v.Member.Category != "pre" && v.Member.Category != "host" && (before == nil || !before.present()) {
			l.event(room, v.Member.user(), engine.Joined{})
		}
	})
}

func (l *link) learnMember(v *body) bool {
	if v.Group != nil && v.Member != nil {
		l.keepMember(v.Group, v.Member)
	}
	return true
}

// gone takes note that a member is not in the group any more.
func (l *link) gone(g *groupInfo, m *member, status string) {
	out := *m
	out.Status = status
	l.keepMember(g, &out)
}

func (l *link) onLeft(v *body) bool {
	if v.Member == nil {
		return false
	}
	return l.inGroup(v, func(room engine.Room) {
		l.gone(v.Group, v.Member, "left")
		l.event(room, v.Member.user(), engine.Left{})
	})
}

// onGone: the bot is not in the group any more.
func (l *link) onGone(v *body) bool {
	return l.inGroup(v, func(room engine.Room) {
		l.s.mu.Lock()
		delete(l.s.book.groups, v.Group.ID)
		delete(l.s.book.joined, v.Group.ID)
		l.s.mu.Unlock()
		l.emit(engine.Event{Room: room, Body: engine.Disconnected{Reason: "the bot is not in the group any more"}})
	})
}

func (l *link) onKicked(v *body) bool {
	if v.ByMember == nil || v.DeletedMember == nil {
		return false
	}
	return l.inGroup(v, func(room engine.Room) {
		l.gone(v.Group, v.DeletedMember, "removed")
		l.event(room, v.ByMember.user(), engine.Kicked{Target: v.DeletedMember.user()})
	})
}

func (l *link) onKickedByUs(v *body) bool {
	return l.inGroup(v, func(room engine.Room) {
		for _, m := range v.Members {
			l.gone(v.Group, m, "removed")
			l.event(room, l.me(v.Group), engine.Kicked{Target: m.user()})
		}
	})
}

func (l *link) onKickedSelf(v *body) bool {
	if v.Member == nil {
		return false
	}
	l.inGroup(v, func(room engine.Room) {
		l.event(room, v.Member.user(), engine.Kicked{Target: l.me(v.Group)})
	})
	return l.onGone(v)
}

// onBlocked serves one member, and the answer that has several.
func (l *link) onBlocked(v *body) bool {
	members := v.Members
	if v.Member != nil {
		members = append(members, v.Member)
	}
	return l.inGroup(v, func(room engine.Room) {
		by := l.me(v.Group)
		if v.ByMember != nil {
			by = v.ByMember.user()
		}
		for _, m := range members {
			l.keepMember(v.Group, m)
			if v.Blocked {
				l.event(room, by, engine.Muted{Target: m.user()})
			} else {
				l.event(room, by, engine.Unmuted{Target: m.user()})
			}
		}
	})
}

func (l *link) onRole(v *body) bool {
	if v.Member == nil || v.ByMember == nil {
		return false
	}
	if v.Group != nil && v.Member.ID == v.Group.Membership.ID {
		v.Group.Membership.Role = v.ToRole
		return l.inGroup(v, func(room engine.Room) {
			l.event(room, v.ByMember.user(), engine.RoleChanged{Target: l.me(v.Group), Role: roles[v.ToRole], Labels: []string{v.ToRole}})
			l.event(room, engine.User{}, engine.AccessChanged{Role: roles[v.ToRole], Can: l.s.Caps(room.ID).Can})
		})
	}
	v.Member.Role = v.ToRole
	return l.inGroup(v, func(room engine.Room) {
		l.keepMember(v.Group, v.Member)
		l.event(room, v.ByMember.user(), engine.RoleChanged{Target: v.Member.user(), Role: roles[v.ToRole], Labels: []string{v.ToRole}})
	})
}

func (l *link) onRoles(v *body) bool {
	return l.inGroup(v, func(room engine.Room) {
		for _, m := range v.Members {
			m.Role = v.ToRole
			l.keepMember(v.Group, m)
			l.event(room, l.me(v.Group), engine.RoleChanged{Target: m.user(), Role: roles[v.ToRole], Labels: []string{v.ToRole}})
		}
	})
}

func (l *link) onGroupUpdated(v *body) bool {
	if v.FromGroup == nil || v.ToGroup == nil {
		return false
	}
	if !l.hearsRoom(&chatInfo{Group: v.ToGroup}) {
		return true
	}
	who := l.me(v.ToGroup)
	if v.Actor != nil {
		who = v.Actor.user()
	}
	room := groupRoom(v.ToGroup)
	if v.FromGroup.topic() != v.ToGroup.topic() {
		l.event(room, who, engine.TopicSet{Text: v.ToGroup.topic()})
		return true
	}
	l.event(room, who, engine.Notice{Code: "groupUpdated", Text: fmt.Sprintf("the group %s was changed", v.ToGroup.Name)})
	return true
}

func (l *link) onMemberUpdated(v *body) bool {
	if v.FromMember == nil || v.ToMember == nil {
		return false
	}
	return l.inGroup(v, func(room engine.Room) {
		l.keepMember(v.Group, v.ToMember)
		if v.FromMember.Name != v.ToMember.Name {
			l.event(room, v.ToMember.user(), engine.Renamed{From: v.FromMember.Name})
		}
	})
}

func (l *link) learnContacts(v *body) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for _, c := range v.Contacts {
		l.s.book.contacts[c.ID] = c
	}
	return true
}

func (l *link) learnGroups(v *body) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for _, g := range v.Groups {
		l.s.book.learnGroup(g)
	}
	return true
}

func (l *link) learnMembers(v *body) bool {
	if v.GroupList == nil || v.GroupList.Group == nil {
		return false
	}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	g := l.s.book.learnGroup(v.GroupList.Group)
	clear(g.members)
	for _, m := range v.GroupList.Members {
		if m.ID != g.info.Membership.ID {
			g.members[m.ID] = m
		}
	}
	return true
}

func (l *link) onOwnProfile(v *body) bool {
	if v.User != nil {
		l.s.setMe(v.User)
	}
	return true
}
