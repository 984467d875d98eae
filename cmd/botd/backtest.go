package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine"
	"botd/engine/backtest"
	"botd/engine/chatlog"
	"botd/engine/config"
	"botd/engine/host"
	"botd/luaapi"
)

// trial is what to try on what.
type trial struct {
	logQuery
	rules    string // a script, a plugin, a file; "" is what is in force
	with     string // a file of settings
	window   string
	examples int
}

// moderationPlugin is what settings alone are for.
const moderationPlugin = "moderation"

func (a *app) backtestCommand() *cobra.Command {
	var t trial
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "backtest [RULES]",
		Short: "Try rules of moderation on the message log",
		Long: `Runs rules of moderation over the message log, as the bot would have, and compares what they hit with
what moderators did: what both saw, what nobody but the rules minded (perhaps false alarms), and what
the rules missed. Nothing is sent or stored, and a bot that runs is not disturbed.

RULES is the name of a script or plugin, with the settings of the configuration, or a path to one: the
rules that it puts in force when it is loaded are tried. --with tries other settings, from a YAML file of what would
stand under config. A YAML file alone is one of settings for the plugin moderation. Without RULES those
that are in force in the running bot are tried.

docs/message-log.md tells how to read the result.`,
		Example: `  botd backtest --since 30d
  botd backtest moderation --with stricter.yaml --room 'hc/*'
  botd backtest scripts/house.lua --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				t.rules = args[0]
			}
			return a.backtest(cmd.Context(), t)
		},
	})
	t.flags(a, cmd)
	cmd.Flags().Lookup("since").DefValue, t.since = "7d", "7d"
	cmd.Flags().StringVar(&t.with, "with", "", "try the settings of this YAML `FILE` instead of those of the configuration")
	cmd.Flags().StringVar(&t.window, "window", "10m", "how `LONG` after a line what is done to its author counts as being about it")
	cmd.Flags().IntVar(&t.examples, "examples", 5, "how many lines of each sort are quoted; 0 for none")
	cmd.ValidArgsFunction = a.completeFirst(scriptNames)
	return cmd
}

func (a *app) backtest(ctx context.Context, t trial) error {
	q, err := t.query(a.env.now())
	if err != nil {
		return err
	}
	window, ok := engine.ParseDuration(t.window)
	if !ok || window <= 0 || window > 24*time.Hour || t.examples < 0 {
		return engine.Errorf(engine.Invalid, "--window is a duration up to 24h such as 10m, and --examples a number of lines")
	}
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	rules, err := a.rulesToTry(ctx, cfg, t)
	if err != nil {
		if a.showFaults(err) {
			return failure{exitFailed}
		}
		return err
	}
	o := backtest.Options{Window: window, Examples: t.examples}
	if t.examples == 0 {
		o.Examples = -1
	}
	run, err := backtest.New(ctx, rules, o)
	if err != nil {
		return err
	}
	ctx, cancel := a.untilSignal(ctx)
	defer cancel()
	if a.env.tty.stderr && !a.json {
		q.Progress = a.progress
	}
	defer debug.SetGCPercent(debug.SetGCPercent(backtest.GCPercent))
	stats, err := chatlog.Read(ctx, host.MessagesDir(cfg.DataDir), q, func(e *chatlog.Entry) error { run.Take(e); return nil })
	if q.Progress != nil {
		fmt.Fprint(a.env.stderr, "\r\x1b[K")
	}
	if errors.Is(err, context.Canceled) {
		return engine.Errorf(engine.Cancelled, "stopped before the end of the log")
	}
	if err != nil {
		return err
	}
	if stats.Damaged > 0 {
		fmt.Fprintf(a.env.stderr, "botd: %d lines of the message log are damaged and left out\n", stats.Damaged)
	}
	r := run.Report()
	if a.json {
		return a.printJSON(r)
	}
	return a.writeTrial(r)
}

func (a *app) progress(done, total int64) {
	fmt.Fprintf(a.env.stderr, "\r%3d %% of the message log", 100*done/max(total, done, 1))
}

// rulesToTry are those in force, or those of a script.
func (a *app) rulesToTry(ctx context.Context, cfg *config.Config, t trial) ([]backtest.Rules, error) {
	if t.rules == "" && t.with == "" {
		c, err := a.client()
		if err != nil {
			return nil, err
		}
		rules, err := c.Rules(ctx)
		if engine.CodeOf(err) == engine.NotConnected {
			return nil, engine.Errorf(engine.Invalid, "no bot runs whose rules could be tried; name a script, a plugin or a file")
		}
		if err == nil && len(rules) == 0 {
			err = engine.Errorf(engine.Invalid, "no rules of moderation are in force; name a script, a plugin or a file to try")
		}
		return rules, err
	}
	name, with := t.rules, t.with
	if isYAML := slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)); name == "" || isYAML && with == "" {
		name, with = moderationPlugin, name+with
	}
	settings, err := readSettings(with)
	if err != nil {
		return nil, err
	}
	opt := host.Options{Config: cfg, Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New()}
	return host.RulesIn(ctx, opt, name, settings)
}

// readSettings reads what would stand under config; nil if there is no file.
func readSettings(file string) (map[string]any, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "read the settings: %w", err)
	}
	settings := map[string]any{}
	if err := yaml.Unmarshal(b, &settings); err != nil {
		return nil, engine.Errorf(engine.Invalid, "%s holds no settings: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return settings, nil
}

func (a *app) writeTrial(r *backtest.Report) error {
	out := a.env.stdout
	if r.Lines == 0 {
		fmt.Fprintln(out, "the message log has no lines in that time, in rooms that the rules are for")
		return nil
	}
	fmt.Fprintf(out, "%d lines from %s to %s, %d actions of moderators", r.Lines, when(r.From), when(r.To), r.Actions)
	if r.Unplaced > 0 {
		fmt.Fprintf(out, ", %d of them about nothing said within %s", r.Unplaced, strings.TrimSuffix(r.Window.String(), "0s"))
	}
	fmt.Fprint(out, "\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "LINES\tMODERATORS ACTED\tTAKEN BACK\tONLY THE BOT\tNOBODY\tALL\t")
	writeOutcomes(w, "the rules hit", r.Hit)
	writeOutcomes(w, "they do not", r.Pass)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	if n := r.Hit.Moderators + r.Pass.Moderators; n > 0 {
		fmt.Fprintf(out, "The rules hit %s of the lines that moderators acted on.\n", part(r.Hit.Moderators, n))
	}
	if n := r.Hit.All(); n > 0 {
		fmt.Fprintf(out, "Moderators acted on %s of the lines that the rules hit.\n", part(r.Hit.Moderators, n))
	}
	if r.Hit.Moderators > 0 {
		fmt.Fprintf(out, "Where both did, the rules are gentler %d times, the same %d times and harsher %d times.\n", r.Steps.Gentler, r.Steps.Same, r.Steps.Harsher)
	}
	if err := a.writeRules(r.Rules); err != nil {
		return err
	}
	a.writeExamples(r)
	return nil
}

func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func part(n, of int) string {
	return fmt.Sprintf("%.0f %% (%d of %d)", 100*float64(n)/float64(of), n, of)
}

func writeOutcomes(w *tabwriter.Writer, name string, o backtest.Outcomes) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", name, o.Moderators, o.TakenBack, o.Bot, o.Nobody, o.All())
}

func (a *app) writeRules(rules []*backtest.RuleReport) error {
	fmt.Fprintln(a.env.stdout)
	w := tabwriter.NewWriter(a.env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tHITS\tMODERATORS\tTAKEN BACK\tBOT\tNOBODY\tSTEPS")
	for _, r := range rules {
		var steps []string
		for _, s := range r.StepNames() {
			steps = append(steps, fmt.Sprintf("%s ×%d", s, r.Steps[s]))
		}
		h := r.Hits
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", ruleName(r), h.All(), h.Moderators, h.TakenBack, h.Bot, h.Nobody, cmp.Or(strings.Join(steps, ", "), "-"))
	}
	return w.Flush()
}

func ruleName(r *backtest.RuleReport) string {
	return printable(fmt.Sprintf("%s %d %s", r.Rules, r.Rule, r.Kind))
}

func (a *app) writeExamples(r *backtest.Report) {
	out, s := a.env.stdout, style(a.env.colour(a.env.tty.stdout))
	quote := func(x backtest.Example, more string) {
		text := strings.ReplaceAll(printable(x.Text), "\n", " ")
		fmt.Fprintf(out, "  %s %s %s\n", s.paint(dim, when(x.At)+" "+printable(string(x.Room))), s.paint(cyan, printable(x.User)+">")+" "+text, s.paint(dim, "["+printable(more)+"]"))
	}
	title := "\nHits that no moderator acted on, perhaps false alarms:\n"
	for _, rule := range r.Rules {
		for _, x := range rule.Alarms {
			fmt.Fprint(out, title)
			title = ""
			quote(x, ruleName(rule)+": "+x.Detail+", "+x.Step)
		}
	}
	if len(r.Misses) > 0 {
		fmt.Fprint(out, "\nLines that moderators acted on and no rule hits:\n")
	}
	for _, x := range r.Misses {
		more := x.Done
		if x.By != "" {
			more += " by " + x.By
		}
		quote(x, more+because(x.Reason))
	}
}
