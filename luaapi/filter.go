package luaapi

import (
	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

type screenArgs struct {
	Spec screenSpec `lua:"spec"`
}

// screenSpec describes a filter of messages.
type screenSpec struct {
	Priority int                 `lua:"priority,optional"`                  // those with more are asked first; 0 if not given
	Rooms    script.List[string] `lua:"rooms,optional"`                     // only in these rooms: patterns such as "hc/*"
	Fail     failure             `lua:"fail,optional"`                      // what happens to a message it fails to decide about: open (if not given) lets it go on, closed drops it
	Run      script.Func         `lua:"run" type:"fun(ev: event): string?"` // is called with the message; returns "pass", "drop" or a new text
}

// failure says what a filter does that cannot decide.
type failure string

func (failure) Values() []string { return []string{"open", "closed"} }

// botFilter looks at each message before anybody gets it: before commands, handlers, open
// questions, votes and entries to raffles, of all scripts. The function returns "drop" and
// nobody gets the message, or a text and everybody gets that in place of what was said, which
// is in ev.original then (else that is empty); "pass", or nothing, lets it go on as it is. Filters are asked about what others say,
// in rooms and in private, command lines too; not about history, changes of messages and what the bot says.
// room:history() and the log of the network have what was said.
//
// Filters with a higher priority are asked first; among equal ones those of scripts whose
// name comes first, and then those that were added first. Each gets the text as the one
// before left it. While a filter decides, what happens in the room waits and keeps its order;
// other rooms do not wait. It may take 5 seconds, waits included, and everybody waits for it, so
// what takes long belongs into bot.spawn. It cannot wait for somebody in the room to say
// something. If it raises an error, returns something else, hits a limit, takes too long or its script
// is reloaded, unloaded or suspended while it decides, fail says what happens; and so for the older half
// of 4,096 events that wait in one room. After a crash a message may be looked at twice. botd why tells
// which filter dropped or changed what.
//
//	bot.filter{ priority = 10, run = function(ev)
//	  if ev.text:find("buy gold") then return "drop" end
//	  if ev.text == ev.text:upper() then return ev.text:lower() end
//	end }
//	bot.on("message", function(ev) log.info(ev.text .. (ev.original ~= "" and " was " .. ev.original or "")) end)
//	bot.command("ping", function(ev) ev:reply("pong") end)
//	-- ann: hello
//	-- log: hello
//	-- eve: buy gold!
//	-- bob: !PING
//	-- botd: pong
//	-- log: !ping was !PING
func botFilter(c *script.Call, a screenArgs) (*subscription, error) {
	if err := c.Door().Filters(c.Origin()); err != nil {
		return nil, err
	}
	s := &subscription{}
	s.add(c, dispatch.Sub{
		Kind: engine.Message{}.Kind(), Filter: dispatch.Filter{Rooms: a.Spec.Rooms},
		Screen: &dispatch.Screen{Priority: a.Spec.Priority, Closed: a.Spec.Fail == "closed"},
	}, a.Spec.Run, false)
	return s, nil
}
