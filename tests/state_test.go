package tests

import (
	"strings"
	"testing"
)

const tally = `local st = state{ n = 0 }
bot.command("add", function(ev) st.n = st.n + 1 ev:reply(bot.generation .. ": " .. st.n) end)`

// The state of a script outlives reload, restart and a move to a process of its own and
// back; the operator sees it.
func TestStateGoesOn(t *testing.T) {
	for _, kind := range []string{"none", "process"} {
		t.Run(kind, func(t *testing.T) {
			files := map[string]string{"config.yaml": withIsolation(kind, "a"), "scripts/a.lua": tally}
			d := start(t, files)
			ann := d.join("lobby", "ann")
			expect := func(want string) {
				t.Helper()
				if got := ann.ask("!add"); got != want {
					t.Errorf("got %q, want %q (%s)", got, want, d.fault())
				}
			}
			expect("1: 1")
			if err := d.host.Reload(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			expect("2: 2")
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			ann = d.join("lobby", "ann")
			expect("1: 3")
			other := map[string]string{"none": "process", "process": "none"}[kind]
			for i, to := range []string{other, kind} {
				d.write("config.yaml", withIsolation(to, "a"))
				if err := d.host.Reload(t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				if got, want := ann.ask("!add"), []string{": 4", ": 5"}[i]; !strings.HasSuffix(got, want) {
					t.Errorf("after the move to %s: %q (%s)", to, got, d.fault())
				}
			}
			if err := d.stop(); err != nil {
				t.Fatal(err)
			}
			d = startIn(t, d.dir, files)
			if v, err := d.host.Stored(t.Context(), "state/a", "state"); err != nil || !strings.Contains(string(v.Value), `"n":5`) {
				t.Errorf("kept %s, %v", v.Value, err)
			}
		})
	}
}

// Without the grant there is no state, and the error names the cure.
func TestStateGrant(t *testing.T) {
	d := startIn(t, t.TempDir(), map[string]string{
		"scripts/a.lua": `local ok, err = pcall(state, {}) bot.command("why", function(ev) ev:reply(tostring(err)) end)`,
		"config.yaml":   "sessions: [{name: lobby, adapter: local, rooms: [lobby]}]\nscripts: [{name: a, grants: [chat]}]\n",
	})
	want := `script "a" may not keep a state: add "store" to its grants in config.yaml (scripts: - name: a, grants: [chat, store])`
	if got := d.join("lobby", "ann").ask("!why"); !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
