package luaapi

import (
	"time"

	"botd/engine"
	"botd/engine/script"
)

// message is a text the bot sent.
type message struct {
	session engine.SessionID
	room    engine.RoomID
	text    string
	receipt *engine.Receipt // nil until it has come
	waiting []func()
}

var messageClass = script.Class[*message]{
	Name: "message",
	Members: []script.Member{
		script.Live("id", messageIDOf), script.Live("text", messageText), script.Live("receipt", messageReceipt),
		script.Method("edit", messageEdit).Needs(engine.CapEdit), script.Method("append", messageAppend).Needs(engine.CapEdit),
		script.Method("delete", messageDelete).Needs(engine.CapDeleteOwn, engine.CapDelete), script.Method("react", messageReact).Needs(engine.CapReact),
	},
	String: func(m *message) string { return m.text },
}

// Keeps implements [script.Keeper].
func (m *message) Keeps(func(script.Value)) int { return len(m.text) }

type sayArgs struct {
	Text string  `lua:"text"`          // cut into several messages if it is too long for one
	Opts sayOpts `lua:"opts,optional"` // how to send it
}

type sayOpts struct {
	Lane      lane          `lua:"lane,optional"`       // what waits to be sent goes out in this order: reply, announce, relay
	DropAfter time.Duration `lua:"drop_after,optional"` // give up if it could not be sent by then
	Wait      bool          `lua:"wait,optional"`       // return when it is known what became of it
	Durable   *bool         `lua:"durable,optional"`    // whether it is still sent after a restart or crash of botd, within drop_after; true in the lanes announce and relay if not given, else false
	Split     *bool         `lua:"split,optional"`      // false: refuse a text that is too long instead of cutting it
}

type lane string

func (lane) Values() []string { return []string{"reply", "announce", "relay"} }

// request makes the order for an action, in the lane it belongs to.
func request(s engine.SessionID, a engine.Action) script.Request {
	return script.Request{Session: s, Action: a, Lane: engine.LaneOf(a)}
}

// act does something and waits for what became of it.
func act(c *script.Call, s engine.SessionID, a engine.Action) error {
	return c.DoWait(request(s, a)).Error()
}

// send hands a text over. What is known at once to be impossible is an error.
func send(c *script.Call, s engine.SessionID, a engine.Action, o sayOpts) (*message, error) {
	c.Charge(20 + len(engine.TextOf(a))/16)
	r := request(s, a)
	r.DropAfter = o.DropAfter
	r.NoSplit = o.Split != nil && !*o.Split
	if o.Lane != "" {
		r.Lane, _ = engine.ParseLane(string(o.Lane)) // one of the listed names
	}
	r.Durable = r.Lane == engine.LaneAnnounce || r.Lane == engine.LaneRelay
	if o.Durable != nil {
		r.Durable = *o.Durable
	}
	m := &message{session: s, room: a.In(), text: engine.TextOf(a)}
	if o.Wait {
		rec := c.DoWait(r)
		m.receipt = &rec
		return m, rec.Error()
	}
	return m, c.Do(r, m.settle)
}

// settle takes the receipt and wakes who waits for it. The baton is held.
func (m *message) settle(rec engine.Receipt) {
	m.receipt = &rec
	for _, end := range m.waiting {
		end()
	}
	m.waiting = nil
}

// known waits for the message to be sent, and returns its id on the network.
func (m *message) known(c *script.Call) (engine.MessageID, error) {
	if m.receipt == nil {
		c.Wait(func(end func()) func() {
			m.waiting = append(m.waiting, end)
			return nil
		})
	}
	if err := m.receipt.Error(); err != nil {
		return "", err
	}
	if m.receipt.Message == "" {
		return "", engine.Errorf(engine.Unsupported, "this network gives messages no id")
	}
	return m.receipt.Message, nil
}

// messageIDOf is the id on the network; nil until it is known, or where there is none.
func messageIDOf(_ *script.Call, m *message) *string {
	if m.receipt == nil || m.receipt.Message == "" {
		return nil
	}
	id := string(m.receipt.Message)
	return &id
}

// messageText is what was sent, as it was last edited.
func messageText(_ *script.Call, m *message) string { return m.text }

// receipt says what became of something the bot did.
type receipt struct {
	Status string    `lua:"status"` // "echoed" (seen in the room), "sent" (no proof exists), "failed" or "unknown"
	Time   time.Time `lua:"time"`   // when that was known
}

// messageReceipt is what became of it; nil as long as that is not known.
func messageReceipt(_ *script.Call, m *message) *receipt {
	if m.receipt == nil {
		return nil
	}
	return &receipt{string(m.receipt.Status), m.receipt.At}
}

type textArgs struct {
	Text string `lua:"text"`
}

// messageEdit replaces the text.
//
//	bot.command("count", function(ev)
//	  local m = ev:reply("one")
//	  sleep(1)
//	  assert(m:edit("one, two"))
//	end)
//	-- ann: !count
//	-- botd: one
//	-- wait 1s
//	-- botd does: edit message=sent1 text=one, two
func messageEdit(c *script.Call, m *message, a textArgs) (script.OK, error) {
	return m.change(c, a.Text, a.Text, false)
}

// messageAppend adds to the text.
//
//	bot.command("count", function(ev)
//	  local m = ev:reply("one")
//	  sleep(1)
//	  assert(m:append(", two"))
//	end)
//	-- ann: !count
//	-- botd: one
//	-- wait 1s
//	-- botd does: edit append=true message=sent1 text=, two
func messageAppend(c *script.Call, m *message, a textArgs) (script.OK, error) {
	return m.change(c, a.Text, m.text+a.Text, true)
}

func (m *message) change(c *script.Call, text, whole string, add bool) (script.OK, error) {
	id, err := m.known(c)
	if err == nil {
		err = act(c, m.session, engine.Edit{Room: m.room, Message: id, Text: text, Append: add})
	}
	if err == nil {
		m.text = whole
	}
	return script.OK{}, err
}

// messageDelete removes it.
//
//	bot.command("blink", function(ev)
//	  local m = ev:reply("now you see me")
//	  sleep(5)
//	  assert(m:delete())
//	end)
//	-- ann: !blink
//	-- botd: now you see me
//	-- wait 5s
//	-- botd does: delete message=sent1 own=true
func messageDelete(c *script.Call, m *message, _ script.None) (script.OK, error) {
	id, err := m.known(c)
	if err == nil {
		err = act(c, m.session, engine.Delete{Room: m.room, Message: id, Own: true})
	}
	return script.OK{}, err
}

// messageReact puts an emoji on it.
//
//	bot.command("vote", function(ev)
//	  local m = ev:reply("tea?")
//	  assert(m:react("👍"))
//	end)
//	-- ann: !vote
//	-- botd: tea?
//	-- botd does: react emoji=👍 message=sent1
func messageReact(c *script.Call, m *message, a reactArgs) (script.OK, error) {
	id, err := m.known(c)
	if err == nil {
		err = act(c, m.session, engine.React{Room: m.room, Message: id, Emoji: a.Emoji, Remove: a.Remove})
	}
	return script.OK{}, err
}
