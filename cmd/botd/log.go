package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/chatlog"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/moderate"
)

// logQuery is what of the message log is wanted, as people write it.
type logQuery struct {
	rooms              []string
	user, since, until string
	limit              int
}

// flags adds those that select entries by where and when they were.
func (q *logQuery) flags(a *app, cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&q.rooms, "room", nil, "only rooms that match the `PATTERN`, as in 'hc/*'; may be given several times")
	cmd.Flags().StringVar(&q.since, "since", "", "only from then on: a `TIME` such as 2026-11-22 or \"2026-11-22 18:30\", or how long ago, as in 90m or 7d")
	cmd.Flags().StringVar(&q.until, "until", "", "only before that `TIME`, likewise")
	a.complete(cmd, "room", roomNames)
}

// query is the question to ask; errors have code Invalid.
func (q *logQuery) query(now time.Time) (out chatlog.Query, err error) {
	out.User, out.Limit = q.user, q.limit
	if q.limit < 0 {
		return out, engine.Errorf(engine.Invalid, "--limit is 0 for all, or a number of lines")
	}
	for _, room := range q.rooms {
		g, err := engine.ParseRoomGlob(room)
		if err != nil {
			return out, err
		}
		out.Rooms = append(out.Rooms, g)
	}
	if out.Since, err = timeAgo(q.since, "since", now); err == nil {
		out.Until, err = timeAgo(q.until, "until", now)
	}
	return out, err
}

// timeLayouts are how a time may be written.
var timeLayouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly}

// timeAgo reads a time, or how long ago it was.
func timeAgo(s, flag string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, ok := engine.ParseDuration(s); ok && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, engine.Errorf(engine.Invalid, "--%s: %q is no time such as 2026-11-22 or \"2026-11-22 18:30\", and no duration such as 90m or 7d", flag, s)
}

// usualLimit is how many lines are shown if nobody says.
const usualLimit = 100

func (a *app) logCommand() *cobra.Command {
	var q logQuery
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "log",
		Short: "Show what was said in rooms, and what was done about it",
		Long: `Shows the message log: what people and the bot said, and what moderators and the bot did about
it, the latest last. It is read from the data folder, whether the bot runs or not; what was said
within the last second may not be there yet. The part messages of the configuration says what is kept
and for how long; docs/message-log.md describes it.

USER in --user is a name, an ID, an account or a trip; their lines are shown and what was done to them.
With --json each line is one object.`,
		Example: `  botd log
  botd log --room 'hc/*' --user eve --since 2d
  botd log --since 2026-11-01 --until 2026-12-01 --limit 0 --json > november.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.showLog(cmd.Context(), q) },
	})
	q.flags(a, cmd)
	cmd.Flags().StringVar(&q.user, "user", "", "only what is of the `USER`, or about them")
	cmd.Flags().IntVar(&q.limit, "limit", usualLimit, "at most so many lines, the latest; 0 for all")
	cmd.AddCommand(a.forgetCommand())
	return cmd
}

func (a *app) showLog(ctx context.Context, q logQuery) error {
	what, err := q.query(a.env.now())
	if err != nil {
		return err
	}
	dir, err := config.DataDir(a.configFile, a.env.environ)
	if err != nil {
		return asUsage(err)
	}
	out := bufio.NewWriter(a.env.stdout)
	show := entryLines(out, style(a.env.colour(a.env.tty.stdout)))
	if a.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		show = func(e *chatlog.Entry) error { return enc.Encode(e) }
	}
	stats, err := chatlog.Read(ctx, host.MessagesDir(dir), what, show)
	if err == nil {
		err = out.Flush()
	}
	if err == nil && stats.Damaged > 0 {
		fmt.Fprintf(a.env.stderr, "botd: %d lines of the message log are damaged and left out\n", stats.Damaged)
	}
	return err
}

// entryLines returns what writes entries for people to read.
func entryLines(out io.Writer, s style) func(*chatlog.Entry) error {
	return func(e *chatlog.Entry) error {
		_, err := fmt.Fprintf(out, "%s %s\n", s.paint(dim, e.At.Local().Format(time.DateTime)+" "+printable(string(e.Where()))), entryText(s, e))
		return err
	}
}

func entryText(s style, e *chatlog.Entry) string {
	ev := e.Event()
	if ev == nil {
		return strings.ReplaceAll(printable(caseText(e)), "\n", "\n    ")
	}
	switch b := ev.Body.(type) {
	case engine.Message:
		return strings.ReplaceAll(strings.TrimSuffix(chatLine(s, userName(ev.User), b), "\n"), "\n", "\n    ")
	case engine.Deleted:
		if b.Author.Ref() != (engine.UserRef{}) {
			return strings.ReplaceAll(printable(userName(ev.User)+" deleted a message of "+userName(b.Author)+because(b.Reason)), "\n", "\n    ")
		}
	}
	return describe(ev)
}

// caseText says what the bot did, and for whom.
func caseText(e *chatlog.Entry) string {
	whom := "somebody"
	if e.Target != nil {
		whom = userName(*e.Target)
	}
	if e.Status == moderate.Undone {
		return fmt.Sprintf("case %s about %s was taken back by %s", e.Case, whom, cmp.Or(e.Person, "script "+e.Script))
	}
	by := "script " + e.Script
	switch {
	case e.Person != "":
		by = e.Person
	case e.Rules != "":
		by = fmt.Sprintf("rule %d of %s", e.Rule, e.Rules)
	}
	return fmt.Sprintf("case %s: %s %s%s by %s%s", e.Case, e.Step, whom, lasting(e.Length), by, because(e.Reason))
}

func (a *app) forgetCommand() *cobra.Command {
	var q logQuery
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "forget [USER]",
		Short: "Forget what somebody said and what was done about them, or what was said in a room",
		Long: `Removes all lines of a user, and those about what was done to them, from the message log, and takes
them out of the cases of moderation: names, IDs and what was said are replaced, while number, rule, step and time of a case
stay. Such a case cannot be undone any more. Their standings on ladders and their permits end. All of it at once,
while the bot runs or not. USER is a name, an ID, an account or a trip; whoever else has
that name is forgotten as well, so look first with 'botd log --user USER'. With --room only in those
rooms, or all that was in them if no user is named; with --since and --until only then. Standings and permits
are those of a user everywhere, so they stay with any of these.

It does not reach what others said about them, roles, groups and links of people, votes and entries, what scripts keep,
and backups and other copies: docs/message-log.md says what to do about these.`,
		Example: `  botd log forget eve
  botd log forget AbC123 --room 'hc/*'
  botd log forget --room hc/private`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				q.user = args[0]
			}
			return a.forget(cmd.Context(), q)
		},
	})
	q.flags(a, cmd)
	return cmd
}

func (a *app) forget(ctx context.Context, q logQuery) error {
	what, err := q.query(a.env.now())
	if err != nil {
		return err
	}
	if what.User == "" && len(what.Rooms) == 0 {
		return engine.Errorf(engine.Invalid, "whom to forget is missing: name a user, or rooms with --room")
	}
	gone, err := a.forgetIn(ctx, what)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(gone)
	}
	fmt.Fprintf(a.env.stdout, "%d lines removed\n", gone.Lines)
	if gone.Cases > 0 {
		fmt.Fprintf(a.env.stdout, "cases that no longer tell who it was: %d\n", gone.Cases)
	}
	if gone.Facts > 0 {
		fmt.Fprintf(a.env.stdout, "standings and permits that have ended: %d\n", gone.Facts)
	}
	return nil
}

// forgetIn has the daemon do it, which writes the log, or does it if none runs.
func (a *app) forgetIn(ctx context.Context, q chatlog.Query) (none host.Forgotten, err error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return none, err
	}
	if _, err := os.Stat(cfg.DataDir); errors.Is(err, fs.ErrNotExist) {
		return none, nil // nothing was ever kept
	}
	claim, err := admin.ClaimFolder(cfg.DataDir)
	if engine.CodeOf(err) == engine.Conflict {
		return admin.NewClient(cfg.DataDir).Forget(ctx, q)
	}
	if err != nil {
		return none, err
	}
	defer claim.Release()
	return host.ForgetOffline(ctx, cfg, q)
}
