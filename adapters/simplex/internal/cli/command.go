package cli

import (
	"cmp"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"botd/engine"
)

// DefaultPort is where clients look for the program.
const DefaultPort = 5225

// Command says how to start the program.
type Command struct {
	Path     string   // of the program; looked up in PATH if it has no slash
	Args     []string // more of them, before ours
	Port     int      // to listen on, on the loopback interface; 0 is [DefaultPort]
	Database string   // the prefix of its two files, absolute; their folder is made
	Key      engine.Secret
	Profile  string // the name of the profile to be made at the first start; it never asks
	Files    string // folders for files it has received and is receiving; they are made
	Temp     string
}

// Addr is where the program will listen.
func (c Command) Addr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(cmp.Or(c.Port, DefaultPort)))
}

// URL is the same for a client.
func (c Command) URL() string { return "ws://" + c.Addr() }

// Validate does no I/O. Its errors have code Invalid.
func (c Command) Validate() error {
	switch {
	case c.Path == "":
		return engine.Errorf(engine.Invalid, "the path of the program is missing")
	case c.Port < 0 || c.Port > 65535:
		return engine.Errorf(engine.Invalid, "port %d is not one of 1 to 65535", c.Port)
	case !filepath.IsAbs(c.Database):
		return engine.Errorf(engine.Invalid, "the database %q is not an absolute path", c.Database)
	case c.Profile == "" || strings.HasPrefix(c.Profile, "-") || strings.ContainsFunc(c.Profile, unicode.IsControl):
		return engine.Errorf(engine.Invalid, "profile %q: without the name of a profile the program would ask at its terminal", c.Profile)
	}
	for _, folder := range []string{c.Files, c.Temp} {
		if folder != "" && !filepath.IsAbs(folder) {
			return engine.Errorf(engine.Invalid, "the folder %q is not an absolute path", folder)
		}
	}
	return nil
}

// args are those of the program, the passphrase included: it takes it in no other way.
func (c Command) args() []string {
	args := slices.Concat(c.Args, []string{
		"-p", strconv.Itoa(cmp.Or(c.Port, DefaultPort)), "-d", c.Database, "-y",
		"--create-bot-display-name", c.Profile, "--create-bot-allow-files",
	})
	if c.Key != "" {
		args = append(args, "-k", string(c.Key))
	}
	if c.Files != "" {
		args = append(args, "--files-folder", c.Files)
	}
	if c.Temp != "" {
		args = append(args, "--temp-folder", c.Temp)
	}
	return args
}

// folders are those that have to be there.
func (c Command) folders() []string {
	list := []string{filepath.Dir(c.Database), c.Files, c.Temp}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func (c Command) String() string {
	return fmt.Sprintf("%s on port %d", c.Path, cmp.Or(c.Port, DefaultPort))
}
