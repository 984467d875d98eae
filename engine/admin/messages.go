package admin

import (
	"context"
	"net/http"
	"time"

	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
	"botd/engine/host"
)

type forgetRequest struct {
	User  string    `json:"user,omitempty"`
	Rooms []string  `json:"rooms,omitempty"` // [engine.RoomGlob]s
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
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
	return s.host.Forget(r.Context(), what)
}

// Forget is that of the daemon.
func (c *Client) Forget(ctx context.Context, q chatlog.Query) (host.Forgotten, error) {
	req := forgetRequest{User: q.User, Since: q.Since, Until: q.Until}
	for _, g := range q.Rooms {
		req.Rooms = append(req.Rooms, g.String())
	}
	var gone host.Forgotten
	err := c.call(ctx, "POST", "/v1/messages/forget", req, &gone)
	return gone, err
}

func (s *Server) rules(http.ResponseWriter, *http.Request) (any, error) { return s.host.Rules(), nil }

// Rules are the rules of moderation in force.
func (c *Client) Rules(ctx context.Context) ([]backtest.Rules, error) {
	var list []backtest.Rules
	err := c.call(ctx, "GET", "/v1/rules", nil, &list)
	return list, err
}
