package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
	"botd/engine/enginetest"
	"botd/engine/supervisor"

	"pgregory.net/rapid"
)

func TestDelayBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := supervisor.Backoff{
			Min: time.Duration(rapid.Int64Range(10, int64(time.Hour)).Draw(t, "min")),
			Max: time.Duration(rapid.Int64Range(10, int64(24*time.Hour)).Draw(t, "max")),
		}
		n := rapid.IntRange(0, 1000).Draw(t, "n")
		random := rapid.Float64Range(0, 0.999999).Draw(t, "random")
		got := supervisor.Delay(b, n, random)
		if got < b.Min/10 || got > max(b.Max, b.Min/10) {
			t.Fatalf("delay %v", got)
		}
		if more := supervisor.Delay(b, n+1, random); more < got {
			t.Fatalf("the next delay is %v after %v", more, got)
		}
		if n < 20 && float64(got) > max(float64(b.Min)*float64(int(1)<<n), float64(b.Min/10)) {
			t.Fatalf("delay %v is over Min doubled %d times", got, n)
		}
	})
}

// Those who lost their server in one moment spread over the whole time they may wait,
// and more so with each failure.
func TestFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const units = 1000
		net := &enginetest.Network{PerRoom: true}
		var mu sync.Mutex
		random := rand.New(rand.NewPCG(1, 2))
		r := run(t, func(o *supervisor.Options) {
			o.Handshakes = units
			o.Rand = func() float64 {
				mu.Lock()
				defer mu.Unlock()
				return random.Float64()
			}
		})
		var rooms []engine.RoomID
		for i := range units {
			rooms = append(rooms, engine.RoomID(fmt.Sprint(i)))
		}
		r.start(net, "s", rooms...)
		for _, s := range net.Sessions() {
			s.Drop(errLost)
		}
		var quarters [4]int
		const most = 2 * time.Second
		for _, room := range r.status("s").Rooms {
			d := time.Until(room.Retry)
			if d < most/10 || d >= most {
				t.Fatalf("waits %v", d)
			}
			quarters[4*d/most]++
		}
		for i, n := range quarters {
			if n < units/4-units/20 || n > units/4+units/20 {
				t.Errorf("%d of %d come back in quarter %d", n, units, i)
			}
		}
	})
}
