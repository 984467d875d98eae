package simplex

import (
	"encoding/json"
	"errors"
	"time"
)

// body holds what the adapter reads of answers and events, by the names on the wire. Most
// of it is absent in any one of them.
type body struct {
	User           *user             `json:"user"`
	Contact        *contact          `json:"contact"`
	FromContact    *contact          `json:"fromContact"`
	ToContact      *contact          `json:"toContact"`
	ContactRequest *contactRequest   `json:"contactRequest"`
	Group          *groupInfo        `json:"groupInfo"`
	FromGroup      *groupInfo        `json:"fromGroup"`
	ToGroup        *groupInfo        `json:"toGroup"`
	Member         *member           `json:"member"`
	ByMember       *member           `json:"byMember"`
	Actor          *member           `json:"member_"`
	DeletedMember  *member           `json:"deletedMember"`
	FromMember     *member           `json:"fromMember"`
	ToMember       *member           `json:"toMember"`
	Members        []*member         `json:"members"`
	Items          []json.RawMessage `json:"chatItems"`
	Item           *item             `json:"chatItem"`
	MaybeItem      *item             `json:"chatItem_"`
	Deletions      []deletion        `json:"chatItemDeletions"`
	ItemIDs        []int64           `json:"chatItemIDs"`
	Reaction       *reaction         `json:"reaction"`
	ByUser         bool              `json:"byUser"`
	Timed          bool              `json:"timed"`
	Added          bool              `json:"added"`
	Blocked        bool              `json:"blocked"`
	ToRole         string            `json:"toRole"`
	MemberRole     string            `json:"memberRole"`
	ErrorMessage   string            `json:"errorMessage"`
	Severity       string            `json:"severity"`
	TransportHost  string            `json:"transportHost"`
	Server         string            `json:"server"`
	Subscription   tagged            `json:"subscriptionStatus"`
	RcvFile        *transfer         `json:"rcvFileTransfer"`
	SndFile        *transfer         `json:"fileTransferMeta"`
	Received       int64             `json:"receivedSize"`
	Sent           int64             `json:"sentSize"`

	// Of answers to questions.
	Contacts    []*contact     `json:"contacts"`
	Groups      []*groupInfo   `json:"groups"`
	GroupList   *groupList     `json:"group"`
	Users       []userEntry    `json:"users"`
	Chat        *chat          `json:"chat"`
	Chats       []chat         `json:"chats"`
	ActiveSubs  map[string]any `json:"activeSubs"`
	ContactLink *addressLink   `json:"contactLink"`
	Link        *connLink      `json:"connLinkContact"`
	VersionInfo struct {
		Version string `json:"version"`
	} `json:"versionInfo"`
}

// readBody decodes as much as it can: a field of a form nobody expected is left out.
func readBody(b json.RawMessage) (*body, error) {
	v := &body{}
	return v, lenient(json.Unmarshal(b, v))
}

func lenient(err error) error {
	var odd *json.UnmarshalTypeError
	if errors.As(err, &odd) {
		return nil
	}
	return err
}

type tagged struct {
	Type string `json:"type"`
}

type user struct {
	ID      int64          `json:"userId"`
	Name    string         `json:"localDisplayName"`
	Profile map[string]any `json:"profile"`
}

type userEntry struct {
	User user `json:"user"`
}

type profile struct {
	DisplayName string `json:"displayName"`
	PeerType    string `json:"peerType"`
}

type contact struct {
	ID         int64          `json:"contactId"`
	Name       string         `json:"localDisplayName"`
	Profile    profile        `json:"profile"`
	CustomData map[string]any `json:"customData"`
}

type contactRequest struct {
	ID        int64   `json:"contactRequestId"`
	ContactID int64   `json:"contactId_"`
	Name      string  `json:"localDisplayName"`
	Profile   profile `json:"profile"`
}

type groupInfo struct {
	ID         int64          `json:"groupId"`
	Name       string         `json:"localDisplayName"`
	Profile    map[string]any `json:"groupProfile"`
	Membership member         `json:"membership"`
	Business   map[string]any `json:"businessChat"`
	CustomData map[string]any `json:"customData"`
}

// topic is the group's description.
func (g *groupInfo) topic() string { s, _ := g.Profile["description"].(string); return s }

type groupList struct {
	Group   *groupInfo `json:"groupInfo"`
	Members []*member  `json:"members"`
}

type member struct {
	ID        int64     `json:"groupMemberId"`
	MemberID  string    `json:"memberId"`
	Role      string    `json:"memberRole"`
	Category  string    `json:"memberCategory"`
	Status    string    `json:"memberStatus"`
	Blocked   bool      `json:"blockedByAdmin"`
	Name      string    `json:"localDisplayName"`
	Profile   profile   `json:"memberProfile"`
	ContactID int64     `json:"memberContactId"`
	CreatedAt time.Time `json:"createdAt"`
}

type chatInfo struct {
	Type    string     `json:"type"`
	Contact *contact   `json:"contact"`
	Group   *groupInfo `json:"groupInfo"`
	Scope   *struct {
		Type   string  `json:"type"`
		Member *member `json:"groupMember_"`
	} `json:"groupChatScope"`
}

type chat struct {
	Info  chatInfo   `json:"chatInfo"`
	Items []chatItem `json:"chatItems"`
}

type item struct {
	Info chatInfo `json:"chatInfo"`
	Item chatItem `json:"chatItem"`
}

type chatItem struct {
	Dir struct {
		Type   string  `json:"type"`
		Member *member `json:"groupMember"`
	} `json:"chatDir"`
	Meta    meta    `json:"meta"`
	Content content `json:"content"`
	Quoted  *struct {
		ItemID int64 `json:"itemId"`
	} `json:"quotedItem"`
	File *file `json:"file"`
}

type meta struct {
	ID      int64     `json:"itemId"`
	At      time.Time `json:"itemTs"`
	Text    string    `json:"itemText"`
	Status  tagged    `json:"itemStatus"`
	Deleted *deleted  `json:"itemDeleted"`
	Edited  bool      `json:"itemEdited"`
	Live    bool      `json:"itemLive"`
	Mention bool      `json:"userMention"`
}

type deleted struct {
	Type string  `json:"type"`
	By   *member `json:"byGroupMember"`
}

type content struct {
	Type string         `json:"type"`
	Msg  map[string]any `json:"msgContent"`
	// Of notices: the inner event.
	GroupEvent  tagged `json:"rcvGroupEvent"`
	DirectEvent tagged `json:"rcvDirectEvent"`
	ConnEvent   tagged `json:"rcvConnEvent"`
}

func (c *content) text() string { s, _ := c.Msg["text"].(string); return s }

type file struct {
	ID     int64  `json:"fileId"`
	Name   string `json:"fileName"`
	Size   int64  `json:"fileSize"`
	Source *struct {
		Path string `json:"filePath"`
	} `json:"fileSource"`
}

type transfer struct {
	ID         int64  `json:"fileId"`
	Name       string `json:"fileName"`
	Size       int64  `json:"fileSize"`
	Invitation struct {
		Name string `json:"fileName"`
		Size int64  `json:"fileSize"`
	} `json:"fileInvitation"`
}

type deletion struct {
	Item item  `json:"deletedChatItem"`
	To   *item `json:"toChatItem"`
}

type reaction struct {
	Info     chatInfo `json:"chatInfo"`
	Reaction struct {
		Dir struct {
			Type   string  `json:"type"`
			Member *member `json:"groupMember"`
		} `json:"chatDir"`
		Item     chatItem `json:"chatItem"`
		Reaction struct {
			Emoji string `json:"emoji"`
		} `json:"reaction"`
	} `json:"chatReaction"`
}

type connLink struct {
	Full  string `json:"connFullLink"`
	Short string `json:"connShortLink"`
}

// best is the link to show people.
func (l *connLink) best() string {
	if l.Short != "" {
		return l.Short
	}
	return l.Full
}

type addressLink struct {
	Link     connLink       `json:"connLinkContact"`
	Settings map[string]any `json:"addressSettings"`
}
