package hackchat_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
)

// haunted leaves the session of a process that crashed in the channel, and starts the
// one that comes after it.
func (r *rig) haunted() (ghost func()) {
	ghost = r.start()
	r.Story()
	r.start()
	return ghost
}

// TestTokenBringsTheNickBack: the new connection takes over the nick of the old one,
// which the server still holds, and can do everything in the forms of protocol 2.
func TestTokenBringsTheNickBack(t *testing.T) {
	for _, gen := range []string{"2025", "2026"} {
		t.Run(gen, func(t *testing.T) {
			in(t, hackchattest.Options{Generation: generations[gen]}, func(r *rig) {
				r.settings.Password = hackchattest.ModPassword
				ann := r.Join(room, "ann")
				ghost := r.haunted()
				defer ghost()
				r.Ended(engine.Conflict, "coming back with its token")
				r.Begin()
				if story := r.Story(); !strings.Contains(story, "users ann botd botd\nconnect botd\n") {
					r.Errorf("got:\n%s", story)
				}
				if n := r.sent("join"); n != 2 {
					r.Errorf("%d joins were sent, want the ghost's and the one refused", n)
				}
				for _, a := range []engine.Action{
					engine.Say{Room: room, Text: "back"},
					engine.Whisper{Room: room, User: engine.UserRef{Name: "ann"}, Text: "psst"},
					engine.Invite{Room: room, User: engine.UserRef{Name: "ann"}, To: "den"},
					engine.Mute{Room: room, User: engine.UserRef{Name: "ann"}},
					engine.Unmute{Room: room, User: engine.UserRef{Name: "ann"}},
					engine.Call{Room: room, Name: "forcecolor", Params: m{"nick": "ann", "color": "abc"}},
					engine.Kick{Room: room, User: engine.UserRef{Name: ann.Nick()}, To: "lounge"},
				} {
					r.Does(a, engine.Echoed, "")
				}
				if got := r.Members("lounge"); len(got) != 1 || got[0] != "ann" {
					r.Errorf("in the lounge are %v", got)
				}
				r.Join(room, "bob")
				r.Settle()
				r.Does(engine.Ban{Room: room, User: engine.UserRef{Name: "bob"}}, engine.Echoed, "")
			})
		})
	}
}

// Without a token that could help, the next nick is tried, as before.
func TestNoTokenWorthKeeping(t *testing.T) {
	tests := map[string]func(*rig){
		"admin":   func(r *rig) { r.settings.Password = hackchattest.AdminPassword },
		"too old": func(*rig) {},
		"renamed": func(*rig) {},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			in(t, current, func(r *rig) {
				prepare(r)
				end := r.start()
				defer end()
				switch name {
				case "renamed":
					r.Does(engine.Rename{Room: room, Name: "other"}, engine.Echoed, "")
					r.settings.Nick = "other"
				case "too old":
					r.keep = aged{r.keep}
				}
				r.start()
				if got := r.Members(room); len(got) != 2 || got[1] != r.settings.Nick+"_" {
					r.Errorf("members %v", got)
				}
			})
		})
	}
}

// aged is a memory whose owner was away for a year.
type aged struct{ engine.Keep }

func (a aged) Load(ctx context.Context, key string) ([]byte, error) {
	b, err := a.Keep.Load(ctx, key)
	return bytes.ReplaceAll(b, []byte(`"since":"2000-`), []byte(`"since":"1999-`)), err
}

// What the server does not know any more is forgotten.
func TestTokenRefused(t *testing.T) {
	for _, gen := range []string{"2025", "2026"} {
		in(t, hackchattest.Options{Generation: generations[gen]}, func(r *rig) {
			ghost := r.haunted()
			r.Ended(engine.Conflict, "coming back")
			r.Forget()
			r.Begin()
			r.Ended(engine.NotConnected, "does not know the session token")
			r.Begin()
			if got := r.Members(room); len(got) != 2 || got[1] != "botd_" {
				r.Errorf("%s: members %v", gen, got)
			}
			ghost()
		})
	}
}

// A connection that was closed in good order leaves no ghost, and no token.
func TestTokenOfAGoodEnd(t *testing.T) {
	in(t, current, func(r *rig) {
		r.start()
		r.Stop()
		r.Settle()
		r.Join(room, "botd") // somebody else
		r.start()
		if got := r.Members(room); len(got) != 2 || got[1] != "botd_" {
			r.Errorf("members %v", got)
		}
	})
}
