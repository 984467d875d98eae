package store

import (
	"slices"
	"testing"
)

// AddMigration makes a newer schema until the test ends.
func AddMigration(t *testing.T, step string) {
	old := migrations
	migrations = append(slices.Clone(old), step)
	t.Cleanup(func() { migrations = old })
}
