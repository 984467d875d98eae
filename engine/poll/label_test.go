package poll_test

import (
	"testing"

	"botd/engine/poll"
)

func TestNumbers(t *testing.T) {
	tests := []struct {
		options []string
		label   string      // of the second
		choices map[int]int // by what is said
	}{
		{[]string{"soup", "salad"}, "2) salad", map[int]int{1: 1, 2: 2, 3: 0, 0: 0, -1: 0}},
		{[]string{"1", "2", "10"}, "2) 2", map[int]int{1: 1, 2: 2, 3: 3, 10: 3}},
		{[]string{"2", "1", "10"}, "1", map[int]int{1: 2, 2: 1, 3: 0, 10: 3}},
		{[]string{"2", "more"}, "more", map[int]int{1: 0, 2: 1}},
		{[]string{"2026", "2027"}, "2) 2027", map[int]int{1: 1, 2027: 2}},
		{[]string{"02", "01"}, "2) 01", map[int]int{1: 1, 2: 2}},
	}
	for _, tt := range tests {
		if got := poll.Label(tt.options, 2); got != tt.label {
			t.Errorf("%q: label %q, want %q", tt.options, got, tt.label)
		}
		for said, want := range tt.choices {
			if got := poll.Choice(tt.options, said); got != want {
				t.Errorf("%q: who says %d means %d, want %d", tt.options, said, got, want)
			}
		}
	}
}
