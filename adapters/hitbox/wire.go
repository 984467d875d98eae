package hitbox

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"botd/adapters/internal/socketio09"
	"botd/engine"
)

// envelope is what both sides say. Members it does not name are of later years.
type envelope struct {
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// envelopes takes what a packet holds: arguments of the event "message", as objects or as
// strings that hold them, or the data of a text or JSON packet.
func envelopes(p socketio09.Packet) ([]envelope, error) {
	switch p.Type {
	case socketio09.Message, socketio09.JSON:
		e, err := open([]byte(p.Data))
		return []envelope{e}, err
	case socketio09.Event:
		name, args, err := p.Event()
		if err != nil || name != "message" {
			return nil, err
		}
		list := make([]envelope, len(args))
		for i, arg := range args {
			if list[i], err = open(arg); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return nil, nil
}

func open(b []byte) (e envelope, err error) {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '"' {
		var inner string
		if err := json.Unmarshal(b, &inner); err != nil {
			return e, engine.Errorf(engine.Invalid, "decode envelope: %w", err)
		}
		b = []byte(inner)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return e, engine.Errorf(engine.Invalid, "decode envelope: %w", err)
	}
	if e.Method == "" {
		return e, engine.Errorf(engine.Invalid, "an envelope without a method")
	}
	return e, nil
}

// The types of members, which servers send in several forms. What makes no sense is zero.
type (
	// text is a string, or a number in its place.
	text string
	// number is one, or a string of digits. Set tells 0 from nothing.
	number struct {
		Value float64
		Set   bool
	}
	// flag is a boolean, "true", 1 or "1".
	flag bool
	// moment is in seconds since 1970, or ISO 8601, or "2006-01-02 15:04:05".
	moment struct{ time.Time }
)

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
	}
	return nil
}

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `" `), 64)
	if err == nil && v-v == 0 { // neither infinite nor NaN, which JSON cannot hold
		*n = number{v, true}
	}
	return nil
}

func (n number) int() int { return int(max(-1e15, min(n.Value, 1e15))) }

func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*f = true
	}
	return nil
}

func (m *moment) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		if v > 0 && v < 1e11 {
			m.Time = engine.ServerTime(time.UnixMilli(int64(v * 1000)))
		}
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 {
			m.Time = engine.ServerTime(t)
			return nil
		}
	}
	return nil
}

// The parameters of what the server sends. Members this adapter has no use for are not
// decoded.
type (
	marks struct {
		IsFollower   flag `json:"isFollower"`
		IsSubscriber flag `json:"isSubscriber"`
		IsOwner      flag `json:"isOwner"`
		IsStaff      flag `json:"isStaff"`
		IsCommunity  flag `json:"isCommunity"`
	}
	place struct {
		Channel text `json:"channel"`
	}
	loginParams struct {
		place
		Name text `json:"name"`
		Role text `json:"role"`
	}
	chatParams struct {
		place
		marks
		Name      text   `json:"name"`
		NameColor text   `json:"nameColor"`
		Text      text   `json:"text"`
		Time      moment `json:"time"`
		Role      text   `json:"role"`
		Image     text   `json:"image"`
		Media     flag   `json:"media"`
		Buffer    flag   `json:"buffer"`
	}
	directParams struct {
		place
		marks
		From      text   `json:"from"`
		NameColor text   `json:"nameColor"`
		Text      text   `json:"text"`
		Time      moment `json:"time"`
	}
	// infoParams are those of infoMsg, slowMsg and chatLog.
	infoParams struct {
		place
		Text       text           `json:"text"`
		Lang       text           `json:"lang"`
		Action     text           `json:"action"`
		Variables  map[string]any `json:"variables"`
		Name       text           `json:"name"`
		Type       text           `json:"type"`
		Subscriber text           `json:"subscriber"`
		SlowTime   number         `json:"slowTime"`
		Timestamp  moment         `json:"timestamp"`
		Time       moment         `json:"time"`
		Buffer     flag           `json:"buffer"`
	}
	userListParams struct {
		place
		Data struct {
			Guests                                         number
			Admin, User, Anon                              []text
			IsFollower, IsSubscriber, IsStaff, IsCommunity []text
		} `json:"data"`
	}
	userInfoParams struct {
		place
		marks
		Name      text   `json:"name"`
		Role      text   `json:"role"`
		Timestamp moment `json:"timestamp"`
	}
	banListParams struct {
		place
		Data []text `json:"data"`
	}
	mediaLogParams struct {
		place
		Type text `json:"type"`
	}
	motdParams struct {
		place
		Name text   `json:"name"`
		Text text   `json:"text"`
		Time moment `json:"time"`
	}
	serverParams struct {
		place
		Text json.RawMessage `json:"text"`
		Type text            `json:"type"`
		Mode text            `json:"mode"`
		Time moment          `json:"time"`
	}
	choice struct {
		Text  text   `json:"text"`
		Votes number `json:"votes"`
		Count number `json:"count"`
	}
	ballot struct {
		place
		Question       text     `json:"question"`
		Choices        []choice `json:"choices"`
		StartTime      text     `json:"start_time"`
		Status         text     `json:"status"`
		SubscriberOnly flag     `json:"subscriberOnly"`
		FollowerOnly   flag     `json:"followerOnly"`
	}
	pollParams struct {
		ballot
		Voters []text `json:"voters"`
		Votes  number `json:"votes"`
	}
	raffleParams struct {
		ballot
		Prize    text `json:"prize"`
		ForAdmin flag `json:"forAdmin"`
	}
	winnerParams struct {
		place
		Name     text   `json:"winner_name"`
		Email    text   `json:"winner_email"`
		ForAdmin flag   `json:"forAdmin"`
		Answer   number `json:"answer"`
	}
)

func (p *place) where() string { return string(p.Channel) }

// at is the time of an infoMsg, whose name differs.
func (p *infoParams) at() time.Time {
	if p.Timestamp.IsZero() {
		return p.Time.Time
	}
	return p.Timestamp.Time
}

// user is whom an infoMsg is about, "" if it does not say.
func (p *infoParams) user() string {
	if p.Name != "" {
		return string(p.Name)
	}
	name, _ := p.Variables["user"].(string)
	return name
}
