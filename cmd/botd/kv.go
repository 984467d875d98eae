package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/store"
)

func (a *app) kvCommand() *cobra.Command {
	kv := &cobra.Command{
		Use:   "kv",
		Short: "Look at what scripts have stored, and change it",
		Long: `Reads and writes the values that scripts keep with kv and shared: of the running bot, or
in its data folder if none runs. PART is the name of a script, or 'shared' for the part that
scripts share. Quotas of scripts do not hold here.`,
		Example: `  botd kv list karma
  botd kv get karma ann
  botd kv set karma ann 5
  botd kv export > values.jsonl`,
	}
	get := a.withStorage("get PART KEY", "Print a value as JSON", 2, 2, func(ctx context.Context, s admin.Storage, args []string) error {
		v, err := s.Stored(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		return a.printJSON(json.RawMessage(v.Value))
	})
	set := a.withStorage("set PART KEY VALUE", "Write a value: JSON, or else a text; null removes the key", 3, 3, setStored)
	list := a.jsonFlag(a.withStorage("list PART [PREFIX]", "List keys and values", 1, 2, func(ctx context.Context, s admin.Storage, args []string) error {
		return a.listStored(ctx, s, args[0], append(args, "")[1])
	}))
	kv.AddCommand(get, set, list, a.exportCommand(), a.importCommand())
	return kv
}

func setStored(ctx context.Context, s admin.Storage, args []string) error {
	part, key := args[0], args[1]
	var v any = args[2]
	if json.Valid([]byte(args[2])) {
		var err error
		if v, err = store.Decode([]byte(args[2])); err != nil {
			return err
		}
	}
	if v == nil {
		return s.RemoveStored(ctx, part, key)
	}
	b, err := store.Encode(v)
	if err != nil {
		return err
	}
	return s.PutStored(ctx, []host.StoredValue{{Part: part, Key: key, Value: b}})
}

// eachStored calls f with the values of a part, page by page.
func eachStored(ctx context.Context, s admin.Storage, part, prefix string, f func(host.StoredValue) error) error {
	for after := ""; ; {
		page, err := s.ListStored(ctx, part, prefix, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, v := range page {
			if err := f(v); err != nil {
				return err
			}
			after = v.Key
		}
	}
}

func (a *app) listStored(ctx context.Context, s admin.Storage, part, prefix string) error {
	list := []host.StoredValue{}
	err := eachStored(ctx, s, part, prefix, func(v host.StoredValue) error {
		if a.json {
			list = append(list, v)
			return nil
		}
		_, err := fmt.Fprintf(a.env.stdout, "%q\t%s\n", v.Key, v.Value)
		return err
	})
	if err == nil && a.json {
		return a.printJSON(list)
	}
	return err
}

func (a *app) exportCommand() *cobra.Command {
	cmd := a.withStorage("export [PART]...", "Print all that scripts keep, for 'botd kv import'", 0, -1, func(ctx context.Context, s admin.Storage, parts []string) error {
		if len(parts) == 0 {
			var err error
			if parts, err = s.StoredParts(ctx); err != nil {
				return err
			}
		}
		out := bufio.NewWriter(a.env.stdout)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, part := range parts {
			if err := eachStored(ctx, s, part, "", func(v host.StoredValue) error { return enc.Encode(v) }); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	cmd.Long = `Prints the values of the named parts, or of all scripts and 'shared', one JSON object on each
line: part, key, value, and when it expires, if it does. A text that is no UTF-8 is
{"$bytes": base64}. While the bot runs, what it writes meanwhile may be there or not;
'botd backup' is of one moment, and has what scripts do not see too.`
	cmd.Example = `  botd kv export > values.jsonl
  botd kv export karma | jq -r .key`
	return cmd
}

func (a *app) importCommand() *cobra.Command {
	cmd := a.withStorage("import FILE", "Write values that 'botd kv export' has printed", 1, 1, func(ctx context.Context, s admin.Storage, args []string) error {
		in := a.env.stdin
		if args[0] != "-" {
			f, err := os.Open(args[0])
			if err != nil {
				return engine.Errorf(engine.Invalid, "import: %w", err)
			}
			defer f.Close()
			in = f
		}
		list, err := readExport(in, a.env.now())
		if err != nil {
			return err
		}
		if err := putAll(ctx, s, list); err != nil {
			return err
		}
		fmt.Fprintf(a.env.stdout, "%d values written\n", len(list))
		return nil
	})
	cmd.Long = `Writes the values of a file of 'botd kv export', or of the input if FILE is '-', over those that
are there, and leaves other keys as they are. A file with a fault is refused as a whole. What has
expired since is left out.`
	return cmd
}

// maxLine is the longest line of an export: a value of the largest size with all that is
// about it.
const maxLine = 2 * store.MaxValue

// readExport reads all values of an export that have not expired.
func readExport(r io.Reader, now time.Time) ([]host.StoredValue, error) {
	var list []host.StoredValue
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var v host.StoredValue
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, engine.Errorf(engine.Invalid, "line %d is no line of an export, nothing was written: %w", n, err)
		}
		if v.Expires.IsZero() || v.Expires.After(now) {
			list = append(list, v)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, engine.Errorf(engine.Invalid, "import: %w", err)
	}
	return list, nil
}

// putAll writes values in parts that a request can hold. Of a key that is there twice the
// last value stays.
func putAll(ctx context.Context, s admin.Storage, list []host.StoredValue) error {
	for len(list) > 0 {
		n, size := 0, 0
		keys := map[[2]string]bool{}
		for n < len(list) && n < store.MaxBatch {
			v := list[n]
			size += len(v.Key) + len(v.Value)
			at := [2]string{v.Part, v.Key}
			if n > 0 && size > store.MaxValue || keys[at] {
				break
			}
			keys[at] = true
			n++
		}
		if err := s.PutStored(ctx, list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (a *app) backupCommand() *cobra.Command {
	cmd := a.withStorage("backup FILE", "Write everything that is stored into a file", 1, 1, func(ctx context.Context, s admin.Storage, args []string) error {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		return s.Backup(ctx, file)
	})
	cmd.Long = `Writes the store of the bot, as of one moment and while it runs if it does, into a new file, which
is checked before it gets its name. It is an SQLite database.`
	return cmd
}

func (a *app) restoreCommand() *cobra.Command {
	cmd := a.withStorage("restore FILE", "Replace everything that is stored by a backup", 1, 1, func(ctx context.Context, s admin.Storage, args []string) error {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		return s.Restore(ctx, file)
	})
	cmd.Long = `Replaces the store of the bot, also of a running one, by a file of 'botd backup', all at once. A file
that is damaged, or of a newer botd, is refused and changes nothing.

The scripts of a running bot end before and start anew after, with the state, values, jobs and cooldowns
of the backup. What happens in that moment reaches none of them. Sessions stay as they are, and lines
that were still to be sent when the backup was made are not sent again.`
	return cmd
}

// makesStore are the commands that may begin a store.
var makesStore = map[string]bool{"set": true, "import": true, "restore": true}

// withStorage is a command about the store of the running bot, or of the one that does not
// run: then the command is its only user. At most -1 arguments are any number.
func (a *app) withStorage(use, short string, least, most int, f func(context.Context, admin.Storage, []string) error) *cobra.Command {
	args := cobra.RangeArgs(least, most)
	if most < 0 {
		args = cobra.MinimumNArgs(least)
	}
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := config.DataDir(a.configFile, a.env.environ)
			if err != nil {
				return asUsage(err)
			}
			if _, err := os.Stat(dir); err != nil {
				return engine.Errorf(engine.NotFound, "no data folder %s; name the configuration of the bot with -c", dir)
			}
			claim, err := admin.ClaimFolder(dir)
			if engine.CodeOf(err) == engine.Conflict {
				return f(cmd.Context(), admin.NewClient(dir), args)
			}
			if err != nil {
				return err
			}
			defer claim.Release()
			s, err := host.OpenStorage(cmd.Context(), dir, makesStore[cmd.Name()])
			if err != nil {
				return err
			}
			defer s.Close()
			return f(cmd.Context(), s, args)
		},
	}
}
