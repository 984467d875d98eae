package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/admin"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/script"
	"botd/luaapi"
)

func (a *app) runCommand() *cobra.Command {
	var prompt bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the bot",
		Long: `Runs the bot until SIGINT or SIGTERM asks it to stop; a second signal stops it at
once. Scripts and the configuration are read again when they change; SIGHUP reads
all of them again now.

In a terminal you are a user named 'you' in the first room of the local network: what
you type is said there, Ctrl-D stops the bot. If the input is no terminal it is
ignored, unless --prompt is given: then each line of it is said, and botd exits once
everything was answered. What others say is printed on the output as 'NAME> TEXT'; the
log is on the error output.`,
		Example: `  botd
  botd run -c /etc/botd.yaml
  printf '!ping\n' | botd run --prompt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), prompt) },
	}
	cmd.Flags().BoolVar(&prompt, "prompt", false, "say each line of the input, also if it is no terminal")
	return cmd
}

// daemon is a bot that runs in this process.
type daemon struct {
	app    *app
	cfg    *config.Config
	screen *screen
	log    *slog.Logger
	hub    *local.Hub
	host   *host.Host
}

func (a *app) run(ctx context.Context, forcePrompt bool) error {
	d, err := a.newDaemon()
	if err != nil {
		return err
	}
	p, err := d.newPrompt(forcePrompt)
	if err != nil {
		return err
	}
	if err := d.host.Prepare(); err != nil {
		return err
	}
	claim, err := admin.ClaimFolder(d.cfg.DataDir)
	if err != nil {
		return err
	}
	defer claim.Release()
	socket, err := claim.Listen()
	if err != nil {
		return err
	}
	defer socket.Close()
	return d.run(ctx, socket, p)
}

func (a *app) newDaemon() (*daemon, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	d := &daemon{app: a, cfg: cfg, screen: &screen{}, hub: local.NewHub(local.Options{})}
	stderr := d.screen.wrap(a.env.stderr, a.env.tty.stderr)
	level := &slog.LevelVar{}
	level.Set(cfg.Log.Level)
	opt := host.Options{
		Config: cfg, Reload: a.loadConfig, Adapters: adapters.All(d.hub), Library: luaapi.New(), Version: version(), Level: level,
	}
	if cfg.Log.Format == "json" {
		opt.Log = slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	} else {
		opt.Log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
		colour := style(a.env.colour(a.env.tty.stderr))
		opt.ShowError = func(e *script.Error) { writeFault(stderr, colour, e, d.after(e)) }
	}
	d.log = opt.Log
	for _, w := range cfg.Warnings {
		d.log.Warn("configuration", slog.String("warning", w.String()))
	}
	d.host, err = host.New(opt)
	return d, err
}

// after tells what became of a script that did not load.
func (d *daemon) after(e *script.Error) string {
	if !e.Load {
		return ""
	}
	for _, s := range d.host.Status().Scripts {
		if s.Name == e.Script && s.State == "broken" {
			return fmt.Sprintf("; generation %d serves on", s.Generation)
		}
	}
	return ""
}

// errDone ends the daemon without a fault.
var errDone = errors.New("done")

// run runs the parts until one of them ends: the host by a fault, the prompt by the end
// of its input, or the operator by a signal. A second signal leaves them behind.
func (d *daemon) run(ctx context.Context, socket net.Listener, p *prompt) error {
	sigs, stop := d.app.env.notify(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) // before anybody can know that it runs
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.host.Run(ctx) })
	g.Go(func() error { return d.serve(ctx, socket) })
	stopping := make(chan struct{})
	g.Go(func() error { return d.signals(ctx, sigs, stopping, g) })
	if p != nil {
		g.Go(func() error { return p.run(ctx) })
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Wait() }()
	select {
	case err := <-ended:
		return fine(err)
	case <-stopping:
	}
	select {
	case err := <-ended:
		return fine(err)
	case sig := <-sigs:
		d.log.Warn("stopped at once", slog.String("signal", sig.String()))
		return failure{exitFailed}
	}
}

func fine(err error) error {
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// serve answers operators from when the host can.
func (d *daemon) serve(ctx context.Context, socket net.Listener) error {
	select {
	case <-d.host.Ready():
	case <-ctx.Done():
		return nil
	}
	d.log.Info("botd runs", slog.String("version", version()), slog.String("socket", socket.Addr().String()))
	return admin.NewServer(d.host, d.log).Serve(ctx, socket)
}

// signals follows the wishes of the operator, and closes stopping at the one to stop.
// What takes longer runs in g.
func (d *daemon) signals(ctx context.Context, sigs <-chan os.Signal, stopping chan<- struct{}, g *errgroup.Group) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case sig := <-sigs:
			if sig != syscall.SIGHUP {
				d.log.Info("stopping", slog.String("signal", sig.String()))
				close(stopping)
				return errDone
			}
			d.log.Info("reading everything again", slog.String("signal", sig.String()))
			g.Go(func() error {
				select {
				case <-d.host.Ready():
					_ = d.host.Reload(ctx, "") // its faults have been shown
				case <-ctx.Done():
				}
				return nil
			})
		}
	}
}
