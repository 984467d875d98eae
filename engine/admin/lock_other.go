//go:build !unix

package admin

import "os"

// flock is not there: what keeps a second daemon away is that the first one answers.
func flock(*os.File) (bool, error) { return true, nil }

func ownedByUser(fi os.FileInfo) bool { return fi.IsDir() }
