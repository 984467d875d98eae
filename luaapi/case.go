package luaapi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/moderate"
	"botd/engine/script"
)

// modCaseInfo is a case: what was done about somebody.
type modCaseInfo struct {
	ID      string     `lua:"id"`
	Time    time.Time  `lua:"time"`
	Room    string     `lua:"room"`    // "session/room"
	User    string     `lua:"user"`    // the name it was about; "(forgotten)" if botd was told to forget them, as in all that told of them
	UserID  string     `lua:"user_id"` // what the network knows them by, "" if nothing
	Text    string     `lua:"text"`    // of the message, or ""
	Message string     `lua:"message"` // its id, or ""
	Script  string     `lua:"script"`  // in whose name it was done
	Rules   string     `lua:"rules"`   // the name of the rules, "" if a person or the script did it
	Rule    string     `lua:"rule"`    // the kind of rule: "links"
	By      string     `lua:"by"`      // the person who did it, or ""
	Why     string     `lua:"why"`
	Detail  string     `lua:"detail"`  // what the rule found: "evil.com"
	Wanted  string     `lua:"wanted"`  // the step of the ladder: "timeout 10m"
	Taken   string     `lua:"taken"`   // what the network has of it
	Note    string     `lua:"note"`    // why that is another, or what went wrong
	Status  string     `lua:"status"`  // pending, done, failed, shadow, undone, or unknown: the network did not answer before the connection or botd ended
	Deleted []string   `lua:"deleted"` // ids of the messages that are gone
	Undo    string     `lua:"undo"`    // how it can be undone
	Until   *time.Time `lua:"until"`   // end of a timeout or ban; nil if there is none
	Undone  string     `lua:"undone_by"`
}

func caseInfo(k moderate.Case) *modCaseInfo {
	out := &modCaseInfo{
		ID: k.ID, Time: k.At, Room: string(engine.Path(k.Session, k.Room)), User: k.User.Name, UserID: string(k.User.ID), Text: k.Text, Message: string(k.Message),
		Script: k.Script, Rules: k.Rules, Rule: k.Kind, By: k.Person, Why: k.Why, Detail: k.Detail, Wanted: k.Wanted.String(), Taken: k.Taken.String(),
		Note: k.Note, Status: string(k.Status), Undo: k.Undo(), Undone: k.Undoer, Deleted: []string{},
	}
	for _, id := range k.Deleted {
		out.Deleted = append(out.Deleted, string(id))
	}
	if !k.Until.IsZero() {
		out.Until = &k.Until
	}
	return out
}

// seesCase reports whether a case is about a room that the script may see.
func seesCase(seen []engine.RoomGlob, k *moderate.Case) bool {
	return len(seen) == 0 || slices.ContainsFunc(seen, func(g engine.RoomGlob) bool { return g.Match(k.Session, engine.Room{ID: k.Room}) })
}

type caseArgs struct {
	ID string `lua:"id"` // its number
}

// modCase looks a case up.
//
//	bot.command("why", function(ev, id)
//	  local case, err = mod.case(id)
//	  ev:reply(case and case.user .. ": " .. case.why .. " (" .. case.taken .. ")" or err.message)
//	end)
//	mod.rules{ "house", { links = {} } }
//	-- eve: evil.com
//	-- botd does: whisper text=please ask before you post links user=eve
//	-- ann: !why 1
//	-- botd: eve: please ask before you post links (warn)
//	-- ann: !why 7
//	-- botd: no case 7
func modCase(c *script.Call, a caseArgs) (*modCaseInfo, error) {
	k, err := findCase(c, a.ID)
	if err != nil {
		return nil, err
	}
	return caseInfo(k), nil
}

func findCase(c *script.Call, id string) (moderate.Case, error) {
	k, err := settled(c, func(d script.Moderation, done func(moderate.Case, error)) { d.Case(id, done) })
	if err == nil && !seesCase(c.SeenRooms(), &k) {
		err = engine.Errorf(engine.NotFound, "no case %s", clip(id))
	}
	return k, err
}

type casesArgs struct {
	Opts casesOpts `lua:"opts,optional"`
}

type casesOpts struct {
	User  someone       `lua:"user,optional"`  // a user, a name or an id
	Room  string        `lua:"room,optional"`  // "session/room"
	Since time.Duration `lua:"since,optional"` // how far back
	Limit int           `lua:"limit,optional"` // 20 if not given, 1,000 at most
}

// modCases lists cases, the latest first.
//
//	mod.rules{ "house", { caps = {min = 5} } }
//	bot.command{ "cases", args = "who:word?", run = function(ev, a)
//	  for _, case in ipairs(mod.cases{user = a.who, since = "7d"}) do ev:reply("#" .. case.id .. " " .. case.user .. ": " .. case.detail) end
//	end }
//	-- eve: HELLO
//	-- botd does: whisper text=please do not shout user=eve
//	-- ann: !cases eve
//	-- botd: #1 eve: 100 % capitals
//	-- ann: !cases bob
func modCases(c *script.Call, a casesArgs) ([]*modCaseInfo, error) {
	if a.Opts.Limit < 0 || a.Opts.Limit > 1000 || a.Opts.Since < 0 {
		c.BadArg("opts", "limit: expected 1 to 1000; since: a duration above 0")
	}
	q := moderate.Query{Room: engine.RoomPath(a.Opts.Room), Limit: cmp.Or(a.Opts.Limit, 20)}
	if a.Opts.Since > 0 {
		q.Since = c.Now().Add(-a.Opts.Since)
	}
	q.User = strings.TrimPrefix(cmp.Or(string(a.Opts.User.ref.ID), a.Opts.User.ref.Name), "@")
	seen := c.SeenRooms()
	list, err := settled(c, func(d script.Moderation, done func([]moderate.Case, error)) {
		d.Cases(q, func(k *moderate.Case) bool { return seesCase(seen, k) }, done)
	})
	out := make([]*modCaseInfo, len(list))
	for i, k := range list {
		c.Charge(20 + len(k.Text)/16)
		c.Alloc(1000 + len(k.Text))
		out[i] = caseInfo(k)
	}
	return out, err
}

type undoArgs struct {
	ID string     `lua:"id"`          // its number
	By personName `lua:"by,optional"` // who wants it undone
}

// personName is a user or the name of one.
type personName string

func (p *personName) FromLua(c *script.Call, v script.Value) error {
	var s someone
	if err := s.FromLua(c, v); err != nil {
		return err
	}
	if u, ok := v.Object().(*user); ok {
		s.ref.Name = u.user.Name
	}
	*p = personName(s.ref.Name)
	return nil
}

func (personName) LuaType() string { return "user|string" }

// modUndo takes a case back: a timeout, mute or ban is lifted where the network can, and
// the offence no longer counts on the ladder. It returns the case.
//
//	mod.rules{ "house", ladder = mod.ladder{ "strict", {"ban"} }, { links = {} } }
//	bot.command{ "pardon", args = "id:word", roles = {"moderator"}, run = function(ev, a)
//	  local case = assert(mod.undo(a.id, ev.user))
//	  ev:reply(case.user .. " is " .. case.status .. " by " .. case.undone_by)
//	end }
//	-- eve: evil.com
//	-- botd does: ban reason=please ask before you post links user=eve
//	-- botd does: delete author=eve message=line reason=please ask before you post links
//	-- moderator mia: !pardon 1
//	-- botd does: unban user=eve
//	-- botd: eve is undone by mia
func modUndo(c *script.Call, a undoArgs) (*modCaseInfo, error) {
	k, err := findCase(c, a.ID)
	if err != nil {
		return nil, err
	}
	k, err = settled(c, func(d script.Moderation, done func(moderate.Case, error)) { d.Undo(k, string(a.By), done) })
	if err != nil {
		return nil, err
	}
	return caseInfo(k), nil
}
