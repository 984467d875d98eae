package tests

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/config"
	"botd/engine/enginetest"
	"botd/engine/host"
	"botd/engine/store"
)

// lives are the lives of a daemon with one script in the room hall of a network that is
// there for all of them, and what it keeps over them. All in one bubble of time.
type lives struct {
	t    *testing.T
	cfg  *config.Config
	kept *store.Memory
	log  lockedBuffer
	said []string // by the bot, over all lives

	// of the present one
	host    *host.Host
	net     *enginetest.Network
	mortal  *mortal
	cancel  func()
	ended   chan error
	written int // batches at most, before it dies; 0 for all
	late    bool
}

func newLives(t *testing.T, code string) *lives { return newLivesWith(t, code, "") }

// newLivesWith has more in the configuration.
func newLivesWith(t *testing.T, code, more string) *lives {
	dir := scriptFolder(t, code)
	text := fmt.Sprintf("data_dir: %s\nscripts_dir: %s\nsessions: [{name: far, adapter: fake, rooms: [hall]}]\n", filepath.Join(dir, "data"), filepath.Join(dir, "scripts")) + more
	cfg, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &lives{t: t, cfg: cfg, kept: store.NewMemory(nil)}
}

// begin begins a life and returns when nothing moves any more.
func (l *lives) begin() {
	l.t.Helper()
	m := &mortal{Store: l.kept, died: make(chan struct{}), left: l.written, late: l.late}
	l.mortal = m
	l.net = &enginetest.Network{Do: func(s *enginetest.Session, a engine.Action) engine.Receipt {
		if m.dead() {
			return engine.Fail(engine.Errorf(engine.NotConnected, "the process is dead"))
		}
		l.said = append(l.said, engine.TextOf(a))
		return engine.Receipt{Status: engine.Sent, At: time.Now()}
	}}
	var err error
	l.host, err = host.New(host.Options{
		Config: l.cfg, Adapters: []engine.Adapter{l.net.Adapter()}, Library: library, Static: true, Store: m,
		Log: slog.New(slog.NewTextHandler(&l.log, nil)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel, l.ended = cancel, make(chan error, 1)
	go func() { l.ended <- l.host.Run(ctx) }()
	synctest.Wait()
}

// end ends a life: in order, or as a kill does, which leaves nothing but what is kept.
func (l *lives) end(kill bool) {
	l.t.Helper()
	if kill {
		l.mortal.kill()
	}
	l.cancel()
	if err := <-l.ended; err != nil && !l.mortal.dead() {
		l.t.Errorf("%v\n%s", err, &l.log)
	}
}

func (l *lives) hear(user, text string) {
	l.net.In("hall").Hear("hall", user, text)
	synctest.Wait()
}

func (l *lives) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
}

func (m *mortal) dead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

const (
	asker = `bot.command("q", function(ev)
  local n, err = ev:ask("How many?", {as = "int"OPTS})
  ev:reply(n and "got " .. n or err.code)
end)
bot.on("message", {text = "^%d"}, function(ev) ev:reply("heard " .. ev.text) end)`
	isLost = "@ann: I was restarted or changed and cannot take your answer any more, please begin again"
)

// Whoever is asked when botd stops, crashes or reloads the script is told once that nobody
// waits for the answer any more, if there was time for it.
func TestLostQuestions(t *testing.T) {
	reload := func(l *lives) {
		if err := l.host.Reload(l.t.Context(), "a"); err != nil {
			l.t.Error(err)
		}
		synctest.Wait()
	}
	for _, c := range []struct {
		name, opts string
		meanwhile  func(l *lives)
		stop       bool          // in order
		away       time.Duration // before the next life
		want       string        // from the question on
	}{
		{name: "killed", want: isLost},
		{name: "stopped", stop: true, want: isLost},
		{name: "words of the script", opts: `, lost = "never mind"`, want: "never mind"},
		{name: "nothing", opts: `, lost = ""`},
		{name: "there in time", away: 59 * time.Second, want: isLost},
		{name: "too late", away: 61 * time.Second},
		{name: "too late after a stop", stop: true, away: 61 * time.Second},
		{name: "time of its own", opts: `, timeout = "10s"`, away: 11 * time.Second},
		{name: "timed out before", meanwhile: func(l *lives) { l.wait(61 * time.Second) }, want: "timeout"},
		{name: "answered", meanwhile: func(l *lives) { l.hear("ann", "5") }, want: "got 5"},
		{name: "answered by another", meanwhile: func(l *lives) { l.hear("bob", "5") }, want: "heard 5|" + isLost},
		{name: "cancelled", meanwhile: func(l *lives) { l.hear("ann", "cancel") }, want: "cancelled"},
		{name: "asked again", meanwhile: func(l *lives) { l.wait(50 * time.Second); l.hear("ann", "x") }, away: 50 * time.Second,
			want: `Expected a whole number, got "x". How many?|` + isLost},
		{name: "reloaded", meanwhile: reload, want: isLost},
		{name: "reloaded and asked again", meanwhile: func(l *lives) { reload(l); l.hear("ann", "5"); l.hear("ann", "!q"); l.hear("ann", "6") },
			want: isLost + "|heard 5|How many?|got 6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLives(t, strings.ReplaceAll(asker, "OPTS", c.opts))
				l.begin()
				l.hear("ann", "!q")
				if c.meanwhile != nil {
					c.meanwhile(l)
				}
				l.end(!c.stop)
				l.wait(c.away)
				for range 2 {
					l.begin()
					l.wait(2 * inquiryTime)
					l.end(true)
				}
				want := "How many?"
				if c.want != "" {
					want += "|" + c.want
				}
				if got := strings.Join(l.said, "|"); got != want {
					t.Errorf("got  %s\nwant %s\n%s", got, want, &l.log)
				}
				for _, space := range []string{"question", "outbox"} {
					if left, err := l.kept.List(t.Context(), store.Query{Space: space}); err != nil || len(left) > 0 {
						t.Errorf("left in %s: %v, %v", space, left, err)
					}
				}
			})
		})
	}
}

// inquiryTime is longer than it takes to find out what a room has seen of a line.
const inquiryTime = 15 * time.Second

// The daemon dies at each write that a question makes, before and after it. The user is told
// at most once that it is lost, and always if they were asked, unless the telling was on
// its way in that moment; then the log says so.
func TestLostQuestionsAtEachWrite(t *testing.T) {
	for _, late := range []bool{false, true} {
		for n, dies := 1, true; dies; n++ { // until it outlives them all
			t.Run(fmt.Sprintf("%d %v", n, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLives(t, strings.ReplaceAll(asker, "OPTS", ""))
					l.written, l.late = n, late
					l.begin()
					l.hear("ann", "!q")
					asked := slices.Contains(l.said, "How many?")
					if !l.mortal.dead() {
						_ = l.host.Reload(t.Context(), "a") // it may die of it
						synctest.Wait()
					}
					dies = l.mortal.dead()
					l.end(true)
					l.written = 0
					l.begin()
					l.wait(2 * inquiryTime)
					l.end(true)
					told := 0
					for _, s := range l.said {
						if s == isLost {
							told++
						}
					}
					unsure := strings.Contains(l.log.String(), "may have been seen")
					if told > 1 || asked && told == 0 && !unsure {
						t.Errorf("told %d times, asked %v, unsure %v: %q\n%s", told, asked, unsure, l.said, &l.log)
					}
				})
			})
		}
	}
}

// It is the same with a script that has a process of its own.
func TestLostQuestionsOfAProcess(t *testing.T) {
	conf := strings.Replace(withIsolation("process", "a"), "sessions: [", "sessions: [{name: far, adapter: fake, rooms: [hall]}, ", 1)
	files := map[string]string{"config.yaml": conf, "scripts/a.lua": strings.ReplaceAll(asker, "OPTS", "")}
	net := &enginetest.Network{}
	d := startIn(t, t.TempDir(), files, net.Adapter())
	says := func(want ...string) {
		t.Helper()
		d.until(fmt.Sprintf("it said %q", want), func() bool { s := net.In("hall"); return s != nil && slices.Equal(s.Texts(), want) })
	}
	d.until("it is in the hall", func() bool { return d.host.Status().Sessions[0].State == "online" })
	net.In("hall").Hear("hall", "ann", "!q")
	says("How many?")
	if err := d.host.Reload(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	says("How many?", isLost)
	net.In("hall").Hear("hall", "ann", "!q")
	says("How many?", isLost, "How many?")
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	net = &enginetest.Network{}
	d = startIn(t, d.dir, files, net.Adapter())
	says(isLost)
}
