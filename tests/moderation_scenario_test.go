package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// warden is the same script on every network: rules with a ladder, others on trial, and what
// moderators type. It says in the log what it hears, and each case once it is on the disk.
const warden = `
local ladder = mod.ladder{ "house", {"warn"}, {"delete"}, {"timeout", "10m"}, {"ban", "1d"} }
mod.rules{ "house", ladder = ladder, exempt = {"moderator", "friends"},
  { links = {allow = {"example.com"}} }, { caps = {min = 10} },
  { words = {list = {"scam"}}, ladder = mod.ladder{ "out", {"ban", "1d"} } },
  { flood = {lines = 4, within = "1h"} } }
mod.rules{ "trial", shadow = true, { words = {list = {"apple"}} } }

local function tell(what, more)
  more = more or {}
  more.what = what
  log.info("told", more)
end
local function line(c)
  return ("#%s %s %s %s: %s"):format(c.id, c.user:lower(), c.rule ~= "" and c.rule or "by " .. c.by, c.wanted, c.status)
end
bot.on("connect", function(ev) if ev.room then tell("online") end end)
bot.on("message", function(ev) tell(ev.user.name:lower() .. ": " .. ev.text) end)
bot.on("moderation", function(ev)
  local c = assert(mod.case(ev.data.case))
  tell(line(c), {taken = c.taken, note = c.note})
end)

local function moderators(name, args, run) bot.command{ name, args = args, roles = {"moderator"}, run = run } end
moderators("permit", "who:user", function(ev, a)
  assert(a.who:permit("links", {count = 1}))
  tell("permitted " .. a.who.name:lower())
end)
moderators("undo", "id:word", function(ev, a) assert(mod.undo(a.id, ev.user)) end)
moderators("nuke", "what:word really:word?", function(ev, a)
  local found = assert(mod.nuke{ pattern = a.what, since = "1h", preview = not a.really, by = ev.user, why = "enough" })
  tell(("nuke %d %s, cases %s"):format(#found.messages, table.concat(found.users, " "):lower(), table.concat(found.cases, " ")))
end)
moderators("cases", "", function(ev)
  local list = {}
  for _, c in ipairs(mod.cases()) do table.insert(list, 1, line(c)) end
  tell(table.concat(list, "\n"))
end)`

// custom is how a network differs from one that has all.
type custom struct {
	// gentler has what is taken for the steps it lacks.
	gentler map[string]string
	// Whether who is timed out or banned, or what the network has of that, is kept from
	// speaking, and whether they can again when it was undone.
	keepsTimedOut, lifts bool
	keepsBanned, unbans  bool
}

// customs are all differences there are.
var customs = map[string]custom{
	"local":    {keepsTimedOut: true, lifts: true, keepsBanned: true, unbans: true},
	"hctv":     {keepsTimedOut: true, lifts: true, keepsBanned: true, unbans: true},
	"hitbox":   {gentler: map[string]string{"delete": "warn", "ban 24h": "timeout 24h"}, keepsTimedOut: true, keepsBanned: true},
	"simplex":  {gentler: map[string]string{"timeout 10m": "delete", "ban 24h": "delete"}},               // a kick would last
	"hackchat": {gentler: map[string]string{"delete": "warn", "timeout 10m": "kick", "ban 24h": "kick"}}, // who comes back
	"hackmud":  {gentler: map[string]string{"delete": "warn", "timeout 10m": "warn", "ban 24h": "warn"}},
}

// moderated are the cases that there are in the end, everywhere.
const moderated = `#1 eve links warn: done
#2 eve caps delete: done
#3 ann links warn: done
#4 eve flood timeout 10m: undone
#5 sam words ban 24h: undone
#6 bob by mia delete: done
#7 ann by mia delete: done
#8 bob words warn: shadow`

// The real program moderates each network by the same rules. It is killed between two
// offences, with a permit given, and when all is over; connections are lost in between. The cases
// are the same everywhere, and so is what scripts hear, but for what a network lacks.
func TestModerationScenario(t *testing.T) {
	t.Parallel()
	for name, make := range stages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := make(t)
			known := fmt.Sprintf("scripts: [{name: a, grants: [chat, moderate]}]\npeople:\n  groups: [{name: friends, users: [net/%s]}]\n", s.friend)
			if s.polled { // hackmud knows no moderators
				known += "  roles: [{role: moderator, users: [net/mia]}]\n"
			}
			p := &patrol{actors: newActors(t, s, warden, known), custom: customs[name]}
			p.play()
		})
	}
}

// patrol are actors in a room that is moderated.
type patrol struct {
	*actors
	custom
	heard []string // what scripts should have heard
}

func (p *patrol) play() {
	p.start()
	p.says("ann", "good morning") // some networks tell of nobody before
	p.breaks("eve", "look at evil.net", "#1 eve links warn: done", "warn")
	p.breaks("eve", "WHY DOES NOBODY ANSWER ME", "#2 eve caps delete: done", "delete")
	p.says("zoe", "see zoe.net")
	p.says("mia", "see mia.net")
	p.orders("!permit ann", "permitted ann")
	p.crash()

	p.start()
	p.says("ann", "here is ann.net")
	p.breaks("ann", "and here ann.org", "#3 ann links warn: done", "warn")
	p.drop()
	for _, text := range []string{"one", "two", "three"} {
		p.says("eve", text)
	}
	p.breaks("eve", "four", "#4 eve flood timeout 10m: done", "timeout 10m")
	if p.keepsTimedOut {
		p.say("eve", "may I?")
	}
	p.undoes("4", "eve flood", "timeout 10m", p.lifts)
	p.crash()

	p.start()
	p.tries("eve", "thanks", !p.keepsTimedOut || p.lifts)
	p.breaks("sam", "a scam for you", "#5 sam words ban 24h: done", "ban 24h")
	p.tries("sam", "let me in", !p.keepsBanned)
	p.drop()
	p.undoes("5", "sam words", "ban 24h", p.unbans)
	p.tries("sam", "sorry", !p.keepsBanned || p.unbans)
	p.says("bob", "buy gold")
	p.says("ann", "gold is cheap")
	p.orders("!nuke gold", "nuke 2 bob ann, cases ")
	p.orders("!nuke gold really", "nuke 2 bob ann, cases 6 7")
	p.say("bob", "an apple")
	p.heard = append(p.heard, "bob: an apple")
	p.told("#8 bob words warn: shadow")
	p.crash()

	p.start()
	p.orders("!cases", moderated)
	p.says("mia", "so be it") // behind all that was to be heard
	p.kill()
	p.compare()
}

// crash kills the daemon. Before, all is quiet and saved: else some lines would be told of
// again, on networks where the choice is between that and never.
func (p *patrol) crash() {
	p.t.Helper()
	p.says("mia", "so be it")
	p.caught()
	p.kill()
}

// says has somebody say what is heard.
func (p *patrol) says(who, text string) {
	p.t.Helper()
	p.say(who, text)
	p.heard = append(p.heard, who+": "+text)
	p.told(who + ": " + text)
}

// tries has somebody say what is heard or not.
func (p *patrol) tries(who, text string, heard bool) {
	p.t.Helper()
	if heard {
		p.says(who, text)
		return
	}
	p.say(who, text)
}

// orders has mia type a command that leads to something.
func (p *patrol) orders(command, want string) word {
	p.t.Helper()
	p.say("mia", command)
	p.heard = append(p.heard, "mia: "+command)
	return p.told(want)
}

// taken is what the network has of a step.
func (p *patrol) taken(step string) string {
	if g := p.gentler[step]; g != "" {
		return g
	}
	return step
}

// breaks has somebody say what makes a case, and holds the step that was taken to what the
// network has. Only a line that is worth no more than a word is heard.
func (p *patrol) breaks(who, text, want, step string) {
	p.t.Helper()
	p.say(who, text)
	if step == "warn" {
		p.heard = append(p.heard, who+": "+text)
	}
	got, taken := p.told(want), p.taken(step)
	if got.Taken != taken || (got.Note == "") != (taken == step) || !strings.Contains(got.Note, taken) && taken != step {
		p.t.Errorf("%s: taken %q, want %q: %s", want, got.Taken, taken, got.Note)
	}
}

// undoes has mia undo a case.
func (p *patrol) undoes(id, what, step string, lifted bool) {
	p.t.Helper()
	got := p.orders("!undo "+id, fmt.Sprintf("#%s %s %s: undone", id, what, step))
	lasts := !lifted && strings.Contains(p.taken(step), " ") // it has a length
	if lasts != strings.Contains(got.Note, "cannot lift") {
		p.t.Errorf("undone %s: %q", step, got.Note)
	}
}

// compare holds what scripts heard to what they should have.
func (p *patrol) compare() {
	var got []string
	for _, w := range p.words {
		if who, _, ok := strings.Cut(w.What, ": "); ok && slices.Contains(people, who) {
			got = append(got, w.What)
		}
	}
	if diff := cmp.Diff(p.heard, got); diff != "" {
		p.t.Errorf("what scripts heard (-want +got):\n%s", diff)
	}
}
