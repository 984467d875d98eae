package dispatch_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"botd/engine"
	"botd/engine/dispatch"
)

var (
	botd = engine.User{ID: "b", Name: "botd"}
	bang = &dispatch.Prefixes{Default: "!"}
)

// say is a message of ann in hc/lobby, changed as told.
func say(text string, change ...func(*engine.Event)) *engine.Event {
	ev := &engine.Event{
		Session: "hc", Platform: "hackchat", Room: engine.Room{ID: "lobby"},
		User: engine.User{ID: "1", Name: "ann", Role: engine.Member, Account: "ann@example"},
		Body: engine.Message{Text: text},
	}
	for _, f := range change {
		f(ev)
	}
	return ev
}

func self(ev *engine.Event)    { ev.Self = true }
func history(ev *engine.Event) { ev.History = true }

func message(f func(*engine.Message)) func(*engine.Event) {
	return func(ev *engine.Event) {
		m := ev.Body.(engine.Message)
		f(&m)
		ev.Body = m
	}
}

func emote(m *engine.Message)   { m.Emote = true }
func private(m *engine.Message) { m.Private = true }

func prepare(ev *engine.Event) *dispatch.Prepared {
	p := dispatch.Prepare(ev, botd, bang)
	return &p
}

func TestCommandWord(t *testing.T) {
	tests := []struct {
		name, text, command, args string
	}{
		{"prefix", "!ping", "ping", ""},
		{"arguments", "!ping  a  b ", "ping", "a  b"},
		{"any case", "!PiNg A", "ping", "A"},
		{"other letters", "!ÉCHO x", "écho", "x"},
		{"arguments behind a tab", "!ping\ta", "ping", "a"},
		{"arguments over lines", "!paste a\nb", "paste", "a\nb"},
		{"no prefix", "ping", "", ""},
		{"prefix inside", "say !ping", "", ""},
		{"lone prefix", "!", "", ""},
		{"prefix and space", "! ping", "", ""},
		{"name and colon", "botd: ping a", "ping", "a"},
		{"name and comma", "botd, ping", "ping", ""},
		{"name, colon and nothing", "botd:", "", ""},
		{"name and colon without a space", "botd:ping", "ping", ""},
		{"name in another case", "BotD: ping", "ping", ""},
		{"at name", "@botd ping", "ping", ""},
		{"at name and colon", "@botd: ping", "ping", ""},
		{"name and prefix", "botd: !ping", "ping", ""},
		{"name, prefix and space", "botd: ! ping", "", ""},
		{"bare name", "botd ping", "", ""},
		{"nothing but the name", "@botd", "", ""},
		{"longer name", "botd2: ping", "", ""},
		{"longer name with at", "@botd2 ping", "", ""},
		{"name elsewhere", "hey botd: ping", "", ""},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := prepare(say(tt.text))
			if p.Command != tt.command || p.Args != tt.args {
				t.Errorf("%q: command %q, args %q; want %q, %q", tt.text, p.Command, p.Args, tt.command, tt.args)
			}
		})
	}
}

func TestWhatIsNoCommand(t *testing.T) {
	tests := []struct {
		name string
		ev   *engine.Event
		want string
	}{
		{"private", say("!ping", message(private)), "ping"},
		{"emote", say("!ping", message(emote)), ""},
		{"the bot's own", say("!ping", self), ""},
		{"history", say("!ping", history), ""},
		{"an edit", say("", func(ev *engine.Event) { ev.Body = engine.Edited{Text: "!ping"} }), ""},
		{"a notice", say("", func(ev *engine.Event) { ev.Body = engine.Notice{Text: "!ping"} }), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := prepare(tt.ev).Command; got != tt.want {
				t.Errorf("command %q; want %q", got, tt.want)
			}
		})
	}
}

func glob(t testing.TB, s string) engine.RoomGlob {
	t.Helper()
	g, err := engine.ParseRoomGlob(s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestPrefixes(t *testing.T) {
	prefixes := &dispatch.Prefixes{Default: "!", Rooms: []dispatch.RoomPrefix{
		{Rooms: glob(t, "hc/lobby"), Prefix: "bot "},
		{Rooms: glob(t, "hc/quiet"), Prefix: ""},
		{Rooms: glob(t, "hc/*"), Prefix: "."},
	}}
	tests := []struct {
		name string
		room engine.RoomID
		text string
		want string
	}{
		{"the first that matches", "lobby", "bot ping", "ping"},
		{"others do not count there", "lobby", ".ping", ""},
		{"a later one", "attic", ".ping", "ping"},
		{"the default is replaced", "attic", "!ping", ""},
		{"none: the text is no command", "quiet", "ping", ""},
		{"none: the name still is", "quiet", "botd: ping", "ping"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ev := say(tt.text, func(ev *engine.Event) { ev.Room.ID = tt.room })
			if got := dispatch.Prepare(ev, botd, prefixes).Command; got != tt.want {
				t.Errorf("command %q; want %q", got, tt.want)
			}
		})
	}
}

func TestMentionsMe(t *testing.T) {
	tests := []struct {
		name string
		ev   *engine.Event
		want bool
	}{
		{"in the middle", say("I like botd a lot"), true},
		{"at the end", say("hello botd"), true},
		{"in another case", say("hello BOTD!"), true},
		{"with at", say("ping @botd"), true},
		{"after a longer word", say("robotd botd"), true},
		{"inside a word", say("botdom and robotd and botd_"), false},
		{"by the shown name", say("Helpful Bot, are you there?"), true},
		{"between letters of other scripts", say("яbotd я"), false},
		{"between signs of other scripts", say("«botd»"), true},
		{"not at all", say("hello"), false},
		{"the network says so", say("hello", message(func(m *engine.Message) { m.MentionsMe = true })), true},
		{"by the bot itself", say("I am botd", self), false},
	}
	me := botd
	me.Display = "helpful bot"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dispatch.Prepare(tt.ev, me, bang).MentionsMe; got != tt.want {
				t.Errorf("got %v; want %v", got, tt.want)
			}
		})
	}
}

func TestMentionOfOtherNames(t *testing.T) {
	tests := []struct {
		name, me, text string
		want           bool
	}{
		{"beyond ASCII", "Éva", "hey éva!", true},
		{"beyond ASCII, in a word", "Éva", "réva évat", false},
		{"in another alphabet", "бот", "эй, БОТ", true},
		{"beginning with a sign", "[bot]", "hey [BOT]", true},
		{"beginning with a digit", "3po", "c3po", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dispatch.Prepare(say(tt.text), engine.User{Name: tt.me}, bang).MentionsMe; got != tt.want {
				t.Errorf("%q mentions %q: %v; want %v", tt.text, tt.me, got, tt.want)
			}
		})
	}
}

func TestPrepareWithoutAName(t *testing.T) {
	p := dispatch.Prepare(say("@ ping: x"), engine.User{}, bang)
	if p.MentionsMe || p.Command != "" {
		t.Errorf("got %+v; a bot without a name cannot be mentioned", p)
	}
}

func TestPreparedText(t *testing.T) {
	for body, want := range map[engine.Body]string{
		engine.Message{Text: "a"}:   "a",
		engine.Edited{Text: "b"}:    "b",
		engine.TopicSet{Text: "c"}:  "c",
		engine.Notice{Text: "d"}:    "d",
		engine.Contacted{Text: "e"}: "e",
		engine.Left{Reason: "f"}:    "",
	} {
		if got := prepare(&engine.Event{Body: body}).Text; got != want {
			t.Errorf("%s: text %q; want %q", body.Kind(), got, want)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("!ping a b", "botd", "!")
	f.Add("@BOTD: ping", "botd", "")
	f.Add("\xff\xfe@é: ping", "é", "é")
	f.Fuzz(func(t *testing.T, text, name, prefix string) {
		p := dispatch.Prepare(say(text), engine.User{Name: name}, &dispatch.Prefixes{Default: prefix})
		if strings.ContainsAny(p.Command, " \t\n") || p.Args != strings.TrimSpace(p.Args) || p.Command == "" && p.Args != "" {
			t.Errorf("%q as %q with %q: command %q, args %q", text, name, prefix, p.Command, p.Args)
		}
		if !strings.HasSuffix(strings.TrimSpace(text), p.Args) {
			t.Errorf("%q: args %q are not its end", text, p.Args)
		}
	})
}

func TestCommandIsFoundBehindAnyPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringMatching(`[!.?#a-z]{1,3}`).Draw(t, "prefix")
		word := rapid.StringMatching(`[a-z0-9]{1,8}`).Draw(t, "word")
		args := rapid.StringMatching(`([a-z!:@]( {1,2}[a-z!:@])*)?`).Draw(t, "args")
		p := dispatch.Prepare(say(prefix+word+" "+args+" "), botd, &dispatch.Prefixes{Default: prefix})
		if p.Command != word || p.Args != args {
			t.Fatalf("command %q, args %q; want %q, %q", p.Command, p.Args, word, args)
		}
	})
}

func TestRestore(t *testing.T) {
	on := true
	b := dispatch.NewBuilder(nil)
	for _, s := range []dispatch.Sub{
		{Kind: "message", Filter: dispatch.Filter{Private: &on}},
		{Kind: "join"},
		{Kind: "own event"},
		{Commands: []string{"ping"}},
	} {
		if _, err := b.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	table := b.Build()
	for _, body := range []engine.Body{
		engine.Message{Text: "botd: !ping  7", MentionsMe: true}, engine.Message{Text: "psst", Private: true}, engine.Message{Text: "x"},
		engine.Joined{}, engine.Left{}, engine.Custom{Name: "own event", Data: map[string]any{"n": 1.0}},
	} {
		ev := &engine.Event{ID: "e1", Session: "s", Room: engine.Room{ID: "r"}, User: engine.User{Name: "ann"}, Body: body}
		was := dispatch.Prepare(ev, engine.User{Name: "botd"}, bang)
		is := dispatch.Restore(ev, was.Found())
		if !reflect.DeepEqual(was, is) {
			t.Errorf("%s: got %+v, want %+v", body.Kind(), is, was)
		}
		if table.Wants(&was) != table.Wants(&is) {
			t.Errorf("%s: wanted before or after, not both", body.Kind())
		}
	}
}

func TestEachSubscriptionIsSeenOnce(t *testing.T) {
	b := dispatch.NewBuilder(nil)
	for _, s := range []dispatch.Sub{{Kind: "message"}, {Kind: "message"}, {Kind: "join"}, {Commands: []string{"a", "b", "c"}}, {Commands: []string{"d"}}} {
		if _, err := b.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[uint64]int{}
	b.Build().Each(func(s *dispatch.Sub) { seen[s.ID]++ })
	if want := map[uint64]int{1: 1, 2: 1, 3: 1, 4: 1, 5: 1}; !reflect.DeepEqual(seen, want) {
		t.Errorf("got %v", seen)
	}
}
