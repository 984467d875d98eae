package hackmudtest

import (
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// request is the body of any of them.
type request struct {
	Pass     string    `json:"pass"`
	Token    string    `json:"chat_token"`
	Users    *[]string `json:"usernames"`
	After    *float64  `json:"after"`
	Before   *float64  `json:"before"`
	Username string    `json:"username"`
	Channel  string    `json:"channel"`
	Tell     string    `json:"tell"`
	Msg      string    `json:"msg"`
}

type object = map[string]any

// reply is an answer on its way: a status and a body, nil for none.
type reply struct {
	status int
	body   object
}

func ok(body object) reply {
	body["ok"] = true
	return reply{http.StatusOK, body}
}

func refuse(status int, msg string) reply {
	return reply{status, object{"ok": false, "msg": msg}}
}

var endpoints = map[string]func(*Server, *request) reply{
	"get_token": (*Server).getToken, "account_data": (*Server).accountData,
	"chats": (*Server).chats, "create_chat": (*Server).createChat,
}

// ServeHTTP answers the endpoints under any path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(path.Base(r.URL.Path), ".json")
	if endpoints[name] == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	var req request
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.NewDecoder(r.Body).Decode(&req) != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	if !s.pause(r) {
		return
	}
	rec := Request{At: s.now(), Endpoint: name, User: req.Username, Text: req.Msg, Place: req.Channel}
	if req.Tell != "" {
		rec.Place = "@" + req.Tell
	}
	rec.Status = s.answer(w, r, name, &req)
	s.mu.Lock()
	s.requests = append(s.requests, rec)
	s.mu.Unlock()
	if s.watch != nil {
		s.watch(rec)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, name string, req *request) int {
	s.mu.Lock()
	s.politeness(name, req)
	fault := s.fault(name)
	var rep reply
	if fault == nil || fault.Stored || fault.Kind == Truncated {
		rep = endpoints[name](s, req)
	}
	if s.quirks.NoDate {
		w.Header()["Date"] = nil
	} else {
		w.Header().Set("Date", s.clock().UTC().Format(http.TimeFormat))
	}
	s.mu.Unlock()
	if !s.pause(r) {
		return 0
	}
	var body []byte
	if rep.body != nil {
		body, _ = json.Marshal(rep.body) // it is plain data
	}
	if fault != nil {
		return s.spoil(w, r, fault, body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(rep.status)
	w.Write(body)
	return rep.status
}

// politeness records calls that are closer than the documentation asks for, whatever
// becomes of them.
func (s *Server) politeness(name string, req *request) {
	a := s.byToken(req.Token)
	if a == nil {
		return
	}
	now := s.now()
	switch name {
	case "chats":
		gap := politeChats
		if s.quirks.Interval > 0 {
			gap = s.quirks.Interval
		}
		if d := now.Sub(a.arrived); d < gap {
			s.violation("%v: two chats calls %v apart", now, d)
		}
		a.arrived = now
	case "account_data":
		if d := now.Sub(a.asked); d < politeAsk {
			s.violation("%v: two account_data calls %v apart", now, d)
		}
		a.asked = now
	}
}

var unauthorized = reply{status: http.StatusUnauthorized}

func (s *Server) getToken(r *request) reply {
	a := s.trade(r.Pass)
	if a == nil {
		return refuse(http.StatusUnauthorized, "expired or invalid pass")
	}
	return ok(object{"chat_token": a.token})
}

func (s *Server) accountData(r *request) reply {
	a := s.byToken(r.Token)
	if a == nil {
		return unauthorized
	}
	now := s.now()
	if now.Sub(a.account) < accountLimit {
		return refuse(http.StatusTooManyRequests, "token pollrate exceeded - 1 per 4500ms")
	}
	a.account = now
	users := object{}
	for _, u := range a.users {
		in := object{}
		for name, members := range s.channels {
			if members[u] {
				in[name] = sorted(members)
			}
		}
		users[u] = in
	}
	return ok(object{"users": users})
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (s *Server) chats(r *request) reply {
	a := s.byToken(r.Token)
	if a == nil {
		return unauthorized
	}
	now := s.now()
	if now.Sub(a.chats) < chatsLimit {
		return refuse(http.StatusTooManyRequests, "token pollrate exceeded - 1 per 700ms")
	}
	a.chats = now
	if r.After == nil && r.Before == nil {
		return refuse(http.StatusForbidden, "no valid before or after timestamp was provided")
	}
	if r.Users == nil {
		r.Users = &[]string{}
	}
	out, invalid := object{}, []string{}
	for _, u := range *r.Users {
		if !slices.Contains(a.users, u) {
			invalid = append(invalid, u)
			continue
		}
		out[u] = s.array(u, r)
	}
	if len(out) == 0 {
		rep := refuse(http.StatusForbidden, "no valid usernames were provided")
		rep.body["invalid_usernames"] = invalid
		return rep
	}
	body := object{"chats": out}
	if len(invalid) > 0 {
		body["invalid_usernames"] = invalid
	}
	return ok(body)
}

// array is what a user is told of.
func (s *Server) array(user string, r *request) []object {
	from, to := s.bounds(r)
	var list []*Message
	for i := len(s.messages) - 1; i >= 0; i-- {
		m := s.messages[i]
		if m.T < from-int64(time.Hour/time.Millisecond) {
			break // those before were sent still earlier, give or take a forced time
		}
		if m.T < from || m.T > to || s.quirks.Exclusive && (m.T == from || m.T == to) {
			continue
		}
		if !m.visible.After(s.now()) && slices.Contains(m.Receivers, user) {
			list = append(list, m)
		}
	}
	slices.Reverse(list)
	if s.quirks.Most > 0 && len(list) > s.quirks.Most {
		slices.SortStableFunc(list, func(a, b *Message) int { return int(a.T - b.T) })
		list = list[:s.quirks.Most]
	}
	switch s.quirks.Order {
	case Descending:
		slices.Reverse(list)
	case Shuffled:
		s.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	out := make([]object, len(list))
	for i, m := range list {
		out[i] = s.wire(m)
	}
	return out
}

// bounds are the times between which messages are told of.
func (s *Server) bounds(r *request) (from, to int64) {
	now := s.clock().UnixMilli()
	window := Window.Milliseconds()
	from, to = now-window, now
	if r.After != nil {
		after := int64(math.Round(*r.After * 1000))
		from = max(after, from)
		if s.quirks.AfterWindow {
			from, to = after, min(now, after+window)
		}
	}
	if r.Before != nil {
		to = min(to, int64(math.Round(*r.Before*1000)))
	}
	return from, to
}

func (s *Server) wire(m *Message) object {
	o := object{"id": m.ID, "t": float64(m.T) / 1000, "from_user": m.From, "msg": m.Msg}
	switch {
	case m.Channel != "":
		o["channel"] = m.Channel
	case !s.quirks.NoRecipient:
		o["to_user"] = m.To
	}
	if m.Join {
		o["is_join"] = true
	}
	if m.Leave {
		o["is_leave"] = true
	}
	return o
}

func (s *Server) createChat(r *request) reply {
	a := s.byToken(r.Token)
	if a == nil {
		return unauthorized
	}
	switch {
	case strings.TrimSpace(r.Msg) == "":
		return refuse(http.StatusForbidden, "must provide a msg")
	case len(utf16.Encode([]rune(r.Msg))) > cmp.Or(s.quirks.MaxText, MaxText) || strings.Count(r.Msg, "\n") > MaxNewlines:
		return refuse(http.StatusForbidden, "msg too long or too many newlines (1000/10)")
	case !slices.Contains(a.users, r.Username):
		return refuse(http.StatusForbidden, "user doesn't exist")
	case r.Tell == "" && !s.channels[r.Channel][r.Username]:
		return refuse(http.StatusForbidden, "channel doesn't exist")
	case r.Tell != "" && !s.people[r.Tell]:
		return refuse(http.StatusForbidden, "tell user doesn't exist")
	}
	if !s.allow(r.Username) {
		return refuse(http.StatusForbidden, "sending messages too fast")
	}
	s.post(Message{From: r.Username, To: r.Tell, Channel: r.Channel, Msg: r.Msg, Bot: true})
	return ok(object{})
}

// allow counts a message of a user, if the allowance has room.
func (s *Server) allow(user string) bool {
	now := s.now()
	old := func(t time.Time) bool { return now.Sub(t) >= SendWindow }
	s.sent[user] = slices.DeleteFunc(s.sent[user], old)
	s.botSent[user] = slices.DeleteFunc(s.botSent[user], old)
	if len(s.botSent[user]) >= Sends {
		s.violation("%v: %s sends %d messages in %v", now, user, len(s.botSent[user])+1, SendWindow)
	}
	if len(s.sent[user]) >= Sends {
		return false
	}
	s.sent[user] = append(s.sent[user], now)
	s.botSent[user] = append(s.botSent[user], now)
	return true
}
