package hackmud

import (
	"encoding/json"
	"net/http"
	"time"

	"botd/engine"
)

// What the tests of single parts use.
var (
	Strip     = strip
	Plain     = plain
	SplitText = split
	SplitMost = splitMost
)

// ReadAnswer returns the error of an answer.
func ReadAnswer(endpoint string, status int, header http.Header, body string) error {
	if e := readAnswer(endpoint, status, header, []byte(body), &struct{}{}); e != nil {
		return e
	}
	return nil
}

// TakeAnswer is what a reader makes of an answer's body, as events.
func TakeAnswer(now time.Time, body []byte) []engine.Event {
	var a chatsAnswer
	if json.Unmarshal(body, &a) != nil {
		return nil
	}
	r := newReader(now)
	r.begin(now, maxBacklog)
	var out []engine.Event
	for range 2 { // the second time everything is known
		for _, it := range r.take(r.cursor, timing{sent: now, got: now}, a.Chats) {
			out = append(out, event(&it, []string{"botty"}))
		}
	}
	return out
}
