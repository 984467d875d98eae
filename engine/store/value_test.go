package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"botd/engine/store"
)

func TestValues(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"$bytes", "$pairs", "", "\xff", "<&>\x00"}),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }))
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		kinds := []*rapid.Generator[any]{
			rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Float64().AsAny(), text.AsAny(),
		}
		if depth > 0 {
			kinds = append(kinds, rapid.SliceOfN(value(depth-1), 0, 3).AsAny(), rapid.MapOfN(text, value(depth-1), 0, 3).AsAny())
		}
		return rapid.OneOf(kinds...)
	}
	rapid.Check(t, func(t *rapid.T) {
		want := value(3).Draw(t, "value")
		b, err := store.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Decode(b)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Fatalf("%s: %v\n%s", b, err, d)
		}
	})
}
