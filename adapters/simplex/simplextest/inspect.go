package simplextest

import (
	"slices"
)

// Item is a message in a chat, for tests to look at.
type Item struct {
	ID        int64
	Sent      bool  // by the profile
	Author    int64 // groupMemberId, 0 elsewhere
	Text      string
	Content   string // text, file, image …
	Reply     string // the text it answers
	Mentions  []string
	Edited    bool
	Live      bool
	TTL       int64    // seconds, 0 if it stays
	Deleted   string   // how: deleted, moderated …; "" if it is not
	Reactions []string // "👍" of the profile, "👍 by 12" of somebody else
	File      *SentFile
}

// SentFile is a file of an item.
type SentFile struct {
	ID     int64
	Name   string
	Path   string
	Size   int64
	Data   []byte
	Status string
}

// Items are the messages in a chat ("@5", "#7", "#7(_support)", "*1"), in order. Notices
// are not among them.
func (s *Server) Items(chat string) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, sc := s.find(chat)
	if c == nil {
		return nil
	}
	var list []Item
	for _, it := range c.items {
		if it.isMessage() && it.scope == sc {
			list = append(list, it.view())
		}
	}
	return list
}

func (s *Server) find(name string) (*chat, scope) {
	t := &text{rest: name}
	r := t.ref("@#*")
	if !t.done() {
		return nil, scope{}
	}
	for _, c := range s.contacts {
		if r.kind == '@' && c.id == r.id {
			return c.chat, r.scope
		}
	}
	for _, g := range s.groups {
		if r.kind == '#' && g.id == r.id {
			return g.chat, r.scope
		}
	}
	for _, u := range s.users {
		if r.kind == '*' && u.notes.ref.id == r.id {
			return u.notes, r.scope
		}
	}
	return nil, scope{}
}

func (it *item) view() Item {
	content := it.content["msgContent"].(m)
	v := Item{ID: it.id, Sent: it.sent, Text: it.text, Edited: it.edited, Live: it.live, TTL: it.ttl}
	v.Content, _ = content["type"].(string)
	if it.author != nil {
		v.Author = it.author.id
	}
	if it.quote != nil {
		v.Reply, _ = it.quote["content"].(m)["text"].(string)
	}
	for name := range it.mentions {
		v.Mentions = append(v.Mentions, name)
	}
	slices.Sort(v.Mentions)
	v.Deleted, _ = it.deleted["type"].(string)
	for _, r := range it.reactions {
		if r.by == "" {
			v.Reactions = append(v.Reactions, r.emoji)
		} else {
			v.Reactions = append(v.Reactions, r.emoji+" by "+r.by)
		}
	}
	if f := it.file; f != nil {
		status, _ := f.status["type"].(string)
		v.File = &SentFile{ID: f.id, Name: f.name, Path: f.path, Size: f.size, Data: f.data, Status: status}
	}
	return v
}

// Lines are the texts the profile has sent to a chat, in order, deleted ones included.
func (s *Server) Lines(chat string) []string {
	var lines []string
	for _, it := range s.Items(chat) {
		if it.Sent {
			lines = append(lines, it.Text)
		}
	}
	return lines
}

// Profile is that of the active profile; nil if there is none.
func (s *Server) Profile() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil {
		return nil
	}
	return s.active.profile
}

// UserID is the active profile's, 0 if there is none.
func (s *Server) UserID() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil {
		return 0
	}
	return s.active.id
}

// Address is the profile's, with its settings; "" if it has none.
func (s *Server) Address() (link string, settings map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == nil || s.active.address == nil {
		return "", nil
	}
	return s.active.address.link.full, s.active.address.settings
}

// Custom is the custom data of a chat.
func (s *Server) Custom(chat string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c, _ := s.find(chat); {
	case c == nil:
		return nil
	case c.contact != nil:
		return c.contact.custom
	case c.group != nil:
		return c.group.custom
	}
	return nil
}

// Contacts are the IDs of the contacts the profile has, by name.
func (s *Server) Contacts() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for _, c := range s.contacts {
		if c.status == "active" {
			out[c.name] = c.id
		}
	}
	return out
}

// Groups are the IDs of the groups the profile has, by name.
func (s *Server) Groups() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for _, g := range s.groups {
		out[g.name] = g.id
	}
	return out
}

// Requests are the IDs of requests nobody has answered, by name.
func (s *Server) Requests() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for _, r := range s.requests {
		out[r.name] = r.id
	}
	return out
}

// Count is how many commands of a name were understood.
func (s *Server) Count(name string) int {
	n := 0
	for _, c := range s.Commands() {
		if c.Name == name {
			n++
		}
	}
	return n
}
