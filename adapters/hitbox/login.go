package hitbox

import (
	"slices"
	"time"

	"botd/engine"
)

// rosterTime is how long the session waits for the first list of users before it is online
// without.
const rosterTime = 5 * time.Second

// guestName is what everybody is called who is not logged in.
const guestName = "UnknownSoldier"

// join asks for the channel.
func (l *link) join(token string) {
	l.login = token
	params := map[string]any{"channel": l.s.channel, "name": guestName, "token": nil, "isAdmin": false}
	if l.s.settings.Name != "" {
		params["name"], params["token"] = l.s.settings.Name, token
	}
	l.write(order{"joinChannel", params})
	l.loop.Set("login", loginTime, func() { l.quit(errSilent) })
}

// onLogin is the answer to the join: a guest despite a token means that it is no good.
func (l *link) onLogin(p *loginParams) {
	r := roleNames[string(p.Role)]
	if l.joined {
		return
	}
	l.loop.Clear("login")
	if r == guest && l.s.settings.Name != "" {
		l.quit(errBadLogin)
		return
	}
	if r >= admin && fold(string(p.Name)) == l.s.channel {
		r = owner
	}
	name := string(p.Name)
	if name == "" {
		name = l.s.settings.Name
	}
	l.mu.Lock()
	l.role = r
	l.me = newMember(name, r, marks{}, fold(name) == l.s.channel).user
	l.mu.Unlock()
	l.joined = true
	if r == guest {
		l.goOnline(nil)
		return
	}
	l.askUsers()
	l.loop.Set("roster", rosterTime, func() {
		l.goOnline([]engine.Event{l.event(time.Time{}, engine.User{}, engine.Roster{Users: []engine.User{l.me}})})
	})
}

// askUsers asks for the list of users, again and again.
func (l *link) askUsers() {
	l.loop.Set("users", l.s.settings.UsersEvery, l.askUsers)
	l.write(order{"getChannelUserList", map[string]any{"channel": l.s.channel}})
}

// goOnline says that the session is in the channel, and then what came meanwhile.
func (l *link) goOnline(before []engine.Event) {
	l.loop.Clear("roster")
	held := l.held
	l.held = nil
	l.mu.Lock()
	l.online = true
	me := l.me
	l.mu.Unlock()
	for _, ev := range before {
		l.emit(ev)
	}
	l.emit(l.event(time.Time{}, me, engine.Connected{Me: me}))
	for _, ev := range slices.Clip(held) {
		l.emit(ev)
	}
	if l.aside.Err() == nil {
		l.loop.Go(func() { l.watch(l.aside) })
	}
}

// setRole takes over a change of the bot's own rights.
func (l *link) setRole(r role, reason string) {
	if r == l.role || l.role == owner {
		return
	}
	l.mu.Lock()
	l.role = r
	l.me.Role = r.engine()
	l.mu.Unlock()
	l.emit(l.event(time.Time{}, engine.User{}, engine.AccessChanged{Role: r.engine(), Can: l.caps().Can, Reason: reason}))
}
