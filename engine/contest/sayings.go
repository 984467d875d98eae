package contest

import (
	"context"
	"fmt"
	"strings"

	"botd/engine"
	"botd/engine/store"
)

// saying is what a contest is to say in its room. It is kept in the commit of what it tells of, and
// forgotten in the one that accepts it as an announcement: so a crash in between neither swallows
// it nor has it said twice.
type saying struct {
	key string
	keptSaying
}

type keptSaying struct {
	Text  string `json:"text"`
	First bool   `json:"first,omitempty"` // its message is the contest's, to which reactions go and which shows the result
}

// toSay prepares a text, if there is any, with the operation that keeps it.
func (m *Manager) toSay(c *contest, text string, first bool) (list []saying, ops store.Batch, err error) {
	if text == "" {
		return nil, nil, nil
	}
	m.sayings = max(m.sayings+1, m.now().UnixNano())
	s := saying{fmt.Sprintf("%020d/%s", m.sayings, c.ID), keptSaying{text, first}}
	op, err := m.db.sayings.Op(s.key, s.keptSaying)
	return []saying{s}, store.Batch{op}, err
}

// say says what is kept.
func (m *Manager) say(c *contest, list []saying) {
	for _, s := range list {
		forget := store.Batch{store.Delete(m.db.sayings.Name, s.key)}
		say := engine.Say{Room: c.Room.ID, Text: s.Text}
		m.hand(c, Action{Action: say, Lane: engine.LaneAnnounce, Durable: true, With: forget}, func(r engine.Receipt) {
			switch code := engine.CodeOf(r.Error()); {
			case code == engine.Cancelled: // the daemon ends, and whoever has accepted it knows of it
			case code != "":
				m.commit(forget, func(error) {})
			case s.First && r.Message != "" && r.Message != c.Message:
				m.opens(c, r.Message)
			}
		})
	}
}

// opens notes the message that opened a contest.
func (m *Manager) opens(c *contest, id engine.MessageID) {
	c.Message = id
	if op, err := m.headOp(c); err == nil {
		m.commit(store.Batch{op}, func(error) {}) // without it there is no live result after a restart
	}
	if c.stale {
		m.edit(c)
	}
}

// readSayings reads what a run before this one had to say and did not.
func (m *Manager) readSayings(ctx context.Context) error {
	m.unsaid = nil
	return m.db.sayings.Each(ctx, "", func(key string, k keptSaying) error {
		m.unsaid = append(m.unsaid, saying{key, k})
		return nil
	})
}

// resume says what readSayings has found.
func (m *Manager) resume() {
	for _, s := range m.unsaid {
		_, id, _ := strings.Cut(s.key, "/")
		if c := m.contests[id]; c != nil {
			m.say(c, []saying{s})
		} else {
			m.commit(store.Batch{store.Delete(m.db.sayings.Name, s.key)}, func(error) {})
		}
	}
	m.unsaid = nil
}

// disown forgets what a backup brought back: it has been said since, or belongs to another time.
func (m *Manager) disown() {
	for _, s := range m.unsaid {
		m.commit(store.Batch{store.Delete(m.db.sayings.Name, s.key)}, func(error) {})
	}
	m.unsaid = nil
}
