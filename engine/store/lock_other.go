//go:build !unix

package store

import "os"

// flock is not there: what keeps a second daemon away is the control socket.
func flock(*os.File) (bool, error) { return true, nil }

func syncDir(string) error { return nil }
