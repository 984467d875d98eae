package host

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/metric"
	"botd/engine/schedule"
	"botd/engine/script"
	"botd/engine/supervisor"
)

// Status is the state of the whole daemon.
type Status struct {
	Version  string                 `json:"version"`
	PID      int                    `json:"pid"`
	Started  time.Time              `json:"started"`
	Uptime   time.Duration          `json:"uptime"` // ns
	Config   string                 `json:"config,omitempty"`
	Sessions []supervisor.Status    `json:"sessions"`
	Scripts  []script.Status        `json:"scripts"`
	Plugins  []PluginStatus         `json:"plugins"`
	Events   map[engine.Kind]uint64 `json:"events"`            // published, by kind
	Metrics  []metric.Series        `json:"metrics,omitempty"` // of scripts
}

// Status describes the daemon as of now.
func (h *Host) Status() Status {
	now := h.opt.Clock.Now()
	return Status{
		Version: h.opt.Version, PID: os.Getpid(), Started: h.started.UTC(), Uptime: now.Sub(h.started),
		Config: h.opt.Config.File, Sessions: h.super.Status(), Scripts: h.masks.problems(h.pluginProblems(h.scripts.Status())),
		Plugins: h.Plugins(), Events: h.bus.Counters(), Metrics: h.metrics.List(),
	}
}

// Say puts a line into a room, "session/room", and waits for the receipt.
func (h *Host) Say(ctx context.Context, path engine.RoomPath, text string) (engine.Receipt, error) {
	s, r, ok := path.Split()
	if !ok {
		return engine.Receipt{}, engine.Errorf(engine.Invalid, "%q is no room: write SESSION/ROOM, as in lobby/lobby", path)
	}
	if info, ok := h.roster.Room(path); ok { // people write names, networks know IDs
		s, r = info.Session, info.Room.ID
	}
	got := make(chan engine.Receipt, 1)
	h.gate.Do(actions.Request{
		Origin: actions.Origin{Operator: true}, Session: s, Action: engine.Say{Room: r, Text: text},
	}, func(rec engine.Receipt) { got <- rec })
	select {
	case rec := <-got:
		return rec, rec.Error()
	case <-ctx.Done():
		return engine.Receipt{Status: engine.Unknown}, ctx.Err()
	}
}

// Publish has an event go the way of all events. It does not block.
func (h *Host) Publish(ev *engine.Event) { h.bus.Publish(ev) }

// Audit lists what the bot did lately.
func (h *Host) Audit(n int) []actions.Record { return h.gate.Audit(n) }

// Cron lists what scripts have on the schedule, by script: entries, and jobs, whose spec is
// "once" with their name.
func (h *Host) Cron() []schedule.Info {
	list := h.schedule.List()
	for _, j := range h.jobs.Of("") {
		info := schedule.Info{Script: j.Owner, ID: j.ID, Spec: "once " + j.Name, Zone: "UTC", Durable: true, Next: j.At}
		if j.Running {
			info.Running = 1
		}
		list = append(list, info)
	}
	slices.SortStableFunc(list, func(a, b schedule.Info) int { return strings.Compare(a.Script, b.Script) })
	return list
}

// CronRun has an entry of a script run now, beside its times. It returns when the run
// is on its way, and fails with NotFound or with Conflict if the entry is running.
func (h *Host) CronRun(script, id string) error {
	return h.schedule.RunNow(schedule.Key{Owner: script, ID: id})
}
