package backtest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
	"botd/engine/moderate"
)

var update = flag.Bool("update", false, "write the expected reports anew")

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// talk makes the entries of a log, a minute apart.
type talk struct {
	list []*chatlog.Entry
	now  time.Time
}

func user(name string) engine.User {
	u := engine.User{ID: engine.UserID("id-" + name), Name: name, Role: engine.Member}
	if name == "mia" {
		u.Role = engine.Moderator
	}
	return u
}

func (k *talk) add(e chatlog.Entry) *chatlog.Entry {
	k.now = k.now.Add(time.Minute)
	e.At, e.Session, e.Platform = k.now, "hc", "hackchat"
	if e.Room == "" {
		e.Room = "r"
	}
	k.list = append(k.list, &e)
	return &e
}

func (k *talk) say(who, id, text string) *chatlog.Entry {
	return k.add(chatlog.Entry{Kind: "message", User: user(who), Message: engine.MessageID(id), Text: text})
}

// does is what somebody did to somebody, "" for nobody knows who.
func (k *talk) does(who string, kind engine.Kind, whom string, e chatlog.Entry) *chatlog.Entry {
	if who != "" {
		e.User = user(who)
	}
	if whom != "" {
		u := user(whom)
		e.Target = &u
	}
	e.Kind = kind
	return k.add(e)
}

func (k *talk) bot(number, step, whom, message string) *chatlog.Entry {
	return k.does("", chatlog.KindCase, whom, chatlog.Entry{Case: number, Script: "mod", Rules: "old", Rule: 1, Step: step, Status: moderate.Done, Message: engine.MessageID(message)})
}

var house = backtest.Rules{Script: "mod", Rooms: []string{"hc/*"}, Config: moderate.Config{
	Name: "house", Rooms: []string{"*/r", "*/edits"}, Shadow: true, // as if it were in force
	Ladder: moderate.Ladder{Name: "house", Steps: []moderate.Step{{Do: "warn"}, {Do: "delete"}, {Do: "timeout", For: 5 * time.Minute}}},
	Rules: []moderate.Rule{
		{Links: &moderate.Links{}}, {Words: &moderate.Words{List: []string{"scam"}}}, {Caps: &moderate.Caps{}},
	},
}}

func report(t testing.TB, rules []backtest.Rules, o backtest.Options, list []*chatlog.Entry) *backtest.Report {
	t.Helper()
	trial, err := backtest.New(t.Context(), rules, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		trial.Take(e)
	}
	return trial.Report()
}

// TestReport: a day in which it is known what was right.
func TestReport(t *testing.T) {
	k := &talk{now: start}
	// Both: the rules warn where the moderator deletes, and delete where she bans.
	k.say("eve", "1", "see evil.com")
	k.does("mia", "delete", "eve", chatlog.Entry{Message: "1", Reason: "ads"})
	k.say("eve", "2", "this is no scam")
	k.does("mia", "ban", "eve", chatlog.Entry{})
	// Only the rules.
	k.say("ann", "3", "my cat is on good.com")
	// The bot by the rules it had: once it was right, once it was taken back, the third long after.
	k.say("bob", "4", "a scam, I tell you")
	k.bot("1", "delete", "bob", "4")
	k.does("", "delete", "bob", chatlog.Entry{Message: "4"}) // the network tells of it
	k.say("bob", "5", "that was no scam")
	k.bot("2", "timeout", "bob", "")
	k.does("", chatlog.KindCase, "bob", chatlog.Entry{Case: "2", Script: "mod", Step: "timeout", Status: moderate.Undone, Person: "mia"})
	k.say("cat", "6", "meow")
	k.bot("3", "delete", "cat", "6")
	// Only the moderator: by herself, by the bot, and somebody of whom nothing is known.
	k.say("eve", "7", "buy my things")
	k.does("mia", "timeout", "eve", chatlog.Entry{Length: 10 * time.Minute, Reason: "again"})
	k.say("dan", "8", "rude words")
	k.does("", chatlog.KindCase, "dan", chatlog.Entry{Case: "4", Script: "mod", Step: "kick", Status: moderate.Done, Person: "mia"})
	k.add(chatlog.Entry{Kind: "kick", Self: true, User: user("botd"), Target: k.list[len(k.list)-1].Target})
	k.say("fay", "9", "more rude words")
	k.does("", "delete", "", chatlog.Entry{Message: "9"})
	// Nothing: nobody said anything wrong, moderators may, and people delete what they said.
	k.say("ann", "10", "good morning")
	k.say("mia", "11", "look at evil.com")
	k.does("ann", "delete", "ann", chatlog.Entry{Message: "10"})
	// What a line is changed to counts, once.
	k.say("ann", "12", "hello").Room = "edits"
	for range 2 {
		e := k.say("ann", "12", "see bad.com")
		e.Kind, e.Room = "edit", "edits"
	}
	// Too late, unknown, elsewhere, in private.
	k.say("gil", "13", "hmm")
	k.does("mia", "kick", "zed", chatlog.Entry{})
	k.say("gil", "14", "evil.com").Private = true
	k.say("gil", "15", "evil.com").Room = "elsewhere"
	k.does("mia", "ban", "gil", chatlog.Entry{Room: "elsewhere"})
	k.now = k.now.Add(10 * time.Minute)
	k.does("mia", "ban", "gil", chatlog.Entry{})
	k.does("mia", "delete", "gil", chatlog.Entry{Message: "13"})
	// The bot took a flood, of which the network tells line by line.
	for i := range 3 {
		k.say("ivy", fmt.Sprint(20+i), "la la la")
	}
	k.bot("5", "delete", "ivy", "22").Deleted = []engine.MessageID{"20", "21", "22"}
	for i := range 3 {
		k.does("", "delete", "ivy", chatlog.Entry{Message: engine.MessageID(fmt.Sprint(20 + i))})
	}
	// One ban is about all that was wrong.
	k.say("hal", "16", "a.com")
	k.say("hal", "17", "never mind")
	k.say("hal", "18", "b.com")
	k.does("mia", "ban", "hal", chatlog.Entry{})
	k.does("", chatlog.KindCase, "cat", chatlog.Entry{Case: "3", Script: "mod", Step: "delete", Status: moderate.Undone, Person: "mia"})

	got, err := json.MarshalIndent(report(t, []backtest.Rules{house}, backtest.Options{}, k.list), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/day.json"
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)+"\n"); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// The rules are held to lines as a set by itself would, and each user climbs the ladder with
// the time of the log.
func TestLikeTheRules(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		set, err := moderate.Compile(house.Config)
		if err != nil {
			r.Fatal(err)
		}
		standing := map[string]moderate.Standing{}
		want := map[string]int{}
		k := &talk{now: start}
		for i := range rapid.IntRange(0, 60).Draw(r, "lines") {
			k.now = k.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(r, "hours")) * time.Hour)
			who := rapid.SampledFrom([]string{"ann", "bob", "mia"}).Draw(r, "who")
			e := k.say(who, fmt.Sprint(i), rapid.SampledFrom([]string{"hello", "evil.com", "a scam", "evil.com scam", "SHOUTING AT EVERYBODY HERE"}).Draw(r, "text"))
			hit, broke := set.Judge(moderate.Line{At: e.At, Session: e.Session, Room: e.In(), User: e.User, Text: e.Text}, nil)
			if !broke {
				continue
			}
			var step moderate.Step
			step, standing[who] = hit.Ladder.Climb(standing[who], e.At)
			want[fmt.Sprint(hit.Rule, " ", step)]++
		}
		got := map[string]int{}
		rep := report(t, []backtest.Rules{house}, backtest.Options{}, k.list)
		for _, rule := range rep.Rules {
			for step, n := range rule.Steps {
				got[fmt.Sprint(rule.Rule, " ", step)] = n
			}
		}
		if d := cmp.Diff(want, got); d != "" || rep.Lines != len(k.list) {
			r.Errorf("%d of %d lines, -want +got\n%s", rep.Lines, len(k.list), d)
		}
	})
}

// However lines and deeds come, each line counts once, for one outcome.
func TestSums(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := &talk{now: start}
		said, done := 0, 0
		for i := range rapid.IntRange(0, 80).Draw(r, "entries") {
			who := rapid.SampledFrom([]string{"ann", "bob"}).Draw(r, "who")
			id := fmt.Sprint(rapid.IntRange(0, 10).Draw(r, "id"))
			switch rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				k.does("mia", "timeout", who, chatlog.Entry{Length: time.Minute})
				done++
			case 1:
				k.does("mia", "delete", "", chatlog.Entry{Message: engine.MessageID(id)})
				done++
			case 2:
				k.bot(id, "delete", who, id)
			case 3:
				k.does("", chatlog.KindCase, who, chatlog.Entry{Case: id, Status: moderate.Undone, Person: "mia"})
			default:
				k.say(who, fmt.Sprint(i%11), rapid.SampledFrom([]string{"hello", "evil.com"}).Draw(r, "text"))
				said++
			}
		}
		rep := report(t, []backtest.Rules{house}, backtest.Options{Window: 5 * time.Minute}, k.list)
		var sum backtest.Outcomes
		for _, rule := range rep.Rules {
			sum.Moderators += rule.Hits.Moderators
			sum.TakenBack += rule.Hits.TakenBack
			sum.Bot += rule.Hits.Bot
			sum.Nobody += rule.Hits.Nobody
		}
		steps := rep.Steps.Gentler + rep.Steps.Same + rep.Steps.Harsher
		if sum != rep.Hit || steps != rep.Hit.Moderators || rep.Lines != said || rep.Hit.All()+rep.Pass.All() != said || rep.Actions != done {
			r.Errorf("said %d, done %d, rules %+v: %+v", said, done, sum, *rep)
		}
	})
}

func TestBadRules(t *testing.T) {
	for name, r := range map[string]backtest.Rules{"no kind": {Config: moderate.Config{Name: "x", Ladder: moderate.DefaultLadder(), Rules: []moderate.Rule{{}}}}, "bad room": {Rooms: []string{"x"}, Config: house.Config}} {
		if _, err := backtest.New(t.Context(), []backtest.Rules{r}, backtest.Options{}); engine.CodeOf(err) != engine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
