package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/host"
	"botd/engine/trace"
)

// listedEvents is how many events can be chosen from.
const listedEvents = 20

func (a *app) whyCommand() *cobra.Command {
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "why [EVENT_ID]",
		Short: "Tell what became of an event, and why nothing did",
		Long: `Tells of an event which scripts saw it, what kept which handler from it (a filter, a role,
a cooldown, a grant, a limit), how long it waited and ran, what was sent because of it, and
how the network confirmed that. 'botd tail' and the reports of faults show the IDs of events;
without one the latest events are listed. Some thousand events are remembered.

With --json the reason is one of these words:
` + reasonList(),
		Example: `  botd why
  botd why mi2h3x7k000000c
  botd why --json mi2h3x7k000000c | jq -r .reason`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				list, err := c.Latest(cmd.Context(), listedEvents)
				if err != nil {
					return err
				}
				return a.latest(list)
			}
			w, err := c.Why(cmd.Context(), engine.EventID(args[0]))
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(w)
			}
			_, err = fmt.Fprint(a.env.stdout, wayText(style(a.env.colour(a.env.tty.stdout)), w))
			return err
		},
	})
	cmd.ValidArgsFunction = a.completeEvents
	return cmd
}

// reasonList is all reasons with what they mean.
func reasonList() string {
	var b strings.Builder
	for _, r := range trace.Reasons() {
		fmt.Fprintf(&b, "  %-16s %s\n", r, r.Means())
	}
	return b.String()
}

// latest lists events for those who look for an ID.
func (a *app) latest(list []*engine.Event) error {
	if a.json {
		return a.printJSON(list)
	}
	show := a.tailLines()
	for _, ev := range list {
		if err := show(admin.Record{Event: ev}); err != nil {
			return err
		}
	}
	return nil
}

// completeEvents offers the latest events.
func (a *app) completeEvents(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	c, err := a.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, _ := c.Latest(ctx, listedEvents) // without a bot there is nothing to offer
	var out []string
	for _, ev := range list {
		out = append(out, string(ev.ID)+"\t"+oneLine(ev))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// oneLine is what happened as far as it fits beside an ID.
func oneLine(ev *engine.Event) string {
	text := describe(ev)
	if m, ok := ev.Body.(engine.Message); ok {
		text = printable(userName(ev.User) + ": " + m.Text)
	}
	line, _, _ := strings.Cut(text, "\n")
	if r := []rune(line); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return line
}

// wayText tells people what became of an event.
func wayText(s style, w host.Way) string {
	var b strings.Builder
	writeEvent(&b, s, w.Event)
	verdict := "something came of it"
	if w.Reason != "" {
		verdict = "nothing came of it: " + explained(w.Reason, w.Text)
		if w.Script != "" {
			verdict += " (" + w.Script + ")"
		}
	}
	b.WriteString(s.paint(bold, printable(verdict)) + "\n")
	for _, f := range w.Filters {
		line := explained(f.Reason, f.Text)
		if f.Became != "" {
			line += fmt.Sprintf(": %q", f.Became)
		}
		b.WriteString("  " + printable(line) + "\n")
	}
	for _, sw := range w.Scripts {
		writeScriptWay(&b, s, sw)
	}
	if w.Omitted > 0 {
		fmt.Fprintf(&b, "%d more steps were too many to remember\n", w.Omitted)
	}
	return b.String()
}

// explained is a reason with what there is more to say.
func explained(r trace.Reason, text string) string {
	if text == "" {
		return r.Means()
	}
	if r == trace.Cooldown || r == trace.Usage || r == trace.HandlerError || r == trace.Limit {
		return strings.ReplaceAll(string(r), "_", " ") + ": " + text
	}
	return r.Means() + ": " + text
}

func writeScriptWay(b *strings.Builder, s style, w host.ScriptWay) {
	title := w.Script
	if w.State != "" && w.State != "running" {
		title += " (" + w.State + ")"
	}
	b.WriteString("\n" + s.paint(bold, printable(title)))
	if len(w.Handlers)+len(w.Actions) == 0 && w.Reason != "" {
		b.WriteString("  " + printable(explained(w.Reason, w.Text)))
	}
	b.WriteByte('\n')
	for _, h := range w.Handlers {
		fmt.Fprintf(b, "  %s  %s\n", printable(h.Handler), printable(handlerText(h)))
	}
	for _, a := range w.Actions {
		fmt.Fprintf(b, "  %s  %s\n", printable(strings.TrimSpace("-> "+a.Action+" "+string(a.Room))), printable(actionText(a)))
	}
	if w.Note != "" {
		b.WriteString("  " + s.paint(dim, printable(w.Note)) + "\n")
	}
}

// handlerText says whether a handler was called, how long that took, and what was wrong.
func handlerText(h trace.Step) string {
	var parts []string
	if h.Ended {
		parts = append(parts, "ran "+short(h.Ran))
		if h.Queued > 0 {
			parts = append(parts, "after "+short(h.Queued)+" in the mailbox")
		}
		if h.Waited > 0 {
			parts = append(parts, "waited "+short(h.Waited))
		}
	}
	if h.Reason != "" {
		parts = append(parts, explained(h.Reason, h.Text))
	}
	return strings.Join(parts, ", ")
}

// actionText says how an action ended and how long it was held back.
func actionText(a trace.Step) string {
	text := cmp.Or(string(a.Status), "no answer yet")
	if a.Queued > 0 {
		text += ", held back for " + short(a.Queued)
	}
	if a.Reason != "" {
		text += ", " + explained(a.Reason, a.Text)
	}
	return text
}

// short is a time with three digits at most.
func short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}
