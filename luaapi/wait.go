package luaapi

import (
	"slices"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/script"
)

type roomWaitArgs struct {
	Kind    kinds         `lua:"kind"`                                         // the kind of event, or a list of kinds
	Pred    script.Func   `lua:"pred,optional" type:"fun(ev: event): boolean"` // is called with each event; the first it accepts ends the wait
	Timeout time.Duration `lua:"timeout,optional"`                             // how long to wait; without end if not given
}

// roomWait waits for the next event in the room. It fails with "timeout", or with
// "cancelled" when the bot is no longer in the room for good.
//
//	bot.command("knock", function(ev)
//	  ev:reply("who is there?")
//	  local answer, err = ev.room:wait("message", function(e) return e.user == ev.user end, "1m")
//	  ev:reply(answer and answer.text .. " who?" or "nobody: " .. err.message)
//	end)
//	-- ann: !knock
//	-- botd: who is there?
//	-- bob: me
//	-- ann: lettuce
//	-- botd: lettuce who?
//	-- ann: !knock
//	-- botd: who is there?
//	-- wait 1m
//	-- botd: nobody: nothing came within 1m0s
func roomWait(c *script.Call, r *room, a roomWaitArgs) (*event, error) {
	here := dispatch.Filter{Rooms: []string{string(r.path())}}
	var subs []dispatch.Sub
	for _, k := range a.Kind {
		subs = append(subs, dispatch.Sub{Kind: k, Filter: here})
	}
	subs = append(subs, dispatch.Sub{Kind: engine.Disconnected{}.Kind()})
	asked := func(ev *engine.Event) bool {
		return slices.Contains(a.Kind, ev.Kind()) && ev.Session == r.session && ev.Room.ID == r.room.ID
	}
	ev, err := c.NextEvent(subs, func(c *script.Call, d *event) bool {
		switch {
		case !asked(d.Event):
			return r.goneWith(d.Event)
		case a.Pred.IsZero():
			return true
		}
		ok := c.Call(a.Pred, d)
		return len(ok) > 0 && ok[0].Truthy()
	}, a.Timeout)
	if err == nil && !asked(ev.Event) {
		return nil, engine.Errorf(engine.Cancelled, "the bot is no longer in %s", r.path())
	}
	return ev, err
}

// goneWith reports whether the event is the end of the bot's stay in the room, and not
// only of a connection.
func (r *room) goneWith(ev *engine.Event) bool {
	off, ok := ev.Body.(engine.Disconnected)
	return ok && off.Retry == 0 && ev.Session == r.session && (ev.Room.ID == "" || ev.Room.ID == r.room.ID)
}
