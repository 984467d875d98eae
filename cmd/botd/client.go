package main

import (
	"context"
	"encoding/json"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"botd/engine/admin"
	"botd/engine/config"
	"botd/engine/host"
)

// client talks to the daemon that has the data folder of the configuration.
func (a *app) client() (*admin.Client, error) {
	dir, err := config.DataDir(a.configFile, a.env.environ)
	if err != nil {
		return nil, asUsage(err)
	}
	return admin.NewClient(dir), nil
}

// jsonFlag gives a command output for programs.
func (a *app) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.env.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// untilSignal returns a context that ends when the user has seen enough.
func (a *app) untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	c, stop := a.env.notify(os.Interrupt, syscall.SIGTERM)
	go func() {
		defer stop()
		select {
		case <-c:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// showFaults shows the faults of scripts that err consists of; false if it has none.
func (a *app) showFaults(err error) bool {
	faults := host.FaultsOf(err)
	for _, f := range faults {
		writeFault(a.env.stderr, style(a.env.colour(a.env.tty.stderr)), f, "")
	}
	return len(faults) > 0
}
