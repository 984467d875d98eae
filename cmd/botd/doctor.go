package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine/admin"
	"botd/engine/doctor"
)

func (a *app) doctorCommand() *cobra.Command {
	network := false
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "doctor",
		Short: "Look whether the bot has what it needs",
		Long: `Looks at what the bot stands on: the configuration, the data folder and the room in it, the
store, who may read secrets, the clock, the limits of the process, entries of scripts that
there are not, and the sessions; with --network also whether their servers answer. Each line
says what is fine, or what to do. Nothing is changed, and a bot that runs is not disturbed.
The exit code is 1 if something is bad; warnings are not.`,
		Example: `  botd doctor
  botd doctor --network
  botd doctor --json | jq '.[] | select(.verdict != "fine")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return a.badConfig(err)
			}
			return a.showLines(doctor.Examine(cmd.Context(), doctor.Options{
				Config: cfg, Adapters: adapters.All(local.NewHub(local.Options{})), Now: a.env.now,
				Claim: claimed, Network: network, Resolve: net.DefaultResolver.LookupHost, Dial: new(net.Dialer).DialContext,
				Free: freeBytes, Files: openFiles,
			}))
		},
	})
	cmd.Flags().BoolVar(&network, "network", false, "look up the servers of sessions and connect to them")
	return cmd
}

func claimed(dataDir string) (release func(), err error) {
	c, err := admin.ClaimFolder(dataDir)
	if err != nil {
		return nil, err
	}
	return c.Release, nil
}

// showLines shows what a doctor found; it fails if something is bad.
func (a *app) showLines(lines []doctor.Line) error {
	s := style(a.env.colour(a.env.tty.stdout))
	colours := map[doctor.Verdict]string{doctor.Warn: amber, doctor.Bad: red}
	bad := false
	for _, l := range lines {
		bad = bad || l.Verdict == doctor.Bad
		if a.json {
			continue
		}
		verdict := fmt.Sprintf("%-7s", l.Verdict)
		if c := colours[l.Verdict]; c != "" {
			verdict = s.paint(c, verdict)
		}
		fmt.Fprintf(a.env.stdout, "%s  %s: %s\n", verdict, l.Check, printable(l.Text))
		if l.Cure != "" {
			fmt.Fprintf(a.env.stdout, "         %s\n", s.paint(dim, printable(l.Cure)))
		}
	}
	if a.json {
		if err := a.printJSON(lines); err != nil {
			return err
		}
	}
	if bad {
		return failure{exitFailed}
	}
	return nil
}
