package tests

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"botd/engine"
)

// contestPlugins runs the plugins of polls and raffles as they are shipped.
func contestPlugins(t *testing.T, language string) *daemon {
	plugins, err := filepath.Abs("../plugins.d")
	if err != nil {
		t.Fatal(err)
	}
	return start(t, map[string]string{"config.yaml": `
plugins_dir: ` + plugins + `
language: {default: ` + language + `}
sessions: [{name: lobby, adapter: local, rooms: [lobby]}]
scripts:
- {name: polls, enabled: true, grants: [chat], config: {weights: {moderator: 2}}}
- {name: raffles, enabled: true, grants: [chat]}
`})
}

var minutesAndSeconds = regexp.MustCompile(`\b(\d+)m\d+s\b`)

// minutes is what the bot answers to a line, with the times that are left rounded up to a
// minute: the test may have taken some seconds.
func (g *guest) minutes(line string) string {
	g.d.t.Helper()
	return minutesAndSeconds.ReplaceAllStringFunc(g.asks(line), func(left string) string {
		m, _, _ := strings.Cut(left, "m")
		n, err := strconv.Atoi(m)
		if err != nil {
			g.d.t.Fatal(err)
		}
		return strconv.Itoa(n+1) + "m"
	})
}

// hear says a line and holds what the bot says to what it should.
func (g *guest) hear(line, want string) {
	g.d.t.Helper()
	if got := g.minutes(line); got != want {
		g.d.t.Errorf("%s: got %q, want %q\n%s", line, got, want, g.d.fault())
	}
}

func TestPollsPlugin(t *testing.T) {
	d := contestPlugins(t, "en")
	ann, mod := d.joinAs("lobby", engine.User{Name: "ann", Role: engine.Member}), d.joinAs("lobby", engine.User{Name: "mod", Role: engine.Moderator})
	if got := ann.asks(`!poll "Lunch?" soup, salad`); strings.Contains(got, "Poll:") {
		t.Errorf("anybody can open polls: %q", got)
	}
	mod.hear(`!polls`, "No poll is open here.")
	mod.hear(`!poll "Lunch?" soup`, "write a question and at least two options with | between them, such as: !poll Soup or salad? | soup | salad")
	mod.hear(`!poll --time 10m "Lunch?" soup, green salad`, "Poll: Lunch? 1) soup 2) green salad. Say the number or !vote 1. Ends in 10m.")
	ann.hear("green salad", "")
	mod.hear("1", "")
	ann.hear("!polls", "Lunch? 1) soup: 2, 2) green salad: 1")
	mod.hear("!pausepoll", "Poll rests: Lunch?")
	ann.hear("!vote 1", "ann: the poll is paused")
	mod.hear("!resumepoll", "Poll goes on: Lunch? 1) soup 2) green salad. Ends in 10m.")
	mod.hear("!endpoll", "Poll has ended: Lunch? soup wins; counted by name, which proves nothing (1) soup: 2, 2) green salad: 1)")
	mod.hear("!cancelpoll", "No poll is open here.")
}

func TestRafflesPlugin(t *testing.T) {
	d := contestPlugins(t, "en")
	ann, mod := d.joinAs("lobby", engine.User{Name: "ann", Role: engine.Member}), d.joinAs("lobby", engine.User{Name: "mod", Role: engine.Moderator})
	if got := mod.minutes("!raffle --time 10m a mug"); !strings.HasPrefix(got, "Raffle for a mug: say !join to enter. Ends in 10m. Commitment: ") {
		t.Errorf("%q", got)
	}
	ann.hear("!join", "")
	ann.hear("!raffles", "a mug: 1 entry")
	if got := mod.asks("!draw"); !strings.Contains(got, "ann wins a mug!") || !strings.Contains(got, "closed; entries: 1. List: ") {
		t.Errorf("%q", got)
	}
	mod.hear("!draw", "nobody is left to win a mug")
	if got := mod.asks("!reroll ann left us"); !strings.HasPrefix(got, "Nobody wins a mug. Proof: r") {
		t.Errorf("%q", got)
	}
	mod.hear("!cancelraffle", "No raffle is open here.")
	if got := mod.asks(`!raffle --question "Colour?" --answers "red, blue" a cup`); !strings.Contains(got, "Colour? say !join 1) red 2) blue to enter.") {
		t.Errorf("%q", got)
	}
	ann.hear("!join green", "ann: write !join and the answer, or its number: 1) red 2) blue")
	ann.hear("!join blue", "")
	mod.hear("!draw 3", "which answer is right? There are 2, counted from 1")
	if got := mod.asks("!draw 2"); !strings.Contains(got, "ann wins a cup!") {
		t.Errorf("%q", got)
	}
}

// They speak the language of the room.
func TestContestPluginsInGerman(t *testing.T) {
	d := contestPlugins(t, "de")
	mod := d.joinAs("lobby", engine.User{Name: "mod", Role: engine.Moderator})
	mod.hear(`!poll "Mittag?" Suppe, Salat`, "Umfrage: Mittag? 1) Suppe 2) Salat. Sag die Nummer oder !vote 1. Noch 5m.")
	mod.hear("1", "")
	mod.hear("!endpoll", "Umfrage ist beendet: Mittag? Suppe gewinnt; gezählt nach Namen, was nichts beweist (1) Suppe: 2, 2) Salat: 0)")
	if got := mod.minutes("!raffle ein Kuchen"); !strings.HasPrefix(got, "Verlosung: ein Kuchen. Wer mitmacht, sagt !join. Noch 5m. Festlegung: ") {
		t.Errorf("%q", got)
	}
	mod.hear("!cancelraffle", "Die Verlosung von ein Kuchen wurde abgebrochen.")
}
