package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"botd/engine"
)

// DefaultFile is read when no file is named.
const DefaultFile = "config.yaml"

// Load reads the file at path and applies environ, "NAME=value" as from os.Environ. The
// empty path means [DefaultFile], which need not exist. An error about the content has
// code Invalid and [Problems] in its chain, all there are; a named file that does not
// exist has code NotFound.
func Load(path string, environ []string) (*Config, error) {
	path, data, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, environ)
}

// read returns a file and its path, "" for the default one if that does not exist.
func read(path string) (string, []byte, error) {
	named := path != ""
	if !named {
		path = DefaultFile
	}
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		return path, data, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("read the configuration: %w", err)
	case named:
		return "", nil, engine.Errorf(engine.NotFound, "there is no configuration file %s: %w", path, err)
	}
	return "", nil, nil
}

// DataDir is the data folder that [Load] would return, also if other parts of the
// configuration have faults or need variables that are not set: whoever asks a running
// daemon need not have its secrets.
func DataDir(path string, environ []string) (string, error) {
	path, data, err := read(path)
	if err != nil {
		return "", err
	}
	cfg, faults := parse(path, data, environ)
	unsure := func(p Problem) bool { return p.Env == "BOTD_DATA_DIR" || strings.HasPrefix(p.Msg, "data_dir") }
	if cfg == nil || slices.ContainsFunc(faults, unsure) {
		return "", faults.err()
	}
	return cfg.DataDir, nil
}

// Parse is [Load] for data that would stand in the file at path; relative paths in it
// are relative to the folder of path. It reads no file but those that data refers to.
func Parse(path string, data []byte, environ []string) (*Config, error) {
	cfg, faults := parse(path, data, environ)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// parse returns what can be understood, nil if nothing can, and what is wrong.
func parse(path string, data []byte, environ []string) (*Config, Problems) {
	env := variables(environ)
	cfg := Default()
	cfg.File = path
	cfg.hidden = make(map[string]bool)

	var faults Problems
	fault, warn := faults.in(path), cfg.Warnings.in(path)
	refs := &references{
		dir: filepath.Dir(path), lookup: env.lookup, texts: make(map[*yaml.Node]expansion),
		fault: fault, warn: warn,
	}
	d := &decoder{file: path, fault: fault, refs: refs, scalars: make(map[string]*yaml.Node), hidden: cfg.hidden}
	root := parseTree(data, fault)
	if root != nil {
		refs.resolve(root, 0, fault)
		d.value(root, "", reflect.ValueOf(cfg).Elem())
	}
	m := merger{decoder: d, env: env, settings: settings(reflect.ValueOf(cfg).Elem(), "")}
	m.merge()
	cfg.Warnings = append(cfg.Warnings, env.unknown(m.variables())...)
	v := validator{fault: m.faultAt, warn: warn, entry: fault, quote: refs.quote}
	v.check(cfg)
	if faults = append(faults, m.problems...); root == nil && len(faults) > 0 {
		return nil, faults
	}
	cfg.resolvePaths(filepath.Dir(path))
	cfg.SecretFiles = refs.files
	cfg.Warnings.sort()
	return cfg, faults
}

// environment is what the process was given, by name.
type environment map[string]string

func variables(environ []string) environment {
	env := make(environment, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}

func (e environment) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

func (c *Config) resolvePaths(dir string) {
	for _, path := range []*string{&c.DataDir, &c.ScriptsDir, &c.PluginsDir} {
		*path = inDir(dir, *path)
	}
}
