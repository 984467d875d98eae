package tests

import (
	"testing"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/rehearse"
	"botd/engine/script"
	"botd/luaapi"
	"botd/luaapi/luaapitest"
)

// TestAPIScripts runs the scripts that the API was made for, as they were written before it was.
func TestAPIScripts(t *testing.T) {
	opt := rehearse.Options{
		Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New(), Tests: rehearse.Library(luaapi.Pure()...),
		ScriptsDir: "testdata/api", PluginsDir: t.TempDir(), Seed: 1,
	}
	files, err := opt.Find(nil)
	if err != nil || len(files) != 2 {
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
	if want := 8; sum.Cases != want {
		t.Errorf("%d cases ran, want %d", sum.Cases, want)
	}
}

// The script with karma takes over what its first version kept.
func TestAPIScriptMigrates(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		first := script.Source{Name: "karma", Code: []byte(`local st = state{ points = {} }
bot.hear("(%w+)%+%+", function(_, who) st.points[who] = (st.points[who] or 0) + 1 end)`)}
		if err := b.Load(first); err != nil {
			t.Fatal(err)
		}
		b.Says("ann", "bob++")
		b.MustFile("testdata/api/karma.lua")
		b.Says("ann", "bob++")
		b.Expect("bob is at 2")
	})
}
