package hackchat

import (
	"regexp"
	"strings"

	"botd/engine"
)

// maxText is what fits into one message with room to spare: the server has no limit
// but the score, and receivers have screens.
const maxText = 1500

// The server's own clean-up of text, with the white space of JavaScript: blank lines
// at both ends go, three and more newlines become two.
var (
	blankEnds    = regexp.MustCompile(`^` + space + `*\n|^` + space + `+$|\n` + space + `*$`)
	blank        = regexp.MustCompile(`^` + space + `*$`)
	manyNewlines = regexp.MustCompile(`\n{3,}`)
)

const space = `[\s\v\p{Z}\x{feff}]`

// clean does to a text what the server will do, so that the echo can be recognised
// and an empty text is refused here instead of being punished there.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD") // as encoding/json will
	text = blankEnds.ReplaceAllString(text, "")
	if blank.MatchString(text) {
		return "" // the server will clean what is left once more
	}
	return manyNewlines.ReplaceAllString(text, "\n\n")
}

// sendable cleans a text and refuses what cannot be sent.
func sendable(text string) (string, error) {
	text = clean(text)
	if text == "" {
		return "", engine.Errorf(engine.Invalid, "the text is empty")
	}
	return text, checkLength(text)
}

func checkLength(text string) error {
	if n := engine.UTF16.Count(text); n > maxText {
		return engine.Errorf(engine.Invalid, "the text has %d UTF-16 units, hack.chat messages have at most %d here", n, maxText)
	}
	return nil
}

// zeroWidth is put before what must not be at the start of a text.
const zeroWidth = "\u200b"

// commands2018 are the only texts with a meaning on the first generation.
var commands2018 = regexp.MustCompile(`^/(me|help|stats|whisper|r|myhash)\b`)

// escape keeps a text from being taken for a command.
func escape(text string, g generation) string {
	switch {
	case g == gen2018 && commands2018.MatchString(text):
		return zeroWidth + text
	case g != gen2018 && strings.HasPrefix(text, "/"):
		return "/" + text
	}
	return text
}

// emoteText takes the nick off the text of an emote: "@ann waves", "@ann's".
func emoteText(nick, text string) string {
	rest, ok := strings.CutPrefix(text, "@"+nick)
	if !ok {
		return text
	}
	return strings.TrimPrefix(rest, " ")
}
