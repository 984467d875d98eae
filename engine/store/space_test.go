package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"botd/engine"
	"botd/engine/store"
)

type permit struct {
	What string
	Left int `json:",omitempty"`
}

func TestSpace(t *testing.T) {
	s := store.NewMemory(clock())
	defer s.Close()
	ctx := t.Context()
	permits := store.Space[permit]{Store: s, Name: "mod/permits"}
	if v, found, err := permits.Get(ctx, "ann"); found || err != nil || v != (permit{}) {
		t.Errorf("nothing: %+v, %t, %v", v, found, err)
	}
	if err := permits.Put(ctx, "ann", permit{"links", 3}); err != nil {
		t.Fatal(err)
	}
	op, err := permits.Op("bob", permit{What: "caps"})
	if err == nil {
		_, err = store.Commit(ctx, s, op.For(time.Hour), store.Put("other", "x", []byte("{")))
	}
	if err != nil {
		t.Fatal(err)
	}
	use := func(old permit, found bool) (*permit, error) {
		if !found {
			return nil, errors.New("no permit")
		}
		if old.Left--; old.Left == 0 {
			return nil, nil
		}
		return &old, nil
	}
	if v, err := permits.Update(ctx, "ann", use); err != nil || v.Left != 2 {
		t.Errorf("one used: %+v, %v", v, err)
	}
	var got []string
	each := func(key string, v permit) error { got = append(got, fmt.Sprint(key, v)); return nil }
	if err := permits.Each(ctx, "", each); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"ann{links 2}", "bob{caps 0}"}, got); d != "" {
		t.Error(d)
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := permits.Update(ctx, "ann", use); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := permits.Update(ctx, "ann", use); err == nil || err.Error() != "no permit" {
		t.Errorf("used up: %v", err)
	}
	if err := permits.Delete(ctx, "bob"); err != nil {
		t.Error(err)
	}
	wrong := store.Space[permit]{Store: s, Name: "other"}
	if _, _, err := wrong.Get(ctx, "x"); engine.CodeOf(err) != engine.Internal {
		t.Errorf("no permit at all: %v", err)
	}
	if err := wrong.Each(ctx, "", each); engine.CodeOf(err) != engine.Internal {
		t.Errorf("no permit at all: %v", err)
	}
}
