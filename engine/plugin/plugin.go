// Package plugin reads plugins: folders with a manifest (plugin.yaml), a main script
// (main.lua), and perhaps lib/, i18n/ and tests/.
package plugin

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/nearest"
	"botd/engine/schema"
)

// The files of a plugin.
const (
	ManifestFile = "plugin.yaml"
	MainFile     = "main.lua"
	LibDir       = "lib"
	TestsDir     = "tests"
)

// maxFile bounds a manifest, and a main script.
const maxFile = 1 << 20

// Manifest is what plugin.yaml says.
type Manifest struct {
	Name        string         `config:"name"` // that of the folder
	Version     string         `config:"version"`
	Description string         `config:"description"`
	Botd        string         `config:"botd"`   // the oldest botd that will do; "" for any
	Grants      []string       `config:"grants"` // what it wants, as in config.yaml
	Config      map[string]any `config:"config"` // a schema, see schema.Parse
}

// Plugin is a plugin as it is on disk.
type Plugin struct {
	Manifest
	Dir    string
	Schema schema.Schema
}

// File is the name of a file of the plugin in messages: "greeter/main.lua".
func (p *Plugin) File(name string) string { return p.Name + "/" + name }

// Code reads the main script.
func (p *Plugin) Code() ([]byte, error) { return readFile(filepath.Join(p.Dir, MainFile)) }

// Roots are the folders that require looks in.
func (p *Plugin) Roots() []string { return []string{p.Dir, filepath.Join(p.Dir, LibDir)} }

// Exists reports whether there is a plugin in a folder, be it a broken one.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ManifestFile))
	if err != nil {
		_, err = os.Stat(filepath.Join(dir, MainFile))
	}
	return err == nil
}

// Names lists the plugins in a folder of plugins, sorted.
func Names(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && Exists(filepath.Join(dir, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names
}

// Read reads the manifest of the plugin in a folder. Errors about what it says have code
// Invalid and [config.Problems] in their chain, with file and line.
func Read(dir string) (*Plugin, error) {
	file := filepath.Join(dir, ManifestFile)
	data, err := readFile(file)
	if os.IsNotExist(err) {
		return nil, engine.Errorf(engine.Invalid, "%s is missing: it says name, version and grants of a plugin; botd plugin new makes an example", file)
	}
	if err != nil {
		return nil, err
	}
	return Parse(dir, data)
}

// Parse is [Read] for a manifest with this text.
func Parse(dir string, text []byte) (*Plugin, error) {
	p := &Plugin{Dir: dir}
	doc, err := config.Decode(filepath.Join(dir, ManifestFile), text, &p.Manifest)
	if err != nil {
		return nil, err
	}
	if err := p.check(doc); err != nil {
		return nil, err
	}
	var problems []schema.Problem
	p.Schema, problems = schema.Parse(p.Config)
	for _, f := range problems {
		path := "config." + f.Path
		return nil, doc.Errorf(path, "%s: %s", path, f.Msg)
	}
	return p, nil
}

func (p *Plugin) check(doc config.Document) error {
	folder := filepath.Base(p.Dir)
	switch {
	case p.Name == "":
		return doc.Errorf("name", "name is missing; it is that of the folder, %s", folder)
	case p.Name != folder:
		return doc.Errorf("name", "name: %q is not that of the folder, %q; rename one", p.Name, folder)
	case !goodName(p.Name):
		return doc.Errorf("name", "name: want letters, digits, - and _")
	case p.Version == "":
		return doc.Errorf("version", "version is missing; write one such as 1.0.0")
	case !semver.IsValid("v" + p.Version):
		return doc.Errorf("version", "version: %q is none; write one such as 1.0.0", p.Version)
	case p.Botd != "" && !semver.IsValid("v"+p.Botd):
		return doc.Errorf("botd", "botd: %q is no version; write the oldest that will do, such as 0.1", p.Botd)
	}
	for i, g := range p.Grants {
		if err := checkGrant(g); err != nil {
			return doc.Errorf(fmt.Sprintf("grants[%d]", i+1), "grants: %s", engine.AsError(err).Msg)
		}
	}
	return nil
}

func goodName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

func checkGrant(g string) error {
	_, _, err := engine.CutGrant(g)
	bare, _, _ := strings.Cut(g, "(")
	if hint := nearest.Hint(bare, engine.GrantNames()); hint != "" && err != nil && !slices.Contains(engine.GrantNames(), bare) {
		return engine.Errorf(engine.Invalid, "there is no grant %q%s", g, hint)
	}
	return err
}

// NeedsNewer reports whether the plugin needs a botd newer than one of this version. One
// that was built from a working copy, with no version of its own, is taken for the newest.
func (p *Plugin) NeedsNewer(version string) bool {
	v := "v" + strings.TrimPrefix(version, "v")
	if p.Botd == "" || !semver.IsValid(v) || strings.HasPrefix(v, "v0.0.0-") {
		return false
	}
	return semver.Compare(v, "v"+p.Botd) < 0
}

// Withheld lists what a plugin wants and was not granted.
func Withheld(wants, granted []string) []string {
	reach, _ := reachOf(granted)
	var out []string
	for _, w := range wants {
		if !covered(w, granted, reach) {
			out = append(out, w)
		}
	}
	return out
}

// Effective lists what a plugin may do: of what it wants all that was granted. http
// without a host leaves the hosts to the configuration.
func Effective(wants, granted []string) []string {
	withheld := Withheld(wants, granted)
	var out []string
	for _, w := range wants {
		switch {
		case slices.Contains(withheld, w):
		case w == engine.GrantHTTP.String():
			for _, g := range granted {
				if kind, _, err := engine.CutGrant(g); err == nil && kind == engine.GrantHTTP {
					out = append(out, g)
				}
			}
		default:
			out = append(out, w)
		}
	}
	return out
}

func reachOf(granted []string) (engine.Reach, error) {
	var hosts []string
	for _, g := range granted {
		switch kind, host, err := engine.CutGrant(g); {
		case err != nil:
		case host != "":
			hosts = append(hosts, host)
		case kind == engine.GrantHTTP:
			hosts = append(hosts, "public")
		}
	}
	return engine.ParseReach(hosts...)
}

// covered reports whether something wanted is granted.
func covered(want string, granted []string, reach engine.Reach) bool {
	kind, host, err := engine.CutGrant(want)
	if err != nil {
		return false
	}
	if host != "" {
		return slices.Contains(granted, want) || reach.Covers(host)
	}
	return slices.ContainsFunc(granted, func(g string) bool {
		k, _, err := engine.CutGrant(g)
		return err == nil && k == kind
	})
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("want a file of at most %d KiB", maxFile>>10)}
	}
	return os.ReadFile(path)
}

// Wants reports whether granting something gives a plugin any of what it wants.
func Wants(wants []string, grant string) bool {
	return slices.ContainsFunc(wants, func(w string) bool {
		have, _, err := engine.CutGrant(w)
		got, _, other := engine.CutGrant(grant)
		return err == nil && other == nil && have == got
	})
}
