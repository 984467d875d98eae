package hackchat

import (
	"maps"
	"strings"
	"time"

	"botd/engine"
)

const (
	// editTime is how long the server takes edits of a message, and maxEdits how many
	// texts are kept for them.
	editTime = 5 * time.Minute
	maxEdits = 256
)

// edit is the text of a message that may still change.
type edit struct {
	text string
	at   time.Time
}

// keepEdit remembers a text that may be edited, and forgets the oldest if there are
// too many.
func (l *link) keepEdit(id engine.MessageID, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.edits) >= maxEdits {
		delete(l.edits, l.oldestEdit())
	}
	l.edits[id] = &edit{text, time.Now()}
}

func (l *link) oldestEdit() (oldest engine.MessageID) {
	var at time.Time
	for id, e := range l.edits {
		if oldest == "" || e.at.Before(at) {
			oldest, at = id, e.at
		}
	}
	return oldest
}

// onEdit emits the whole new text. Without the old one, of a message from before the
// join, that cannot be known and the frame is passed on as it is.
func (l *link) onEdit(f *editFrame, b []byte) {
	id := messageID(f.UserID, f.CustomID)
	text, ok := l.edited(id, f)
	m := l.roster.byID(f.UserID, "")
	if m != nil && m == l.me {
		if !l.stillHere(f.Channel) {
			return
		}
		l.prove(engine.Receipt{At: f.at(), Message: id}, func(p *pending) bool {
			return p.cmd == "updateMessage" && p.id == f.CustomID
		})
	}
	if !ok || m == nil {
		l.raw("updateMessage", b)
		return
	}
	var body engine.Body = engine.Edited{ID: id, Text: text}
	if text == "" && f.Mode == "overwrite" { // nothing is left of it
		body = engine.Deleted{ID: id, Author: m.user}
	}
	ev := l.event(f.at(), m, body)
	ev.Extra = maps.Clone(m.extra)
	ev.Extra["mode"] = f.Mode
	l.emit(ev)
}

func (l *link) edited(id engine.MessageID, f *editFrame) (text string, ok bool) {
	old, change := l.edits[id], strings.TrimSuffix(f.Text, "\x00") // a lone NUL stands for nothing
	switch {
	case id == "":
		return "", false
	case f.Mode == "overwrite":
		text = change
	case old == nil:
		return "", false
	case f.Mode == "append":
		text = old.text + change
	case f.Mode == "prepend":
		text = change + old.text
	default: // complete: its text is thrown away by everybody
		text = old.text
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old == nil {
		l.edits[id] = &edit{text, time.Now()}
	} else {
		old.text = text
	}
	return text, true
}
