package hctv

import (
	"encoding/json"
	"time"

	"botd/engine"
)

// inbound is any frame of the server; the type says which fields count. Keys come in no
// fixed order, so everything is decoded at once.
type inbound struct {
	Type string `json:"type"`
	// of session
	Viewer      *viewer `json:"viewer"`
	Permissions struct {
		CanModerate bool `json:"canModerate"`
	} `json:"permissions"`
	Moderation rules `json:"moderation"`
	// of chatAccess and moderationError
	CanSend     bool         `json:"canSend"`
	Restriction *restriction `json:"restriction"`
	Code        string       `json:"code"`
	// of message, systemMsg, moderationError, messageDeleted
	User    *author          `json:"user"`
	Message string           `json:"message"`
	MsgID   engine.MessageID `json:"msgId"`
	// of history
	Messages []inbound `json:"messages"`
	// of the answers about emoji
	Emojis  map[string]string `json:"emojis"`
	Results []string          `json:"results"`
}

// viewer is who is logged in; absent for grants.
type viewer struct {
	ID       engine.UserID `json:"id"`
	Username string        `json:"username"`
}

// rules are the settings of the channel, as they were at the login.
type rules struct {
	HasBlockedTerms  bool    `json:"hasBlockedTerms"`
	SlowModeSeconds  float64 `json:"slowModeSeconds"`
	MaxMessageLength int     `json:"maxMessageLength"`
}

// author is who said something. The role is that of the author's login.
type author struct {
	ID              engine.UserID `json:"id"`
	Username        string        `json:"username"`
	DisplayName     string        `json:"displayName"` // bots only
	PfpURL          string        `json:"pfpUrl"`
	IsBot           bool          `json:"isBot"`
	IsPlatformAdmin bool          `json:"isPlatformAdmin"`
	ChannelRole     string        `json:"channelRole"` // "" for null
}

// restriction is why somebody may not speak.
type restriction struct {
	Type      string    `json:"type"` // timeout or ban
	Reason    string    `json:"reason"`
	ExpiresAt time.Time `json:"expiresAt"` // zero for null
}

// roles are the network's own on the ladder.
var roles = map[string]engine.Role{
	"owner": engine.Owner, "manager": engine.Admin, "chatModerator": engine.Moderator, "botModerator": engine.Moderator,
}

// platformAdmin is the label of the site's own staff.
const platformAdmin = "platformAdmin"

// user is the author as the rest of botd knows people.
func (a *author) user() engine.User {
	u := engine.User{ID: a.ID, Name: a.Username, Display: a.DisplayName, Account: string(a.ID), IsBot: a.IsBot, Role: engine.Member}
	if a.ChannelRole != "" {
		u.Role = max(u.Role, roles[a.ChannelRole])
		u.Roles = append(u.Roles, a.ChannelRole)
	}
	if a.IsPlatformAdmin {
		u.Role = max(u.Role, engine.Admin)
		u.Roles = append(u.Roles, platformAdmin)
	}
	return u
}

// decode reads one frame. An error means that it is not of the protocol; where at least
// its type could be read, the frame has that.
func decode(b []byte) (*inbound, error) {
	f := new(inbound)
	if err := json.Unmarshal(b, f); err != nil {
		var kind struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(b, &kind) != nil {
			kind.Type = ""
		}
		return &inbound{Type: kind.Type}, engine.Errorf(engine.Invalid, "decode %q frame: %w", kind.Type, err)
	}
	if f.Type == "" && f.User != nil {
		f.Type = "message" // an old form
	}
	if f.Type == "" {
		return f, engine.Errorf(engine.Invalid, "a frame without a type")
	}
	return f, nil
}

// outbound is a frame to the server.
type outbound map[string]any

func (f outbound) encode() ([]byte, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "parameters that JSON cannot hold: %w", err)
	}
	return b, nil
}
