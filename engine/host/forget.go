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
// the cases of moderation. If it is about somebody everywhere, their standings and permits end too. It is gone
// from the files when it returns. A query without a user and rooms has code Invalid.
func (h *Host) Forget(ctx context.Context, q chatlog.Query) (Forgotten, error) {
	w := h.warden.Load()
	if w == nil {
		return Forgotten{}, engine.Errorf(engine.NotConnected, "botd is starting; try again in a moment")
	}
	return memory{h.messages.Load(), w.Forget, h.store.Scrub}.forget(ctx, q)
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
		return memory{
			log, func(context.Context, moderate.Forgetting) (warden.Gone, error) { return warden.Gone{}, nil }, func(context.Context) error { return nil },
		}.forget(ctx, q)
	}
	if err != nil {
		return out, err
	}
	out, err = memory{
		log, func(ctx context.Context, f moderate.Forgetting) (warden.Gone, error) {
			return warden.Forget(ctx, s.store, f)
		}, s.store.Scrub,
	}.forget(ctx, q)
	return out, errors.Join(err, s.Close())
}

// memory is what people can be forgotten in.
type memory struct {
	log   *chatlog.Log // nil if there is none
	cases func(context.Context, moderate.Forgetting) (warden.Gone, error)
	scrub func(context.Context) error // takes it out of the files
}

// forget goes through the cases before the log, so that nothing more is noted in it about
// them, and once more after it, with what it knew: accounts behind a name, and the IDs of
// rooms.
func (m memory) forget(ctx context.Context, q chatlog.Query) (out Forgotten, err error) {
	if q.User == "" && len(q.Rooms) == 0 {
		return out, engine.Errorf(engine.Invalid, "whom or what to forget is missing; name a user or rooms")
	}
	f := moderate.Forgetting{User: q.User, Rooms: q.Rooms, Since: q.Since, Until: q.Until}
	take := func() error {
		gone, err := m.cases(ctx, f)
		out.Cases += gone.Cases
		out.Facts += gone.Facts
		return err
	}
	if err := take(); err != nil {
		return out, err
	}
	if m.log != nil {
		f.Whos, f.Places = map[string]bool{}, map[engine.RoomPath]bool{}
		if out.Lines, err = m.log.Forget(ctx, q, func(e *chatlog.Entry) { learn(&f, e) }); err == nil {
			err = take()
		}
	}
	if err != nil {
		return out, err
	}
	if err := m.scrub(ctx); err != nil {
		err = engine.Errorf(engine.CodeOf(err), "it is forgotten, but bytes of it are still in the file of the store; when that is cured do it again: %w", err)
		return out, err
	}
	return out, nil
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
