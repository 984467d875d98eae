package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"botd/adapters/local"
	"botd/engine"
)

const (
	promptUser = "you"
	// lineTime bounds how long a line waits for the bot to deal with the one before it,
	// endTime how long the end waits for handlers that wait for something themselves.
	lineTime = 2 * time.Second
	endTime  = 10 * time.Second
)

// prompt is the person at the terminal, or what is piped in, as a user of a local room.
type prompt struct {
	daemon *daemon
	room   engine.RoomPath
	force  bool // it was asked for
	edit   bool // a person edits lines on a terminal
	paint  style
	out    io.Writer

	user   *local.Participant
	inbox  local.Inbox
	fences fences
}

// newPrompt returns the prompt there is to be, or nil if there is none.
func (d *daemon) newPrompt(force bool) (*prompt, error) {
	e := d.app.env
	if !force && !e.tty.stdin {
		return nil, nil
	}
	room, ok := d.firstRoom()
	if !ok {
		const why = "no prompt: the configuration has no enabled session with the adapter local and a room"
		if force {
			return nil, engine.Errorf(engine.Invalid, why)
		}
		d.log.Info(why)
		return nil, nil
	}
	return &prompt{
		daemon: d, room: room, force: force, edit: e.tty.stdin && e.tty.stdout, paint: style(e.colour(e.tty.stdout)),
		out: d.screen.wrap(e.stdout, e.tty.stdout), fences: fences{crossed: make(chan struct{}, 1)},
	}, nil
}

func (d *daemon) firstRoom() (engine.RoomPath, bool) {
	for _, s := range d.cfg.Sessions {
		if s.Adapter == "local" && s.Enabled && len(s.Rooms) > 0 {
			return engine.Path(s.Name, s.Rooms[0]), true
		}
	}
	return "", false
}

// run says what is typed until the input or ctx ends.
func (p *prompt) run(ctx context.Context) error {
	if err := p.enter(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		if !p.force { // the bot is there for others, too
			p.daemon.log.Warn("no prompt", slog.Any("err", err))
			return nil
		}
		return err
	}
	printing, stop := context.WithCancel(ctx)
	var printer sync.WaitGroup
	printer.Go(func() { p.print(printing) })
	defer printer.Wait()
	defer stop()
	if p.edit {
		return p.converse(ctx)
	}
	return p.feed(ctx)
}

// enter joins the room once the bot is there.
func (p *prompt) enter(ctx context.Context) error {
	select {
	case <-p.daemon.host.Ready():
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.daemon.host.WaitOnline(ctx, p.room); err != nil {
		return err
	}
	return p.join()
}

func (p *prompt) join() (err error) {
	_, room, _ := p.room.Split()
	p.user, err = p.daemon.hub.Room(room).Join(local.Visit{
		User: engine.User{Name: promptUser, Account: promptUser, Role: engine.Owner},
		Hear: p.inbox.Put,
	})
	return err
}

// say says a line, and comes back into the room first if somebody threw the user out.
func (p *prompt) say(line string) {
	_, err := p.user.Say(line)
	if engine.CodeOf(err) == engine.NotConnected {
		if err = p.join(); err == nil {
			_, err = p.user.Say(line)
		}
	}
	if err != nil {
		p.daemon.log.Warn("line was not said", slog.Any("err", err))
	}
}

// feed says the lines of the input one by one, each once the bot has dealt with the one
// before: nothing is lost however long the input, and conversations can be scripted.
func (p *prompt) feed(ctx context.Context) error {
	in := bufio.NewReader(p.daemon.app.env.stdin)
	err := p.each(ctx, func() (string, error) { return in.ReadString('\n') }, func(line string) {
		p.say(line)
		p.settle(ctx, lineTime, p.daemon.host.WaitQuiet)
	})
	if err == errDone {
		p.settle(ctx, endTime, p.daemon.host.WaitIdle)
	}
	return err
}

// each calls say with what read returns until that fails or ctx ends. The end of the
// input is errDone.
func (p *prompt) each(ctx context.Context, read func() (string, error), say func(string)) error {
	lines := make(chan string)
	ended := make(chan error, 1)
	go func() { ended <- pump(ctx, read, lines) }() // ends with the input, or with the process
	for {
		select {
		case line := <-lines:
			say(line)
		case err := <-ended:
			if err == io.EOF {
				return errDone
			}
			return fmt.Errorf("read the input: %w", err)
		case <-ctx.Done():
			return nil
		}
	}
}

// pump reads lines that are not blank.
func pump(ctx context.Context, read func() (string, error), lines chan<- string) error {
	for {
		line, err := read()
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			select {
			case lines <- line:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return err
		}
	}
}

// settle returns once the bot has reacted to what was said, and that is printed, or
// after a time.
func (p *prompt) settle(ctx context.Context, limit time.Duration, wait func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		before, err := p.fences.cross(ctx, p.user)
		if err == nil {
			err = wait(ctx)
		}
		var after uint64
		if err == nil {
			after, err = p.fences.cross(ctx, p.user)
		}
		if err != nil || after == before { // an error: it takes too long, or the user was thrown out
			return
		}
	}
}

// print shows what happens in the room until ctx ends.
func (p *prompt) print(ctx context.Context) {
	for {
		ev, err := p.inbox.Next(ctx)
		if err != nil {
			return
		}
		if ev.Self {
			p.fences.heard(&ev)
			continue
		}
		p.fences.others++
		if text := p.line(&ev); text != "" {
			io.WriteString(p.out, text)
		}
	}
}

// line is what is printed about an event, "" for nothing.
func (p *prompt) line(ev *engine.Event) string {
	if m, ok := ev.Body.(engine.Message); ok {
		return chatLine(p.paint, ev.User.Name, m)
	}
	if !p.edit || ev.Kind() == "users" || ev.Kind() == "connect" { // they greet whoever comes in
		return ""
	}
	return p.paint.paint(dim, "- "+describe(ev)) + "\n"
}
