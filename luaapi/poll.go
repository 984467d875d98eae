package luaapi

import (
	"slices"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/script"
)

// contest is a poll or a raffle of this script.
type contest struct {
	info script.ContestInfo // as of its making: only what never changes is read from it
}

// Keeps implements [script.Keeper].
func (p *contest) Keeps(func(script.Value)) int { return 512 + 64*len(p.info.Options) }

// ask carries out a request about it.
func (p *contest) ask(c *script.Call, r script.ContestRequest) (script.ContestInfo, error) {
	r.ID, r.Raffle = p.info.ID, p.info.Raffle
	a := c.Contest(r)
	if a.Err != nil || len(a.Contests) == 0 {
		return script.ContestInfo{}, a.Err
	}
	return a.Contests[0], nil
}

// verb carries out a request that returns nothing.
func (p *contest) verb(c *script.Call, op script.ContestOp) (script.OK, error) {
	_, err := p.ask(c, script.ContestRequest{Op: op})
	return script.OK{}, err
}

// pollObject is a poll.
type pollObject struct{ contest }

var pollClass = script.Class[*pollObject]{
	Name:   "poll",
	String: func(p *pollObject) string { return p.info.ID },
	Equal:  func(a, b *pollObject) bool { return a.info.ID == b.info.ID && a.info.Room == b.info.Room },
	Members: []script.Member{
		script.Prop("id", pollID), script.Prop("question", pollQuestion), script.Prop("options", pollOptions), script.Prop("room", pollRoom),
		script.Prop("native", pollNative), script.Prop("tag", pollTag), script.Live("status", pollStatus),
		script.Method("wait", pollWait), script.Method("vote", pollVote), script.Method("results", pollResults).Reads(),
		script.Method("pause", pollPause), script.Method("resume", pollResume), script.Method("close", pollClose), script.Method("cancel", pollCancel),
	},
}

// pollID is the id that the events of the poll have: ev.poll.
func pollID(p *pollObject) string { return p.info.ID }

// pollQuestion is what is asked.
func pollQuestion(p *pollObject) string { return p.info.Question }

// pollOptions are what there is to choose from.
func pollOptions(p *pollObject) []string { return p.info.Options }

// pollRoom is where it takes place.
func pollRoom(p *pollObject) *room { return p.in() }

func (p *contest) in() *room { return &room{p.info.Session, p.info.Platform, p.info.Place} }

// pollNative tells that the network itself runs it.
func pollNative(p *pollObject) bool { return p.info.Native }

// pollTag is the letter that a vote begins with where several polls are open in the room, as
// in !vote b2.
func pollTag(p *pollObject) string { return p.info.Tag }

// pollStatus is "started", "paused", "ended" or "cancelled", as of now.
func pollStatus(c *script.Call, p *pollObject) string { return p.status(c) }

// status is how it stands, and how it was known last if nobody knows it any more.
func (p *contest) status(c *script.Call) string {
	info, err := p.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return p.info.Status
	}
	return info.Status
}

type pollMethod string

func (pollMethod) Values() []string { return []string{"plurality", "approval", "ranked"} }

type pollTie string

func (pollTie) Values() []string { return []string{"none", "random", "runoff"} }

type contestNative string

func (contestNative) Values() []string { return []string{"auto", "never"} }

type pollSpec struct {
	Question        string            `lua:"question"`
	Options         []string          `lua:"options"`                                                              // 2 to 20
	Duration        time.Duration     `lua:"duration,optional"`                                                    // until it is closed if not given
	Method          pollMethod        `lua:"method,optional"`                                                      // plurality (one option each) if not given; approval: any number of them; ranked: from best to worst, instant run-off
	Change          *bool             `lua:"change,optional"`                                                      // whether a later vote replaces an earlier one; true if not given, where the network does not run it itself
	Roles           []string          `lua:"roles,optional"`                                                       // who may vote: any of these; all may if not given
	SubscribersOnly bool              `lua:"subscribers_only,optional"`                                            //
	FollowersOnly   bool              `lua:"followers_only,optional"`                                              // only where the network runs it itself: in chat nobody can tell
	Weight          contestWeight     `lua:"weight,optional" type:"table<string, number>|fun(user: user): number"` // what a vote weighs: by role, the most of those a user has, or by a function; 1 if not given
	Quorum          int               `lua:"quorum,optional"`                                                      // how many must vote for anything to win
	Hidden          bool              `lua:"hidden,optional"`                                                      // no counts before the end
	Tie             pollTie           `lua:"tie,optional"`                                                         // none (nobody wins) if not given; random: a lot decides; runoff: those options are voted on again, for as long
	Announce        time.Duration     `lua:"announce,optional"`                                                    // how often the room is told how it stands; not at all if not given
	Native          contestNative     `lua:"native,optional"`                                                      // auto if not given: the network runs it where it can as it is wanted; never: in chat
	Quiet           bool              `lua:"quiet,optional"`                                                       // the script does all the talking, by the events of kind "poll"
	Texts           map[string]string `lua:"texts,optional"`                                                       // what is said in place of the usual, in another language perhaps; docs/polls.md lists them
}

// contestWeight is a table of weights by role, or a function.
type contestWeight struct {
	roles map[string]float64
	fn    script.Func
}

func (w *contestWeight) FromLua(c *script.Call, v script.Value) error {
	if fn, ok := v.AsFunc(); ok {
		w.fn = fn
		return nil
	}
	if !v.IsTable() {
		return script.Expected("a function or a table of roles and numbers", v)
	}
	return c.Decode(v, &w.roles)
}

type pollArgs struct {
	Spec pollSpec `lua:"spec"`
}

// roomPoll opens a poll. People vote by the number of an option, by !vote and the number, by
// its text, and where there are reactions by 1️⃣ on the message that opened it. Where
// the network has polls of its own (see native) they are used. Each vote is on the disk
// before it counts, and the poll goes on after a restart: a script that was reloaded finds
// it by bot.poll and in the events of kind "poll". A weight function is asked as long as
// the version of the script runs that opened the poll; later votes weigh 1: a table
// holds for good. Where the network knows no accounts one vote is counted for each name,
// and the result says so. What people may have typed, such as one option only, is an error with code
// "invalid", not a wrong call.
//
//	bot.command{ "lunch", roles = {"moderator"}, run = function(ev)
//	  local p = assert(ev.room:poll{ question = "Lunch?", options = {"soup", "salad"}, duration = "1m" })
//	  local result = p:wait()
//	  ev:reply(result.winner_text and result.winner_text .. " it is" or "no lunch")
//	end }
//	-- moderator mia: !lunch
//	-- botd: Poll: Lunch? 1) soup 2) salad. Say the number or !vote 1. Ends in 1m.
//	-- ann: 2
//	-- bob: salad
//	-- wait 1m
//	-- botd: Poll has ended: Lunch? salad wins; counted by name, which proves nothing (1) soup: 0, 2) salad: 2)
//	-- botd: salad it is
func roomPoll(c *script.Call, r *room, a pollArgs) (*pollObject, error) {
	s := a.Spec
	spec := script.ContestSpec{
		Poll: &poll.Spec{
			Question: s.Question, Options: s.Options, Length: s.Duration, Method: poll.Method(s.Method), Tie: poll.Tie(s.Tie),
			Quorum: s.Quorum, Hidden: s.Hidden, Announce: s.Announce,
		},
		Roles: s.Roles, SubscribersOnly: s.SubscribersOnly, FollowersOnly: s.FollowersOnly, Weights: s.Weight.roles, Weighed: !s.Weight.fn.IsZero(),
		InChat: s.Native == "never", Quiet: s.Quiet, Texts: s.Texts,
		Changes: s.Change != nil && *s.Change, Stands: s.Change != nil && !*s.Change,
	}
	if err := spec.Poll.Check(); err != nil {
		return nil, err
	}
	info, err := openContest(c, r, spec, s.Weight.fn)
	if err != nil {
		return nil, err
	}
	return &pollObject{contest{info}}, nil
}

// openContest opens a poll or raffle, and has the script weigh who takes part.
func openContest(c *script.Call, r *room, spec script.ContestSpec, weight script.Func) (script.ContestInfo, error) {
	for name := range spec.Texts {
		if !slices.Contains(script.ContestTexts, name) {
			c.BadArg("spec", "texts: %s", script.UnknownName("text", name, script.ContestTexts))
		}
	}
	if !c.Sees(r.session, r.room) {
		return script.ContestInfo{}, engine.Errorf(engine.Denied, "this script does not have the room %s", r.path())
	}
	a := c.Contest(script.ContestRequest{Op: script.ContestOpen, Room: r.path(), Raffle: spec.Raffle != nil, Spec: &spec})
	if a.Err != nil {
		return script.ContestInfo{}, a.Err
	}
	info := a.Contests[0]
	if spec.Weighed {
		loop := c.GoFunc(func(c *script.Call, _ []script.Value) { weigh(c, &contest{info}, weight) }, weight)
		if _, err := c.Spawn(false, loop); err != nil {
			return info, err
		}
	}
	return info, nil
}

// weigh has a function of the script weigh people until the contest is over.
func weigh(c *script.Call, p *contest, fn script.Func) {
	for {
		a := c.Contest(script.ContestRequest{Op: script.ContestWeigh, ID: p.info.ID, Raffle: p.info.Raffle})
		if a.Err != nil || len(a.Users) == 0 {
			return
		}
		for _, u := range a.Users {
			weight := 1.0
			results, err := c.Protected(fn, &user{u, p.info.Session, p.info.Platform, p.info.Place.ID})
			if err == nil && len(results) > 0 {
				if n, ok := results[0].AsNumber(); ok {
					weight = n
				}
			}
			if err != nil {
				c.Door().Log(c.Origin(), "error", "the weight function failed", map[string]any{"err": err.Error()})
			}
			_, _ = p.ask(c, script.ContestRequest{Op: script.ContestWeighed, User: u, Weight: weight})
		}
	}
}

// pollResult is the outcome of a poll, or how it stands.
type pollResult struct {
	Status     string        `lua:"status"`      // of the poll
	Options    []countedText `lua:"options"`     // in their order
	Winner     *int          `lua:"winner"`      // the number of the option that won; nil if none did
	WinnerText *string       `lua:"winner_text"` // its text
	Decided    string        `lua:"decided"`     // "votes", "lot", "tie", "quorum" (too few voted) or "none" (nobody voted); "" if it is hidden still
	First      []int         `lua:"first"`       // the options with the most votes, before a lot
	Voters     int           `lua:"voters"`
	Quorum     int           `lua:"quorum"`
	ByNick     int           `lua:"by_nick"`   // voters of whom the network tells nothing but a name
	Identity   string        `lua:"identity"`  // how voters were told apart: "account", "nick" or "mixed"
	Unweighed  int           `lua:"unweighed"` // votes that weigh 1 because the weight function did not answer
	Rounds     [][]float64   `lua:"rounds"`    // of a ranked poll: the votes of all options in each round
	Native     bool          `lua:"native"`
}

// countedText is an option with its votes.
type countedText struct {
	Text  string  `lua:"text"`
	Votes float64 `lua:"votes"`
	Label string  `lua:"label"` // as people see it: "1) soup", or its text if that is some other's number
}

func resultOf(i script.ContestInfo) pollResult {
	r := i.Result
	if r == nil {
		r = &poll.Result{Votes: make([]float64, len(i.Options))}
	}
	out := pollResult{
		Status: i.Status, Options: []countedText{}, Decided: string(r.Decided), First: r.First, Voters: r.Voters, Quorum: r.Quorum,
		ByNick: r.ByNick, Identity: i.Identity, Unweighed: i.Unweighed, Rounds: r.Rounds, Native: i.Native,
	}
	for n, text := range i.Options {
		out.Options = append(out.Options, countedText{text, r.Votes[n], poll.Label(i.Options, n+1)})
	}
	if r.Winner > 0 {
		out.Winner, out.WinnerText = &r.Winner, &i.Options[r.Winner-1]
	}
	return out
}

// pollWait waits for the end of the poll. It fails with "cancelled" if it was cancelled.
func pollWait(c *script.Call, p *pollObject, _ script.None) (pollResult, error) {
	info, err := p.ask(c, script.ContestRequest{Op: script.ContestWait})
	if err == nil && info.Status == "cancelled" {
		err = engine.Errorf(engine.Cancelled, "the poll was cancelled")
	}
	if err != nil {
		return pollResult{}, err
	}
	return resultOf(info), nil
}

// pollResults tells how it stands. While a hidden poll is open that is how many have voted.
func pollResults(c *script.Call, p *pollObject, _ script.None) (pollResult, error) {
	info, err := p.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return pollResult{}, err
	}
	return resultOf(info), nil
}

type voteArgs struct {
	User contestUser  `lua:"user"`                       // a user, or the name of one who is in the room
	N    script.Value `lua:"n" type:"integer|integer[]"` // the number of the option; a list where several may be chosen
}

// contestUser is somebody who is to take part.
type contestUser struct {
	user *user
	name string
}

func (u *contestUser) FromLua(_ *script.Call, v script.Value) error {
	if got, ok := v.Object().(*user); ok {
		u.user = got
		return nil
	}
	name, ok := v.AsString()
	if !ok || name == "" {
		return script.Expected("a user or a name", v)
	}
	u.name = name
	return nil
}

func (contestUser) LuaType() string { return "user|string" }

// in finds the user in the room.
func (u contestUser) in(c *script.Call, r *room) (engine.User, error) {
	if u.user != nil {
		return u.user.user, nil
	}
	found, err := roomUser(c, r, roomUserArgs{u.name})
	if err != nil {
		return engine.User{}, err
	}
	return found.user, nil
}

// pollVote votes on behalf of a user, as if they had said it: from a menu or a web page,
// perhaps. It returns once the vote is on the disk, and fails with "denied" if the user may
// not vote, with "conflict" if the poll is not open, or they have voted and cannot change that.
func pollVote(c *script.Call, p *pollObject, a voteArgs) (script.OK, error) {
	var choices []int
	if n, ok := a.N.AsNumber(); ok && n == float64(int(n)) {
		choices = []int{int(n)}
	} else if err := c.Decode(a.N, &choices); err != nil {
		c.BadArg("n", "expected the number of an option or a list of them")
	}
	u, err := a.User.in(c, p.in())
	if err == nil {
		_, err = p.ask(c, script.ContestRequest{Op: script.ContestVote, User: u, Choices: choices})
	}
	return script.OK{}, err
}

// pollPause takes no votes for a while; the clock stops too.
func pollPause(c *script.Call, p *pollObject, _ script.None) (script.OK, error) {
	return p.verb(c, script.ContestPause)
}

// pollResume lets it go on.
func pollResume(c *script.Call, p *pollObject, _ script.None) (script.OK, error) {
	return p.verb(c, script.ContestResume)
}

// pollClose ends it now.
func pollClose(c *script.Call, p *pollObject, _ script.None) (script.OK, error) {
	return p.verb(c, script.ContestClose)
}

// pollCancel ends it without a result.
func pollCancel(c *script.Call, p *pollObject, _ script.None) (script.OK, error) {
	return p.verb(c, script.ContestCancel)
}

type contestIDArgs struct {
	ID string `lua:"id"`
}

// botPoll finds a poll that this script has opened, also before a restart, by its id.
//
//	bot.on("poll", function(ev)
//	  local p = bot.poll(ev.poll)
//	  if p and p.status == "ended" then log.info(p.question .. " " .. p:results().decided) end
//	end)
//	bot.command("ask", function(ev) assert(ev.room:poll{question = "Tea?", options = {"yes", "no"}, duration = "1m", quiet = true}) end)
//	-- ann: !ask
//	-- ann: yes
//	-- wait 1m
//	-- log: Tea? votes
func botPoll(c *script.Call, a contestIDArgs) (*pollObject, error) {
	p := &pollObject{contest{script.ContestInfo{ID: a.ID}}}
	info, err := p.ask(c, script.ContestRequest{Op: script.ContestState})
	if err != nil {
		return nil, err
	}
	return &pollObject{contest{info}}, nil
}

// contestsOpts say which polls or raffles are listed.
type contestsOpts struct {
	Over bool `lua:"over,optional"` // also those that are over, of the last 30 days
}

type contestsArgs struct {
	Opts contestsOpts `lua:"opts,optional"`
}

// roomPolls lists the polls of this script that are open in the room, the oldest first.
//
//	bot.command("ask", function(ev) assert(ev.room:poll{question = "Tea?", options = {"yes", "no"}, quiet = true}) end)
//	bot.command("enough", function(ev)
//	  for _, p in ipairs(ev.room:polls()) do
//	    p:close()
//	    ev:reply(p.question .. " " .. (p:results().winner_text or "nothing"))
//	  end
//	end)
//	-- ann: !ask
//	-- bob: !vote 2
//	-- ann: !enough
//	-- botd: Tea? no
func roomPolls(c *script.Call, r *room, a contestsArgs) ([]*pollObject, error) {
	got := c.Contest(script.ContestRequest{Op: script.ContestList, Room: r.path(), Over: a.Opts.Over})
	out := make([]*pollObject, len(got.Contests))
	for i, info := range got.Contests {
		out[i] = &pollObject{contest{info}}
	}
	return out, got.Err
}
