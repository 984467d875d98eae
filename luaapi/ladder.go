package luaapi

import (
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

// ladder says what follows the first offence, the second and so on.
type ladder struct{ moderate.Ladder }

var ladderClass = script.Class[*ladder]{
	Name:   "ladder",
	String: func(l *ladder) string { return "ladder " + l.Name },
	Members: []script.Member{
		script.Prop("name", ladderName), script.Prop("steps", ladderSteps),
	},
}

// Keeps implements [script.Keeper].
func (l *ladder) Keeps(func(script.Value)) int { return 64 * len(l.Steps) }

// ladderName is the name it was given.
func ladderName(l *ladder) string { return l.Name }

// ladderSteps are its steps in words, such as "timeout 10m".
func ladderSteps(l *ladder) []string {
	var out []string
	for _, s := range l.Steps {
		out = append(out, s.String())
	}
	return out
}

type ladderArgs struct {
	Spec ladderSpec `lua:"spec"`
}

type ladderSpec struct {
	Name  string        `lua:"name,first"`     // standings are kept under it: rules with ladders of one name count together
	Steps []modStep     `lua:"steps,items"`    // such as {"warn"}, {"delete"}, {"kick"}, {"timeout", "10m"}, {"mute"}, {"ban", "1d"}, {"ban"}
	Decay time.Duration `lua:"decay,optional"` // after so long without an offence one is forgotten; 24 h if not given
}

// modStep is a step: {"timeout", "10m"}, or "timeout 10m", as cases have it.
type modStep struct {
	moderate.Step
	wrong error // why there is no such step; people may have typed it
}

func (s *modStep) FromLua(c *script.Call, v script.Value) error {
	if text, ok := v.AsString(); ok {
		s.Step, s.wrong = moderate.ParseStep(text)
		return nil
	}
	var list []script.Value
	if err := c.Decode(v, &list); err != nil {
		return err
	}
	if len(list) < 1 || len(list) > 2 {
		return script.Expected(`a step such as {"timeout", "10m"}`, v)
	}
	name, ok := list[0].AsString()
	if !ok {
		return script.Expected("the name of a step", list[0])
	}
	s.Do = name
	if len(list) == 2 {
		if err := c.Decode(list[1], &s.For); err != nil {
			return err
		}
	}
	s.wrong = s.Check()
	return nil
}

func (modStep) LuaType() string { return "string|table" }

// modLadder makes a ladder. Where a network lacks a step the next gentler one it has is
// taken, never a harsher one; the gentlest is warn, then delete, kick, timeout, mute, ban. So a timeout becomes a kick where one may
// come back at once, as on hack.chat, and otherwise the line is deleted, or there is a warning. The case says so. A step beyond delete also
// deletes the line where the network can, and with rules about several lines the others too.
//
//	local patient = mod.ladder{ "patient", {"warn"}, {"warn"}, {"timeout", "1m"}, decay = "1h" }
//	log.info(table.concat(patient.steps, ", "))
//	-- log: warn, warn, timeout 1m
func modLadder(c *script.Call, a ladderArgs) *ladder {
	l := &ladder{moderate.Ladder{Name: a.Spec.Name, Decay: a.Spec.Decay}}
	for i, s := range a.Spec.Steps {
		if s.wrong != nil {
			c.BadArg("spec", "[%d]: %s", i+2, engine.AsError(s.wrong).Msg)
		}
		l.Steps = append(l.Steps, s.Step)
	}
	if a.Spec.Name == "" || len(a.Spec.Name) > 100 {
		c.BadArg("spec", "[1] (name): expected 1 to 100 characters")
	}
	if err := l.Check(); err != nil {
		c.BadArg("spec", "%s", engine.AsError(err).Msg)
	}
	return l
}
