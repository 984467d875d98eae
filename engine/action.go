package engine

import (
	"encoding/json"
	"fmt"
	"time"
)

// Action is something the bot does on a network. The set is sealed: a new action is
// a struct in this file and a line in actions, and a case in each adapter that can.
type Action interface {
	// Needs is the capability without which a session cannot do it.
	Needs() Capability
	// In is the room it concerns, "" for the session as a whole.
	In() RoomID
	isAction()
}

// Say puts a line into a room. With ReplyTo it answers that message, where the
// network can show that (CapReply); elsewhere ReplyTo has no effect.
type Say struct {
	Room    RoomID    `json:"room"`
	Text    string    `json:"text"`
	ReplyTo MessageID `json:"reply_to,omitempty"`
}

// Whisper tells one user of the room something in private.
type Whisper struct {
	Room RoomID  `json:"room,omitempty"`
	User UserRef `json:"user"`
	Text string  `json:"text"`
}

// Emote is "/me text".
type Emote struct {
	Room RoomID `json:"room"`
	Text string `json:"text"`
}

// Edit replaces the text of a message of the bot, or with Append adds to it.
type Edit struct {
	Room    RoomID    `json:"room"`
	Message MessageID `json:"message"`
	Text    string    `json:"text"`
	Append  bool      `json:"append,omitempty"`
}

// Delete removes a message. Author helps networks that need to know whose it was.
type Delete struct {
	Room    RoomID    `json:"room"`
	Message MessageID `json:"message"`
	Author  UserRef   `json:"author,omitzero"`
	Reason  string    `json:"reason,omitempty"`
	Own     bool      `json:"own,omitempty"` // the bot wrote it
}

// React puts an emoji on a message, or with Remove takes it off.
type React struct {
	Room    RoomID    `json:"room"`
	Message MessageID `json:"message"`
	Emoji   string    `json:"emoji"`
	Remove  bool      `json:"remove,omitempty"`
}

// Kick removes a user from the room; To is where they go, if the network can choose.
type Kick struct {
	Room   RoomID  `json:"room"`
	User   UserRef `json:"user"`
	Reason string  `json:"reason,omitempty"`
	To     RoomID  `json:"to,omitempty"`
}

// Ban keeps a user out for Length, or without end if 0. Address bans where the user
// comes from and needs CapBanAddress.
type Ban struct {
	Room    RoomID        `json:"room"`
	User    UserRef       `json:"user"`
	Length  time.Duration `json:"length,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Address bool          `json:"address,omitempty"`
}

// Unban lifts a ban, by user or by the address a ban event named.
type Unban struct {
	Room    RoomID  `json:"room"`
	User    UserRef `json:"user,omitzero"`
	Address string  `json:"address,omitempty"`
}

// TimeOut keeps a user from speaking for Length.
type TimeOut struct {
	Room   RoomID        `json:"room"`
	User   UserRef       `json:"user"`
	Length time.Duration `json:"length"`
	Reason string        `json:"reason,omitempty"`
}

// Mute keeps a user from speaking until Unmute.
type Mute struct {
	Room   RoomID  `json:"room"`
	User   UserRef `json:"user"`
	Reason string  `json:"reason,omitempty"`
}

// Unmute lifts a mute or timeout.
type Unmute struct {
	Room RoomID  `json:"room"`
	User UserRef `json:"user"`
}

// SetRole grants Role to a user, or with Revoke takes it away.
type SetRole struct {
	Room   RoomID  `json:"room"`
	User   UserRef `json:"user"`
	Role   Role    `json:"role"`
	Revoke bool    `json:"revoke,omitempty"`
}

// SetTopic sets the topic or sticky message.
type SetTopic struct {
	Room RoomID `json:"room"`
	Text string `json:"text"`
}

// Slow lets each user speak once per Interval; 0 turns it off.
type Slow struct {
	Room     RoomID        `json:"room"`
	Interval time.Duration `json:"interval"`
}

// SubscribersOnly lets only subscribers speak, or everybody again.
type SubscribersOnly struct {
	Room RoomID `json:"room"`
	On   bool   `json:"on"`
}

// Lock keeps newcomers out, or lets them in again.
type Lock struct {
	Room RoomID `json:"room"`
	On   bool   `json:"on"`
}

// Clear empties the visible chat.
type Clear struct {
	Room RoomID `json:"room"`
}

// Invite asks a user into To, or into a room the network picks if To is empty.
type Invite struct {
	Room RoomID  `json:"room"`
	User UserRef `json:"user"`
	To   RoomID  `json:"to,omitempty"`
}

// Join brings the session into one more room.
type Join struct {
	Room RoomID `json:"room"`
}

// Leave takes it out of one.
type Leave struct {
	Room RoomID `json:"room"`
}

// Move puts a user of Room, or the bot itself if User is zero, into To.
type Move struct {
	Room RoomID  `json:"room"`
	User UserRef `json:"user,omitzero"`
	To   RoomID  `json:"to"`
}

// Rename changes the bot's own name, in one room or everywhere if Room is empty.
type Rename struct {
	Room RoomID `json:"room,omitempty"`
	Name string `json:"name"`
}

// ListUsers asks for the roster; the receipt has it in Users.
type ListUsers struct {
	Room RoomID `json:"room"`
}

// UserInfo asks about one user; the receipt has them in Users and what else the
// network tells in Answer.
type UserInfo struct {
	Room RoomID  `json:"room"`
	User UserRef `json:"user"`
}

// OpenPoll starts a poll of the network's own.
type OpenPoll struct {
	Room     RoomID        `json:"room"`
	Question string        `json:"question"`
	Options  []string      `json:"options"`
	Length   time.Duration `json:"length,omitempty"`
	// Only subscribers, or only followers, may vote, where the network knows who they are.
	SubscribersOnly bool `json:"subscribers_only,omitempty"`
	FollowersOnly   bool `json:"followers_only,omitempty"`
}

// SetPoll changes the state of the room's native poll: vote, pause, resume, end.
type SetPoll struct {
	Room   RoomID `json:"room"`
	Poll   string `json:"poll,omitempty"`
	Verb   string `json:"verb"`
	Option int    `json:"option,omitempty"` // for vote, from 1
}

// OpenRaffle starts a raffle of the network's own.
type OpenRaffle struct {
	Room     RoomID   `json:"room"`
	Question string   `json:"question,omitempty"` // for networks where entering means to choose an answer
	Prize    string   `json:"prize"`
	Keyword  string   `json:"keyword,omitempty"`
	Answers  []string `json:"answers,omitempty"`
	// Only subscribers, or only followers, may enter, where the network knows who they are.
	SubscribersOnly bool `json:"subscribers_only,omitempty"`
	FollowersOnly   bool `json:"followers_only,omitempty"`
}

// SetRaffle changes the state of the room's native raffle: pause, resume, end,
// draw, hide, cleanup.
type SetRaffle struct {
	Room   RoomID `json:"room"`
	Raffle string `json:"raffle,omitempty"`
	Verb   string `json:"verb"`
	Answer int    `json:"answer,omitempty"` // for draw, from 1
}

// SendFile offers a file of the session's own folder to the room.
type SendFile struct {
	Room RoomID `json:"room"`
	Path string `json:"path"`
	Text string `json:"text,omitempty"`
}

// ReceiveFile accepts an offered file.
type ReceiveFile struct {
	Room RoomID `json:"room,omitempty"`
	File string `json:"file"`
}

// Emoji asks what pictures emoji of the network's own have, by names without colons. The
// receipt's Answer is an object of names and URLs; names nobody knows are not in it.
type Emoji struct {
	Room  RoomID   `json:"room"`
	Names []string `json:"names"`
}

// SearchEmoji asks for emoji of the network's own whose names are like Term. The receipt's
// Answer is a list of names, the best first.
type SearchEmoji struct {
	Room RoomID `json:"room"`
	Term string `json:"term"`
}

// Call is any command of the network under its own name. The receipt has the
// decoded answer in Answer.
type Call struct {
	Room   RoomID         `json:"room,omitempty"`
	Name   string         `json:"name"`
	Params map[string]any `json:"params,omitempty"`
}

func (Say) Needs() Capability     { return CapSay }
func (Whisper) Needs() Capability { return CapWhisper }
func (Emote) Needs() Capability   { return CapEmote }
func (Edit) Needs() Capability    { return CapEdit }
func (a Delete) Needs() Capability {
	if a.Own {
		return CapDeleteOwn
	}
	return CapDelete
}
func (React) Needs() Capability { return CapReact }
func (Kick) Needs() Capability  { return CapKick }
func (a Ban) Needs() Capability {
	if a.Address {
		return CapBanAddress
	}
	return CapBan
}
func (Unban) Needs() Capability           { return CapUnban }
func (TimeOut) Needs() Capability         { return CapTimeout }
func (Mute) Needs() Capability            { return CapMute }
func (Unmute) Needs() Capability          { return CapUnmute }
func (SetRole) Needs() Capability         { return CapRole }
func (SetTopic) Needs() Capability        { return CapTopic }
func (Slow) Needs() Capability            { return CapSlow }
func (SubscribersOnly) Needs() Capability { return CapSubscribersOnly }
func (Lock) Needs() Capability            { return CapLock }
func (Clear) Needs() Capability           { return CapClear }
func (Invite) Needs() Capability          { return CapInvite }
func (Join) Needs() Capability            { return CapJoin }
func (Leave) Needs() Capability           { return CapLeave }
func (Move) Needs() Capability            { return CapMove }
func (Rename) Needs() Capability          { return CapRename }
func (ListUsers) Needs() Capability       { return CapUsers }
func (UserInfo) Needs() Capability        { return CapUserInfo }
func (OpenPoll) Needs() Capability        { return CapPoll }
func (SetPoll) Needs() Capability         { return CapPoll }
func (OpenRaffle) Needs() Capability      { return CapRaffle }
func (SetRaffle) Needs() Capability       { return CapRaffle }
func (SendFile) Needs() Capability        { return CapFile }
func (ReceiveFile) Needs() Capability     { return CapFile }
func (Emoji) Needs() Capability           { return CapEmoji }
func (SearchEmoji) Needs() Capability     { return CapEmoji }
func (Call) Needs() Capability            { return CapCall }

func (a Say) In() RoomID             { return a.Room }
func (a Whisper) In() RoomID         { return a.Room }
func (a Emote) In() RoomID           { return a.Room }
func (a Edit) In() RoomID            { return a.Room }
func (a Delete) In() RoomID          { return a.Room }
func (a React) In() RoomID           { return a.Room }
func (a Kick) In() RoomID            { return a.Room }
func (a Ban) In() RoomID             { return a.Room }
func (a Unban) In() RoomID           { return a.Room }
func (a TimeOut) In() RoomID         { return a.Room }
func (a Mute) In() RoomID            { return a.Room }
func (a Unmute) In() RoomID          { return a.Room }
func (a SetRole) In() RoomID         { return a.Room }
func (a SetTopic) In() RoomID        { return a.Room }
func (a Slow) In() RoomID            { return a.Room }
func (a SubscribersOnly) In() RoomID { return a.Room }
func (a Lock) In() RoomID            { return a.Room }
func (a Clear) In() RoomID           { return a.Room }
func (a Invite) In() RoomID          { return a.Room }
func (a Join) In() RoomID            { return a.Room }
func (a Leave) In() RoomID           { return a.Room }
func (a Move) In() RoomID            { return a.Room }
func (a Rename) In() RoomID          { return a.Room }
func (a ListUsers) In() RoomID       { return a.Room }
func (a UserInfo) In() RoomID        { return a.Room }
func (a OpenPoll) In() RoomID        { return a.Room }
func (a SetPoll) In() RoomID         { return a.Room }
func (a OpenRaffle) In() RoomID      { return a.Room }
func (a SetRaffle) In() RoomID       { return a.Room }
func (a SendFile) In() RoomID        { return a.Room }
func (a ReceiveFile) In() RoomID     { return a.Room }
func (a Emoji) In() RoomID           { return a.Room }
func (a SearchEmoji) In() RoomID     { return a.Room }
func (a Call) In() RoomID            { return a.Room }

func (Say) isAction()             {}
func (Whisper) isAction()         {}
func (Emote) isAction()           {}
func (Edit) isAction()            {}
func (Delete) isAction()          {}
func (React) isAction()           {}
func (Kick) isAction()            {}
func (Ban) isAction()             {}
func (Unban) isAction()           {}
func (TimeOut) isAction()         {}
func (Mute) isAction()            {}
func (Unmute) isAction()          {}
func (SetRole) isAction()         {}
func (SetTopic) isAction()        {}
func (Slow) isAction()            {}
func (SubscribersOnly) isAction() {}
func (Lock) isAction()            {}
func (Clear) isAction()           {}
func (Invite) isAction()          {}
func (Join) isAction()            {}
func (Leave) isAction()           {}
func (Move) isAction()            {}
func (Rename) isAction()          {}
func (ListUsers) isAction()       {}
func (UserInfo) isAction()        {}
func (OpenPoll) isAction()        {}
func (SetPoll) isAction()         {}
func (OpenRaffle) isAction()      {}
func (SetRaffle) isAction()       {}
func (SendFile) isAction()        {}
func (ReceiveFile) isAction()     {}
func (Emoji) isAction()           {}
func (SearchEmoji) isAction()     {}
func (Call) isAction()            {}

var actions = newVariants[Action]("action", actionName,
	Say{}, Whisper{}, Emote{}, Edit{}, Delete{}, React{}, Kick{}, Ban{}, Unban{}, TimeOut{}, Mute{},
	Unmute{}, SetRole{}, SetTopic{}, Slow{}, SubscribersOnly{}, Lock{}, Clear{}, Invite{}, Join{}, Leave{},
	Move{}, Rename{}, ListUsers{}, UserInfo{}, OpenPoll{}, SetPoll{}, OpenRaffle{}, SetRaffle{}, SendFile{},
	ReceiveFile{}, Emoji{}, SearchEmoji{}, Call{})

// Actions returns one zero value of each action, in the order of the documentation.
func Actions() []Action { return actions.zeroes() }

// ActionName is the name of an action in JSON, logs and the audit: "say", "set_topic".
func ActionName(a Action) string { return actionName(a) }

// actionName is apart from ActionName because actions is initialised with it.
func actionName(a Action) string {
	switch a.(type) {
	case SetRole:
		return "set_role"
	case OpenPoll:
		return "open_poll"
	case SetPoll:
		return "set_poll"
	case OpenRaffle:
		return "open_raffle"
	case SetRaffle:
		return "set_raffle"
	case SendFile:
		return "send_file"
	case ReceiveFile:
		return "receive_file"
	case SearchEmoji:
		return "search_emoji"
	case Delete:
		return "delete"
	case Ban:
		return "ban"
	case nil:
		return ""
	}
	return a.Needs().String()
}

// MarshalAction writes {"action": name, "fields": {…}}.
func MarshalAction(a Action) ([]byte, error) {
	fields, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode %s action: %w", ActionName(a), err)
	}
	return json.Marshal(struct {
		Action string          `json:"action"`
		Fields json.RawMessage `json:"fields"`
	}{ActionName(a), fields})
}

// UnmarshalAction reads what MarshalAction wrote.
func UnmarshalAction(b []byte) (Action, error) {
	var w struct {
		Action string          `json:"action"`
		Fields json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, err
	}
	return actions.decode(w.Action, w.Fields)
}

// TextOf returns the text an action puts on the network, for limits and costs.
func TextOf(a Action) string {
	switch a := a.(type) {
	case Say:
		return a.Text
	case Whisper:
		return a.Text
	case Emote:
		return a.Text
	case Edit:
		return a.Text
	case SetTopic:
		return a.Text
	}
	return ""
}

// WithText returns the action with another text: one part of a split message. It
// returns a unchanged if it has none.
func WithText(a Action, text string) Action {
	switch a := a.(type) {
	case Say:
		a.Text = text
		return a
	case Whisper:
		a.Text = text
		return a
	case Emote:
		a.Text = text
		return a
	case Edit:
		a.Text = text
		return a
	case SetTopic:
		a.Text = text
		return a
	}
	return a
}
