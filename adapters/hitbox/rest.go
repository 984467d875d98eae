package hitbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

const (
	restTime = 8 * time.Second // for a call
	maxBody  = 1 << 20
)

// call makes a REST call and returns the body of a 200. An error has code Denied for what
// the service refuses, else NotConnected or Timeout.
func (s *session) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, restTime)
	defer cancel()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.settings.URL, "/")+path, in)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "url %q cannot be used", s.settings.URL)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &http.Transport{
		// The context of the request, because the library's own goes on after that.
		DialContext:       func(_ context.Context, network, addr string) (net.Conn, error) { return s.env.Dial(ctx, network, addr) },
		DisableKeepAlives: true,
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, restError(method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, restError(method, path, err)
	}
	if resp.StatusCode == http.StatusOK {
		return b, nil
	}
	e := &engine.Error{Code: engine.NotConnected, Op: method + " " + path, Msg: "the service answered " + resp.Status}
	if resp.StatusCode >= 400 && resp.StatusCode < 500 {
		e.Code = engine.Denied
	}
	return nil, e
}

// restError leaves the address out of the message: it may hold a token.
func restError(method, path string, err error) error {
	path, _, _ = strings.Cut(path, "?")
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err
	}
	e := &engine.Error{Code: engine.NotConnected, Op: method + " " + path, Msg: "no connection to the service", Err: err}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		e.Code, e.Msg = engine.Timeout, "the service did not answer"
	}
	return e
}

// servers asks for the chat servers. The list is good for one connection.
func (s *session) servers(ctx context.Context) ([]string, error) {
	b, err := s.call(ctx, http.MethodGet, "/chat/servers", nil)
	if err != nil {
		return nil, retriable(err)
	}
	var list []struct {
		Host text `json:"server_ip"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, engine.Errorf(engine.NotConnected, "the service sent no list of chat servers")
	}
	var hosts []string
	for _, entry := range list {
		if u, err := url.Parse("ws://" + string(entry.Host)); err == nil && u.Host == string(entry.Host) && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	if len(hosts) == 0 {
		return nil, engine.Errorf(engine.NotConnected, "the service named no chat server")
	}
	return hosts, nil
}

// retriable makes an error one after which trying again can help.
func retriable(err error) error {
	e := *engine.AsError(err)
	if e.Code == engine.Denied || e.Code == engine.Invalid {
		e.Code = engine.NotConnected
	}
	return &e
}

// pick chooses a server at random, if it can one that was not tried before.
func pick(hosts, tried []string) string {
	fresh := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return slices.Contains(tried, h) })
	if len(fresh) == 0 {
		fresh = hosts
	}
	return fresh[rand.IntN(len(fresh))]
}

// token proves the account; it is fetched once, unless again wants a fresh one.
func (s *session) login(ctx context.Context, again bool) (string, error) {
	if s.settings.Name == "" {
		return "", nil
	}
	if t := s.settings.Token.Reveal(); t != "" {
		return t, nil
	}
	if s.token != "" && !again {
		return s.token, nil
	}
	b, err := s.call(ctx, http.MethodPost, "/auth/token", map[string]string{
		"login": s.settings.Name, "pass": s.settings.Password.Reveal(), "app": "desktop",
	})
	if engine.CodeOf(err) == engine.Denied {
		return "", &engine.Error{Code: engine.Denied, Op: "log in", Msg: "the service refuses the name or the password"}
	}
	if err != nil {
		return "", err
	}
	var answer struct {
		Token text `json:"authToken"`
	}
	if json.Unmarshal(b, &answer) != nil || answer.Token == "" {
		return "", &engine.Error{Code: engine.Denied, Op: "log in", Msg: "the service gave no token"}
	}
	s.token = string(answer.Token)
	return s.token, nil
}

// media describes the stream of a channel.
type media struct {
	ID    text `json:"media_id"`
	Live  flag `json:"media_is_live"`
	Title text `json:"media_status"`
	Game  text `json:"category_name"`
}

func (m *media) changed() engine.StreamChanged {
	return engine.StreamChanged{Live: bool(m.Live), Title: plain(string(m.Title)), Game: string(m.Game)}
}

func (s *session) media(ctx context.Context) (media, error) {
	b, err := s.call(ctx, http.MethodGet, "/media/live/"+url.PathEscape(s.channel), nil)
	if err != nil {
		return media{}, err
	}
	var answer struct {
		Streams []media `json:"livestream"`
	}
	if err := json.Unmarshal(b, &answer); err != nil || len(answer.Streams) == 0 {
		return media{}, engine.Errorf(engine.NotFound, "the service knows no stream of %q", s.channel)
	}
	return answer.Streams[0], nil
}

// pingback is how the viewer-count server wants to be asked.
type pingback struct {
	URL        text `json:"wsUrl"`
	Token      text `json:"wsToken"`
	User       text `json:"userName"`
	UUID       text `json:"uuid"`
	Country    text `json:"countryCode"`
	Subscriber flag `json:"isSubscriber"`
	Follower   flag `json:"isFollower"`
	Embed      flag `json:"embed"`
}

// pingback finds the viewer-count server, by the player's configuration or else by the
// list of servers.
func (s *session) pingback(ctx context.Context, id string) (pingback, error) {
	var config struct {
		Plugins struct {
			Pingback pingback `json:"pingback"`
		} `json:"plugins"`
	}
	b, err := s.call(ctx, http.MethodGet, "/player/config/live/"+url.PathEscape(id), nil)
	if err == nil && json.Unmarshal(b, &config) == nil && config.Plugins.Pingback.URL != "" {
		return config.Plugins.Pingback, nil
	}
	b, err = s.call(ctx, http.MethodGet, "/player/server", nil)
	if err != nil {
		return pingback{}, err
	}
	var list []struct {
		Host text `json:"server_ip"`
	}
	if json.Unmarshal(b, &list) != nil || len(list) == 0 || list[0].Host == "" {
		return pingback{}, engine.Errorf(engine.NotFound, "the service names no viewer-count server")
	}
	scheme := "ws"
	if strings.HasPrefix(s.settings.URL, "https:") {
		scheme = "wss"
	}
	return pingback{URL: text(scheme + "://" + string(list[0].Host) + "/viewers")}, nil
}
