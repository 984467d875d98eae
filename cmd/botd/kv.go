package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"botd/engine/admin"
)

func (a *app) kvCommand() *cobra.Command {
	kv := &cobra.Command{
		Use:   "kv",
		Short: "Look at what scripts have stored, and change it",
		Long: `Reads and writes the values that scripts keep with kv and shared, in the running bot.
PART is the name of a script, or 'shared' for the part that scripts share.`,
		Example: `  botd kv list karma
  botd kv get karma ann
  botd kv set karma ann 5`,
	}
	get := a.withClient("get PART KEY", "Print a value as JSON", 2, 2, func(ctx context.Context, c *admin.Client, args []string) error {
		v, err := c.Stored(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		return a.printJSON(v)
	})
	set := a.withClient("set PART KEY VALUE", "Write a value: JSON, or else a text; null removes the key", 3, 3, func(ctx context.Context, c *admin.Client, args []string) error {
		var v any
		if json.Unmarshal([]byte(args[2]), &v) != nil {
			v = args[2]
		}
		return c.SetStored(ctx, args[0], args[1], v)
	})
	list := a.jsonFlag(a.withClient("list PART [PREFIX]", "List keys and values", 1, 2, func(ctx context.Context, c *admin.Client, args []string) error {
		return a.listStored(ctx, c, args[0], append(args, "")[1])
	}))
	kv.AddCommand(get, set, list)
	return kv
}

func (a *app) listStored(ctx context.Context, c *admin.Client, part, prefix string) error {
	list, err := c.ListStored(ctx, part, prefix)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	for _, v := range list {
		text, err := json.Marshal(v.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.env.stdout, "%q\t%s\n", v.Key, text)
	}
	return nil
}

func (a *app) backupCommand() *cobra.Command {
	cmd := a.withClient("backup FILE", "Write everything that is stored into a file", 1, 1, func(ctx context.Context, c *admin.Client, args []string) error {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		return c.Backup(ctx, file)
	})
	cmd.Long = `Writes the store of the running bot, as of one moment, into a new file, which is checked
before it gets its name. It is an SQLite database.`
	return cmd
}

func (a *app) restoreCommand() *cobra.Command {
	cmd := a.withClient("restore FILE", "Replace everything that is stored by a backup", 1, 1, func(ctx context.Context, c *admin.Client, args []string) error {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		return c.Restore(ctx, file)
	})
	cmd.Long = `Replaces the store of the running bot by a file of 'botd backup', all at once. A file that
is damaged, or of a newer botd, is refused and changes nothing.`
	return cmd
}

// withClient is a command that asks the running bot.
func (a *app) withClient(use, short string, least, most int, f func(context.Context, *admin.Client, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.RangeArgs(least, most),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			return f(cmd.Context(), c, args)
		},
	}
}
