package adaptertest

import (
	"reflect"
	"regexp"

	"botd/engine"
)

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

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
	c, ok := r.session.(engine.Commander)
	if !ok {
		r.Fatalf("the session has the capability call, but %T is no engine.Commander", r.session)
	}
	seen := map[string]bool{}
	for _, cmd := range c.Commands() {
		if cmd.Name == "" || seen[cmd.Name] {
			r.Errorf("command %q has no name or is listed twice", cmd.Name)
		}
		seen[cmd.Name] = true
	}
	if len(seen) == 0 {
		r.Errorf("no commands listed")
	}
	r.do(engine.Call{Room: r.room, Name: "no such command"}).
		expectFailure(r, engine.NotFound, engine.Invalid, engine.Unsupported)
}
