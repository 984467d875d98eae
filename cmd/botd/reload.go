package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"botd/engine/host"
)

func (a *app) reloadCommand() *cobra.Command {
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "reload [SCRIPT]",
		Short: "Load scripts again",
		Long: `Has the running bot load a script again, or the configuration and all scripts, and waits
for the outcome. A script with a fault changes nothing: the version that runs serves on.

There is seldom need for it, because the bot notices saved files by itself; but it starts
timers and state of a script anew without a change, and works where changes of files are
not seen.`,
		Example: `  botd reload
  botd reload hello`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.reloaded(name, c.Reload(cmd.Context(), name))
		},
	})
	cmd.ValidArgsFunction = a.completeFirst(scriptNames)
	return cmd
}

// reloaded shows the outcome.
func (a *app) reloaded(name string, err error) error {
	if faults := host.FaultsOf(err); a.json && (err == nil || len(faults) > 0) {
		if err := a.printJSON(struct {
			Faults []*host.Fault `json:"faults"`
		}{append([]*host.Fault{}, faults...)}); err != nil {
			return err
		}
	} else if err == nil {
		if name == "" {
			name = "everything"
		}
		fmt.Fprintln(a.env.stdout, "reloaded", name)
	} else if !a.showFaults(err) {
		return err
	}
	if err != nil {
		return failure{exitFailed}
	}
	return nil
}
