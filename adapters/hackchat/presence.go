package hackchat

import (
	"bytes"
	"time"

	"botd/engine"
)

// holdTime is how long a departure is kept back to see whether it is a nick change.
const holdTime = 50 * time.Millisecond

// departure is a member who went, or is about to get another nick.
type departure struct {
	m     *member
	at    time.Time
	added *onlineAddFrame // who came right after; 2018 only, where it may be the same
}

func (l *link) onOnlineAdd(f *onlineAddFrame) {
	m := newMember(&f.person, f.at())
	l.mu.Lock()
	l.roster.add(m)
	l.mu.Unlock()
	l.emit(l.event(f.at(), m, engine.Joined{}))
}

// onOnlineRemove keeps the departure back: it may be half of a nick change.
func (l *link) onOnlineRemove(f *onlineRemoveFrame) {
	m := l.roster.byID(f.UserID, f.Nick)
	if m == nil {
		return // a ghost's second end
	}
	l.held = departure{m: m, at: f.at()}
	l.loop.Set("held", holdTime, l.release)
}

// settle looks at what follows a departure. It returns true if f was part of it.
func (l *link) settle(f any) (done bool) {
	held := &l.held
	if held.m == nil {
		return false
	}
	switch f := f.(type) {
	case *onlineSetFrame:
		if held.m == l.me { // the servers until 2022 move a client in this way
			l.kicked(l.channelOf(f))
			return true
		}
	case *onlineAddFrame:
		switch same := continues(held.m, &f.person); {
		case held.added != nil || same == no:
		case same == yes:
			l.rename(held.m, &f.person, f.at())
			return true
		default:
			held.added = f
			return true
		}
	case *noticeFrame:
		if held.added != nil && f.Text == held.m.Nick+" is now "+held.added.Nick {
			l.rename(held.m, &held.added.person, f.at())
			return true
		}
		if m := kickedText.FindStringSubmatch(f.Text); m != nil && !f.Warn && nickIn(held.m.Nick, m[1]) {
			l.leaving[held.m.Nick] = true
		}
	}
	l.release()
	return false
}

type certainty uint8

const (
	no certainty = iota
	maybe
	yes
)

// continues compares somebody who went with somebody who came.
func continues(m *member, p *person) certainty {
	switch {
	case m.UserID != 0 || p.UserID != 0:
		if m.UserID == p.UserID {
			return yes
		}
		return no
	case m.Hash != "" && m.Hash == p.Hash:
		return yes
	case m.Hash != "", m.user.Trip != "" && m.user.Trip != p.Trip.trip():
		return no
	}
	return maybe
}

// release lets the departure happen after all.
func (l *link) release() {
	held := l.held
	l.held = departure{}
	l.loop.Clear("held")
	if held.m == nil {
		return
	}
	told := l.leaving[held.m.Nick]
	delete(l.leaving, held.m.Nick)
	l.mu.Lock()
	l.roster.remove(held.m)
	l.mu.Unlock()
	l.prove(engine.Receipt{At: held.at}, func(p *pending) bool {
		return (p.cmd == "kick" || p.cmd == "ban" || p.cmd == "moveuser") && p.nick == held.m.Nick
	})
	if held.m == l.me {
		l.kicked("")
		return
	}
	if !told {
		l.emit(l.event(held.at, held.m, engine.Left{}))
	}
	if held.added != nil {
		l.onOnlineAdd(held.added)
	}
	l.reclaim(time.Now())
}

func (l *link) rename(m *member, p *person, at time.Time) {
	l.held = departure{}
	l.loop.Clear("held")
	from := m.Nick
	fresh := newMember(p, m.user.Joined)
	l.swap(m, fresh)
	l.renamed = from + " is now " + p.Nick
	if fresh == l.me {
		l.token = "" // it has the old nick, and no new one comes
		l.keepToken(token{})
		l.renamedSelf(p.Nick, at)
	}
	l.emit(l.event(at, fresh, engine.Renamed{From: from}))
}

// renamedSelf answers who asked for it. A nick somebody asked for is the one to come
// back under; one a moderator or a slash gave is not.
func (l *link) renamedSelf(nick string, at time.Time) {
	p, _ := l.asked.Take(func(p *pending) bool { return p.cmd == "changenick" && p.nick == nick })
	if p == nil {
		return
	}
	l.s.mu.Lock()
	l.s.nick = nick
	l.s.mu.Unlock()
	p.finish(engine.Receipt{Status: engine.Echoed, At: at})
}

// onUpdateUser is a nick change in the form of protocol 2, a change of rights, or one
// of looks, which is passed on as it is.
func (l *link) onUpdateUser(f *updateUserFrame, b []byte) {
	m := l.roster.byID(f.UserID, f.Nick)
	if m == nil {
		l.raw("updateUser", b)
		return
	}
	if f.Nick != m.Nick {
		l.rename(m, &f.person, f.at())
		return
	}
	fresh := newMember(&f.person, m.user.Joined)
	l.swap(m, fresh)
	l.proveLooks(m, fresh, f.at())
	if fresh.level != m.level {
		l.emit(l.event(f.at(), nil, engine.RoleChanged{Target: fresh.user, Role: fresh.user.Role, Labels: fresh.user.Roles}))
		return
	}
	l.raw("updateUser", bytes.Clone(b))
}

// proveLooks answers who asked for another colour or flair.
func (l *link) proveLooks(old, fresh *member, at time.Time) {
	color, flair := old.Color != fresh.Color, old.Flair.word != fresh.Flair.word
	l.prove(engine.Receipt{At: at}, func(p *pending) bool {
		switch p.cmd {
		case "changecolor":
			return color && fresh == l.me
		case "forcecolor":
			return p.nick == fresh.Nick && (color || !flair)
		case "forceflair":
			return p.nick == fresh.Nick && (flair || !color)
		}
		return false
	})
}
