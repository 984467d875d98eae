package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"botd/adapters"
	"botd/adapters/local"
	"botd/engine"
	"botd/engine/rehearse"
	"botd/luaapi"
)

// testFlags are those of botd test.
type testFlags struct {
	run     string
	format  string
	seed    uint64
	chaos   bool
	watch   bool
	timeout time.Duration
}

func (a *app) testCommand() *cobra.Command {
	var f testFlags
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "test [PATH]...",
		Short: "Run the tests of scripts",
		Long: `Runs tests that are written in Lua: the files tests/*_test.lua of the folder of scripts, and of
each plugin. Each case has a bot of its own, with rooms that exist only in the test and a clock
that only the test moves; no network is needed, and a bot that runs is not disturbed. Paths
are test files or folders of them. docs/testing.md says what tests can do.

With --watch they run again as files are saved: of a test file that was saved its cases, of a script or something
that scripts require the cases of the files that have used it. It goes on when something does not load, until
Ctrl-C, or q and Enter.`,
		Example: `  botd test
  botd test scripts/tests/order_test.lua
  botd test --run 'order' --chaos
  botd test --watch
  botd test --format junit > report.xml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.watch {
				return a.watchTests(cmd, args, f)
			}
			return a.test(cmd, args, f)
		},
	})
	cmd.Flags().StringVar(&f.run, "run", "", "run only cases whose name matches this `REGEX`")
	cmd.Flags().StringVar(&f.format, "format", "text", "how results are written: text, tap or junit")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "all chance follows from it; 0 is 1, or with --chaos another one each time")
	cmd.Flags().BoolVar(&f.chaos, "chaos", false, "between the steps lines come late and twice, connections break, scripts are saved")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "run tests again as files that they use are saved")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 30*time.Second, "the longest a case may take")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "tap", "junit"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) test(cmd *cobra.Command, args []string, f testFlags) error {
	opt, err := a.testOptions(f)
	if err != nil {
		return err
	}
	files, err := opt.Find(args)
	if err != nil {
		return asUsage(err)
	}
	if len(files) == 0 {
		return engine.Errorf(engine.Invalid, "no tests: they are files named *_test.lua in %s/tests or in the tests folder of a plugin", opt.ScriptsDir)
	}
	if f.format == "text" && !a.json {
		opt.Done = a.showResult
	}
	sum, err := rehearse.Files(cmd.Context(), opt, files)
	if err == nil {
		err = a.showSummary(&sum, f.format)
	}
	if err == nil && sum.Failed > 0 {
		return failure{exitFailed}
	}
	return err
}

func (a *app) testOptions(f testFlags) (rehearse.Options, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return rehearse.Options{}, err
	}
	opt := rehearse.Options{
		Adapters: adapters.All(local.NewHub(local.Options{})), Library: luaapi.New(), Tests: rehearse.Library(luaapi.Pure()...), Version: version(),
		ScriptsDir: cfg.ScriptsDir, PluginsDir: cfg.PluginsDir, Seed: f.seed, Chaos: f.chaos, Timeout: f.timeout,
	}
	if opt.Seed == 0 {
		if opt.Seed = 1; f.chaos {
			opt.Seed = uint64(rand.Uint32())
		}
	}
	if f.run != "" {
		if opt.Run, err = regexp.Compile(f.run); err != nil {
			return opt, engine.Errorf(engine.Invalid, "--run: %w", err)
		}
	}
	switch f.format {
	case "text", "tap", "junit":
	default:
		return opt, engine.Errorf(engine.Invalid, "--format %q: there are text, tap and junit", f.format)
	}
	return opt, nil
}

// showResult tells people of a case as it ends.
func (a *app) showResult(r rehearse.Result) {
	if r.Failure == nil {
		fmt.Fprintf(a.env.stdout, "ok    %s (%s)\n", r.Title(), r.Duration.Round(time.Millisecond))
		return
	}
	fmt.Fprintf(a.env.stdout, "FAIL  %s\n%s", r.Title(), r.Failure.Text())
}

func (a *app) showSummary(sum *rehearse.Summary, format string) error {
	switch {
	case a.json:
		return a.printJSON(sum)
	case format == "tap":
		return sum.TAP(a.env.stdout)
	case format == "junit":
		return sum.JUnit(a.env.stdout)
	}
	word := "passed"
	if sum.Failed > 0 {
		word = fmt.Sprintf("with %d failed", sum.Failed)
	}
	fmt.Fprintf(a.env.stdout, "%d cases %s, %d steps in %s\n", sum.Cases, word, sum.Steps, sum.Duration.Round(time.Millisecond))
	if sum.Failed > 0 && sum.Chaos {
		fmt.Fprintf(a.env.stdout, "botd test --chaos --seed %d does the same again\n", sum.Seed)
	}
	return nil
}
