package host

import (
	"fmt"
	"slices"
	"strings"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/dispatch"
	"botd/engine/moderate"
	"botd/engine/nearest"
	"botd/engine/script"
)

// knownRole refuses what nobody can be: it is no rung of the ladder, no group of the
// configuration, and no word of the networks.
func (h *Host) knownRole(name string, platforms ...string) error {
	known := groupsOf(h.inForce.Load())
	for _, a := range h.opt.Adapters {
		if slices.Contains(platforms, a.Name) {
			known = append(known, a.Labels...)
		}
	}
	return among(name, known)
}

func groupsOf(cfg *config.Config) []string {
	var out []string
	for _, g := range cfg.People.Groups {
		out = append(out, g.Name)
	}
	return out
}

func among(name string, known []string) error {
	if _, err := engine.ParseRole(name); err == nil || slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
		return nil
	}
	return engine.Errorf(engine.Invalid, "nobody is %q: it is no role, and no group under people in config.yaml%s", clip(name), nearest.Hint(name, append(engine.RoleNames(), known...)))
}

// strangers are those whom rules exempt and who cannot be there, on any of the networks.
func (h *Host) strangers(cfg moderate.Config) (out []error) {
	var platforms []string
	for _, s := range h.inForce.Load().Sessions {
		platforms = append(platforms, s.Adapter)
	}
	names := slices.Clone(cfg.Exempt)
	for _, r := range cfg.Rules {
		names = append(names, r.Exempt...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := h.knownRole(name, platforms...); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// nobodies are the groups that commands and handlers are for, and that the configuration does not have.
func (h *Host) nobodies(s *dispatch.Sub) (out []error) {
	for _, name := range s.Filter.Roles {
		if err := among(name, groupsOf(h.cfg)); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// exemptBook finds whom the rules of scripts exempt and who cannot be there, once for each
// script.
type exemptBook struct {
	h      *Host
	report func(*Fault)
	src    script.Source
	told   map[string]bool
}

// turn says whose rules are next.
func (b *exemptBook) turn(src script.Source) { b.src, b.told = src, map[string]bool{} }

func (b *exemptBook) take(_ string, cfg moderate.Config) {
	for _, err := range b.h.strangers(cfg) {
		msg := engine.AsError(err).Msg
		if b.told[msg] {
			continue
		}
		b.told[msg] = true
		// Where the rules are made is not known; those of a plugin have it from its settings.
		line := 1
		if i := strings.Index(string(b.src.Code), "exempt"); i >= 0 {
			line += strings.Count(string(b.src.Code[:i]), "\n")
		}
		b.report(faultAt(b.src, fmt.Sprintf(":%d", line), "rules exempt whom there is not: "+msg, addGroup))
	}
}

const addGroup = "add the group under people in config.yaml, or name another one"
