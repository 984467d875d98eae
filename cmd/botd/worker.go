package main

import (
	"os"

	"github.com/spf13/cobra"

	"botd/engine/isolate"
	"botd/luaapi"
)

// workerCommand is what botd starts for a script that has a process of its own. People
// have no use for it.
func (a *app) workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "worker [SCRIPT]",
		Short:  "Run a script for the bot that started this process",
		Args:   cobra.MaximumNArgs(1), // the name is for lists of processes
		Hidden: true,
		Run:    func(*cobra.Command, []string) { os.Exit(isolate.Worker(luaapi.New())) },
	}
}
