package socketio09

import (
	"encoding/json"
	"strconv"
	"strings"

	"botd/engine"
)

// Type says what a [Packet] is.
type Type uint8

const (
	Disconnect Type = iota
	Connect
	Heartbeat
	Message // Data is text
	JSON    // Data is a JSON value
	Event   // Data is an object with a name and args
	Ack     // Data is the id acknowledged, and "+" and args if there are any
	Error   // Data is a reason and an advice
	Noop
)

var typeNames = [...]string{"disconnect", "connect", "heartbeat", "message", "json", "event", "ack", "error", "noop"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// Packet is the unit of the protocol.
type Packet struct {
	Type Type
	// ID, of digits, asks for an acknowledgement; empty asks for none. With AckData the
	// application has to give it, with data.
	ID       string
	AckData  bool
	Endpoint string // "" is the root
	Data     string
}

// Parse reads one packet. It refuses what the library does not recognise; whether Data
// fits the type is a later question.
func Parse(frame string) (Packet, error) {
	kind, rest, ok := strings.Cut(frame, ":")
	if !ok || len(kind) != 1 || kind[0] < '0' || kind[0] > '0'+byte(Noop) {
		return Packet{}, malformed(frame)
	}
	id, rest, ok := strings.Cut(rest, ":")
	if !ok {
		return Packet{}, malformed(frame)
	}
	p := Packet{Type: Type(kind[0] - '0')}
	p.ID, p.AckData = strings.CutSuffix(id, "+")
	if strings.Trim(p.ID, "0123456789") != "" {
		return Packet{}, malformed(frame)
	}
	p.Endpoint, p.Data, _ = strings.Cut(rest, ":")
	return p, nil
}

func malformed(frame string) error {
	const most = 40
	if len(frame) > most {
		frame = frame[:most] + "…"
	}
	return engine.Errorf(engine.Invalid, "no packet of Socket.IO 0.9: %q", frame)
}

// String is the packet as it goes over the wire; the inverse of [Parse] as long as ID
// holds digits and Endpoint no colon.
func (p Packet) String() string {
	var b strings.Builder
	b.Grow(len(p.ID) + len(p.Endpoint) + len(p.Data) + 5)
	b.WriteByte('0' + byte(p.Type))
	b.WriteByte(':')
	b.WriteString(p.ID)
	if p.AckData {
		b.WriteByte('+')
	}
	b.WriteByte(':')
	b.WriteString(p.Endpoint)
	if p.Data != "" {
		b.WriteByte(':')
		b.WriteString(p.Data)
	}
	return b.String()
}

// event is the data of an [Event].
type event struct {
	Name string            `json:"name"`
	Args []json.RawMessage `json:"args,omitempty"`
}

// Event reads the data of an [Event]. Args may be nil.
func (p Packet) Event() (name string, args []json.RawMessage, err error) {
	var e event
	if err := json.Unmarshal([]byte(p.Data), &e); err != nil {
		return "", nil, engine.Errorf(engine.Invalid, "decode event: %w", err)
	}
	if e.Name == "" {
		return "", nil, engine.Errorf(engine.Invalid, "an event without a name")
	}
	return e.Name, e.Args, nil
}

// NewEvent makes an event on the root endpoint. Args must be encodable.
func NewEvent(name string, args ...any) (Packet, error) {
	b, err := encode(struct {
		Name string `json:"name"`
		Args []any  `json:"args,omitempty"`
	}{name, args})
	if err != nil {
		return Packet{}, engine.Errorf(engine.Invalid, "encode event %q: %w", name, err)
	}
	return Packet{Type: Event, Data: b}, nil
}

// encode is json.Marshal without the escapes for HTML, which the other side would have
// to carry for nothing.
func encode(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// Ack is the acknowledgement p asks for; ok is false if it asks for none.
func (p Packet) Ack() (ack Packet, ok bool) {
	if p.ID == "" || (p.Type != Message && p.Type != JSON && p.Type != Event) {
		return Packet{}, false
	}
	ack = Packet{Type: Ack, Endpoint: p.Endpoint, Data: p.ID}
	if p.AckData {
		ack.Data += "+[]"
	}
	return ack, true
}

var (
	reasons = map[string]string{"0": "transport not supported", "1": "client not handshaken", "2": "unauthorized"}
	advices = map[string]string{"0": "reconnect"}
)

// Failure reads the data of an [Error]. What the library has no words for comes as it
// is; either part may be empty.
func (p Packet) Failure() (reason, advice string) {
	reason, advice, _ = strings.Cut(p.Data, "+")
	if words := reasons[reason]; words != "" {
		reason = words
	}
	if words := advices[advice]; words != "" {
		advice = words
	}
	return reason, advice
}

// frameMark stands before each packet, and before its length, where one frame holds
// several. That is the form of HTTP polling, but the client takes it from a WebSocket
// too.
const frameMark = "\uFFFD"

// Split cuts a frame into its packets. Lengths are in UTF-16 units. What cannot be cut
// is one packet.
func Split(frame string) []string {
	var packets []string
	rest := frame
	for rest != "" {
		length, body, ok := strings.Cut(strings.TrimPrefix(rest, frameMark), frameMark)
		n, err := strconv.Atoi(length)
		if !ok || err != nil || !strings.HasPrefix(rest, frameMark) {
			return []string{frame}
		}
		cut := units(body, n)
		packets = append(packets, body[:cut])
		rest = body[cut:]
	}
	return packets
}

// units is how many bytes the first n UTF-16 units of s take.
func units(s string, n int) int {
	for i, r := range s {
		if n <= 0 {
			return i
		}
		n -= engine.UTF16.RuneLen(r)
	}
	return len(s)
}
