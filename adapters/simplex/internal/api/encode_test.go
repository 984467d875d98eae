package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"botd/adapters/simplex/internal/api"
	"botd/engine"
)

// example is a line of testdata/examples.jsonl: what the expressions of the bot
// reference make of arguments.
type example struct {
	Name, Version, Case string
	Args                map[string]any
	Command             string
}

func examples(tb testing.TB) (list []example) {
	tb.Helper()
	b, err := os.ReadFile("testdata/examples.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	for sc := bufio.NewScanner(bytes.NewReader(b)); sc.Scan(); {
		var e example
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			tb.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func TestEncodeExamples(t *testing.T) {
	list := examples(t)
	if len(list) != 188 {
		t.Errorf("%d examples, want 188", len(list))
	}
	seen := map[string]bool{}
	for _, e := range list {
		seen[e.Name] = true
		t.Run(e.Name+"/"+e.Version+"/"+e.Case, func(t *testing.T) {
			got, err := api.Load().Command(e.Name).Encode(e.Args)
			if err != nil || got != e.Command {
				t.Errorf("got  %s, %v\nwant %s", got, err, e.Command)
			}
		})
	}
	for _, c := range api.Load().Commands {
		if !seen[c.Name] {
			t.Errorf("no example of %s", c.Name)
		}
	}
}

func params(tb testing.TB, text string) (m map[string]any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return m
}

func TestEncodeShortForms(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"APISendMessages", `{"sendRef": "#7(_support:12)", "composedMessages": [{"msgContent": {"type": "text", "text": "a\nb <&>"}}]}`,
			`/_send #7(_support:12) json [{"msgContent":{"type":"text","text":"a\nb <&>"}}]`},
		{"APISendMessages", `{"sendRef": "@5", "ttl": 0, "composedMessages": [{"msgContent": {"type": "text", "text": ""}, "mentions": []}]}`,
			`/_send @5 json [{"msgContent":{"type":"text","text":""},"mentions":{}}]`},
		{"APIUpdateChatItem", `{"chatRef": "*1", "chatItemId": 3, "updatedMessage": {"msgContent": {"type": "brandNew", "text": "x"}, "mentions": {"ann": 4}, "more": 1}}`,
			`/_update item *1 3 json {"msgContent":{"type":"brandNew","text":"x"},"mentions":{"ann":4},"more":1}`},
		{"StartChat", `{}`, "/_start"},
		{"APIRejectContact", `{"contactReqId": 4, "notify": true}`, "/_reject 4"},
	}
	for _, tt := range tests {
		got, err := api.Load().Command(tt.name).Encode(params(t, tt.params))
		if err != nil || got != tt.want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", tt.params, got, err, tt.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"APISendMessages", `{"sendRef": "#7 json", "composedMessages": []}`, "sendRef"},
		{"APISendMessages", `{"sendRef": "@5", "composedMessages": {"msgContent": {}}}`, "want a list"},
		{"APISendMessages", `{"sendRef": "@5", "composedMessages": [{"msgContent": {"type": "text"}}]}`, "composedMessages[1].msgContent.text of APISendMessages is missing"},
		{"APISendMessages", `{"sendRef": "@5", "composedMesages": []}`, `did you mean "composedMessages"?`},
		{"APISendMessages", `{"sendRef": "@5"}`, `needs the parameter "composedMessages"`},
		{"APISendMessages", `{"sendRef": "@5", "composedMessages": [{"msgContent": {"type": "text", "text": "x"}, "quotedItemID": 4}]}`, `did you mean "quotedItemId"?`},
		{"APISendMessages", `{"sendRef": {"chatType": "group", "chatId": 7, "chatScope": {"type": "other"}}, "composedMessages": []}`, "memberSupport"},
		{"APIUpdateChatItem", `{"chatRef": "@5", "chatItemId": 3, "updatedMessage": {"msgContent": {"type": "text", "text": "x"}}}`, "mentions"},
		{"APIDeleteChatItem", `{"chatRef": "@5", "chatItemIds": [], "deleteMode": "broadcast"}`, "not empty"},
		{"APIDeleteChatItem", `{"chatRef": "@5", "chatItemIds": [1], "deleteMode": "broadcast 2"}`, "want one of broadcast"},
		{"APIDeleteChatItem", `{"chatRef": "@5", "chatItemIds": [1.5], "deleteMode": "broadcast"}`, "chatItemIds[1]"},
		{"APIDeleteChat", `{"chatRef": "@5"}`, "chatDeleteMode"},
		{"APIDeleteChat", `{"chatRef": "@5", "chatDeleteMode": {}}`, "want one of full, entity, messages"},
		{"APIJoinGroup", `{"groupId": "7"}`, "groupId"},
		{"APIJoinGroup", `{"groupId": -7}`, "not negative"},
		{"APIConnectPlan", `{"userId": 1}`, "connectionLink"},
		{"Connect", `{"connTarget_": "incognito=on"}`, "option"},
		{"Connect", `{"connTarget_": "https://a b"}`, "space"},
		{"APIListGroups", `{"userId": 1, "search": "@5"}`, "option"},
		{"APIListGroups", `{"userId": 1, "search": "a\nb"}`, "character"},
		{"ReceiveFile", `{"fileId": 9, "filePath": "encrypt=on"}`, "option"},
		{"ReceiveFile", `{"fileId": 9, "filePath": "x "}`, "space"},
		{"APISendServiceResponse", `{"userId": 1, "requestId": "a b", "responseData": {}}`, "space"},
		{"APISendServiceResponse", `{"userId": 1, "requestId": "", "responseData": {}}`, "empty"},
		{"APIMembersRole", `{"groupId": 7, "groupMemberIds": [1], "memberRole": "king"}`, "want one of"},
	}
	for _, tt := range tests {
		got, err := api.Load().Command(tt.name).Encode(params(t, tt.params))
		if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s\ngot %q, %v; want an error with %q", tt.name, tt.params, got, err, tt.want)
		}
	}
}

func TestSafe(t *testing.T) {
	tests := []struct {
		name, params string
		want         engine.Code
	}{
		{"APIStopChat", `{}`, engine.Denied},
		{"Connect", `{}`, engine.Invalid},
		{"Connect", `{"connTarget_": "@name"}`, engine.Invalid},
		{"Connect", `{"connTarget_": "simplex:/contact#/?v=1"}`, ""},
		{"Connect", `{"connLink_": "https://simplex.chat/contact#/?v=1"}`, ""},
		{"APIConnect", `{"userId": 1}`, engine.Invalid},
		{"APIConnect", `{"userId": 1, "preparedLink_": {"connFullLink": "x"}}`, engine.Invalid},
		{"APIConnect", `{"userId": 1, "preparedLink_": {"connFullLink": "simplex:/x", "connShortLink": "x"}}`, engine.Invalid},
		{"APIConnect", `{"userId": 1, "preparedLink_": {"connFullLink": "simplex:/x"}}`, ""},
		{"APIAddMember", `{"groupId": 1, "contactId": 2, "memberRole": "relay"}`, engine.Invalid},
		{"APIAddMember", `{"groupId": 1, "contactId": 2, "memberRole": "author"}`, engine.Invalid},
		{"APIAddMember", `{"groupId": 1, "contactId": 2, "memberRole": "owner"}`, ""},
	}
	for _, tt := range tests {
		if err := api.Load().Command(tt.name).Safe(params(t, tt.params)); engine.CodeOf(err) != tt.want {
			t.Errorf("%s %s: %v, want %q", tt.name, tt.params, err, tt.want)
		}
	}
}
