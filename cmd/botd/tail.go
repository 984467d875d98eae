package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/host"
	"botd/engine/nearest"
)

func (a *app) tailCommand() *cobra.Command {
	var f admin.Filter
	var kinds []string
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "tail",
		Short: "Show what happens, as it happens",
		Long: `Shows events of all rooms, what scripts log, and their faults, until you press Ctrl-C or
the bot stops. The filters narrow that down; with several of them a line must fit all.
Lines of a script's log have the kind log, faults the kind error, and neither has a room.
Behind the time stands the ID of the event: 'botd why ID' tells what became of it.

With --json each line is one object: {"event": …}, {"note": …} or {"dropped": n}.`,
		Example: `  botd tail
  botd tail --kind message,join --room 'hc/*'
  botd tail --script hello
  botd tail --json --kind message | jq -r .event.body.text`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, k := range kinds {
				if err := checkKind(k); err != nil {
					return err
				}
				f.Kinds = append(f.Kinds, engine.Kind(k))
			}
			return a.tail(cmd, f)
		},
	})
	cmd.Flags().StringSliceVar(&kinds, "kind", nil, "only these `KINDS` of events, as scripts name them")
	cmd.Flags().StringVar(&f.Room, "room", "", "only rooms that match the `PATTERN`, as in 'hc/*'")
	cmd.Flags().StringVar(&f.Script, "script", "", "only what the script `NAME` logs, emits or gets wrong")
	a.complete(cmd, "kind", func(host.Status) []string { return knownKinds() })
	a.complete(cmd, "room", roomNames)
	a.complete(cmd, "script", scriptNames)
	return cmd
}

func (a *app) tail(cmd *cobra.Command, f admin.Filter) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	ctx, cancel := a.untilSignal(cmd.Context())
	defer cancel()
	show := a.tailLines()
	if a.json {
		enc := json.NewEncoder(a.env.stdout)
		enc.SetEscapeHTML(false)
		show = func(r admin.Record) error { return enc.Encode(r) }
	}
	follow, err := c.Follow(ctx, f)
	if err == nil {
		fmt.Fprintln(a.env.stderr, "listening, Ctrl-C ends it")
		err = follow(show)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	if err == nil {
		fmt.Fprintln(a.env.stderr, "botd has stopped")
	}
	return err
}

func knownKinds() []string {
	kinds := []string{string(admin.KindLog)}
	for _, b := range engine.Bodies() {
		if k := b.Kind(); k != "" {
			kinds = append(kinds, string(k))
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// checkKind refuses what is likely a slip of the pen; scripts may have kinds of their own.
func checkKind(k string) error {
	known := knownKinds()
	if slices.Contains(known, k) {
		return nil
	}
	if hint := nearest.Hint(k, known); hint != "" {
		return engine.Errorf(engine.Invalid, "no kind of event %q%s", k, hint)
	}
	return nil
}

// tailLines returns what writes records for people to read.
func (a *app) tailLines() func(admin.Record) error {
	out, s := a.env.stdout, style(a.env.colour(a.env.tty.stdout))
	return func(r admin.Record) error {
		var b strings.Builder
		switch {
		case r.Event != nil:
			writeEvent(&b, s, r.Event)
		case r.Note != nil && r.Note.Error != nil:
			b.WriteString(s.paint(dim, clock(r.Note.At)) + " ")
			writeFault(&b, s, r.Note.Error, "")
		case r.Note != nil:
			writeNote(&b, s, r.Note)
		default:
			b.WriteString(s.paint(amber, fmt.Sprintf("%d lines are missing: they came faster than they could be shown", r.Dropped)) + "\n")
		}
		_, err := io.WriteString(out, b.String())
		return err
	}
}

func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }

func writeEvent(b *strings.Builder, s style, ev *engine.Event) {
	where := cmp.Or(string(ev.Path()), string(ev.Session), "botd")
	if ev.Path() != "" && ev.Room.Name != "" {
		where = string(engine.Path(ev.Session, engine.RoomID(ev.Room.Name)))
	}
	b.WriteString(s.paint(dim, clock(ev.At)+" "+string(ev.ID)+" "+printable(where)) + " ")
	if m, ok := ev.Body.(engine.Message); ok {
		b.WriteString(strings.ReplaceAll(strings.TrimSuffix(chatLine(s, userName(ev.User), m), "\n"), "\n", "\n    ") + "\n")
		return
	}
	b.WriteString(describe(ev) + "\n")
}

func writeNote(b *strings.Builder, s style, n *host.Note) {
	colour := map[string]string{"warn": amber, "error": red}[n.Level]
	b.WriteString(s.paint(dim, clock(n.At)+" script "+n.Script) + " ")
	if colour != "" {
		b.WriteString(s.paint(colour, n.Level) + " ")
	} else {
		b.WriteString(n.Level + " ")
	}
	b.WriteString(strings.ReplaceAll(printable(n.Text), "\n", "\n    "))
	for _, k := range slices.Sorted(maps.Keys(n.Fields)) {
		fmt.Fprintf(b, " %s=%s", printable(k), printable(fmt.Sprint(n.Fields[k])))
	}
	b.WriteByte('\n')
}
