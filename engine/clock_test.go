package engine_test

import (
	"context"
	"errors"
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
