package admin

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"botd/engine"
	"botd/engine/flock"
)

// Claim is a daemon's claim on a data folder, which no other daemon can have beside it.
type Claim struct {
	dataDir string
	lock    *os.File
}

// ClaimFolder claims a data folder, which must exist. If another daemon has it the error
// has code Conflict and names the process. Release gives it back, also when the process dies.
func ClaimFolder(dataDir string) (*Claim, error) {
	f, err := os.OpenFile(filepath.Join(dataDir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claim the data folder: %w", err)
	}
	if err := lock(f, dataDir); err != nil {
		f.Close()
		return nil, err
	}
	return &Claim{dataDir, f}, nil
}

// lock locks the file and leaves the process ID in it for whoever comes too late.
func lock(f *os.File, dataDir string) error {
	ok, err := flock.Try(f)
	if err == nil && !ok {
		pid, _ := io.ReadAll(io.LimitReader(f, 20))
		return engine.Errorf(engine.Conflict, "botd runs already with the data folder %s, process %s; stop it first, or give this one another data_dir",
			dataDir, cmp.Or(strings.TrimSpace(string(pid)), "unknown"))
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	if err != nil {
		return fmt.Errorf("claim the data folder: %w", err)
	}
	return nil
}

// Release gives the folder back, last of all.
func (c *Claim) Release() { c.lock.Close() }

// Listen opens the control socket, over one that a dead daemon left.
func (c *Claim) Listen() (net.Listener, error) {
	path, err := SocketPath(c.dataDir)
	if err != nil {
		return nil, err
	}
	l, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket %s: %w", path, err)
	}
	return &listener{l, path}, nil
}

// listener takes its name away when it closes.
type listener struct {
	net.Listener
	path string
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

func (l *listener) Close() error {
	os.Remove(l.path)
	return l.Listener.Close()
}

// open makes the socket where nobody else can reach it and moves it to its place, over
// a stale one, once only the user may use it.
func open(path string) (net.Listener, error) {
	if dir := filepath.Dir(path); dir == fallbackDir() {
		if err := makePrivate(dir); err != nil {
			return nil, err
		}
	}
	private := filepath.Join(filepath.Dir(path), ".s")
	if err := os.RemoveAll(private); err != nil {
		return nil, err
	}
	if err := os.Mkdir(private, 0o700); err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	temporary := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the name is another by then
	if err = os.Chmod(temporary, 0o600); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// makePrivate makes a folder in a place where everybody may make one.
func makePrivate(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !ownedByUser(fi) {
		return engine.Errorf(engine.Denied, "%s does not belong to this user alone; remove it, or choose a data_dir with a shorter path", dir)
	}
	return nil
}
