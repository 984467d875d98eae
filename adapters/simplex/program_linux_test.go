package simplex_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/adapters/simplex"
	"botd/adapters/simplex/simplextest"
	"botd/engine"
	"botd/engine/enginetest"
)

// playsProgram is set where this test program plays the program itself: the simulator,
// behind the program's options, with a group that exists already.
const playsProgram = "BOTD_TEST_SIMPLEX_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(playsProgram) != "" {
		os.Exit(play())
	}
	goleak.VerifyTestMain(m)
}

func play() int {
	option := func(name string) string {
		i := slices.Index(os.Args, name)
		return os.Args[i+1]
	}
	note := func(name, line string) {
		f, err := os.OpenFile(option("-d")+"."+name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			fmt.Fprintln(f, line)
			f.Close()
		}
	}
	srv := simplextest.New(simplextest.Options{Watch: func(c simplextest.Command) {
		if note("commands", c.Name+" "+c.Text); strings.Contains(c.Text, "never answered") {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}})
	srv.Group("team", "owner")
	l, err := net.Listen("tcp", "127.0.0.1:"+option("-p"))
	if err != nil {
		return 1
	}
	note("starts", strconv.Itoa(os.Getpid()))
	http.Serve(l, srv)
	return 0
}

// The session starts its program. When that is killed while a line is on its way, nobody
// knows what became of the line; the next run starts the program again and says nothing
// twice.
func TestProgramIsStartedAgain(t *testing.T) {
	t.Setenv(playsProgram, "1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "ws://" + l.Addr().String()
	l.Close()
	dir := t.TempDir()
	a := simplex.Adapter()
	set := a.Settings().(*simplex.Settings)
	set.URL, set.Command, set.Profile = url, os.Args[0], "botd"
	session, err := a.New(set, engine.Env{Session: "test", Keep: &enginetest.Keep{}, Dir: dir, Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	online := make(chan bool, 100)
	ctx, cancel := context.WithCancel(t.Context())
	run := func() chan error {
		ended := make(chan error, 1)
		go func() {
			ended <- session.Run(ctx, func(ev engine.Event) {
				if _, ok := ev.Body.(engine.Connected); ok {
					online <- true
				}
			})
		}()
		select {
		case <-online:
		case err := <-ended:
			t.Fatalf("it did not come online: %v", err)
		}
		return ended
	}
	say := func(text string) engine.Receipt {
		got := make(chan engine.Receipt, 1)
		session.Do(t.Context(), engine.Say{Room: "team", Text: text}, func(r engine.Receipt) { got <- r })
		select {
		case r := <-got:
			return r
		case <-time.After(time.Minute):
			t.Fatalf("no receipt for %q", text)
			return engine.Receipt{}
		}
	}
	ended := run()
	if r := say("hello"); r.Status != engine.Echoed {
		t.Errorf("hello: %+v", r)
	}
	if r := say("never answered"); r.Status != engine.Unknown {
		t.Errorf("the line that was on its way: %+v", r)
	}
	if err := <-ended; engine.CodeOf(err) != engine.NotConnected {
		t.Errorf("the run ended with %v", err)
	}
	for len(online) > 0 {
		<-online
	}
	ended = run()
	if r := say("again"); r.Status != engine.Echoed {
		t.Errorf("after the restart: %+v", r)
	}
	cancel()
	<-ended
	lines := func(name string) []string {
		b, err := os.ReadFile(filepath.Join(dir, "program", "simplex."+name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	starts := lines("starts")
	if len(starts) != 2 {
		t.Errorf("%d processes", len(starts))
	}
	pid, _ := strconv.Atoi(starts[len(starts)-1])
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("the program runs on: %v", err)
	}
	for _, text := range []string{"hello", "never answered", "again"} {
		n := 0
		for _, line := range lines("commands") {
			if strings.Contains(line, text) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q was sent %d times", text, n)
		}
	}
}

func TestProgramSettings(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*simplex.Settings)
		want   string
	}{
		"no profile": {func(s *simplex.Settings) { s.Command, s.Profile = "simplex-chat", "" }, "command needs the name of the profile"},
		"elsewhere": {func(s *simplex.Settings) {
			s.Command, s.Profile, s.URL = "simplex-chat", "bot", "wss://chat.example.com"
		}, "listens on this machine"},
		"without command": {func(s *simplex.Settings) { s.Database = "db" }, "set command"},
	} {
		t.Run(name, func(t *testing.T) {
			a := simplex.Adapter()
			set := a.Settings().(*simplex.Settings)
			tt.change(set)
			_, err := a.New(set, engine.Env{Session: "test", Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Clock: engine.SystemClock{}})
			if engine.CodeOf(err) != engine.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
