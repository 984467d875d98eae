package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/host"
	"botd/engine/script"
	"botd/engine/supervisor"
)

func (a *app) statusCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "status",
		Short: "Show what the running bot is doing",
		Long: `Shows the sessions and scripts of the bot that runs with the data folder of the
configuration: their states, what waits in queues, and what was dropped and why.`,
		Example: `  botd status
  botd status --json | jq '.scripts[] | select(.state != "running")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			st, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(st)
			}
			return writeStatus(a.env.stdout, st, a.env.now())
		},
	})
}

func writeStatus(out io.Writer, st host.Status, now time.Time) error {
	var events uint64
	for n := range maps.Values(st.Events) {
		events += n
	}
	fmt.Fprintf(out, "botd %s, process %d, up %s, %d events\n\n", st.Version, st.PID, since(st.Uptime), events)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SESSION\tADAPTER\tSTATE\tROOMS\tSINCE\tRETRY\tQUEUED\tDROPPED\t")
	for _, s := range st.Sessions {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t\n", s.Session, s.Adapter, s.State, rooms(s), since(now.Sub(s.Since)), retry(s, now), queued(s), drops(s))
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "SCRIPT\tSTATE\tGEN\tHANDLED\tERRORS\tQUEUED\tWAITING\tDROPPED\t")
	for _, s := range st.Scripts {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.Name, s.State, s.Generation, s.Handled, s.Errors, s.Queued, s.Waiting, s.Dropped)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	writeProblems(out, st)
	return nil
}

// writeProblems adds what needs more room than a table has.
func writeProblems(out io.Writer, st host.Status) {
	for _, s := range st.Sessions {
		if s.Err != "" {
			fmt.Fprintf(out, "\n%s: %s\n", s.Session, printable(s.Err))
		}
		for _, r := range s.Rooms {
			if g := r.Gaps; g.Count > 0 {
				fmt.Fprintf(out, "\n%s: messages may be missing from %s to %s, the last of %d such times since botd started\n",
					engine.Path(s.Session, r.Room), g.Last.From.Local().Format(time.DateTime), g.Last.To.Local().Format(time.DateTime), g.Count)
			}
		}
	}
	for _, s := range st.Scripts {
		if s.Problem != "" {
			fmt.Fprintf(out, "\n%s %s: %s\n", s.Name, explain(s), printable(s.Problem))
		}
	}
}

func explain(s script.Status) string {
	switch s.State {
	case "broken":
		return fmt.Sprintf("(generation %d serves on)", s.Generation)
	case "suspended":
		return "(until " + s.Until.Local().Format(time.TimeOnly) + ")"
	}
	return "(not running)"
}

// rooms lists the rooms of a session; those in another state than it with theirs.
func rooms(s supervisor.Status) string {
	var list []string
	for _, r := range s.Rooms {
		name := printable(string(r.Room))
		if r.State != s.State {
			name += " (" + string(r.State) + ")"
		}
		list = append(list, name)
	}
	return cmp.Or(strings.Join(list, ", "), "-")
}

func retry(s supervisor.Status, now time.Time) string {
	if s.Retry.IsZero() {
		return "-"
	}
	return fmt.Sprintf("in %s (attempt %d)", since(max(0, s.Retry.Sub(now))), s.Attempts+1)
}

func queued(s supervisor.Status) (n int) {
	for _, of := range s.Outbox.Queued {
		n += of
	}
	return n + s.Outbox.InFlight
}

func drops(s supervisor.Status) string {
	var list []string
	for _, why := range slices.Sorted(maps.Keys(s.Outbox.Dropped)) {
		list = append(list, fmt.Sprintf("%d %s", s.Outbox.Dropped[why], why))
	}
	return cmp.Or(strings.Join(list, ", "), "0")
}

// since is a duration in the two largest units that it has.
func since(d time.Duration) string {
	switch {
	case d < time.Second:
		return "0s"
	case d < time.Minute:
		return d.Truncate(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
