package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

const (
	socketName = "botd.sock"
	lockName   = "botd.lock"
	// maxPath is what fits into a socket address on every system, 104 bytes with the zero
	// at the end on some.
	maxPath = 100
)

// SocketPath is where the socket of the daemon with that data folder is, whether one
// runs or not.
func SocketPath(dataDir string) (string, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil { // one folder, one socket
		dir = real
	}
	path := filepath.Join(dir, socketName)
	if len(path) <= maxPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(fallbackDir(), hex.EncodeToString(sum[:16])+".sock"), nil
}

// fallbackDir does not depend on the environment, which may differ between a service
// and a shell.
func fallbackDir() string { return fmt.Sprintf("/tmp/botd-%d", os.Getuid()) }
