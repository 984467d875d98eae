package contest

import (
	"slices"
	"testing"

	"botd/engine/poll"
)

// Whatever people say, what is taken for a vote is one that the poll can count.
func FuzzVote(f *testing.F) {
	for _, text := range []string{"2", "!vote b2", "b 2", "1 > 3 > 2", "1,3", "soup", "Soup, nothing", "!vote", "#1", "99999999999999999999", "１", "a1b2", "-1", "+1", "1 1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range []poll.Method{poll.Plurality, poll.Approval, poll.Ranked} {
			p := &poll.Poll{Spec: poll.Spec{Options: []string{"soup", "1 salad", "nothing"}, Method: m}, Standing: []int{1, 3}}
			choices, meant, err := choose(hear(text, "!"), p, "b")
			switch {
			case meant != (len(choices) > 0), meant && err != nil:
				t.Fatalf("%q: %v, %v, %v", text, choices, meant, err)
			case m == poll.Plurality && len(choices) > 1, slices.ContainsFunc(choices, func(c int) bool { return c < 1 || c > 3 }):
				t.Fatalf("%q: %v", text, choices)
			}
		}
	})
}
