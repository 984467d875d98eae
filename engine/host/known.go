package host

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"botd/engine"
	"botd/engine/actions"
	"botd/engine/config"
	"botd/engine/dispatch"
	knowledge "botd/engine/people"
	"botd/engine/script"
)

// openPeople reads what is known of people.
func (h *Host) openPeople(ctx context.Context) error {
	b, err := knowledge.Open(ctx, knowledge.Options{Store: h.store, Clock: h.opt.Clock, Log: h.log})
	if err != nil {
		return fmt.Errorf("read what is known of people: %w", err)
	}
	b.SetRules(peopleRules(h.cfg))
	h.known.Store(b)
	return nil
}

func peopleRules(cfg *config.Config) knowledge.Rules {
	r := knowledge.Rules{
		Roles: map[string]engine.Role{}, Groups: map[string][]string{},
		Regular: knowledge.Regular{Days: cfg.People.Regular.Days, Lines: cfg.People.Regular.Lines},
	}
	for _, of := range cfg.People.Roles {
		for _, u := range of.Users {
			r.Roles[u] = max(r.Roles[u], of.Role)
		}
	}
	for _, g := range cfg.People.Groups {
		for _, u := range g.Users {
			r.Groups[u] = append(r.Groups[u], g.Name)
		}
	}
	return r
}

// emit adds to an event of a session what is known of who did it, and publishes it.
func (h *Host) emit(ev *engine.Event) {
	if !h.seen.Fresh(ev) {
		h.log.Debug("told again", slog.Any("session", ev.Session), slog.Any("room", ev.Room.ID), slog.String("key", ev.Key))
		return
	}
	if b := h.known.Load(); b != nil && !ev.Self && ev.User.Account != "" {
		if _, line := ev.Body.(engine.Message); line && !ev.History {
			b.Hear(ev.Session, &ev.User, ev.At)
		}
		b.Know(ev.Session, &ev.User)
	}
	h.bus.Publish(ev)
}

// peopleEvery is how often what was counted of people is written.
const peopleEvery = time.Minute

func (h *Host) watchPeople(ctx context.Context) {
	for h.opt.Clock.Sleep(ctx, peopleEvery) == nil {
		h.known.Load().Flush(ctx)
	}
}

// GiveRole has somebody have at least a role, or takes back what was given.
func (d door) GiveRole(o script.Origin, s engine.SessionID, u engine.User, role engine.Role, done func(error)) {
	if err := d.h.permit(o, engine.GrantModerate, "give a role"); err != nil {
		done(err)
		return
	}
	d.h.beside.Go(func() { done(d.h.known.Load().Give(context.Background(), s, &u, role)) })
}

// ownCommands are those of the daemon itself.
var ownCommands = append([]*dispatch.Sub{
	{Commands: []string{"help"}, About: dispatch.About{Usage: "[name]", Help: "tells which commands there are, or more about one"}},
}, linkCommands...)

// linkCommands are what !help says of them.
var linkCommands = []*dispatch.Sub{
	{Commands: []string{"link"}, About: dispatch.About{Usage: "[code]", Help: "joins your accounts on several networks; say it here, then the code there"}},
	{Commands: []string{"unlink"}, About: dispatch.About{Help: "parts this account from your others"}},
}

// link takes one step of joining two accounts. Codes are whispered and nothing else.
func (h *Host) link(p *dispatch.Prepared) {
	ev := p.Event
	if caps, ok := h.super.Caps(ev.Session, ev.Room.ID); !ok || !caps.Can.Has(engine.CapWhisper) {
		h.reply(p, "Accounts cannot be linked here: the bot cannot whisper.")
		return
	}
	h.beside.Go(func() {
		next, linked, err := h.known.Load().Link(context.Background(), ev.Session, &ev.User, p.Args)
		command := strings.TrimSpace(p.Prefix) + "link "
		switch {
		case err != nil:
			if engine.CodeOf(err) == engine.Internal {
				h.log.Error("accounts could not be linked", slog.Any("err", err))
			}
			h.reply(p, "Not linked: "+engine.AsError(err).Msg+".")
		case linked:
			h.reply(p, "Linked: the bot knows now that both accounts are yours.")
		case p.Args == "":
			h.whisper(p, "Say this with your other account, within 10 minutes: "+command+next)
		default:
			h.whisper(p, "Now say this with the account you began with, within 10 minutes: "+command+next)
		}
	})
}

// unlink parts an account from the others of its person.
func (h *Host) unlink(p *dispatch.Prepared) {
	h.beside.Go(func() {
		was, err := h.known.Load().Unlink(context.Background(), p.Event.Session, &p.Event.User)
		switch {
		case err != nil:
			h.reply(p, "Not done: "+engine.AsError(err).Msg+".")
		case was:
			h.reply(p, "This account stands for itself again.")
		default:
			h.reply(p, "This account is not linked with any other.")
		}
	})
}

// whisper answers in private.
func (h *Host) whisper(p *dispatch.Prepared, text string) {
	ev := p.Event
	h.gate.Do(actions.Request{
		Origin: actions.Origin{Script: ownName, Event: ev.ID}, Session: ev.Session,
		Action: engine.Whisper{Room: ev.Room.ID, User: ev.User.Ref(), Text: text},
	}, nil)
}
