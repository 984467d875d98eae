package admin

import (
	"context"
	"net/http"
	"time"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
)

type forgetRequest struct {
	User  string    `json:"user,omitempty"`
	Rooms []string  `json:"rooms,omitempty"` // [engine.RoomGlob]s
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

type forgetAnswer struct {
	Forgotten int `json:"forgotten"`
}

func (s *Server) forget(_ http.ResponseWriter, r *http.Request) (any, error) {
	var q forgetRequest
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	what := chatlog.Query{User: q.User, Since: q.Since, Until: q.Until}
	for _, room := range q.Rooms {
		g, err := engine.ParseRoomGlob(room)
		if err != nil {
			return nil, err
		}
		what.Rooms = append(what.Rooms, g)
	}
	n, err := s.host.Forget(r.Context(), what)
	return forgetAnswer{n}, err
}

// Forget has the daemon remove entries from its message log; it returns how many there were.
func (c *Client) Forget(ctx context.Context, q chatlog.Query) (int, error) {
	req := forgetRequest{User: q.User, Since: q.Since, Until: q.Until}
	for _, g := range q.Rooms {
		req.Rooms = append(req.Rooms, g.String())
	}
	var a forgetAnswer
	err := c.call(ctx, "POST", "/v1/messages/forget", req, &a)
	return a.Forgotten, err
}

func (s *Server) rules(http.ResponseWriter, *http.Request) (any, error) { return s.host.Rules(), nil }

// Rules are the rules of moderation in force.
func (c *Client) Rules(ctx context.Context) ([]backtest.Rules, error) {
	var list []backtest.Rules
	err := c.call(ctx, "GET", "/v1/rules", nil, &list)
	return list, err
}
