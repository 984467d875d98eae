package luaapi

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/nearest"
	"botd/engine/script"
	"botd/luaapi/internal/args"
)

type askArgs struct {
	Question string  `lua:"question"`
	Opts     askOpts `lua:"opts,optional"`
}

type askOpts struct {
	As      askType       `lua:"as,optional"`                                                // what the answer must be: "int", "user", "enum(a|b)"; a text if not given
	Check   script.Func   `lua:"check,optional" type:"fun(value: any): boolean, string|nil"` // tells whether a value will do, and perhaps why not
	Timeout time.Duration `lua:"timeout,optional"`                                           // how long to wait for each answer, 1 minute if not given
	Tries   int           `lua:"tries,optional"`                                             // how many answers to take before giving up, 3 if not given
	Cancel  *string       `lua:"cancel,optional"`                                            // the word that ends it, "cancel" if not given; "" for none
	Lost    *string       `lua:"lost,optional"`                                              // what the user is told if a restart or reload ends the question, see event:ask; "" for nothing
}

type chooseArgs struct {
	Question string         `lua:"question"`
	List     []script.Value `lua:"list"` // what there is to choose from
	Opts     talkOpts       `lua:"opts,optional"`
}

type confirmArgs struct {
	Question string   `lua:"question"`
	Opts     talkOpts `lua:"opts,optional"`
}

type talkOpts struct {
	Timeout time.Duration `lua:"timeout,optional"` // how long to wait for each answer, 1 minute if not given
	Tries   int           `lua:"tries,optional"`   // how many answers to take before giving up, 3 if not given
	Cancel  *string       `lua:"cancel,optional"`  // the word that ends it, "cancel" if not given; "" for none
	Lost    *string       `lua:"lost,optional"`    // what the user is told if a restart or reload ends the question, see event:ask; "" for nothing
}

// askType is a type of [args] that a script names.
type askType args.Type

func (t *askType) FromLua(_ *script.Call, v script.Value) error {
	name, ok := v.AsString()
	if !ok {
		return script.Expected("the name of a type, such as \"int\"", v)
	}
	got, err := args.ParseType(name)
	*t = askType(got)
	return err
}

func (askType) LuaType() string { return "string" }

// eventAsk asks the user of the event something and waits for the answer, which reaches
// no other handler of any script; what others say, and commands, go on as usual. An
// answer that will not do is asked for again. It fails with "timeout", with "cancelled"
// if the user says so, with "invalid" after too many tries, and with "conflict" if the
// user has another question to answer there.
//
// A question does not outlive its script: when that is reloaded or unloaded, or botd stops or
// crashes, nobody waits for the answer any more. If there was still time for it, the user is
// told so once, as soon as that is possible, in the words of opts.lost.
//
//	bot.command("age", function(ev)
//	  local n, err = ev:ask("How old are you?", {as = "int", timeout = "30s",
//	    check = function(n) return n < 150, "nobody is that old" end})
//	  ev:reply(n and "in ten years you are " .. n + 10 or "never mind: " .. err.message)
//	end)
//	-- ann: !age
//	-- botd: How old are you?
//	-- ann: quite
//	-- botd: Expected a whole number, got "quite". How old are you?
//	-- bob: 30
//	-- ann: 200
//	-- botd: Nobody is that old. How old are you?
//	-- ann: 20
//	-- botd: in ten years you are 30
func eventAsk(c *script.Call, d *event, a askArgs) (script.Value, error) {
	t := newTalk(c, a.Question, talkOpts{a.Opts.Timeout, a.Opts.Tries, a.Opts.Cancel, a.Opts.Lost})
	t.read = func(c *script.Call, d *event, text string) (script.Value, error) {
		v := c.String(text)
		if a.Opts.As.Name != "" {
			parsed, err := args.Type(a.Opts.As).Parse(text, world(c, d))
			if err != nil {
				return v, err
			}
			v = c.ToLua(parsed)
		}
		return v, checked(c, a.Opts.Check, v)
	}
	return t.run(c, d)
}

// checked asks the script whether a value will do.
func checked(c *script.Call, check script.Func, v script.Value) error {
	if check.IsZero() {
		return nil
	}
	results := c.Call(check, v)
	if len(results) > 0 && results[0].Truthy() {
		return nil
	}
	if len(results) > 1 {
		if why, ok := results[1].AsString(); ok {
			return engine.Errorf(engine.Invalid, "%s", why)
		}
	}
	return engine.Errorf(engine.Invalid, "that will not do")
}

// maxChoices is how many items people can be asked to choose from.
const maxChoices = 50

// eventChoose asks the user to choose an item of a list, and returns it. People answer with the item, its
// beginning, or its number. It fails as event:ask does.
//
//	bot.command("tea", function(ev)
//	  local kind = ev:choose("Which tea?", {"green", "black", "mint"})
//	  ev:reply(kind and "one " .. kind .. " tea" or "no tea then")
//	end)
//	-- ann: !tea
//	-- botd: Which tea? 1) green 2) black 3) mint
//	-- ann: blcak
//	-- botd: There is no "blcak", did you mean "black"? Which tea? 1) green 2) black 3) mint
//	-- ann: 3
//	-- botd: one mint tea
func eventChoose(c *script.Call, d *event, a chooseArgs) (script.Value, error) {
	if len(a.List) == 0 || len(a.List) > maxChoices {
		c.BadArg("list", "expected 1 to %d items, got %d", maxChoices, len(a.List))
	}
	names := make([]string, len(a.List))
	question := a.Question
	for i, v := range a.List {
		names[i] = c.Text(v)
		question += fmt.Sprintf(" %d) %s", i+1, names[i])
	}
	t := newTalk(c, question, a.Opts)
	t.read = func(_ *script.Call, _ *event, text string) (script.Value, error) {
		i, err := choice(names, text)
		if err != nil {
			return script.Value{}, err
		}
		return a.List[i], nil
	}
	return t.run(c, d)
}

// choice finds the item that is meant: by its text, else its number, else by a beginning
// that only one has.
func choice(names []string, text string) (int, error) {
	same := func(n string) bool { return strings.EqualFold(n, text) }
	if i := slices.IndexFunc(names, same); i >= 0 {
		return i, nil
	}
	if n, err := strconv.Atoi(strings.Trim(text, "#.) ")); err == nil && n >= 1 && n <= len(names) {
		return n - 1, nil
	}
	found := -1
	for i, n := range names {
		if len(n) < len(text) || !strings.EqualFold(n[:len(text)], text) {
			continue
		}
		if found >= 0 {
			return 0, engine.Errorf(engine.Invalid, "%q could be %q or %q", clip(text), names[found], n)
		}
		found = i
	}
	if found >= 0 && text != "" {
		return found, nil
	}
	return 0, engine.Errorf(engine.Invalid, "there is no %q%s", clip(text), nearest.Hint(text, names))
}

// eventConfirm asks the user a question that yes or no answers, and returns true or
// false. It fails as event:ask does.
//
//	bot.command("reset", function(ev)
//	  if ev:confirm("Forget all points?") then ev:reply("forgotten") else ev:reply("nothing changed") end
//	end)
//	-- ann: !reset
//	-- botd: Forget all points? (yes/no)
//	-- ann: Yes
//	-- botd: forgotten
//	-- ann: !reset
//	-- botd: Forget all points? (yes/no)
//	-- wait 1m
//	-- botd: nothing changed
func eventConfirm(c *script.Call, d *event, a confirmArgs) (script.Value, error) {
	t := newTalk(c, a.Question+" (yes/no)", a.Opts)
	t.read = func(c *script.Call, _ *event, text string) (script.Value, error) {
		yes, ok := yesNo[strings.ToLower(strings.Trim(text, ".!"))]
		if !ok {
			return script.Value{}, engine.Errorf(engine.Invalid, "please answer yes or no")
		}
		return c.ToLua(yes), nil
	}
	return t.run(c, d)
}

var yesNo = map[string]bool{
	"yes": true, "y": true, "yeah": true, "yep": true, "sure": true, "ok": true, "okay": true, "true": true, "1": true, "right": true,
	"no": false, "n": false, "nope": false, "nah": false, "false": false, "0": false, "wrong": false,
}

// talk is a question with its answers until one will do.
type talk struct {
	question string
	timeout  time.Duration
	tries    int
	cancel   string
	lost     *string
	read     func(c *script.Call, d *event, text string) (script.Value, error)

	answers []*engine.Event
	wake    func()
}

// maxTryouts bounds what a slip of the pen can ask for.
const maxTryouts = 100

func newTalk(c *script.Call, question string, o talkOpts) *talk {
	if strings.TrimSpace(question) == "" {
		c.BadArg("question", "expected a text, got an empty one")
	}
	if o.Timeout < 0 || o.Tries < 0 || o.Tries > maxTryouts {
		c.BadArg("opts", "expected a timeout above 0 and 1 to %d tries", maxTryouts)
	}
	t := &talk{question: question, timeout: cmp.Or(o.Timeout, time.Minute), tries: cmp.Or(o.Tries, 3), cancel: "cancel", lost: o.Lost}
	if o.Cancel != nil {
		t.cancel = *o.Cancel
	}
	return t
}

// run asks until an answer will do, or there is a reason to give up.
func (t *talk) run(c *script.Call, d *event) (script.Value, error) {
	ev := d.Event
	if ev.User.Ref() == (engine.UserRef{}) {
		return script.Value{}, errNobody
	}
	end, err := c.Question(t.asked(ev), t.add)
	if err != nil {
		return script.Value{}, err
	}
	defer end()
	text := t.question
	for try := 1; ; try++ {
		if _, err := eventReply(c, d, sayArgs{Text: text}); err != nil {
			return script.Value{}, err
		}
		answer := t.next(c)
		if answer == nil {
			return script.Value{}, engine.Errorf(engine.Timeout, "%s did not answer within %s", ev.User.Name, t.timeout)
		}
		said := strings.TrimSpace(answer.Body.(engine.Message).Text)
		if t.cancel != "" && strings.EqualFold(said, t.cancel) {
			return script.Value{}, engine.Errorf(engine.Cancelled, "%s cancelled it", ev.User.Name)
		}
		v, err := t.read(c, c.Deliver(answer), said)
		switch code := engine.CodeOf(err); {
		case err == nil:
			return v, nil
		case code != engine.Invalid && code != engine.NotFound:
			return script.Value{}, err
		case try >= t.tries:
			return script.Value{}, engine.Errorf(engine.Invalid, "no answer that will do in %d tries: %s", t.tries, engine.AsError(err).Msg)
		}
		text = again(engine.AsError(err).Msg) + " " + t.question
	}
}

// asked is the question as others know it.
func (t *talk) asked(ev *engine.Event) script.Question {
	m, _ := ev.Body.(engine.Message)
	lost := "@" + ev.User.Name + ": I was restarted or changed and cannot take your answer any more, please begin again"
	if t.lost != nil {
		lost = *t.lost
	}
	return script.Question{
		Question: dispatch.Question{Session: ev.Session, Room: ev.Room.ID, User: ev.User.Ref(), Private: m.Private},
		For:      t.timeout, Lost: lost, ReplyTo: m.ID,
	}
}

// again makes a sentence of what was wrong.
func again(msg string) string {
	if msg != "" && msg[0] >= 'a' && msg[0] <= 'z' {
		msg = string(msg[0]-'a'+'A') + msg[1:]
	}
	if !strings.HasSuffix(msg, "?") && !strings.HasSuffix(msg, ".") {
		msg += "."
	}
	return msg
}

// maxUnread is how many answers may wait while one is looked at.
const maxUnread = 100

// add takes an answer. The baton is held.
func (t *talk) add(ev *engine.Event) {
	if len(t.answers) >= maxUnread {
		return
	}
	t.answers = append(t.answers, ev)
	if t.wake != nil {
		t.wake()
	}
}

// next waits for an answer; nil if none comes in time.
func (t *talk) next(c *script.Call) *engine.Event {
	if len(t.answers) == 0 {
		stop := func() bool { return false }
		c.Wait(func(end func()) func() {
			t.wake = end
			stop = c.Alarm(t.timeout, end)
			return func() { stop() }
		})
		stop()
		t.wake = nil
	}
	if len(t.answers) == 0 {
		return nil
	}
	ev := t.answers[0]
	t.answers = slices.Delete(t.answers, 0, 1)
	return ev
}
