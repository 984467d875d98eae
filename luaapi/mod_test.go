package luaapi_test

import (
	"context"
	"strings"
	"testing"

	"botd/engine"
	"botd/luaapi/luaapitest"
)

// deletes counts the lines the bot has deleted.
func deletes(b *luaapitest.Bot) (n int) {
	for _, a := range b.Actions() {
		if _, ok := a.(engine.Delete); ok {
			n++
		}
	}
	return n
}

// hears has eve say something right after what came before, and reports whether it was deleted.
func hears(b *luaapitest.Bot, id, text string) bool {
	before := deletes(b)
	b.Deliver(engine.Event{User: luaapitest.User("eve"), Body: engine.Message{ID: engine.MessageID(id), Text: text}})
	return deletes(b) > before
}

// The rules of a version hold from the moment in which it is loaded, and those of the one
// before no longer; what was said before counts for rules that stay as they are.
func TestRulesHoldOnceTheScriptIsLoaded(t *testing.T) {
	const head = `local strict = mod.ladder{"strict", {"delete"}} `
	const word = head + `mod.rules{"words", ladder = strict, {words = {list = {"apple"}}}} `
	const repeats = head + `mod.rules{"repeats", ladder = strict, {repeats = {same_text = 3, within = "1m"}}} `
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		expect := func(id, text string, want bool) {
			t.Helper()
			if got := hears(b, id, text); got != want {
				t.Errorf("%s: deleted %v", text, got)
			}
		}
		b.Must(word)
		expect("1", "an apple", true)
		if b.Try(`mod.rules{"words", {words = {list = {"pear"}}}} error("no")`) == nil {
			t.Error("it loads")
		}
		expect("2", "a pear", false)
		expect("3", "another apple", true)
		b.Must(repeats)
		expect("4", "a third apple", false)
		expect("5", "hello there", false)
		b.Must(repeats)
		expect("6", "hello there", false)
		b.Must(repeats + `bot.on("message", function() end)`)
		expect("7", "hello there", true)
		b.Must(``)
		expect("8", "hello there", false)
		if err := b.Manager.Unload(context.Background(), "test"); err != nil {
			t.Fatal(err)
		}
	})
}

// A script may change rules as often as it wants, and have so many.
func TestRuleSetsAreBounded(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		out, problem := b.Eval(`
			local rule = {words = {list = {"apple"}}}
			for i = 1, 1000 do assert(mod.rules{"one", rule}) end
			for i = 2, 500 do assert(mod.rules{"set " .. i, rule}) end
			local ok, err = mod.rules{"one more", rule}
			out(ok, err.code)
			out(mod.rules{"one", rule})`)
		if out != "nil quota\ntrue" || problem != "" {
			t.Errorf("%s\n%s", out, problem)
		}
		if names := b.RulesInForce(); len(names) != 500 || !strings.HasPrefix(names[0], "set ") {
			t.Errorf("%d sets in force, the first is %q", len(names), names[:1])
		}
	})
}
