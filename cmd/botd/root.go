package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/config"
)

// Exit codes.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
)

// app is one run of the program.
type app struct {
	env        *env
	configFile string // "" is the default one, which need not exist
	json       bool
	begun      bool // the command line was understood
}

// failure is an error that has been shown to the user; only the exit code is left.
type failure struct{ code int }

func (f failure) Error() string { return fmt.Sprintf("exit code %d", f.code) }

// run runs the program and returns its exit code.
func run(e env) int {
	a := &app{env: &e}
	root := a.root()
	root.SetArgs(e.args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return exitFine
	}
	if f := new(failure); errors.As(err, f) {
		return f.code
	}
	fmt.Fprintln(e.stderr, "botd:", message(err))
	if !a.begun {
		fmt.Fprintln(e.stderr, "Run 'botd --help' for usage.")
		return exitUsage
	}
	return exitCode(err)
}

// message is what a person should read of an error. Problems of a configuration speak
// for themselves, line by line.
func message(err error) string {
	if ps := new(config.Problems); errors.As(err, ps) {
		return "the configuration has faults\n" + ps.Error()
	}
	return err.Error()
}

func exitCode(err error) int {
	if engine.CodeOf(err) == engine.Invalid {
		return exitUsage
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	runCmd := a.runCommand()
	root := &cobra.Command{
		Use:   "botd",
		Short: "Keeps a bot in chat rooms and has Lua scripts answer",
		Long: `botd keeps chat sessions alive on many networks and feeds what happens there to
Lua scripts. Edit a script, save it, and the bot behaves differently at once.

Without a command botd runs the bot, see 'botd run --help'. The commands status, tail,
reload and say talk to the bot that runs, over a socket in its data folder, which they find
by the configuration.`,
		Example: `  botd                       # a bot in a room inside the terminal
  botd run -c /etc/botd.yaml # with a configuration of your own
  botd check                 # are the configuration and the scripts sound?
  botd status                # what is the running bot doing?`,
		RunE:             runCmd.RunE,
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { a.begun = true },
	}
	root.PersistentFlags().StringVarP(&a.configFile, "config", "c", "", "configuration `FILE` (default ./config.yaml, if it exists)")
	root.Flags().AddFlagSet(runCmd.Flags())
	root.AddCommand(runCmd, a.initCommand(), a.stubsCommand(), a.checkCommand(), a.testCommand(), a.doctorCommand(), a.statusCommand(), a.tailCommand(), a.logCommand(), a.backtestCommand(), a.whyCommand(), a.replCommand(), a.reloadCommand(), a.sayCommand(), a.loginCommand(), a.cronCommand(), a.simCommand(), a.versionCommand(), a.kvCommand(), a.backupCommand(), a.restoreCommand(), a.pluginCommand(), a.verifyCommand(), a.workerCommand())
	return root
}

// loadConfig reads the configuration as it is now.
func (a *app) loadConfig() (*config.Config, error) {
	cfg, err := config.Load(a.configFile, a.env.environ)
	return cfg, asUsage(err)
}

// asUsage makes the wrong name of a file a fault of whoever gave it.
func asUsage(err error) error {
	if engine.CodeOf(err) == engine.NotFound {
		return &engine.Error{Code: engine.Invalid, Msg: engine.AsError(err).Msg, Err: err}
	}
	return err
}
