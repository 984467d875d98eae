//go:build !unix

package store

// syncDir has no folder to sync here: the system keeps names durable by itself.
func syncDir(string) error { return nil }
