package host

import (
	"context"
	"log/slog"
	"time"

	"botd/engine"
	"botd/engine/store"
)

// When the bot was last in each room is kept over restarts, so that scripts are told of
// the gap: nobody else knows that a daemon which was killed has missed something.
const (
	seenEvery = time.Minute
	// A room the bot has been away from for longer is as new to it.
	seenKept = 90 * 24 * time.Hour
)

func (h *Host) seenSpace() store.Space[time.Time] {
	return store.Space[time.Time]{Store: h.store, Name: "engine/seen"}
}

// watchPresence writes down from time to time where the bot is.
func (h *Host) watchPresence(ctx context.Context) {
	for h.opt.Clock.Sleep(ctx, seenEvery) == nil {
		h.notePresence(ctx)
	}
}

func (h *Host) notePresence(ctx context.Context) {
	now := h.opt.Clock.Now().UTC()
	var ops []store.Op
	for _, r := range h.roster.Rooms() {
		if !r.Online || h.inProcess(r.Platform) {
			continue
		}
		op, err := h.seenSpace().Op(string(r.Path), now)
		if err != nil { // a time can always be written
			continue
		}
		if ops = append(ops, op.For(seenKept)); len(ops) == store.MaxBatch {
			h.writePresence(ctx, ops)
			ops = nil
		}
	}
	if len(ops) > 0 {
		h.writePresence(ctx, ops)
	}
}

func (h *Host) writePresence(ctx context.Context, ops []store.Op) {
	if _, err := store.Commit(ctx, h.store, ops...); err != nil && ctx.Err() == nil {
		h.log.Warn("where the bot is could not be kept; a gap may not be told after a restart", slog.Any("err", err))
	}
}

func (h *Host) inProcess(platform string) bool {
	for _, a := range h.opt.Adapters {
		if a.Name == platform {
			return a.InProcess
		}
	}
	return false
}

// lastSeen is when the bot was last in the rooms of a session, in earlier runs.
func (h *Host) lastSeen(session engine.SessionID) map[engine.RoomID]time.Time {
	rooms := map[engine.RoomID]time.Time{}
	err := h.seenSpace().Each(context.Background(), string(session)+"/", func(key string, at time.Time) error {
		if _, room, ok := engine.RoomPath(key).Split(); ok {
			rooms[room] = at
		}
		return nil
	})
	if err != nil {
		h.log.Warn("it is not known where the bot was; a gap may not be told", slog.Any("session", session), slog.Any("err", err))
	}
	return rooms
}
