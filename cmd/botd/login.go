package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine"
	"botd/engine/admin"
	"botd/engine/host"
	"botd/luaapi"
)

func (a *app) loginCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login SESSION",
		Short: "Log a session in where that takes a person",
		Long: `Asks for what a network gives to people only, such as the pass of hackmud, trades it for a
token and keeps that in the data folder, in a file that only you can read. SESSION is the name of a
session, or that of its adapter if only one session uses it. A bot that runs connects the session
anew; none needs to run. Without a terminal the answer is read from the first line of the input.`,
		Example: `  botd login hackmud
  echo "$PASS" | botd login hm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.login(cmd.Context(), args[0]) },
	}
	return cmd
}

func (a *app) login(ctx context.Context, name string) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	h, err := host.New(host.Options{Config: cfg, Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New()})
	if err != nil {
		return err
	}
	l, err := h.LoginOf(name)
	if err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(a.env.stderr, "%s: ", l.Prompt)
	line, err := bufio.NewReader(a.env.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := l.Exchange(ctx, engine.Secret(strings.TrimSpace(line))); err != nil {
		return err
	}
	fmt.Fprintf(a.env.stdout, "logged in; the token is kept in %s\n", cfg.DataDir)
	err = admin.NewClient(cfg.DataDir).Restart(ctx, l.Session)
	if err == nil {
		fmt.Fprintf(a.env.stdout, "session %s connects anew\n", l.Session)
	}
	if engine.CodeOf(err) == engine.NotConnected { // no bot runs
		return nil
	}
	return err
}
