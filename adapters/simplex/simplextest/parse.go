package simplextest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A text is what is left of a command while it is read. Fields stand in a fixed order
// with exactly one space between them, so everything is read by position. After
// something that does not fit all else reads as nothing.
type text struct {
	rest string
	bad  bool
}

// lit reads s, which has to be there.
func (t *text) lit(s string) {
	if !t.opt(s) {
		t.fail()
	}
}

// opt reads s if it is there.
func (t *text) opt(s string) bool {
	rest, ok := strings.CutPrefix(t.rest, s)
	if t.bad || !ok {
		return false
	}
	t.rest = rest
	return true
}

func (t *text) fail() { t.bad, t.rest = true, "" }

// num reads an ID.
func (t *text) num() int64 {
	end := strings.IndexFunc(t.rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(t.rest)
	}
	n, err := strconv.ParseInt(t.rest[:end], 10, 64)
	if err != nil {
		t.fail()
		return 0
	}
	t.rest = t.rest[end:]
	return n
}

// ids reads one or more, with commas and without spaces.
func (t *text) ids() []int64 {
	list := []int64{t.num()}
	for t.opt(",") {
		list = append(list, t.num())
	}
	return list
}

// word reads one of some words, which has to end there.
func (t *text) word(choices ...string) string {
	end := strings.IndexByte(t.rest, ' ')
	if end < 0 {
		end = len(t.rest)
	}
	w := t.rest[:end]
	if !slices.Contains(choices, w) {
		t.fail()
		return ""
	}
	t.rest = t.rest[end:]
	return w
}

func (t *text) onOff() bool { return t.word("on", "off") == "on" }

// flag reads " name=on" or " name=off", if it is there.
func (t *text) flag(name string) bool { return t.opt(" "+name+"=") && t.onOff() }

// role reads a role. The types have "relay" and "author" as well, the parser has not.
func (t *text) role() string {
	return t.word("observer", "member", "moderator", "admin", "owner")
}

// A ref names a chat: @contact, #group with perhaps a scope, *notes, :connection.
type ref struct {
	kind  byte
	id    int64
	scope scope
}

// A scope is a part of a group that only some see; the zero value is the group itself.
type scope struct {
	support bool
	member  int64 // whose conversation with the moderators; 0 for the bot's own
}

func (r ref) String() string {
	s := string(r.kind) + strconv.FormatInt(r.id, 10)
	switch {
	case r.scope.member != 0:
		s += "(_support:" + strconv.FormatInt(r.scope.member, 10) + ")"
	case r.scope.support:
		s += "(_support)"
	}
	return s
}

// ref reads a reference to one of some kinds of chat.
func (t *text) ref(kinds string) (r ref) {
	if t.rest == "" || !strings.Contains(kinds, t.rest[:1]) {
		t.fail()
		return r
	}
	r.kind = t.rest[0]
	t.rest = t.rest[1:]
	r.id = t.num()
	if r.kind == '#' && t.opt("(_support") {
		r.scope.support = true
		if t.opt(":") {
			r.scope.member = t.num()
		}
		t.lit(")")
	}
	return r
}

// json reads the rest as one value.
func (t *text) json(v any) {
	if t.bad || json.Unmarshal([]byte(t.rest), v) != nil {
		t.fail()
		return
	}
	t.rest = ""
}

// line is all that is left, at least one character, none of them a control character.
func (t *text) line() string {
	s := t.rest
	if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
		t.fail()
		return ""
	}
	t.rest = ""
	return s
}

// done reports whether everything was read.
func (t *text) done() bool { return !t.bad && t.rest == "" }

// A composed message is an element of /_send.
type composed struct {
	FileSource *struct {
		FilePath string `json:"filePath"`
	} `json:"fileSource"`
	FilePath   string           `json:"filePath"` // as older clients write it
	Quoted     *int64           `json:"quotedItemId"`
	MsgContent m                `json:"msgContent"`
	Mentions   map[string]int64 `json:"mentions"`
}

// contents holds the fields of each content of a message besides type and text.
var contents = map[string][]string{
	"text": nil, "link": {"preview"}, "image": {"image"}, "video": {"image", "duration"}, "voice": {"duration"},
	"file": nil, "report": {"reason"}, "chat": {"chatLink"},
}

func validContent(c m) bool {
	kind, ok := c["type"].(string)
	_, hasText := c["text"].(string)
	if !ok || !hasText {
		return false
	}
	for _, field := range contents[kind] { // one nobody knows needs no more
		if c[field] == nil {
			return false
		}
	}
	return true
}

// emojis are all that may be reactions: one code point each.
var emojis = []string{"👍", "👎", "😀", "😂", "😢", "❤", "🚀", "✅"}

// reaction reads the JSON of one.
func (t *text) reaction() string {
	var r struct{ Type, Emoji string }
	t.json(&r)
	if r.Type != "emoji" || !slices.Contains(emojis, r.Emoji) {
		t.fail()
	}
	return r.Emoji
}

// profile reads a profile of a person or a group.
func (t *text) profile() m {
	var p m
	t.json(&p)
	t.require(validProfile(p))
	return p
}

func validProfile(p m) bool {
	_, name := p["displayName"].(string)
	_, full := p["fullName"].(string)
	return name && full
}

func (t *text) require(ok bool) {
	if !ok {
		t.fail()
	}
}

// validName returns what a display name becomes: at most 50 characters, no # or @ in
// front, no quote.
func validName(name string) string {
	name = strings.TrimLeft(strings.TrimSpace(strings.ReplaceAll(name, "'", "")), "#@")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	return name
}

const maxName = 50
