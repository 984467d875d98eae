package luaapi_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"botd/engine"
	"botd/engine/script"
	"botd/luaapi/luaapitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHelloScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.MustFile("../scripts/hello.lua")
		b.Says("ann", "!ping")
		b.Expect("pong")
		b.Says("ann", "!ping 7")
		b.Expect("pong 7")
		b.Says("ann", "!hello")
		b.Expect("Hello, ann!")
		b.Says("ann", "ping")
		b.Expect()
	})
}

func TestEchoScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.MustFile("../scripts/echo.lua")
		b.Says("ann", "!echo  some  text")
		b.Expect("some  text")
		b.Says("ann", "!echo")
		b.Expect("usage: !echo text")
		b.Answer = func(script.Request) engine.Receipt {
			return engine.Fail(engine.Errorf(engine.NotConnected, "offline"))
		}
		b.Says("ann", "!echo again")
		b.Expect("again")
		if l := b.Logs(); len(l) != 1 || l[0].Msg != "echo failed: offline" || l[0].Fields["code"] != "not_connected" {
			t.Errorf("log: %+v", l)
		}
	})
}

func TestAnnounceScript(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		b.MustFile("../scripts/announce.lua")
		time.Sleep(59 * time.Minute)
		b.Expect()
		time.Sleep(time.Minute)
		b.Settle()
		b.Expect("This is botd. Write !hello to say hello.", "This is botd. Write !hello to say hello.")
		for _, r := range b.Requests() {
			if r.Lane != engine.LaneAnnounce {
				t.Errorf("sent in lane %s", r.Lane)
			}
		}
	})
}

func TestHackmudLibrary(t *testing.T) {
	luaapitest.Run(t, func(b *luaapitest.Bot) {
		code, err := os.ReadFile("../scripts/lib/hackmud.lua")
		if err != nil {
			t.Fatal(err)
		}
		for expr, want := range map[string]string{
			`hm.color("N", "name")`:                    "`Nname`",
			`hm.color("red", 5)`:                       "`D5`",
			`hm.color("L", "")`:                        "",
			"hm.color('L', 'a `Nb` c')":                "`La ``Nb``L c`",
			"hm.color('L', 'a ` b')":                   "`La ' b`",
			"hm.strip('`LHi` `Nann`, 5` of ``')":       "Hi ann, 5` of ``",
			`hm.user("ann")`:                           "@`Cann`",
			`hm.script("trust.me")`:                    "`Ctrust`.`Lme`",
			`hm.script("nothing")`:                     "nothing",
			`tostring(pcall(hm.color, "purple!", ""))`: "false",
		} {
			out, problem := b.Eval("local hm = (function()\n" + string(code) + "\nend)()\nprint(" + expr + ")")
			if got := strings.TrimSuffix(out, "\n"); got != want || problem != "" {
				t.Errorf("%s: got %q %s, want %q", expr, got, problem, want)
			}
		}
	})
}
