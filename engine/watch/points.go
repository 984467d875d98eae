package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// points are the real folders to watch, and which names in each matter.
type points map[string]*names

type names struct {
	all bool
	set map[string]bool
}

// all makes everything in a folder matter.
func (p points) all(dir string) { p.at(dir).all = true }

// name makes one name in a folder matter.
func (p points) name(dir, name string) { p.at(dir).set[name] = true }

func (p points) at(dir string) *names {
	n := p[dir]
	if n == nil {
		n = &names{set: make(map[string]bool)}
		p[dir] = n
	}
	return n
}

// covers reports whether something that happened to a path matters.
func (p points) covers(path string) bool {
	n := p[filepath.Dir(path)]
	return n != nil && (n.all || n.set[filepath.Base(path)])
}

// maxLinks is how many symbolic links one path may lead through, as in Linux.
const maxLinks = 40

// follow finds what path really is, and adds each place where something must change for
// the answer to change: the links on the way, the thing itself, or the first missing part.
func (p points) follow(path string) (real string, info os.FileInfo, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", nil, err
	}
	const separator = string(filepath.Separator)
	root := filepath.VolumeName(abs) + separator
	real, rest := root, abs[len(root):]
	for links := 0; rest != ""; {
		var name string
		name, rest, _ = strings.Cut(rest, separator)
		switch name {
		case "", ".":
			continue
		case "..":
			real = filepath.Dir(real)
			continue
		}
		next := filepath.Join(real, name)
		info, err := os.Lstat(next)
		if err != nil {
			p.name(real, name)
			return "", nil, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			real = next
			continue
		}
		p.name(real, name)
		target, err := os.Readlink(next)
		if links++; err == nil && links > maxLinks {
			err = &fs.PathError{Op: "follow", Path: path, Err: errors.New("too many links")}
		}
		if err != nil {
			return "", nil, err
		}
		if filepath.IsAbs(target) {
			real, target = root, target[len(root):]
		}
		rest = target + separator + rest
	}
	p.name(filepath.Dir(real), filepath.Base(real))
	info, err = os.Lstat(real)
	return real, info, err
}
