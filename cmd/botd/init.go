package main

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/config"
	"botd/luaapi"
	plugins "botd/plugins.d"
)

// pluginsDir is where the configuration of a new bot has its plugins.
const pluginsDir = "plugins.d"

//go:embed newbot
var newBot embed.FS

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a new bot's folder",
		Long: `Makes a folder (the current one if none is given) with all that a bot of your own begins with:
config.yaml with every key explained, a script and its test, the plugins that come with botd (polls
and raffles are on in the lobby, all others off), types for editors and the settings of lua-language-server and luacheck. Nothing that is there is overwritten: if one of
these files is, init changes nothing and says so.`,
		Example: `  botd init mybot && cd mybot && botd`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.newBot(dir)
		},
	}
}

// newBotFiles are the files of a new bot, by their paths below its folder.
func newBotFiles() (map[string][]byte, error) {
	files := map[string][]byte{
		config.DefaultFile: []byte(config.Annotated),
		".luarc.json":      luaapi.Luarc(typesDir),
		".luacheckrc":      luaapi.Luacheckrc(luaapi.New()),
	}
	for path, from := range map[string]string{"scripts/hello.lua": "hello.lua", "scripts/tests/hello_test.lua": "hello_test.lua", ".gitignore": "gitignore"} {
		text, err := newBot.ReadFile("newbot/" + from)
		if err != nil {
			return nil, err
		}
		files[path] = text
	}
	for name, text := range luaapi.Stubs() {
		files[typesDir+"/"+name] = text
	}
	return files, fs.WalkDir(plugins.Shipped, ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[pluginsDir+"/"+path], err = plugins.Shipped.ReadFile(path)
		}
		return err
	})
}

func (a *app) newBot(dir string) error {
	files, err := newBotFiles()
	if err != nil {
		return err
	}
	paths := slices.Sorted(maps.Keys(files))
	for _, path := range paths {
		if _, err := os.Lstat(filepath.Join(dir, path)); err == nil {
			return engine.Errorf(engine.Conflict, "%s is there already; nothing was changed. 'botd stubs' renews the types for editors, 'botd init NEWDIR' makes another bot", filepath.Join(dir, path))
		}
	}
	for _, path := range paths {
		if err := writeFile(filepath.Join(dir, path), files[path]); err != nil {
			return err
		}
		if !strings.HasPrefix(path, typesDir) && !strings.HasPrefix(path, pluginsDir) {
			fmt.Fprintln(a.env.stdout, "made", filepath.Join(dir, path))
		}
	}
	fmt.Fprintf(a.env.stdout, "made %s: %s\n", filepath.Join(dir, pluginsDir), strings.Join(shippedPlugins(), ", "))
	where := ""
	if filepath.Clean(dir) != "." {
		where = "cd " + dir + " && "
	}
	fmt.Fprintf(a.env.stdout, "\nStart it with '%sbotd', and type !hello, or !poll Lunch? | soup | salad.\nThe plugins polls and raffles are on in the lobby: 'botd plugin info quotes' tells of another, 'botd plugin grant quotes --enable' switches it on.\n", where)
	return nil
}
