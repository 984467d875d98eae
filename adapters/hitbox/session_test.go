package hitbox_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hitbox"
	"botd/adapters/hitbox/hitboxtest"
	"botd/adapters/internal/socketio09"
	"botd/adapters/internal/socketio09/socketio09test"
	"botd/engine"
)

func TestSettings(t *testing.T) {
	tests := map[string]struct {
		change func(*hitbox.Settings)
		rooms  []engine.RoomID
		ok     bool
	}{
		"guest":         {func(*hitbox.Settings) {}, []engine.RoomID{"demo"}, true},
		"token":         {func(s *hitbox.Settings) { s.Name, s.Token = "Botty", "x" }, []engine.RoomID{"Demo"}, true},
		"password":      {func(s *hitbox.Settings) { s.Name, s.Password = "Botty", "x" }, []engine.RoomID{"demo"}, true},
		"no proof":      {func(s *hitbox.Settings) { s.Name = "Botty" }, []engine.RoomID{"demo"}, false},
		"no name":       {func(s *hitbox.Settings) { s.Token = "sesame" }, []engine.RoomID{"demo"}, false},
		"bad name":      {func(s *hitbox.Settings) { s.Name, s.Token = "a b", "sesame" }, []engine.RoomID{"demo"}, false},
		"bad url":       {func(s *hitbox.Settings) { s.URL = "ws://x" }, []engine.RoomID{"demo"}, false},
		"bad color":     {func(s *hitbox.Settings) { s.Color = "#fff" }, []engine.RoomID{"demo"}, false},
		"text too long": {func(s *hitbox.Settings) { s.TextMax = 301 }, []engine.RoomID{"demo"}, false},
		"pace":          {func(s *hitbox.Settings) { s.Pace = -1 }, []engine.RoomID{"demo"}, false},
		"users":         {func(s *hitbox.Settings) { s.UsersEvery = 0 }, []engine.RoomID{"demo"}, false},
		"two channels":  {func(*hitbox.Settings) {}, []engine.RoomID{"a", "b"}, false},
		"no channel":    {func(*hitbox.Settings) {}, []engine.RoomID{""}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := hitbox.Adapter.Settings().(*hitbox.Settings)
			tt.change(s)
			_, err := hitbox.Adapter.New(s, engine.Env{Rooms: tt.rooms})
			if (err == nil) != tt.ok || err != nil && engine.CodeOf(err) != engine.Invalid {
				t.Errorf("New: %v (code %q), want ok %v", err, engine.CodeOf(err), tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error has the secret: %v", err)
			}
		})
	}
}

func TestGuest(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.as("guest")
		ann := r.Join("lounge", "ann")
		r.start()
		ann.Say("hello")
		r.Tells(`connect UnknownSoldier ["UnknownSoldier:guest"]`, `message ann {"text":"hello","color":"#4B9188"}`)
		r.Does(engine.Say{Room: "lounge", Text: "x"}, engine.Failed, engine.Denied)
		r.call("getChannelUserList", nil, engine.Failed, engine.Denied)
		time.Sleep(5 * time.Minute)
		if got := r.sent(0); len(got) != 1 {
			t.Errorf("a guest sent %q", got)
		}
	})
}

// TestRights: what a role may not do is refused before anything is sent.
func TestRights(t *testing.T) {
	ann := engine.UserRef{Name: "ann"}
	deeds := map[string][]engine.Action{
		"anon":  {engine.Say{Text: "hi"}, engine.ListUsers{}, engine.UserInfo{User: ann}},
		"user":  {engine.TimeOut{User: ann, Length: time.Minute}, engine.Slow{Interval: time.Second}, engine.Ban{User: ann}, engine.Unban{User: ann}},
		"admin": {engine.SetTopic{Text: "x"}, engine.Ban{User: ann, Address: true}, engine.OpenPoll{Question: "q", Options: []string{"a", "b"}}, engine.OpenRaffle{Prize: "p"}},
		"owner": {engine.SetRole{User: ann, Role: engine.Moderator}},
	}
	order := []string{"anon", "user", "admin", "owner"}
	for i, role := range order[:3] {
		in(t, hitboxtest.Options{Unlimited: true}, func(r *rig) {
			r.as(role)
			r.Join("lounge", "ann")
			r.start()
			for j, least := range order {
				for _, a := range deeds[least] {
					before := len(r.Server.Requests())
					if i >= j {
						r.Does(a, engine.Echoed, "")
						continue
					}
					r.Does(a, engine.Failed, engine.Denied)
					if got := r.sent(before); len(got) > 0 {
						t.Errorf("%s: refused, and sent %q", role, got)
					}
				}
			}
		})
	}
}

// TestPromoted: the bot hears that it has become a moderator, and that it is none any more.
func TestPromoted(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.as("anon")
		boss := r.Join("lounge", "lounge")
		r.start()
		r.Take()
		boss.Send("makeMod", map[string]any{"name": "Botd"})
		r.Tells(`access "moderator"`, `role "Botd is moderator"`)
		r.Does(engine.Slow{Interval: time.Second}, engine.Echoed, "")
		r.Take()
		boss.Send("removeMod", map[string]any{"name": "Botd"})
		r.Tells(`access "user"`, `role "Botd is user"`)
		r.Does(engine.Slow{}, engine.Failed, engine.Denied)
	})
}

func TestDenied(t *testing.T) {
	for name, change := range map[string]func(*hitbox.Settings){
		"token":    func(s *hitbox.Settings) { s.Token = "wrong" },
		"password": func(s *hitbox.Settings) { s.Password = "wrong" },
	} {
		in(t, hitboxtest.Options{}, func(r *rig) {
			change(&r.settings)
			r.start()
			r.Ended(engine.Denied, "name")
			if got := r.REST(); name == "token" && len(got) != 1 || len(got) > 1 {
				t.Errorf("%s: asked for %q, other servers cannot help", name, got)
			}
			if strings.Contains(r.log.String()+fmt.Sprint(r.Wait()), "wrong") {
				t.Errorf("%s: the secret got out", name)
			}
		})
	}
}

// TestFailOver: servers that do not answer are left after 8 s, or 10 s after the join.
func TestFailOver(t *testing.T) {
	dead := func(r *rig, hosts ...string) {
		r.Hosts(append(hosts, "alive:80")...)
		r.open()
	}
	for name, tt := range map[string]struct {
		dial func(ctx context.Context) (net.Conn, error)
		most time.Duration
	}{
		"refused": {func(context.Context) (net.Conn, error) { return nil, &net.OpError{Op: "dial", Err: net.ErrClosed} }, time.Second},
		"hanging": {func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, 16 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, hitboxtest.Options{}, func(r *rig) {
				r.refuse = func(ctx context.Context, addr string) (net.Conn, error, bool) {
					if !strings.HasPrefix(addr, "dead") {
						return nil, nil, false
					}
					c, err := tt.dial(ctx)
					return c, err, true
				}
				dead(r, "dead1", "dead2:8080")
				r.Begin()
				time.Sleep(tt.most)
				if !strings.Contains(r.Story(), "connect ") {
					t.Errorf("not online after %v; dialled %q", tt.most, r.dialed)
				}
				lists := 0
				for _, path := range r.REST() {
					if path == "/chat/servers" {
						lists++
					}
				}
				tried := slices.DeleteFunc(slices.Clone(r.dialed), func(a string) bool { return strings.HasPrefix(a, "simulator") })
				if servers := slices.Compact(tried); lists != len(servers) {
					t.Errorf("%d lists for the servers %q; each attempt wants a fresh one", lists, servers)
				}
			})
		})
	}
	for name, faults := range map[string]socketio09test.Faults{
		"500": {Status: 500}, "403": {Status: 403}, "hanging handshake": {Hang: true}, "never connect": {NoConnect: true},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, hitboxtest.Options{}, func(r *rig) {
				r.IO().Break(faults)
				r.start()
				time.Sleep(25 * time.Second)
				if r.Running() {
					t.Fatal("it still tries")
				}
				if err := r.Wait(); err == nil || engine.CodeOf(err) == engine.Denied || engine.CodeOf(err) == engine.Invalid {
					t.Errorf("after three servers Run returned %v (code %q)", err, engine.CodeOf(err))
				}
				if n := len(r.REST()); n != 4 {
					t.Errorf("%d REST calls, want a login and three lists: %q", n, r.REST())
				}
			})
		})
	}
	t.Run("no loginMsg", func(t *testing.T) {
		in(t, hitboxtest.Options{}, func(r *rig) {
			r.Mute(true)
			r.start()
			time.Sleep(9 * time.Second)
			if n := r.IO().Handshakes(); n != 1 {
				t.Errorf("%d handshakes within 10 s", n)
			}
			time.Sleep(2 * time.Second)
			if n := r.IO().Handshakes(); n != 2 {
				t.Errorf("%d handshakes after 11 s, want a second server tried", n)
			}
			r.Mute(false)
			time.Sleep(10 * time.Second)
			if !strings.Contains(r.Story(), "connect ") {
				t.Error("not online once the service answers")
			}
		})
	})
}

// TestDismissed: a session the server ends is taken up again, with a pause and a new id.
func TestDismissed(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		ann := r.Join(channel, "ann")
		ann.Say("one")
		r.start()
		if !strings.Contains(r.Story(), `message ann(old) {"text":"one"`) {
			t.Error("no backlog")
		}
		ann.Say("two")
		r.Take()
		r.Frame("0::")
		r.Settle()
		r.Ended(engine.NotConnected, "ended the session")
		if d := engine.AsError(r.Wait()).RetryAfter; d < time.Second || d > time.Minute {
			t.Errorf("come back after %v", d)
		}
		ann.Say("three")
		r.Begin()
		var old []string
		for _, ev := range r.Take() {
			if m, ok := ev.Body.(engine.Message); ok {
				old = append(old, m.Text)
			}
		}
		if fmt.Sprint(old) != "[three]" {
			t.Errorf("the backlog told %q, want only what was missed", old)
		}
		if n := r.IO().Handshakes(); n != 2 {
			t.Errorf("%d handshakes for two connections", n)
		}
	})
}

// TestBacklogAfterARestart: the daemon, which knows the lines by their keys, is told of each once,
// also of two that are alike, and so it is after a second restart.
func TestBacklogAfterARestart(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		ann := r.Join(channel, "ann")
		r.start()
		for _, text := range []string{"one", "two", "one"} {
			ann.Say(text)
		}
		r.Take()
		for _, meanwhile := range []string{"three", "four"} {
			r.Stop()
			ann.Say(meanwhile)
			r.start()
			var texts []string
			for _, ev := range r.Take() {
				if m, ok := ev.Body.(engine.Message); ok {
					texts = append(texts, m.Text)
				}
			}
			if fmt.Sprint(texts) != "["+meanwhile+"]" {
				t.Errorf("told %q after the restart, want %q", texts, meanwhile)
			}
		}
	})
}

// TestHalfAnHour: a silent channel for half an hour is 72 heartbeats, and a connection each
// of two channels.
func TestHalfAnHour(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.start()
		other := newRig(r.T, r.network, "LOUNGE")
		other.start()
		time.Sleep(30*time.Minute + time.Second)
		sockets, beats := 0, 0
		r.IO().Each(func(k *socketio09test.Socket) { sockets++; beats += k.Beats() })
		if sockets != 2 || beats != 144 {
			t.Errorf("%d connections with %d heartbeats, want 2 with 72 each", sockets, beats)
		}
		r.Does(engine.Say{Room: channel, Text: "still here"}, engine.Echoed, "")
		other.Does(engine.Say{Room: "LOUNGE", Text: "here, too"}, engine.Echoed, "")
		if got := r.Server.Lines("lounge"); len(got) != 1 {
			t.Errorf("the channel in lower case read %q", got)
		}
		other.Stop()
	})
}

// TestUnanswered: heartbeats that stop end the connection, from either side.
func TestUnanswered(t *testing.T) {
	in(t, hitboxtest.Options{IO: socketio09test.Options{Interval: 25 * time.Second}}, func(r *rig) {
		r.settings.UsersEvery = time.Hour
		r.IO().Break(socketio09test.Faults{NoHeartbeats: true})
		r.start()
		time.Sleep(58 * time.Second)
		if !r.Running() {
			t.Fatalf("ended early: %v", r.Wait())
		}
		time.Sleep(5 * time.Second)
		r.Ended(engine.Timeout, "no sign of life")
	})
}

func TestLongFrames(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.start()
		r.Take()
		r.Broadcast(channel, "infoMsg", map[string]any{"text": strings.Repeat("x", 100_000)})
		evs := r.Take()
		if len(evs) != 1 || len(evs[0].Body.(engine.Notice).Text) != 100_000 {
			t.Errorf("%d events", len(evs))
		}
	})
}

func TestRepeatedText(t *testing.T) {
	in(t, hitboxtest.Options{Unlimited: true}, func(r *rig) {
		r.as("anon")
		r.start()
		say := func(text string) engine.Action { return engine.Say{Room: "lounge", Text: text} }
		r.Does(say("hi"), engine.Echoed, "")
		r.Does(say("hi"), engine.Failed, engine.Conflict)
		r.Does(say("ho"), engine.Echoed, "")
		r.Does(say("hi"), engine.Echoed, "")
		if got := r.Server.Lines("lounge"); fmt.Sprint(got) != "[hi ho hi]" {
			t.Errorf("the channel read %q", got)
		}
		for _, bad := range []string{"", "  ", "a\nb", strings.Repeat("😀", 128)} {
			r.Does(say(bad), engine.Failed, engine.Invalid)
		}
	})
}

// TestRefusals: what the service says about a message it does not take is its receipt.
func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		by   map[string]any
		what string
		code engine.Code
	}{
		"banned":           {map[string]any{"name": "botd"}, "banUser", engine.Denied},
		"timed out":        {map[string]any{"name": "botd", "timeout": "60"}, "kickUser", engine.Denied},
		"subscribers only": {map[string]any{"subscriber": true, "rate": 0}, "slowMode", engine.Denied},
		"slow":             {map[string]any{"time": 60}, "slowMode", engine.RateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, hitboxtest.Options{Unlimited: true}, func(r *rig) {
				r.as("anon")
				boss := r.Join("lounge", "lounge")
				r.start()
				r.Does(engine.Say{Text: "before"}, engine.Echoed, "")
				boss.Send(tt.what, tt.by)
				r.Settle()
				r.Take()
				r.Does(engine.Say{Text: "after"}, engine.Failed, tt.code)
				if !strings.Contains(r.Story(), `"warn":true`) {
					t.Error("no notice")
				}
			})
		})
	}
}

// TestUnconfirmed: an action nobody confirms is unknown after a while, and can be tried
// again.
func TestUnconfirmed(t *testing.T) {
	in(t, hitboxtest.Options{Unlimited: true}, func(r *rig) {
		r.as("anon")
		r.start()
		begun := time.Now()
		r.Does(engine.Whisper{User: engine.UserRef{Name: "nobody"}, Text: "x"}, engine.Unknown, engine.Timeout)
		r.call("getChannelUser", map[string]any{"name": "nobody"}, engine.Unknown, engine.Timeout)
		if d := time.Since(begun); d < 5*time.Second || d > 30*time.Second {
			t.Errorf("two took %v", d)
		}
		r.call("no such", nil, engine.Failed, engine.Unsupported)
		r.call("kickUser", map[string]any{"name": "ann"}, engine.Failed, engine.Invalid)
		r.Does(engine.Ban{User: engine.UserRef{Name: "ann"}, Length: time.Hour}, engine.Failed, engine.Denied)
	})
}

// TestPresence: joins and leaves come from lists, and from people who speak.
func TestPresence(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		ann := r.Join(channel, "Ann")
		r.Guest(channel)
		r.start()
		r.Tells(`users ["Ann:user","Botd:owner"] {"Guests":1}`, `connect me ["Botd:owner"]`)
		bob := r.Join(channel, "bob")
		bob.Say("hi")
		r.Join(channel, "cat")
		r.Tells(`join bob {} {"synthetic":true}`, `message bob {"text":"hi","color":"#4B9188"}`)
		time.Sleep(time.Minute)
		r.Tells(`join cat {} {"synthetic":true}`)
		ann.Leave()
		r.Mark(channel, "cat", "isSubscriber")
		r.Tells(`notice cat {"text":"cat subscribed!","code":"subChannel"}`)
		time.Sleep(time.Minute)
		r.Tells(`leave Ann {} {"synthetic":true}`, `users ["bob:user","Botd:owner","cat:subscriber"] {"Guests":1}`)
	})
}

// TestBans: the end of a ban shows in the list alone.
func TestBans(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.Join(channel, "ann")
		r.start()
		r.Take()
		r.Does(engine.Ban{User: engine.UserRef{Name: "ann"}}, engine.Echoed, "")
		r.Tells(`ban "banned ann"`)
		rc := r.Does(engine.UserInfo{User: engine.UserRef{Name: "ann"}}, engine.Echoed, "")
		if a, _ := rc.Answer.(map[string]any); a["banned"] != true {
			t.Errorf("user info says %v", rc.Answer)
		}
		r.Does(engine.Unban{User: engine.UserRef{Name: "ann"}}, engine.Echoed, "")
		r.Tells(`notice {"text":"ann has been unbanned"}`, `unban "unbanned ann"`)
	})
}

// TestSticky: it comes with every join, and is told when it changes.
func TestSticky(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.start()
		r.Does(engine.SetTopic{Text: "be nice"}, engine.Echoed, "")
		r.wire.Break(adaptertest.Drop)
		r.Settle()
		r.Take()
		r.Begin()
		if story := r.Story(); strings.Contains(story, "topic") {
			t.Errorf("told again: %s", story)
		}
		r.Does(engine.SetTopic{}, engine.Echoed, "")
		r.Tells(`topic me {"text":""}`)
	})
}

// TestAnAdminsGiveaway is told once for each change, with counts, whatever the order of the
// copies, and the address is with the winner alone.
func TestAnAdminsGiveaway(t *testing.T) {
	for name, opts := range services {
		t.Run(name, func(t *testing.T) {
			in(t, opts, func(r *rig) {
				ann := r.Join(channel, "ann")
				r.start()
				r.Take()
				r.Does(engine.OpenRaffle{Question: "Pick", Prize: "mug", Answers: []string{"A", "B"}}, engine.Echoed, "")
				ann.Send("voteRaffle", map[string]any{"choice": "1"})
				r.Settle()
				for _, a := range []engine.SetRaffle{{Verb: "draw", Answer: 2}, {Verb: "hide"}, {Verb: "cleanup"}} {
					r.Does(a, engine.Echoed, "")
					r.Settle()
				}
				const state = `raffle [{"raffle":"","question":"Pick","prize":"mug","status":"%s",%s"answers":[{"text":"A"},{"text":"B"%s}]%s},%s] {%s}`
				const flags = `"followerOnly":false,"subscriberOnly":false`
				line := func(status, winner, extra string) string {
					email := ""
					if status == "drawn" {
						email = `,"email":"[private]"`
					}
					return fmt.Sprintf(state, status, `"entries":1,`, `,"entries":1`, email, winner, extra)
				}
				r.Tells(fmt.Sprintf(state, "started", "", "", "", "null", flags), line("started", "null", flags), line("ended", "null", flags),
					line("drawn", `["ann:user"]`, `"answer":1`), line("hidden", `["ann:user"]`, flags), line("removed", `["ann:user"]`, flags))
				for _, f := range ann.Frames("") {
					if _, ok := f.Params["winner_email"]; ok || f.Params["forAdmin"] == true {
						t.Errorf("a viewer was sent %v", f)
					}
				}
			})
		})
	}
}

// TestAViewersGiveaway: who is no admin sees neither counts nor addresses.
func TestAViewersGiveaway(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.as("user")
		boss := r.Join("lounge", "lounge")
		r.start()
		r.Take()
		boss.Send("createRaffle", map[string]any{"question": "Pick", "prize": "mug", "choices": []any{map[string]any{"text": "A"}}, "start_time": "2015"})
		r.Settle()
		r.call("voteRaffle", map[string]any{"choice": 0.0}, engine.Sent, "")
		r.Settle()
		r.call("voteRaffle", map[string]any{"choice": 1.0}, engine.Failed, engine.Invalid)
		boss.Send("endRaffle", nil)
		boss.Send("winnerRaffle", map[string]any{"answer": 0})
		for _, ev := range r.Take() {
			b, ok := ev.Body.(engine.RaffleChanged)
			if !ok || b.Entries != 0 || !b.Email.IsZero() {
				t.Errorf("a moderator was told %s", telling(ev))
			}
		}
	})
}

func TestPollStory(t *testing.T) {
	for name, opts := range services {
		t.Run(name, func(t *testing.T) {
			in(t, opts, func(r *rig) {
				ann := r.Join(channel, "ann")
				r.start()
				r.Take()
				r.Does(engine.SetPoll{Verb: "pause"}, engine.Failed, engine.NotFound)
				r.Does(engine.OpenPoll{Question: "Tea?", Options: []string{"yes", "no"}}, engine.Echoed, "")
				r.Does(engine.OpenPoll{Question: "Again?", Options: []string{"yes", "no"}}, engine.Failed, engine.Conflict)
				ann.Send("votePoll", map[string]any{"choice": "0"})
				r.Settle()
				r.Does(engine.SetPoll{Verb: "vote", Option: 2}, engine.Echoed, "")
				r.Settle()
				r.Does(engine.SetPoll{Verb: "vote", Option: 1}, engine.Failed, engine.Conflict)
				r.call("endPoll", nil, engine.Failed, engine.Conflict)
				r.Does(engine.SetPoll{Verb: "end"}, engine.Echoed, "")
				var got []string
				for _, ev := range r.Take() {
					b := ev.Body.(engine.PollChanged)
					got = append(got, fmt.Sprint(b.Status, b.Options))
				}
				want := []string{"started[{yes 0} {no 0}]", "started[{yes 1} {no 0}]", "started[{yes 1} {no 1}]", "paused[{yes 1} {no 1}]", "ended[{yes 1} {no 1}]"}
				if !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

func TestViewers(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.settings.Viewers = true
		r.Stream(channel, "Chess &amp; tea", "Chess", true)
		r.start()
		r.Settle()
		r.Viewers(channel, 12, true)
		r.Settle()
		r.Viewers(channel, 12, false)
		story := r.Story()
		for _, want := range []string{
			`stream {"live":true,"title":"Chess \u0026 tea","game":"Chess"}`, `viewers {"count":0}`,
			`viewers {"count":12} {"embed":0,"followers":0,"online":true,"registered":0,"subscribers":0}`,
		} {
			if !strings.Contains(story, want) {
				t.Errorf("no %q in:\n%s", want, story)
			}
		}
		r.DropViewers()
		time.Sleep(2 * time.Minute)
		r.Take()
		r.Viewers(channel, 7, true)
		r.Tells(`viewers {"count":7} {"embed":0,"followers":0,"online":true,"registered":0,"subscribers":0}`)
	})
}

// TestNoControlFrames: the service would not survive a ping, and none is sent. Acks are.
func TestNoControlFrames(t *testing.T) {
	in(t, hitboxtest.Options{}, func(r *rig) {
		r.start()
		r.Take()
		p := socketio09.Packet{Type: socketio09.Event, ID: "7", AckData: true, Data: `{"name":"message","args":[{"method":"infoMsg","params":{"text":"x"}}]}`}
		r.Frame(p.String())
		r.Tells(`notice {"text":"x"}`)
		time.Sleep(10 * time.Minute)
		r.Does(engine.Say{Text: "still here"}, engine.Echoed, "")
	})
}
