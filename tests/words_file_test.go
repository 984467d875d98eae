package tests

import (
	"strings"
	"testing"

	"botd/engine"
)

// TestWordsFile: a rule takes its words from a file beside the script, which is read again
// with it.
func TestWordsFile(t *testing.T) {
	const script = `mod.rules{ "house", { words = {list = {"apple"}, file = "words.txt"} } }
bot.command("ping", function(ev) ev:reply("pong") end)`
	d := startIn(t, t.TempDir(), map[string]string{
		"config.yaml": moderationConfig, "scripts/mod.lua": strings.Replace(script, "house\"", "house\", ladder = mod.ladder{ \"l\", {\"delete\"} }", 1),
		"scripts/words.txt": "# what nobody should say\n\nfree money  # a phrase\n casino*\n",
	})
	eve := d.joinAs("lobby", engine.User{Name: "eve", Role: engine.Member, Account: "eve"})
	for line, answer := range map[string]string{
		"!ping apple": "", "!ping FREE   money": "", "!ping casinos": "", "!ping money": "pong", "!ping what nobody should say": "pong", "!ping a phrase": "pong",
	} {
		eve.expect(line, answer)
	}
	if f := d.fault(); f != "" {
		t.Error(f)
	}
}

// A file that is not there, or has no words, is a fault of the script with its place.
func TestWordsFileFaults(t *testing.T) {
	d := startIn(t, t.TempDir(), map[string]string{
		"config.yaml": moderationConfig, "scripts/mod.lua": `mod.rules{ "house", { words = {file = "none.txt"} } }`,
	})
	if f := d.fault(); !strings.Contains(f, "none.txt") || !strings.Contains(f, "rule 1: words: file:") {
		t.Errorf("fault %q", f)
	}
}
