package hackchat

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// member is somebody in the channel. Members are replaced, never changed: events
// hold their parts.
type member struct {
	person
	user  engine.User
	level int64
	extra map[string]any
}

// newMember makes a member of what a frame says. On the server of 2018, which has no
// levels, the flags of a chat frame stand for them.
func newMember(p *person, joined time.Time) *member {
	m := &member{person: *p, level: p.rights()}
	trip := p.Trip.trip()
	m.user = engine.User{
		ID: userID(p.UserID, p.Nick, trip), Name: p.Nick, Trip: trip, Account: trip,
		IsBot: p.IsBot || m.level == levelBot, Joined: joined,
	}
	m.user.Role, m.user.Roles = rankOf(m.level, trip)
	m.extra = p.extra(m.level)
	return m
}

// rights is the level, or what flags and the admin's trip say of it.
func (a *author) rights() int64 {
	switch {
	case a.Level != 0:
		return a.Level
	case a.Admin || a.Trip == "Admin":
		return levelAdmin
	case a.Mod:
		return levelModerator
	}
	return levelDefault
}

// extra holds what the engine's user has no place for, under the wire's names.
func (p *person) extra(level int64) map[string]any {
	x := map[string]any{"level": float64(level)}
	if p.UserID != 0 {
		x["userid"] = float64(p.UserID)
	}
	if p.Hash != "" {
		x["hash"] = p.Hash
	}
	if p.Color != "" {
		x["color"] = string(p.Color)
	}
	if p.Flair.word != "" {
		x["flair"] = string(p.Flair.word)
	}
	return x
}

// userID is stable over visits for who has a trip; else it stands for one stay.
func userID(userid int64, nick, trip string) engine.UserID {
	switch {
	case trip != "":
		return engine.UserID("trip:" + trip)
	case userid != 0:
		return engine.UserID("id:" + strconv.FormatInt(userid, 10))
	}
	return engine.UserID("nick:" + nick)
}

// roster is who is in the channel, in the order they came, and who was there lately:
// bans and mutes are lifted by the hash of people who have gone.
type roster struct {
	members []*member
	past    []*member // newest last
}

// maxPast bounds how many of those who left are remembered.
const maxPast = 200

// byNick finds by the exact nick, as the server does.
func (r *roster) byNick(nick string) *member {
	return find(r.members, func(m *member) bool { return m.user.Name == nick })
}

// byFold finds who would make a nick be refused as taken.
func (r *roster) byFold(nick string) *member {
	return find(r.members, func(m *member) bool { return strings.EqualFold(m.user.Name, nick) })
}

// byID finds by userid, or by nick where there is none.
func (r *roster) byID(userid int64, nick string) *member {
	if userid == 0 {
		return r.byNick(nick)
	}
	return find(r.members, func(m *member) bool { return m.UserID == userid })
}

// byRef finds whom an action means: by ID first, and among several with the same trip
// the one with the name; then by name.
func (r *roster) byRef(ref engine.UserRef) *member {
	return refIn(r.members, ref)
}

// hashOf finds the address hash of somebody who is or was in the channel.
func (r *roster) hashOf(ref engine.UserRef) string {
	for _, list := range [][]*member{r.members, r.past} {
		if m := refIn(list, ref); m != nil && m.Hash != "" {
			return m.Hash
		}
	}
	return ""
}

// byHash finds whom an address hash belongs to, or belonged.
func (r *roster) byHash(hash string) *member {
	is := func(m *member) bool { return m.Hash == hash }
	if m := find(r.members, is); m != nil {
		return m
	}
	return find(r.past, is)
}

func refIn(list []*member, ref engine.UserRef) *member {
	if ref.ID != "" {
		byID := func(m *member) bool { return m.user.ID == ref.ID }
		if ref.Name != "" {
			if m := find(list, func(m *member) bool { return byID(m) && m.user.Name == ref.Name }); m != nil {
				return m
			}
		}
		if m := find(list, byID); m != nil {
			return m
		}
	}
	if ref.Name == "" {
		return nil
	}
	return find(list, func(m *member) bool { return m.user.Name == ref.Name })
}

// find searches from the newest, so that after a reconnect the living one of two
// entries wins over its ghost.
func find(list []*member, is func(*member) bool) *member {
	for _, m := range slices.Backward(list) {
		if is(m) {
			return m
		}
	}
	return nil
}

func (r *roster) add(m *member) { r.members = append(r.members, m) }

func (r *roster) replace(old, m *member) {
	if i := slices.Index(r.members, old); i >= 0 {
		r.members[i] = m
	}
}

func (r *roster) remove(m *member) {
	i := slices.Index(r.members, m)
	if i < 0 {
		return
	}
	r.members = slices.Delete(r.members, i, i+1)
	r.past = append(r.past, m)
	if len(r.past) > maxPast {
		r.past = slices.Delete(r.past, 0, len(r.past)-maxPast)
	}
}

func (r *roster) users() []engine.User {
	users := make([]engine.User, len(r.members))
	for i, m := range r.members {
		users[i] = m.user
	}
	return users
}
