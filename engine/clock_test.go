package engine_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"botd/engine"
)

func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clock engine.SystemClock
		start := clock.Now()
		if err := clock.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if slept := clock.Now().Sub(start); slept != time.Minute {
			t.Errorf("slept %v; want a minute", slept)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep past the deadline: %v", err)
		}

		var ran int
		clock.AfterFunc(time.Second, func() { ran++ })
		stop := clock.AfterFunc(time.Second, func() { ran += 10 })
		if !stop() {
			t.Error("stop in time reports false")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if ran != 1 {
			t.Errorf("ran = %d; want the first function once and the stopped one never", ran)
		}
	})
}

func TestServerTime(t *testing.T) {
	west, east := time.FixedZone("", -10*3600), time.FixedZone("", 10*3600)
	for _, at := range []time.Time{
		time.UnixMilli(1791365290990234), time.UnixMilli(-1e14), time.UnixMilli(math.MaxInt64), time.UnixMilli(math.MinInt64),
		time.Date(9999, 12, 31, 23, 0, 0, 0, west), time.Date(0, 1, 1, 1, 0, 0, 0, east), {},
	} {
		if got := engine.ServerTime(at); !got.IsZero() {
			t.Errorf("%v: got %v, want none", at, got)
		}
	}
	for _, at := range []time.Time{time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 6, east)} {
		got := engine.ServerTime(at)
		if _, err := got.MarshalJSON(); err != nil || !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%v: got %v, %v", at, got, err)
		}
	}
}
