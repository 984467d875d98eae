package local

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"botd/engine"
)

func (x *act) say(a engine.Say) error {
	if err := x.maySpeak(a.Text); err != nil {
		return err
	}
	x.post(engine.Message{Text: a.Text, ReplyTo: a.ReplyTo})
	if x.room.raffle != nil {
		x.room.raffle.enter(x.room, x.by, a.Text, x.at)
	}
	return nil
}

func (x *act) emote(a engine.Emote) error {
	if err := x.maySpeak(a.Text); err != nil {
		return err
	}
	x.post(engine.Message{Text: a.Text, Emote: true})
	return nil
}

// maySpeak checks the text and everything that can keep a member from speaking.
func (x *act) maySpeak(text string) error {
	if err := checkText(text); err != nil {
		return err
	}
	if x.room.muted(x.by, x.at) {
		return engine.Errorf(engine.Denied, "%s is muted in room %s", x.by.user.Name, x.room.id)
	}
	if x.by.user.Role >= engine.Moderator {
		return nil
	}
	if x.room.subscribersOnly && x.by.user.Role < engine.Subscriber {
		return engine.Errorf(engine.Denied, "only subscribers may speak in room %s", x.room.id)
	}
	if wait := x.room.slow - x.at.Sub(x.by.spoke); x.room.slow > 0 && wait > 0 {
		return &engine.Error{Code: engine.RateLimited, Msg: "the room is in slow mode", RetryAfter: wait}
	}
	return nil
}

func checkText(text string) error {
	if text == "" {
		return engine.Errorf(engine.Invalid, "the text is empty")
	}
	if len(text) > MaxText && utf8.RuneCountInString(text) > MaxText {
		return engine.Errorf(engine.Invalid, "the text has more than %d characters", MaxText)
	}
	if !utf8.ValidString(text) { // it would not survive JSON
		return engine.Errorf(engine.Invalid, "the text is not UTF-8")
	}
	return nil
}

// checkWords is for the short texts beside messages: reasons, options, prizes.
func checkWords(what string, words ...string) error {
	for _, w := range words {
		if utf8.RuneCountInString(w) > maxWords || !utf8.ValidString(w) {
			return engine.Errorf(engine.Invalid, "the %s has more than %d characters or is not UTF-8", what, maxWords)
		}
	}
	return nil
}

// post gives the message its number and shows it to the room.
func (x *act) post(msg engine.Message) {
	num := x.nextMessage()
	msg.ID = x.receipt.Message
	x.by.spoke = x.at
	x.room.lines.add(line{num: num, author: x.by.user.Ref(), at: x.at, text: msg.Text, emote: msg.Emote})
	if msg.ReplyTo == "" && strings.IndexByte(msg.Text, '@') < 0 {
		x.tellAll(msg)
		return
	}
	x.postMentioning(msg)
}

// nextMessage puts the ID of a new message into the receipt.
func (x *act) nextMessage() uint64 {
	x.hub.messages++
	x.receipt.Message = messageID(x.hub.messages)
	return x.hub.messages
}

// postMentioning marks the message for those it answers or names with an @.
func (x *act) postMentioning(msg engine.Message) {
	var answered engine.UserID
	if l := x.room.lines.find(msg.ReplyTo); l != nil {
		answered = l.author.ID
	}
	for _, m := range x.room.members {
		msg.MentionsMe = m != x.by && (m.user.ID == answered || mentions(msg.Text, m.user.Name))
		x.room.tell(m, x.by, x.at, msg)
	}
}

// mentions reports whether text has "@name" as a word.
func mentions(text, name string) bool {
	for {
		_, after, ok := strings.Cut(text, "@")
		if !ok {
			return false
		}
		if len(after) >= len(name) && strings.EqualFold(after[:len(name)], name) && !startsWord(after[len(name):]) {
			return true
		}
		text = after
	}
}

func startsWord(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && !strings.ContainsRune(" \t\n.,:;!?)", r)
}

// whisper is seen by the two alone. Without a room the user is looked for in all rooms
// of the client.
func (x *act) whisper(a engine.Whisper) error {
	if err := checkText(a.Text); err != nil {
		return err
	}
	to := x.room.find(a.User)
	if a.Room == "" {
		for i := 0; to == nil && i < len(x.client.in); i++ {
			x.by = x.client.in[i]
			x.room = x.by.room
			to = x.room.find(a.User)
		}
	}
	if to == nil {
		return engine.Errorf(engine.NotFound, "no user %s to whisper to", refName(a.User))
	}
	x.nextMessage()
	msg := engine.Message{ID: x.receipt.Message, Text: a.Text, Private: true}
	x.room.tell(to, x.by, x.at, msg)
	if to != x.by {
		x.room.tell(x.by, x.by, x.at, msg)
	}
	return nil
}

func (x *act) edit(a engine.Edit) error {
	l, err := x.line(a.Message)
	if err != nil {
		return err
	}
	if l.author.ID != x.by.user.ID {
		return engine.Errorf(engine.Denied, "message %s is not %s's own", a.Message, x.by.user.Name)
	}
	text := a.Text
	if a.Append {
		text = l.text + a.Text
	}
	if err := x.maySpeak(text); err != nil {
		return err
	}
	l.text = text
	x.receipt.Message = a.Message
	x.tellAll(engine.Edited{ID: a.Message, Text: text})
	return nil
}

// delete needs the right to delete any message unless it is the member's own.
func (x *act) delete(a engine.Delete) error {
	if err := checkWords("reason", a.Reason); err != nil {
		return err
	}
	l, err := x.line(a.Message)
	if err != nil {
		return err
	}
	if l.author.ID != x.by.user.ID && !byRole[x.by.user.Role].Has(engine.CapDelete) {
		return engine.Errorf(engine.Denied, "message %s is not %s's own", a.Message, x.by.user.Name)
	}
	l.deleted = true
	x.tellAll(engine.Deleted{ID: a.Message, Author: engine.User{ID: l.author.ID, Name: l.author.Name}, Reason: a.Reason})
	return nil
}

func (x *act) react(a engine.React) error {
	l, err := x.line(a.Message)
	if err != nil {
		return err
	}
	if a.Emoji == "" || utf8.RuneCountInString(a.Emoji) > 32 || !utf8.ValidString(a.Emoji) {
		return engine.Errorf(engine.Invalid, "%q is no emoji", a.Emoji)
	}
	key := reaction{x.by.user.ID, a.Emoji}
	if a.Remove != l.reactions[key] {
		return engine.Errorf(engine.Conflict, "nothing to change: reaction %s of %s", a.Emoji, x.by.user.Name)
	}
	if l.reactions == nil {
		l.reactions = map[reaction]bool{}
	}
	if a.Remove {
		delete(l.reactions, key)
	} else {
		l.reactions[key] = true
	}
	x.tellAll(engine.Reacted{ID: a.Message, Emoji: a.Emoji, Removed: a.Remove})
	return nil
}

// line looks up a message that can still be changed.
func (x *act) line(id engine.MessageID) (*line, error) {
	if l := x.room.lines.find(id); l != nil {
		return l, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no message %q in room %s", id, x.room.id)
}

// clear makes all messages of the room unreachable.
func (x *act) clear() error {
	x.room.lines = lines{}
	x.tellAll(engine.Notice{Text: "the chat was cleared", Code: "clear"})
	return nil
}

func messageID(num uint64) engine.MessageID {
	return engine.MessageID(strconv.FormatUint(num, 10))
}

// line is a message as the room remembers it.
type line struct {
	num       uint64
	author    engine.UserRef
	at        time.Time
	text      string
	emote     bool
	deleted   bool
	reactions map[reaction]bool
}

type reaction struct {
	user  engine.UserID
	emoji string
}

const (
	maxLines = 1024 // a room remembers
	maxWords = 500  // runes of a reason, an option, a prize
)

// lines is a ring of the latest messages of a room, numbers ascending.
type lines struct {
	ring []line
	next int // where the oldest is, once the ring is full
}

func (ls *lines) add(l line) {
	if len(ls.ring) < maxLines {
		ls.ring = append(ls.ring, l)
		return
	}
	ls.ring[ls.next] = l
	ls.next = (ls.next + 1) % maxLines
}

// at is the i-th message, the oldest being 0.
func (ls *lines) at(i int) *line { return &ls.ring[(ls.next+i)%len(ls.ring)] }

// find returns nil for what was deleted, forgotten or never there.
func (ls *lines) find(id engine.MessageID) *line {
	num, err := strconv.ParseUint(string(id), 10, 64)
	if err != nil {
		return nil
	}
	i := ls.search(num)
	if i == len(ls.ring) || ls.at(i).num != num || ls.at(i).deleted {
		return nil
	}
	return ls.at(i)
}

// search returns the index of the first message that is not before num.
func (ls *lines) search(num uint64) int {
	low, high := 0, len(ls.ring)
	for low < high {
		if mid := (low + high) / 2; ls.at(mid).num < num {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
