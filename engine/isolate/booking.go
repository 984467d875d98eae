package isolate

import (
	"log/slog"
	"time"

	"botd/engine/schedule"
	"botd/engine/script"
)

// booking is the daemon's schedule as a script in a child has it.
type booking struct{ d *pipeDoor }

func (d *pipeDoor) Schedule(script.Origin) (script.Schedule, error) {
	if _, err := ask[none](d, kindBook, none{}); err != nil {
		return nil, err
	}
	return booking{d}, nil
}

func (b booking) Add(def schedule.Entry, fire func(time.Time, script.ScheduledRun)) (script.Scheduled, error) {
	d := b.d
	d.mu.Lock()
	d.last++
	n := d.last
	d.fires[n] = fire // it may be called before the answer is here
	d.mu.Unlock()
	e := booked{d, n}
	if _, err := ask[none](d, kindSchedule, scheduledOf(n, def)); err != nil {
		e.forget()
		return nil, err
	}
	return e, nil
}

// due passes on that a run is due.
func (d *pipeDoor) due(n uint64, w due) {
	d.mu.Lock()
	fire := d.fires[w.Number]
	d.mu.Unlock()
	r := bookedRun{d, n}
	if fire == nil { // it was cancelled meanwhile
		r.End()
		return
	}
	fire(w.At, r)
}

// booked is an entry on that schedule.
type booked struct {
	d *pipeDoor
	n uint64
}

func (e booked) Info() schedule.Info {
	info, err := ask[schedule.Info](e.d, kindPlan, e.n)
	e.d.complain(err)
	return info
}

func (e booked) Pause()  { e.alter("pause") }
func (e booked) Resume() { e.alter("resume") }

func (e booked) Cancel() {
	e.forget()
	e.alter("cancel")
}

func (e booked) Release() {
	e.forget()
	e.alter("release")
}

func (e booked) alter(what string) {
	_, err := ask[none](e.d, kindAlter, verb{e.n, what})
	e.d.complain(err)
}

func (e booked) forget() {
	e.d.mu.Lock()
	delete(e.d.fires, e.n)
	e.d.mu.Unlock()
}

// complain logs an error that cannot be.
func (d *pipeDoor) complain(err error) {
	if err != nil {
		d.Log(script.Origin{}, slog.LevelError.String(), "the daemon was asked in vain: "+err.Error(), nil)
	}
}

// bookedRun is a run of an entry.
type bookedRun struct {
	d *pipeDoor
	n uint64
}

func (r bookedRun) Begin() bool {
	ok, err := ask[bool](r.d, kindBegin, r.n)
	r.d.complain(err)
	return ok
}

func (r bookedRun) End() { _ = r.d.w.send(kindRunEnd, 0, r.n) }
