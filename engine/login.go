package engine

import (
	"context"
	"time"
)

// Login is how a person hands a session what it logs in with, where that cannot stand in
// the configuration: a code that is used up, for example.
type Login struct {
	// Prompt asks for the answer, and says where to find it.
	Prompt string
	// Exchange trades the answer for a credential. It may use the network through env,
	// which has neither Keep nor Vault. Errors are as those of [Session.Run].
	Exchange func(ctx context.Context, settings any, env Env, answer Secret) (Credential, error)
}

// Credential is what a login yielded.
type Credential struct {
	Secret Secret
	Since  time.Time // when it was given, in UTC
}

// Vault keeps the credential of one session in a file that only the daemon's user may
// read. Its methods may be called from any goroutine.
type Vault interface {
	// Load returns what was saved last, a zero Credential if nothing was.
	Load() (Credential, error)
	// Save returns when the credential is durable.
	Save(Credential) error
}
