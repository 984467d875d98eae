package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"botd/adapters/local"
	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/luaapi"
)

// localLine is a line of the input of a local process: who comes into the lobby, and what they
// say there, if anything.
type localLine struct{ Who, Text string }

// localProcess is a daemon in a process of its own, so that it can be killed, with a local network in
// which others speak as its input says.
func localProcess(path string) int {
	load := func() (*config.Config, error) { return config.Load(path, nil) }
	err := func() error {
		cfg, err := load()
		if err != nil {
			return err
		}
		hub := local.NewHub(local.Options{})
		h, err := host.New(host.Options{
			Config: cfg, Reload: load, Adapters: []engine.Adapter{local.Adapter(hub)}, Library: luaapi.New(), Version: "test",
			Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		})
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- h.Run(ctx) }()
		<-h.Ready()
		if err := h.WaitOnline(ctx, "net/lobby"); err != nil {
			return err
		}
		err = speak(hub.Room("lobby"), os.Stdin)
		cancel()
		if e := <-ended; err == nil {
			err = e
		}
		return err
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// speak has people speak until the input ends.
func speak(lobby *local.Room, input io.Reader) error {
	in := map[string]*local.Participant{}
	for lines := json.NewDecoder(input); ; {
		var l localLine
		switch err := lines.Decode(&l); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		p := in[l.Who]
		if p == nil || p.Room() == "" { // or was thrown out
			u := engine.User{Name: l.Who, Account: l.Who, Role: engine.Member}
			if l.Who == "mia" {
				u.Role = engine.Moderator
			}
			var err error
			if p, err = lobby.Join(local.Visit{User: u, Hear: func(engine.Event) {}}); err != nil {
				continue // banned
			}
			in[l.Who] = p
		}
		if l.Text != "" {
			_, _ = p.Say(l.Text) // muted
		}
	}
}
