package adapters_test

import (
	"testing"

	"botd/adapters"
	"botd/adapters/local"
)

func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range adapters.All(local.NewHub(local.Options{})) {
		if a.Name == "" || a.Doc == "" || a.Settings == nil || a.New == nil {
			t.Errorf("adapter %q is not whole", a.Name)
		}
		if seen[a.Name] {
			t.Errorf("two adapters named %q", a.Name)
		}
		seen[a.Name] = true
	}
}
