package luaapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

// asks loads a command "q" that answers what a conversation gave.
func asks(b *luaapitest.Bot, call string) {
	b.Must(`bot.command("q", function(ev)
		local v, err = ` + call + `
		ev:reply(type(v) .. " " .. tostring(v) .. (err and " " .. err.code .. ": " .. err.message or ""))
	end)
	bot.on("message", function(ev) if ev.text:find("^x") then ev:reply("heard " .. ev.text) end end)
	bot.command("other", function(ev) ev:reply("other") end)`)
}

func TestAsk(t *testing.T) {
	sizes := `ev:choose("Size?", {"small", "medium", "large", 7})`
	list := "Size? 1) small 2) medium 3) large 4) 7"
	tests := []struct {
		name, call string
		answers    []string
		want       []string
	}{
		{"text", `ev:ask("Who?")`, []string{" x y "}, []string{"Who?", "string x y"}},
		{"number", `ev:ask("How many?", {as = "int"})`, []string{"5"}, []string{"How many?", "number 5"}},
		{"user", `ev:ask("Who?", {as = "user"})`, []string{"nobody", "@bob"}, []string{"Who?", "Nobody is not here. Who?", "userdata bob"}},
		{"enum", `ev:ask("Which?", {as = "enum(red|green)"})`, []string{"grene", "GREEN"}, []string{"Which?", `There is no "grene", did you mean "green"? Which?`, "string green"}},
		{"duration", `ev:ask("How long?", {as = "duration"})`, []string{"5m"}, []string{"How long?", "number 300"}},
		{"tries", `ev:ask("n?", {as = "int", tries = 2})`, []string{"a", "b"}, []string{"n?", `Expected a whole number, got "a". n?`, `nil nil invalid: no answer that will do in 2 tries: expected a whole number, got "b"`}},
		{"check", `ev:ask("n?", {check = function(v) return v == "7", "think of a holy number" end})`, []string{"6", "7"}, []string{"n?", "Think of a holy number. n?", "string 7"}},
		{"check without a reason", `ev:ask("n?", {check = function(v) return v == "7" end, tries = 2})`, []string{"6", "7"}, []string{"n?", "That will not do. n?", "string 7"}},
		{"cancel", `ev:ask("n?")`, []string{"Cancel"}, []string{"n?", "nil nil cancelled: ann cancelled it"}},
		{"another word to cancel", `ev:ask("n?", {cancel = "stop"})`, []string{"stop"}, []string{"n?", "nil nil cancelled: ann cancelled it"}},
		{"no word to cancel", `ev:ask("n?", {cancel = ""})`, []string{"cancel"}, []string{"n?", "string cancel"}},
		{"by number", sizes, []string{"2"}, []string{list, "string medium"}},
		{"by text before number", sizes, []string{"7"}, []string{list, "number 7"}},
		{"by beginning", sizes, []string{"LAR"}, []string{list, "string large"}},
		{"no choice", sizes, []string{"9", "smal"}, []string{list, `There is no "9". ` + list, "string small"}},
		{"ambiguous", `ev:choose("?", {"tea", "tent"})`, []string{"te", "tea"}, []string{"? 1) tea 2) tent", `"te" could be "tea" or "tent". ? 1) tea 2) tent`, "string tea"}},
		{"yes", `ev:confirm("Sure?")`, []string{"Yep!"}, []string{"Sure? (yes/no)", "boolean true"}},
		{"no", `ev:confirm("Sure?")`, []string{"well", "no"}, []string{"Sure? (yes/no)", "Please answer yes or no. Sure? (yes/no)", "boolean false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			luaapitest.Run(t, func(b *luaapitest.Bot) {
				asks(b, tt.call)
				b.Says("ann", "!q")
				for _, a := range tt.answers {
					b.Says("ann", a)
				}
				b.Expect(tt.want...)
			})
		})
	}
}

// An answer reaches nobody else; what others say, what is said elsewhere or in private,
// and commands are no answers.
func TestWhatIsAnAnswer(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		asks(b, `ev:ask("?")`)
		ann := as("ann", engine.Member)
		says(b, ann, "!q")
		b.Says("bob", "x of bob")
		says(b, ann, "x elsewhere", "attic")
		b.Event(engine.Event{User: ann, Body: engine.Message{Text: "x in private", Private: true}})
		says(b, ann, "!other")
		b.Event(engine.Event{User: ann, History: true, Body: engine.Message{Text: "x of old"}})
		b.Expect("?", "heard x of bob", "heard x elsewhere", "whisper: heard x in private", "other")
		says(b, ann, "!unknown x") // no command, so an answer
		says(b, ann, "x again")
		b.Expect("string !unknown x", "heard x again")
	})
}

func TestOneQuestionForEachUserAndRoom(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		asks(b, `ev:ask("?")`)
		b.Says("ann", "!q")
		b.Says("ann", "!q")
		b.Says("bob", "!q")
		says(b, as("ann", engine.Member), "!q", "attic")
		b.Expect("?", "nil nil conflict: ann has another question to answer", "?", "?")
		b.Says("bob", "mine")
		b.Says("ann", "here")
		b.Expect("string mine", "string here")
		b.Says("ann", "!q") // it is over
		b.Expect("?")
	})
}

func TestTimeIsUp(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		asks(b, `ev:ask("?", {timeout = "30s", as = "int"})`)
		b.Says("ann", "!q")
		time.Sleep(29 * time.Second)
		b.Says("ann", "one") // and the time begins anew
		time.Sleep(29 * time.Second)
		b.Settle()
		b.Expect("?", `Expected a whole number, got "one". ?`)
		time.Sleep(time.Second)
		b.Settle()
		b.Expect("nil nil timeout: ann did not answer within 30s")
		b.Says("ann", "x late")
		b.Expect("heard x late")
	})
}

// A reload ends questions, and what comes then is a line like any other.
func TestReloadEndsQuestions(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		asks(b, `ev:ask("?")`)
		b.Says("ann", "!q")
		asks(b, `ev:ask("again?")`)
		b.Settle()
		b.Says("ann", "x")
		b.Says("ann", "!q")
		b.Says("ann", "y")
		b.Expect("?", "heard x", "again?", "string y")
	})
}

// What the user is told whose question is lost by that is for the script to say.
func TestWordsOfLostQuestions(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		for _, call := range []string{`ev:ask("?")`, `ev:choose("?", {1, 2}, {lost = "gone"})`, `ev:confirm("?", {lost = ""})`} {
			asks(b, call)
			b.Settle()
			b.Says("ann", "!q")
		}
		asks(b, `ev:ask("?", {timeout = "1s", lost = "not that"})`) // ends the last of them
		b.Settle()
		b.Says("ann", "!q")
		time.Sleep(2 * time.Second) // and that is no loss
		b.Settle()
		want := []string{"@ann: I was restarted or changed and cannot take your answer any more, please begin again", "gone", ""}
		if !slices.Equal(b.Lost, want) {
			t.Errorf("lost %q", b.Lost)
		}
	})
}

// A task that its own script cancels asks no more, and nobody has lost anything.
func TestCancelledQuestion(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Must(`local task
			bot.command("q", function(ev) task = bot.spawn(function() ev:ask("?") end) end)
			bot.command("stop", function(ev) task:cancel() end)`)
		b.Says("ann", "!q")
		b.Says("ann", "!stop")
		b.Settle()
		if len(b.Lost) > 0 {
			t.Errorf("lost %q", b.Lost)
		}
	})
}

func TestQuestionThatCannotBeSent(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.Answer = func(r script.Request) engine.Receipt {
			if engine.TextOf(r.Action) == "?" {
				return engine.Fail(engine.Errorf(engine.NotConnected, "offline"))
			}
			return engine.Receipt{Status: engine.Sent}
		}
		asks(b, `ev:ask("?")`)
		b.Says("ann", "!q")
		b.Says("ann", "x")
		b.Expect("?", "nil nil not_connected: offline", "heard x")
	})
}

func TestAskMisuse(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		for call, want := range map[string]string{
			`ev:ask()`:                        "event:ask: argument 1 (question): expected a string, got nil",
			`ev:ask(" ")`:                     "event:ask: argument 1 (question): expected a text, got an empty one",
			`ev:ask("?", {as = "wrod"})`:      `event:ask: argument 2 (opts): as: no type "wrod", did you mean "word"?`,
			`ev:ask("?", {as = 5})`:           "no type",
			`ev:ask("?", {timeuot = 5})`:      `event:ask: argument 2 (opts): unknown option "timeuot", did you mean "timeout"?`,
			`ev:ask("?", {tries = 1000})`:     "event:ask: argument 2 (opts): expected a timeout above 0 and 1 to 100 tries",
			`ev:ask("?", {check = 5})`:        "event:ask: argument 2 (opts): check: expected a function, got the number 5",
			`ev:choose("?")`:                  "event:choose: argument 2 (list): expected a list, got nil",
			`ev:choose("?", {})`:              "event:choose: argument 2 (list): expected 1 to 50 items, got 0",
			`ev:choose("?", {1}, {as="int"})`: `event:choose: argument 3 (opts): unknown option "as"`,
			`ev:confirm()`:                    "event:confirm: argument 1 (question): expected a string, got nil",
			`ev:confirm("?", {timeout = -1})`: "event:confirm: argument 2 (opts): expected a timeout above 0",
		} {
			b.Must(`bot.command("q", function(ev) ` + call + ` end)`)
			before := len(b.Errors())
			b.Says("ann", "!q")
			if errs := b.Errors(); len(errs) != before+1 || !strings.Contains(errs[before].Error(), want) {
				t.Errorf("%s: errors %v, want %q", call, errs[before:], want)
			}
		}
		b.Must(`bot.on("connect", function(ev) local v, err = ev:ask("?") log.info(err.message) end)`)
		b.Event(engine.Event{Body: engine.Connected{}})
		if l := b.Logs(); len(l) != 1 || l[0].Msg != "the event has no user" {
			t.Errorf("logs %+v", l)
		}
	})
}
