package local

import (
	"botd/engine"
)

// Visit is how a user joins a [Room]. Only User.Name must be set.
type Visit struct {
	User    engine.User
	Address string // what a ban by address means; may be empty
	// Hear is called with everything the user sees, as a session's emit is: roster and
	// connect first, one event after another, never twice at once. The next event waits
	// until it returns, for everybody on the hub; [Inbox.Put] is for those who are slow.
	Hear func(engine.Event)
}

// Participant is a user who is no session: a person at a prompt, a player on a page,
// somebody in a test. Its methods are safe for any goroutine. They return errors of
// the kinds a session has in its receipts: NotConnected after it left or was thrown
// out, Denied, NotFound and so on.
type Participant struct {
	hub    *Hub
	client *client
}

// Join brings a user into the room. The error says why they must stay out: banned,
// locked, name taken.
func (r *Room) Join(v Visit) (*Participant, error) {
	c := &client{user: v.User, address: v.Address, hear: v.Hear}
	at := r.hub.now()
	r.hub.mu.Lock()
	defer r.hub.unlock()
	if err := r.enter(c, at); err != nil {
		return nil, err
	}
	return &Participant{hub: r.hub, client: c}, nil
}

// User is the participant as others see it now: it may have been renamed or promoted.
// After it left it is what it was then.
func (p *Participant) User() engine.User {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if len(p.client.in) == 0 {
		return p.client.last
	}
	return p.client.in[0].user
}

// Room is where the participant is now, "" if nowhere. Others may move it.
func (p *Participant) Room() engine.RoomID {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if len(p.client.in) == 0 {
		return ""
	}
	return p.client.in[0].room.id
}

// Do carries out any action, as a session would. An action without a room is for the
// one the participant joined first, of those it is still in.
func (p *Participant) Do(a engine.Action) engine.Receipt { return p.hub.do(p.client, a) }

// Say puts a line into the room.
func (p *Participant) Say(text string) (engine.MessageID, error) {
	return p.post(engine.Say{Text: text})
}

// Reply says something in answer to a message.
func (p *Participant) Reply(to engine.MessageID, text string) (engine.MessageID, error) {
	return p.post(engine.Say{Text: text, ReplyTo: to})
}

// Emote is "/me text".
func (p *Participant) Emote(text string) (engine.MessageID, error) {
	return p.post(engine.Emote{Text: text})
}

// Whisper tells one user something in private.
func (p *Participant) Whisper(to engine.UserRef, text string) (engine.MessageID, error) {
	return p.post(engine.Whisper{User: to, Text: text})
}

func (p *Participant) post(a engine.Action) (engine.MessageID, error) {
	rc := p.Do(a)
	return rc.Message, rc.Error()
}

// Edit replaces the text of a message of the participant's own.
func (p *Participant) Edit(id engine.MessageID, text string) error {
	return p.Do(engine.Edit{Message: id, Text: text}).Error()
}

// React puts an emoji on a message.
func (p *Participant) React(id engine.MessageID, emoji string) error {
	return p.Do(engine.React{Message: id, Emoji: emoji}).Error()
}

// Rename changes the participant's name.
func (p *Participant) Rename(name string) error {
	return p.Do(engine.Rename{Name: name}).Error()
}

// Offer shows a file to the room and returns its ID. The data must not change after.
func (p *Participant) Offer(name string, data []byte) (string, error) {
	return p.hub.offer(p.client, name, data)
}

// Leave goes out of the room. Somebody who left can join again as a new participant.
func (p *Participant) Leave() error {
	return p.Do(engine.Leave{}).Error()
}
