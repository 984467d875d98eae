package hackchat_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botd/adapters/hackchat"
	"botd/adapters/hackchat/hackchattest"
)

// noticeCase is a notice of the server, with its number and without.
type noticeCase struct {
	id   int
	text string
	more m      // what else is in the frame
	want string // the story; "" for a notice with the text
	// bare is the story without the number, if it differs.
	bare string
}

// noticeCases are all the servers have, as a moderator in the room gets them.
var noticeCases = []noticeCase{
	{id: 1101, text: "You are now a mod."},
	{id: 1102, text: "Added mod trip: cGbI/o, remember to run 'saveconfig' to make it permanent"},
	{id: 1103, text: "Added mod: cGbI/o"},
	{id: 1105, text: "?botdev ann, botd"},
	{id: 1106, text: "Reloaded 49 commands, no modules changed, 0 errors"},
	{id: 1107, text: "You are now a user."},
	{id: 1108, text: "Removed mod trip: cGbI/o, remember to run 'saveconfig' to make it permanent"},
	{id: 1109, text: "Removed mod: cGbI/o"},
	{id: 1110, text: "Config saved!"},
	{id: 1111, text: "Server Notice: maintenance at noon"},
	{id: 1201, text: "Banned ann", want: "-"}, // the other notice tells it
	{id: 1202, text: "boss#x9SDVC banned ann in botdev, userhash: 0123456789abcde", want: "ban ann by boss"},
	{id: 1202, text: "boss#x9SDVC banned ann in elsewhere, userhash: 0123456789abcde"},
	{id: 1203, text: "boss#x9SDVC muzzled ann in botdev, userhash: 0123456789abcde", want: "mute ann by boss"},
	{id: 1203, text: "boss muzzled ann in elsewhere, userhash: 0123456789abcde"},
	{id: 1204, text: "ann was banished to ?x1y2z3a4", want: "kick ann to x1y2z3a4"},
	{id: 1205, text: "Kicked ann, bob", want: "kick ann to \nkick bob to "},
	{id: 1206, text: "Channel: ?botdev locked to 999999 by [x9SDVC]boss", more: m{"channel": "botdev"}, want: "mode boss"},
	{id: 1207, text: "Channel: ?botdev locked to 999999 by [x9SDVC]boss", want: "-"}, // told by the other
	{id: 1207, text: "Channel: ?elsewhere locked to 999999 by [x9SDVC]boss"},
	{id: 1208, text: "boss unmuzzled all users"},
	{id: 1209, text: "boss#x9SDVC unmuzzled : 0123456789abcde", want: "unmute  by boss"},
	{id: 1210, text: "Unbanned 0123456789abcde"},
	{id: 1211, text: "boss#x9SDVC unbanned: 0123456789abcde", want: "unban boss"},
	{id: 1212, text: "Unbanned all ip addresses"},
	{id: 1213, text: "boss#x9SDVC unbanned all ip addresses"},
	{id: 1214, text: "Channel: ?botdev unlocked by [x9SDVC]boss", more: m{"channel": "botdev"}, want: "mode boss"},
	{id: 1301, text: "ann is now anna"}, // alone it proves nothing
	{id: 1302, text: "Your hash: 0123456789abcde"},
	{id: 1303, text: "# kick command:"},
	{id: 1304, text: "Welcome", want: "topic motd=true", bare: "notice  Welcome"},
	{id: 1305, text: "# Server Statistics"},
	{id: 1306, text: "2 unique IPs in 1 channels", more: m{"channel": "botdev"}},
	{id: 1307, text: "As phantoms frighten beasts when shadows fall."},
	{id: 1308, text: "abc is: ann\ntrip: \ntried to join: ?botdev\nhash: 0123456789abcde"},
	{id: 1401, text: "Captcha is not enabled."},
	{id: 1402, text: "Captcha disabled on: botdev", want: "mode"},
	{id: 1403, text: "Captcha is already enabled."},
	{id: 1404, text: "Captcha enabled on: botdev", want: "mode"},
	{id: 1404, text: "Captcha enabled on: elsewhere"},
	{id: 1501, text: "Wallet connected"},
	{id: 1505, text: "Wallet disconnected"},
	{id: 4711, text: "something new"},
}

// TestNotices: each notice means the same with the number of today's servers and in the
// bare text of the older ones, and what is not known is passed on as it is.
func TestNotices(t *testing.T) {
	for _, c := range noticeCases {
		t.Run(strconv.Itoa(c.id), func(t *testing.T) {
			in(t, current, func(r *rig) {
				c.is(r, m{"id": c.id}, c.want, strconv.Itoa(c.id))
			})
			for _, gen := range []string{"2025", "2020"} {
				in(t, hackchattest.Options{Generation: generations[gen]}, func(r *rig) {
					want := c.want
					if c.bare != "" {
						want = c.bare
					}
					c.is(r, m{}, want, "")
				})
			}
		})
	}
}

func (c noticeCase) is(r *rig, frame m, want, code string) {
	r.settings.Password = hackchattest.ModPassword
	r.Join(room, "boss")
	r.Join(room, "ann")
	r.Join(room, "bob")
	r.start()
	r.Story()
	frame["cmd"], frame["text"] = "info", c.text
	if _, ok := frame["channel"]; !ok {
		frame["channel"] = false
	}
	for k, v := range c.more {
		frame[k] = v
	}
	r.Broadcast(room, frame)
	switch want {
	case "":
		want = "notice " + code + " " + c.text
	case "-":
		want = ""
	}
	r.Tells(strings.Split(want, "\n")...)
}

// frameCase is a frame of another kind.
type frameCase struct {
	name   string
	frames []m
	want   string
}

var ann = m{"nick": "ann", "userid": 7, "level": 100, "trip": "cGbI/o", "hash": "0123456789abcde", "color": "abc", "flair": false, "channel": room}

func with(base, more m) m {
	out := m{}
	for _, part := range []m{base, more} {
		for k, v := range part {
			out[k] = v
		}
	}
	return out
}

var (
	comes = with(ann, m{"cmd": "onlineAdd"})
	goes  = m{"cmd": "onlineRemove", "nick": "ann", "userid": 7, "channel": room}
)

var frameCases = []frameCase{
	{"onlineAdd", []m{comes}, "join ann"},
	{"onlineRemove", []m{comes, goes}, "join ann\nleave ann"},
	{"nick change of protocol 1", []m{comes, goes, with(comes, m{"nick": "anna"}), {"cmd": "info", "id": 1301, "text": "ann is now anna"}}, "join ann\nanna from ann"},
	{"nick change of protocol 2", []m{comes, with(ann, m{"cmd": "updateUser", "nick": "anna"})}, "join ann\nanna from ann"},
	{"level", []m{comes, with(ann, m{"cmd": "updateUser", "level": 9999})}, "join ann\nrole"},
	{"colour", []m{comes, with(ann, m{"cmd": "updateUser", "color": "fff"})}, "join ann\nraw updateUser"},
	{"user nobody knows", []m{with(ann, m{"cmd": "updateUser"})}, "raw updateUser"},
	{"chat", []m{comes, with(ann, m{"cmd": "chat", "text": "hi", "id": 5})}, "join ann\nann: hi"},
	{"emote", []m{comes, {"cmd": "emote", "nick": "ann", "userid": 7, "text": "@ann waves", "channel": room}}, "join ann\nann emotes: waves"},
	{"edit", []m{comes, with(ann, m{"cmd": "chat", "text": "hi", "customId": "a", "id": 5}), {"cmd": "updateMessage", "userid": 7, "customId": "a", "mode": "append", "text": "!", "channel": room}},
		"join ann\nann: hi\nann edits: hi!"},
	{"deletion", []m{comes, with(ann, m{"cmd": "chat", "text": "hi", "customId": "a", "id": 5}), {"cmd": "updateMessage", "userid": 7, "customId": "a", "mode": "overwrite", "text": "\x00", "channel": room}},
		"join ann\nann: hi\ndelete ann"},
	{"edit of what nobody saw", []m{comes, {"cmd": "updateMessage", "userid": 7, "customId": "b", "mode": "append", "text": "!", "channel": room}}, "join ann\nraw updateMessage"},
	{"whisper of protocol 1", []m{comes, {"cmd": "info", "type": "whisper", "from": "ann", "to": 1, "trip": "null", "text": "ann whispered: psst", "channel": room}}, "join ann\nann privately: psst"},
	{"whisper of somebody gone", []m{{"cmd": "whisper", "from": 7, "to": 8, "text": "psst", "channel": room}}, "raw "},
	{"invite of protocol 1", []m{comes, {"cmd": "info", "type": "invite", "from": "ann", "to": 1, "inviteChannel": "den", "text": "ann invited you to ?den"}}, "join ann\nann invites  to den"},
	{"invite of 2018", []m{comes, {"cmd": "info", "invite": "den", "text": "ann invited you to ?den"}}, "join ann\nann invites  to den"},
	{"emote of 2018", []m{comes, {"cmd": "info", "type": "emote", "text": "@ann waves"}}, "join ann\nann emotes: waves"},
	{"captcha", []m{{"cmd": "captcha", "text": " # ", "channel": room}}, "captcha"},
	{"publicchannels", []m{{"cmd": "publicchannels", "list": []any{}}}, "raw publicchannels"},
	{"hackAttempt", []m{{"cmd": "hackAttempt", "from": 7, "fromNick": "ann", "lib": "https://example.com/x.js"}}, "raw hackAttempt"},
	{"signMessage", []m{{"cmd": "signMessage", "message": "x"}}, "raw signMessage"},
	{"signTransaction", []m{{"cmd": "signTransaction"}}, "raw signTransaction"},
	{"walletInfo", []m{{"cmd": "walletInfo"}}, "raw walletInfo"},
	{"session", []m{{"cmd": "session", "restored": false, "token": "secret", "channels": []any{room}}}, ""},
	{"warn", []m{{"cmd": "warn", "id": 99, "text": "mind the gap", "channel": false}}, "notice 99 mind the gap"},
	{"error", []m{{"cmd": "error", "id": 61, "text": "Invalid session"}}, "notice 61 Invalid session"},
	{"a kind of the future", []m{{"cmd": "telepathy", "text": "…"}}, "raw telepathy"},
	{"kind of a wrong type", []m{{"cmd": 7}}, "raw "},
	{"fields of wrong types", []m{{"cmd": "chat", "nick": []any{}, "text": 7}}, "raw "},
}

// TestFrames: each kind of frame, and what no server should send.
func TestFrames(t *testing.T) {
	for _, c := range frameCases {
		t.Run(c.name, func(t *testing.T) {
			in(t, current, func(r *rig) {
				r.start()
				r.Story()
				for _, f := range c.frames {
					r.Broadcast(room, f)
				}
				r.Tells(strings.Split(c.want, "\n")...)
			})
		})
	}
}

// TestOriginsAreTold: the page about the adapter tells of each notice by its number and
// of each frame by its name, and of no others.
func TestOriginsAreTold(t *testing.T) {
	var told []string
	for _, o := range hackchat.Adapter.Events {
		told = append(told, spelled(o.Wire)...)
	}
	for _, c := range noticeCases {
		if id := strconv.Itoa(c.id); c.id < 4711 && !slices.Contains(told, id) {
			t.Errorf("no word about info %d", c.id)
		}
	}
	for _, c := range frameCases {
		cmd, ok := c.frames[len(c.frames)-1]["cmd"].(string)
		if ok && cmd != "telepathy" && cmd != "info" && !slices.Contains(told, cmd) {
			t.Errorf("no word about %s", cmd)
		}
	}
	for _, word := range told {
		id, err := strconv.Atoi(word)
		if err == nil && !slices.ContainsFunc(noticeCases, func(c noticeCase) bool { return c.id == id }) && id != 1502 && id != 1503 && id != 1504 {
			t.Errorf("info %d is told of and in no case", id)
		}
	}
}

var rangeOf = regexp.MustCompile(`(\d+) to (\d+)`)

// spelled are the words of an entry, with ranges of numbers written out.
func spelled(wire string) []string {
	wire = rangeOf.ReplaceAllStringFunc(wire, func(s string) string {
		var from, to int
		fmt.Sscanf(s, "%d to %d", &from, &to)
		var all []string
		for n := from; n <= to; n++ {
			all = append(all, strconv.Itoa(n))
		}
		return strings.Join(all, " ")
	})
	return strings.FieldsFunc(wire, func(r rune) bool { return r == ' ' || r == ',' })
}
