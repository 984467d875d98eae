package hackchat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"botd/engine"
)

// tokenTime is how long the server takes a token back, with an hour to spare.
const tokenTime = 7*24*time.Hour - time.Hour

// token brings the bot back under its nick while its own dead connection, the ghost,
// still has it. It is kept from the join until the connection is closed in good order:
// so long there can be a ghost, and afterwards somebody else may have the nick.
type token struct {
	Token string    `json:"token"`
	Nick  string    `json:"nick"`
	Since time.Time `json:"since"`
}

// key is where the token of this channel is kept: the name of a channel may be anything.
func (s *session) tokenKey() string {
	sum := sha256.Sum256([]byte(s.settings.URL + "\n" + string(s.room)))
	return "token-" + hex.EncodeToString(sum[:8])
}

// loadToken finds what an earlier process left behind when it crashed.
func (s *session) loadToken(ctx context.Context) {
	if s.loaded || s.env.Keep == nil {
		return
	}
	s.loaded = true
	b, err := s.env.Keep.Load(ctx, s.tokenKey())
	if err == nil && b != nil {
		err = json.Unmarshal(b, &s.token)
	}
	if err != nil {
		s.log.Warn("session token not loaded", "room", s.room, "err", err)
	}
}

// setToken keeps a token, or with the zero value forgets it.
func (s *session) setToken(ctx context.Context, t token) {
	s.mu.Lock()
	if t == s.token {
		s.mu.Unlock()
		return
	}
	s.token = t
	s.mu.Unlock()
	if s.env.Keep == nil {
		return
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	t = s.token // maybe a newer one
	s.mu.Unlock()
	var b []byte
	if t != (token{}) {
		b, _ = json.Marshal(t) // strings and a time always can
	}
	if err := s.env.Keep.Save(ctx, s.tokenKey(), b); err != nil {
		s.log.Warn("session token not saved", "room", s.room, "err", err)
	}
}

// ghost returns a token that can bring the nick back, if there is one.
func (s *session) ghost() (t string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok = s.token.Token != "" && s.token.Nick == s.nick && time.Since(s.token.Since) < tokenTime
	return s.token.Token, ok
}

// noteToken keeps the newest token the server gave, once the bot is in its channel. The
// admin's is worth nothing: it brings a plain user back.
func (l *link) noteToken() {
	if l.me == nil || l.token == "" {
		return
	}
	t := token{Token: l.token, Nick: l.me.Nick, Since: time.Now()}
	if l.me.level >= levelAdmin {
		t = token{}
	}
	l.keepToken(t)
}

// keepToken does not hold up the frames that follow: what is kept is kept durably.
func (l *link) keepToken(t token) {
	l.loop.Go(func() { l.s.setToken(context.Background(), t) })
}

// comeBack asks for the channel with the token. The connection then speaks protocol 2.
func (l *link) comeBack(t string) {
	l.restoring = true
	l.mu.Lock()
	l.p2 = true
	l.mu.Unlock()
	// An error shows in the next read.
	l.conn.Write(context.Background(), request{Cmd: "session", Token: t}.encode())
}

// notBack is the answer to a token that is worth nothing any more.
func (l *link) notBack() {
	l.keepToken(token{})
	l.quit(&engine.Error{Code: engine.NotConnected, Op: "join", Msg: "the server does not know the session token any more"})
}
