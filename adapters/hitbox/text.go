package hitbox

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"botd/engine"
)

// markup are the tags the service itself puts into texts. Others are what somebody wrote.
var markup = regexp.MustCompile(`(?i)</?(a|user|img|span|br|b|i)(\s[^<>]*)?/?>`)

// plain is a text as people read it: without the service's tags and entities.
func plain(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	return html.UnescapeString(markup.ReplaceAllString(s, ""))
}

// marked finds the name a log entry is about: "<user>Bob</user> followed".
var marked = regexp.MustCompile(`<user>([^<>]+)</user>`)

// sendable refuses what the server would drop.
func (s *session) sendable(t string) (string, error) {
	t = strings.ToValidUTF8(t, "\uFFFD") // as encoding/json will
	if strings.TrimFunc(t, unicode.IsSpace) == "" {
		return "", engine.Errorf(engine.Invalid, "the text is empty")
	}
	if strings.ContainsAny(t, "\n\r") {
		return "", engine.Errorf(engine.Invalid, "a message on hitbox is one line")
	}
	if n := engine.UTF16.Count(t); n > s.settings.TextMax {
		return "", engine.Errorf(engine.Invalid, "the text has %d UTF-16 units, messages have at most %d here (text_max)", n, s.settings.TextMax)
	}
	return t, nil
}

// same compares what was sent with what came back, which may have become HTML.
func same(sent, came string) bool {
	return sent == came || sent == plain(came) || plain(sent) == plain(came)
}
