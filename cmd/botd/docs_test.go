package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

//go:generate go test -run TestDocs . -update

var update = flag.Bool("update", false, "write docs/cli.md anew")

const docsFile = "../../docs/cli.md"

// TestDocs checks that docs/cli.md says what --help says.
func TestDocs(t *testing.T) {
	want := reference((&app{env: &env{}}).root())
	if *update {
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/cli.md is stale: go generate ./cmd/botd")
	}
}

// reference is the page about the commands.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# The command line\n\nThis page is made from the texts of `--help` by `go generate ./cmd/botd`.\n\n")
	b.WriteString("Exit codes: 0 fine, 1 it failed, 2 wrong usage or configuration.\n\n")
	root.InitDefaultCompletionCmd()
	section(&b, root)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// section is about a command and those below it. How to complete in which shell is the
// business of 'botd completion --help'.
func section(b *strings.Builder, c *cobra.Command) {
	fmt.Fprintf(b, "## %s\n\n", c.CommandPath())
	text := c.Long
	if text == "" || c.Name() == "completion" {
		text = c.Short
		if !strings.HasSuffix(text, ".") {
			text += "."
		}
	}
	fmt.Fprintf(b, "%s\n\n", strings.TrimSpace(text))
	use := c.UseLine()
	if c.HasAvailableSubCommands() {
		use += "\n" + c.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(b, "```\n%s\n```\n\n", use)
	if c.Example != "" {
		fmt.Fprintf(b, "```sh\n%s\n```\n\n", dedent(c.Example))
	}
	if flags := c.NonInheritedFlags().FlagUsages(); flags != "" {
		fmt.Fprintf(b, "```\n%s```\n\n", flags)
	}
	if c.Name() == "completion" {
		return
	}
	for _, below := range c.Commands() {
		if !below.Hidden {
			section(b, below)
		}
	}
}

func dedent(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}
