package adaptertest

import (
	"fmt"
	"slices"
	"time"

	"botd/engine"
)

// deed is an action to try, and the capability it shows.
type deed struct {
	name string
	need engine.Capability
	make func(*stage) engine.Action
	// some: networks with the capability may still lack this; they answer Unsupported.
	some bool
	// moves: it is about which rooms the session is in. The supervisor does that where
	// a session has one room.
	moves bool
}

// deeds has at least one for each action and capability.
var deeds = []deed{
	{name: "say", need: engine.CapSay, make: func(s *stage) engine.Action {
		return engine.Say{Room: s.room, Text: "hello"}
	}},
	{name: "reply", need: engine.CapReply, make: func(s *stage) engine.Action {
		return engine.Say{Room: s.room, Text: "hello you", ReplyTo: s.theirs()}
	}},
	{name: "whisper", need: engine.CapWhisper, make: func(s *stage) engine.Action {
		return engine.Whisper{Room: s.room, User: s.ann.Ref(), Text: "psst"}
	}},
	{name: "emote", need: engine.CapEmote, make: func(s *stage) engine.Action {
		return engine.Emote{Room: s.room, Text: "waves"}
	}},
	{name: "edit", need: engine.CapEdit, make: func(s *stage) engine.Action {
		return engine.Edit{Room: s.room, Message: s.ours(), Text: "a better line"}
	}},
	{name: "edit by appending", need: engine.CapEdit, some: true, make: func(s *stage) engine.Action {
		return engine.Edit{Room: s.room, Message: s.ours(), Text: ", and more", Append: true}
	}},
	{name: "delete", need: engine.CapDelete, make: func(s *stage) engine.Action {
		return engine.Delete{Room: s.room, Message: s.theirs(), Author: s.ann.Ref(), Reason: "testing"}
	}},
	{name: "delete own", need: engine.CapDeleteOwn, make: func(s *stage) engine.Action {
		return engine.Delete{Room: s.room, Message: s.ours(), Own: true}
	}},
	{name: "react", need: engine.CapReact, make: func(s *stage) engine.Action {
		return engine.React{Room: s.room, Message: s.theirs(), Emoji: "👍"}
	}},
	{name: "react and remove", need: engine.CapReact, make: func(s *stage) engine.Action {
		a := engine.React{Room: s.room, Message: s.theirs(), Emoji: "👍"}
		s.first(a)
		a.Remove = true
		return a
	}},
	{name: "kick", need: engine.CapKick, make: func(s *stage) engine.Action {
		return engine.Kick{Room: s.room, User: s.ann.Ref(), Reason: "testing"}
	}},
	{name: "ban", need: engine.CapBan, make: func(s *stage) engine.Action {
		return engine.Ban{Room: s.room, User: s.ann.Ref(), Reason: "testing"}
	}},
	{name: "ban for a time", need: engine.CapBan, some: true, make: func(s *stage) engine.Action {
		return engine.Ban{Room: s.room, User: s.ann.Ref(), Length: time.Hour}
	}},
	{name: "ban by address", need: engine.CapBanAddress, make: func(s *stage) engine.Action {
		return engine.Ban{Room: s.room, User: s.ann.Ref(), Address: true}
	}},
	{name: "unban", need: engine.CapUnban, make: func(s *stage) engine.Action {
		s.firstIf(engine.CapBan, engine.Ban{Room: s.room, User: s.ann.Ref()})
		return engine.Unban{Room: s.room, User: s.ann.Ref()}
	}},
	{name: "timeout", need: engine.CapTimeout, make: func(s *stage) engine.Action {
		return engine.TimeOut{Room: s.room, User: s.ann.Ref(), Length: time.Minute, Reason: "testing"}
	}},
	{name: "mute", need: engine.CapMute, make: func(s *stage) engine.Action {
		return engine.Mute{Room: s.room, User: s.ann.Ref(), Reason: "testing"}
	}},
	{name: "unmute", need: engine.CapUnmute, make: func(s *stage) engine.Action {
		s.firstIf(engine.CapMute, engine.Mute{Room: s.room, User: s.ann.Ref()})
		return engine.Unmute{Room: s.room, User: s.ann.Ref()}
	}},
	{name: "set role", need: engine.CapRole, make: func(s *stage) engine.Action {
		return engine.SetRole{Room: s.room, User: s.ann.Ref(), Role: engine.Moderator}
	}},
	{name: "set role and revoke", need: engine.CapRole, make: func(s *stage) engine.Action {
		a := engine.SetRole{Room: s.room, User: s.ann.Ref(), Role: engine.Moderator}
		s.first(a)
		a.Revoke = true
		return a
	}},
	{name: "set topic", need: engine.CapTopic, make: func(s *stage) engine.Action {
		return engine.SetTopic{Room: s.room, Text: "all about tests"}
	}},
	{name: "slow", need: engine.CapSlow, make: func(s *stage) engine.Action {
		return engine.Slow{Room: s.room, Interval: 30 * time.Second}
	}},
	{name: "subscribers only", need: engine.CapSubscribersOnly, make: func(s *stage) engine.Action {
		return engine.SubscribersOnly{Room: s.room, On: true}
	}},
	{name: "lock", need: engine.CapLock, make: func(s *stage) engine.Action {
		return engine.Lock{Room: s.room, On: true}
	}},
	{name: "clear", need: engine.CapClear, make: func(s *stage) engine.Action {
		return engine.Clear{Room: s.room}
	}},
	{name: "invite", need: engine.CapInvite, make: func(s *stage) engine.Action {
		return engine.Invite{Room: s.room, User: s.ann.Ref()}
	}},
	{name: "invite to a room", need: engine.CapInvite, some: true, make: func(s *stage) engine.Action {
		return engine.Invite{Room: s.room, User: s.ann.Ref(), To: s.other}
	}},
	{name: "join", need: engine.CapJoin, moves: true, make: func(s *stage) engine.Action {
		return engine.Join{Room: s.other}
	}},
	{name: "leave", need: engine.CapLeave, moves: true, make: func(s *stage) engine.Action {
		return engine.Leave{Room: s.room}
	}},
	{name: "move", need: engine.CapMove, moves: true, make: func(s *stage) engine.Action {
		return engine.Move{Room: s.room, To: s.other}
	}},
	{name: "move a user", need: engine.CapMove, some: true, make: func(s *stage) engine.Action {
		return engine.Move{Room: s.room, User: s.ann.Ref(), To: s.other}
	}},
	{name: "rename", need: engine.CapRename, make: func(s *stage) engine.Action {
		return engine.Rename{Room: s.room, Name: "botd2"}
	}},
	{name: "list users", need: engine.CapUsers, make: func(s *stage) engine.Action {
		return engine.ListUsers{Room: s.room}
	}},
	{name: "user info", need: engine.CapUserInfo, make: func(s *stage) engine.Action {
		return engine.UserInfo{Room: s.room, User: s.ann.Ref()}
	}},
	{name: "open poll", need: engine.CapPoll, make: func(s *stage) engine.Action {
		return engine.OpenPoll{Room: s.room, Question: "Tea?", Options: []string{"yes", "no"}}
	}},
	{name: "vote in poll", need: engine.CapPoll, some: true, make: func(s *stage) engine.Action {
		return s.poll(engine.SetPoll{Verb: "vote", Option: 2})
	}},
	{name: "pause poll", need: engine.CapPoll, some: true, make: func(s *stage) engine.Action {
		return s.poll(engine.SetPoll{Verb: "pause"})
	}},
	{name: "resume poll", need: engine.CapPoll, some: true, make: func(s *stage) engine.Action {
		a := s.poll(engine.SetPoll{Verb: "pause"})
		s.first(a)
		a.Verb = "resume"
		return a
	}},
	{name: "end poll", need: engine.CapPoll, make: func(s *stage) engine.Action {
		return s.poll(engine.SetPoll{Verb: "end"})
	}},
	{name: "open raffle", need: engine.CapRaffle, make: func(s *stage) engine.Action {
		return engine.OpenRaffle{Room: s.room, Prize: "a hat", Keyword: "!hat"}
	}},
	{name: "pause raffle", need: engine.CapRaffle, some: true, make: func(s *stage) engine.Action {
		return s.raffle(engine.SetRaffle{Verb: "pause"})
	}},
	{name: "end raffle", need: engine.CapRaffle, make: func(s *stage) engine.Action {
		return s.raffle(engine.SetRaffle{Verb: "end"})
	}},
	{name: "draw raffle", need: engine.CapRaffle, make: func(s *stage) engine.Action {
		a := s.raffle(engine.SetRaffle{Verb: "draw"})
		if !s.dry {
			s.ann.Say("!hat")
		}
		return a
	}},
	{name: "clean up raffle", need: engine.CapRaffle, some: true, make: func(s *stage) engine.Action {
		return s.raffle(engine.SetRaffle{Verb: "cleanup"})
	}},
	{name: "send file", need: engine.CapFile, make: func(s *stage) engine.Action {
		return engine.SendFile{Room: s.room, Path: "hello.txt"}
	}},
	{name: "receive file", need: engine.CapFile, make: func(s *stage) engine.Action {
		return engine.ReceiveFile{Room: s.room, File: "1"} // Prepare offers one
	}},
	{name: "emoji", need: engine.CapEmoji, make: func(s *stage) engine.Action {
		return engine.Emoji{Room: s.room, Names: []string{"yay", "nosuchemoji"}}
	}},
	{name: "search emoji", need: engine.CapEmoji, make: func(s *stage) engine.Action {
		return engine.SearchEmoji{Room: s.room, Term: "yay"}
	}},
	{name: "call", need: engine.CapCall, make: func(s *stage) engine.Action {
		return engine.Call{Room: s.room, Name: "help"} // Prepare knows better
	}},
}

// stage is what an action plays on: a room with the bot and ann in it.
type stage struct {
	*rig
	life  *life
	ann   User
	other engine.RoomID // the simulator's second room
	// dry: the action will be refused, so nothing has to be there for it.
	dry bool
}

// first does something that has to be done before.
func (s *stage) first(a engine.Action) engine.Receipt {
	s.Helper()
	if s.dry {
		return engine.Receipt{Message: "1"}
	}
	rc := s.do(s.sim.Prepare(a)).expect(s.rig)
	time.Sleep(time.Second) // until its events are here
	return rc
}

// firstIf does a only where the session can; elsewhere Prepare has to see to it.
func (s *stage) firstIf(c engine.Capability, a engine.Action) {
	s.Helper()
	if !s.dry && s.session.Caps(s.room).Can.Has(c) {
		s.first(a)
	}
}

// ours is the ID of a message the bot has just said.
func (s *stage) ours() engine.MessageID {
	s.Helper()
	return s.first(engine.Say{Room: s.room, Text: "a line"}).Message
}

// theirs is the ID of a message ann has just said.
func (s *stage) theirs() engine.MessageID {
	s.Helper()
	if s.dry {
		return "1"
	}
	s.ann.Say("look at me")
	ev := s.await("message of ann", s.life, func(ev engine.Event) bool {
		return kind[engine.Message](s.room)(ev) && sameUser(ev.User, s.ann.Ref())
	})
	return ev.Body.(engine.Message).ID
}

// poll opens one for a, which gets its ID if there was an event that told it.
func (s *stage) poll(a engine.SetPoll) engine.SetPoll {
	s.Helper()
	a.Room = s.room
	s.first(engine.OpenPoll{Room: s.room, Question: "Tea?", Options: []string{"yes", "no"}})
	if ev, ok := s.log.find(kind[engine.PollChanged](s.room)); ok {
		a.Poll = ev.Body.(engine.PollChanged).Poll
	}
	return a
}

func (s *stage) raffle(a engine.SetRaffle) engine.SetRaffle {
	s.Helper()
	a.Room = s.room
	s.first(engine.OpenRaffle{Room: s.room, Prize: "a hat", Keyword: "!hat"})
	if ev, ok := s.log.find(kind[engine.RaffleChanged](s.room)); ok {
		a.Raffle = ev.Body.(engine.RaffleChanged).Raffle
	}
	return a
}

// test tries the deed: it works where the session has the capability, and is refused
// without a request where it has not.
func (d deed) test(r *rig) {
	if d.moves && r.adapter.PerRoom {
		r.Log("not applicable: a session has one room, the supervisor moves")
		return
	}
	s := &stage{rig: r, ann: r.sim.Enter(r.room, "ann"), other: r.sim.Rooms()[1]}
	s.life = r.login()
	switch {
	case r.session.Caps(r.room).Can.Has(d.need):
		d.works(s)
	case d.need == engine.CapReply:
		// Without replies the text is said all the same.
		r.checkSays(s.life, engine.TextOf(d.make(s)))
	default:
		d.refused(s)
	}
	s.life.stop()
}

func (d deed) works(s *stage) {
	s.Helper()
	a := s.sim.Prepare(d.make(s))
	if a.Needs() != d.need && d.need != engine.CapReply {
		s.Fatalf("Prepare returned an action that needs %s instead of %s: %+v", a.Needs(), d.need, a)
	}
	o := s.do(a)
	if rc := o.receipt(s.rig); d.some && engine.CodeOf(rc.Error()) == engine.Unsupported {
		s.Logf("not applicable: this network can %s, but not %s", d.need, d.name)
		return
	}
	rc := o.expect(s.rig)
	s.eventually(fmt.Sprintf("%s in the simulator: %+v", d.name, a), func() bool { return s.sim.Saw(a) })
	s.checkAnswer(a, rc)
	if _, left := a.(engine.Leave); !left {
		s.life.alive()
	}
}

// checkAnswer looks at receipts that carry what was asked for.
func (s *stage) checkAnswer(a engine.Action, rc engine.Receipt) {
	s.Helper()
	isAnn := func(u engine.User) bool { return sameUser(u, s.ann.Ref()) }
	switch a.(type) {
	case engine.ListUsers, engine.UserInfo:
		if !slices.ContainsFunc(rc.Users, isAnn) {
			s.Errorf("%+v is not in the answer: %+v", s.ann.Ref(), rc.Users)
		}
	case engine.Emoji:
		found, _ := rc.Answer.(map[string]any)
		if url, _ := found["yay"].(string); len(found) != 1 || url == "" {
			s.Errorf("the answer is %v, want a URL for yay alone", rc.Answer)
		}
	case engine.SearchEmoji:
		if found, _ := rc.Answer.([]any); !slices.Contains(found, any("yay")) {
			s.Errorf("the answer is %v, want a list with yay", rc.Answer)
		}
	}
}

// refused expects Unsupported, or Denied where another account of the network could.
func (d deed) refused(s *stage) {
	s.Helper()
	s.dry = true
	codes := []engine.Code{engine.Unsupported}
	if s.adapter.Caps.Can.Has(d.need) {
		codes = append(codes, engine.Denied)
	}
	s.Logf("without the capability %s", d.need)
	s.refusesWith(d.make(s), codes...)
	s.life.alive()
}
