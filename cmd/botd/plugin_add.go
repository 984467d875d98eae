package main

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/host"
	"botd/engine/nearest"
	"botd/engine/plugin"
	plugins "botd/plugins.d"
)

func (a *app) pluginAddCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "add [NAME]...",
		Short: "Put plugins that come with botd into the bot's folder",
		Long: `Writes plugins that come with botd into the folder of plugins, all that are not there yet if none is
named. They stay off until they are switched on. One that is there is left alone: to have the
version of this botd, move its folder away first.`,
		Example: `  botd plugin add
  botd plugin add quotes raffles`,
		RunE: func(_ *cobra.Command, args []string) error { return a.addPlugins(args) },
	}
}

func (a *app) addPlugins(names []string) error {
	cfg, err := a.loadConfig()
	if err != nil {
		return err
	}
	all := len(names) == 0
	if all {
		names = shippedPlugins()
	}
	for _, name := range names {
		if err := knownPlugin(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		dir := filepath.Join(cfg.PluginsDir, name)
		if all && plugin.Exists(dir) {
			fmt.Fprintln(a.env.stdout, dir, "is there already")
			continue
		}
		if err := installPlugin(name, dir); err != nil {
			return err
		}
		fmt.Fprintf(a.env.stdout, "made %s; switch it on with: botd plugin grant %s --enable\n", dir, name)
	}
	return nil
}

// shippedPlugins are the names of the plugins that come with botd.
func shippedPlugins() []string {
	found, _ := fs.Glob(plugins.Shipped, "*/"+plugin.ManifestFile) // the pattern is sound
	for i, file := range found {
		found[i] = path.Dir(file)
	}
	return found
}

// knownPlugin refuses names that no plugin of botd has.
func knownPlugin(name string) error {
	known := shippedPlugins()
	if slices.Contains(known, name) {
		return nil
	}
	return engine.Errorf(engine.NotFound, "no plugin %q comes with botd%s", name, nearest.HintOrAll(name, known))
}

func installPlugin(name, dir string) error {
	from, err := fs.Sub(plugins.Shipped, name)
	if err != nil {
		return err
	}
	_, err = plugin.Install(from, dir, nil)
	return err
}

// findPlugin is the plugin of a name in the bot's folder. The error says where one is to be had.
func findPlugin(cfg *config.Config, name string) (*plugin.Plugin, error) {
	p, err := host.Plugin(cfg, name)
	if engine.CodeOf(err) == engine.NotFound && slices.Contains(shippedPlugins(), name) {
		return nil, engine.Errorf(engine.NotFound, "no plugin %q in %s; 'botd plugin add %s' puts the one there that comes with botd", name, cfg.PluginsDir, name)
	}
	return p, err
}
