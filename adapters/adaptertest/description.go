package adaptertest

import (
	"reflect"
	"regexp"

	"botd/engine"
)

var (
	nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	typeRE = regexp.MustCompile(`^$|^(string|number|boolean|object|array)(\|(string|number|boolean|object|array))*$`)
)

// testDescription: the adapter's value is complete, its settings can be configured, and
// New refuses what it cannot use.
func testDescription(r *rig) {
	a := r.adapter
	if !nameRE.MatchString(a.Name) {
		r.Errorf("Name %q is not a lower-case word", a.Name)
	}
	if a.Doc == "" {
		r.Errorf("Doc is empty")
	}
	if !a.Caps.Can.Has(engine.CapSay) {
		r.Errorf("Caps lack %s", engine.CapSay)
	}
	r.checkSettings()
	r.checkCommands()
	r.checkEvents()
	if _, err := a.New(new(int), engine.Env{Session: "test", Rooms: r.sim.Rooms()[:1], Clock: engine.SystemClock{}}); engine.CodeOf(err) != engine.Invalid {
		r.Errorf("New with settings of another adapter: %v; want an error with code invalid", err)
	}
	r.open(r.sim.Settings())
	if extra := r.session.Caps("").Can &^ a.Caps.Can; extra != 0 {
		r.Errorf("the session can %s, which the adapter's Caps lack", extra)
	}
}

// checkSettings expects a new struct each time, with a configuration key per field.
func (r *rig) checkSettings() {
	r.Helper()
	set := reflect.ValueOf(r.adapter.Settings())
	if set.Kind() != reflect.Pointer || set.Elem().Kind() != reflect.Struct {
		r.Fatalf("Settings returns %v, not a pointer to a struct", set.Type())
	}
	if set.Pointer() == reflect.ValueOf(r.adapter.Settings()).Pointer() && set.Elem().NumField() > 0 {
		r.Errorf("Settings returns the same struct twice")
	}
	if got := reflect.TypeOf(r.sim.Settings()); got != set.Type() {
		r.Errorf("the simulator's settings are %v, the adapter's %v", got, set.Type())
	}
	keys := map[string]bool{}
	for _, f := range reflect.VisibleFields(set.Elem().Type()) {
		key := f.Tag.Get("config")
		if !f.IsExported() || !nameRE.MatchString(key) || keys[key] {
			r.Errorf("settings field %s has configuration key %q; each field needs one of its own", f.Name, key)
		}
		keys[key] = true
	}
}

// testCommands: a session that can be called says what can be called, and refuses the
// rest.
func testCommands(r *rig) {
	l := r.login()
	defer l.stop()
	if !r.session.Caps(r.room).Can.Has(engine.CapCall) {
		r.Log("not applicable: the session has no native commands")
		return
	}
	r.do(engine.Call{Room: r.room, Name: "no such command"}).
		expectFailure(r, engine.NotFound, engine.Invalid, engine.Unsupported)
}

// checkCommands expects each command once, described with types that JSON has.
func (r *rig) checkCommands() {
	r.Helper()
	a := r.adapter
	if a.Caps.Can.Has(engine.CapCall) != (len(a.Commands) > 0) {
		r.Errorf("the adapter can %s: %t, and lists %d commands", engine.CapCall, a.Caps.Can.Has(engine.CapCall), len(a.Commands))
	}
	seen := map[string]bool{}
	for _, cmd := range a.Commands {
		if cmd.Name == "" || cmd.Doc == "" || seen[cmd.Name] {
			r.Errorf("command %q lacks a name or a description, or is listed twice", cmd.Name)
		}
		seen[cmd.Name] = true
		params := map[string]bool{}
		for _, p := range cmd.Params {
			if p.Name == "" || params[p.Name] || !typeRE.MatchString(p.Type) {
				r.Errorf("parameter %q of %s: no name, listed twice, or of no type of JSON: %q", p.Name, cmd.Name, p.Type)
			}
			params[p.Name] = true
		}
	}
}

// checkEvents expects each entry to name a kind of event there is.
func (r *rig) checkEvents() {
	r.Helper()
	for _, e := range r.adapter.Events {
		if e.Wire == "" || e.Kind != "" && !engine.IsKind(e.Kind) {
			r.Errorf("event %q on the wire becomes %q, which is no kind of event", e.Wire, e.Kind)
		}
	}
}
