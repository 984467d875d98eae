package dispatch

import (
	"strings"

	"botd/engine"
	"botd/engine/nearest"
)

// Each kind of the engine has a bit of its own and all events of scripts share one,
// so that a script that wants nothing of a kind is passed over at the price of an
// AND.
const customBit = 1 << 63

var (
	kindNames []string
	kindBits  = make(map[engine.Kind]uint64)
	hasText   = make(map[engine.Kind]bool)
	// aboutBot are the kinds that concern the bot itself: nobody would look for them
	// among what others do.
	aboutBot uint64
)

func init() {
	for i, body := range engine.Bodies() {
		if i >= 63 {
			panic("dispatch: more kinds than bits")
		}
		kind := body.Kind()
		_, hasText[kind] = textOf(body)
		switch body.(type) {
		case engine.Custom:
			continue
		case engine.Connected, engine.Disconnected, engine.AccessChanged, engine.Gap, engine.Failure:
			aboutBot |= 1 << i
		}
		kindBits[kind] = 1 << i
		kindNames = append(kindNames, string(kind))
	}
}

func bitOf(b engine.Body, k engine.Kind) uint64 {
	if _, ok := b.(engine.Custom); ok && engine.IsKind(k) {
		return 0 // a script must not pass its event off as one of ours
	}
	return bitOfKind(k)
}

func bitOfKind(k engine.Kind) uint64 {
	if bit, ok := kindBits[k]; ok {
		return bit
	}
	return customBit
}

// textOf is the text that a pattern is matched with; false for kinds without one.
func textOf(b engine.Body) (string, bool) {
	switch b := b.(type) {
	case engine.Message:
		return b.Text, true
	case engine.Edited:
		return b.Text, true
	case engine.TopicSet:
		return b.Text, true
	case engine.Notice:
		return b.Text, true
	case engine.Contacted:
		return b.Text, true
	}
	return "", false
}

// CheckKind refuses, with code Invalid, what is neither a kind of the engine nor a
// name a script may use for an event of its own. A name that looks like a slip of
// one of ours is refused, unless it has a mark other than letters in it.
func CheckKind(k engine.Kind) error {
	if kindBits[k] != 0 {
		return nil
	}
	return CheckOwnKind(k)
}

// CheckOwnKind is CheckKind for those who emit: the engine's kinds are not theirs.
func CheckOwnKind(k engine.Kind) error {
	name := string(k)
	if len(name) > maxName {
		return engine.Errorf(engine.Invalid, "the name of an event is longer than %d bytes", maxName)
	}
	switch hint := nearest.Hint(name, kindNames); {
	case name == "":
		return engine.Errorf(engine.Invalid, "no event kind given")
	case engine.IsKind(k):
		return engine.Errorf(engine.Invalid, `%q is the engine's own; give your event another name, such as "%s.mine"`, name, name)
	case hint != "" && !strings.ContainsAny(name, ".:/_-"):
		return engine.Errorf(engine.Invalid, `no event kind %q%s (for an event of your own write a name with a dot, such as "%s.done")`, name, hint, name)
	}
	return nil
}
