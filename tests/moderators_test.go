package tests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botd/engine"
)

// What docs/moderators.md shows is so: each piece of configuration is what the talks below
// it run with, each in a daemon of its own.
func TestModeratorsManual(t *testing.T) {
	text, err := os.ReadFile("../docs/moderators.md")
	if err != nil {
		t.Fatal(err)
	}
	config, title, talks := "", "", 0
	for part := range strings.SplitSeq(string(text), "\n```") {
		kind, body, _ := strings.Cut(part, "\n")
		switch kind {
		case "yaml":
			config = body
		case "chat":
			talks++
			t.Run(title, func(t *testing.T) { manualTalk(t, config, body) })
		default:
			if _, after, ok := strings.Cut(part, "\n## "); ok {
				title, _, _ = strings.Cut(after, "\n")
			}
		}
	}
	if talks < 9 {
		t.Errorf("only %d talks were found", talks)
	}
}

// manualTalk says the lines of a talk. What the bot says to each stands below it, joined by
// " | "; … at the end stands for anything.
func manualTalk(t *testing.T, config, talk string) {
	dir, err := filepath.Abs(shipped)
	if err != nil {
		t.Fatal(err)
	}
	d := start(t, map[string]string{"config.yaml": "sessions: [{name: lobby, adapter: local, rooms: [lobby, attic]}]\nplugins_dir: " + dir + "\nscripts:\n" + config})
	for _, p := range d.host.Status().Plugins {
		if p.Problem != "" {
			t.Fatalf("%+v, fault %s", p, d.fault())
		}
	}
	d.idle() // the rules are in force
	people := map[string]*guest{}
	for _, name := range []string{"mia", "eve", "bob"} {
		role := engine.Member
		if name == "mia" {
			role = engine.Moderator
		}
		people[name] = d.joinAs("lobby", engine.User{Name: name, Account: name, Role: role})
	}
	lines := strings.Split(strings.TrimSpace(talk), "\n")
	for len(lines) > 0 {
		name, line, _ := strings.Cut(lines[0], ": ")
		lines = lines[1:]
		want := ""
		if len(lines) > 0 && strings.HasPrefix(lines[0], "botd: ") {
			want, lines = strings.TrimPrefix(lines[0], "botd: "), lines[1:]
		}
		got := everybodyHears(people, people[name], line, want)
		if like, open := strings.CutSuffix(want, "…"); open && strings.HasPrefix(got, like) && got != "" || got == want {
			continue
		}
		t.Errorf("%s: %s\n got %q\nwant %q\n%s", name, line, got, want, d.fault())
	}
}

// everybodyHears says a line and returns what the bot says to all or to one of them. If
// something is wanted it waits for that much: answers may have to wait for the disk.
func everybodyHears(people map[string]*guest, who *guest, line, want string) string {
	for _, g := range people {
		g.mu.Lock()
		g.heard = nil
		g.mu.Unlock()
	}
	who.asks(line)
	heard := func() []string {
		all := []string{}
		for _, g := range people {
			g.mu.Lock()
			all = append(all, g.heard...)
			g.mu.Unlock()
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if want != "" {
		parts := strings.Count(want, " | ") + 1
		who.d.until("an answer to "+line, func() bool { return len(heard()) >= parts })
	}
	return strings.Join(heard(), " | ")
}
