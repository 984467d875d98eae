package hackchat_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"strings"
	"testing"
	"time"

	"botd/adapters/adaptertest"
	"botd/adapters/hackchat"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

var update = flag.Bool("update", false, "rewrite the expected events of the transcripts")

// TestTranscripts shows a session what each client of each recording was sent.
func TestTranscripts(t *testing.T) {
	adaptertest.Replay(t, hackchat.Adapter, *update, func(lines []adaptertest.Line) (all []*adaptertest.Recorded) {
		for _, c := range connections(lines) {
			all = append(all, &adaptertest.Recorded{
				Title: c.name + " as " + c.nick, Settings: c.settings(), Room: engine.RoomID(c.channel),
				Lines: c.lines, Ping: 16 * time.Second, Close: c.end(),
			})
		}
		return all
	})
}

// connection is what one client of a recording did and saw, from the open on.
type connection struct {
	name       string
	nick, pass string
	channel    string
	lines      []adaptertest.Line
}

// connections takes a recording apart. Clients that never tried to join are left out.
func connections(lines []adaptertest.Line) []*connection {
	var all []*connection
	open := map[string]*connection{}
	for _, l := range lines {
		if l.Dir == "open" {
			open[l.Conn] = &connection{name: l.Conn}
			all = append(all, open[l.Conn])
		}
		if c := open[l.Conn]; c != nil {
			c.lines = append(c.lines, l)
			c.joins(l)
		}
	}
	var joined []*connection
	for _, c := range all {
		if c.nick != "" {
			joined = append(joined, c)
		}
	}
	return joined
}

// joins finds out under which name the client logged in: by the last join before it
// was let in.
func (c *connection) joins(l adaptertest.Line) {
	var f struct{ Cmd, Channel, Nick, Pass, Password string }
	if l.Dir != "send" || c.channel != "" || json.Unmarshal(l.Frame, &f) != nil || f.Cmd != "join" || f.Channel == "" {
		return
	}
	nick, pass, _ := strings.Cut(f.Nick, "#")
	s := hackchat.Settings{URL: "ws://simulator/", Nick: nick}
	if _, err := hackchat.Adapter.New(&s, engine.Env{Rooms: []engine.RoomID{engine.RoomID(f.Channel)}}); err != nil {
		return // one we would not have sent
	}
	c.nick, c.pass, c.channel = nick, cmp.Or(f.Pass, f.Password, pass), f.Channel
}

func (c *connection) settings() *hackchat.Settings {
	return &hackchat.Settings{URL: "ws://simulator/", Nick: c.nick, Password: engine.Secret(c.pass)}
}

// end is how the server ended the connection.
func (c *connection) end() int {
	if l := c.lines[len(c.lines)-1]; l.Dir == "close" && l.By == "server" && l.Code == wsconn.CloseAbnormal {
		return l.Code
	}
	return wsconn.CloseSilent
}
