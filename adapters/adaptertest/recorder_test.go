package adaptertest_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"botd/adapters/adaptertest"
)

// recorder is a testing.TB whose failures are what the test is after.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	failed   bool
	output   strings.Builder
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Log(args ...any)                 { r.print(false, fmt.Sprintln(args...)) }
func (r *recorder) Logf(format string, args ...any) { r.print(false, fmt.Sprintf(format, args...)) }
func (r *recorder) Error(args ...any)               { r.print(true, fmt.Sprintln(args...)) }
func (r *recorder) Errorf(format string, args ...any) {
	r.print(true, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fail() { r.print(true, "") }

func (r *recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) print(failed bool, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || failed
	r.output.WriteString(strings.TrimSuffix(text, "\n") + "\n")
}

func (r *recorder) Output() io.Writer { return io.Discard }

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) clean() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}

// try runs a case in a bubble and returns what it complained about, "" if it passed.
func try(t *testing.T, c adaptertest.Case) string {
	t.Helper()
	var r *recorder
	synctest.Test(t, func(t *testing.T) {
		r = &recorder{TB: t}
		done := make(chan struct{})
		go func() { // Fatal ends this goroutine and not the test's
			defer close(done)
			defer r.clean()
			c.Run(r)
		}()
		<-done
	})
	if r.failed {
		return r.output.String()
	}
	return ""
}
