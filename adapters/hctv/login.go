package hctv

import (
	"time"

	"botd/engine"
)

// What the pauses are after logins that were closed without a word, before it is taken
// for a refusal. Who was in before is more likely to meet a fault of the server's.
var (
	strangerPauses = []time.Duration{2 * time.Second, 5 * time.Second}
	regularPauses  = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute}
)

// refusal is the outcome of one more such login.
func (s *session) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pauses := strangerPauses
	if s.welcome {
		pauses = regularPauses
	}
	if s.refused < len(pauses) {
		s.refused++
		return &engine.Error{Code: engine.NotConnected, Op: "login", RetryAfter: pauses[s.refused-1], Msg: "the server closed the connection without a word"}
	}
	s.refused = 0
	return &engine.Error{Code: engine.Denied, Op: "login", Msg: "the server closes the connection without a word: " +
		s.credential() + " or the name of the channel is wrong, or not valid any more"}
}

// credential is what the session logs in with, for people.
func (s *session) credential() string {
	switch {
	case s.settings.Token.Reveal() != "":
		return "the bot's key (token)"
	case s.settings.Cookie.Reveal() != "":
		return "the login (cookie)"
	}
	return "the grant"
}

// onSession is the login. It comes once, first of all that counts.
func (l *link) onSession(f *inbound) {
	s := l.s
	if err := s.checkIdentity(f.Viewer); err != nil {
		l.quit(err)
		return
	}
	l.loop.Clear("login")
	me := engine.User{Role: engine.Member}
	if v := f.Viewer; v != nil {
		me.ID, me.Name, me.Account, me.IsBot = v.ID, v.Username, string(v.ID), s.settings.Token.Reveal() != ""
	} else {
		me.Name = "overlay" // a grant reads, and is nobody
	}
	if f.Permissions.CanModerate {
		me.Role = engine.Moderator
	}
	s.mu.Lock()
	again := l.online
	l.online, l.me = true, me
	l.moderates, l.exempt = f.Permissions.CanModerate, f.Permissions.CanModerate
	s.welcome, s.refused = true, 0
	s.mu.Unlock()
	if !again {
		l.emit(l.event(me, engine.Connected{Me: me}))
	}
	l.learnMode(mode{
		known: true, slow: time.Duration(f.Moderation.SlowModeSeconds * float64(time.Second)),
		max: f.Moderation.MaxMessageLength, blocked: f.Moderation.HasBlockedTerms,
	})
	l.watchRestriction()
}

// checkIdentity expects whom the configuration names.
func (s *session) checkIdentity(v *viewer) *engine.Error {
	want := s.settings.Name
	if s.settings.Grant.Reveal() != "" && want == "" {
		return nil
	}
	got := "nobody"
	if v != nil {
		got = v.Username
	}
	if v != nil && (want == "" || want == got) {
		return nil
	}
	if want == "" {
		want = "somebody"
	}
	return &engine.Error{Code: engine.Denied, Op: "login", Msg: "the server says we are " + got + ", the configuration says " + want}
}
