package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code classes an [Error] by what the caller can do about it.
type Code string

const (
	Invalid      Code = "invalid"       // the request itself is wrong; repeating it cannot help
	Unsupported  Code = "unsupported"   // this network has no such thing
	Denied       Code = "denied"        // not granted, not allowed, wrong password
	NotFound     Code = "not_found"     // no such room, user, message, script
	NotConnected Code = "not_connected" // the session is not online now
	RateLimited  Code = "rate_limited"  // too much; RetryAfter says when
	Conflict     Code = "conflict"      // somebody else was first: nick taken, key changed
	Timeout      Code = "timeout"       // no answer in time; the outcome is unknown
	Cancelled    Code = "cancelled"     // reload, stop, or the room is gone
	Quota        Code = "quota"         // a limit of this script or daemon is used up
	Internal     Code = "internal"      // a fault of ours, or one nobody gave a code
)

// Codes lists all codes, in their fixed order.
func Codes() []Code {
	return []Code{Invalid, Unsupported, Denied, NotFound, NotConnected, RateLimited, Conflict, Timeout, Cancelled, Quota, Internal}
}

// Error is the error that crosses package borders. Msg alone may be shown to a
// chat room or a script author; Err and Op are for the log.
type Error struct {
	Code       Code
	Op         string        // what was being done, "join \"lobby\""
	Msg        string        // what went wrong and what cures it, without secrets
	RetryAfter time.Duration // 0 if unknown
	Err        error         // the cause, may be nil
}

// Errorf makes an [Error] whose Msg is the formatted text. A %w operand becomes Err.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: errors.Unwrap(err)}
}

func (e *Error) Error() string {
	var parts []string
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	if e.Msg != "" {
		parts = append(parts, e.Msg)
	}
	if e.Err != nil && !strings.Contains(e.Msg, e.Err.Error()) {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return string(e.Code)
	}
	return strings.Join(parts, ": ")
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain, [Internal] for any
// other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// AsError returns err as an *Error: itself if one is in the chain, else a new one
// with [Internal]. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Msg: "internal error", Err: err}
}

// UnsupportedError is the answer of a session to an action it has no means for.
func UnsupportedError(a Action) *Error {
	return &Error{Code: Unsupported, Op: ActionName(a), Msg: "this network cannot " + a.Needs().String()}
}
