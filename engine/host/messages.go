package host

import (
	"context"
	"path/filepath"

	"botd/engine"
	"botd/engine/chatlog"
	"botd/engine/config"
	"botd/engine/moderate"
)

// MessagesDir is the folder of the message log in a data folder. Anybody who may can read
// it, see [chatlog.Read].
func MessagesDir(dataDir string) string { return filepath.Join(dataDir, "messages") }

// messagePolicy is what a configuration says about the message log.
func messagePolicy(cfg *config.Config) chatlog.Policy {
	m := cfg.Messages
	p := chatlog.Policy{On: m.Enabled, Keep: m.Keep, Size: int64(m.Size), Private: m.Private}
	for _, r := range m.Rooms {
		if g, err := engine.ParseRoomGlob(r.Room); err == nil { // it has been checked
			p.Rooms = append(p.Rooms, chatlog.RoomPolicy{Rooms: g, On: r.Enabled})
		}
	}
	return p
}

// openMessages opens the message log, which is written until the returned function is
// called. Who has no use for files has none.
func (h *Host) openMessages(ctx context.Context) (closeLog func(), err error) {
	if h.opt.Store != nil {
		return func() {}, nil
	}
	l, err := chatlog.Open(chatlog.Options{Dir: MessagesDir(h.opt.Config.DataDir), Clock: h.opt.Clock, Log: h.log}, messagePolicy(h.opt.Config))
	if err != nil {
		return nil, err
	}
	h.messages.Store(l)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(running) }()
	return func() { stop(); <-ended }, nil
}

func (h *Host) keepMessage(ev *engine.Event) {
	if l := h.messages.Load(); l != nil {
		l.Hear(ev)
	}
}

func (h *Host) noteCase(c moderate.Case) {
	if l := h.messages.Load(); l != nil {
		l.Note(c)
	}
}
