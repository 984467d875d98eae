package hitbox

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"botd/adapters/internal/serial"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

// viewerPause is how long the viewer-count server is left alone after it failed. The chat
// does not need it.
const viewerPause = time.Minute

// watch tells what is on, and then how many watch, until ctx ends.
func (l *link) watch(ctx context.Context) {
	if !l.s.settings.Viewers {
		return
	}
	told := false
	for ctx.Err() == nil {
		m, err := l.s.media(ctx)
		if err == nil && !told {
			told = true
			l.loop.Do(func() { l.emit(l.event(time.Time{}, engine.User{}, m.changed())) })
		}
		if err == nil {
			err = l.count(ctx, string(m.ID))
		}
		if ctx.Err() == nil {
			l.s.log.Debug("no counts of viewers", "room", l.s.room, "err", err)
			l.s.env.Clock.Sleep(ctx, viewerPause) // its error is that of ctx
		}
	}
}

// count listens to the viewer-count server, which is plain WebSocket with JSON in it.
func (l *link) count(ctx context.Context, id string) error {
	p, err := l.s.pingback(ctx, id)
	if err != nil {
		return err
	}
	conn, err := wsconn.Dial(ctx, string(p.URL), wsconn.Config{
		Dial: l.s.env.Dial, PingEvery: -1, DeadAfter: 24 * time.Hour, // it speaks only of changes
	})
	if err != nil {
		return err
	}
	defer conn.Abort()
	defer serial.CloseWith(ctx, conn.Close)()
	if err := conn.Write(ctx, joinViewers(l.s.channel, p)); err != nil {
		return err
	}
	for {
		b, err := conn.Read()
		if err != nil {
			return err
		}
		l.counted(b)
	}
}

// joinViewers is the one request there is. Its booleans are strings.
func joinViewers(channel string, p pingback) []byte {
	b, err := json.Marshal(map[string]any{"method": "joinChannel", "params": map[string]string{
		"channel": channel, "name": string(p.User), "token": string(p.Token), "country": string(p.Country), "uuid": string(p.UUID),
		"isSubscriber": strconv.FormatBool(bool(p.Subscriber)), "isFollower": strconv.FormatBool(bool(p.Follower)),
		"embed": strconv.FormatBool(bool(p.Embed)), "referrer": "",
	}})
	if err != nil {
		panic("hitbox: strings that cannot be encoded: " + err.Error())
	}
	return b
}

// counted is an infoMsg of the viewer-count server. Of a channel that is not on the air the
// last counts may remain.
func (l *link) counted(b []byte) {
	var e struct {
		Method string
		Params struct {
			place
			Viewers     number
			Subscribers number
			Followers   number
			Registered  number
			Embed       number
			Online      *flag
		}
	}
	if json.Unmarshal(b, &e) != nil || e.Method != "infoMsg" || !l.ours(e.Params.where()) {
		return
	}
	n := max(0, e.Params.Viewers.int())
	extra := map[string]any{
		"subscribers": e.Params.Subscribers.Value, "followers": e.Params.Followers.Value,
		"registered": e.Params.Registered.Value, "embed": e.Params.Embed.Value,
	}
	if on := e.Params.Online; on != nil {
		if extra["online"] = bool(*on); !*on {
			n = 0
		}
	}
	l.loop.Do(func() {
		ev := l.event(time.Time{}, engine.User{}, engine.ViewersCounted{Count: n})
		ev.Extra = extra
		l.emit(ev)
	})
}
