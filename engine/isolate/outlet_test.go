package isolate

import "testing"

// A child that asks for much and reads nothing is found out before that fills the daemon.
func TestOutletOfAChildThatDoesNotRead(t *testing.T) {
	o := outlet{wake: make(chan struct{}, 1)}
	answer := &stored{Entries: []storedEntry{{Value: make([]byte, 1<<20)}}}
	n := 0
	for ; o.put(outgoing{kindStored, 1, answer}); n++ {
		if n > maxOutgoing {
			t.Fatal("it takes all there is")
		}
	}
	if n < 8 || n > maxBulk>>20 {
		t.Errorf("it took %d MiB", n)
	}
}
