package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"botd/engine"
)

func (a *app) sayCommand() *cobra.Command {
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "say SESSION/ROOM TEXT",
		Short: "Have the bot say something in a room",
		Long: `Has the running bot say something and prints what became of it: 'echoed' if the message
was seen in the room, 'sent' if this network gives no proof, 'unknown' if the connection
was lost in between. Text in several arguments is joined by spaces.`,
		Example: `  botd say lobby/lobby "back in five minutes"
  botd say hc/programming hello everybody`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			rec, err := c.Say(cmd.Context(), engine.RoomPath(args[0]), strings.Join(args[1:], " "))
			if rec.Status == "" {
				return err
			}
			return a.receipt(rec, err)
		},
	})
	cmd.ValidArgsFunction = a.completeFirst(roomNames)
	return cmd
}

func (a *app) receipt(rec engine.Receipt, err error) error {
	if a.json {
		answer := struct {
			engine.Receipt
			Error string `json:"error,omitempty"`
		}{Receipt: rec}
		if err != nil {
			answer.Error = err.Error()
		}
		if err := a.printJSON(answer); err != nil {
			return err
		}
	} else if err == nil {
		fmt.Fprintln(a.env.stdout, rec.Status)
	} else {
		fmt.Fprintf(a.env.stderr, "botd: %s: %s\n", rec.Status, err)
	}
	if err != nil {
		return failure{exitCode(err)}
	}
	return nil
}
