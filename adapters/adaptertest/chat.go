package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"botd/engine"
)

// testPresence: others come and go.
func testPresence(r *rig) {
	l := r.login()
	if !r.session.Caps(r.room).Can.Has(engine.CapPresence) {
		r.Log("not applicable: this network does not tell who comes and goes")
		l.stop()
		return
	}
	bob := r.sim.Enter(r.room, "bob")
	joined := r.await("join of bob", l, kind[engine.Joined](r.room))
	bob.Leave()
	left := r.await("leave of bob", l, kind[engine.Left](r.room))
	for _, ev := range []engine.Event{joined, left} {
		if !sameUser(ev.User, bob.Ref()) || ev.Self {
			r.Errorf("%s, want it of %+v", describe(ev), bob.Ref())
		}
	}
	l.stop()
}

// said is who said what.
type said struct {
	user engine.UserRef
	text string
}

// heard lists the messages of others in a room, in order. The users are those of refs.
func (r *rig) heard(room engine.RoomID, refs []engine.UserRef) []said {
	var out []said
	for _, ev := range r.log.all(kind[engine.Message](room)) {
		if ev.Self {
			continue
		}
		i := slices.IndexFunc(refs, func(ref engine.UserRef) bool { return sameUser(ev.User, ref) })
		if i < 0 {
			r.Errorf("a message of a stranger: %s", describe(ev))
			continue
		}
		out = append(out, said{refs[i], ev.Body.(engine.Message).Text})
	}
	return out
}

// talk has users say n lines in turn and returns what the bot should hear.
func talk(users []User, prefix string, n int) []said {
	var lines []said
	for i := range n {
		u := users[i%len(users)]
		text := fmt.Sprintf("%s %04d", prefix, i)
		u.Say(text)
		lines = append(lines, said{u.Ref(), text})
	}
	return lines
}

func refs(users []User) []engine.UserRef {
	out := make([]engine.UserRef, len(users))
	for i, u := range users {
		out[i] = u.Ref()
	}
	return out
}

// enter brings users with these names into a room.
func (r *rig) enter(room engine.RoomID, names ...string) []User {
	users := make([]User, len(names))
	for i, name := range names {
		users[i] = r.sim.Enter(room, name)
	}
	return users
}

// expectHeard waits for all lines and compares them.
func (r *rig) expectHeard(room engine.RoomID, users []User, want []said) {
	r.Helper()
	who := refs(users)
	r.eventually(fmt.Sprintf("%d messages in %s", len(want), room), func() bool {
		return len(r.heard(room, who)) >= len(want)
	})
	got := r.heard(room, who)
	for i := range want {
		if got[i] != want[i] {
			r.Fatalf("message %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if len(got) > len(want) {
		r.Fatalf("%d messages, want %d; too many: %+v", len(got), len(want), got[len(want):])
	}
}

// testOrder: what several users say arrives in order, nothing lost, in each room.
func testOrder(r *rig) {
	rooms := r.sim.Rooms()[:1]
	if !r.adapter.PerRoom {
		rooms = r.sim.Rooms()[:2]
	}
	l := r.login(rooms...)
	users := make([][]User, len(rooms))
	for i, room := range rooms {
		users[i] = r.enter(room, fmt.Sprintf("ann%d", i), fmt.Sprintf("bob%d", i), fmt.Sprintf("cat%d", i))
	}
	want := make([][]said, len(rooms))
	for part := range 20 { // rooms in turn, so that they mix
		for i := range rooms {
			want[i] = append(want[i], talk(users[i], fmt.Sprintf("part %d", part), 10)...)
		}
	}
	for i, room := range rooms {
		r.expectHeard(room, users[i], want[i])
	}
	l.stop()
}

// testOwn: what the bot says reaches the room in the order of the calls and, where the
// network echoes, comes back as its own.
func testOwn(r *rig) {
	ann := r.sim.Enter(r.room, "ann")
	l := r.login()
	var texts []string
	var outcomes []*outcome
	for i := range 10 {
		texts = append(texts, fmt.Sprintf("line %d", i))
		outcomes = append(outcomes, r.do(engine.Say{Room: r.room, Text: texts[i]}))
	}
	ann.Say("hello bot")
	var ids []engine.MessageID
	for _, o := range outcomes {
		ids = append(ids, o.expect(r).Message)
	}
	r.eventually("what the bot said", func() bool { return len(r.sim.Lines(r.room)) >= len(texts) })
	if got := r.sim.Lines(r.room); !slices.Equal(got, texts) {
		r.Errorf("the room read %q, want %q", got, texts)
	}
	r.expectHeard(r.room, []User{ann}, []said{{ann.Ref(), "hello bot"}})
	if r.session.Caps(r.room).Echo {
		r.checkEcho(texts, ids)
	}
	l.stop()
}

// checkEcho compares the bot's own messages with what it said, and their IDs with the
// receipts.
func (r *rig) checkEcho(texts []string, ids []engine.MessageID) {
	r.Helper()
	own := r.log.all(func(ev engine.Event) bool { return kind[engine.Message](r.room)(ev) && ev.Self })
	if len(own) != len(texts) {
		r.Fatalf("%d own messages came back, want %d; events:\n%s", len(own), len(texts), r.log)
	}
	for i, ev := range own {
		if m := ev.Body.(engine.Message); m.Text != texts[i] || m.ID != ids[i] {
			r.Errorf("own message %d is %+v, want text %q and the receipt's ID %q", i, m, texts[i], ids[i])
		}
	}
}

// testWhispered: what a user tells the bot alone is private.
func testWhispered(r *rig) {
	ann := r.sim.Enter(r.room, "ann")
	l := r.login()
	defer l.stop()
	if !r.session.Caps(r.room).Can.Has(engine.CapWhisper) {
		r.Log("not applicable: this network has no whispers")
		return
	}
	ann.Whisper("psst")
	ev := r.await("whisper", l, func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && m.Private
	})
	if m := ev.Body.(engine.Message); m.Text != "psst" || !sameUser(ev.User, ann.Ref()) || ev.Self {
		r.Errorf("%s, want %q from %+v", describe(ev), "psst", ann.Ref())
	}
}

// testFlood: a thousand lines at once are all heard, and the bot can still answer.
func testFlood(r *rig) {
	users := r.enter(r.room, "ann", "bob")
	l := r.login()
	want := talk(users, "flood", 1000)
	r.expectHeard(r.room, users, want)
	r.checkSays(l, "still here")
	l.stop()
}

// checkSays expects that the bot can say something.
func (r *rig) checkSays(l *life, text string) {
	r.Helper()
	l.alive()
	r.do(engine.Say{Room: r.room, Text: text}).expect(r)
	r.eventually("line "+text, func() bool { return slices.Contains(r.sim.Lines(r.room), text) })
}

// checkWorks expects a life to come online, hear and speak, and ends it.
func (r *rig) checkWorks(l *life) {
	r.Helper()
	r.await("Connected", l, kind[engine.Connected](r.room))
	r.checkHears(l)
	r.checkSays(l, "here I am")
	l.stop()
}

// checkHears expects that a newcomer is heard.
func (r *rig) checkHears(l *life) {
	r.Helper()
	r.guests++
	u := r.sim.Enter(r.room, fmt.Sprintf("guest%d", r.guests))
	text := fmt.Sprintf("hello %d", r.guests)
	u.Say(text)
	r.await("message "+text, l, func(ev engine.Event) bool {
		m, ok := ev.Body.(engine.Message)
		return ok && m.Text == text && sameUser(ev.User, u.Ref())
	})
}

// testTextLimit: a text as long as the limit goes through whole, one that is longer is
// refused and not sent.
func testTextLimit(r *rig) {
	l := r.login()
	defer l.stop()
	limit := r.session.Caps(r.room).Text
	if limit.Max == 0 {
		r.Log("not applicable: texts have no limit")
		return
	}
	for _, c := range []string{"x", "é", "🙂"} { // 1, 2 and 4 bytes; 1, 1 and 2 of UTF-16
		text := fill(c, limit)
		r.do(engine.Say{Room: r.room, Text: text}).expect(r)
		r.eventually("text as long as the limit", func() bool { return slices.Contains(r.sim.Lines(r.room), text) })
		r.refuses(engine.Say{Room: r.room, Text: text + "x"})
	}
}

// fill makes a text of exactly the limit, of c and some x.
func fill(c string, limit engine.Limit) string {
	each := limit.Unit.Count(c)
	return strings.Repeat(c, limit.Max/each) + strings.Repeat("x", limit.Max%each)
}

// refuses expects an action to fail as invalid before anything is sent.
func (r *rig) refuses(a engine.Action) {
	r.Helper()
	r.refusesWith(a, engine.Invalid)
}

func (r *rig) refusesWith(a engine.Action, codes ...engine.Code) {
	r.Helper()
	before := r.sim.Requests()
	o := r.do(a)
	o.expectFailure(r, codes...)
	time.Sleep(5 * time.Second) // a request on its way would have arrived
	if n := r.sim.Requests() - before; n != 0 {
		r.Errorf("%s was refused, but made %d requests", engine.ActionName(a), n)
	}
}

// testLineLimit: as for the length, but in lines.
func testLineLimit(r *rig) {
	l := r.login()
	defer l.stop()
	limit := r.session.Caps(r.room).Text
	if limit.Lines == 0 {
		r.Log("not applicable: lines are not counted")
		return
	}
	text := "x" + strings.Repeat("\nx", limit.Lines-1)
	r.do(engine.Say{Room: r.room, Text: text}).expect(r)
	r.eventually("text with as many lines as may be", func() bool { return slices.Contains(r.sim.Lines(r.room), text) })
	r.refuses(engine.Say{Room: r.room, Text: text + "\nx"})
}
