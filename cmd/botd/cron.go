package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/schedule"
)

func (a *app) cronCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cron",
		Short: "Show and try what scripts have scheduled",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(a.cronListCommand(), a.cronNextCommand(), a.cronRunCommand())
	return cmd
}

func (a *app) cronListCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "list",
		Short: "List the scheduled entries of the running bot",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			list, err := c.Cron(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(list)
			}
			return a.writeEntries(list)
		},
	})
}

func (a *app) writeEntries(list []schedule.Info) error {
	w := tabwriter.NewWriter(a.env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCRIPT\tID\tSPEC\tZONE\tNEXT\tLAST\tSTATE\t")
	for _, e := range list {
		state := "waiting"
		switch {
		case e.Running > 0:
			state = fmt.Sprintf("running (%d)", e.Running)
		case e.Paused:
			state = "paused"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", e.Script, printable(e.ID), printable(e.Spec), e.Zone, moment(e.Next, e.Zone), moment(e.Last, e.Zone), state)
	}
	return w.Flush()
}

// moment is a time as the clocks of a zone show it.
func moment(t time.Time, zone string) string {
	if t.IsZero() {
		return "-"
	}
	if z, err := time.LoadLocation(zone); err == nil {
		t = t.In(z)
	}
	return t.Format("2006-01-02 15:04:05")
}

func (a *app) cronNextCommand() *cobra.Command {
	var zone, dst string
	var count int
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "next SPEC",
		Short: "Show when a spec is due next",
		Long: `Shows the next times of a spec as scripts write it for cron.at: "minute hour day month
weekday", six fields with the second before them, "@daily" and its like, or "@every 5m".
No bot need run.`,
		Example: `  botd cron next "0 9 * * 1-5" --tz Europe/Rome
  botd cron next "30 2 * * *" --tz Europe/Rome --dst shift --count 3`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.cronNext(strings.Join(args, " "), zone, schedule.DST(dst), count)
		},
	})
	cmd.Flags().StringVar(&zone, "tz", "UTC", "time `ZONE` of the spec, such as Europe/Rome")
	cmd.Flags().StringVar(&dst, "dst", string(schedule.Once), "`RULE` for times that the clock skips: once, skip or shift")
	cmd.Flags().IntVarP(&count, "count", "n", 5, "how many times")
	return cmd
}

// maxCount bounds what nobody reads.
const maxCount = 10_000

func (a *app) cronNext(text, zone string, dst schedule.DST, count int) error {
	spec, err := schedule.Parse(text)
	if err != nil {
		return err
	}
	z, err := time.LoadLocation(cmp.Or(zone, "UTC"))
	if err != nil {
		return engine.Errorf(engine.Invalid, "no time zone %q; names are as in Europe/Rome", zone)
	}
	if dst != schedule.Once && dst != schedule.Skip && dst != schedule.Shift {
		return engine.Errorf(engine.Invalid, "no rule %q; there are %s", dst, strings.Join(dst.Values(), ", "))
	}
	if count < 1 || count > maxCount {
		return engine.Errorf(engine.Invalid, "--count is from 1 to %d, not %d", maxCount, count)
	}
	table := schedule.Timetable{Spec: spec, Zone: z, DST: dst}
	times := []time.Time{}
	for t := table.Next(a.env.now()); !t.IsZero() && len(times) < count; t = table.Next(t) {
		times = append(times, t)
	}
	if a.json {
		return a.printJSON(times)
	}
	for _, t := range times {
		fmt.Fprintln(a.env.stdout, t.In(z).Format("Mon 2006-01-02 15:04:05 -07:00"))
	}
	return nil
}

func (a *app) cronRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run SCRIPT ID",
		Short: "Run a scheduled entry now",
		Long: `Has the running bot run an entry now, beside its times and whether it is paused or not.
'botd cron list' shows the IDs. It does not wait for the end of the run; faults in it are
in the log of the bot and in 'botd tail'.`,
		Example: `  botd cron run announce standup`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			if err := c.CronRun(cmd.Context(), args[0], args[1]); err != nil {
				return err
			}
			fmt.Fprintf(a.env.stdout, "%s of %s runs\n", args[1], args[0])
			return nil
		},
	}
	cmd.ValidArgsFunction = a.completeFirst(scriptNames)
	return cmd
}
