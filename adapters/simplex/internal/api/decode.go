package api

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Frame is one message of the program.
type Frame struct {
	CorrID string // of the command it answers, "" for an event
	Tag    string // the type of Body, "" if it says none
	// Body is the object itself, out of whatever envelope it came in.
	Body json.RawMessage
	// Err is what went wrong, if the message says that something did; its first error
	// where it tells several.
	Err *Error
}

// Error is an error as the program tells it.
type Error struct {
	// Path holds the tags from the outside in: error, groupUserRole.
	Path []string
	// Detail is the innermost object.
	Detail map[string]any
}

func (e *Error) Error() string {
	if text, _ := e.Detail["message"].(string); text != "" {
		return e.Name() + ": " + text
	}
	return e.Name()
}

// Name is the path as text, "error/groupUserRole".
func (e *Error) Name() string { return strings.Join(e.Path, "/") }

// Under reports whether the path begins so.
func (e *Error) Under(path ...string) bool {
	return len(e.Path) >= len(path) && strings.Join(e.Path[:len(path)], "/") == strings.Join(path, "/")
}

// Decode reads a message, in the envelopes of all versions: the object stands in resp,
// or as result or Right, a bare error as error or Left, in resp or beside it.
func Decode(b []byte) (Frame, error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(b, &outer); err != nil {
		return Frame{}, fmt.Errorf("frame: %w", err)
	}
	f := Frame{CorrID: str(outer["corrId"])}
	inner, bare := outer["resp"], false
	if inner == nil {
		inner, bare = unwrap(outer)
	} else if body := object(inner); body != nil && str(body["type"]) == "" && len(body) == 1 {
		if content, isError := unwrap(body); content != nil {
			inner, bare = content, isError
		}
	}
	body := object(inner)
	if body == nil {
		return f, fmt.Errorf("frame: no object in it")
	}
	f.Body, f.Tag = inner, str(body["type"])
	if bare {
		f.Tag, f.Err = "chatError", readError(inner)
		if f.CorrID != "" {
			f.Tag = "chatCmdError"
		}
		return f, nil
	}
	f.Err = errorIn(f.Tag, body)
	return f, nil
}

// unwrap takes the only content out of an envelope.
func unwrap(m map[string]json.RawMessage) (inner json.RawMessage, isError bool) {
	for _, key := range []string{"Right", "result"} {
		if m[key] != nil {
			return m[key], false
		}
	}
	for _, key := range []string{"Left", "error"} {
		if m[key] != nil {
			return m[key], true
		}
	}
	return nil, false
}

func errorIn(tag string, body map[string]json.RawMessage) *Error {
	switch tag {
	case "chatCmdError", "chatError":
		return readError(body["chatError"])
	case "chatErrors":
		var list []json.RawMessage
		if json.Unmarshal(body["chatErrors"], &list) == nil && len(list) > 0 {
			return readError(list[0])
		}
		return &Error{Path: []string{"unknown"}}
	}
	return nil
}

// nested are the fields in which an error holds one that says more.
var nested = []string{"errorType", "agentError", "storeError", "databaseError", "remoteCtrlError", "remoteHostError", "smpErr", "xftpErr", "proxyErr", "brokerErr"}

// maxNesting is far deeper than errors are.
const maxNesting = 8

func readError(b json.RawMessage) *Error {
	var m map[string]any
	if json.Unmarshal(b, &m) != nil {
		return &Error{Path: []string{"unknown"}}
	}
	e := &Error{}
	for m != nil && len(e.Path) < maxNesting {
		tag, _ := m["type"].(string)
		if tag == "" {
			break
		}
		e.Path, e.Detail = append(e.Path, tag), m
		m = deeper(m)
	}
	if e.Path == nil {
		return &Error{Path: []string{"unknown"}, Detail: m}
	}
	return e
}

func deeper(m map[string]any) map[string]any {
	for _, key := range nested {
		if inner, ok := m[key].(map[string]any); ok {
			return inner
		}
	}
	return nil
}

func object(b json.RawMessage) (m map[string]json.RawMessage) {
	json.Unmarshal(b, &m) // what is no object gives nil
	return m
}

// str is a string, "" for everything else.
func str(b json.RawMessage) (s string) {
	json.Unmarshal(b, &s)
	return s
}
