package tests

import (
	"testing"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/rehearse"
	"botd/luaapi"
)

// TestShippedScripts runs the tests of the scripts and plugins of this repository, as they are
// and with chaos between their steps.
func TestShippedScripts(t *testing.T) {
	for _, run := range []struct {
		seed  uint64
		chaos bool
	}{{1, false}, {1, true}, {4, true}} {
		opt := rehearse.Options{
			Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New(), Tests: rehearse.Library(luaapi.Pure()...),
			ScriptsDir: "../scripts", PluginsDir: "../plugins.d", Seed: run.seed, Chaos: run.chaos,
		}
		files, err := opt.Find(nil)
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		sum, err := rehearse.Files(t.Context(), opt, files)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range sum.Results {
			if r.Failure != nil {
				t.Errorf("%s\n%s", r.Title(), r.Failure.Text())
			}
		}
	}
}
