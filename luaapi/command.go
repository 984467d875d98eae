package luaapi

import (
	"botd/engine/dispatch"
	"botd/engine/script"
)

type commandShortArgs struct {
	Name string      `lua:"name"`                                   // without the prefix
	Fn   script.Func `lua:"fn" type:"fun(ev: event, rest: string)"` // is called with the event and the rest of the line
}

// botCommandShort calls a function for lines such as "!name rest of the line".
func botCommandShort(c *script.Call, a commandShortArgs) *subscription {
	return commandSpec{Names: script.List[string]{a.Name}, Run: a.Fn}.add(c)
}

type commandArgs struct {
	Spec commandSpec `lua:"spec"`
}

// commandSpec describes a command in full.
type commandSpec struct {
	Names     script.List[string] `lua:"name,first"`                              // its name without the prefix, or a list of names
	Help      string              `lua:"help,optional"`                           // one line for people
	Aliases   script.List[string] `lua:"aliases,optional"`                        // more names
	Rooms     script.List[string] `lua:"rooms,optional"`                          // only in these rooms: patterns such as "hc/*"
	Platforms script.List[string] `lua:"platforms,optional"`                      // only on these networks
	Roles     script.List[string] `lua:"roles,optional"`                          // only for who has any of these, or one above
	Run       script.Func         `lua:"run" type:"fun(ev: event, rest: string)"` // is called with the event and the rest of the line
}

// botCommand makes a command that is described in full.
func botCommand(c *script.Call, a commandArgs) *subscription { return a.Spec.add(c) }

func (d commandSpec) add(c *script.Call) *subscription {
	s := &subscription{command: &commandInfo{Names: append(append([]string(nil), d.Names...), d.Aliases...), Help: d.Help}}
	s.add(c, dispatch.Sub{
		Commands: s.command.Names,
		Filter:   dispatch.Filter{Rooms: d.Rooms, Platforms: d.Platforms, Roles: d.Roles},
	}, d.Run, false)
	list := commandsOf(c)
	*list = append(*list, s)
	return s
}

// commandInfo describes a command.
type commandInfo struct {
	Names []string `lua:"names"` // without the prefix; the first is its name
	Help  string   `lua:"help"`  // one line for people, or ""
}

// commandsKey is where a VM keeps the commands of its script, in the order of their
// making.
type commandsKey struct{}

func commandsOf(c *script.Call) *[]*subscription {
	return c.Keep(commandsKey{}, func() any { return new([]*subscription) }).(*[]*subscription)
}

// botCommands lists the commands of this script, for those who write a help.
func botCommands(c *script.Call, _ script.None) []commandInfo {
	out := []commandInfo{}
	for _, s := range *commandsOf(c) {
		out = append(out, *s.command)
	}
	return out
}
