package hitbox_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// TestServerMethods: each method of the server, in all its forms, becomes its event.
func TestServerMethods(t *testing.T) {
	const media = `{"media_id":"7","media_is_live":"1","media_status":"a &amp; b","category_name":"Chess","x":null}`
	tests := []struct {
		name, method, params string
		want                 []string
	}{
		{"chatMsg", "chatMsg", `{"channel":"botd","name":"Ann","nameColor":"4B9188","text":"hello","time":1421041488,"role":"anon","isFollower":true,"isSubscriber":false}`,
			[]string{`join Ann {} {"synthetic":true}`, `message Ann {"text":"hello","color":"#4B9188"}`}},
		{"chatMsg with HTML, as strings", "chatMsg", `{"channel":"BOTD","name":"ann","text":"see <a href=\"x\">x</a> &lt;b&gt; <c>","time":"1421041488","role":"user","isSubscriber":"1","media":"true","image":"/a.png"}`,
			[]string{`join ann {} {"synthetic":true}`, `message ann {"text":"see x \u003cb\u003e \u003cc\u003e"} {"image":"/a.png","media":true,"text":"see \u003ca href=\"x\"\u003ex\u003c/a\u003e \u0026lt;b\u0026gt; \u003cc\u003e"}`}},
		{"chatMsg of the backlog", "chatMsg", `{"channel":"botd","name":"Ann","text":"old","time":1421041488,"role":"anon","buffer":true,"buffersent":true}`,
			[]string{`message Ann(old) {"text":"old"}`}},
		{"chatMsg of a guest", "chatMsg", `{"name":"UnknownSoldier","text":"hm","time":1,"role":"guest"}`, []string{`message UnknownSoldier {"text":"hm"}`}},
		{"directMsg", "directMsg", `{"from":"Ann","nameColor":"4B9188","text":"psst","time":1421041488,"channel":"botd","type":"info"}`,
			[]string{`message Ann {"text":"psst","private":true,"color":"#4B9188"}`}},
		{"infoMsg ban", "infoMsg", `{"text":"Ann has been banned","lang":"view.chat.text.has_been_banned","variables":{"user":"Ann"},"channel":"botd","timestamp":1421041500,"name":"Ann","action":"ban"}`,
			[]string{`ban "banned Ann"`}},
		{"infoMsg ban by lang alone", "infoMsg", `{"text":"x","lang":"view.chat.text.has_been_banned","variables":{"user":"Ann"},"channel":"botd"}`, []string{`ban "banned Ann"`}},
		{"infoMsg kickUser", "infoMsg", `{"text":"Ann was kicked","variables":{"user":"Ann"},"channel":"botd","action":"kickUser"}`, []string{`timeout "timed out Ann"`}},
		{"infoMsg kicked", "infoMsg", `{"text":"Ann was kicked","variables":{"user":"Ann"},"channel":"botd","action":"kicked"}`, []string{`timeout "timed out Ann"`}},
		{"infoMsg kicked, nobody named", "infoMsg", `{"text":"Somebody was kicked","channel":"botd","action":"kicked"}`, []string{`notice {"text":"Somebody was kicked","code":"kicked"}`}},
		{"infoMsg isAdmin", "infoMsg", `{"text":"You have added Ann as a moderator","channel":"botd","action":"isAdmin"}`, []string{`role "Ann is moderator"`}},
		{"infoMsg isAdmin, removed", "infoMsg", `{"text":"You have removed Ann as a moderator","variables":{"user":"Ann"},"action":"isAdmin"}`, []string{`role "Ann is user"`}},
		{"infoMsg isAdmin, unknown", "infoMsg", `{"text":"Something","action":"isAdmin"}`, []string{`notice {"text":"Something","code":"isAdmin"}`}},
		{"infoMsg subChannel", "infoMsg", `{"text":"Ann subscribed!","channel":"botd","subscriber":"Ann","type":"subChannel","time":1421041500}`,
			[]string{`notice Ann {"text":"Ann subscribed!","code":"subChannel"}`}},
		{"infoMsg directMsg not ours", "infoMsg", `{"text":"You whispered","action":"directMsg"}`, []string{`notice {"text":"You whispered","code":"directMsg"}`}},
		{"infoMsg", "infoMsg", `{"text":"Welcome &amp; enjoy","channel":"botd","action":""}`, []string{`notice {"text":"Welcome \u0026 enjoy"}`}},
		{"slowMsg", "slowMsg", `{"text":"Slow mode set to 10 seconds","channel":"botd","timestamp":1421044036,"action":"isAdmin","slowTime":"10"}`, []string{`mode {"mode":"slow","on":true,"value":10}`}},
		{"slowMsg off", "slowMsg", `{"text":"Slow mode disabled","channel":"botd","slowTime":0}`, []string{`mode {"mode":"slow","on":false}`}},
		{"slowMsg subscribers", "slowMsg", `{"text":"Subscriber only mode enabled","channel":"botd","action":"isAdmin"}`, []string{`mode {"mode":"subscribers_only","on":true}`}},
		{"slowMsg subscribers off", "slowMsg", `{"text":"Subscriber only mode disabled","channel":"botd","action":"isAdmin"}`, []string{`mode {"mode":"subscribers_only","on":false}`}},
		{"chatLog", "chatLog", `{"text":"<user>Bob</user> followed","timestamp":1421041500,"channel":"botd"}`, []string{`notice Bob {"text":"Bob followed","code":"chatLog"}`}},
		{"chatLog of the backlog", "chatLog", `{"text":"<user>Bob</user> followed","timestamp":1421041500,"channel":"botd","buffer":true}`, []string{`notice Bob(old) {"text":"Bob followed","code":"chatLog"}`}},
		{"userList", "userList", `{"channel":"botd","data":{"Guests":null,"admin":["botd"],"user":["Mo"],"anon":["Ann"],"isFollower":["Ann"],"isSubscriber":[],"isStaff":[],"isCommunity":[]}}`,
			[]string{`join Ann {} {"synthetic":true}`, `join Mo {} {"synthetic":true}`}},
		{"userInfo nobody asked for", "userInfo", `{"channel":"botd","name":"Ann","role":"anon"}`, []string{`raw {"name":"userInfo","data":"{\"channel\":\"botd\",\"name\":\"Ann\",\"role\":\"anon\"}"}`}},
		{"mediaLog nobody asked for", "mediaLog", `{"channel":"botd","type":"image","data":[]}`, []string{`raw {"name":"mediaLog","data":"{\"channel\":\"botd\",\"type\":\"image\",\"data\":[]}"}`}},
		{"banList, the first", "banList", `{"channel":"botd","data":["Ann"]}`, nil},
		{"motdMsg", "motdMsg", `{"channel":"botd","name":"Ann","nameColor":"585858","text":"be <b>nice</b>","time":1402279577,"image":"/x"}`, []string{`topic Ann {"text":"be nice"}`}},
		{"motdMsg removed", "motdMsg", `{"channel":"botd","name":"Ann","text":""}`, []string{`topic Ann {"text":""}`}},
		{"motdMsg removed without a text", "motdMsg", `{"channel":"botd","name":"Ann"}`, []string{`topic Ann {"text":""}`}},
		{"serverMsg resourceUpdate", "serverMsg", `{"channel":"botd","text":{"media":` + media + `},"type":"resourceUpdate","time":1421041500}`,
			[]string{`stream {"live":true,"title":"a \u0026 b","game":"Chess"} {"media":{"category_name":"Chess","media_id":"7","media_is_live":"1","media_status":"a \u0026amp; b","x":null},"type":"resourceUpdate"}`}},
		{"serverMsg hostModeUpdate", "serverMsg", `{"channel":"botd","text":{"media":{"media_user_name":"ann"}},"type":"hostModeUpdate","mode":"on","time":1}`,
			[]string{`stream {"live":false} {"media":{"media_user_name":"ann"},"mode":"on","type":"hostModeUpdate"}`}},
		{"pollMsg", "pollMsg", `{"channel":"botd","question":"Tea?","choices":[{"text":"yes","votes":"2"},{"text":"no","votes":0}],"start_time":"2015-01-02T05:55:37.399Z","clientID":null,"status":"paused","voters":["Ann","Bob"],"subscriberOnly":false,"followerOnly":false,"votes":2}`,
			[]string{`poll {"poll":"","question":"Tea?","status":"paused","options":[{"text":"yes","votes":2},{"text":"no","votes":0}]} {"followerOnly":false,"subscriberOnly":false,"voters":["Ann","Bob"],"votes":2}`}},
		{"pollMsg ended, of an unknown poll", "pollMsg", `{"channel":"botd","status":"ended"}`, []string{`poll {"poll":"","status":"ended"} {"followerOnly":false,"subscriberOnly":false,"voters":[],"votes":0}`}},
		{"raffleMsg for viewers alone", "raffleMsg", `{"channel":"botd","question":"Pick","prize":"mug","choices":[{"text":"A"},{"text":"B"}],"start_time":"2015-01-02T06:09:11.760Z","status":"started","forAdmin":false}`,
			[]string{`raffle [{"raffle":"","question":"Pick","prize":"mug","status":"started","answers":[{"text":"A"},{"text":"B"}]},null] {"followerOnly":false,"subscriberOnly":false}`}},
		{"raffleMsg", "raffleMsg", `{"channel":"botd","question":"Pick","prize":"mug","choices":[{"text":"A","count":"3"},{"text":"B","count":0}],"start_time":"2015-01-02T06:09:11.760Z","status":"ended","forAdmin":true}`,
			[]string{`raffle [{"raffle":"","question":"Pick","prize":"mug","status":"ended","entries":3,"answers":[{"text":"A","entries":3},{"text":"B"}]},null] {"followerOnly":false,"subscriberOnly":false}`}},
		{"raffleMsg delete, without a channel", "raffleMsg", `{"status":"delete"}`, []string{`raffle [{"raffle":"","status":"removed"},null]`}},
		{"winnerRaffle", "winnerRaffle", `{"channel":"botd","winner_name":"Ann","winner_email":"ann@example.org","winner_picked":true,"forAdmin":true,"answer":0}`,
			[]string{`raffle [{"raffle":"","status":"drawn","email":"[private]"},["Ann:guest"]] {"answer":0}`}},
		{"winnerMsg", "winnerMsg", `{"channel":"botd","winner_name":"Ann","winner_email":"ann@example.org","winner_picked":true,"forAdmin":true,"answer":"1"}`,
			[]string{`raffle [{"raffle":"","status":"drawn","email":"[private]"},["Ann:guest"]] {"answer":1}`}},
		{"winnerRaffle malformed", "winnerRaffle", `{"winner_email":"ann@example.org","winner_name":{},"channel":["ann@example.org"],"forAdmin":[],"answer":{}}`, nil},
		{"winnerRaffle of another channel", "winnerRaffle", `{"channel":"other","winner_name":"Ann","winner_email":"ann@example.org","forAdmin":true}`, nil},
		{"another channel", "chatMsg", `{"channel":"other","name":"Ann","text":"x"}`, []string{`raw {"name":"chatMsg","data":"{\"channel\":\"other\",\"name\":\"Ann\",\"text\":\"x\"}"}`}},
		{"unknown method", "newMsg", `{"a":1}`, []string{`raw {"name":"newMsg","data":"{\"a\":1}"}`}},
		{"a second loginMsg", "loginMsg", `{"channel":"botd","name":"botd","role":"guest"}`, nil},
	}
	for _, form := range []hitboxtest.Form{hitboxtest.AsString, hitboxtest.AsObject} {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				in(t, hitboxtest.Options{Form: form}, func(r *rig) {
					r.start()
					r.Take()
					r.Broadcast(channel, tt.method, json.RawMessage(tt.params))
					r.Tells(tt.want...)
					if s := r.log.String(); strings.Contains(s, "example.org") {
						t.Errorf("the log has the address: %s", s)
					}
				})
			})
		}
	}
}

// TestPacketForms: envelopes also come as text and as JSON packets, and several in one.
func TestPacketForms(t *testing.T) {
	const e = `{"method":"infoMsg","params":{"text":"x"}}`
	quoted, _ := json.Marshal(e)
	for frame, n := range map[string]int{
		"3:::" + e: 1, "4:::" + e: 1, "4:::" + string(quoted): 1, `5:::{"name":"message","args":[` + e + `,` + string(quoted) + `]}`: 2,
		`5:9+::{"name":"message","args":[` + e + `]}`: 1, `5::/else:{"name":"message","args":[` + e + `]}`: 0,
		"\uFFFD" + "45" + "\uFFFD" + "3:::" + e[:41] + "\uFFFD3\uFFFD8::": 0,
	} {
		in(t, hitboxtest.Options{}, func(r *rig) {
			r.start()
			r.Take()
			r.Frame(frame)
			got := 0
			for _, ev := range r.Take() {
				if ev.Kind() == "notice" {
					got++
				}
			}
			if got != n && !strings.HasPrefix(frame, "\uFFFD") {
				t.Errorf("%s gave %d notices, want %d", frame, got, n)
			}
		})
	}
}

// TestClientMethods: each method of a client goes out as the service wants it, and is
// confirmed; nothing else about it goes out.
func TestClientMethods(t *testing.T) {
	poll := func(r *rig, status string) {
		r.Does(engine.OpenPoll{Room: r.room, Question: "Tea?", Options: []string{"yes", "no"}}, engine.Echoed, "")
		if status == "paused" {
			r.Does(engine.SetPoll{Room: r.room, Verb: "pause"}, engine.Echoed, "")
		}
	}
	raffle := func(r *rig, verbs ...string) {
		r.Does(engine.OpenRaffle{Room: r.room, Question: "Pick", Prize: "mug", Answers: []string{"A", "B"}}, engine.Echoed, "")
		r.users["ann"].Send("voteRaffle", map[string]any{"choice": "1"})
		r.Settle()
		for _, v := range verbs {
			r.Does(engine.SetRaffle{Room: r.room, Verb: v}, engine.Echoed, "")
		}
	}
	tests := []struct {
		name    string
		prepare func(*rig)
		action  engine.Action
		call    string         // or a Call of this
		params  map[string]any // with these
		sent    []string
		status  engine.Status // echoed if empty
		answer  string        // part of the JSON of the receipt's answer
	}{
		{name: "joinChannel", call: "joinChannel", params: map[string]any{"hideBuffered": true}, status: engine.Sent,
			sent: []string{`joinChannel {"channel":"botd","hideBuffered":true,"isAdmin":false,"name":"Botd","token":"token-botd"}`}},
		{name: "partChannel", call: "partChannel", status: engine.Sent, sent: []string{`partChannel {"channel":"botd","name":"Botd"}`}},
		{name: "say", action: engine.Say{Text: "hi <b> & ü"}, sent: []string{`chatMsg {"channel":"botd","name":"Botd","nameColor":"4B9188","text":"hi \u003cb\u003e \u0026 ü"}`}},
		{name: "chatMsg", call: "chatMsg", params: map[string]any{"text": "hi", "nameColor": "ffffff"}, answer: `"text":"hi"`,
			sent: []string{`chatMsg {"channel":"botd","name":"Botd","nameColor":"ffffff","text":"hi"}`}},
		{name: "whisper", action: engine.Whisper{User: engine.UserRef{ID: "ann"}, Text: "psst"}, sent: []string{`directMsg {"channel":"botd","from":"Botd","nameColor":"4B9188","text":"psst","to":"ann"}`}},
		{name: "directMsg", call: "directMsg", params: map[string]any{"to": "ann", "text": "psst"}, answer: `"action":"directmsg"`,
			sent: []string{`directMsg {"channel":"botd","from":"Botd","nameColor":"4B9188","text":"psst","to":"ann"}`}},
		{name: "users", action: engine.ListUsers{}, sent: []string{`getChannelUserList {"channel":"botd"}`}},
		{name: "getChannelUserList", call: "getChannelUserList", answer: `"anon":["ann"]`, sent: []string{`getChannelUserList {"channel":"botd"}`}},
		{name: "user info", action: engine.UserInfo{User: engine.UserRef{Name: "ann"}}, answer: `"role":"anon"`, sent: []string{`getChannelUser {"channel":"botd","name":"ann"}`}},
		{name: "getChannelUser", call: "getChannelUser", params: map[string]any{"name": "ann"}, answer: `"isFollower":false`, sent: []string{`getChannelUser {"channel":"botd","name":"ann"}`}},
		{name: "mediaLog", call: "mediaLog", params: map[string]any{"type": "image"}, answer: `"url":"http://x/a.png"`,
			prepare: func(r *rig) { r.Image(channel, "ann", "http://x/a.png") },
			sent:    []string{`mediaLog {"channel":"botd","name":"Botd","token":"token-botd","type":"image"}`}},
		{name: "set topic", action: engine.SetTopic{Text: "be nice"}, sent: []string{`motdMsg {"channel":"botd","name":"Botd","nameColor":"4B9188","text":"be nice","time":"TIME"}`}},
		{name: "remove the topic", action: engine.SetTopic{}, prepare: func(r *rig) { r.Does(engine.SetTopic{Room: r.room, Text: "x"}, engine.Echoed, "") },
			sent: []string{`motdMsg {"channel":"botd","name":"Botd","nameColor":"4B9188","text":"","time":"TIME"}`}},
		{name: "motdMsg", call: "motdMsg", params: map[string]any{"text": "x", "time": "2015-01-02T05:55:37.399Z"}, answer: `"text":"x"`,
			sent: []string{`motdMsg {"channel":"botd","name":"Botd","nameColor":"4B9188","text":"x","time":"2015-01-02T05:55:37.399Z"}`}},
		{name: "timeout", action: engine.TimeOut{User: engine.UserRef{Name: "ann"}, Length: 9500e6}, sent: []string{`kickUser {"channel":"botd","name":"ann","timeout":"10","token":"token-botd"}`}},
		{name: "kickUser", call: "kickUser", params: map[string]any{"name": "ann", "timeout": 10.0}, answer: `"user":"ann"`,
			sent: []string{`kickUser {"channel":"botd","name":"ann","timeout":"10","token":"token-botd"}`}},
		{name: "ban", action: engine.Ban{User: engine.UserRef{Name: "ann"}}, sent: []string{`banUser {"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "ban by address", action: engine.Ban{User: engine.UserRef{Name: "ann"}, Address: true}, sent: []string{`banUser {"banIP":true,"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "banUser", call: "banUser", params: map[string]any{"name": "ann", "banIP": true}, answer: `"action":"ban"`,
			sent: []string{`banUser {"banIP":true,"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "unban", action: engine.Unban{User: engine.UserRef{Name: "ann"}}, prepare: func(r *rig) { r.Does(engine.Ban{Room: r.room, User: engine.UserRef{Name: "ann"}}, engine.Echoed, "") },
			sent: []string{`unbanUser {"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "make a moderator", action: engine.SetRole{User: engine.UserRef{Name: "ann"}, Role: engine.Moderator}, sent: []string{`makeMod {"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "removeMod", call: "removeMod", params: map[string]any{"name": "ann"}, answer: `"action":"isAdmin"`, prepare: func(r *rig) { r.Rank(channel, "ann", "user") },
			sent: []string{`removeMod {"channel":"botd","name":"ann","token":"token-botd"}`}},
		{name: "slow", action: engine.Slow{Interval: 30e9}, sent: []string{`slowMode {"channel":"botd","time":30}`}},
		{name: "slow, with subscribers only on", action: engine.Slow{Interval: 30e9}, prepare: func(r *rig) { r.Does(engine.SubscribersOnly{Room: r.room, On: true}, engine.Echoed, "") },
			sent: []string{`slowMode {"channel":"botd","time":0}`, `slowMode {"channel":"botd","time":30}`}},
		{name: "slow off, with subscribers only on", action: engine.Slow{}, prepare: func(r *rig) { r.Does(engine.SubscribersOnly{Room: r.room, On: true}, engine.Echoed, "") }},
		{name: "subscribers only, with slow on", action: engine.SubscribersOnly{On: true}, prepare: func(r *rig) { r.Does(engine.Slow{Room: r.room, Interval: 5e9}, engine.Echoed, "") },
			sent: []string{`slowMode {"channel":"botd","time":0}`, `slowMode {"channel":"botd","rate":0,"subscriber":true}`}},
		{name: "slowMode", call: "slowMode", params: map[string]any{"subscriber": true}, answer: `"text":"Subscriber only mode enabled"`,
			sent: []string{`slowMode {"channel":"botd","rate":0,"subscriber":true}`}},
		{name: "createPoll", call: "createPoll", params: map[string]any{"question": "Tea?", "choices": []any{"yes", map[string]any{"text": "no"}}, "subscriberOnly": true}, answer: `"status":"started"`,
			sent: []string{`createPoll {"channel":"botd","choices":[{"text":"yes"},{"text":"no"}],"followerOnly":false,"nameColor":"4B9188","question":"Tea?","start_time":"TIME","subscriberOnly":true}`}},
		{name: "vote", action: engine.SetPoll{Verb: "vote", Option: 2}, prepare: func(r *rig) { poll(r, "started") },
			sent: []string{`voteMsg {"channel":"botd","choice":"1","name":"Botd","token":"token-botd"}`}},
		{name: "votePoll", call: "votePoll", params: map[string]any{"choice": 0.0}, answer: `"voters":["Botd"]`, prepare: func(r *rig) { poll(r, "started") },
			sent: []string{`votePoll {"channel":"botd","choice":"0","name":"Botd","token":"token-botd"}`}},
		{name: "pausePoll", call: "pausePoll", answer: `"status":"paused"`, prepare: func(r *rig) { poll(r, "started") }, sent: []string{`pausePoll {"channel":"botd","token":"token-botd"}`}},
		{name: "startPoll", call: "startPoll", answer: `"status":"started"`, prepare: func(r *rig) { poll(r, "paused") }, sent: []string{`startPoll {"channel":"botd","token":"token-botd"}`}},
		{name: "endPoll", call: "endPoll", answer: `"status":"ended"`, prepare: func(r *rig) { poll(r, "paused") }, sent: []string{`endPoll {"channel":"botd","token":"token-botd"}`}},
		{name: "end a poll", action: engine.SetPoll{Verb: "end"}, prepare: func(r *rig) { poll(r, "started") },
			sent: []string{`pausePoll {"channel":"botd","token":"token-botd"}`, `endPoll {"channel":"botd","token":"token-botd"}`}},
		{name: "createRaffle", call: "createRaffle", params: map[string]any{"question": "Pick", "prize": "mug", "choices": []any{"A"}}, answer: `"prize":"mug"`,
			sent: []string{`createRaffle {"channel":"botd","choices":[{"text":"A"}],"followerOnly":false,"nameColor":"4B9188","prize":"mug","question":"Pick","start_time":"TIME","subscriberOnly":false}`}},
		{name: "voteRaffle", call: "voteRaffle", params: map[string]any{"choice": "0"}, status: engine.Sent, prepare: func(r *rig) { raffle(r) },
			sent: []string{`voteRaffle {"channel":"botd","choice":"0","name":"Botd"}`}},
		{name: "pauseRaffle", call: "pauseRaffle", answer: `"status":"paused"`, prepare: func(r *rig) { raffle(r) }, sent: []string{`pauseRaffle {"channel":"botd"}`}},
		{name: "startRaffle", call: "startRaffle", answer: `"status":"started"`, prepare: func(r *rig) { raffle(r, "pause") }, sent: []string{`startRaffle {"channel":"botd"}`}},
		{name: "endRaffle", call: "endRaffle", answer: `"status":"ended"`, prepare: func(r *rig) { raffle(r, "pause") }, sent: []string{`endRaffle {"channel":"botd"}`}},
		{name: "winnerRaffle", call: "winnerRaffle", params: map[string]any{"answer": 1.0}, answer: `"winner_name":"ann"`, prepare: func(r *rig) { raffle(r, "end") },
			sent: []string{`winnerRaffle {"answer":1,"channel":"botd"}`}},
		{name: "draw while it runs", action: engine.SetRaffle{Verb: "draw", Answer: 2}, prepare: func(r *rig) { raffle(r) },
			sent: []string{`endRaffle {"channel":"botd"}`, `winnerRaffle {"answer":1,"channel":"botd"}`}},
		{name: "hideRaffle", call: "hideRaffle", answer: `"status":"hidden"`, prepare: func(r *rig) { raffle(r, "end") }, sent: []string{`hideRaffle {"channel":"botd"}`}},
		{name: "cleanupRaffle", call: "cleanupRaffle", answer: `"status":"delete"`, prepare: func(r *rig) { raffle(r, "end") }, sent: []string{`cleanupRaffle {"channel":"botd"}`}},
		{name: "clean up while it runs", action: engine.SetRaffle{Verb: "cleanup"}, prepare: func(r *rig) { raffle(r, "pause") },
			sent: []string{`endRaffle {"channel":"botd"}`, `cleanupRaffle {"channel":"botd"}`}},
	}
	covered := map[string]bool{}
	for name, opts := range services {
		for _, tt := range tests {
			for _, s := range tt.sent {
				method, _, _ := strings.Cut(s, " ")
				covered[method] = true
			}
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				in(t, opts, func(r *rig) {
					r.Enter(channel, "ann")
					r.start()
					if tt.prepare != nil {
						tt.prepare(r)
					}
					r.Settle()
					before := len(r.Server.Requests())
					a := tt.action
					if tt.call != "" {
						a = engine.Call{Room: r.room, Name: tt.call, Params: tt.params}
					}
					status := tt.status
					if status == "" {
						status = engine.Echoed
					}
					rc := r.Does(a, status, "")
					r.Settle()
					got := r.sent(before)
					for i := range got {
						got[i] = times.ReplaceAllString(got[i], `"TIME"`)
						if i < len(tt.sent) && strings.Contains(tt.sent[i], "2015") {
							got[i] = r.sent(before)[i]
						}
					}
					if !slices.Equal(got, tt.sent) {
						t.Errorf("sent %s\nwant %s", strings.Join(got, "\n"), strings.Join(tt.sent, "\n"))
					}
					answer, _ := json.Marshal(rc.Answer)
					if !strings.Contains(string(answer), tt.answer) || (tt.answer == "") != (rc.Answer == nil) {
						t.Errorf("the answer is %s, want one with %s", answer, tt.answer)
					}
					if strings.Contains(string(answer), "example.org") {
						t.Errorf("the answer has the address: %s", answer)
					}
				})
			})
		}
	}
	for _, c := range hitbox.Adapter.Commands {
		if !covered[c.Name] {
			t.Errorf("method %s has no row", c.Name)
		}
	}
	for _, name := range hitboxtest.Methods() {
		if !covered[name] {
			t.Errorf("method %s of the service is no command", name)
		}
	}
}

// times are those the session fills in.
var times = regexp.MustCompile(`"20\d\d-\d\d-\d\dT[^"]*Z"`)
