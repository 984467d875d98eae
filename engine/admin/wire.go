package admin

import (
	"errors"
	"net/http"
	"time"

	"botd/engine"
	"botd/engine/host"
)

// Record is a line of a tail: exactly one of its fields is set.
type Record struct {
	Event   *engine.Event `json:"event,omitempty"`
	Note    *host.Note    `json:"note,omitempty"`
	Dropped uint64        `json:"dropped,omitempty"` // so many before this could not be sent: the reader is too slow
}

type reloadRequest struct {
	Script string `json:"script,omitempty"`
}

type restartRequest struct {
	Session engine.SessionID `json:"session"`
}

type cronRunRequest struct {
	Script string `json:"script"`
	ID     string `json:"id"`
}

type evalRequest struct {
	Script   string `json:"script"`
	Session  string `json:"session,omitempty"`
	Code     string `json:"code"`
	Write    bool   `json:"write,omitempty"`
	By       string `json:"by,omitempty"`
	Complete bool   `json:"complete,omitempty"`
}

type sayRequest struct {
	Room engine.RoomPath `json:"room"`
	Text string          `json:"text"`
}

// sayAnswer has both: an action that failed has a receipt too.
type sayAnswer struct {
	Receipt engine.Receipt `json:"receipt"`
	Error   *problem       `json:"error,omitempty"`
}

type failure struct {
	Error problem `json:"error"`
}

// problem is an error on its way to the client.
type problem struct {
	Code       engine.Code   `json:"code"`
	Message    string        `json:"message"`
	RetryAfter time.Duration `json:"retry_after,omitempty"` // ns
	Faults     []*host.Fault `json:"faults,omitempty"`
}

func problemOf(err error) problem {
	return problem{Code: engine.CodeOf(err), Message: err.Error(), RetryAfter: engine.AsError(err).RetryAfter, Faults: host.FaultsOf(err)}
}

func (p problem) err() error {
	if len(p.Faults) > 0 {
		errs := make([]error, len(p.Faults))
		for i, f := range p.Faults {
			errs[i] = f
		}
		return errors.Join(errs...)
	}
	return &engine.Error{Code: p.Code, Msg: p.Message, RetryAfter: p.RetryAfter}
}

var statuses = map[engine.Code]int{
	engine.Invalid:      http.StatusBadRequest,
	engine.Unsupported:  http.StatusUnprocessableEntity,
	engine.Denied:       http.StatusForbidden,
	engine.NotFound:     http.StatusNotFound,
	engine.NotConnected: http.StatusServiceUnavailable,
	engine.RateLimited:  http.StatusTooManyRequests,
	engine.Conflict:     http.StatusConflict,
	engine.Timeout:      http.StatusGatewayTimeout,
	engine.Quota:        http.StatusTooManyRequests,
}

func status(c engine.Code) int {
	if s, ok := statuses[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}
