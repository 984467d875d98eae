package hitbox_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/adapters/hitbox/hitboxtest"
	"botd/engine"
)

// FuzzFrames gives a session that is in its channel whatever a server could send. It must
// neither panic nor hang nor emit what cannot be encoded, and an e-mail address stays where
// it is hidden.
func FuzzFrames(f *testing.F) {
	paths, err := filepath.Glob("../internal/socketio09/testdata/transcripts/4*.jsonl")
	if err != nil || len(paths) == 0 {
		f.Fatalf("%d transcripts: %v", len(paths), err)
	}
	for _, path := range paths {
		for _, frame := range recorded(f, path) {
			f.Add(frame, `5:::{"name":"message","args":["{\"method\":\"raffleMsg\",\"params\":{\"status\":\"delete\"}}"]}`)
		}
	}
	for _, e := range []string{
		`{"method":"userList","params":{"data":{"Guests":"1e999","admin":["Botd","botd"],"anon":[null,7,"a"],"isFollower":["a"]}}}`,
		`{"method":"pollMsg","params":{"choices":[{"votes":"NaN"},{"votes":-1e300}],"status":7,"voters":[{}]}}`,
		`{"method":"winnerMsg","params":{"winner_name":"a","winner_email":"secret@example.org","forAdmin":"1","answer":"9999999999999999999"}}`,
		`{"method":"winnerRaffle","params":{"winner_email":["secret@example.org"],"channel":{"x":"secret@example.org"}}}`,
		`{"method":"serverMsg","params":{"text":{"media":[]}}}`, `{"method":"infoMsg","params":{"variables":{"user":{}},"action":"isAdmin","text":"added  as"}}`,
		`{"method":"chatMsg","params":{"time":"9999-99-99","name":"botd","text":"&#x0;<a"}}`, `{"method":"slowMsg","params":{"slowTime":"Infinity"}}`,
	} {
		f.Add(`5:::{"name":"message","args":[`+e+`]}`, "0::")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		synctest.Test(t, func(t *testing.T) { feed(t, first, second) })
	})
}

// recorded are the frames a server of a transcript sent.
func recorded(tb testing.TB, path string) (frames []string) {
	file, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		var l struct{ Dir, Ch, Raw string }
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			tb.Fatal(err)
		}
		if l.Dir == "recv" && l.Ch == "ws" {
			frames = append(frames, strings.ReplaceAll(l.Raw, `\"channel\":\"c\"`, `\"channel\":\"botd\"`))
		}
	}
	return frames
}

func feed(t *testing.T, frames ...string) {
	r := newRig(t, newNetwork(t, hitboxtest.Options{}), channel)
	r.start()
	for _, f := range frames {
		r.Frame(f)
	}
	r.Settle()
	for _, ev := range r.Take() {
		b, err := json.Marshal(ev)
		if err != nil {
			t.Errorf("encode %+v: %v", ev, err)
		}
		var back engine.Event
		if err := json.Unmarshal(b, &back); err != nil {
			t.Errorf("decode %s: %v", b, err)
		}
		if strings.Contains(frames[0], "secret@example.org") && ev.Kind() == "raffle" && strings.Contains(string(b), "secret@example.org") {
			t.Errorf("the address is in the event: %s", b)
		}
	}
	begun := time.Now()
	r.Stop()
	if d := time.Since(begun); d > time.Second {
		t.Errorf("the session took %v to end", d)
	}
}
