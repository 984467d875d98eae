package contest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/poll"
	"botd/engine/script"
)

func TestVotesInChat(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		r.expect("Poll: Lunch? 1) soup 2) green salad 3) nothing. Say the number or !vote 1. Ends in 1m.")
		r.says("ann", "2")
		r.says("bob", "!vote 1")
		r.says("eve", "Green  Salad")
		r.says("mia", "2 of them")
		r.says("mia", "7")
		r.says("bob", "!vote 3")
		r.happens(engine.User{Name: "robot", IsBot: true}, engine.Message{Text: "1"})
		r.happens(person("zoe"), engine.Message{Text: "1", Emote: true})
		if got := r.state(p).Result.Votes; !slices.Equal(got, []float64{0, 2, 1}) {
			t.Errorf("votes %v", got)
		}
		r.expect()
		r.says("mia", "!vote 7")
		r.says("mia", "!vote")
		r.expect("mia: there is no option 7; there are 1, 2, 3", "mia: say the number of an option, or its text")
		pass(time.Minute)
		r.expect("Poll has ended: Lunch? green salad wins (1) soup: 0, 2) green salad: 2, 3) nothing: 1)")
		if r.says("zoe", "1"); r.state(p).Result.Voters != 3 {
			t.Error("a vote after the end")
		}
		last := r.told()[len(r.told())-1]
		if b := last.Body.(engine.PollChanged); b.Status != "ended" || b.Options[1].Votes != 2 || last.Extra["winner"] != 2.0 || b.Poll != p.ID {
			t.Errorf("%+v %v", b, last.Extra)
		}
	})
}

func TestSeveralPolls(t *testing.T) {
	run(t, func(r *rig) {
		a := r.open(lunch())
		s := script.ContestSpec{Poll: &poll.Spec{Question: "Tea?", Options: []string{"yes", "no"}}}
		b := r.open(s)
		r.says("ann", "1") // the newer one
		r.says("ann", "soup")
		r.says("bob", "a3")
		r.says("bob", "!vote b 2")
		if got := r.state(a).Result.Votes; !slices.Equal(got, []float64{1, 0, 1}) {
			t.Errorf("first: %v", got)
		}
		if got := r.state(b).Result.Votes; !slices.Equal(got, []float64{1, 1}) {
			t.Errorf("second: %v", got)
		}
		if said := r.said(); !strings.Contains(said[1], "Poll B: Tea?") || !strings.Contains(said[1], "!vote b1") {
			t.Errorf("%q", said)
		}
		if a := r.ask(script.ContestRequest{Op: script.ContestList, Room: here}); len(a.Contests) != 2 {
			t.Errorf("%+v", a)
		}
		r.verb(b, script.ContestCancel)
		if a := r.ask(script.ContestRequest{Op: script.ContestList}); len(a.Contests) != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// Where the text of an option is the number of another, nobody says a number and means that.
func TestOptionsThatAreNumbers(t *testing.T) {
	run(t, func(r *rig) {
		numbers := []string{"2", "1", "10"}
		p := r.open(script.ContestSpec{Poll: &poll.Spec{Question: "How many?", Options: numbers, Method: poll.Approval}})
		r.expect("Poll: How many? 2 | 1 | 10. Say all numbers you like, as in !vote 2, 1.")
		r.says("ann", "1")
		r.says("bob", "1 10")
		r.says("eve", "!vote 10, 2")
		r.says("mia", "!vote 3")
		r.expect("mia: there is no option 3; there are 2, 1, 10")
		r.verb(p, script.ContestClose)
		r.expect("Poll has ended: How many? a tie between 1, 10 (2: 1, 1: 2, 10: 2)")
		f := cake()
		f.Raffle.Answers = numbers
		r.open(f)
		r.said()
		r.says("ann", "!join 1")
		r.says("bob", "!join 3")
		r.expect("bob: write !join and the answer, or its number: 2 | 1 | 10")
	})
}

// A poll that rests takes no votes from one that does not.
func TestVoteBesideOneThatRests(t *testing.T) {
	run(t, func(r *rig) {
		a := r.open(lunch())
		b := r.open(script.ContestSpec{Poll: &poll.Spec{Question: "Tea?", Options: []string{"yes", "no"}}})
		r.verb(b, script.ContestPause)
		r.said()
		r.says("ann", "1")
		if got := r.state(a).Result.Votes; !slices.Equal(got, []float64{1, 0, 0}) {
			t.Errorf("votes %v", got)
		}
		r.says("ann", "!vote b 1")
		r.says("ann", "!vote yes")
		r.expect("ann: the poll is paused", "ann: the poll is paused")
	})
}

// Polls that were opened in the same moment are listed as they were, and the last is the newest.
func TestPollsOfOneMoment(t *testing.T) {
	run(t, func(r *rig) {
		var last script.ContestInfo
		for i := range 5 {
			last = r.open(script.ContestSpec{Poll: &poll.Spec{Question: fmt.Sprint(i), Options: []string{"yes", "no"}}})
		}
		var tags []string
		for _, c := range r.ask(script.ContestRequest{Op: script.ContestList, Room: here}).Contests {
			tags = append(tags, c.Tag+c.Question)
		}
		if want := []string{"a0", "b1", "c2", "d3", "e4"}; !slices.Equal(tags, want) {
			t.Errorf("listed %q, want %q", tags, want)
		}
		r.says("ann", "1")
		if got := r.state(last).Result.Votes; !slices.Equal(got, []float64{1, 0}) {
			t.Errorf("the newest has %v", got)
		}
	})
}

func TestMethodsInChat(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Poll.Method = poll.Ranked
		p := r.open(s)
		r.says("ann", "3 > 1")
		r.says("bob", "!vote nothing, soup")
		r.says("eve", "1 2 3")
		if got := r.verb(p, script.ContestClose).Result; got.Winner != 3 || !slices.Equal(got.Votes, []float64{1, 0, 2}) {
			t.Errorf("%+v", got)
		}
		s.Poll.Method = poll.Approval
		p = r.open(s)
		r.says("ann", "1,2")
		r.says("bob", "2")
		if got := r.verb(p, script.ContestClose).Result; got.Winner != 2 || !slices.Equal(got.Votes, []float64{1, 2, 0}) {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhoMayTakePart(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Roles = []string{"moderator", "crew"}
		p := r.open(s)
		mod, crew := person("mod"), person("crew")
		mod.Role, crew.Groups = engine.Owner, []string{"crew"}
		for _, u := range []engine.User{mod, crew, person("ann")} {
			r.happens(u, engine.Message{Text: "1"})
		}
		r.said()
		if r.says("ann", "!vote 1"); r.state(p).Result.Voters != 2 {
			t.Errorf("%+v", r.state(p).Result)
		}
		r.expect("ann: only moderator, crew may take part")
		s = lunch()
		s.FollowersOnly = true
		if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Room: here, Spec: &s}); engine.CodeOf(a.Err) != engine.Unsupported {
			t.Errorf("followers only: %v", a.Err)
		}
		r.denied = true
		s = lunch()
		if a := r.ask(script.ContestRequest{Op: script.ContestOpen, Room: here, Spec: &s}); engine.CodeOf(a.Err) != engine.Denied {
			t.Errorf("without the grant: %v", a.Err)
		}
	})
}

// Where only names are known, one vote counts for each name, and the result says so.
func TestIdentity(t *testing.T) {
	run(t, func(r *rig) {
		p := r.open(lunch())
		for _, u := range []engine.User{
			{ID: "1", Name: "Ann"}, {ID: "2", Name: "ann"}, // a name in another case is the same
			{ID: "3", Name: "bob", Account: "acc"}, {ID: "4", Name: "robert", Account: "acc"},
		} {
			r.happens(u, engine.Message{Text: "1"})
		}
		if got := r.state(p); got.Result.Voters != 2 || got.Result.ByNick != 1 || got.Identity != "mixed" {
			t.Errorf("%+v %s", got.Result, got.Identity)
		}
	})
}

func TestWeights(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Weights = map[string]float64{"subscriber": 2, "moderator": 5, "guest": 0.5}
		p := r.open(s)
		for role, name := range map[engine.Role]string{engine.Guest: "a", engine.Subscriber: "b", engine.Admin: "c"} {
			u := person(name)
			u.Role = role
			r.happens(u, engine.Message{Text: "1"})
		}
		if got := r.state(p).Result.Votes[0]; got != 7.5 {
			t.Errorf("%v", got)
		}
	})
}

// A function of the script weighs: votes wait for it, but not for ever.
func TestWeighing(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Weighed = true
		p := r.open(s)
		var asked []engine.User
		r.Do(script.ContestRequest{Origin: script.Origin{Script: "test"}, Op: script.ContestWeigh, ID: p.ID}, func(a script.ContestAnswer) { asked = a.Users })
		r.says("ann", "1")
		if len(asked) != 1 || asked[0].Name != "ann" || r.state(p).Result.Voters != 0 {
			t.Fatalf("%v", asked)
		}
		r.must(script.ContestRequest{Op: script.ContestWeighed, ID: p.ID, User: asked[0], Weight: 3})
		r.says("bob", "2") // nobody weighs him
		pass(5 * time.Second)
		if got := r.state(p); !slices.Equal(got.Result.Votes, []float64{3, 1, 0}) || got.Unweighed != 1 {
			t.Errorf("%+v, %d unweighed", got.Result, got.Unweighed)
		}
	})
}

func TestReactionsAndLiveResult(t *testing.T) {
	run(t, func(r *rig) {
		r.caps.Can = r.caps.Can.With(engine.CapEdit, engine.CapReact)
		p := r.open(lunch())
		r.said()
		react := func(name, emoji string, removed bool) {
			r.happens(person(name), engine.Reacted{ID: "m1", Emoji: emoji, Removed: removed})
		}
		react("ann", "2️⃣", false)
		r.expect("edit: Poll: Lunch? 1) soup: 0, 2) green salad: 1, 3) nothing: 0. Say the number or !vote 1. Ends in 1m.")
		react("bob", "1", false)
		react("eve", "👍", false)
		react("ann", "2️⃣", true)
		r.expect() // soon
		pass(3 * time.Second)
		r.expect("edit: Poll: Lunch? 1) soup: 1, 2) green salad: 0, 3) nothing: 0. Say the number or !vote 1. Ends in 57s.")
		if got := r.state(p).Result; !slices.Equal(got.Votes, []float64{1, 0, 0}) {
			t.Errorf("%+v", got)
		}
	})
}

// Where the network has few reactions the poll says what they stand for. Each adds an option where
// several can be chosen.
func TestFewReactions(t *testing.T) {
	run(t, func(r *rig) {
		r.caps.Can, r.caps.Reactions = r.caps.Can.With(engine.CapReact), []string{"👍", "❤"}
		s := lunch()
		s.Poll.Method, s.Poll.Tie = poll.Approval, poll.TieRunoff
		p := r.open(s)
		r.expect("Poll: Lunch? 1) soup 2) green salad 3) nothing. Say all numbers you like, as in !vote 1 2. 👍 = 1, ❤ = 2. Ends in 1m.")
		react := func(emoji string, removed bool, want ...float64) {
			t.Helper()
			r.happens(person("ann"), engine.Reacted{ID: "m1", Emoji: emoji, Removed: removed})
			if got := r.state(p).Result.Votes; !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", emoji, got, want)
			}
		}
		react("1️⃣", false, 0, 0, 0)
		react("❤️", false, 0, 1, 0)
		react("👍", false, 1, 1, 0)
		react("👍", false, 1, 1, 0)
		react("❤", true, 1, 0, 0)
		react("❤", true, 1, 0, 0)
		react("👍", true, 0, 0, 0)
		if got := r.state(p).Result; got.Voters != 0 {
			t.Errorf("%+v", got)
		}
		r.says("ann", "2 3")
		r.verb(p, script.ContestClose)
		if said := r.said(); !strings.HasSuffix(said[len(said)-1], "Run-off: Lunch? 2) green salad 3) nothing. Say all numbers you like, as in !vote 2 3. ❤ = 2. Ends in 1m.") {
			t.Errorf("%q", said)
		}
	})
}

func TestHidden(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Poll.Hidden, s.Poll.Announce = true, 20*time.Second
		p := r.open(s)
		r.said()
		r.says("ann", "1")
		if got := r.state(p).Result; got.Votes[0] != 0 || got.Voters != 1 {
			t.Errorf("%+v", got)
		}
		if b := r.told()[len(r.told())-1].Body.(engine.PollChanged); b.Options[0].Votes != 0 {
			t.Errorf("%+v", b)
		}
		pass(20 * time.Second)
		r.expect("Poll: Lunch? 1 voted. Ends in 40s.")
		if got := r.verb(p, script.ContestClose).Result; got.Votes[0] != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestTextsOfTheScript(t *testing.T) {
	run(t, func(r *rig) {
		s := lunch()
		s.Texts = map[string]string{"opened": "Umfrage: {question} {options}{ends}", "ends": ", noch {left}", "voted": "{name} hat gewählt", "ended": "{winner}"}
		p := r.open(s)
		r.says("ann", "1")
		r.verb(p, script.ContestClose)
		r.expect("Umfrage: Lunch? 1) soup 2) green salad 3) nothing, noch 1m", "ann hat gewählt", "soup")
		s.Quiet = true
		r.verb(r.open(s), script.ContestClose)
		r.expect()
	})
}
