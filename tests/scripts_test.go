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
	for _, chaos := range []bool{false, true} {
		opt := rehearse.Options{
			Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New(), Tests: rehearse.Library(luaapi.Pure()...),
			ScriptsDir: "../scripts", PluginsDir: "../plugins.d", Seed: 1, Chaos: chaos,
		}
		var paths []string
		if chaos { // tests of plugins are exact about moments
			paths = []string{"../scripts/tests"}
		}
		files, err := opt.Find(paths)
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
