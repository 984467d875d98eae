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

// Steps are what can be done, the gentlest first.
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

// Beyond reports whether a step is more than a word.
func (s Step) Beyond() bool { return s.Do != "warn" && s.Do != "" }

// Check holds a step to what there is; errors have code Invalid.
func (s Step) Check() error {
	switch {
	case !slices.Contains(Steps(), s.Do):
		return engine.Errorf(engine.Invalid, "no step %q; steps are %s", shorten(s.Do), strings.Join(Steps(), ", "))
	case s.For < 0 || s.For > maxLength:
		return engine.Errorf(engine.Invalid, "the step %s: expected a duration above 0 and up to %s", s.Do, maxLength)
	case s.For == 0 && s.Do == "timeout":
		return engine.Errorf(engine.Invalid, `a timeout needs a duration, as in {"timeout", "10m"}`)
	case s.For > 0 && s.Do != "timeout" && s.Do != "ban":
		return engine.Errorf(engine.Invalid, "the step %s takes no duration", s.Do)
	}
	return nil
}

const maxLength = 366 * 24 * time.Hour

// On is the step a network takes that can do these things: itself, or the next gentler
// one; false if there is none. A network without timeouts that can kick kicks.
func (s Step) On(can engine.CapSet) (Step, bool) { return s.within(can, slices.Index(Steps(), s.Do)) }

// Gentler is the step to take when a network turns out not to take this one.
func (s Step) Gentler(can engine.CapSet) (Step, bool) {
	return s.within(can, slices.Index(Steps(), s.Do)-1)
}

func (s Step) within(can engine.CapSet, from int) (Step, bool) {
	for i := from; i >= 0; i-- {
		name := Steps()[i]
		if name == "mute" && s.Do != "mute" {
			continue // a mute has no end of its own, so it is not gentler than a ban that has one
		}
		if can.Has(stepCaps[name]) || name == "warn" && can.Has(engine.CapWhisper) {
			out := Step{Do: name}
			if name == "timeout" || name == "ban" {
				if out.For = s.For; out.For == 0 && name == "timeout" {
					continue // from a ban or mute without end there is no timeout to be made
				}
			}
			return out, true
		}
	}
	return Step{}, false
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
