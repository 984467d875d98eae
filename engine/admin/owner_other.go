//go:build !unix

package admin

import "os"

func ownedByUser(fi os.FileInfo) bool { return fi.IsDir() }
