package script

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"

	"botd/engine"
	"botd/engine/script/lualib"
	"botd/engine/script/luasrc"
)

// required is a module a script has loaded with require, or is just loading.
type required struct {
	value lua.LValue // nil while its chunk runs
}

var moduleName = regexp.MustCompile(`^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$`)

const (
	// maxModule bounds what is read before the compiler's own limit can speak.
	maxModule     = 1 << 20
	maxModuleName = 200
	// maxUses bounds the files that are remembered because a script asked for them.
	maxUses = 1000
)

// require loads "name" from the first of the script's roots that has name.lua, once
// for each generation.
func (vm *VM) require(L *lua.LState) int {
	name := L.CheckString(1)
	if len(name) > maxModuleName {
		lualib.Raise(L, "require: the module name is longer than %d bytes", maxModuleName)
	}
	if e := taskOf(L).eval; e != nil && !e.Write {
		return e.require(L, name)
	}
	if r := vm.required[name]; r != nil {
		if r.value == nil {
			lualib.Raise(L, "require %q: the modules require each other in a circle", name)
		}
		L.Push(r.value)
		return 1
	}
	if len(vm.uses) >= maxUses {
		lualib.Raise(L, "require %q: the script has asked for too many files (limit %d)", name, maxUses)
	}
	mod, err := vm.readModule(name)
	if err != nil {
		lualib.Raise(L, "require %q: %s", name, err.Error())
	}
	proto, err := luasrc.Compile(mod.File, mod.Code, luasrc.Limits{})
	if err != nil {
		lualib.Raise(L, "require %q: %s", name, err.Error())
	}
	vm.files[mod.File] = mod.Code
	vm.m.library.offer(vm, mod.Code)
	r := &required{}
	vm.required[name] = r
	defer func() {
		if r.value == nil { // it failed: another try may do better
			delete(vm.required, name)
		}
	}()
	L.Push(L.NewFunctionFromProto(proto))
	L.Push(lua.LString(name))
	L.Call(1, 1)
	v := L.Get(-1)
	if v == lua.LNil {
		v = lua.LTrue
		L.Pop(1)
		L.Push(v)
	}
	r.value = v
	return 1
}

// readModule also notes the files that a change of would change the script.
func (vm *VM) readModule(name string) (mod ModuleFile, err error) {
	if read := vm.source.Modules; read != nil {
		mod, err = read(name)
	} else {
		mod, err = ReadModule(vm.source.Roots, name)
	}
	vm.slot.mu.Lock()
	for _, path := range mod.Tried {
		vm.uses[path] = true
	}
	vm.slot.mu.Unlock()
	return mod, err
}

// ModuleFile is a file that a script requires.
type ModuleFile struct {
	File  string // its name in messages: "lib/words.lua"
	Code  []byte
	Tried []string // the paths looked at, also if the module was not found
}

// ReadModule finds the file of a module below the first of roots that has it. Symbolic
// links are followed as long as they stay inside. Its errors have code Invalid, Denied
// or NotFound.
func ReadModule(roots []string, name string) (ModuleFile, error) {
	var m ModuleFile
	if !moduleName.MatchString(name) {
		return m, engine.Errorf(engine.Invalid, "a module name is words joined by dots, such as \"colors\" or \"games.dice\"")
	}
	rel := strings.ReplaceAll(name, ".", "/") + ".lua"
	for _, dir := range roots {
		m.Tried = append(m.Tried, filepath.Join(dir, rel))
		code, err := readInside(dir, rel)
		if err == nil {
			m.File, m.Code = path.Join(path.Base(dir), rel), code
			return m, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return m, engine.Errorf(engine.Denied, "%s cannot be read: it must be a file inside the scripts folder", rel)
		}
	}
	return m, engine.Errorf(engine.NotFound, "there is no %s beside the script or in its lib folder", rel)
}

// Using lists the scripts to load again when the file at path changes: those whose
// newest version, whether it serves or failed to load, asked for it.
func (m *Manager) Using(path string) []string {
	var names []string
	for _, s := range *m.order.Load() {
		s.mu.Lock()
		if s.uses[path] {
			names = append(names, s.name)
		}
		s.mu.Unlock()
	}
	return names
}

// Uses lists the files that scripts have asked for with require, by path, found or not.
func (m *Manager) Uses() []string {
	var paths []string
	for _, s := range *m.order.Load() {
		s.mu.Lock()
		paths = slices.AppendSeq(paths, maps.Keys(s.uses))
		s.mu.Unlock()
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// readInside opens without waiting, so that a pipe where a file should be cannot stop the
// script for good.
func readInside(dir, rel string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrInvalid
	}
	return io.ReadAll(io.LimitReader(f, maxModule))
}

// print writes a line to the log, its arguments separated by tabs, and nothing of what
// would be too long for it.
func (vm *VM) print(L *lua.LState) int {
	t := taskOf(L)
	most := maxMessage
	if t.eval != nil {
		most = lualib.DefaultMaxString // secrets are hidden before it is cut
	}
	var b strings.Builder
	for i := 1; i <= L.GetTop() && b.Len() <= most; i++ {
		if i > 1 {
			b.WriteByte('\t')
		}
		s := lualib.ToString(L, L.Get(i))
		b.WriteString(s[:min(len(s), most+1)])
	}
	t.Charge(1 + b.Len()/16)
	if t.eval != nil {
		t.eval.print(b.String())
		return 0
	}
	vm.logLine(t, slog.LevelInfo, b.String(), nil)
	return 0
}

// ReadText reads a text file beside the script, or below it. It may wait for the disk, so
// it is for the time of loading. Its errors have code Invalid, Denied, NotFound, or Unsupported in
// a process of its own, which has no files.
func (c *Call) ReadText(name string) (string, error) {
	if c.vm.source.Modules != nil || len(c.vm.source.Roots) == 0 {
		return "", engine.Errorf(engine.Unsupported, "%s cannot be read: this script has no files", clean(name))
	}
	if !filepath.IsLocal(name) {
		return "", engine.Errorf(engine.Invalid, "%s is no name of a file inside the script's folder", clean(name))
	}
	text, err := readInside(c.vm.source.Roots[0], name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", engine.Errorf(engine.NotFound, "there is no %s beside the script", clean(name))
	case err != nil:
		return "", engine.Errorf(engine.Denied, "%s cannot be read: it must be a file inside the script's folder", clean(name))
	}
	c.Alloc(len(text))
	return string(text), nil
}
