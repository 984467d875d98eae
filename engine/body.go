package engine

import "time"

// Kind names what happened. Scripts subscribe by it.
type Kind string

// Body is the part of an [Event] that differs by kind. The set is sealed: a new
// kind is a struct in this file and a line in bodies. Fields reach Lua under
// their JSON names; durations as seconds, times as unix seconds.
type Body interface {
	Kind() Kind
	isBody()
}

// Message is a line of chat.
type Message struct {
	ID      MessageID `json:"message_id,omitempty"`
	Text    string    `json:"text"`
	Private bool      `json:"private,omitempty"` // only the bot and the user see it
	Emote   bool      `json:"emote,omitempty"`   // "/me waves": Text is "waves"
	ReplyTo MessageID `json:"reply_to,omitempty"`
	// MentionsMe says that the network itself marked the bot as mentioned. The
	// dispatcher also looks for the bot's name in the text.
	MentionsMe bool   `json:"mentions_me,omitempty"`
	Color      string `json:"color,omitempty"`
	// Original is the text as it was said, if a filter of a script gave the message another.
	Original string `json:"original,omitempty"`
}

// Edited is a change of a message. Text is the whole new text.
type Edited struct {
	ID   MessageID `json:"message_id,omitempty"`
	Text string    `json:"text"`
}

// Deleted is the removal of one message. Author is who wrote it, if known.
type Deleted struct {
	ID     MessageID `json:"message_id,omitempty"`
	Author User      `json:"author,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// Reacted is an emoji put on a message, or taken off it.
type Reacted struct {
	ID      MessageID `json:"message_id,omitempty"`
	Emoji   string    `json:"emoji"`
	Removed bool      `json:"removed,omitempty"`
}

// Joined is a user who came into the room.
type Joined struct{}

// Left is a user who went out of the room by themselves or lost the connection.
type Left struct {
	Reason string `json:"reason,omitempty"`
}

// Renamed is a change of nick; the event's User already has the new name.
type Renamed struct {
	From string `json:"from"`
}

// Roster is the whole list of users of the room, sent after a join and whenever
// the network lists it anew.
type Roster struct {
	Users []User `json:"users"`
}

// TopicSet is a topic, sticky message or message of the day.
type TopicSet struct {
	Text string `json:"text"`
	MOTD bool   `json:"motd,omitempty"` // a greeting of the server, not set by the room
}

// Banned, Kicked, TimedOut, Muted and their reverses name in Target whom it
// happened to; the event's User is who did it. Length 0 means without end.
type Banned struct {
	Target  User          `json:"target"`
	Reason  string        `json:"reason,omitempty"`
	Length  time.Duration `json:"length,omitempty"`
	Address string        `json:"address,omitempty"` // the address or its hash, where the ban is by address
}

// Unbanned lifts a ban.
type Unbanned struct {
	Target  User   `json:"target"`
	Address string `json:"address,omitempty"`
}

// Kicked is a removal from the room. To is where the user was put, if anywhere.
type Kicked struct {
	Target User   `json:"target"`
	Reason string `json:"reason,omitempty"`
	To     RoomID `json:"to,omitempty"`
}

// TimedOut is a ban from speaking that ends by itself.
type TimedOut struct {
	Target User          `json:"target"`
	Length time.Duration `json:"length,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Muted is a ban from speaking until it is lifted.
type Muted struct {
	Target User          `json:"target"`
	Length time.Duration `json:"length,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Unmuted lifts a mute or a timeout.
type Unmuted struct {
	Target User `json:"target"`
}

// RoleChanged is a promotion or demotion of Target to Role.
type RoleChanged struct {
	Target User     `json:"target"`
	Role   Role     `json:"role"`
	Labels []string `json:"labels,omitempty"` // the network's own words
}

// ModeChanged is a rule of the room that changed: "slow" (Value is seconds),
// "subscribers_only", "locked", "text_max" (Value in the room's text unit), or a
// name of the network's own.
type ModeChanged struct {
	Mode  string  `json:"mode"`
	On    bool    `json:"on"`
	Value float64 `json:"value,omitempty"`
}

// AccessChanged says what the bot itself may do from now on.
type AccessChanged struct {
	Role   Role      `json:"role"`
	Can    CapSet    `json:"can"`
	Until  time.Time `json:"until,omitzero"` // end of a restriction, zero if none is known
	Reason string    `json:"reason,omitempty"`
}

// PollChanged is the state of a poll after each change.
type PollChanged struct {
	Poll     string       `json:"poll"`
	Question string       `json:"question,omitempty"`
	Status   string       `json:"status"` // started, paused, ended, cancelled
	Options  []PollOption `json:"options,omitempty"`
}

// PollOption is one choice and its votes so far.
type PollOption struct {
	Text  string  `json:"text"`
	Votes float64 `json:"votes"`
}

// RaffleChanged is the state of a raffle after each change.
type RaffleChanged struct {
	Raffle   string         `json:"raffle"`
	Question string         `json:"question,omitempty"` // where entering means to choose an answer
	Prize    string         `json:"prize,omitempty"`
	Keyword  string         `json:"keyword,omitempty"`
	Status   string         `json:"status"` // started, paused, ended, drawn, hidden, removed, cancelled
	Entries  int            `json:"entries,omitempty"`
	Answers  []RaffleAnswer `json:"answers,omitempty"`
	Winners  []User         `json:"winners,omitempty"`
	// Email is the address of the latest winner, where the network tells the bot. A script
	// needs the grant contacts to read it.
	Email Private `json:"email,omitzero"`
}

// RaffleAnswer is one answer of a raffle and how many chose it, where that is known.
type RaffleAnswer struct {
	Text    string `json:"text"`
	Entries int    `json:"entries,omitempty"`
}

// Invited asks the bot, or by its own doing somebody else, into another room.
type Invited struct {
	To     RoomID `json:"to"`
	Target User   `json:"target,omitzero"` // whom, if not the bot
}

// Contacted is somebody who wants to be a contact (Request), or has become one.
type Contacted struct {
	Request bool   `json:"request,omitempty"`
	Contact string `json:"contact,omitempty"` // what an accept or reject needs
	Text    string `json:"text,omitempty"`
}

// FileOffered is a file somebody sent, or how far its transfer has come.
type FileOffered struct {
	File     string `json:"file"`
	Name     string `json:"name,omitempty"`
	Size     int64  `json:"size,omitempty"`     // bytes
	Received int64  `json:"received,omitempty"` // bytes
	Status   string `json:"status"`             // offered, receiving, received, sending, sent, failed
}

// Notice is text of the server itself.
type Notice struct {
	Text string `json:"text"`
	Code string `json:"code,omitempty"` // the network's number or name for it
	Warn bool   `json:"warn,omitempty"` // something was refused
}

// StreamChanged is the state of the stream a room belongs to.
type StreamChanged struct {
	Live  bool   `json:"live"`
	Title string `json:"title,omitempty"`
	Game  string `json:"game,omitempty"`
}

// ViewersCounted is how many watch now.
type ViewersCounted struct {
	Count int `json:"count"`
}

// CaptchaAsked is a riddle the server wants solved before the bot may go on.
type CaptchaAsked struct {
	Text  string `json:"text,omitempty"`
	Image string `json:"image,omitempty"` // data URL
}

// Connected says that the session is in the room (or, without a room, online).
type Connected struct {
	Me User `json:"me"`
}

// Disconnected says that it is no longer. Retry is how long until the next attempt;
// 0 means that none will follow.
type Disconnected struct {
	Reason string        `json:"reason,omitempty"`
	Retry  time.Duration `json:"retry,omitempty"`
}

// Gap says that messages between two moments may be missing.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Failure is an error that concerns the room or session and no single action.
type Failure struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Raw is a frame the adapter does not translate.
type Raw struct {
	Name string `json:"name,omitempty"` // the network's name for it
	Data string `json:"data"`           // as it came, cut to 64 KiB
}

// Custom is an event of one script for others. Data is what JSON can hold.
type Custom struct {
	Name string `json:"name"`
	Data any    `json:"data,omitempty"`
	From string `json:"from,omitempty"` // the script that emitted it
}

func (Message) Kind() Kind        { return "message" }
func (Edited) Kind() Kind         { return "edit" }
func (Deleted) Kind() Kind        { return "delete" }
func (Reacted) Kind() Kind        { return "reaction" }
func (Joined) Kind() Kind         { return "join" }
func (Left) Kind() Kind           { return "leave" }
func (Renamed) Kind() Kind        { return "rename" }
func (Roster) Kind() Kind         { return "users" }
func (TopicSet) Kind() Kind       { return "topic" }
func (Banned) Kind() Kind         { return "ban" }
func (Unbanned) Kind() Kind       { return "unban" }
func (Kicked) Kind() Kind         { return "kick" }
func (TimedOut) Kind() Kind       { return "timeout" }
func (Muted) Kind() Kind          { return "mute" }
func (Unmuted) Kind() Kind        { return "unmute" }
func (RoleChanged) Kind() Kind    { return "role" }
func (ModeChanged) Kind() Kind    { return "mode" }
func (AccessChanged) Kind() Kind  { return "access" }
func (PollChanged) Kind() Kind    { return "poll" }
func (RaffleChanged) Kind() Kind  { return "raffle" }
func (Invited) Kind() Kind        { return "invite" }
func (Contacted) Kind() Kind      { return "contact" }
func (FileOffered) Kind() Kind    { return "file" }
func (Notice) Kind() Kind         { return "notice" }
func (StreamChanged) Kind() Kind  { return "stream" }
func (ViewersCounted) Kind() Kind { return "viewers" }
func (CaptchaAsked) Kind() Kind   { return "captcha" }
func (Connected) Kind() Kind      { return "connect" }
func (Disconnected) Kind() Kind   { return "disconnect" }
func (Gap) Kind() Kind            { return "gap" }
func (Failure) Kind() Kind        { return "error" }
func (Raw) Kind() Kind            { return "raw" }
func (Custom) Kind() Kind         { return "custom" }

func (Message) isBody()        {}
func (Edited) isBody()         {}
func (Deleted) isBody()        {}
func (Reacted) isBody()        {}
func (Joined) isBody()         {}
func (Left) isBody()           {}
func (Renamed) isBody()        {}
func (Roster) isBody()         {}
func (TopicSet) isBody()       {}
func (Banned) isBody()         {}
func (Unbanned) isBody()       {}
func (Kicked) isBody()         {}
func (TimedOut) isBody()       {}
func (Muted) isBody()          {}
func (Unmuted) isBody()        {}
func (RoleChanged) isBody()    {}
func (ModeChanged) isBody()    {}
func (AccessChanged) isBody()  {}
func (PollChanged) isBody()    {}
func (RaffleChanged) isBody()  {}
func (Invited) isBody()        {}
func (Contacted) isBody()      {}
func (FileOffered) isBody()    {}
func (Notice) isBody()         {}
func (StreamChanged) isBody()  {}
func (ViewersCounted) isBody() {}
func (CaptchaAsked) isBody()   {}
func (Connected) isBody()      {}
func (Disconnected) isBody()   {}
func (Gap) isBody()            {}
func (Failure) isBody()        {}
func (Raw) isBody()            {}
func (Custom) isBody()         {}

var bodies = newVariants[Body]("event kind", func(b Body) string { return string(b.Kind()) },
	Message{}, Edited{}, Deleted{}, Reacted{}, Joined{}, Left{}, Renamed{}, Roster{}, TopicSet{},
	Banned{}, Unbanned{}, Kicked{}, TimedOut{}, Muted{}, Unmuted{}, RoleChanged{}, ModeChanged{},
	AccessChanged{}, PollChanged{}, RaffleChanged{}, Invited{}, Contacted{}, FileOffered{}, Notice{},
	StreamChanged{}, ViewersCounted{}, CaptchaAsked{}, Connected{}, Disconnected{}, Gap{}, Failure{},
	Raw{}, Custom{})

// Bodies returns one zero value of each kind of body, in the order of the
// documentation.
func Bodies() []Body { return bodies.zeroes() }

// IsKind reports whether k is a kind of the engine's own, as opposed to a name
// that scripts may use for theirs.
func IsKind(k Kind) bool { return bodies.types[string(k)] != nil }
