package hackchat

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"botd/engine"
)

// The frames of the server. Fields this adapter has no use for are not decoded.
type (
	stamp struct {
		Time int64 `json:"time"` // milliseconds since 1970, 0 if absent
	}

	// author is what is known of who speaks; what servers do not send is zero.
	author struct {
		Nick    string `json:"nick"`
		Trip    word   `json:"trip"`
		Level   int64  `json:"level"`
		UserID  int64  `json:"userid"`
		Mod     bool   `json:"mod"`
		Admin   bool   `json:"admin"`
		Color   word   `json:"color"`
		Channel word   `json:"channel"`
	}

	// person is a user as onlineSet, onlineAdd, updateUser and some notices describe
	// them.
	person struct {
		author
		Hash  string `json:"hash"`
		IsBot bool   `json:"isBot"`
		Flair flair  `json:"flair"`
		IsMe  bool   `json:"isme"`
	}

	onlineSetFrame struct {
		stamp
		Nicks   []string `json:"nicks"`
		Users   []person `json:"users"` // absent in 2018
		Channel word     `json:"channel"`
	}
	onlineAddFrame struct {
		stamp
		person
	}
	onlineRemoveFrame struct {
		stamp
		Nick   string `json:"nick"`
		UserID int64  `json:"userid"`
	}
	updateUserFrame struct {
		stamp
		person
	}
	chatFrame struct {
		stamp
		author
		Text     string `json:"text"`
		CustomID word   `json:"customId"`
		ID       int64  `json:"id"` // random, not unique; absent when muted
	}
	emoteFrame struct {
		stamp
		author
		Text string `json:"text"`
	}
	editFrame struct {
		stamp
		UserID   int64  `json:"userid"`
		CustomID string `json:"customId"`
		Mode     string `json:"mode"`
		Text     string `json:"text"`
		Channel  word   `json:"channel"`
	}
	// directFrame is a whisper or an invite in the form of protocol 2.
	directFrame struct {
		stamp
		From          int64  `json:"from"`
		To            int64  `json:"to"`
		Text          string `json:"text"`
		InviteChannel string `json:"inviteChannel"`
	}
	// noticeFrame is an info or a warn. Whispers, invites and the emotes of 2018 come as
	// an info with a Type.
	noticeFrame struct {
		stamp
		Warn          bool    `json:"-"`
		Text          string  `json:"text"`
		ID            int     `json:"id"` // 0 before 2026 for info, partly for warn
		Channel       word    `json:"channel"`
		Type          string  `json:"type"`
		From          party   `json:"from"`
		Trip          word    `json:"trip"`
		InviteChannel string  `json:"inviteChannel"`
		Invite        string  `json:"invite"` // 2018's name for it
		User          *person `json:"user"`
		Banner        *person `json:"banner"`
	}
	captchaFrame struct {
		stamp
		Text string `json:"text"`
	}
	sessionFrame struct {
		stamp
		Restored bool `json:"restored"`
		Token    word `json:"token"`
	}
	// otherFrame is a frame of a kind the adapter does not translate.
	otherFrame struct{ Cmd string }
)

// at is the server's time, or zero.
func (s stamp) at() time.Time {
	if s.Time <= 0 {
		return time.Time{}
	}
	return engine.ServerTime(time.UnixMilli(s.Time))
}

// word is a string where servers also send false, null or a number.
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			*w = word(inner)
			return nil
		}
		return json.Unmarshal(b, (*string)(w))
	case 'f', 'n', 't', '{', '[':
		*w = ""
	default:
		*w = word(b)
	}
	return nil
}

// trip returns a trip code, "" for the ways to say that there is none.
func (w word) trip() string {
	if w == "null" {
		return ""
	}
	return string(w)
}

// flair is a mark beside the nick, or false. That a server sends it at all tells its
// generation.
type flair struct {
	word
	present bool
}

func (f *flair) UnmarshalJSON(b []byte) error {
	f.present = true
	return f.word.UnmarshalJSON(b)
}

// party is one side of a whisper or invite: a nick, or a userid.
type party struct {
	Nick string
	ID   int64
}

func (p *party) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &p.Nick)
	}
	p.ID, _ = strconv.ParseInt(string(b), 10, 64) // anything else names nobody
	return nil
}

var decoders = map[string]func([]byte) (any, error){
	"onlineSet":     decodeAs[onlineSetFrame],
	"onlineAdd":     decodeAs[onlineAddFrame],
	"onlineRemove":  decodeAs[onlineRemoveFrame],
	"updateUser":    decodeAs[updateUserFrame],
	"chat":          decodeAs[chatFrame],
	"emote":         decodeAs[emoteFrame],
	"updateMessage": decodeAs[editFrame],
	"whisper":       decodeAs[directFrame],
	"invite":        decodeAs[directFrame],
	"info":          decodeAs[noticeFrame],
	"warn":          decodeWarn,
	"error":         decodeWarn,
	"captcha":       decodeAs[captchaFrame],
	"session":       decodeAs[sessionFrame],
}

func decodeAs[T any](b []byte) (any, error) {
	f := new(T)
	err := json.Unmarshal(b, f)
	return f, err
}

func decodeWarn(b []byte) (any, error) {
	f := &noticeFrame{Warn: true}
	err := json.Unmarshal(b, f)
	return f, err
}

// decode turns one message of the server into a pointer to one of the frames above.
// An error means that it is not of the protocol.
func decode(b []byte) (any, error) {
	cmd, err := commandOf(b)
	if err != nil {
		return nil, err
	}
	dec := decoders[string(cmd)]
	if dec == nil {
		return &otherFrame{Cmd: string(cmd)}, nil
	}
	f, err := dec(b)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "decode %s frame: %w", cmd, err)
	}
	return f, nil
}

var usualStart = []byte(`{"cmd":"`)

// commandOf reads the frame's kind, without decoding where it stands in front, as in
// nearly every frame.
func commandOf(b []byte) ([]byte, error) {
	if rest, ok := bytes.CutPrefix(b, usualStart); ok {
		if end := bytes.IndexByte(rest, '"'); end > 0 && bytes.IndexByte(rest[:end], '\\') < 0 {
			return rest[:end], nil
		}
	}
	var f struct {
		Cmd string `json:"cmd"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, engine.Errorf(engine.Invalid, "decode frame: %w", err)
	}
	if f.Cmd == "" {
		return nil, engine.Errorf(engine.Invalid, "a frame without cmd")
	}
	return []byte(f.Cmd), nil
}

// request is a frame to the server.
type request struct {
	Cmd      string  `json:"cmd"`
	Channel  string  `json:"channel,omitempty"`
	Nick     string  `json:"nick,omitempty"`
	CustomID string  `json:"customId,omitempty"`
	Mode     string  `json:"mode,omitempty"`
	Text     *string `json:"text,omitempty"`
	Token    string  `json:"token,omitempty"`
}

func (r request) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("hackchat: a request that cannot be encoded: " + err.Error()) // strings always can
	}
	return b
}
