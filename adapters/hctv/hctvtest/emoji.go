package hctvtest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"botd/engine"
)

const (
	maxTerm  = 50 // UTF-16 units
	maxFound = 10
	// maxRanked is up to how many candidates are put in order; of more, the first win.
	maxRanked = 150
)

// EmojiURL is where the picture of an emoji is.
func EmojiURL(name string) string { return "https://emoji.example.test/" + name + ".png" }

func (p *Peer) lookUpEmoji(f m) {
	names, ok := f["emojis"].([]any)
	if !ok || !p.ready || p.acct == nil || p.srv.swallow {
		return
	}
	found := m{}
	for _, v := range names {
		name := key(v)
		found[name] = ""
		if slices.Contains(p.srv.emoji, name) {
			found[name] = EmojiURL(name)
		}
	}
	p.tell(m{"type": "emojiMsgResponse", "emojis": found})
}

// key is what JavaScript makes of a value that is used as a name.
func key(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		return "[object Object]"
	}
	return fmt.Sprint(v)
}

func (p *Peer) searchEmoji(f m) {
	term, ok := f["searchTerm"].(string)
	if _, given := f["searchTerm"]; !ok && given || !p.ready || p.acct == nil || p.srv.swallow {
		return
	}
	p.tell(m{"type": "emojiSearchResponse", "results": search(p.srv.emoji, strings.TrimFunc(term, isSpace))})
}

var wordParts = regexp.MustCompile(`[a-z0-9+]+`)

// search finds names that hold the parts of the term one after the other.
func search(names []string, term string) []string {
	parts := wordParts.FindAllString(strings.ToLower(term), -1)
	if len(parts) == 0 || engine.UTF16.Count(term) > maxTerm {
		return []string{}
	}
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = regexp.QuoteMeta(p)
	}
	fits := regexp.MustCompile(strings.Join(quoted, "[^a-z0-9+]*"))
	found := []string{}
	for _, name := range names {
		if fits.MatchString(strings.ToLower(name)) {
			found = append(found, name)
		}
	}
	if len(found) <= maxRanked {
		slices.SortFunc(found, func(a, b string) int {
			return cmp.Or(cmp.Compare(distance(a, parts), distance(b, parts)), cmp.Compare(a, b))
		})
	}
	return found[:min(len(found), maxFound)]
}

// distance is how far a name is from what was looked for: the same, beginning with it,
// holding it as a word, having a word that begins with it, holding it.
func distance(name string, parts []string) int {
	words := wordParts.FindAllString(strings.ToLower(name), -1)
	switch {
	case slices.Equal(words, parts):
		return 0
	case len(words) >= len(parts) && slices.Equal(words[:len(parts)], parts):
		return 1
	case slices.Contains(words, parts[0]):
		return 2
	case slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, parts[0]) }):
		return 3
	}
	return 4
}
