package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/host"
)

// completionTime is how long a shell waits for names from the daemon.
const completionTime = time.Second

// names asks the daemon, if one runs, for what can stand on the command line.
func (a *app) names(ctx context.Context, pick func(host.Status) []string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	c, err := a.client()
	if err != nil {
		return nil
	}
	st, err := c.Status(ctx)
	if err != nil {
		st = host.Status{} // what needs no daemon is there all the same
	}
	return pick(st)
}

// complete has the values of a flag completed.
func (a *app) complete(cmd *cobra.Command, flag string, pick func(host.Status) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.names(cmd.Context(), pick), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // there is no such flag
	}
}

// completeFirst has the first argument completed.
func (a *app) completeFirst(pick func(host.Status) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.names(cmd.Context(), pick), cobra.ShellCompDirectiveNoFileComp
	}
}

func scriptNames(st host.Status) (out []string) {
	for _, s := range st.Scripts {
		out = append(out, s.Name)
	}
	return out
}

func roomNames(st host.Status) (out []string) {
	for _, s := range st.Sessions {
		for _, r := range s.Rooms {
			out = append(out, string(engine.Path(s.Session, r.Room)))
		}
	}
	return out
}
