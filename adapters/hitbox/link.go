package hitbox

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"botd/adapters/internal/inflight"
	"botd/adapters/internal/serial"
	"botd/adapters/internal/socketio09"
	"botd/engine"
)

// maxRaw bounds what is passed on as it came.
const maxRaw = 64 << 10

// link is one connection of a session, from the connect packet to its end.
//
// Packets and timers are functions of loop, and emit. What Do and Caps read besides is
// guarded by mu; only functions of loop write it, so they read it without. Neither out nor
// a receipt is ever given with mu held.
type link struct {
	s     *session
	conn  *socketio09.Conn
	out   func(engine.Event)
	aside context.Context // ends with the connection
	login string          // the token
	loop  serial.Loop

	asked *inflight.Requests[*pending]

	joined  bool              // loginMsg has come
	held    []engine.Event    // until the session is online
	bad     int               // frames that made no sense
	told    bool              // the whisper this frame confirms has become an event
	banned  map[string]string // names by account; nil while unknown
	winners map[string]bool
	tally   tally

	mu     sync.Mutex
	closed bool
	online bool
	reason error // why we end the connection
	me     engine.User
	role   role
	roster map[string]*member // by account; nil until it was listed
	slow   float64            // seconds, 0 off
	paying bool               // subscriber mode
	poll   *pollState
	raffle *raffleState
}

func newLink(s *session, conn *socketio09.Conn, emit func(engine.Event)) *link {
	l := &link{s: s, conn: conn, out: emit, winners: map[string]bool{}, tally: newTally()}
	l.asked = inflight.New(&l.loop, proofTime, "the server did not confirm it; it answers nothing it refuses", l.giveUp)
	return l
}

// end gives the last receipts and waits for what runs beside the reader.
func (l *link) end() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.asked.Close()
	l.loop.End()
}

// quit ends the connection in good order; Run returns reason.
func (l *link) quit(reason error) {
	l.mu.Lock()
	first := l.reason == nil
	if first {
		l.reason = reason
	}
	l.mu.Unlock()
	if first {
		l.conn.Close()
	}
}

func (l *link) quitting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason != nil
}

// rank is the bot's own, once it is known.
func (l *link) rank() (role, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.role, l.me.Name != ""
}

func (l *link) caps() engine.Capabilities {
	l.mu.Lock()
	defer l.mu.Unlock()
	return caps(l.role, l.s.settings.TextMax, l.s.settings.Pace)
}

// emit passes an event on, once the session is online.
func (l *link) emit(ev engine.Event) {
	if l.joined && !l.online {
		l.held = append(l.held, ev)
		return
	}
	l.out(ev)
}

func (l *link) event(at time.Time, who engine.User, body engine.Body) engine.Event {
	return engine.Event{
		At: at, Room: engine.Room{ID: l.s.room}, User: who, Body: body, Self: who.Name != "" && l.isMe(who.Name),
	}
}

func (l *link) isMe(name string) bool {
	return l.s.settings.Name != "" && fold(name) == fold(l.s.settings.Name)
}

// ours says whether a frame is about our channel. Some do not say.
func (l *link) ours(channel string) bool { return channel == "" || fold(channel) == l.s.channel }

// receive handles one packet with data.
func (l *link) receive(p socketio09.Packet) {
	if l.quitting() {
		return
	}
	list, err := envelopes(p)
	if err != nil {
		l.bogus(err)
		l.raw("", p.Data)
		return
	}
	if len(list) == 0 {
		l.raw(p.Type.String(), p.Data)
	}
	for _, e := range list {
		l.handle(e)
	}
}

func (l *link) handle(e envelope) {
	h, known := handlers[e.Method]
	if !known {
		l.raw(e.Method, string(e.Params))
		return
	}
	if err := h(l, e.Method, e.Params); err != nil {
		l.bogus(err)
		if !secretive[e.Method] {
			l.raw(e.Method, string(e.Params))
		}
	}
}

// secretive are the methods whose parameters hold what not every script may see.
var secretive = map[string]bool{"winnerRaffle": true, "winnerMsg": true}

// handlers by the method of the server, old names included.
var handlers map[string]func(*link, string, json.RawMessage) error

func init() { // not at its declaration, because handlers send what others answer
	handlers = map[string]func(*link, string, json.RawMessage) error{
		"loginMsg": on((*link).onLogin), "chatMsg": on((*link).onChat), "directMsg": on((*link).onDirect),
		"infoMsg": first((*link).onInfo), "slowMsg": on((*link).onSlow), "chatLog": on((*link).onLog),
		"userList": on((*link).onUserList), "userInfo": onAnswer[userInfoParams], "banList": on((*link).onBanList),
		"mediaLog": onAnswer[mediaLogParams], "motdMsg": on((*link).onMotd), "serverMsg": on((*link).onServer),
		"pollMsg": on((*link).onPoll), "raffleMsg": copies((*link).onRaffle),
		"winnerRaffle": copies((*link).onWinner), "winnerMsg": copies((*link).onWinner),
	}
}

// copies decodes the parameters for a handler that says itself when what waits for them may
// have them: not before the state of the channel is the new one, because whoever gets a
// receipt may act on it at once.
func copies[T any](f func(l *link, p *T, settle func())) func(*link, string, json.RawMessage) error {
	return func(l *link, method string, raw json.RawMessage) error {
		p, ours, err := decode[T](l, method, raw)
		if err == nil && ours {
			f(l, p, func() { l.settle(method, p, raw) })
		}
		return err
	}
}

// on settles after the handler.
func on[T any](f func(*link, *T)) func(*link, string, json.RawMessage) error {
	return copies(func(l *link, p *T, settle func()) {
		f(l, p)
		settle()
	})
}

// first settles before the handler, which looks at what is left.
func first[T any](f func(*link, *T)) func(*link, string, json.RawMessage) error {
	return copies(func(l *link, p *T, settle func()) {
		settle()
		f(l, p)
	})
}

// onAnswer is for what comes only as the answer to a request; else it is passed on as it is.
func onAnswer[T any](l *link, method string, raw json.RawMessage) error {
	p, ours, err := decode[T](l, method, raw)
	if err != nil || !ours {
		return err
	}
	if !l.settle(method, p, raw) {
		l.raw(method, string(raw))
	}
	return nil
}

// decode reads parameters. What is about another channel is passed on as it came.
func decode[T any](l *link, method string, raw json.RawMessage) (p *T, ours bool, err error) {
	p = new(T)
	if len(raw) == 0 {
		return p, false, engine.Errorf(engine.Invalid, "%s without parameters", method)
	}
	if err := json.Unmarshal(raw, p); err != nil {
		return p, false, engine.Errorf(engine.Invalid, "decode %s: %w", method, err)
	}
	if w, ok := any(p).(interface{ where() string }); ok && !l.ours(w.where()) {
		if !secretive[method] {
			l.raw(method, string(raw))
		}
		return p, false, nil
	}
	return p, true, nil
}

// garbage is a frame that is no packet. The reader's goroutine calls it.
func (l *link) garbage(frame string, err error) {
	if l == nil {
		return // before the connection stands there is nobody to tell
	}
	l.loop.Do(func() {
		l.bogus(err)
		l.raw("", frame)
	})
}

// bogus is worth one warning for a connection.
func (l *link) bogus(err error) {
	level := slog.LevelDebug
	if l.bad == 0 {
		level = slog.LevelWarn
	}
	l.bad++
	l.s.log.Log(context.Background(), level, "a frame that is not of the protocol", "room", l.s.room, "err", err)
}

func (l *link) raw(name, data string) {
	data = strings.ToValidUTF8(data[:min(len(data), maxRaw)], "\uFFFD")
	l.emit(l.event(time.Time{}, engine.User{}, engine.Raw{Name: strings.ToValidUTF8(name, "\uFFFD"), Data: data}))
}

// send puts a request on the wire.
func (l *link) send(ctx context.Context, p *pending) error {
	first := p.first().order // an answer may move p on before it is written
	write := func() error { return l.conn.Emit(ctx, "message", first) }
	if p.unanswered {
		return l.asked.Post(ctx, write)
	}
	return l.asked.Send(ctx, p, write)
}

// write sends something without waiting: a full queue means that the connection is stuck,
// which shows in the next read.
func (l *link) write(o order) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l.conn.Emit(ctx, "message", o)
}
