package engine

import "context"

// Keep is what one session remembers over restarts of the daemon: how far it has read,
// a token that was given to it. Keys are short names of the adapter's own; values are
// small, 64 KiB at most. Its methods may be called from any goroutine of the session;
// their errors are logged, not a reason to end a connection.
type Keep interface {
	// Load returns what was saved last under the key, nil if nothing was.
	Load(ctx context.Context, key string) ([]byte, error)
	// Save returns when the value is durable. A nil value removes the key.
	Save(ctx context.Context, key string, value []byte) error
}
