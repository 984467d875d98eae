package main

import (
	"strings"

	"botd/engine"
)

// chatLine is a message as it is shown: "NAME> TEXT", with the start before each of its
// lines.
func chatLine(s style, who string, m engine.Message) string {
	who = printable(who)
	switch {
	case m.Emote:
		return prefixed("* "+s.paint(cyan, who)+" ", m.Text)
	case m.Private:
		return prefixed(s.paint(cyan, who+" whispers>")+" ", m.Text)
	}
	return prefixed(s.paint(cyan, who+">")+" ", m.Text)
}

// prefixed puts prefix before each line of a text.
func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(printable(text), "\n") {
		b.WriteString(prefix + line + "\n")
	}
	return b.String()
}
