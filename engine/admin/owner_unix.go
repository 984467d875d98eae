//go:build unix

package admin

import (
	"os"
	"syscall"
)

// ownedByUser reports whether nobody else can put something into a folder.
func ownedByUser(fi os.FileInfo) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && fi.IsDir() && int(st.Uid) == os.Getuid() && fi.Mode().Perm()&0o077 == 0
}
