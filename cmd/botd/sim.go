package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"botd/adapters/hackchat/hackchattest"
	"botd/engine"
	"botd/engine/nearest"
)

// simulator is a chat server to play with, and a user in a room of it.
type simulator interface {
	http.Handler
	Say(text string)
	Close() // cuts all connections and waits for what it runs
}

// simulators by adapter. Each gets the room its user is in and where to print what
// happens.
var simulators = map[string]func(room string, print func(string)) (simulator, error){
	"hackchat":      hackchatSims(hackchattest.Gen2026),
	"hackchat-2025": hackchatSims(hackchattest.Gen2025),
	"hackchat-2020": hackchatSims(hackchattest.Gen2020),
	"hackchat-2018": hackchatSims(hackchattest.Gen2018),
	"hctv":          newHctvSim,
	"hackmud":       newHackmudSim,
	"hitbox":        newHitboxSim,
	"simplex":       newSimplexSim,
}

// guide is a simulator that says itself how to reach it.
type guide interface {
	Greeting(addr string) string
}

func (a *app) simCommand() *cobra.Command {
	var listen, room string
	names := slices.Sorted(maps.Keys(simulators))
	cmd := &cobra.Command{
		Use:   "sim ADAPTER",
		Short: "Run a simulator of a chat network",
		Long: `Serves a simulator of a network: a server for authors and tests that behaves like the
real one, its limits included. What its users do is printed; what you type is said by a
user named 'sim' in a room.

There are simulators for: ` + strings.Join(names, ", ") + `.`,
		Example: `  botd sim hackchat --listen 127.0.0.1:6060
  # and in config.yaml:
  #   sessions:
  #     - {name: hc, adapter: hackchat, rooms: [programming], settings: {url: "ws://127.0.0.1:6060", nick: botd}}
  botd sim hackmud --room trade
  #     - {name: hm, adapter: hackmud, rooms: [trade], settings: {url: "http://127.0.0.1:6060/mobile", token: SimulatorToken000000}}
  botd sim hctv --room lounge
  #     - {name: tv, adapter: hctv, rooms: [lounge], settings: {url: "ws://127.0.0.1:6060/ws", token: hctvb_00000000000000000000000000000001}}
  botd sim hitbox --room demo
  #     - {name: hb, adapter: hitbox, rooms: [demo], settings: {url: "http://127.0.0.1:6060", name: demo, password: demo-pass}}
  botd sim simplex --room team`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			make, ok := simulators[args[0]]
			if !ok {
				return engine.Errorf(engine.Invalid, "no simulator for %q%s", args[0], nearest.HintOrAll(args[0], names))
			}
			return a.sim(cmd.Context(), listen, room, make)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:6060", "`ADDRESS` to serve on; port 0 picks a free one")
	cmd.Flags().StringVar(&room, "room", "programming", "`ROOM` of the user that says what you type")
	return cmd
}

func (a *app) sim(ctx context.Context, listen, room string, make func(string, func(string)) (simulator, error)) error {
	ctx, cancel := a.untilSignal(ctx)
	defer cancel()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("serve the simulator: %w", err)
	}
	defer l.Close()
	s, err := make(room, func(line string) { fmt.Fprintln(a.env.stdout, line) })
	if err != nil {
		return err
	}
	defer s.Close()
	greeting := fmt.Sprintf("serving ws://%s", l.Addr())
	if g, ok := s.(guide); ok {
		greeting = g.Greeting(l.Addr().String())
	}
	fmt.Fprintln(a.env.stdout, greeting)
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { srv.Close() })()
	go sayLines(a.env.stdin, s) // ends with the input, or with the process
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func sayLines(in io.Reader, s simulator) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if text := lines.Text(); strings.TrimSpace(text) != "" {
			s.Say(text)
		}
	}
}
