// Gen writes what editors and people read about the functions of scripts: the type
// annotations in luaapi/meta, docs/lua.md, .luacheckrc and .luarc.json. They come from the library's own
// description and from the doc comments of its Go code.
//
// With -check it writes nothing and fails if a file is not as it would write it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"botd/luaapi"
	"botd/luaapi/internal/doc"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail if a file is out of date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := generate(root)
	if err != nil {
		return err
	}
	if check {
		return compare(root, files)
	}
	for _, f := range files {
		path := filepath.Join(root, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// file is a generated file; path is relative to the module's root.
type file struct {
	path string
	data []byte
}

// generate makes all files.
func generate(root string) ([]file, error) {
	docs, err := doc.Read(root, "botd/luaapi", "botd/engine", "botd/engine/script", testPackage)
	if err != nil {
		return nil, err
	}
	lib := luaapi.New().Describe()
	var files []file
	for _, m := range lib.Modules {
		files = append(files, file{"luaapi/meta/" + m.Name + ".d.lua", metaModule(docs, m)})
	}
	files = append(files,
		file{"luaapi/meta/globals.d.lua", metaGlobals(docs, lib)},
		file{"luaapi/meta/objects.d.lua", metaObjects(docs, lib)},
		file{"docs/lua.md", reference(docs, lib)},
		file{".luacheckrc", luaapi.Luacheckrc(luaapi.New())},
		file{".luarc.json", luaapi.Luarc("luaapi/meta")})
	files = append(files, testingFiles(docs)...)
	return files, docs.Missing()
}

// compare reports the first file that is not as it should be, and generated files that
// should not be there.
func compare(root string, files []file) error {
	for _, f := range files {
		have, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			return err
		}
		if !bytes.Equal(have, f.data) {
			return fmt.Errorf("%s is out of date: run go generate ./luaapi", f.path)
		}
	}
	there, err := filepath.Glob(filepath.Join(root, "luaapi/meta/*"))
	if err != nil {
		return err
	}
	for _, path := range there {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(files, func(f file) bool { return f.path == filepath.ToSlash(rel) }) {
			return fmt.Errorf("%s is of nothing any more: remove it", rel)
		}
	}
	return nil
}

// moduleRoot is the folder of go.mod, above the current one.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above the current folder")
		}
		dir = up
	}
}
