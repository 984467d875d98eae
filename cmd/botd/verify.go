package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"botd/engine"
	"botd/engine/raffle"
)

// published is what the room saw, to be held against a proof.
type published struct{ commitment, list, result string }

func (a *app) verifyCommand() *cobra.Command {
	var saw published
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "verify FILE",
		Short: "Draw a raffle again from its proof",
		Long: `Reads the proof of a raffle, from the folder raffles in the data folder or from a script, and
draws again: the seed must be the one that was committed to, the raffle and its entries those
of the list that was published, each winner the one who comes out, and what became of them
what was published in the end. Whoever made the proof could have made up all of it: so compare
the three hashes with what the room was told, or give them here. docs/raffles.md describes the draw.`,
		Example: `  botd verify data/raffles/r0123456789ab.json
  botd verify proof.json --commitment 5f70…9e --list 2c26…ae --result 9f86…08`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"commitment", "list", "result"} {
				if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
					return engine.Errorf(engine.Invalid, "--%s is empty; give the hash that was published, or leave it away", name)
				}
			}
			return a.verify(args[0], saw)
		},
	})
	cmd.Flags().StringVar(&saw.commitment, "commitment", "", "the `HASH` that was published when the raffle opened")
	cmd.Flags().StringVar(&saw.list, "list", "", "the `HASH` that was published when it closed")
	cmd.Flags().StringVar(&saw.result, "result", "", "the `HASH` that was published when it ended, or last if the prize was drawn again after that")
	return cmd
}

// verified is the outcome for programs.
type verified struct {
	Valid   bool     `json:"valid"`
	Problem string   `json:"problem,omitempty"`
	Room    string   `json:"room"`
	Opened  string   `json:"opened"`
	Closed  string   `json:"closed"`
	Prize   string   `json:"prize"`
	Entries int      `json:"entries"`
	Winners []string `json:"winners"`
}

func (a *app) verify(file string, saw published) error {
	b, err := readUpTo(file, maxProof)
	if err != nil {
		return engine.Errorf(engine.Invalid, "read the proof: %w", err)
	}
	var p raffle.Proof
	if err := json.Unmarshal(b, &p); err != nil {
		return engine.Errorf(engine.Invalid, "%s is no proof of a raffle: %w", file, err)
	}
	problem := saw.compare(&p)
	if problem == nil {
		problem = p.Verify()
	}
	out := verified{Valid: problem == nil, Room: p.Room, Opened: p.Opened, Closed: p.Closed, Prize: p.Prize, Entries: len(p.Entries), Winners: append([]string{}, p.Winners()...)}
	if problem != nil {
		out.Problem = engine.AsError(problem).Msg
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else if problem == nil {
		fmt.Fprintf(a.env.stdout, "valid: %s, %d entries, won by %s\nin %s, from %s to %s\ncommitment %s\nlist       %s\nresult     %s\n",
			p.Prize, out.Entries, winners(out.Winners), p.Room, p.Opened, p.Closed, p.Commitment, p.ListHash, p.ResultHash)
	} else {
		fmt.Fprintf(a.env.stdout, "NOT VALID: %s\n", out.Problem)
	}
	if problem != nil {
		return failure{exitFailed}
	}
	return nil
}

// maxProof is more than the proof of a raffle with a million entries has.
const maxProof = 512 << 20

// readUpTo reads a file that has no more bytes than that.
func readUpTo(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s has more than %d MiB", file, limit>>20)
	}
	return b, err
}

func winners(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// compare holds the proof against what was published.
func (saw published) compare(p *raffle.Proof) error {
	switch {
	case saw.commitment != "" && !strings.EqualFold(saw.commitment, p.Commitment):
		return engine.Errorf(engine.Invalid, "the commitment is %s, not the one that was published", p.Commitment)
	case saw.result != "" && !strings.EqualFold(saw.result, p.ResultHash):
		return engine.Errorf(engine.Invalid, "the result is %s, not the one that was published", p.ResultHash)
	case saw.list != "" && !strings.EqualFold(saw.list, p.ListHash):
		return engine.Errorf(engine.Invalid, "the list is %s, not the one that was published", p.ListHash)
	}
	return nil
}
