package simplextest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"
)

// A user is a profile of the program.
type user struct {
	id, profileID               int64
	name                        string
	profile                     m
	password                    string
	order                       int64
	address                     *address
	notes                       *chat
	memberContacts, invitations bool // accepted without asking
}

func (s *Server) addUser(profile m) *user {
	name, _ := profile["displayName"].(string)
	u := &user{id: s.id(), profileID: s.id(), name: s.uniqueName(name), profile: profile, order: int64(len(s.users) + 1)}
	u.notes = &chat{user: u, ref: ref{kind: '*', id: s.id()}}
	s.users = append(s.users, u)
	return u
}

func (u *user) json(s *Server) m {
	return m{
		"userId": u.id, "agentUserId": u.id, "userContactId": u.profileID, "localDisplayName": u.name,
		"profile": localProfile(u.profileID, u.profile), "fullPreferences": fullPreferences(u.profile),
		"activeUser": s.active == u, "activeOrder": u.order, "showNtfs": true, "sendRcptsContacts": true, "sendRcptsSmallGroups": true,
		"autoAcceptMemberContacts": u.memberContacts,
	}
}

// localProfile is a profile as the database has it.
func localProfile(id int64, p m) m {
	out := m{"profileId": id, "localAlias": ""}
	for _, key := range []string{"displayName", "fullName", "shortDescr", "description", "image", "contactLink", "preferences", "peerType"} {
		if v := p[key]; v != nil {
			out[key] = v
		}
	}
	return out
}

// fullPreferences are those of a profile and the defaults for the rest.
func fullPreferences(p m) m {
	full := m{
		"timedMessages": m{"allow": "no"}, "fullDelete": m{"allow": "no"}, "reactions": m{"allow": "yes"}, "voice": m{"allow": "yes"},
		"files": m{"allow": "always"}, "calls": m{"allow": "yes"}, "sessions": m{"allow": "no"}, "commands": []any{},
	}
	prefs, _ := p["preferences"].(m)
	maps.Copy(full, prefs)
	return full
}

// allows is what a profile says of a feature: always, yes or no.
func allows(p m, feature string) string {
	pref, _ := fullPreferences(p)[feature].(m)
	allow, _ := pref["allow"].(string)
	return allow
}

func showUser(o *op) (m, error) {
	if err := o.needUser(); err != nil {
		return nil, err
	}
	return o.answer("activeUser", nil)
}

func listUsers(o *op) (m, error) {
	list := []any{}
	for _, u := range o.users {
		list = append(list, m{"user": u.json(o.Server), "unreadCount": 0})
	}
	return m{"type": "usersList", "users": list}, nil
}

func (t *text) newUser() action {
	var nu struct {
		Profile m `json:"profile"`
	}
	t.json(&nu)
	t.require(nu.Profile == nil || validProfile(nu.Profile))
	return func(o *op) (m, error) {
		p := nu.Profile
		if p == nil {
			p = m{"displayName": "user", "fullName": ""}
		}
		name := p["displayName"].(string)
		if valid := validName(name); valid != name || name == "" {
			return nil, failure("invalidDisplayName", m{"displayName": name, "validName": valid})
		}
		if slices.ContainsFunc(o.users, func(u *user) bool { return u.profile["displayName"] == name }) {
			return nil, failure("userExists", m{"contactName": name})
		}
		o.active = o.addUser(p)
		o.user = o.active
		return o.answer("activeUser", nil)
	}
}

func (o *op) userByID(id int64) (*user, error) {
	i := slices.IndexFunc(o.users, func(u *user) bool { return u.id == id })
	if i < 0 {
		return nil, missing("userNotFound", m{"userId": id})
	}
	return o.users[i], nil
}

// password reads " " and a JSON string, if it is there.
func (t *text) password() string {
	var pw string
	if t.opt(" ") {
		t.json(&pw)
	}
	return pw
}

func (t *text) setUser() action {
	id, pw := t.num(), t.password()
	return func(o *op) (m, error) {
		u, err := o.userByID(id)
		if err != nil {
			return nil, err
		}
		if u.password != pw {
			return nil, failure("userUnknown", nil)
		}
		o.active, o.user = u, u
		return o.answer("activeUser", nil)
	}
}

func (t *text) deleteUser() action {
	id := t.num()
	t.lit(" del_smp=")
	t.onOff()
	pw := t.password()
	return func(o *op) (m, error) {
		u, err := o.userByID(id)
		switch {
		case err != nil:
			return nil, err
		case u.password != pw:
			return nil, failure("userUnknown", nil)
		case len(o.users) > 1 && u == o.active:
			return nil, failure("cantDeleteActiveUser", m{"userId": id})
		}
		o.users = slices.DeleteFunc(o.users, func(v *user) bool { return v == u })
		o.contacts = slices.DeleteFunc(o.contacts, func(c *contact) bool { return c.user == u })
		o.groups = slices.DeleteFunc(o.groups, func(g *group) bool { return g.user == u })
		if o.active == u {
			o.active, o.user = nil, nil
		}
		return o.cmdOk()
	}
}

func (t *text) updateProfile() action {
	id := t.num()
	t.lit(" ")
	p := t.profile()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		name := p["displayName"].(string)
		if valid := validName(name); valid != name || name == "" {
			return nil, failure("invalidDisplayName", m{"displayName": name, "validName": valid})
		}
		return o.setProfile(p)
	}
}

// setProfile replaces the profile and tells all contacts.
func (o *op) setProfile(p m) (m, error) {
	if same(o.user.profile, p) {
		return o.answer("userProfileNoChange", nil)
	}
	from := o.user.profile
	o.user.profile = p
	if from["displayName"] != p["displayName"] {
		delete(o.names, o.user.name)
		o.user.name = o.uniqueName(p["displayName"].(string))
	}
	n := 0
	for _, c := range o.contacts {
		if c.user == o.user && c.status == "active" {
			n++
		}
	}
	return o.answer("userProfileUpdated", m{
		"fromProfile": from, "toProfile": p, "updateSummary": m{"updateSuccesses": n, "updateFailures": 0, "changedContacts": []any{}},
	})
}

// same compares values by their JSON.
func same(a, b any) bool {
	var x, y any
	json.Unmarshal(encode(a), &x)
	json.Unmarshal(encode(b), &y)
	return reflect.DeepEqual(x, y)
}

// setting is a switch of the profile.
func (t *text) setting(set func(*user, bool)) action {
	id := t.num()
	t.lit(" ")
	on := t.onOff()
	return func(o *op) (m, error) {
		if err := o.own(id); err != nil {
			return nil, err
		}
		set(o.user, on)
		return o.cmdOk()
	}
}

// startChat is answered by a program that runs already, as it does behind a port.
func startChat(*op) (m, error) { return m{"type": "chatRunning"}, nil }

// stopChat ends the process: all connections go, and no new one comes.
func stopChat(o *op) (m, error) {
	o.gate.Shut()
	o.later(func() {
		for k := range o.sockets {
			k.cut()
		}
	})
	return m{"type": "chatStopped"}, nil
}

func (s *Server) now() time.Time { return time.Now().UTC() }
