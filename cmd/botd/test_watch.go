package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/rehearse"
	"botd/engine/watch"
)

// watchedTests runs tests again and again as files are saved.
type watchedTests struct {
	app   *app
	opt   rehearse.Options
	paths []string            // as they were given
	uses  map[string][]string // by test file: what its cases loaded and asked for
}

// watchTests runs the tests, and those that a saved file touches, until the user has seen enough.
func (a *app) watchTests(cmd *cobra.Command, args []string, f testFlags) error {
	if a.json || f.format != "text" {
		return engine.Errorf(engine.Invalid, "--watch is for people: it goes with neither --json nor --format")
	}
	opt, err := a.testOptions(f)
	if err != nil {
		return err
	}
	t := &watchedTests{app: a, opt: opt, paths: args, uses: map[string][]string{}}
	t.opt.Done = a.showResult
	t.opt.Used = func(file string, paths []string) { t.uses[filepath.Clean(file)] = paths }
	files, err := t.opt.Find(args)
	if err != nil {
		return asUsage(err)
	}
	ctx, cancel := a.untilSignal(cmd.Context())
	defer cancel()
	a.untilQ(cancel)
	w := watch.New(watch.Options{
		Paths: append([]string{opt.ScriptsDir, opt.PluginsDir}, args...),
		Match: func(path string) bool { return slices.Contains([]string{".lua", ".yaml"}, filepath.Ext(path)) },
	})
	w.Scan() // what is there now is no change
	t.run(ctx, files)
	w.Run(ctx, func(changes []watch.Change) { t.changed(ctx, changes) })
	return nil
}

// untilQ calls leave when q is entered.
func (a *app) untilQ(leave func()) {
	if !a.env.tty.stdin {
		return
	}
	go func() {
		for lines := bufio.NewScanner(a.env.stdin); lines.Scan(); {
			if strings.TrimSpace(lines.Text()) == "q" {
				leave()
				return
			}
		}
	}()
}

// changed runs the tests that changed files touch.
func (t *watchedTests) changed(ctx context.Context, changes []watch.Change) {
	all, err := t.opt.Find(t.paths)
	out := t.app.env.stdout
	if t.app.env.tty.stdout {
		fmt.Fprint(out, "\x1b[H\x1b[2J\x1b[3J") // clears the screen and what has left it
	} else {
		fmt.Fprintln(out)
	}
	var names []string
	for _, c := range changes {
		names = append(names, fmt.Sprintf("%s %s", c.Path, c.Op))
	}
	fmt.Fprintln(out, printable(strings.Join(names, ", ")))
	if err != nil {
		fmt.Fprintln(t.app.env.stderr, "botd:", err)
		return
	}
	var files []string
	for _, file := range all {
		if slices.ContainsFunc(changes, func(c watch.Change) bool { return t.touches(c.Path, filepath.Clean(file)) }) {
			files = append(files, file)
		}
	}
	maps.DeleteFunc(t.uses, func(file string, _ []string) bool {
		return !slices.ContainsFunc(all, func(f string) bool { return filepath.Clean(f) == file })
	})
	t.run(ctx, files)
}

// touches reports whether a changed file concerns a test file: it is the file, or something
// that its cases have used, or the file has not run yet.
func (t *watchedTests) touches(path, file string) bool {
	used, known := t.uses[file]
	path = filepath.Clean(path)
	return !known || path == file || slices.ContainsFunc(used, func(u string) bool {
		return u == path || strings.HasPrefix(path, u+string(filepath.Separator))
	})
}

// run runs test files and shows how that went.
func (t *watchedTests) run(ctx context.Context, files []string) {
	out := t.app.env.stdout
	if len(files) == 0 {
		fmt.Fprintln(out, "no test uses it")
	} else {
		sum, err := rehearse.Files(ctx, t.opt, files)
		switch {
		case errors.Is(err, context.Canceled):
			return
		case err != nil:
			fmt.Fprintln(t.app.env.stderr, "botd:", err)
		default:
			_ = t.app.showSummary(&sum, "text")
		}
	}
	leave := "Ctrl-C leaves"
	if t.app.env.tty.stdin {
		leave = "q or Ctrl-C leaves"
	}
	fmt.Fprintf(out, "waiting for files to be saved; %s\n", leave)
}
