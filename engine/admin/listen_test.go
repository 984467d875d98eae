package admin_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/engine"
	"botd/engine/admin"
)

func claim(t *testing.T, dir string) *admin.Claim {
	t.Helper()
	c, err := admin.ClaimFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listen(t *testing.T, c *admin.Claim) net.Listener {
	t.Helper()
	l, err := c.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOneDaemonForAFolder(t *testing.T) {
	dir := t.TempDir()
	first := claim(t, dir)
	_, err := admin.ClaimFolder(dir)
	if engine.CodeOf(err) != engine.Conflict || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("err %v", err)
	}
	first.Release()
	claim(t, dir).Release()
	if _, err := admin.ClaimFolder(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("claimed what is not there")
	}
}

func TestSocketIsPrivateAndGoes(t *testing.T) {
	dir := t.TempDir()
	c := claim(t, dir)
	defer c.Release()
	l := listen(t, c)
	path := filepath.Join(dir, "botd.sock")
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm() != 0o600 || fi.Mode().Type() != os.ModeSocket {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if l.Addr().String() != path {
		t.Errorf("address %s", l.Addr())
	}
	l.Close()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "botd.lock" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	dir := t.TempDir()
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "botd.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	if err := os.Mkdir(filepath.Join(dir, ".s"), 0o700); err != nil { // it died half way, too
		t.Fatal(err)
	}
	c := claim(t, dir)
	defer c.Release()
	l := listen(t, c)
	defer l.Close()
	conn, err := net.Dial("unix", filepath.Join(dir, "botd.sock"))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 20))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	path, err := admin.SocketPath(dir)
	if err != nil || len(path) > 100 || strings.HasPrefix(path, dir) {
		t.Fatalf("path %q, %v", path, err)
	}
	if other, _ := admin.SocketPath(link); other != path {
		t.Errorf("through a link it is %q, not %q", other, path)
	}
	c := claim(t, dir)
	defer c.Release()
	l := listen(t, c)
	defer l.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	fi, err := os.Stat(filepath.Dir(path))
	if err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("folder of the socket: %v, %v", fi.Mode(), err)
	}
}

func TestNobodyRuns(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere")} {
		_, err := admin.NewClient(dir).Status(t.Context())
		if engine.CodeOf(err) != engine.NotConnected || !strings.Contains(err.Error(), dir) {
			t.Errorf("err %v", err)
		}
	}
}
