package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/luaapi"
)

// typesDir is where the editor types are in a bot's folder.
const typesDir = ".botd/types"

func (a *app) stubsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stubs [DIR]",
		Short: "Write types of all functions for editors",
		Long: `Writes the annotations that lua-language-server reads, with the documentation of every
function, into .botd/types of a bot's folder (the current one if none is given), and a
.luarc.json that points there. Editors that use that server then complete and check scripts.
Run it again after an update of botd. A .luarc.json that is there already is left alone.`,
		Example: `  botd stubs
  botd stubs ~/mybot`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			if fi, err := os.Stat(dir); err != nil || !fi.IsDir() {
				return engine.Errorf(engine.Invalid, "there is no folder %s", dir)
			}
			return a.stubs(dir)
		},
	}
}

func (a *app) stubs(dir string) error {
	list := luaapi.Stubs()
	for name, text := range list {
		if err := writeFile(filepath.Join(dir, typesDir, name), text); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.env.stdout, "wrote %d files to %s\n", len(list), filepath.Join(dir, typesDir))
	rc, want := filepath.Join(dir, ".luarc.json"), luaapi.Luarc(typesDir)
	switch have, err := os.ReadFile(rc); {
	case err == nil && bytes.Equal(have, want):
		return nil
	case err == nil:
		fmt.Fprintf(a.env.stdout, "%s is there already and was left alone; let its workspace.library have %q\n", rc, typesDir)
		return nil
	}
	fmt.Fprintf(a.env.stdout, "wrote %s\n", rc)
	return writeFile(rc, want)
}

// writeFile makes a file and the folders above it.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}
