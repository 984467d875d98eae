// Package doctor looks at what a daemon stands on before it runs, and while it does: its
// configuration, folders, store, networks and limits. It changes nothing.
package doctor

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/plugin"
	"botd/engine/store"
)

// Verdict is how well something is.
type Verdict string

const (
	Fine Verdict = "fine"
	Warn Verdict = "warning" // it works, and somebody should look at it
	Bad  Verdict = "bad"     // it does not work
)

// Line is one thing that was looked at.
type Line struct {
	Check   string  `json:"check"` // config, data, lock, store, secrets, clock, limits, scripts, session NAME
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	Cure    string  `json:"cure,omitempty"` // what to do, unless it is fine
}

// Options are what a doctor works with. Config and Adapters must be set.
type Options struct {
	Config   *config.Config
	Adapters []engine.Adapter
	// Claim takes the data folder for a moment, to find out whether a daemon has it; its
	// error has code Conflict then.
	Claim func(dataDir string) (release func(), err error)
	Now   func() time.Time
	// Network looks up the hosts of sessions and connects to them; without it they are only
	// read.
	Network bool
	Resolve func(ctx context.Context, host string) ([]string, error)
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	// Free tells the bytes that are free at a path, Files how many files the process may
	// have open; ok is false where the system does not tell.
	Free  func(path string) (bytes uint64, ok bool)
	Files func() (most uint64, ok bool)
}

// Examine looks at everything and returns a line for each.
func Examine(ctx context.Context, o Options) []Line {
	d := &doctor{Options: o}
	d.configuration()
	d.data()
	d.lock()
	d.store(ctx)
	d.secrets()
	d.clock()
	d.limits()
	d.entries()
	for _, s := range o.Config.Sessions {
		d.session(ctx, s)
	}
	return d.lines
}

type doctor struct {
	Options
	lines []Line
}

func (d *doctor) fine(check, format string, args ...any) {
	d.lines = append(d.lines, Line{check, Fine, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) warn(check, cure, format string, args ...any) {
	d.lines = append(d.lines, Line{check, Warn, fmt.Sprintf(format, args...), cure})
}

func (d *doctor) bad(check, cure, format string, args ...any) {
	d.lines = append(d.lines, Line{check, Bad, fmt.Sprintf(format, args...), cure})
}

func (d *doctor) configuration() {
	if d.Config.File == "" {
		d.warn("config", "'botd init' makes a config.yaml with every key explained", "there is no configuration file; the defaults are used")
		return
	}
	for _, w := range d.Config.Warnings {
		d.warn("config", "see config.yaml in a new folder that 'botd init' makes", "%s", w.String())
	}
	if len(d.Config.Warnings) == 0 {
		d.fine("config", "%s is sound", d.Config.File)
	}
}

// leastFree is what a store of the usual size needs to be copied and grow.
const leastFree = 100 << 20

func (d *doctor) data() {
	dir := d.Config.DataDir
	const cure = "set data_dir in config.yaml, or BOTD_DATA_DIR, to a folder botd may write to"
	fi, err := os.Stat(dir)
	if os.IsNotExist(err) {
		d.parent(dir, cure)
		return
	}
	if err != nil || !fi.IsDir() {
		d.bad("data", cure, "the data folder %s cannot be used: %v", dir, cmpErr(err, "it is no folder"))
		return
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		d.bad("data", cure, "the data folder %s cannot be written to: %v", dir, err)
		return
	}
	f.Close()
	os.Remove(f.Name())
	if fi.Mode().Perm()&0o077 != 0 {
		d.warn("data", "chmod 700 "+dir, "others may read the data folder %s, where secrets are kept", dir)
	} else {
		d.fine("data", "the data folder %s can be written to, and is the user's alone", dir)
	}
	d.space(dir)
}

func cmpErr(err error, other string) string {
	if err != nil {
		return err.Error()
	}
	return other
}

// parent is about a data folder that botd will make.
func (d *doctor) parent(dir, cure string) {
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		fi, err := os.Stat(up)
		if err != nil && up != filepath.Dir(up) {
			continue
		}
		if err != nil || !fi.IsDir() || !writable(up) {
			d.bad("data", cure, "the data folder %s is not there and cannot be made in %s", dir, up)
			return
		}
		d.fine("data", "the data folder %s is not there yet; botd makes it", dir)
		d.space(up)
		return
	}
}

func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

func (d *doctor) space(dir string) {
	free, ok := d.Free(dir)
	switch {
	case !ok:
	case free < leastFree:
		d.warn("data", "make room, or move the data folder", "only %d MiB are free at %s", free>>20, dir)
	default:
		d.fine("data", "%d MiB are free at %s", free>>20, dir)
	}
}

func (d *doctor) lock() {
	if _, err := os.Stat(d.Config.DataDir); err != nil {
		return // there is nothing to lock
	}
	release, err := d.Claim(d.Config.DataDir)
	switch {
	case engine.CodeOf(err) == engine.Conflict:
		d.fine("lock", "botd is running: %s", firstClause(engine.AsError(err).Msg))
	case err != nil:
		d.bad("lock", "see to whom the files in the data folder belong", "%v", err)
	default:
		release()
		d.fine("lock", "no botd runs with this data folder")
	}
}

func firstClause(s string) string {
	before, _, _ := strings.Cut(s, ";")
	return before
}

// storeFile is the store's name in the data folder.
const storeFile = "botd.db"

func (d *doctor) store(ctx context.Context) {
	file := filepath.Join(d.Config.DataDir, storeFile)
	fi, err := os.Stat(file)
	if os.IsNotExist(err) {
		d.fine("store", "there is no store yet; botd makes it")
		return
	}
	if err == nil {
		err = store.Verify(ctx, file)
	}
	if err != nil {
		d.bad("store", "stop botd, keep a copy of the file, and use the last backup: 'botd restore FILE' into a new data folder", "%s: %s", file, engine.AsError(err).Msg)
		return
	}
	d.fine("store", "%s is whole (%d KiB)", file, fi.Size()>>10)
}

// secrets looks who may read files with secrets in them.
func (d *doctor) secrets() {
	open := 0
	for _, file := range d.Config.SecretFiles {
		fi, err := os.Stat(file)
		switch {
		case err != nil:
			d.bad("secrets", "write the secret into it, or change the reference in config.yaml", "%v", err)
			open++
		case fi.Mode().Perm()&0o077 != 0:
			d.warn("secrets", "chmod 600 "+file, "others may read %s", file)
			open++
		}
	}
	if open == 0 && len(d.Config.SecretFiles) > 0 {
		d.fine("secrets", "%s with secrets, the user's alone", count(len(d.Config.SecretFiles), "file"))
	}
}

// earliest is a time before which no clock that is right can be: this program did not
// exist.
var earliest = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (d *doctor) clock() {
	now, newest := d.Now(), d.newest()
	switch {
	case now.Before(earliest):
		d.bad("clock", "set the clock; cron, cooldowns and certificates depend on it", "the clock says %s", now.Format(time.DateTime))
	case newest.Sub(now) > time.Minute:
		d.bad("clock", "set the clock; what ends by the time would end too late", "the clock says %s, and the store was written at %s", now.Format(time.DateTime), newest.Format(time.DateTime))
	default:
		zone, _ := now.Zone()
		d.fine("clock", "%s %s", now.Format(time.DateTime), zone)
	}
}

// newest is when the store was written last.
func (d *doctor) newest() (t time.Time) {
	for _, name := range []string{storeFile, storeFile + "-wal"} {
		if fi, err := os.Stat(filepath.Join(d.Config.DataDir, name)); err == nil && fi.ModTime().After(t) {
			t = fi.ModTime()
		}
	}
	return t
}

// filesFor is how many files a session may need open, and how many the daemon does for
// itself.
const (
	filesFor  = 16
	filesSelf = 64
)

func (d *doctor) limits() {
	most, ok := d.Files()
	need := uint64(filesSelf + filesFor*len(d.Config.Sessions))
	switch {
	case !ok:
	case most < need:
		d.warn("limits", "raise the limit on open files (ulimit -n, LimitNOFILE= of systemd)", "the process may have %d files open; %d sessions may need %d", most, len(d.Config.Sessions), need)
	default:
		d.fine("limits", "the process may have %d files open", most)
	}
}

// entries looks for what the configuration says about scripts and plugins that there are
// not, and for grants that a plugin waits for.
func (d *doctor) entries() {
	known := plugin.Names(d.Config.PluginsDir)
	plugins := len(known)
	files, _ := filepath.Glob(filepath.Join(d.Config.ScriptsDir, "*.lua"))
	for _, f := range files {
		known = append(known, strings.TrimSuffix(filepath.Base(f), ".lua"))
	}
	before := len(d.lines)
	for _, w := range host.Unclaimed(d.Config) {
		d.warn("scripts", "remove the entry from config.yaml, or put the script or plugin back", "%s", w.String())
	}
	for _, name := range plugin.Names(d.Config.PluginsDir) {
		d.plugin(name)
	}
	switch {
	case len(known) == 0:
		d.warn("scripts", "'botd init DIR' makes a folder with a first one", "there are no scripts in %s: the bot will not answer anything", d.Config.ScriptsDir)
	case len(d.lines) == before:
		d.fine("scripts", "%s and %s, and no entry of another", count(len(known)-plugins, "script"), count(plugins, "plugin"))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (d *doctor) plugin(name string) {
	entry := d.Config.Script(name)
	p, err := plugin.Read(filepath.Join(d.Config.PluginsDir, name))
	if err != nil {
		d.bad("scripts", "'botd check' says more", "plugin %s: %s", name, engine.AsError(err).Msg)
		return
	}
	if withheld := plugin.Withheld(p.Grants, entry.Grants); entry.On() && len(withheld) > 0 {
		d.warn("scripts", "botd plugin grant "+name, "plugin %s wants what it was not granted: %s", name, strings.Join(withheld, ", "))
	}
}
