package luaapi

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/raffle"
	"botd/engine/script"
)

// raffleObject is a raffle.
type raffleObject struct{ contest }

var raffleClass = script.Class[*raffleObject]{
	Name:   "raffle",
	String: func(r *raffleObject) string { return r.info.ID },
	Equal:  func(a, b *raffleObject) bool { return a.info.ID == b.info.ID && a.info.Room == b.info.Room },
	Members: []script.Member{
		script.Prop("id", raffleID), script.Prop("prize", rafflePrize), script.Prop("keyword", raffleKeyword), script.Prop("room", raffleRoom),
		script.Prop("native", raffleNative), script.Prop("commitment", raffleCommitment), script.Prop("answers", raffleAnswers),
		script.Live("status", raffleStatus), script.Live("entries", raffleEntries), script.Live("list_hash", raffleListHash),
		script.Method("wait", raffleWait), script.Method("winners", raffleWinners).Reads(), script.Method("proof", raffleProof).Reads(),
		script.Method("enter", raffleEnter), script.Method("draw", raffleDraw), script.Method("reroll", raffleReroll),
		script.Method("pause", rafflePause), script.Method("resume", raffleResume), script.Method("close", raffleClose),
		script.Method("hide", raffleHide), script.Method("cleanup", raffleCleanup), script.Method("cancel", raffleCancel),
	},
}

// raffleID is the id that the events of the raffle have: ev.raffle.
func raffleID(r *raffleObject) string { return r.info.ID }

// rafflePrize is what there is to win.
func rafflePrize(r *raffleObject) string { return r.info.Prize }

// raffleKeyword is what people say to enter.
func raffleKeyword(r *raffleObject) string { return r.info.Keyword }

// raffleAnswers are what who enters chooses from; {} if there is nothing to choose.
func raffleAnswers(r *raffleObject) []string { return r.info.Options }

// raffleRoom is where it takes place.
func raffleRoom(r *raffleObject) *room { return r.in() }

// raffleNative tells that the network itself runs it: then nothing proves the draw.
func raffleNative(r *raffleObject) bool { return r.info.Native }

// raffleCommitment is the SHA-256 of the seed of the draw, which is secret until the end;
// nil if the network draws.
func raffleCommitment(r *raffleObject) *string { return some(r.info.Commitment) }

// raffleStatus is "started", "paused", "ended" (closed, not all is drawn and claimed yet),
// "drawn", "hidden", "removed" or "cancelled", as of now.
func raffleStatus(c *script.Call, r *raffleObject) string { return r.status(c) }

// raffleEntries is how many have entered so far.
func raffleEntries(c *script.Call, r *raffleObject) int {
	info, _ := r.ask(c, script.ContestRequest{Op: script.ContestState})
	return info.Entries
}

// raffleListHash is the SHA-256 of the list of entries, once it is closed.
func raffleListHash(c *script.Call, r *raffleObject) *string {
	info, _ := r.ask(c, script.ContestRequest{Op: script.ContestState})
	return some(info.ListHash)
}

type raffleSpec struct {
	Prize           string            `lua:"prize"`
	Keyword         string            `lua:"keyword,optional"`                                                     // what people say to enter, !join if not given; with answers, the keyword and an answer or its number
	Duration        time.Duration     `lua:"duration,optional"`                                                    // until it is closed if not given
	Winners         int               `lua:"winners,optional"`                                                     // 1 if not given
	Question        string            `lua:"question,optional"`                                                    // for answers
	Answers         []string          `lua:"answers,optional"`                                                     // who enters chooses one; r:draw(n) draws among those with the right one
	Roles           []string          `lua:"roles,optional"`                                                       // who may enter: any of these; all may if not given
	SubscribersOnly bool              `lua:"subscribers_only,optional"`                                            //
	FollowersOnly   bool              `lua:"followers_only,optional"`                                              // only where the network runs it itself: in chat nobody can tell
	MinMessages     int               `lua:"min_messages,optional"`                                                // how many other lines one must have said in the room before it is closed
	Weight          contestWeight     `lua:"weight,optional" type:"table<string, number>|fun(user: user): number"` // chances: whole numbers from 1 to 1,000,000, by role (the most of those a user has) or by a function; 1 if not given
	Claim           time.Duration     `lua:"claim,optional"`                                                       // who is drawn has to say something within that time; need not if not given
	Reroll          *int              `lua:"reroll,optional"`                                                      // how often a prize that nobody claims is drawn again, 3 if not given
	ExcludeRecent   time.Duration     `lua:"exclude_recent,optional"`                                              // who has won in the room so lately may not enter
	Native          contestNative     `lua:"native,optional"`                                                      // auto if not given: the network runs it where it can as it is wanted, with no keyword of your own; never: in chat
	Quiet           bool              `lua:"quiet,optional"`                                                       // the script does all the talking, by the events of kind "raffle"
	Texts           map[string]string `lua:"texts,optional"`                                                       // what is said in place of the usual, in another language perhaps; docs/polls.md lists them
}

type raffleArgs struct {
	Spec raffleSpec `lua:"spec"`
}

// roomRaffle opens a raffle. Each entry is on the disk before it counts, and the raffle goes on
// after a restart, as a poll does. The room is told the commitment, which is the hash of a
// secret seed, when it opens, and the hash of the list of entries when it closes: so
// nobody can choose the winners, and botd verify or anybody's own program (docs/raffles.md) can
// draw again from the proof. Nobody wins twice.
//
//	bot.command{ "giveaway", args = "prize:rest", roles = {"moderator"}, run = function(ev, a)
//	  local r = assert(ev.room:raffle{ prize = a.prize, duration = "1m", quiet = true })
//	  ev:reply(#r.commitment)
//	  local winners, proof = r:wait()
//	  ev:reply(winners[1].name .. " wins; of " .. #proof.entries)
//	end }
//	-- moderator mia: !giveaway a cake
//	-- botd: 64
//	-- ann: !join
//	-- wait 1m
//	-- botd: ann wins; of 1
func roomRaffle(c *script.Call, r *room, a raffleArgs) (*raffleObject, error) {
	s := a.Spec
	spec := script.ContestSpec{
		Raffle: &raffle.Spec{
			Prize: s.Prize, Keyword: s.Keyword, Length: s.Duration, Winners: s.Winners, Question: s.Question, Answers: s.Answers,
			MinMessages: s.MinMessages, Claim: s.Claim, Reroll: 3, Exclude: s.ExcludeRecent,
		},
		Roles: s.Roles, SubscribersOnly: s.SubscribersOnly, FollowersOnly: s.FollowersOnly, Weights: s.Weight.roles, Weighed: !s.Weight.fn.IsZero(),
		InChat: s.Native == "never", Quiet: s.Quiet, Texts: s.Texts,
	}
	if s.Reroll != nil {
		spec.Raffle.Reroll = *s.Reroll
	}
	if err := spec.Raffle.Check(); err != nil {
		return nil, err
	}
	info, err := openContest(c, r, spec, s.Weight.fn)
	if err != nil {
		return nil, err
	}
	return &raffleObject{contest{info}}, nil
}

// raffleWait waits until all winners are drawn, and have claimed their prize if they have
// to. It returns the winners, and the proof of the draw as a table, nil if the network has
// drawn. A raffle with answers is drawn by r:draw. It fails with "cancelled" if it was
// cancelled.
func raffleWait(c *script.Call, r *raffleObject, _ script.None) (script.Values, error) {
	info, err := r.ask(c, script.ContestRequest{Op: script.ContestWait})
	if err == nil && info.Status == "cancelled" {
		err = engine.Errorf(engine.Cancelled, "the raffle was cancelled")
	}
	if err != nil {
		return nil, err
	}
	return script.Values{c.ToLua(usersIn(info.Winners, info.Session, info.Platform, info.Place.ID)), proofValue(c, info)}, nil
}

// proofValue is a proof as a table.
func proofValue(c *script.Call, info script.ContestInfo) script.Value {
	if info.Proof == nil {
		return script.Value{}
	}
	b, err := json.Marshal(info.Proof)
	if err != nil {
		return script.Value{}
	}
	c.Charge(len(b) / 16)
	v, err := jsonDecode(c, textArgs{string(b)})
	if err != nil {
		return script.Value{}
	}
	return v
}

// raffleWinners lists who has won so far.
func raffleWinners(c *script.Call, r *raffleObject, _ script.None) ([]*user, error) {
	info, err := r.ask(c, script.ContestRequest{Op: script.ContestState})
	return usersIn(info.Winners, info.Session, info.Platform, info.Place.ID), err
}

// raffleProof is the proof of a raffle that is drawn, as a table; nil before that, and if the
// network has drawn.
func raffleProof(c *script.Call, r *raffleObject, _ script.None) (script.Value, error) {
	info, err := r.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return script.Value{}, err
	}
	return proofValue(c, info), nil
}

type enterArgs struct {
	User   contestUser `lua:"user"`            // a user, or the name of one who is in the room
	Answer int         `lua:"answer,optional"` // the number of the answer, where there are answers
}

// raffleEnter has a user take part, as if they had said the keyword. It returns once that is
// on the disk, and fails with "denied" if they may not, with "conflict" if the raffle is not
// open.
func raffleEnter(c *script.Call, r *raffleObject, a enterArgs) (script.OK, error) {
	u, err := a.User.in(c, r.in())
	if err == nil {
		_, err = r.ask(c, script.ContestRequest{Op: script.ContestEnter, User: u, Answer: a.Answer})
	}
	return script.OK{}, err
}

type drawArgs struct {
	Answer int `lua:"answer,optional"` // the number of the right answer, where there are answers
}

// raffleDraw draws the winners, of a raffle that is not drawn yet, and closes it if it is open;
// of one that is drawn it draws one more winner.
func raffleDraw(c *script.Call, r *raffleObject, a drawArgs) (script.OK, error) {
	_, err := r.ask(c, script.ContestRequest{Op: script.ContestDraw, Answer: a.Answer})
	return script.OK{}, err
}

type rerollArgs struct {
	User contestUser `lua:"user"`         // one of the winners
	Why  string      `lua:"why,optional"` // stands in the proof
}

// raffleReroll takes the prize from a winner and draws another one.
func raffleReroll(c *script.Call, r *raffleObject, a rerollArgs) (script.OK, error) {
	info, err := r.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return script.OK{}, err
	}
	var u engine.User
	if a.User.user != nil {
		u = a.User.user.user
	} else {
		u, _ = named(slices.Concat(info.Winners, info.Claiming), strings.TrimPrefix(a.User.name, "@")) // who has left the room can be named too
	}
	if u.Name == "" && u.ID == "" {
		if u, err = a.User.in(c, r.in()); err != nil {
			return script.OK{}, err
		}
	}
	_, err = r.ask(c, script.ContestRequest{Op: script.ContestReroll, User: u, Why: a.Why})
	return script.OK{}, err
}

// rafflePause takes no entries for a while; the clock stops too.
func rafflePause(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestPause)
}

// raffleResume lets it go on.
func raffleResume(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestResume)
}

// raffleClose takes no more entries, and draws unless there are answers.
func raffleClose(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestClose)
}

// raffleHide takes it out of sight, where the network shows it.
func raffleHide(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestHide)
}

// raffleCleanup removes it.
func raffleCleanup(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestCleanup)
}

// raffleCancel ends it without winners.
func raffleCancel(c *script.Call, r *raffleObject, _ script.None) (script.OK, error) {
	return r.verb(c, script.ContestCancel)
}

// botRaffle finds a raffle that this script has opened, also before a restart, by its id.
//
//	bot.on("raffle", function(ev)
//	  local r = ev.status == "drawn" and bot.raffle(ev.raffle)
//	  if r then log.info(r:winners()[1].name .. " has won " .. r.prize) end
//	end)
//	bot.command("cake", function(ev) assert(ev.room:raffle{prize = "a cake", duration = "1m", quiet = true}) end)
//	-- ann: !cake
//	-- bob: !join
//	-- wait 1m
//	-- log: bob has won a cake
func botRaffle(c *script.Call, a contestIDArgs) (*raffleObject, error) {
	r := &raffleObject{contest{script.ContestInfo{ID: a.ID, Raffle: true}}}
	info, err := r.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return nil, err
	}
	return &raffleObject{contest{info}}, nil
}

// roomRaffles lists the raffles of this script that are not drawn yet in the room, the oldest first.
//
//	bot.command("cake", function(ev) assert(ev.room:raffle{prize = "a cake", keyword = "cake!", quiet = true}) end)
//	bot.command("draw", function(ev)
//	  for _, r in ipairs(ev.room:raffles()) do
//	    assert(r:close())
//	    ev:reply(r:winners()[1]:mention() .. " gets " .. r.prize)
//	  end
//	end)
//	-- ann: !cake
//	-- bob: Cake!
//	-- ann: !draw
//	-- botd: @bob gets a cake
func roomRaffles(c *script.Call, r *room, a contestsArgs) ([]*raffleObject, error) {
	got := c.Contest(script.ContestRequest{Op: script.ContestList, Room: r.path(), Raffle: true, Over: a.Opts.Over})
	out := make([]*raffleObject, len(got.Contests))
	for i, info := range got.Contests {
		out[i] = &raffleObject{contest{info}}
	}
	return out, got.Err
}
