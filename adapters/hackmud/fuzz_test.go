package hackmud_test

import (
	"encoding/json"
	"testing"
	"time"

	"botd/adapters/hackmud"
)

// FuzzChats gives a reader whatever a server could answer: it must not panic, nor take a
// message for a new one when it comes again, nor make events that cannot be encoded.
func FuzzChats(f *testing.F) {
	for _, body := range []string{
		`{"ok":true,"chats":{"botty":[{"id":"5a5c170f7b97fd4315e14842","t":1515984655.629,"from_user":"ann","msg":"` + "`Ahi`" + ` @botty","channel":"0000"},` +
			`{"id":"5a5c17117b97fd4315e14843","t":1515984657.234,"from_user":"ann","msg":"user left channel","is_leave":true,"channel":"0000"},` +
			`{"id":"5a5c17117b97fd4315e14843","t":1515984660.132,"from_user":"ann","to_user":"botty","msg":"psst"}],"botty2":[]}}`,
		`{"ok":true,"chats":{"a":[1,null,"x",{"t":"soon"},{"t":1e300,"from_user":"a"},{"t":-1,"from_user":"\u0000","msg":"\ud800"}]}}`,
		`{"chats":{"a":[{"t":9.9e10,"from_user":"b","msg":"x","channel":"c"},{"t":-9.9e10,"from_user":"b","msg":"x","channel":"c"}]}}`,
		`{"chats":{"botty":[{"t":1.5,"from_user":"botty","msg":"x"}],"ann":[{"t":1.5,"from_user":"botty","msg":"x"}]}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		seen := map[string]bool{}
		for _, ev := range hackmud.TakeAnswer(time.Unix(1515984700, 0), body) {
			if seen[ev.Key] {
				t.Errorf("twice: %+v", ev)
			}
			seen[ev.Key] = true
			if _, err := json.Marshal(ev); err != nil {
				t.Errorf("cannot be encoded: %v", err)
			}
		}
	})
}
