package luaapi

import (
	"slices"
	"strconv"
	"time"

	"botd/engine"
	"botd/engine/schedule"
	"botd/engine/script"
)

// cron is work at times of day. An entry ends with the version of the script that made
// it. With an id it is kept for the next version that makes one with the same id: when
// it ran last and whether it is paused, also over a restart of botd. Work to be done once is
// a job, see cron.once. The script needs the grant "cron".
var cronModule = script.Module{Name: "cron", Members: []script.Member{
	script.Fn("at", cronAt).Grants(engine.GrantCron), script.Fn("every", cronEvery).Grants(engine.GrantCron), script.Plain("list", cronList).Reads(),
	script.Fn("cancel", cronCancel).Grants(engine.GrantCron), script.Fn("pause", cronPause).Grants(engine.GrantCron), script.Fn("resume", cronResume).Grants(engine.GrantCron),
	script.Plain("next", cronNext).Reads(), script.Fn("define", cronDefine).Grants(engine.GrantCron), script.Fn("once", cronOnce).Grants(engine.GrantCron), script.Plain("jobs", cronJobs).Reads(),
}}

// cronOpts are about one entry.
type cronOpts struct {
	ID      string           `lua:"id,optional"`      // the entry goes on after a reload where it was
	TZ      string           `lua:"tz,optional"`      // whose clock counts: "Europe/Rome"; UTC if not given
	Missed  schedule.Missed  `lua:"missed,optional"`  // runs missed because the machine slept or the script was gone: "skip" (if not given) leaves them out, "once" makes up for all with one, "all" for each, 100 at most
	Grace   time.Duration    `lua:"grace,optional"`   // how late a missed run may be made up for; without bound if not given
	Jitter  time.Duration    `lua:"jitter,optional"`  // delays each run by up to so much, at random
	Overlap schedule.Overlap `lua:"overlap,optional"` // a run that is due while the last one is still on: "skip" (if not given) leaves it out, "queue" has it wait, "parallel" begins it
	DST     schedule.DST     `lua:"dst,optional"`     // a time of day that the clock skips in spring: "once" (if not given) has it at the change, "skip" not that day, "shift" as much later as the clock moves. A time that comes twice in autumn counts once
	OnlyIf  cronMood         `lua:"only_if,optional"` // leaves a run out unless there was talk since the last one
}

// cronMood is what must have been said since the last run. The bot's own lines and
// private ones do not count.
type cronMood struct {
	Speakers int                 `lua:"speakers,optional"` // so many different people at least
	Lines    int                 `lua:"lines,optional"`    // so many lines at least
	Rooms    script.List[string] `lua:"rooms,optional"`    // in these rooms together, patterns such as "hc/*"; in all if not given
}

const maxMood = 10_000

// entry is work that cron does at its times.
type entry struct {
	id     string
	spec   schedule.Spec
	zone   *time.Location
	handle script.Scheduled // nil while the script loads
	disown func()           // set with handle
	ended  bool
	paused bool // before there is a handle
}

var entryClass = script.Class[*entry]{
	Name:   "entry",
	String: func(e *entry) string { return e.id },
	Members: []script.Member{
		script.Prop("id", entryID), script.Prop("spec", entrySpec), script.Prop("tz", entryTZ),
		script.Live("paused", entryPaused), script.Live("next", entryNext), script.Live("last", entryLast),
		script.PlainMethod("cancel", entryCancel), script.PlainMethod("pause", entryPause), script.PlainMethod("resume", entryResume),
	},
}

// entryID is the id it was given, or else one of its own, such as "#1".
func entryID(e *entry) string { return e.id }

// entrySpec is when it runs.
func entrySpec(e *entry) string { return e.spec.String() }

// entryTZ is the time zone.
func entryTZ(e *entry) string { return e.zone.String() }

// entryPaused is whether it is paused.
func entryPaused(_ *script.Call, e *entry) bool { return e.info().Paused }

// entryNext is when it runs next; nil while it is paused, or has ended.
func entryNext(c *script.Call, e *entry) *time.Time {
	if e.handle == nil && !e.ended && !e.paused {
		return moment(schedule.Timetable{Spec: e.spec, Zone: e.zone}.Next(c.Now()))
	}
	return moment(e.info().Next)
}

// entryLast is the time of its last run; nil if there was none.
func entryLast(_ *script.Call, e *entry) *time.Time { return moment(e.info().Last) }

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (e *entry) info() schedule.Info {
	if e.handle == nil || e.ended {
		return schedule.Info{Paused: e.paused}
	}
	return e.handle.Info()
}

// entryCancel ends it for good. What is running goes on.
func entryCancel(c *script.Call, e *entry, _ script.None) script.None {
	entriesOf(c).remove(e)
	return script.None{}
}

// entryPause lets its times pass, until resume.
func entryPause(_ *script.Call, e *entry, _ script.None) script.None {
	e.setPaused(true)
	return script.None{}
}

// entryResume ends the pause. What would have run meanwhile was not missed.
func entryResume(_ *script.Call, e *entry, _ script.None) script.None {
	e.setPaused(false)
	return script.None{}
}

func (e *entry) setPaused(on bool) {
	e.paused = on
	switch {
	case e.handle == nil || e.ended:
	case on:
		e.handle.Pause()
	default:
		e.handle.Resume()
	}
}

// entries are those of one version of a script.
type entries struct {
	list []*entry
	made int
}

type entriesKey struct{}

func entriesOf(c *script.Call) *entries {
	return c.Keep(entriesKey{}, func() any { return &entries{} }).(*entries)
}

func (l *entries) find(id string) *entry {
	for _, e := range l.list {
		if e.id == id {
			return e
		}
	}
	return nil
}

func (l *entries) remove(e *entry) {
	if e.ended {
		return
	}
	e.ended = true
	if e.handle != nil {
		e.handle.Cancel()
		e.disown()
	}
	l.list = slices.DeleteFunc(l.list, func(other *entry) bool { return other == e })
}

type cronAtArgs struct {
	Spec string      `lua:"spec"`                        // "minute hour day month weekday", six fields with the second first, "@daily" or "@every 5m"
	Opts cronOpts    `lua:"opts,optional"`               // about the entry
	Fn   script.Func `lua:"fn" type:"fun(time: number)"` // is called at these times, with the time that was due
}

// cronAt calls a function at certain times. A wrong spec raises an error that names the
// field. A spec whose hour is "*" is a rhythm rather than a time of day: it goes on
// through the nights when clocks change.
func cronAt(c *script.Call, a cronAtArgs) (*entry, error) {
	c.Charge(50)
	spec, err := schedule.Parse(a.Spec)
	if err != nil {
		c.BadArg("spec", "%s", engine.AsError(err).Msg)
	}
	return a.Opts.add(c, spec, a.Fn)
}

type cronEveryArgs struct {
	D    time.Duration `lua:"d"`                           // at least 1 second
	Opts cronOpts      `lua:"opts,optional"`               // about the entry
	Fn   script.Func   `lua:"fn" type:"fun(time: number)"` // is called again and again, with the time that was due
}

// cronEvery calls a function again and again, d apart. With an id a reload does not
// begin the first d anew, unlike that of every.
func cronEvery(c *script.Call, a cronEveryArgs) (*entry, error) {
	c.Charge(50)
	spec, err := schedule.Every(a.D)
	if err != nil {
		c.BadArg("d", "%s", engine.AsError(err).Msg)
	}
	return a.Opts.add(c, spec, a.Fn)
}

// define checks the options and makes the engine's entry of them.
func (o cronOpts) define(c *script.Call, spec schedule.Spec) schedule.Entry {
	zone, err := zoneOf(o.TZ)
	if err != nil {
		c.BadArg("opts", "tz: %s", engine.AsError(err).Msg)
	}
	if o.Grace < 0 || o.Jitter < 0 || o.Jitter > schedule.MaxJitter {
		c.BadArg("opts", "grace and jitter are not below 0, and jitter is 24 hours at most")
	}
	if m := o.OnlyIf; m.Speakers < 0 || m.Lines < 0 || m.Speakers > maxMood || m.Lines > maxMood {
		c.BadArg("opts", "only_if: expected numbers from 0 to %d", maxMood)
	}
	def := schedule.Entry{
		ID: o.ID, Durable: o.ID != "", Timetable: schedule.Timetable{Spec: spec, Zone: zone, DST: o.DST},
		Missed: o.Missed, Grace: o.Grace, Jitter: o.Jitter, Overlap: o.Overlap,
		Mood: schedule.Mood{Speakers: o.OnlyIf.Speakers, Lines: o.OnlyIf.Lines, Within: c.SeenRooms()},
	}
	for _, r := range o.OnlyIf.Rooms {
		glob, err := engine.ParseRoomGlob(r)
		if err != nil {
			c.BadArg("opts", "only_if: %s", engine.AsError(err).Msg)
		}
		def.Mood.Rooms = append(def.Mood.Rooms, glob)
	}
	return def
}

// maxEntryID keeps IDs readable in lists.
const maxEntryID = 100

// add puts an entry on the schedule: at once, or when the script that loads serves.
func (o cronOpts) add(c *script.Call, spec schedule.Spec, fn script.Func) (*entry, error) {
	def := o.define(c, spec)
	list := entriesOf(c)
	if len(def.ID) > maxEntryID || def.ID != "" && def.ID[0] == '#' {
		c.BadArg("opts", "id: expected at most %d characters, the first of them no #", maxEntryID)
	}
	if def.ID != "" && list.find(def.ID) != nil {
		c.BadArg("opts", "id: there is an entry %q already", def.ID)
	}
	book, err := c.Door().Schedule(c.Origin())
	if err != nil {
		return nil, err
	}
	if len(list.list) >= schedule.MaxEntries {
		return nil, engine.Errorf(engine.Quota, "the script has %d entries already; end those it no longer needs with cron.cancel", schedule.MaxEntries)
	}
	list.made++
	if def.ID == "" {
		def.ID = "#" + strconv.Itoa(list.made)
	}
	e := &entry{id: def.ID, spec: spec, zone: def.Zone}
	list.list = append(list.list, e)
	call := c.Starter(fn)
	fire := func(at time.Time, r script.ScheduledRun) {
		call(r.Begin, func(bool) { r.End() }, script.UnixSeconds(at))
	}
	if !c.Loading() {
		if err := e.schedule(c, book, def, fire); err != nil {
			list.remove(e)
			return nil, err
		}
		return e, nil
	}
	c.Post(func() { _ = e.schedule(c, book, def, fire) }) // there is room: it was counted
	return e, nil
}

// schedule puts the entry on the schedule for as long as this version of the script
// lives.
func (e *entry) schedule(c *script.Call, book script.Schedule, def schedule.Entry, fire func(time.Time, script.ScheduledRun)) error {
	if e.ended {
		return nil
	}
	h, err := book.Add(def, fire)
	if err != nil {
		return err
	}
	e.handle = h
	if e.paused {
		h.Pause()
	}
	e.disown = c.Own(h.Release)
	return nil
}

// cronList lists the entries of this script, in the order they were made.
func cronList(c *script.Call, _ script.None) []*entry {
	return append([]*entry{}, entriesOf(c).list...)
}

type entryIDArgs struct {
	ID string `lua:"id"` // of an entry of this script, for cron.cancel also of a job
}

func (a entryIDArgs) find(c *script.Call) (*entry, error) {
	if e := entriesOf(c).find(a.ID); e != nil {
		return e, nil
	}
	return nil, engine.Errorf(engine.NotFound, "this script has no entry %q", clip(a.ID))
}

// cronCancel ends an entry or a job for good, with all that is kept about it. What is
// running goes on. For a job it waits for the disk.
func cronCancel(c *script.Call, a entryIDArgs) (script.OK, error) {
	if e := entriesOf(c).find(a.ID); e != nil {
		entriesOf(c).remove(e)
		return script.OK{}, nil
	}
	return script.OK{}, cancelJob(c, a.ID)
}

// cronPause lets the times of an entry pass, until cron.resume.
func cronPause(c *script.Call, a entryIDArgs) (script.OK, error) {
	e, err := a.find(c)
	if err == nil {
		e.setPaused(true)
	}
	return script.OK{}, err
}

// cronResume ends a pause. What would have run meanwhile was not missed.
func cronResume(c *script.Call, a entryIDArgs) (script.OK, error) {
	e, err := a.find(c)
	if err == nil {
		e.setPaused(false)
	}
	return script.OK{}, err
}

type cronNextArgs struct {
	Spec string `lua:"spec"`        // as for cron.at
	N    int    `lua:"n,optional"`  // how many; 1 if not given, at most 1000
	TZ   string `lua:"tz,optional"` // as for cron.at
}

const maxNext = 1000

// cronNext lists the next times of a spec, whether there is an entry for it or not.
func cronNext(c *script.Call, a cronNextArgs) []time.Time {
	if a.N == 0 {
		a.N = 1
	}
	if a.N < 1 || a.N > maxNext {
		c.BadArg("n", "expected a number from 1 to %d, got %d", maxNext, a.N)
	}
	c.Charge(50)
	spec, err := schedule.Parse(a.Spec)
	if err != nil {
		c.BadArg("spec", "%s", engine.AsError(err).Msg)
	}
	zone, err := zoneOf(a.TZ)
	if err != nil {
		c.BadArg("tz", "%s", engine.AsError(err).Msg)
	}
	times := []time.Time{}
	table := schedule.Timetable{Spec: spec, Zone: zone}
	for t := table.Next(c.Now()); !t.IsZero() && len(times) < a.N; t = table.Next(t) {
		c.Charge(100)
		times = append(times, t)
	}
	return times
}
