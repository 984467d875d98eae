//go:build !unix

package durable

// SyncDir has no folder to sync here: the system keeps names durable by itself.
func SyncDir(string) error { return nil }
