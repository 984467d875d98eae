package hitbox

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
)

// native is a method of the protocol, as actions use it and [engine.Call] reaches it.
type native struct {
	engine.Command
	least role
	// poll and raffle are the states of the channel's own in which the server takes it; nil if
	// it does not matter.
	poll, raffle []string
	// fill completes the parameters in place, on a copy, and refuses what the server would
	// meet with silence. The link's mu is held.
	fill func(l *link, params map[string]any) error
	// proof recognises the frame that confirms it. Nil: nothing does.
	proof func(l *link, params map[string]any) func(method string, answer any) bool
	// finish, if set, completes the receipt.
	finish func(l *link, params map[string]any) func(answer any, r *engine.Receipt)
}

func str(name, doc string) engine.Param { return engine.Param{Name: name, Type: "string", Doc: doc} }

func opt(name, kind, doc string) engine.Param {
	return engine.Param{Name: name, Type: kind, Doc: doc, Optional: true}
}

var (
	index    = engine.Param{Name: "choice", Type: "number|string", Doc: "counted from 0"}
	lists    = engine.Param{Name: "choices", Type: "array", Doc: "2 to 10 texts, or objects with a text"}
	paying   = opt("subscriberOnly", "boolean", "")
	follows  = opt("followerOnly", "boolean", "")
	started  = opt("start_time", "string", "ISO 8601; now if left out")
	color    = opt("nameColor", "string", "six hexadecimal digits; that of the settings if left out")
	ofPeople = str("name", "whom")
)

// natives are the methods of a client. The channel, the bot's name and its token are filled
// in.
var natives = []native{
	{Command: command("joinChannel", "Asks for the channel once more. The service ignores a second one on a connection.", "",
		opt("hideBuffered", "boolean", "true leaves the backlog out")), fill: (*link).fillJoin},
	{Command: command("partChannel", "Ends the connection; the session comes back with a new one.", ""), fill: own("name")},
	{Command: command("chatMsg", "Says a line.", "the line as everybody got it", str("text", ""), color), least: anon, fill: (*link).fillChat, proof: proofChat},
	{Command: command("directMsg", "Tells one user something.", "the confirmation", str("to", "whom"), str("text", ""), color),
		least: anon, fill: (*link).fillDirect, proof: proofDirect, finish: finishDirect},
	{Command: command("getChannelUserList", "Lists the users.", "`data` with names by role and flag"), least: anon, proof: byMethod("userList"), finish: finishUsers},
	{Command: command("getChannelUser", "Describes a user.", "role and flags, or `banned`", ofPeople), least: anon, proof: proofUser, finish: finishUser},
	{Command: command("mediaLog", "Lists pictures or links posted.", "`data` with one entry each", str("type", "image or link")), least: anon, fill: own("name", "token"), proof: proofMedia},
	{Command: command("motdMsg", "Sets the sticky message; an empty text removes it.", "the message", str("text", ""), opt("time", "string", "ISO 8601; now if left out"), color),
		least: admin, fill: (*link).fillMotd, proof: proofMotd},
	{Command: command("kickUser", "Times somebody out.", "the notice", ofPeople, engine.Param{Name: "timeout", Type: "number|string", Doc: "seconds, at least 1"}),
		least: moderator, fill: (*link).fillKick, proof: proofInfo(infoTimeout)},
	{Command: command("banUser", "Bans somebody.", "the notice", ofPeople, opt("banIP", "boolean", "by address, too; for admins")),
		least: moderator, fill: (*link).fillBan, proof: proofInfo(infoBan)},
	{Command: command("unbanUser", "Lifts a ban.", "the ban list, or a notice", ofPeople), least: moderator, fill: own("token"), proof: proofUnban},
	{Command: command("makeMod", "Makes somebody a moderator; an editor's lasts until they reconnect.", "the notice", ofPeople),
		least: owner, fill: own("token"), proof: proofInfo(infoRole)},
	{Command: command("removeMod", "Takes that away.", "the notice", ofPeople), least: owner, fill: own("token"), proof: proofInfo(infoRole)},
	{Command: command("slowMode", "Sets slow mode by `time`, or subscriber mode by `subscriber`. They exclude each other, and `time` 0 ends both.", "the notice",
		opt("time", "number", "seconds"), opt("subscriber", "boolean", ""), opt("rate", "number", "0, with subscriber")), least: moderator, fill: (*link).fillSlow, proof: proofSlow},
	{Command: command("createPoll", "Opens a poll.", "the poll", str("question", ""), lists, paying, follows, started, color),
		least: admin, fill: (*link).fillPoll, proof: proofPoll("started")},
	{Command: command("voteMsg", "Votes in the poll.", "the poll", index), least: anon, fill: (*link).fillVote, proof: proofVote},
	{Command: command("votePoll", "The older name of voteMsg.", "the poll", index), least: anon, fill: (*link).fillVote, proof: proofVote},
	{Command: command("pausePoll", "Pauses the poll. The last chance to read its results.", "the poll"), least: admin, poll: of("started"), fill: own("token"), proof: proofPoll("paused")},
	{Command: command("startPoll", "Resumes a paused poll.", "the poll"), least: admin, poll: of("paused"), fill: own("token"), proof: proofPoll("started")},
	{Command: command("endPoll", "Ends a paused poll.", "its end"), least: admin, poll: of("paused"), fill: own("token"), proof: proofPoll("ended")},
	{Command: command("createRaffle", "Opens a giveaway.", "the giveaway", str("question", ""), str("prize", ""), lists, paying, follows, started, color),
		least: admin, fill: (*link).fillRaffle, proof: proofRaffle("started")},
	{Command: command("voteRaffle", "Enters the giveaway. Nothing confirms it.", "", index), least: anon, fill: (*link).fillEnter},
	{Command: command("pauseRaffle", "Pauses the giveaway.", "the giveaway"), least: admin, raffle: of("started"), proof: proofRaffle("paused")},
	{Command: command("startRaffle", "Resumes a paused giveaway.", "the giveaway"), least: admin, raffle: of("paused"), proof: proofRaffle("started")},
	{Command: command("endRaffle", "Ends the entries.", "the giveaway"), least: admin, raffle: of("started", "paused"), proof: proofRaffle("ended")},
	{Command: command("winnerRaffle", "Draws a winner among those with the right answer, from an ended giveaway.", "the winner's name",
		engine.Param{Name: "answer", Type: "number|string", Doc: "counted from 0"}), least: admin, raffle: of("ended"), fill: (*link).fillDraw, proof: proofWinner},
	{Command: command("hideRaffle", "Hides an ended giveaway from viewers.", "the giveaway"), least: admin, raffle: of("ended"), proof: proofRaffle("hidden")},
	{Command: command("cleanupRaffle", "Removes an ended giveaway, so that the next can begin.", "its removal"),
		least: admin, raffle: of("ended", "hidden"), proof: proofRaffle("delete")},
}

func command(name, doc, answer string, params ...engine.Param) engine.Command {
	return engine.Command{Name: name, Doc: doc, Answer: answer, Params: params}
}

// commands lists natives for [engine.Adapter].
func commands() []engine.Command {
	list := make([]engine.Command, len(natives))
	for i, n := range natives {
		list[i] = n.Command
		if n.least > guest {
			list[i].Level = n.least.level()
		}
	}
	return list
}

func find(name string) *native {
	if i := slices.IndexFunc(natives, func(n native) bool { return n.Name == name }); i >= 0 {
		return &natives[i]
	}
	return nil
}

// planCall sends any method.
func (l *link) planCall(a engine.Call) (*pending, error) {
	n := find(a.Name)
	if n == nil {
		return nil, engine.Errorf(engine.Unsupported, "hitbox has no method %q", a.Name)
	}
	if err := n.Check(a.Params); err != nil {
		return nil, err
	}
	if a.Name == "slowMode" {
		if err := l.excluded(a.Params); err != nil {
			return nil, err
		}
	}
	p, err := l.native(a.Name, a.Params)
	if err != nil {
		return nil, err
	}
	p.answered = true
	return p, nil
}

// native is a request by one method, if rank and state allow it. mu is held.
func (l *link) native(method string, params map[string]any) (*pending, error) {
	n := find(method)
	if l.role < n.least {
		return nil, engine.Errorf(engine.Denied, "%s is for %s and above, the bot is %s here", method, n.least.level(), l.role.level())
	}
	if err := n.check(l); err != nil {
		return nil, err
	}
	return l.request(method, params)
}

// request is native without these checks: for a step that others lead to.
func (l *link) request(method string, params map[string]any) (*pending, error) {
	n := find(method)
	params = maps.Clone(params)
	if params == nil {
		params = map[string]any{}
	}
	params["channel"] = l.s.channel
	if n.fill != nil {
		if err := n.fill(l, params); err != nil {
			return nil, err
		}
	}
	p := &pending{steps: []step{{order: order{method, params}}}, unanswered: n.proof == nil}
	if n.proof != nil {
		p.steps[0].proof = n.proof(l, params)
	}
	if n.finish != nil {
		p.finish = n.finish(l, params)
	}
	if method == "chatMsg" || method == "directMsg" {
		p.text, _ = params["text"].(string)
	}
	return p, nil
}

// sequence is a request that has to wait for the proof of another.
func (l *link) sequence(first, then string, params map[string]any) (*pending, error) {
	p, err := l.request(then, params)
	if err != nil {
		return nil, err
	}
	before, err := l.native(first, nil)
	if err != nil {
		return nil, err
	}
	p.steps = append(before.steps, p.steps...)
	return p, nil
}

// own fills in what the session knows of itself.
func own(names ...string) func(*link, map[string]any) error {
	return func(l *link, params map[string]any) error {
		l.sign(params, names...)
		return nil
	}
}

func (l *link) sign(params map[string]any, names ...string) {
	for _, name := range names {
		switch name {
		case "name":
			params["name"] = l.me.Name
		case "from":
			params["from"] = l.me.Name
		case "token":
			params["token"] = l.login
		case "nameColor":
			if params["nameColor"] == nil {
				params["nameColor"] = l.s.settings.Color
			}
		}
	}
}

func (l *link) fillJoin(params map[string]any) error {
	l.sign(params, "name", "token")
	params["isAdmin"] = false
	return nil
}

func (l *link) fillChat(params map[string]any) error {
	t, err := l.s.sendable(params["text"].(string))
	if err != nil {
		return err
	}
	params["text"] = t
	l.sign(params, "name", "nameColor")
	return l.checkRepeated(t)
}

func (l *link) fillDirect(params map[string]any) error {
	t, err := l.s.sendable(params["text"].(string))
	if err != nil {
		return err
	}
	params["text"] = t
	l.sign(params, "from", "nameColor")
	return nil
}

func (l *link) fillMotd(params map[string]any) error {
	if params["text"] != "" {
		t, err := l.s.sendable(params["text"].(string))
		if err != nil {
			return err
		}
		params["text"] = t
	}
	if params["time"] == nil {
		params["time"] = isoNow()
	}
	l.sign(params, "name", "nameColor")
	return nil
}

// isoNow is a time as the website sent it.
func isoNow() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

// whole reads a number that may come as a string.
func whole(v any, what string) (int, error) {
	switch v := v.(type) {
	case float64:
		if v == float64(int(v)) {
			return int(v), nil
		}
	case int:
		return v, nil
	case int64:
		return int(v), nil
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, nil
		}
	}
	return 0, engine.Errorf(engine.Invalid, "%s is %v, want a whole number", what, v)
}

// fillKick: the server wants the seconds as a string.
func (l *link) fillKick(params map[string]any) error {
	n, err := whole(params["timeout"], "timeout")
	if err == nil && n < 1 {
		err = engine.Errorf(engine.Invalid, "a timeout has at least 1 second")
	}
	if err != nil {
		return err
	}
	params["timeout"] = strconv.Itoa(n)
	l.sign(params, "token")
	return l.outranks(params["name"].(string))
}

func (l *link) fillBan(params map[string]any) error {
	if params["banIP"] == true && l.role < admin {
		return engine.Errorf(engine.Denied, "a ban by address is for admins, the bot is %s here", l.role.level())
	}
	l.sign(params, "token")
	return l.outranks(params["name"].(string))
}

func (l *link) fillSlow(params map[string]any) error {
	_, subs := params["subscriber"]
	seconds, timed := params["time"]
	switch {
	case subs == timed:
		return engine.Errorf(engine.Invalid, "slowMode takes either time or subscriber")
	case subs:
		params["rate"] = 0
	}
	if n, ok := seconds.(float64); timed && (!ok || n < 0 || n != float64(int(n))) {
		return engine.Errorf(engine.Invalid, "time is %v, want whole seconds", seconds)
	}
	return nil
}

// excluded refuses a mode while the other one is on, which the server would ignore.
func (l *link) excluded(params map[string]any) error {
	seconds, _ := params["time"].(float64)
	if params["subscriber"] == true && l.slow > 0 || seconds > 0 && l.paying {
		return engine.Errorf(engine.Conflict, "slow mode and subscriber mode exclude each other: end the one first with time 0")
	}
	return nil
}

// fillChoices takes texts and objects.
func (l *link) fillChoices(params map[string]any, least int) error {
	list, _ := params["choices"].([]any)
	if texts, ok := params["choices"].([]string); ok {
		list = choices(texts)
	}
	if len(list) < least || len(list) > 10 {
		return engine.Errorf(engine.Invalid, "%d choices; there can be %d to 10", len(list), least)
	}
	out := make([]any, len(list))
	for i, c := range list {
		if m, ok := c.(map[string]any); ok {
			c = m["text"]
		}
		t, ok := c.(string)
		if !ok || t == "" {
			return engine.Errorf(engine.Invalid, "choice %d has no text", i+1)
		}
		out[i] = map[string]any{"text": t}
	}
	params["choices"] = out
	for _, name := range []string{"subscriberOnly", "followerOnly"} {
		if params[name] == nil {
			params[name] = false
		}
	}
	if params["start_time"] == nil {
		params["start_time"] = isoNow()
	}
	if params["question"] == "" {
		return engine.Errorf(engine.Invalid, "the question is empty")
	}
	l.sign(params, "nameColor")
	return nil
}

func (l *link) fillPoll(params map[string]any) error {
	if l.poll != nil {
		return engine.Errorf(engine.Conflict, "there is a poll already; end it first")
	}
	return l.fillChoices(params, 2)
}

func (l *link) fillRaffle(params map[string]any) error {
	if l.raffle != nil {
		return engine.Errorf(engine.Conflict, "there is a giveaway already; end it and clean it up first")
	}
	if params["prize"] == "" {
		return engine.Errorf(engine.Invalid, "the prize is empty")
	}
	return l.fillChoices(params, 1)
}

// fillIndex wants one of n choices, which goes out as a string.
func fillIndex(params map[string]any, n int) error {
	i, err := whole(params["choice"], "choice")
	if err == nil && (i < 0 || i >= n) {
		err = engine.Errorf(engine.Invalid, "choice %d; there are %d, counted from 0", i, n)
	}
	params["choice"] = strconv.Itoa(i)
	return err
}

func (l *link) fillVote(params map[string]any) error {
	switch {
	case l.poll == nil || l.poll.body.Status != "started":
		return engine.Errorf(engine.Conflict, "no poll takes votes now")
	case l.poll.voted:
		return engine.Errorf(engine.Conflict, "the bot has voted already")
	}
	l.sign(params, "name", "token")
	return fillIndex(params, len(l.poll.body.Options))
}

func (l *link) fillEnter(params map[string]any) error {
	if l.raffle == nil || l.raffle.body.Status != "started" {
		return engine.Errorf(engine.Conflict, "no giveaway takes entries now")
	}
	l.sign(params, "name")
	return fillIndex(params, len(l.raffle.body.Answers))
}

func (l *link) fillDraw(params map[string]any) error {
	n, err := whole(params["answer"], "answer")
	if err != nil {
		return err
	}
	params["answer"] = n
	if l.raffle == nil {
		return engine.Errorf(engine.NotFound, "there is no giveaway")
	}
	if n < 0 || n >= len(l.raffle.body.Answers) {
		return engine.Errorf(engine.Invalid, "answer %d; there are %d, counted from 0", n, len(l.raffle.body.Answers))
	}
	return nil
}

// check refuses what the server would ignore in the state the channel is in.
func (n *native) check(l *link) error {
	if n.poll != nil {
		if l.poll == nil {
			return engine.Errorf(engine.NotFound, "there is no poll")
		}
		if err := inState("poll", l.poll.body.Status, n.poll); err != nil {
			return err
		}
	}
	if n.raffle != nil {
		if l.raffle == nil {
			return engine.Errorf(engine.NotFound, "there is no giveaway")
		}
		return inState("giveaway", l.raffle.body.Status, n.raffle)
	}
	return nil
}

func of(states ...string) []string { return states }

func inState(what, status string, from []string) error {
	if slices.Contains(from, status) {
		return nil
	}
	return engine.Errorf(engine.Conflict, "the %s is %s, not %s", what, status, strings.Join(from, " or "))
}
