package moderate

import (
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// Step is something to do about an offence.
type Step struct {
	Do  string        `json:"do"`            // one of [Steps]
	For time.Duration `json:"for,omitempty"` // of a timeout or ban; 0 is without end
}

// Steps are what can be done, the gentlest first. A kick is a word with force: who was
// kicked may come back at once, but on networks with [engine.Capabilities] KickLasts, where it comes right before a ban.
func Steps() []string { return []string{"warn", "delete", "kick", "timeout", "mute", "ban"} }

// stepCaps is what a network must be able to do for a step; a warning is whispered, or
// said where that cannot be.
var stepCaps = map[string]engine.Capability{
	"warn": engine.CapSay, "delete": engine.CapDelete, "kick": engine.CapKick, "timeout": engine.CapTimeout, "mute": engine.CapMute, "ban": engine.CapBan,
}

func (s Step) String() string {
	if s.For > 0 {
		return s.Do + " " + short(s.For)
	}
	return s.Do
}

// short writes 10m for 10m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// ParseStep reads a step as it is written: "warn", "timeout 10m". Errors have code Invalid.
func ParseStep(text string) (s Step, err error) {
	name, length, timed := strings.Cut(strings.TrimSpace(text), " ")
	s.Do = name
	if timed {
		ok := false
		if s.For, ok = engine.ParseDuration(strings.TrimSpace(length)); !ok || s.For <= 0 {
			return s, engine.Errorf(engine.Invalid, "the step %s: %q is no duration, such as 10m", shorten(s.Do), shorten(length))
		}
	}
	return s, s.Check()
}

// Beyond reports whether a step is more than a word.
func (s Step) Beyond() bool { return s.Do != "warn" && s.Do != "" }

// Check holds a step to what there is; errors have code Invalid.
func (s Step) Check() error {
	switch {
	case !slices.Contains(Steps(), s.Do):
		return engine.Errorf(engine.Invalid, "no step %q; steps are %s", shorten(s.Do), strings.Join(Steps(), ", "))
	case s.For < 0 || s.For > maxLength:
		return engine.Errorf(engine.Invalid, "the step %s: expected a duration above 0 and up to %g days", s.Do, maxLength.Hours()/24)
	case s.For == 0 && s.Do == "timeout":
		return engine.Errorf(engine.Invalid, "a timeout needs a duration, such as timeout 10m")
	case s.For > 0 && s.Do != "timeout" && s.Do != "ban":
		return engine.Errorf(engine.Invalid, "the step %s takes no duration", s.Do)
	}
	return nil
}

const maxLength = 366 * 24 * time.Hour

// On is what a network makes of a step that can do these things: the step itself, or the
// next gentler one it has; false if there is none.
//
// What takes the place of a step is never harsher for whom it is about. Steps that have no end of their own, such as
// a mute, do not stand for those that have one; a kick does only where one may come back
// at once. So a timeout becomes a kick on hack.chat, and on SimpleX the line is deleted.
func (s Step) On(caps engine.Capabilities) (Step, bool) {
	can := func(name string) bool {
		return caps.Can.Has(stepCaps[name]) || name == "warn" && caps.Can.Has(engine.CapWhisper)
	}
	if can(s.Do) {
		return s, true
	}
	for _, name := range slices.Backward(s.gentler(caps.KickLasts)) {
		if can(name) {
			out := Step{Do: name}
			if name == "timeout" {
				out.For = s.For
			}
			return out, true
		}
	}
	return Step{}, false
}

// gentler are the steps that may stand for one, the gentlest first.
func (s Step) gentler(kickLasts bool) []string {
	list := []string{"warn", "delete", "kick"}
	if kickLasts {
		list = list[:2]
	}
	switch {
	case s.Do == "ban" && s.For > 0:
		return append(list, "timeout")
	case s.Do == "ban" && kickLasts:
		return append(list, "mute", "kick")
	case s.Do == "ban":
		return append(list, "mute")
	case s.Do == "timeout" || s.Do == "mute":
		return list
	}
	return list[:slices.Index(Steps(), s.Do)]
}

// Undoes is the capability that takes a step back, false if nothing does.
func (s Step) Undoes() (engine.Capability, bool) {
	switch s.Do {
	case "timeout", "mute":
		return engine.CapUnmute, true
	case "ban":
		return engine.CapUnban, true
	}
	return 0, false
}

// Ladder says what follows the first offence, the second and so on; the last step holds
// for all further ones.
type Ladder struct {
	Name  string        `json:"name,omitempty"`
	Steps []Step        `json:"steps"`
	Decay time.Duration `json:"decay,omitempty"` // after so long without an offence one is forgotten; 24 h if 0
}

// DefaultLadder is what a set of rules has that names none.
func DefaultLadder() Ladder {
	return Ladder{Name: "default", Steps: []Step{{Do: "warn"}, {Do: "delete"}, {"timeout", time.Minute}, {"timeout", 10 * time.Minute}, {"ban", 24 * time.Hour}}}
}

// MaxSteps is how many steps a ladder has at most.
const MaxSteps = 20

const defaultDecay = 24 * time.Hour

// Check holds a ladder to what there is; errors have code Invalid.
func (l Ladder) Check() error {
	if len(l.Steps) == 0 || len(l.Steps) > MaxSteps {
		return engine.Errorf(engine.Invalid, "a ladder has 1 to %d steps, not %d", MaxSteps, len(l.Steps))
	}
	if l.Decay < 0 || l.Decay > maxLength {
		return engine.Errorf(engine.Invalid, "decay: expected a duration above 0 and up to %s", maxLength)
	}
	for i, s := range l.Steps {
		if err := s.Check(); err != nil {
			return engine.Errorf(engine.Invalid, "step %d: %s", i+1, engine.AsError(err).Msg)
		}
	}
	return nil
}

// Standing is how high somebody stands on a ladder: how many offences count, as of the
// last one. The zero value is at its foot.
type Standing struct {
	Count int       `json:"count"`
	At    time.Time `json:"at"`
}

// Now is the standing after the time since has done its work.
func (l Ladder) Now(s Standing, at time.Time) Standing {
	decay := l.decay()
	for s.Count > 0 && at.Sub(s.At) >= decay {
		s.Count--
		s.At = s.At.Add(decay)
	}
	return s
}

// Climb is the step for an offence now, and the standing after it.
func (l Ladder) Climb(s Standing, at time.Time) (Step, Standing) {
	s = l.Now(s, at)
	step := l.Steps[min(s.Count, len(l.Steps)-1)]
	return step, Standing{min(s.Count+1, len(l.Steps)), at}
}

// Forget is how long a standing is of any interest.
func (l Ladder) Forget(s Standing) time.Duration { return time.Duration(max(s.Count, 1)) * l.decay() }

func (l Ladder) decay() time.Duration {
	if l.Decay == 0 {
		return defaultDecay
	}
	return l.Decay
}
