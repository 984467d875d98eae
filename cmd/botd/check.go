package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/config"
	"botd/engine/host"
	"botd/luaapi"
)

func (a *app) checkCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "check [PATH]...",
		Short: "Check the configuration and the scripts",
		Long: `Checks the configuration, then loads scripts as the bot would, but without any effect on
the world, and reads them: for names that lead nowhere, functions, fields and options that do
not exist, arguments of the wrong type or missing, examples a command would refuse, commands
that two scripts have in one room, roles and groups that nobody has, calls that need a grant
the configuration does not give, and things that none of the networks can do whose rooms the
script sees. Entries of the configuration that are of no script and no plugin are told as
warnings. Each fault has its place and, if there is one, the likely cure; --json has them for editors. Paths are scripts or folders of scripts; the
default is the configured folder. No bot needs to run, and one that does is not disturbed.`,
		Example: `  botd check
  botd check scripts/hello.lua
  botd check -c /etc/botd.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd, args) },
	})
}

// findings is what check found, for programs.
type findings struct {
	Checked  int              `json:"checked"` // scripts
	Warnings []config.Problem `json:"warnings"`
	Problems []config.Problem `json:"problems"` // of the configuration; then nothing else was checked
	Faults   []*host.Fault    `json:"faults"`
}

func newFindings() findings { // programs like lists better than null
	return findings{Warnings: []config.Problem{}, Problems: []config.Problem{}, Faults: []*host.Fault{}}
}

func (a *app) check(cmd *cobra.Command, args []string) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return a.badConfig(err)
	}
	found := newFindings()
	found.Warnings = slices.Concat(found.Warnings, cfg.Warnings, host.Unclaimed(cfg))
	colour := style(a.env.colour(a.env.tty.stderr))
	faulty := map[string]bool{}
	report := func(f *host.Fault) {
		faulty[f.Script] = true
		found.Faults = append(found.Faults, f)
		if !a.json {
			writeFault(a.env.stderr, colour, f, "")
		}
	}
	if !a.json {
		for _, w := range found.Warnings {
			fmt.Fprintln(a.env.stderr, w)
		}
	}
	opt := host.Options{Config: cfg, Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New()}
	if found.Checked, err = host.Check(cmd.Context(), opt, args, report); err != nil {
		return a.badConfig(err)
	}
	if a.json {
		err = a.printJSON(found)
	} else if len(found.Faults) == 0 {
		fmt.Fprintf(a.env.stdout, "%s fine\n", scripts(found.Checked))
	} else {
		fmt.Fprintf(a.env.stderr, "%d of %s with faults\n", len(faulty), scripts(found.Checked))
	}
	if err == nil && len(found.Faults) > 0 {
		return failure{exitFailed}
	}
	return err
}

// badConfig shows the problems of a configuration to programs; people get the error.
func (a *app) badConfig(err error) error {
	var problems config.Problems
	if !a.json || !errors.As(err, &problems) {
		return err
	}
	found := newFindings()
	found.Problems = problems
	if err := a.printJSON(found); err != nil {
		return err
	}
	return failure{exitUsage}
}

func scripts(n int) string {
	if n == 1 {
		return "1 script"
	}
	return fmt.Sprintf("%d scripts", n)
}
