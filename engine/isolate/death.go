package isolate

import (
	"fmt"
	"os"
	"strings"

	"botd/engine/script"
)

// causeOfDeath says in a few words why the process ended: why the daemon killed it, or
// what it wrote last.
func (c *child) causeOfDeath(end *os.ProcessState, err error, words []byte) string {
	c.mu.Lock()
	reason := c.reason
	c.mu.Unlock()
	if err != nil {
		return "its end was not seen: " + err.Error()
	}
	sig := signalOf(end)
	switch {
	case sig != "" && reason != "":
		return reason
	case sig == killSignal:
		return "it was killed from outside; if nobody did that, the system was out of memory"
	case sig != "":
		return "it was killed by the signal " + sig
	case lastWords(words) != "":
		return lastWords(words)
	}
	return fmt.Sprintf("it ended by itself with code %d", end.ExitCode())
}

// outOfMemory are the ways in which the Go runtime says that it got no memory.
var outOfMemory = []string{
	"out of memory", "cannot allocate memory", "cannot map pages", "errno=12", "errno: 12", "pthread_create failed", "failed to create new OS thread",
}

// lastWords is the essence of what a dying Go program writes, "" if that is nothing.
func lastWords(words []byte) string {
	text := string(words)
	for _, s := range outOfMemory {
		if strings.Contains(text, s) {
			return "it was out of memory"
		}
	}
	if strings.HasPrefix(text, "SIGSEGV") && strings.Contains(text, "\ngoroutine 0 ") {
		return "its runtime crashed, as it does in places when it is out of memory"
	}
	for line := range strings.SplitSeq(text, "\n") {
		for _, prefix := range []string{"fatal error: ", "panic: ", "botd: "} {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return script.Printable(rest)
			}
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return script.Printable(line)
}
