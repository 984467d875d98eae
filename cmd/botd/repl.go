package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/admin"
	"botd/engine/script"
)

func (a *app) replCommand() *cobra.Command {
	var write bool
	var code []string
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "repl SCRIPT",
		Short: "Look into a running script, and change it by hand",
		Long: `Evaluates Lua in a script of the running bot: expressions, whose values are printed, and
statements. What the script has is there: its globals, the local variables of its main chunk that
a function of it uses, its state under the name 'state', kv and all other modules. Of two local
variables of one name it is the later one.

Without --write nothing of the script changes. Tables, functions and variables are copied as they are used,
and whatever is done, also by functions of the script that are called, is done to the copies; if that would
have changed something an error says what. Functions of the bot that do anything beyond reading refuse:
they write no values, say nothing, schedule nothing, ask no web server and add no handlers; lines of log are
written. Variables that are new belong to the session, and last until the script is loaded anew.
Coroutines of the script, and iterators that it keeps, cannot be resumed. Only math.random draws from the same
numbers as the script. A copy takes time and memory within the limits of a handler: large tables may need --write.

With --write it is the script itself: assignments, calls and handlers are as if they stood in it. They are gone when
it is loaded anew, but for what it keeps in state and kv.

An evaluation is one call of a handler, with its limits of instructions, time and memory; one that goes
on for ever is stopped, and that is no fault of the script. It may wait (kv, sleep), and the script goes on meanwhile.
The log and 'botd tail' show what was evaluated, and by whom as their environment says. Secrets of the script are shown
as [secret] wherever they are a value or in one; what was computed from them, such as a part or a hash, is shown.

At a terminal Tab completes names, up and down find earlier lines, which are kept in
$XDG_STATE_HOME/botd/repl_history (or ~/.local/state), Ctrl-C takes back what is typed or stops what runs, Ctrl-D leaves. What
is not complete at the end of a line goes on in the next; an empty line ends it. Elsewhere the input is read line by line in the same way, and the
exit code is 1 if something went wrong.`,
		Example: `  botd repl karma
  botd repl karma -e 'state' -e 'kv.top("karma/", 3)'
  botd repl --write karma -e 'state.karma.ann = 0'
  echo 'kv.scan("votes/")' | botd repl --json polls`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			return a.newRepl(c, args[0], write).run(cmd.Context(), code)
		},
	})
	cmd.Flags().BoolVar(&write, "write", false, "evaluate in the script itself, which may change")
	cmd.Flags().StringArrayVarP(&code, "eval", "e", nil, "evaluate this `LUA` and leave; may be given again")
	cmd.ValidArgsFunction = a.completeFirst(scriptNames)
	return cmd
}

// repl is a session with a script.
type repl struct {
	app     *app
	client  *admin.Client
	script  string
	of      script.Evaluation // what all evaluations have in common
	gen     uint64            // of the script, as of the last evaluation
	failed  bool              // an evaluation did
	colours style
}

func (a *app) newRepl(c *admin.Client, name string, write bool) *repl {
	e := a.env
	by := cmp.Or(e.getenv("SUDO_USER"), e.getenv("USER"), e.getenv("LOGNAME"), "unknown")
	return &repl{
		app: a, client: c, script: name, colours: style(e.colour(e.tty.stdout)),
		of: script.Evaluation{Session: fmt.Sprintf("%016x", rand.Uint64()), Write: write, By: by},
	}
}

func (r *repl) run(ctx context.Context, code []string) error {
	first, err := r.client.Eval(ctx, r.script, r.of) // nothing, to see whether it can be done
	if err != nil {
		return err
	}
	r.gen = first.Generation
	e := r.app.env
	if len(code) == 0 && e.tty.stdin && e.tty.stdout && !r.app.json {
		return r.converse(ctx)
	}
	ctx, cancel := r.app.untilSignal(ctx)
	defer cancel()
	if len(code) > 0 {
		for _, c := range code {
			r.evaluate(ctx, c)
		}
	} else if err := r.feed(ctx); err != nil {
		return err
	}
	if r.failed {
		return failure{exitFailed}
	}
	return nil
}

// feed evaluates what is piped in.
func (r *repl) feed(ctx context.Context) error {
	lines := bufio.NewScanner(r.app.env.stdin)
	lines.Buffer(nil, 1<<20)
	var chunk chunk
	for ctx.Err() == nil && lines.Scan() {
		if code, ok := chunk.add(lines.Text()); ok {
			r.evaluate(ctx, code)
		}
	}
	if code := chunk.rest(); code != "" {
		r.evaluate(ctx, code)
	}
	return lines.Err()
}

// chunk is lines that are one piece of Lua together.
type chunk struct{ text string }

// add takes a line, and returns what is complete with it. An empty line ends what is not.
func (c *chunk) add(line string) (code string, ok bool) {
	open := c.text != ""
	c.text += line
	if strings.TrimSpace(c.text) == "" {
		return c.rest(), false
	}
	if script.Incomplete(c.text) && !(open && strings.TrimSpace(line) == "") {
		c.text += "\n"
		return "", false
	}
	return c.rest(), true
}

// rest is what has not been complete yet; nothing of it stays.
func (c *chunk) rest() string {
	text := c.text
	c.text = ""
	return text
}

// evaluate runs code and shows what comes of it.
func (r *repl) evaluate(ctx context.Context, code string) {
	e := r.of
	e.Code = code
	out, err := r.client.Eval(ctx, r.script, e)
	r.failed = r.failed || err != nil || out.Fault != nil
	stderr := r.app.env.stderr
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "cancelled")
		return
	default:
		fmt.Fprintln(stderr, "botd:", printable(message(err)))
		return
	}
	r.notice(out)
	if r.app.json {
		_ = r.app.printJSON(out)
		return
	}
	for _, line := range out.Printed {
		fmt.Fprintln(r.app.env.stdout, printable(line))
	}
	for _, v := range out.Values {
		fmt.Fprintln(r.app.env.stdout, r.colours.paint(cyan, printable(v)))
	}
	if out.Note != "" {
		fmt.Fprintln(stderr, r.colours.paint(dim, "-- "+printable(out.Note)))
	}
	if f := out.Fault; f != nil {
		f.Gen = 0
		if len(f.Trace) == 1 { // it says what the title says
			f.Trace = nil
		}
		writeFault(stderr, style(r.app.env.colour(r.app.env.tty.stderr)), f, "")
	}
}

// notice says that the script has been loaded anew since the last evaluation.
func (r *repl) notice(out script.Evaluated) {
	if out.Generation == r.gen {
		return
	}
	r.gen = out.Generation
	gone := "variables of this session are gone"
	if r.of.Write {
		gone = "what was changed by hand is gone, but for state and kv"
	}
	fmt.Fprintf(r.app.env.stderr, "-- %s was loaded anew (generation %d, %s): %s\n", r.script, r.gen, printable(out.Reason), gone)
}

// names are the completions of the name at the end of a text; none if they cannot be had in time.
func (r *repl) names(ctx context.Context, text string) []string {
	ctx, cancel := context.WithTimeoutCause(ctx, completionTime, engine.Errorf(engine.Timeout, "the script is busy"))
	defer cancel()
	e := r.of
	e.Code, e.Complete = text, true
	out, err := r.client.Eval(ctx, r.script, e)
	if err != nil {
		return nil
	}
	return out.Values
}
