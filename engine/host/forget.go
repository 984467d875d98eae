package host

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"botd/engine"
	"botd/engine/chatlog"
	"botd/engine/config"
	"botd/engine/moderate"
	"botd/engine/warden"
)

// Forgotten is how much was forgotten.
type Forgotten struct {
	Lines int `json:"forgotten"` // removed from the message log
	Cases int `json:"cases"`     // that tell no more who it was and what was said
	Facts int `json:"facts"`     // standings on ladders and permits that have ended
}

// Forget removes what a query selects from the message log, and takes the same people out of
// the cases of moderation. If it is about somebody everywhere, their standings and permits end too. It is on
// the disk when it returns. A query without a user and rooms has code Invalid.
func (h *Host) Forget(ctx context.Context, q chatlog.Query) (Forgotten, error) {
	w := h.warden.Load()
	if w == nil {
		return Forgotten{}, engine.Errorf(engine.NotConnected, "botd is starting; try again in a moment")
	}
	return forget(ctx, q, h.messages.Load(), w.Forget)
}

// ForgetOffline is [Host.Forget] while no daemon runs; the caller has claimed the folder.
func ForgetOffline(ctx context.Context, cfg *config.Config, q chatlog.Query) (out Forgotten, err error) {
	var log *chatlog.Log
	if _, err := os.Stat(MessagesDir(cfg.DataDir)); !errors.Is(err, fs.ErrNotExist) {
		if log, err = chatlog.Open(chatlog.Options{Dir: MessagesDir(cfg.DataDir)}, messagePolicy(cfg)); err != nil {
			return out, err
		}
	}
	s, err := OpenStorage(ctx, cfg.DataDir, false)
	if engine.CodeOf(err) == engine.NotFound { // there never was a case
		return forget(ctx, q, log, func(context.Context, moderate.Forgetting) (warden.Gone, error) { return warden.Gone{}, nil })
	}
	if err != nil {
		return out, err
	}
	out, err = forget(ctx, q, log, func(ctx context.Context, f moderate.Forgetting) (warden.Gone, error) {
		return warden.Forget(ctx, s.store, f)
	})
	return out, errors.Join(err, s.Close())
}

// forget goes through the cases before the log, so that nothing more is noted in it about
// them, and once more after it, with what it knew: accounts behind a name, and the IDs of rooms. log is nil if
// there is none.
func forget(ctx context.Context, q chatlog.Query, log *chatlog.Log, cases func(context.Context, moderate.Forgetting) (warden.Gone, error)) (out Forgotten, err error) {
	if q.User == "" && len(q.Rooms) == 0 {
		return out, engine.Errorf(engine.Invalid, "whom or what to forget is missing; name a user or rooms")
	}
	f := moderate.Forgetting{User: q.User, Rooms: q.Rooms, Since: q.Since, Until: q.Until}
	first, err := cases(ctx, f)
	if out.Cases, out.Facts = first.Cases, first.Facts; err != nil || log == nil {
		return out, err
	}
	f.Whos, f.Places = map[string]bool{}, map[engine.RoomPath]bool{}
	if out.Lines, err = log.Forget(ctx, q, func(e *chatlog.Entry) { learn(&f, e) }); err != nil {
		return out, err
	}
	more, err := cases(ctx, f)
	out.Cases += more.Cases
	out.Facts += more.Facts
	return out, err
}

// learn notes what an entry that is forgotten tells of people and rooms.
func learn(f *moderate.Forgetting, e *chatlog.Entry) {
	f.Places[engine.Path(e.Session, e.Room)] = true
	for _, u := range []*engine.User{&e.User, e.Target} {
		if f.User != "" && u != nil && moderate.IsUser(u, f.User) {
			f.Whos[moderate.Who(e.Session, *u)] = true
		}
	}
}
