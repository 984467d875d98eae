package moderate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/engine"
	"botd/engine/moderate"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func line(who, text string) moderate.Line {
	return moderate.Line{At: start, Session: "s", Room: engine.Room{ID: "r"}, User: engine.User{ID: engine.UserID(who), Name: who, Role: engine.Member}, Text: text}
}

func compile(t testing.TB, rules ...moderate.Rule) *moderate.Set {
	t.Helper()
	s, err := moderate.Compile(moderate.Config{Name: "test", Ladder: moderate.DefaultLadder(), Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func links(allow ...string) moderate.Rule {
	return moderate.Rule{Links: &moderate.Links{Allow: allow}}
}
func words(list ...string) moderate.Rule {
	return moderate.Rule{Words: &moderate.Words{List: list, Confusables: true}}
}

var someWords = words("scam", "viagra", "free money", "*casino*", "ass", "nigeria*", "kill")

// Each line is about one rule; hit is what the rule should say it found, "" for nothing.
func TestRules(t *testing.T) {
	strict := moderate.Rule{Links: &moderate.Links{Strict: true}}
	caps := moderate.Rule{Caps: &moderate.Caps{}}
	symbols := moderate.Rule{Symbols: &moderate.Symbols{}}
	emotes := moderate.Rule{Emotes: &moderate.Emotes{Max: 3, Names: []string{"Kappa"}}}
	length := moderate.Rule{Length: &moderate.Length{Max: 20, Lines: 2}}
	plainWords := moderate.Rule{Words: &moderate.Words{List: []string{"scam", "straße"}}}
	tests := []struct {
		name string
		rule moderate.Rule
		text string
		hit  string
	}{
		{"link", links(), "see https://evil.com/x now", "evil.com/x"},
		{"link without scheme", links(), "go to evil.com", "evil.com"},
		{"link in brackets", links(), "(evil.com)", "evil.com"},
		{"link before a full stop", links(), "Go to evil.com.", "evil.com"},
		{"link in capitals", links(), "EVIL.COM", "evil.com"},
		{"link with a port", links(), "evil.test:8080 evil.net:8080/x", "evil.net/x"},
		{"link by address", links(), "http://10.0.0.1/x", "10.0.0.1/x"},
		{"link by address and port", links(), "10.0.0.1:80", "10.0.0.1"},
		{"link by address of six", links(), "http://[::1]/x", ""}, // nobody reads mail there; no name either
		{"invite", links(), "join discord.gg/abc", "discord.gg/abc"},
		{"short link", links(), "bit.ly/3x", "bit.ly/3x"},
		{"dot in brackets", links(), "evil[.]com", "evil.com"},
		{"dot spelled in brackets", links(), "evil (dot) com", "evil.com"},
		{"dot spelled in braces", links(), "evil{DOT}com/path", "evil.com/path"},
		{"dot spelled", links(), "evil dot com", "evil.com"},
		{"dot with a zero", links(), "evil d0t com", "evil.com"},
		{"dot apart", links(), "evil . com", "evil.com"},
		{"dot behind a space", links(), "evil .com", "evil.com"},
		{"wide dot", links(), "evil．com", "evil.com"},
		{"ideographic dot", links(), "evil。com", "evil.com"},
		{"leader dot", links(), "evil․com", "evil.com"},
		{"wide letters", links(), "ｅｖｉｌ.ｃｏｍ", "evil.com"},
		{"bold letters", links(), "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "evil.com"},
		{"zero-width space", links(), "evil\u200b.\u200bcom", "evil.com"},
		{"soft hyphen", links(), "ev\u00adil.c\u00adom", "evil.com"},
		{"hxxp", links(), "hxxps://evil.com", "evil.com"},
		{"spaces in the scheme", links(), "https: / / evil.com", "evil.com"},
		{"end that is not registered", links(), "see http://evil.example/x and HTTPS://evil.newtld", "evil.example/x"},
		{"end that is not registered, alone", links(), "hxxps://evil.newtld", "evil.newtld"},
		{"no end that is registered, no scheme", links(), "see main.go:80, a.b/c and git://host.local/x", ""},
		{"name of another script", links(), "http://пример.рф/x", "xn--e1afmkfd.xn--p1ai/x"},
		{"no scheme, name of another script", links(), "пример.рф", "xn--e1afmkfd.xn--p1ai"},
		{"allowed", links("example.com"), "https://example.com/a and docs.example.com", ""},
		{"allowed by star", links("*.example.com"), "docs.example.com", ""},
		{"allowed path", links("example.com/docs"), "example.com/docs/x", ""},
		{"other path", links("example.com/docs"), "example.com/docsevil", "example.com/docsevil"},
		{"one allowed, one not", links("example.com"), "example.com evil.com", "evil.com"},
		{"name that ends alike", links("example.com"), "notexample.com", "notexample.com"},
		{"name that begins alike", links("example.com"), "example.com.evil.com", "example.com.evil.com"},
		{"user in front", links("example.com"), "http://example.com@evil.com/", "evil.com"},
		{"backslash", links("example.com"), `http://evil.com\@example.com`, "evil.com/@example.com"},
		{"lookalike of an allowed one", links("example.com"), "http://ехample.com", "xn--ample-ywe6i.com"},
		{"strict", strict, "main.py", "main.py"},
		{"low line below a name", links(), "my_page.evil.com", "my_page.evil.com"},
		{"odd hyphens", links(), "http://ab--cd.com a-.evil.com", "ab--cd.com"},
		{"hyphen at the end of a part", links(), "a-.evil.com", "a-.evil.com"},
		{"behind a colon", links(), "website:evil.com", "evil.com"},
		{"behind a comma", links(), "hi,evil.com", "evil.com"},
		{"two with a comma", links("example.com"), "example.com,evil.com/x,y", "evil.com/x,y"},
		{"two with schemes", links("example.com"), "http://example.com,http://evil.com", "evil.com"},
		{"a scheme twice", links(), "http://http://evil.com", "evil.com"},
		{"allowed ones with schemes", links("example.com"), "http://example.com,http://example.com/x", ""},
		{"behind an arrow", links(), "look→evil.com", "evil.com"},
		{"behind an equals sign", links(), "url=evil.com", "evil.com"},
		{"behind mail", links(), "a@b.org,evil.com", "evil.com"},
		{"behind what is no text", links(), "\xff\xfeevil.com\xff", "evil.com"},
		{"between bars", links(), "|evil.com|", "evil.com"},
		{"address as a number", links(), "http://3232235777/", "3232235777"},
		{"address as a hexadecimal number", links(), "http://0xC0A80101/x", "0xC0A80101/x"},
		{"mark that no host has", links(), "http://x\x00.evil.com", "x\x00.evil.com"},
		{"another address in a query", links("example.com"), "example.com/?to=evil.com,evil.net", ""},
		{"code", links(), "my_list.name = a,b.c; f(x.y,z.w)", ""},

		{"caps", caps, "THIS IS VERY IMPORTANT NEWS", "100 % capitals"},
		{"caps of Cyrillic", caps, "КУПИТЕ ПРЯМО СЕЙЧАС ДЁШЕВО", "100 % capitals"},
		{"bold caps", caps, "𝐁𝐔𝐘 𝐍𝐎𝐖 𝐁𝐔𝐘 𝐍𝐎𝐖 𝐁𝐔𝐘 𝐍𝐎𝐖 𝐁𝐔𝐘 𝐍𝐎𝐖", "100 % capitals"},
		{"short caps", caps, "WOW", ""},
		{"caps at the bound", moderate.Rule{Caps: &moderate.Caps{Over: 0.5, Min: 4}}, "ABcd", ""},
		{"caps over the bound", moderate.Rule{Caps: &moderate.Caps{Over: 0.5, Min: 4}}, "ABCd", "75 % capitals"},
		{"caps in names", caps, "@VERYLONGNAMEINCAPITALS hi there", ""},
		{"no case", caps, "これは日本語の文章ですとても長いですね", ""},

		{"symbols", symbols, "#@$%^&*()_+!!??", "100 % symbols"},
		{"zalgo", symbols, "h" + strings.Repeat("\u0301", 20) + "i", "90 % symbols"},
		{"box drawing", symbols, "░░░░▒▒▒▒▓▓▓▓████", "100 % symbols"},
		{"accents", symbols, "Tiếng Việt có rất nhiều dấu", ""},
		{"pictures are no symbols", symbols, strings.Repeat("😀", 20), ""},

		{"emotes", emotes, "😀😀 😀 😀", "4 emotes"},
		{"emotes of the network", emotes, "Kappa Kappa Kappa Kappa", "4 emotes"},
		{"short codes", emotes, ":smile: :smile::smile: :wave:", "4 emotes"},
		{"family is one", emotes, "👨‍👩‍👧‍👦 👍🏽 🇮🇹", ""},
		{"clock and times", emotes, "10:30:45 and 12:00:00 and 1:2:3 4:5:6", ""},

		{"length", length, "a line of more than twenty", "26 characters"},
		{"lines", length, "a\nb\nc", "3 lines"},
		{"length at the bound", length, strings.Repeat("é", 20), ""},

		{"word", someWords, "what a SCAM!", "scam"},
		{"phrase", someWords, "get Free,  money here", "free money"},
		{"part of a word", someWords, "bestcasino4u", "*casino*"},
		{"begin of a word", someWords, "nigerians", "nigeria*"},
		{"accents on a word", someWords, "ścåm", "scam"},
		{"wide word", someWords, "ｓｃａｍ", "scam"},
		{"Cyrillic letters", someWords, "ѕсаm", "scam"},
		{"all Cyrillic letters", someWords, "this is a ѕсам", "scam"},
		{"Greek letters", someWords, "νiαgrα", "viagra"},
		{"bold word", someWords, "𝓼𝓬𝓪𝓶", "scam"},
		{"circled word", someWords, "ⓢⓒⓐⓜ", "scam"},
		{"digits", someWords, "5c4m", "scam"},
		{"small capitals", someWords, "ꜱᴄᴀᴍ", "scam"},
		{"black circles", someWords, "🅢🅒🅐🅜", "scam"},
		{"black squares", someWords, "🆂🅲🅰🅼", "scam"},
		{"marks of another script", someWords, "s\u0e31c\u05b0a\u064bm", "scam"},
		{"one for i", someWords, "v1agra", "viagra"},
		{"one for l", someWords, "ki11", "kill"},
		{"dollars", someWords, "$cam", "scam"},
		{"at sign", someWords, "@ss", "ass"},
		{"word with a bang", someWords, "5cam!!!", "scam"},
		{"letters apart", someWords, "s c a m", "scam"},
		{"letters in dots", someWords, "s.c.a.m", "scam"},
		{"letters apart among others", someWords, "a s c a m", "scam"},
		{"split word", someWords, "sc-am", "scam"},
		{"zero-width word", someWords, "sc\u200bam", "scam"},
		{"drawn out", someWords, "scaaaaaam", "scam"},
		{"drawn out with a double", someWords, "killlll", "kill"},
		{"no confusables", plainWords, "5c4m s c a m ѕсаm", ""},
		{"folding without confusables", plainWords, "STRASSE", "straße"},
		{"word in a word", someWords, "class passage Scunthorpe assume", ""},
		{"price", someWords, "it costs $5 or 455 @ 5", ""},

		{"pattern", moderate.Rule{Pattern: `(?i)buy\s+now`}, "Buy  NOW cheap", "Buy  NOW"},
		{"pattern through joiners", moderate.Rule{Pattern: `buy now`}, "bu\u200by no\u00adw", "buy now"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hit, ok := compile(t, tt.rule).Judge(line("eve", tt.text), nil)
			if ok != (tt.hit != "") || hit.Detail != tt.hit {
				t.Errorf("%q: hit %t %q, want %q", tt.text, ok, hit.Detail, tt.hit)
			}
		})
	}
}

// everything is all rules with their defaults.
func everything(t testing.TB) *moderate.Set {
	return compile(t, links(), moderate.Rule{Caps: &moderate.Caps{}}, moderate.Rule{Repeats: &moderate.Repeats{AcrossUsers: true}},
		moderate.Rule{Symbols: &moderate.Symbols{}}, moderate.Rule{Emotes: &moderate.Emotes{}}, moderate.Rule{Length: &moderate.Length{}},
		moderate.Rule{Flood: &moderate.Flood{}}, someWords, moderate.Rule{Pattern: `(?i)\bbuy\s+followers\b`})
}

// ordinary is what people say and no rule must touch.
var ordinary = []string{
	"hi", "lol", "gg", "GG WP", "OMG", "hello everybody, how are you?", "That was close...", "well...ok", "wait.what", "yes.it works",
	"I said so.Then I left.", "e.g. this, i.e. that", "v1.2.3 is out", "version 10.0.19041", "at 10:30 or 22:15", "3.14 is pi", "costs 4.99",
	"open main.py and readme.md", "run test.sh", "lib.rs has it", "node.js and package.json", "see config.yaml line 12", "a.b.c = d.e", "foo.bar()", "std::vector<int>",
	"the dot com bubble", "mail me at ann@example.com", "@bob did you see?", "@bob.smith hello", "U.S.A. and U.K.", "Ph.D. and M.Sc.", "J.R.R. Tolkien", "1.e4 e5 2.Nf3 Nc6",
	"ну вот и всё", "сосна и рот", "там нет сам", "Привет, как дела?", "τι κάνεις;", "これはペンです。そうです。", "你好。你好吗？", "مرحبا كيف حالك", "שלום לכולם", "สวัสดีครับ", "नमस्ते दोस्तों",
	"class assignment passed", "Scunthorpe, Penistone and Sussex", "I assess the assets", "it is 5.5 of 10", "¯\\_(ツ)_/¯", "(╯°□°)╯︵ ┻━┻", ":) :D :P", "<3 <3 <3",
	"😂😂😂", "👍🏽 thanks", "Happy birthday 🎂🎉🎈", "NASA and the ESA", "I LOVE this song so much, really", "if x > 0 && y < 5 { return }", "#include <stdio.h>",
	"https is not http", "I got 100% :)", "what?!?!", "nooooo", "yesssss", "haha ha ha ha", "a b c", "1 2 3 4 5", "so. Top that!", "Sure. Net result: nothing", "dots: . . .", "point . click",
	"skill and overkill", "the killer whale", "cams and scams are plural", "what a mess", "re: your question", "~~~~", "----", "=====", "c++ or c#?", "a/b testing", "and/or", "24/7",
	"he's on 192.168.0.1", "router is 10.0.0.1", "e=mc^2", "\"quoted\" 'text'", "O'Brien said \"no\"", "Müller & Söhne", "naïve café", "Tiếng Việt rất hay", "🅰️ or 🅱️?", "Ελλάδα και Κύπρος",
}

func TestOrdinaryChat(t *testing.T) {
	s := everything(t)
	for i, text := range ordinary {
		l := line(fmt.Sprint("user", i%7), text)
		l.At = start.Add(time.Duration(i) * 5 * time.Second)
		if hit, ok := s.Judge(l, nil); ok {
			t.Errorf("%q: taken for %s (%s)", text, hit.Kind, hit.Detail)
		}
	}
}

func TestRepeatsAndFlood(t *testing.T) {
	type said struct {
		after time.Duration
		who   string
		text  string
		hit   string
	}
	repeats := moderate.Rule{Repeats: &moderate.Repeats{SameText: 3, Within: 30 * time.Second}}
	across := moderate.Rule{Repeats: &moderate.Repeats{SameText: 3, Within: 30 * time.Second, AcrossUsers: true}}
	flood := moderate.Rule{Flood: &moderate.Flood{Lines: 3, Within: 3 * time.Second}}
	tests := []struct {
		name  string
		rules []moderate.Rule
		lines []said
	}{
		{"the third is one too many", []moderate.Rule{repeats}, []said{{0, "eve", "buy cheap gold", ""}, {time.Second, "eve", "buy cheap gold", ""}, {time.Second, "eve", "buy cheap gold", "repeats"}, {time.Second, "eve", "buy cheap gold", "repeats"}}},
		{"after a while it is fine", []moderate.Rule{repeats}, []said{{0, "eve", "buy", ""}, {time.Second, "eve", "buy", ""}, {30 * time.Second, "eve", "buy", ""}}},
		{"others do not count", []moderate.Rule{repeats}, []said{{0, "eve", "buy", ""}, {0, "bob", "buy", ""}, {0, "ann", "buy", ""}}},
		{"changed in numbers, signs, case and letters", []moderate.Rule{repeats}, []said{{0, "eve", "Buy gold 12!", ""}, {0, "eve", "b.u.y GOLD 77", ""}, {0, "eve", "buуy  gоld", "repeats"}}},
		{"bots in turns", []moderate.Rule{across}, []said{{0, "b1", "cheap gold at my shop", ""}, {0, "b2", "Cheap gold at my shop!", ""}, {0, "b3", "cheap g0ld at my shop", ""}, {0, "b4", "cheap gold at my shop 4", "repeats"}}},
		{"everybody greets", []moderate.Rule{across}, []said{{0, "ann", "hello", ""}, {0, "bob", "hello", ""}, {0, "eve", "hello!", ""}, {0, "mia", "hello", ""}}},
		{"flood", []moderate.Rule{flood}, []said{{0, "eve", "a", ""}, {time.Second, "eve", "b", ""}, {time.Second, "eve", "c", "flood"}}},
		{"no flood", []moderate.Rule{flood}, []said{{0, "eve", "a", ""}, {time.Second, "bob", "b", ""}, {time.Second, "eve", "c", ""}, {time.Second, "eve", "d", ""}}},
		{"counted though another rule hit", []moderate.Rule{links(), flood}, []said{{0, "eve", "evil.com", "links"}, {0, "eve", "evil.com", "links"}, {0, "eve", "sorry", "flood"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, at := compile(t, tt.rules...), start
			for i, l := range tt.lines {
				at = at.Add(l.after)
				m := line(l.who, l.text)
				m.At = at
				if hit, _ := s.Judge(m, nil); hit.Kind != l.hit {
					t.Errorf("line %d %q: hit %q, want %q", i+1, l.text, hit.Kind, l.hit)
				}
			}
		})
	}
}

func TestExempt(t *testing.T) {
	cfg := moderate.Config{Name: "test", Ladder: moderate.DefaultLadder(), Rules: []moderate.Rule{{Links: &moderate.Links{}, Exempt: []string{"crew"}}}}
	judge := func(u engine.User) bool {
		s, err := moderate.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		l := line("ann", "evil.com")
		l.User = u
		_, hit := s.Judge(l, nil)
		return hit
	}
	for _, tt := range []struct {
		name   string
		exempt []string
		user   engine.User
		hit    bool
	}{
		{"nobody is exempt but moderators", nil, engine.User{Role: engine.Subscriber}, true},
		{"a moderator", nil, engine.User{Role: engine.Moderator}, false},
		{"above a moderator", nil, engine.User{Role: engine.Owner}, false},
		{"a role and those above", []string{"regular"}, engine.User{Role: engine.Subscriber}, false},
		{"below the role", []string{"regular"}, engine.User{Role: engine.Member}, true},
		{"nobody at all", []string{}, engine.User{Role: engine.Owner}, true},
		{"a group", []string{"friends"}, engine.User{Groups: []string{"friends"}}, false},
		{"the network's word", []string{"vip"}, engine.User{Roles: []string{"vip"}}, false},
		{"of the rule alone", nil, engine.User{Groups: []string{"crew"}}, false},
	} {
		cfg.Exempt = tt.exempt
		if hit := judge(tt.user); hit != tt.hit {
			t.Errorf("%s: hit %t", tt.name, hit)
		}
	}
}

func TestPermit(t *testing.T) {
	s := compile(t, links(), moderate.Rule{Caps: &moderate.Caps{Min: 3}})
	left := 1
	permit := func(kind string) bool {
		if kind == "links" && left > 0 {
			left--
			return true
		}
		return false
	}
	if hit, ok := s.Judge(line("ann", "see evil.com"), permit); ok {
		t.Errorf("permitted, and hit %+v", hit)
	}
	if hit, ok := s.Judge(line("ann", "see evil.com"), permit); !ok || hit.Kind != "links" {
		t.Errorf("used up: hit %t %+v", ok, hit)
	}
	left = 1
	if hit, _ := s.Judge(line("ann", "EVIL.COM"), permit); hit.Kind != "caps" {
		t.Errorf("a permit for links: hit %+v, want caps", hit)
	}
	left = 1
	if s.Judge(line("ann", "hello"), permit); left != 1 {
		t.Error("a line that breaks no rule used a permit up")
	}
}

func TestRooms(t *testing.T) {
	s, err := moderate.Compile(moderate.Config{Name: "t", Rooms: []string{"s/r*"}, Ladder: moderate.DefaultLadder(), Rules: []moderate.Rule{links()}})
	if err != nil {
		t.Fatal(err)
	}
	l := line("ann", "evil.com")
	if _, hit := s.Judge(l, nil); !hit {
		t.Error("not in its room")
	}
	if l.Room.ID = "x"; s.Covers(l.Session, l.Room) {
		t.Error("in another room")
	}
	s, err = moderate.Compile(moderate.Config{Name: "t", Ladder: moderate.DefaultLadder(), Rooms: []string{"s/*"}, NotRooms: []string{"s/x"}}) // without any rules
	if err != nil || s.Covers("s", engine.Room{ID: "x"}) || !s.Covers("s", engine.Room{ID: "y"}) {
		t.Errorf("rooms that are left out: %v", err)
	}
}

// A rule that is off is checked, and lets everything pass.
func TestRuleOff(t *testing.T) {
	off, on := links(), words("evil*")
	off.Off = true
	hit, broke := compile(t, off, on).Judge(line("ann", "see evil.com"), nil)
	if !broke || hit.Kind != "words" || hit.Rule != 2 {
		t.Errorf("%+v", hit)
	}
	off = links("nonsense")
	off.Off = true
	if _, err := moderate.Compile(moderate.Config{Name: "t", Ladder: moderate.DefaultLadder(), Rules: []moderate.Rule{off}}); engine.CodeOf(err) != engine.Invalid {
		t.Errorf("it is not checked: %v", err)
	}
}

func TestCompileErrors(t *testing.T) {
	ok := moderate.Rule{Caps: &moderate.Caps{}}
	ladder := moderate.DefaultLadder()
	bad := func(l moderate.Ladder) *moderate.Ladder { return &l }
	for want, cfg := range map[string]moderate.Config{
		"needs a name":         {Ladder: ladder, Rules: []moderate.Rule{ok}},
		"up to 100 rules":      {Name: "t", Ladder: ladder, Rules: slices.Repeat([]moderate.Rule{ok}, 101)},
		"1 to 20 steps":        {Name: "t", Rules: []moderate.Rule{ok}},
		"exactly one of links": {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Caps: &moderate.Caps{}, Flood: &moderate.Flood{}}}},
		"rule 2: exactly":      {},
		"above 0 and up to 1":  {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Caps: &moderate.Caps{Over: 70}}}},
		"no host":              {Name: "t", Ladder: ladder, Rules: []moderate.Rule{links("nonsense")}},
		"missing closing":      {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Pattern: "("}}},
		"too complex":          {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Pattern: "(a{100}){10}"}}},
		"same_text: expected":  {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Repeats: &moderate.Repeats{SameText: 1}}}},
		"within: expected":     {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Flood: &moderate.Flood{Within: time.Hour * 24}}}},
		"1 to 20000 words":     {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Words: &moderate.Words{}}}},
		"no word or phrase":    {Name: "t", Ladder: ladder, Rules: []moderate.Rule{words("!!")}},
		"no step \"hang\"":     {Name: "t", Ladder: ladder, Rules: []moderate.Rule{{Caps: &moderate.Caps{}, Ladder: bad(moderate.Ladder{Steps: []moderate.Step{{Do: "hang"}}})}}},
		"room pattern":         {Name: "t", Ladder: ladder, Rooms: []string{"lobby"}, Rules: []moderate.Rule{ok}},
	} {
		if want == "rule 2: exactly" {
			want, cfg = "rule 2: expected", moderate.Config{Name: "t", Ladder: ladder, Rules: []moderate.Rule{ok, {}}}
		}
		_, err := moderate.Compile(cfg)
		if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzJudge: no text breaks the rules' code, or takes it long.
func FuzzJudge(f *testing.F) {
	for _, text := range ordinary {
		f.Add(text)
	}
	for _, text := range []string{"evil。com", "5c4m", "s c a m", "ѕсаm", "\xff\xfe", "://", "a@b@c/", strings.Repeat("😀", 50), strings.Repeat("a.", 200) + "com", "[dot][dot]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := everything(t)
		first, hit := s.Judge(line("ann", text), nil)
		again, hitAgain := everything(t).Judge(line("bob", text), nil)
		if hit != hitAgain || first.Kind != again.Kind {
			t.Errorf("%q: %+v for one, %+v for another", text, first, again)
		}
		if hit && (first.Why == "" || first.Kind == "") {
			t.Errorf("%q: hit without a reason: %+v", text, first)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	s := everything(b)
	for i := 0; b.Loop(); i++ {
		l := line(fmt.Sprint("user", i%1000), ordinary[i%len(ordinary)])
		l.At = start.Add(time.Duration(i) * time.Second / 10)
		s.Judge(l, nil)
	}
}
