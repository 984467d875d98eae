package local

import (
	"maps"
	"slices"
	"strings"
)

// maxFound is how many names a search finds at most.
const maxFound = 10

// lookUp answers [engine.Emoji].
func (h *Hub) lookUp(names []string) map[string]any {
	found := map[string]any{}
	for _, name := range names {
		if url, ok := h.emoji[name]; ok {
			found[name] = url
		}
	}
	return found
}

// search answers [engine.SearchEmoji]: names that hold the term, the shortest first.
func (h *Hub) search(term string) []any {
	term = strings.ToLower(strings.TrimSpace(term))
	names := slices.SortedFunc(maps.Keys(h.emoji), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	found := []any{}
	for _, name := range names {
		if len(found) < maxFound && strings.Contains(strings.ToLower(name), term) {
			found = append(found, name)
		}
	}
	return found
}
