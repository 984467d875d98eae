package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/plugin"
	"botd/engine/schema"
)

func (a *app) pluginCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plugin",
		Short: "See plugins, add those of botd, grant them what they want, make a new one",
		Long: `Plugins are folders in plugins.d: a manifest, plugin.yaml, that says what the plugin
wants to be allowed, and its scripts. One runs once its entry under scripts in config.yaml
says enabled: true and grants all it wants. 'botd init' puts those that come with botd there,
'botd plugin add' does so later.`,
		Example: `  botd plugin list
  botd plugin info quotes
  botd plugin grant quotes --enable
  botd plugin add quotes
  botd plugin new mine`,
	}
	c.AddCommand(a.pluginListCommand(), a.pluginInfoCommand(), a.pluginGrantCommand(), a.pluginAddCommand(), a.pluginNewCommand())
	return c
}

func (a *app) pluginListCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "list",
		Short: "List the plugins: which run, what they want, what is withheld",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			list := a.plugins(cmd, cfg)
			if a.json {
				return a.printJSON(list)
			}
			return writePlugins(a.env.stdout, list)
		},
	})
}

// plugins asks the bot that runs; if none does, the folder tells what there is to know.
func (a *app) plugins(cmd *cobra.Command, cfg *config.Config) []host.PluginStatus {
	if c, err := a.client(); err == nil {
		if st, err := c.Status(cmd.Context()); err == nil {
			return st.Plugins
		}
	}
	return host.PluginsOf(cfg, version())
}

func writePlugins(out io.Writer, list []host.PluginStatus) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PLUGIN\tVERSION\tSTATE\tROOMS\tWANTS\tWITHHELD\t")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Name, cmp.Or(p.Version, "-"), pluginState(p), pluginRooms(p), words(p.Wants), words(p.Withheld))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range list {
		if p.Problem != "" {
			fmt.Fprintf(out, "\n%s: %s\n", p.Name, printable(p.Problem))
		}
	}
	return nil
}

func pluginState(p host.PluginStatus) string {
	switch {
	case p.Running != "" && p.Running != p.Version:
		return "running " + p.Running
	case p.Running != "":
		return "running"
	case p.Problem != "":
		return "broken"
	case p.Enabled:
		return "on"
	}
	return "off"
}

func pluginRooms(p host.PluginStatus) string {
	if !p.Enabled {
		return "-"
	}
	return cmp.Or(strings.Join(p.Rooms, ", "), "all")
}

func words(list []string) string { return cmp.Or(strings.Join(list, ", "), "-") }

func (a *app) pluginInfoCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "info NAME",
		Short: "Show what a plugin is, wants and can be told",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			p, err := findPlugin(cfg, args[0])
			if err != nil {
				return err
			}
			list := a.plugins(cmd, cfg)
			st := host.PluginStatus{Name: p.Name, Version: p.Version, Wants: p.Grants}
			if i := slices.IndexFunc(list, func(st host.PluginStatus) bool { return st.Name == p.Name }); i >= 0 {
				st = list[i]
			}
			if a.json {
				return a.printJSON(struct {
					host.PluginStatus
					Config schema.Schema `json:"config"`
				}{st, p.Schema})
			}
			return writePlugin(a.env.stdout, p, st)
		},
	})
}

func writePlugin(out io.Writer, p *plugin.Plugin, st host.PluginStatus) error {
	fmt.Fprintf(out, "%s %s (%s): %s\n\nwants:    %s\nwithheld: %s\n", p.Name, p.Version, pluginState(st), p.Description, words(st.Wants), words(st.Withheld))
	if st.Problem != "" {
		fmt.Fprintf(out, "problem:  %s\n", printable(st.Problem))
	}
	if len(p.Schema) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nSETTING\tTYPE\tDEFAULT\tMEANING\t")
	for _, f := range p.Schema {
		def := "-"
		if f.Required {
			def = "(required)"
		} else if f.Default != nil {
			def = schema.OneOf([]any{f.Default})
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", f.Name, f.Type, def, f.Help)
	}
	return w.Flush()
}

func (a *app) pluginGrantCommand() *cobra.Command {
	enable := false
	c := &cobra.Command{
		Use:   "grant NAME [GRANT]...",
		Short: "Grant a plugin all it wants, or single things",
		Long: `Writes grants into the plugin's entry of scripts in config.yaml, which keeps its comments.
A bot that runs applies that at once. Without GRANT it is all that the plugin wants.`,
		Example: `  botd plugin grant quotes --enable
  botd plugin grant weather 'http(api.example.com)'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.grant(args[0], args[1:], enable) },
	}
	c.Flags().BoolVar(&enable, "enable", false, "also switch the plugin on")
	return c
}

func (a *app) grant(name string, grants []string, enable bool) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	p, err := findPlugin(cfg, name)
	if err != nil {
		return err
	}
	entry := cfg.Script(name)
	if len(grants) == 0 {
		grants = plugin.Withheld(p.Grants, entry.Grants)
	}
	for _, g := range grants {
		if _, _, err := engine.CutGrant(g); err != nil {
			return err
		}
		if !plugin.Wants(p.Grants, g) {
			return engine.Errorf(engine.Invalid, "%s does not want %s; it wants %s", name, g, words(p.Grants))
		}
	}
	file := cmp.Or(cfg.File, config.DefaultFile)
	if err := config.EditFile(file, config.Edit{Script: name, Grants: grants, Enable: enable}); err != nil {
		return err
	}
	if len(grants) > 0 {
		fmt.Fprintf(a.env.stdout, "%s: granted %s to %s\n", file, words(grants), name)
	}
	switch {
	case !enable && !entry.On():
		fmt.Fprintf(a.env.stdout, "%s is off; --enable, or enabled: true in its entry, switches it on\n", name)
	case len(entry.Rooms) > 0:
		fmt.Fprintf(a.env.stdout, "%s is on in %s; rooms in its entry says where, without them it is on everywhere\n", name, words(entry.Rooms))
	}
	return nil
}

func (a *app) pluginNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "Make a small plugin that works, with a test, to build on",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			if strings.ContainsAny(args[0], `/\`) {
				return engine.Errorf(engine.Invalid, "%q is no name of a plugin: want letters, digits, - and _", args[0])
			}
			files, err := plugin.New(filepath.Join(cfg.PluginsDir, args[0]))
			if err != nil {
				return err
			}
			for _, f := range files {
				fmt.Fprintln(a.env.stdout, f)
			}
			fmt.Fprintf(a.env.stdout, "\nSwitch it on with: botd plugin grant %s --enable\n", args[0])
			return nil
		},
	}
}
