package hackmud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// millis is a moment or a length of time in milliseconds, moments since 1970. The wire
// has seconds with a fraction; as whole milliseconds they survive any round trip.
type millis int64

func (m millis) time() time.Time { return engine.ServerTime(time.UnixMilli(int64(m))) }

func (m millis) duration() time.Duration { return time.Duration(m) * time.Millisecond }

func millisOf(d time.Duration) millis { return millis(d.Milliseconds()) }

// MarshalJSON writes seconds, never with an exponent.
func (m millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/1000, 'f', 3, 64), nil
}

// UnmarshalJSON reads seconds. What no date can be is an error.
func (m *millis) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if math.Abs(seconds) > 1e11 { // the year 5138
		return fmt.Errorf("%g is no time in seconds", seconds)
	}
	*m = millis(math.Round(seconds * 1000))
	return nil
}

// message is one entry of an answer to chats.json. Members that are not here are
// ignored.
type message struct {
	ID      string `json:"id"`
	T       millis `json:"t"`
	From    string `json:"from_user"`
	To      string `json:"to_user"` // of tells, and not everywhere
	Msg     string `json:"msg"`
	Channel string `json:"channel"` // missing in tells
	IsJoin  bool   `json:"is_join"`
	IsLeave bool   `json:"is_leave"`
}

func (m *message) kind() string {
	switch {
	case m.IsJoin:
		return "join"
	case m.IsLeave:
		return "leave"
	case m.Channel != "":
		return "channel"
	}
	return "tell"
}

// The requests and answers of the four endpoints.
type (
	tokenRequest struct {
		Pass string `json:"pass"`
	}
	tokenAnswer struct {
		Token string `json:"chat_token"`
	}
	accountRequest struct {
		Token string `json:"chat_token"`
	}
	// accountAnswer has the members of each channel of each user of the account.
	accountAnswer struct {
		Users map[string]map[string][]string `json:"users"`
	}
	chatsRequest struct {
		Token string   `json:"chat_token"`
		Users []string `json:"usernames"`
		After *millis  `json:"after,omitempty"`
	}
	chatsAnswer struct {
		Chats   map[string][]json.RawMessage `json:"chats"`
		Invalid []string                     `json:"invalid_usernames"`
	}
	createRequest struct {
		Token   string `json:"chat_token"`
		User    string `json:"username"`
		Channel string `json:"channel,omitempty"`
		Tell    string `json:"tell,omitempty"`
		Msg     string `json:"msg"`
	}
)

// The endpoints.
const (
	getToken    = "get_token"
	accountData = "account_data"
	chats       = "chats"
	createChat  = "create_chat"
)

// refusal is a failure the server has words for.
type refusal struct {
	has    string // a part of the message, in lower case
	code   engine.Code
	wait   time.Duration
	reason reason
}

// reason is what the session has to do about a failed call.
type reason int

const (
	other     reason = iota
	noToken          // the token is expired or revoked
	tooFast          // wait, then try again
	tooLong          // split smaller
	noUsers          // ask for the account's users again
	transient        // nobody knows: a broken server, a proxy, a lost connection
)

// refusals is the table of messages. They are compared loosely: the wording is the
// server's to change.
var refusals = []refusal{
	{"expired or invalid pass", engine.Denied, 0, noToken},
	{"authenticate", engine.Denied, 0, noToken},
	{"token pollrate exceeded", engine.RateLimited, chatsGap, tooFast},
	{"sending messages too fast", engine.RateLimited, 4 * time.Second, tooFast},
	{"msg too long", engine.Invalid, 0, tooLong},
	{"too many newlines", engine.Invalid, 0, tooLong},
	{"must provide a msg", engine.Invalid, 0, other},
	{"doesn't exist", engine.NotFound, 0, other},
	{"no valid usernames", engine.NotFound, 0, noUsers},
	{"no valid before or after", engine.Internal, 0, other},
}

// callError is why a call failed.
type callError struct {
	err     *engine.Error
	reason  reason
	invalid []string // users the server does not take for ours
	// reached: the request may have reached the server and had its effect.
	reached bool
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// tokenGone is the end of a session until somebody logs in again.
const tokenGone = "the chat token is expired or was revoked: type chat_pass in the game and run 'botd login' with the name of the session"

// readAnswer decides what an answer means and decodes a good one into v. The order
// of the questions is the reference's: 401 has no body, and neither the status nor ok
// can be trusted alone.
func readAnswer(endpoint string, status int, header http.Header, body []byte, v any) *callError {
	if status == http.StatusUnauthorized && endpoint != getToken {
		return &callError{err: engine.Errorf(engine.Denied, "%s", tokenGone), reason: noToken}
	}
	var head struct {
		OK      bool     `json:"ok"`
		Msg     string   `json:"msg"`
		Error   string   `json:"error"`
		Invalid []string `json:"invalid_usernames"`
	}
	parsed := json.Unmarshal(body, &head) == nil
	if head.Msg == "" {
		head.Msg = head.Error
	}
	wait := retryAfter(header)
	switch {
	case status == http.StatusTooManyRequests:
		e := engine.Errorf(engine.RateLimited, "the server asks for fewer calls: %s", clean(head.Msg))
		e.RetryAfter = max(wait, gapOf(endpoint))
		return &callError{err: e, reason: tooFast}
	case parsed && head.OK && status < 300:
		if err := json.Unmarshal(body, v); err != nil {
			return broken(status, wait, err)
		}
		return nil
	case parsed && head.Msg != "":
		e := refused(head.Msg, wait)
		e.invalid = head.Invalid
		return e
	case endpoint == getToken && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		return refused("expired or invalid pass", 0)
	}
	return broken(status, wait, nil)
}

// refused is an answer in the server's own words.
func refused(msg string, wait time.Duration) *callError {
	lower := strings.ToLower(msg)
	i := slices.IndexFunc(refusals, func(r refusal) bool { return strings.Contains(lower, r.has) })
	if i < 0 {
		return &callError{err: engine.Errorf(engine.Denied, "the server refused: %s", clean(msg))}
	}
	r := refusals[i]
	e := engine.Errorf(r.code, "the server refused: %s", clean(msg))
	if r.code == engine.Denied && strings.Contains(r.has, "authenticate") {
		e = engine.Errorf(engine.Denied, "%s", tokenGone)
	}
	e.RetryAfter = max(r.wait, wait)
	return &callError{err: e, reason: r.reason}
}

// broken is an answer that is none: an error page, an empty or a cut body.
func broken(status int, wait time.Duration, cause error) *callError {
	e := engine.Errorf(engine.NotConnected, "the server answers nonsense (status %d)", status)
	e.RetryAfter, e.Err = wait, cause
	return &callError{err: e, reason: transient, reached: true}
}

// retryAfter reads the header in seconds, 0 if there is none. More than an hour is not
// believed.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

// gapOf is the least time between two calls of an endpoint.
func gapOf(endpoint string) time.Duration {
	if endpoint == accountData {
		return accountGap
	}
	return chatsGap
}

// decodeMessage reads one message; false means that it is in another form.
func decodeMessage(raw json.RawMessage) (message, bool) {
	var m message
	if bytes.IndexByte(raw, '{') < 0 || json.Unmarshal(raw, &m) != nil || m.From == "" || m.T == 0 {
		return m, false
	}
	return m, true
}
