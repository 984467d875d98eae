package simplex

import (
	"testing"
	"time"
)

// An item has one key, however exactly its time is told, and another of the same number, as a
// profile has that was made anew, has another.
func TestKey(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	item := meta{ID: 7, At: at.Add(123456789)}
	for name, same := range map[string]meta{"microseconds": {ID: 7, At: at.Add(123456000)}, "seconds": {ID: 7, At: at}, "elsewhere": {ID: 7, At: at.In(time.FixedZone("", 3600))}} {
		if same.key() != item.key() {
			t.Errorf("%s: %q, want %q", name, same.key(), item.key())
		}
	}
	for name, other := range map[string]meta{"made anew": {ID: 7, At: at.AddDate(0, 1, 0)}, "next": {ID: 8, At: at}} {
		if other.key() == item.key() || other.key() == "" {
			t.Errorf("%s: %q", name, other.key())
		}
	}
	for name, none := range map[string]meta{"no number": {At: at}, "no time": {ID: 7}} {
		if none.key() != "" {
			t.Errorf("%s: %q, want none", name, none.key())
		}
	}
}
