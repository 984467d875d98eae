package script

import (
	"time"

	"botd/engine"
	"botd/engine/dispatch"
	"botd/engine/metric"
	"botd/engine/moderate"
	"botd/engine/schedule"
)

// Door is everything a script can reach outside its VM. There is one implementation
// for the daemon and one for tests; whatever is to be recorded, explained or faked is
// caught here. Its methods are called with the baton held and must not block.
type Door interface {
	// Do hands an action over; done is called exactly once, from any goroutine, perhaps
	// before Do returns.
	Do(r Request, done func(engine.Receipt))
	// Store asks for stored values or changes them; done is called as that of Do.
	Store(r StoreRequest, done func(StoreAnswer))
	// LoadState returns what SaveState got of the script's state last, nil if it never got
	// any. Its error has code Denied. It is called while a script loads, and may wait for the
	// disk.
	LoadState(o Origin) ([]byte, error)
	// SaveState keeps the script's state in place of the one before. The record, of at most
	// [MaxState] bytes, is not changed afterwards. begun are the events with a key that
	// handlers were given since the last time: what came of them may be in the record.
	SaveState(o Origin, record []byte, begun []engine.EventID)
	// Fetch asks a web server; done is called as that of Do. cancel, which is not nil, says
	// that nobody waits for the answer any more.
	Fetch(r FetchRequest, done func(FetchAnswer)) (cancel func())
	// Hook opens a webhook until remove is called. serve is called from any goroutine; it
	// must not block and call reply once, from any goroutine. A webhook of the same path rests
	// until the newer one is removed. Error codes: Invalid, Denied, Quota, Unsupported without a server.
	Hook(o Origin, h Hook, serve func(c HookCall, reply func(HookReply))) (remove func(), err error)
	// GiveRole has somebody have at least a role wherever the bot knows them; engine.Guest takes back what
	// was given. done is called as that of Do. Error codes: Denied, Unsupported without an account, Quota.
	GiveRole(o Origin, s engine.SessionID, u engine.User, role engine.Role, done func(error))
	// Metric takes something that the script counts or measures. Error codes: those of metric.Book.Add.
	Metric(o Origin, p metric.Point) error
	// Emit publishes an event of the script for all scripts. Its error has code Denied.
	Emit(o Origin, name string, data any) error
	// Caps is what a session can do in a room; NotFound if there is no such session.
	Caps(s engine.SessionID, r engine.RoomID) (engine.Capabilities, error)
	// Commands lists the native commands of a session.
	Commands(s engine.SessionID) []engine.Command
	// Offers lists the commands that all scripts, and the daemon itself, have in a room, anywhere
	// if it is ""; with a name, those that answer to it.
	Offers(p engine.RoomPath, name string) []Offer
	// Rooms and Sessions list what is known now, in a fixed order.
	Rooms() []RoomState
	Sessions() []SessionState
	// Users is the roster of a room, Recent its last n events, oldest first.
	Users(p engine.RoomPath) []engine.User
	Recent(p engine.RoomPath, n int) []*engine.Event
	// Reveal opens something private for a script; Denied without the grant contacts.
	Reveal(o Origin, p engine.Private) (string, error)
	// Log is a line of the script itself.
	Log(o Origin, level string, msg string, fields map[string]any)
	// Schedule is the script's part of the daemon's schedule; Denied if it may have none.
	Schedule(o Origin) (Schedule, error)
	// Moderation is the script's part of the moderation kit; Denied if it may not moderate.
	Moderation(o Origin) (Moderation, error)
	// Filters reports whether the script may have filters; Denied if not. Those of a script that
	// may not any more are not asked.
	Filters(o Origin) error
	// Cooldown takes keys of the script, each for a while, or none of them if one is taken:
	// then left is how long the longest still is. It holds over reloads and restarts.
	Cooldown(o Origin, holds []Hold) (left time.Duration)
	// Question has the next messages of a user in a room go to answer, from any goroutine,
	// and to nobody else, until end is called. Conflict if they have one to answer already.
	// kept is called once, perhaps before Question returns, when a crash does not make it
	// forgotten any more; it is not called with an error. end is told whether the question is
	// lost: ended by something else than an answer, or the want of one.
	Question(o Origin, q Question, answer func(*engine.Event), kept func()) (end func(lost bool), err error)
	// Contest asks the daemon's polls and raffles; done is called as that of Do, but for a
	// wait only when that is over. cancel says that nobody waits for the answer any more.
	Contest(r ContestRequest, done func(ContestAnswer)) (cancel func())
	// Rand is a source of random bits for the script's dice; it need not be secret.
	Rand() uint64
}

// Question is asked on behalf of a script, and known beyond its end.
type Question struct {
	dispatch.Question
	For  time.Duration // how long the user has for each answer
	Lost string        // what the user is told, once, should it be lost meanwhile; "" for nothing
	// ReplyTo is the message that Lost is an answer to.
	ReplyTo engine.MessageID
}

// Hold is a key that is to be taken for a while. For 0 only asks.
type Hold struct {
	Key string
	For time.Duration
}

// MaxHolds is how many keys one call may take, and MaxHoldKey how many bytes one has.
const (
	MaxHolds   = 8
	MaxHoldKey = 1000
)

// Moderation is a script's part of the moderation kit. What is called done is called once,
// from any goroutine, perhaps before the method returns.
type Moderation interface {
	// Prepare checks rules that are to be held to every line in rooms that one of seen
	// matches, all if there are none.
	Prepare(seen []engine.RoomGlob, cfg moderate.Config) (Rules, error)
	Permit(p moderate.Permit, done func(error))
	// Act takes a step that no rule asked for. There is a case too if it failed.
	Act(at RoomState, o moderate.Order, done func(moderate.Case, error))
	Nuke(at RoomState, n moderate.Nuke, person string, done func(moderate.Nuked, error))
	Case(id string, done func(moderate.Case, error))
	// Cases lists those that see accepts, which is called from any goroutine.
	Cases(q moderate.Query, see func(*moderate.Case) bool, done func([]moderate.Case, error))
	Undo(c moderate.Case, person string, done func(moderate.Case, error))
}

// Rules are those of a script under one name. They hold from Begin, which puts them in the
// place of others of that name, until End. Each of the two has an effect once, and Begin has
// none after End; neither waits for anything.
type Rules interface {
	Begin()
	End()
}

// Schedule is a script's part of the daemon's schedule: a [schedule.Book], or something
// that leads to one.
type Schedule interface {
	// Add is that of schedule.Book. at is when the run was due, in UTC.
	Add(def schedule.Entry, fire func(at time.Time, r ScheduledRun)) (Scheduled, error)
	// Define, Once, Jobs and CancelJob are Define, Add, Of and Cancel of schedule.Jobs.
	Define(name string, fire func(schedule.Job, JobRun)) (Definition, error)
	Once(j schedule.Job, done func(error))
	Jobs() []schedule.JobInfo
	CancelJob(id string, done func(error))
}

// Definition is a *[schedule.Definition], or something that leads to one.
type Definition interface{ Release() }

// JobRun is a *[schedule.JobRun], or something that leads to one.
type JobRun interface {
	Begin() bool
	End(completed bool)
}

// Scheduled is the hold on an entry: a *[schedule.Handle], or something that leads to
// one. Nothing it does blocks.
type Scheduled interface {
	Info() schedule.Info
	Pause()
	Resume()
	Cancel()
	Release()
}

// ScheduledRun is a *[schedule.Run], or something that leads to one.
type ScheduledRun interface {
	Begin() bool
	End()
}

// ScheduleOf is a script's part of both.
func ScheduleOf(s *schedule.Scheduler, jobs *schedule.Jobs, name string) Schedule {
	return book{s.Book(name), jobs, name}
}

type book struct {
	*schedule.Book
	jobs *schedule.Jobs
	name string
}

func (b book) Define(name string, fire func(schedule.Job, JobRun)) (Definition, error) {
	return b.jobs.Define(b.name, name, func(r *schedule.JobRun) { fire(r.Job, r) }), nil
}

func (b book) Once(j schedule.Job, done func(error)) { b.jobs.Add(b.name, j, done) }

func (b book) Jobs() []schedule.JobInfo { return b.jobs.Of(b.name) }

func (b book) CancelJob(id string, done func(error)) {
	b.jobs.Cancel(schedule.Key{Owner: b.name, ID: id}, done)
}

func (b book) Add(def schedule.Entry, fire func(time.Time, ScheduledRun)) (Scheduled, error) {
	h, err := b.Book.Add(def, func(r *schedule.Run) { fire(r.At, r) })
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Origin says on whose behalf something is done.
type Origin struct {
	Script string
	Gen    uint64
	Event  engine.EventID // what the handler was called for, "" for timers and tasks
}

// Request is an action on its way out of a VM.
type Request struct {
	Origin    Origin
	Session   engine.SessionID
	Action    engine.Action
	Lane      engine.Lane
	DropAfter time.Duration // give up if it could not leave by then; 0: by lane
	NoSplit   bool          // refuse a text that is too long
	Durable   bool          // it outlives a restart of the daemon
}

// RoomState is what is known of a room.
type RoomState struct {
	Path     engine.RoomPath
	Session  engine.SessionID
	Platform string
	Room     engine.Room
	Online   bool
	Me       engine.User
}

// SessionState is what is known of a session.
type SessionState struct {
	Name     engine.SessionID
	Platform string
	State    string // connecting, online, waiting, failed
	Me       engine.User
}
