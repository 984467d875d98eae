package plugin

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"botd/engine"
)

//go:embed skeleton
var skeleton embed.FS

// New makes a small plugin that works, with a test, in a folder that must not exist. The
// name is the last part of dir. It returns the files it made.
func New(dir string) ([]string, error) {
	name := filepath.Base(dir)
	if !goodName(name) || strings.HasPrefix(name, "-") {
		return nil, engine.Errorf(engine.Invalid, "%q is no name of a plugin: want letters, digits, - and _", name)
	}
	from, err := fs.Sub(skeleton, "skeleton")
	if err != nil {
		return nil, err
	}
	return Install(from, dir, func(text string) string { return strings.ReplaceAll(text, "NAME", name) })
}

// Install writes the files of a plugin into a folder that must not exist (code Conflict), changed by
// edit if there is one. It returns the files it made.
func Install(from fs.FS, dir string, edit func(text string) string) (made []string, err error) {
	if _, err := os.Lstat(dir); err == nil {
		return nil, engine.Errorf(engine.Conflict, "%s is there already", dir)
	}
	err = fs.WalkDir(from, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		if edit != nil {
			text = []byte(edit(string(text)))
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		made = append(made, to)
		return os.WriteFile(to, text, 0o644)
	})
	return made, err
}
