package hackmud

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"botd/engine"
)

const (
	tokenLife = 45 * 24 * time.Hour
	// warnFrom is the age at which people are told, once a day.
	warnFrom  = 38 * 24 * time.Hour
	warnEvery = 24 * time.Hour
	passSize  = 5
)

// login trades a pass for a token.
var login = engine.Login{
	Prompt:   "Type chat_pass in the game and give the pass it shows here; it is good for five minutes. Pass",
	Exchange: exchange,
}

func exchange(ctx context.Context, settings any, env engine.Env, answer engine.Secret) (engine.Credential, error) {
	s, ok := settings.(*Settings)
	if !ok {
		return engine.Credential{}, engine.Errorf(engine.Invalid, "settings are %T, want %T", settings, s)
	}
	pass := strings.TrimSpace(answer.Reveal())
	if !isPass(pass) {
		return engine.Credential{}, engine.Errorf(engine.Invalid, "a pass has %d letters and digits", passSize)
	}
	c := newClient(s.URL, "", env.Dial)
	defer c.close()
	var a tokenAnswer
	if _, err := c.call(ctx, getToken, tokenRequest{pass}, &a); err != nil {
		return engine.Credential{}, err
	}
	if a.Token == "" {
		return engine.Credential{}, engine.Errorf(engine.NotConnected, "the server answers without a token")
	}
	return engine.Credential{Secret: engine.Secret(a.Token), Since: env.Clock.Now().UTC().Round(0)}, nil
}

func isPass(s string) bool {
	for i := range len(s) {
		if s[i] == '_' || !isColour(s[i]) { // letters and digits, as those of colours
			return false
		}
	}
	return len(s) == passSize
}

// Where the session keeps which of its token's dates it knows.
const (
	passKey  = "pass"  // hash of the pass from the configuration that was traded
	firstKey = "token" // hash of the token from the configuration, and when it was first used
)

// credential finds the token: of the configuration, or of the last login.
func (s *session) credential(ctx context.Context) (engine.Secret, error) {
	token := engine.Secret(strings.TrimSpace(s.settings.Token.Reveal()))
	saved, err := s.saved()
	if err != nil {
		return "", err
	}
	switch {
	case token == "":
		if saved.Secret == "" {
			return "", engine.Errorf(engine.Denied, "there is no token yet: type chat_pass in the game and run 'botd login %s'", s.env.Session)
		}
		s.since = saved.Since
		return saved.Secret, nil
	case isPass(token.Reveal()):
		return s.tradeOnce(ctx, token, saved)
	}
	s.since = s.firstUse(ctx, token)
	return token, nil
}

func (s *session) saved() (engine.Credential, error) {
	if s.env.Vault == nil {
		return engine.Credential{}, nil
	}
	c, err := s.env.Vault.Load()
	if err != nil {
		return c, engine.Errorf(engine.Denied, "the token of the last login cannot be read: %w", err)
	}
	return c, nil
}

// tradeOnce trades a pass in the configuration the first time it is seen.
func (s *session) tradeOnce(ctx context.Context, pass engine.Secret, saved engine.Credential) (engine.Secret, error) {
	mark := hash("pass", pass.Reveal()).String()
	if s.recall(ctx, passKey) == mark && saved.Secret != "" {
		s.since = saved.Since
		return saved.Secret, nil
	}
	c, err := exchange(ctx, &s.settings, s.env, pass)
	if err != nil {
		return "", err
	}
	if s.env.Vault != nil {
		if err := s.env.Vault.Save(c); err != nil {
			return "", engine.Errorf(engine.Internal, "save the token: %w", err)
		}
	}
	s.keep(ctx, passKey, mark)
	s.since = c.Since
	return c.Secret, nil
}

// firstUse is since when a token of the configuration has been in use here: how old it is
// nobody tells.
func (s *session) firstUse(ctx context.Context, token engine.Secret) time.Time {
	mark := hash("token", token.Reveal()).String()
	if text, ok := strings.CutPrefix(s.recall(ctx, firstKey), mark+" "); ok {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t
		}
	}
	now := s.env.Clock.Now().UTC()
	s.keep(ctx, firstKey, mark+" "+now.Format(time.RFC3339))
	return now
}

// recall and keep are the session's memory for short texts.
func (s *session) recall(ctx context.Context, key string) string {
	if s.env.Keep == nil {
		return ""
	}
	b, err := s.env.Keep.Load(ctx, key)
	if err != nil {
		s.log.Warn("something kept could not be read", slog.String("key", key), slog.Any("err", err))
	}
	return string(b)
}

func (s *session) keep(ctx context.Context, key, value string) {
	if s.env.Keep == nil {
		return
	}
	if err := s.env.Keep.Save(ctx, key, []byte(value)); err != nil {
		s.log.Warn("something could not be kept", slog.String("key", key), slog.Any("err", err))
	}
}

// warnOfEnd tells, once a day, that the token will not last much longer.
func (l *link) warnOfEnd() {
	now := l.env.Clock.Now()
	age := now.Sub(l.since)
	if l.since.IsZero() || age < warnFrom || now.Before(l.warnAt) {
		return
	}
	l.warnAt = now.Add(warnEvery)
	days := max(0, int(math.Ceil((tokenLife-age).Hours()/24)))
	end := fmt.Sprintf("the chat token ends in about %d days: type chat_pass in the game and run 'botd login %s'", days, l.env.Session)
	l.log.Warn("the chat token will expire; run botd login", slog.Int("days", days))
	l.emit(engine.Event{Body: engine.Notice{Warn: true, Code: "token_expires", Text: end}})
}
