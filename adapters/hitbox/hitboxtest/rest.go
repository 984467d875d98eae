package hitboxtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"botd/adapters/internal/wsconn"
)

// routes are the REST calls and the viewer-count server.
func (s *Server) routes() {
	for _, prefix := range []string{"", "/api"} {
		s.mux.HandleFunc("GET "+prefix+"/chat/servers", s.serverList)
		s.mux.HandleFunc("GET "+prefix+"/chat/servers.json", s.serverList)
		s.mux.HandleFunc("POST "+prefix+"/auth/token", s.authToken)
		s.mux.HandleFunc("GET "+prefix+"/auth/valid/{app}", s.authValid)
		s.mux.HandleFunc("GET "+prefix+"/player/server", s.serverList)
		s.mux.HandleFunc("GET "+prefix+"/player/config/live/{id}", s.playerConfig)
		s.mux.HandleFunc("GET "+prefix+"/media/live/{channel}", s.mediaLive)
		s.mux.HandleFunc("GET "+prefix+"/translate", s.translate)
	}
	s.mux.HandleFunc("/viewers", func(w http.ResponseWriter, r *http.Request) { s.gate.Serve(w, r, s.viewers) })
}

func (s *Server) asked(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, strings.TrimPrefix(r.URL.Path, "/api"))
}

func (s *Server) serverList(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	s.mu.Lock()
	hosts := slices.Clone(s.hosts)
	s.mu.Unlock()
	if hosts == nil || strings.HasSuffix(r.URL.Path, "/player/server") {
		hosts = []string{r.Host}
	}
	list := []m{}
	for _, h := range hosts {
		list = append(list, m{"server_ip": h})
	}
	writeJSON(w, list)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(encode(v))
}

// authToken takes JSON and forms.
func (s *Server) authToken(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	var login struct{ Login, Pass string }
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		json.NewDecoder(r.Body).Decode(&login) // what is missing fails below
	} else {
		login.Login, login.Pass = r.FormValue("login"), r.FormValue("pass")
	}
	if login.Login == "" || login.Pass != Password(login.Login) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, "auth_failed")
		return
	}
	writeJSON(w, m{"authToken": Token(login.Login)})
}

func (s *Server) authValid(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	if strings.HasPrefix(r.FormValue("token"), Token("")) {
		fmt.Fprint(w, "logged_in")
		return
	}
	fmt.Fprint(w, "auth_failed")
}

func (s *Server) playerConfig(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	writeJSON(w, m{"plugins": m{"pingback": m{
		"wsUrl": "ws://" + r.Host + "/viewers", "wsChannel": "", "wsToken": "", "userName": "", "uuid": "u-1", "countryCode": "IT",
		"isSubscriber": "false", "isFollower": "false", "embed": "false",
	}}})
}

func (s *Server) mediaLive(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	s.mu.Lock()
	media := encode(s.channel(r.PathValue("channel")).media)
	s.mu.Unlock()
	writeJSON(w, m{"livestream": []any{json.RawMessage(media)}})
}

func (s *Server) translate(w http.ResponseWriter, r *http.Request) {
	s.asked(r)
	writeJSON(w, m{"view_chat_text_has-been-banned": "{user} has been banned"})
}

// gone is the context of writes that must not wait.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// watcher is a client of the viewer-count server.
type watcher struct {
	conn    *wsconn.Conn
	channel string
}

// viewers is plain WebSocket with JSON in it.
func (s *Server) viewers(w http.ResponseWriter, r *http.Request) {
	conn, err := wsconn.Accept(w, r, wsconn.Config{PingEvery: -1, DeadAfter: 365 * 24 * time.Hour})
	if err != nil {
		return // it has been answered
	}
	defer conn.Abort()
	k := &watcher{conn: conn}
	s.mu.Lock()
	s.watchers[k] = true
	s.mu.Unlock()
	for {
		b, err := conn.Read()
		if err != nil {
			break
		}
		s.watch(k, b)
	}
	s.mu.Lock()
	delete(s.watchers, k)
	s.mu.Unlock()
}

func (s *Server) watch(k *watcher, b []byte) {
	var e struct {
		Method string
		Params m
	}
	if json.Unmarshal(b, &e) != nil || e.Method != "joinChannel" || str(e.Params, "channel") == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k.channel = str(e.Params, "channel")
	s.tellWatcher(k)
}

func (s *Server) tellWatcher(k *watcher) {
	params := m{"channel": k.channel}
	for key, v := range s.channel(k.channel).counts {
		params[key] = v
	}
	k.conn.Write(gone, encode(m{"method": "infoMsg", "params": params})) // who does not read misses it
}

// Viewers sets the counts of a channel.
func (s *Server) Viewers(channel string, viewers int, online bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channel(channel)
	c.counts["viewers"], c.counts["online"] = viewers, online
	for k := range s.watchers {
		if k.channel == channel {
			s.tellWatcher(k)
		}
	}
}

// DropViewers cuts the connections of the viewer-count server.
func (s *Server) DropViewers() {
	s.mu.Lock()
	var conns []*wsconn.Conn
	for k := range s.watchers {
		conns = append(conns, k.conn)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.Reset()
	}
}
