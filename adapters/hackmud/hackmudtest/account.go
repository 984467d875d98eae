package hackmudtest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Account is a player's, with its users.
type Account struct {
	s       *Server
	users   []string
	token   string
	since   time.Time
	passes  map[string]time.Time // until when
	chats   time.Time            // the last call that was let through
	account time.Time
	arrived time.Time // the last chats call, let through or not
	asked   time.Time // likewise for account_data
}

// AddAccount makes an account with a token.
func (s *Server) AddAccount(users ...string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Account{s: s, users: users, passes: map[string]time.Time{}}
	for _, u := range users {
		s.people[u] = true
	}
	a.renew()
	s.accounts = append(s.accounts, a)
	return a
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// random is another text in each process and for each server: clients may remember tokens.
func random(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

func (a *Account) renew() {
	a.token, a.since = random(20), a.s.clock()
}

func (a *Account) valid() bool { return a.token != "" && a.s.clock().Sub(a.since) < TokenLife }

// Token is the chat token.
func (a *Account) Token() string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.token
}

// SetToken gives the account a token of choice.
func (a *Account) SetToken(token string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.token, a.since = token, a.s.clock()
}

// Revoke ends the token, as chat_revoke_tokens in the game does.
func (a *Account) Revoke() { a.SetToken("") }

// Pass is what chat_pass in the game prints.
func (a *Account) Pass() string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	pass := random(5)
	a.passes[pass] = a.s.clock().Add(PassLife)
	return pass
}

// Remove takes a user out of the account.
func (a *Account) Remove(user string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.users = slices.DeleteFunc(slices.Clone(a.users), func(u string) bool { return u == user })
}

// trade is the account that a pass is for, which is used up.
func (s *Server) trade(pass string) *Account {
	for _, a := range s.accounts {
		until, ok := a.passes[pass]
		delete(a.passes, pass)
		if ok && s.clock().Before(until) {
			if !a.valid() {
				a.renew()
			}
			return a
		}
	}
	return nil
}

func (s *Server) byToken(token string) *Account {
	for _, a := range s.accounts {
		if token != "" && a.token == token && a.valid() {
			return a
		}
	}
	return nil
}
