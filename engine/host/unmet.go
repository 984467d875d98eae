package host

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/dispatch"
	"botd/engine/plugin"
	"botd/engine/script"
)

// unmet finds calls that need what the configuration does not grant, or what none of the
// networks can do whose rooms the script sees. Who asks room:can first knows.
func (h *Host) unmet(file string, src script.Source, needs []script.Need) []script.Finding {
	may := h.mayUse(file, src.Name)
	bound := h.boundTo(src.Rooms)
	var out []script.Finding
	for _, n := range needs {
		if n.Asked {
			continue
		}
		f := script.Finding{File: file, Line: n.Line, Column: n.Column}
		for _, g := range n.Grants {
			if may.Has(g) {
				continue
			}
			f.Msg = fmt.Sprintf("%s needs the grant %q, which the script does not have", n.Func, g)
			f.Hint = fmt.Sprintf("add it in config.yaml: scripts: - name: %s, grants: [%s]", src.Name, strings.ReplaceAll(may.With(g).String(), ",", ", "))
			out = append(out, f)
		}
		if names := incapable(bound, n.Caps); names != "" {
			f.Msg = fmt.Sprintf("%s can do nothing here: %s cannot %s", n.Func, names, capNames(n.Caps))
			f.Hint = "the rooms a script sees are those of its entry in config.yaml; if not all networks can, ask room:can first"
			out = append(out, f)
		}
	}
	return out
}

// mayUse is what a script is granted; a plugin is held to what it says it wants.
func (h *Host) mayUse(file, name string) engine.GrantSet {
	dir := filepath.Dir(file)
	if filepath.Base(file) != plugin.MainFile || !plugin.Exists(dir) {
		return h.grantsOf(name)
	}
	p, err := plugin.Read(dir)
	if err != nil {
		return engine.AllGrants // that has been said
	}
	set, _, err := grants(config.Script{Name: name, Grants: p.Grants})
	if err != nil {
		return engine.AllGrants
	}
	return set
}

// boundTo lists the networks whose rooms a script sees.
func (h *Host) boundTo(rooms []engine.RoomGlob) []engine.Adapter {
	var out []engine.Adapter
	for _, s := range h.cfg.Sessions {
		sees := len(rooms) == 0 || slices.ContainsFunc(rooms, func(g engine.RoomGlob) bool { return g.MatchSession(s.Name) })
		i := slices.IndexFunc(h.opt.Adapters, func(a engine.Adapter) bool { return a.Name == s.Adapter })
		if s.Enabled && sees && i >= 0 {
			out = append(out, h.opt.Adapters[i])
		}
	}
	return out
}

// incapable names the networks if none of them can do any of caps, else it is "".
func incapable(bound []engine.Adapter, caps []engine.Capability) string {
	var names []string
	for _, a := range bound {
		if slices.ContainsFunc(caps, a.Caps.Can.Has) {
			return ""
		}
		if !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	if len(caps) == 0 {
		return ""
	}
	return strings.Join(names, " and ")
}

func capNames(caps []engine.Capability) string {
	var names []string
	for _, c := range caps {
		names = append(names, c.String())
	}
	return strings.Join(names, " or ")
}

// commandBook finds commands that several scripts have in one room: all of them would
// answer.
type commandBook struct {
	h    *Host
	seen []offer
}

type offer struct {
	name, script, where string
	rooms               []engine.RoomGlob // of the script
	filter              dispatch.Filter
}

// take notes the commands of a script and reports those that another has too.
func (b *commandBook) take(src script.Source, t *dispatch.Table, report func(*Fault)) {
	var mine []offer
	t.Each(func(s *dispatch.Sub) {
		for _, err := range b.h.nobodies(s) {
			report(faultAt(src, s.Where, engine.AsError(err).Msg, addGroup))
		}
		for _, name := range s.Commands {
			mine = append(mine, offer{name, src.Name, s.Where, src.Rooms, s.Filter})
		}
	})
	for _, o := range mine {
		for _, other := range b.seen {
			if path := b.shared(o, other); other.name == o.name && path != "" {
				report(o.fault(src, other, path))
				break
			}
		}
	}
	b.seen = append(b.seen, mine...)
}

func (o offer) fault(src script.Source, other offer, path engine.RoomPath) *Fault {
	return faultAt(src, o.where, fmt.Sprintf("the command %q is in script %s too (%s): in %s both answer it", o.name, other.script, other.where, path),
		"give one of them another name, or rooms of its own")
}

// faultAt is a fault at the place of a handler, "dice.lua:3".
func faultAt(src script.Source, where, msg, hint string) *Fault {
	f := &Fault{Script: src.Name, File: src.File, Msg: msg, Hint: hint}
	if i := strings.LastIndexByte(where, ':'); i >= 0 {
		f.Line, _ = strconv.Atoi(where[i+1:])
		f.Excerpt = script.Excerpt(src.Code, f.Line)
	}
	return f
}

// shared is a configured room in which both are, "" if there is none.
func (b *commandBook) shared(o, other offer) engine.RoomPath {
	for _, s := range b.h.cfg.Sessions {
		for _, room := range s.Rooms {
			if s.Enabled && o.in(s, room) && other.in(s, room) {
				return engine.Path(s.Name, room)
			}
		}
	}
	return ""
}

func (o offer) in(s config.Session, room engine.RoomID) bool {
	match := func(g engine.RoomGlob) bool { return g.Match(s.Name, engine.Room{ID: room}) }
	if len(o.rooms) > 0 && !slices.ContainsFunc(o.rooms, match) || len(o.filter.Platforms) > 0 && !slices.Contains(o.filter.Platforms, s.Adapter) {
		return false
	}
	return len(o.filter.Rooms) == 0 || slices.ContainsFunc(o.filter.Rooms, func(text string) bool {
		g, err := engine.ParseRoomGlob(text)
		return err == nil && match(g)
	})
}
