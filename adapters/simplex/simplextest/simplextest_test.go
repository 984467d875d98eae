package simplextest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botd/adapters/simplex/simplextest"
)

// TestExamples: every string of the bot reference is understood as the command it is of,
// except for the roles that the real parser does not have either.
func TestExamples(t *testing.T) {
	b, err := os.ReadFile("../internal/api/testdata/examples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		var e struct{ Name, Command string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		n++
		want := e.Name
		if strings.HasSuffix(e.Command, " author") || strings.HasSuffix(e.Command, " relay") {
			want = ""
		}
		switch e.Command { // commands to connect that have no link make one
		case "/_connect 1":
			want = "APIAddContact"
		case "/connect":
			want = "AddContact"
		}
		name, ok := simplextest.Parse(e.Command)
		if name != want || ok != (want != "") {
			t.Errorf("%s was taken for %q, want %q", e.Command, name, want)
		}
	}
	if n < 180 {
		t.Errorf("%d examples", n)
	}
}

// TestRefused holds the parser to what the real one does not take.
func TestRefused(t *testing.T) {
	for _, cmd := range []string{
		"", "/", "hello", "/user 1", "/_send @5 json {\"msgContent\":{\"type\":\"text\",\"text\":\"one\"}}", // no list
		"/_send @5 json []", "/_send @5  json [{\"msgContent\":{\"type\":\"text\",\"text\":\"x\"}}]", // two spaces
		"/_send *1 json [{\"msgContent\":{\"type\":\"text\",\"text\":\"x\"}}]", "/_send @5 ttl=1 live=on json [{\"msgContent\":{\"type\":\"text\",\"text\":\"x\"}}]",
		"/_send @5 json [{\"msgContent\":{\"type\":\"text\"}}]", "/_send @5 json [{\"msgContent\":{\"type\":\"text\",\"text\":\"x\"}}] more",
		"/_update item @5 1 json {\"msgContent\":{\"type\":\"text\",\"text\":\"x\"}}", // no mentions
		"/_reaction @5 1 on {\"type\":\"emoji\",\"emoji\":\"❤\ufe0f\"}", "/_reaction @5 1 on {\"type\":\"emoji\",\"emoji\":\"🎉\"}",
		"/_delete item @5 1, 2 broadcast", "/_delete item @5 1", "/_delete item @5 1 everything", "/_add #7 5 author", "/_add #7 5 relay", "/_add #7 5",
		"/_remove #7 1,2 messages=off", "/_connect 1 hello", "/_connect plan 1 hello", "/_user 1 pass", "/_accept", "/_accept 3 4", "/_members 7",
		"/_delete @5 some", "/_groups 1 te\nam", "/_set custom @5 7", "/_set custom #7 null", "/_profile 1 {}", "/_start main=maybe", "/crc tcp:/abc",
	} {
		if name, ok := simplextest.Parse(cmd); ok {
			t.Errorf("%q was taken for %s", cmd, name)
		}
	}
}

// TestEnvelope: what is no request is an error without corrId, what is no command one with
// it, and that overtakes what waits.
func TestEnvelope(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		for _, frame := range []string{`{`, `[]`, `{"cmd":"/u"}`, `{"corrId":7,"cmd":"/u"}`, `{"corrId":"7"}`} {
			r.raw(frame)
			got := r.take(func(f m) bool { return f["corrId"] == nil })
			if len(got) != 1 || !strings.Contains(brief(got[0]), "invalid request") {
				t.Errorf("%s: %s", frame, brief(got))
			}
		}
		r.Delay(60e9)
		first, second := r.write("/user"), r.write("/nonsense")
		if resp := r.answer(second); !strings.Contains(brief(resp), "Failed reading: empty") {
			t.Errorf("nonsense: %s", brief(resp))
		}
		if n := len(r.Commands()); n != 0 {
			t.Errorf("%d commands before their time", n)
		}
		r.Delay(0)
		sleep(61)
		if resp := r.answer(first); resp["type"] != "activeUser" {
			t.Errorf("/user: %s", brief(resp))
		}
	})
}

func TestEnvelopesOfOthers(t *testing.T) {
	for e, want := range map[simplextest.Envelope]string{
		simplextest.Resp:      `{"corrId":"c1","resp":{"type":"chatRunning"}} {"resp":{"type":"hello"}} {"corrId":"c2","resp":{"chatError":{"errorType":{"message":"Failed reading: empty","type":"commandError"},"type":"error"},"type":"chatCmdError"}}`,
		simplextest.EmptyCorr: `{"corrId":"c1","resp":{"type":"chatRunning"}} {"corrId":"","resp":{"type":"hello"}} {"corrId":"c2","resp":{"chatError":{"errorType":{"message":"Failed reading: empty","type":"commandError"},"type":"error"},"type":"chatCmdError"}}`,
		simplextest.Either:    `{"corrId":"c1","resp":{"Right":{"type":"chatRunning"}}} {"resp":{"Right":{"type":"hello"}}} {"corrId":"c2","resp":{"Left":{"errorType":{"message":"Failed reading: empty","type":"commandError"},"type":"error"}}}`,
		simplextest.Result:    `{"corrId":"c1","result":{"type":"chatRunning"}} {"result":{"type":"hello"}} {"corrId":"c2","error":{"errorType":{"message":"Failed reading: empty","type":"commandError"},"type":"error"}}`,
	} {
		in(t, simplextest.Options{Envelope: e}, func(r *rig) {
			var got []string
			r.write("/_start")
			got = append(got, brief(r.take(func(m) bool { return true })[0]))
			r.Emit(m{"type": "hello"})
			got = append(got, brief(r.take(func(m) bool { return true })[0]))
			r.write("nonsense")
			got = append(got, brief(r.take(func(m) bool { return true })[0]))
			if strings.Join(got, " ") != want {
				t.Errorf("envelope %d:\n%s\nwant\n%s", e, strings.Join(got, " "), want)
			}
		})
	}
}

// TestMessages: the profile and a contact write, edit, react and delete.
func TestMessages(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		alice := r.Contact("alice")
		r.tells("contactConnected", "newChatItems")
		chat := alice.Chat()
		sent := itemID(r.wants(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"hello"}},{"msgContent":{"type":"text","text":"again"}}]`, "newChatItems"))
		r.tells("chatItemsStatusesUpdated")
		got := alice.Send(simplextest.Message{Text: "hi", Reply: sent})
		ev := r.tells("newChatItems")[0]
		quoted := first(ev)["chatItem"].(m)["quotedItem"].(m)
		if itemID(ev) != got || quoted["content"].(m)["text"] != "hello" {
			t.Errorf("the answer is %s", brief(ev))
		}
		r.wants(`/_update item `+chat+` `+num(sent)+` json {"msgContent":{"type":"text","text":"hello!"},"mentions":{}}`, "chatItemUpdated")
		r.wants(`/_update item `+chat+` `+num(sent)+` json {"msgContent":{"type":"text","text":"hello!"},"mentions":{}}`, "chatItemNotChanged")
		r.fails(`/_update item `+chat+` `+num(got)+` json {"msgContent":{"type":"text","text":"mine"},"mentions":{}}`, "invalidChatItemUpdate")
		for _, e := range []string{"👍", "❤", "🚀"} {
			r.wants(`/_reaction `+chat+` `+num(got)+` on {"type":"emoji","emoji":"`+e+`"}`, "chatItemReaction")
		}
		r.fails(`/_reaction `+chat+` `+num(got)+` on {"type":"emoji","emoji":"👎"}`, "commandError") // the fourth
		r.wants(`/_reaction `+chat+` `+num(got)+` off {"type":"emoji","emoji":"👍"}`, "chatItemReaction")
		alice.React(sent, "😀", true)
		alice.Edit(got, "hi there")
		alice.Delete(got)
		r.tells("chatItemReaction", "chatItemUpdated", "chatItemsDeleted")
		r.fails(`/_delete item `+chat+` `+num(got)+` broadcast`, "invalidChatItemDelete")
		r.wants(`/_delete item `+chat+` `+num(sent)+` broadcast`, "chatItemsDeleted")
		items := r.Items(chat)
		if len(items) != 3 || items[0].Text != "hello!" || !items[0].Edited || items[0].Deleted != "deleted" || items[2].Text != "hi there" || items[2].Reply != "hello" ||
			strings.Join(items[2].Reactions, " ") != "❤ 🚀" {
			t.Errorf("items are %+v", items)
		}
		if lines := r.Lines(chat); strings.Join(lines, "|") != "hello!|again" {
			t.Errorf("lines are %q", lines)
		}
		r.fails(`/_send @999 json [{"msgContent":{"type":"text","text":"x"}}]`, "contactNotFound")
		r.fails(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"`+strings.Repeat("x", 15602)+`"}}]`, "largeMsg")
		r.fails(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"x"},"quotedItemId":9999}]`, "chatItemNotFound")
		r.wants(`/_get chat `+chat+` count=2`, "apiChat")
		r.wants(`/_delete item `+chat+` `+num(got)+` internal`, "chatItemsDeleted")
		alice.Leave()
		r.tells("contactDeletedByContact")
		r.fails(`/_send `+chat+` json [{"msgContent":{"type":"text","text":"x"}}]`, "contactNotActive")
	})
}

// TestLive: a message that is being written, on either side.
func TestLive(t *testing.T) {
	in(t, simplextest.Options{}, func(r *rig) {
		alice := r.Known("alice")
		id := itemID(r.wants(`/_send `+alice.Chat()+` live=on ttl=60 json [{"msgContent":{"type":"text","text":"h"}}]`, "newChatItems"))
		r.wants(`/_update item `+alice.Chat()+` `+num(id)+` live=on json {"msgContent":{"type":"text","text":"he"},"mentions":{}}`, "chatItemUpdated")
		r.wants(`/_update item `+alice.Chat()+` `+num(id)+` json {"msgContent":{"type":"text","text":"hey"},"mentions":{}}`, "chatItemUpdated")
		if it := r.Items(alice.Chat())[0]; it.Text != "hey" || it.Live || it.Edited || it.TTL != 60 {
			t.Errorf("%+v", it)
		}
		theirs := alice.Send(simplextest.Message{Text: "y", Live: true})
		alice.Type(theirs, "yo")
		alice.Edit(theirs, "yo!")
		evs := r.tells("chatItemsStatusesUpdated", "newChatItems", "chatItemUpdated", "chatItemUpdated")
		for i, want := range map[int]any{1: true, 2: true, 3: nil} {
			pair := evs[i]["chatItem"]
			if i == 1 {
				pair = first(evs[i])
			}
			if got := pair.(m)["chatItem"].(m)["meta"].(m)["itemLive"]; got != want {
				t.Errorf("event %d: itemLive is %v, want %v", i, got, want)
			}
		}
	})
}

// TestFiles: both ways, with progress, approval, failure and cancellation.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "out.txt"), []byte("from the bot"), 0o600); err != nil {
		t.Fatal(err)
	}
	in(t, simplextest.Options{Folder: folder}, func(r *rig) {
		alice := r.Known("alice")
		chat := alice.Chat()
		r.fails(`/_send `+chat+` json [{"fileSource":{"filePath":"none.txt"},"msgContent":{"type":"file","text":""}}]`, "fileNotFound")
		r.wants(`/_send `+chat+` json [{"fileSource":{"filePath":"out.txt"},"msgContent":{"type":"file","text":"see"}}]`, "newChatItems")
		r.tells("sndFileProgressXFTP", "sndFileCompleteXFTP", "chatItemsStatusesUpdated")
		if f := r.Items(chat)[0].File; f == nil || string(f.Data) != "from the bot" || f.Status != "sndComplete" {
			t.Errorf("the sent file is %+v", f)
		}
		offer := func(f simplextest.File) int64 {
			id := alice.Send(simplextest.Message{Text: "take", File: &f})
			r.tells("newChatItems", "rcvFileDescrReady")
			return r.FileOf(id)
		}
		file := offer(simplextest.File{Name: "../../etc/in.txt", Data: []byte("from alice")})
		r.wants(`/freceive `+num(file)+` encrypt=off`, "rcvFileAccepted")
		ev := r.tells("rcvFileStart", "rcvFileProgressXFTP", "rcvFileComplete")[2]
		path := ev["chatItem"].(m)["chatItem"].(m)["file"].(m)["fileSource"].(m)["filePath"].(string)
		if b, err := os.ReadFile(filepath.Join(folder, path)); err != nil || string(b) != "from alice" || path != "in.txt" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		r.fails(`/freceive `+num(file), "fileAlreadyReceiving")
		r.fails(`/fcancel `+num(file), "fileCancel")
		r.fails(`/freceive 9999`, "rcvFileNotFound")
		file = offer(simplextest.File{Name: "in.txt", Data: []byte("again"), Unapproved: true})
		r.wants(`/freceive `+num(file), "rcvFileAccepted")
		r.tells("chatError", "chatItemUpdated")
		r.wants(`/freceive `+num(file)+` approved_relays=on`, "rcvFileAccepted")
		r.tells("rcvFileStart", "rcvFileProgressXFTP", "rcvFileComplete")
		if b, err := os.ReadFile(filepath.Join(folder, "in_1.txt")); err != nil || string(b) != "again" {
			t.Errorf("the second file: %q, %v", b, err)
		}
		file = offer(simplextest.File{Name: "bad", Broken: true, Size: 5})
		r.wants(`/freceive `+num(file), "rcvFileAccepted")
		r.tells("rcvFileStart", "rcvFileProgressXFTP", "rcvFileError")
		file = offer(simplextest.File{Name: "unwanted", Size: 5})
		r.wants(`/fcancel `+num(file), "rcvFileCancelled")
		id := alice.Send(simplextest.Message{File: &simplextest.File{Name: "back", Size: 5}})
		alice.CancelFile(id)
		r.tells("newChatItems", "rcvFileDescrReady", "rcvFileSndCancelled")
		r.wants(`/freceive `+num(r.FileOf(id)), "rcvFileAcceptedSndCancelled")
	})
}
