package script

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// On one processor a handler that runs on and on lets others have it after each turn,
// long before Go would take it away.
func TestTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	task := &Task{vm: &VM{}}
	task.grant(1 << 40)
	var ran, seen atomic.Int64
	other := make(chan struct{})
	go func() { seen.Store(ran.Load()); close(other) }()
	for range 1_000_000 {
		if task.Done() != nil {
			t.Fatal("it ended")
		}
		ran.Add(1)
	}
	<-other
	if n := seen.Load(); n > 20_000 {
		t.Errorf("%d instructions ran before anybody else did", n)
	}
}

// Turns change nothing about the budget: all of it is there, and no more.
func TestTurnsAddUp(t *testing.T) {
	task := &Task{vm: &VM{limits: Limits{Steps: 5*turn + 7}}}
	task.grant(5*turn + 7)
	n := 0
	for ; task.Done() == nil; n++ {
		if n%1000 == 0 && !task.Charge(100) {
			break
		}
		if n > 6*turn {
			t.Fatal("it does not end")
		}
	}
	if charged := 100 * (1 + (n-1)/1000); n+charged != 5*turn+7 || task.dead() != outOfSteps {
		t.Errorf("%d instructions and %d units, dead %d", n, charged, task.dead())
	}
	if task.Done() == nil || task.Charge(1) {
		t.Error("it goes on")
	}
	task = &Task{vm: &VM{}}
	task.grant(3 * turn)
	if task.Charge(3*turn + 1) {
		t.Error("one charge took more than there was")
	}
}
