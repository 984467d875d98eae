package hctv_test

import (
	"encoding/json"
	"flag"
	"net/url"
	"path"
	"strings"
	"testing"

	"botd/adapters/adaptertest"
	"botd/adapters/hctv"
	"botd/adapters/internal/wsconn"
	"botd/engine"
)

var update = flag.Bool("update", false, "rewrite the expected events of the transcripts")

// TestTranscripts shows a session what each client of each recording was sent. Clients that
// showed what the adapter would not are left out: no credentials, several, or something that
// is none.
func TestTranscripts(t *testing.T) {
	adaptertest.Replay(t, hctv.Adapter, *update, func(lines []adaptertest.Line) (all []*adaptertest.Recorded) {
		open := map[string]*adaptertest.Recorded{}
		for _, l := range lines {
			if l.Dir == "open" {
				if open[l.Conn] = opening(t, l); open[l.Conn] != nil {
					all = append(all, open[l.Conn])
				}
			}
			if c := open[l.Conn]; c != nil {
				c.Lines = append(c.Lines, l)
				ending(c, l)
			}
		}
		return all
	})
}

func opening(t *testing.T, l adaptertest.Line) *adaptertest.Recorded {
	var f struct {
		Path    string
		Headers struct{ Authorization, Cookie string }
	}
	if err := json.Unmarshal(l.Frame, &f); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	set := settingsWith(engine.Secret(strings.TrimPrefix(f.Headers.Authorization, "Bearer ")))
	set.Cookie = engine.Secret(strings.TrimPrefix(f.Headers.Cookie, "auth_session="))
	set.Grant = engine.Secret(u.Query().Get("grant"))
	c := &adaptertest.Recorded{Title: l.Conn, Settings: set, Room: engine.RoomID(path.Base(u.Path)), Ping: -1, Close: wsconn.CloseSilent}
	if _, err := hctv.Adapter.New(set, engine.Env{Rooms: []engine.RoomID{c.Room}}); err != nil {
		return nil
	}
	return c
}

// ending notes how the server ended the connection.
func ending(c *adaptertest.Recorded, l adaptertest.Line) {
	var f struct {
		By   string
		Code int
	}
	if l.Dir == "close" && json.Unmarshal(l.Frame, &f) == nil && f.By == "server" {
		c.Close = f.Code
	}
}
